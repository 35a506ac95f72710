#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {

/// One case of one run, as trends need it.
struct IndexedCase {
    std::string key;  ///< describe() of the case
    double median_s = 0;
    std::optional<double> low_s, high_s;
};

struct IndexedRun {
    std::string file;  ///< path below the folder
    std::string name;
    double started_unix_s = 0;
    std::string where;    ///< what must be alike for times to compare: the hosts, and whether they are simulated or the
                          ///< library a stand-in
    std::string library;  ///< for a change's explanation
    std::vector<IndexedCase> cases;
};

struct RunIndex {
    std::vector<IndexedRun> runs;       ///< in order of time
    std::vector<std::string> warnings;  ///< files that are no run files or can't be read
    std::size_t read_now = 0;           ///< run files that were opened, the others were known
};

/// All run files (*.h5) in and below a folder, read once: what they say is kept in FOLDER/.plumbline-history.sqlite and
/// read again only where a file's size or time changed. Two writers wait for each other; a cache that is damaged or of
/// another version is made anew; where none can be written everything is read each time, which a warning says.
/// Throws ConfigError when the folder can't be read.
RunIndex index_runs(const std::filesystem::path& folder);

}  // namespace plumbline
