// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {

/// One process of the launch.
struct RankLocation {
    int rank = 0;
    int node = 0;  ///< index into RunMetadata::hosts
    int pid = 0;
    std::string cores;   ///< CPU list that it may run on, "0-3,8"
    std::string device;  ///< accelerator, empty on hosts
    std::string nic;     ///< network interface, empty where not known
    bool operator==(const RankLocation&) const = default;
};

/// One start of the program that measured into the file.
struct Launch {
    double started_unix_s = 0;
    double clock_cost_s = 0;
    double empty_operation_s = 0;
    bool operator==(const Launch&) const = default;
};

/// The run as a whole: what was asked, where it ran, with what clock.
struct RunMetadata {
    int schema = 2;
    std::string plumbline_version;
    std::string name;
    std::string scenario_text;  ///< the YAML as executed, overrides applied
    std::string scenario_path;
    std::string targets_text;                                 ///< its targets alone, as YAML ("" if none)
    std::vector<std::pair<std::string, std::string>> inputs;  ///< files that it refers to: name, what they held
    double started_unix_s = 0;
    int ranks = 0;
    double confidence = 0.95;
    std::string backend;
    bool simulated = false;
    bool stand_in = false;  ///< measured on a library that only stands in for the real one: no target can pass
    std::vector<std::pair<std::string, std::string>> facts;  ///< library, versions, build
    /// What the library said of itself while it worked: of rank 0, and of others ("network on rank 3") where they
    /// differ.
    std::vector<std::pair<std::string, std::string>> library_log;
    std::vector<std::pair<std::string, std::string>> environment;  ///< chosen variables only
    std::vector<std::string> hosts;
    std::vector<RankLocation> places;
    std::string clock;             ///< which clock
    std::string synchronisation;   ///< how ranks are brought to a common start
    double clock_cost_s = 0;       ///< of one reading
    double empty_operation_s = 0;  ///< a sample of nothing: the floor of every time in the file
    std::vector<Launch> launches;  ///< the first one's numbers stand above as well
    int planned_cases = 0;         ///< of each launch
    int resumptions = 0;           ///< how often it was interrupted, by whatever, and went on
    std::uint64_t seed = 0;        ///< of the order
    std::vector<std::string> warnings;

    bool operator==(const RunMetadata&) const = default;
};
/// "barrier", "window", "dissemination" or "auto", of a run's sentence on it: what was asked for. Which of them "auto"
/// came to makes no other case, or one launch whose ranks came late would be unlike all others.
std::string asked_start(const RunMetadata& info);

/// Whether the run is another suite's log ('plumbline import').
bool is_imported(const RunMetadata& info);

}  // namespace plumbline
