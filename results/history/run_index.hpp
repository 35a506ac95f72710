// SPDX-License-Identifier: Apache-2.0
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
/// property that isn't at its default, and the requested start synchronisation where it is known. Two cases have the
/// same key if and only if they are the same measurement.
std::string case_key(const CaseIdentity& what, std::string_view start);
/// The first line of a key: what people call the case.
std::string_view described(std::string_view key);
/// A name for each of these different keys: described(), and where several have the same, also the properties that
/// distinguish them.
std::vector<std::string> distinct_names(std::span<const std::string_view> keys);

/// One case of one run, as trends need it.
struct IndexedCase {
    std::string key;  ///< case_key() of the case
    double median_s = 0;
    std::optional<double> low_s, high_s;
};

/// A case for which a run has no time.
struct IndexedGap {
    std::string key;
    std::string why;  ///< "failed: ..."
};

struct IndexedRun {
    std::string file;  ///< path below the folder
    std::string name;
    int ranks = 0;  ///< of the launch
    double started_unix_s = 0;
    std::string where;    ///< what must be the same for times to be comparable: the hosts, and whether they are
                          ///< simulated or the library is a fake
    std::string library;  ///< to explain a change
    bool complete = true;
    std::vector<IndexedCase> cases;  ///< planned cases, without the probe that a failed target caused
    std::vector<IndexedGap> gaps;
};

struct RunIndex {
    std::vector<IndexedRun> runs;       ///< in order of time
    std::vector<std::string> warnings;  ///< files that are no run files or can't be read
    std::vector<std::string> notices;   ///< of the index itself: that it was damaged and is rebuilt
    std::size_t read_now = 0;           ///< run files that were opened; the others were cached
};

/// All run files (*.h5) in and below a folder. They are cached in FOLDER/.plumbline-history.sqlite and read again only
/// where a file's size or time has changed. One writer at a time: where another process is at the index for longer than
/// some seconds, ConfigError says which. An index that is damaged in any way or of another version is rebuilt, with a
/// notice; where none can be written, every file is read each time, with a warning. Throws ConfigError where the folder
/// can't be read.
RunIndex index_runs(const std::filesystem::path& folder);

}  // namespace plumbline
