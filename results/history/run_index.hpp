#pragma once

#include "results/records/case_identity.hpp"

#include <filesystem>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {

/// Everything that makes times comparable, as text: describe() in the first line, then a line "name=value" for each
/// property that isn't at its default, and how a common `start` was asked for where that is known. Two cases have the
/// same key just when they are the same measurement.
std::string case_key(const CaseIdentity& what, std::string_view start);
/// Its first line: what people call the case.
std::string_view described(std::string_view key);
/// What to call each of these different keys: described(), and for those that would be called alike also the properties
/// that tell them apart.
std::vector<std::string> distinct_names(std::span<const std::string_view> keys);

/// One case of one run, as trends need it.
struct IndexedCase {
    std::string key;  ///< case_key() of the case
    double median_s = 0;
    std::optional<double> low_s, high_s;
};

/// A case that a run has no time of.
struct IndexedGap {
    std::string key;
    std::string why;  ///< "failed: ..."
};

struct IndexedRun {
    std::string file;  ///< path below the folder
    std::string name;
    int ranks = 0;  ///< of the launch
    double started_unix_s = 0;
    std::string where;    ///< what must be alike for times to compare: the hosts, and whether they are simulated or the
                          ///< library a fake
    std::string library;  ///< for a change's explanation
    bool complete = true;
    std::vector<IndexedCase> cases;  ///< planned ones, not what a failed target made the run measure after them
    std::vector<IndexedGap> gaps;
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
