// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/sentence.hpp"
#include "results/records/machine_state.hpp"

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
    std::string cores;   ///< list of CPUs that it may run on, "0-3,8"
    std::string device;  ///< accelerator, empty on hosts
    std::string nic;     ///< network interface, empty where not known
    bool operator==(const RankLocation&) const = default;
};

/// One launch that measured into the file.
struct Launch {
    double started_unix_s = 0;
    double clock_cost_s = 0;
    double empty_operation_s = 0;
    bool operator==(const Launch&) const = default;
};

/// The run as a whole: what was asked for, where it ran, and which clock it used.
struct RunMetadata {
    int schema = 2;
    std::string plumbline_version;
    std::string name;
    std::string scenario_text;  ///< the YAML as executed, overrides applied
    std::string scenario_path;
    std::string targets_text;                                 ///< its targets alone, as YAML ("" if none)
    std::vector<std::pair<std::string, std::string>> inputs;  ///< files that the scenario refers to: name, content
    double started_unix_s = 0;
    int ranks = 0;
    double confidence = 0.95;
    std::string backend;
    bool simulated = false;
    bool fake_library = false;                               ///< LibraryKind::fake: no target can pass
    std::vector<std::pair<std::string, std::string>> facts;  ///< library, versions, build
    /// What the library logged while it worked: on rank 0, and on other ranks ("network on rank 3") where they differ.
    std::vector<std::pair<std::string, std::string>> library_log;
    std::vector<std::pair<std::string, std::string>> environment;  ///< chosen variables only
    std::vector<std::string> hosts;
    std::vector<RankLocation> places;
    std::vector<std::string> machines;                 ///< of each host, see format_inventory(); empty: not told
    std::string clock;                                 ///< which clock
    std::string synchronisation;                       ///< how ranks are brought to a common start
    double clock_cost_s = 0;                           ///< of one reading
    double empty_operation_s = 0;                      ///< time of an empty sample: the floor of every time in the file
    std::vector<Launch> launches;                      ///< the first one repeats the three numbers above
    int planned_cases = 0;                             ///< of each launch
    StateRule state_rule = StateRule::share_of_hosts;  ///< by which its rounds have their machine states
    int resumptions = 0;                               ///< how often it was interrupted and resumed
    std::uint64_t seed = 0;                            ///< of the order
    std::vector<Sentence> warnings;

    bool operator==(const RunMetadata&) const = default;
};
/// The mode that was asked for, "barrier", "window", "dissemination" or "auto", from RunMetadata::synchronisation. What
/// "auto" resolved to is not part of a case's identity: otherwise a launch with late ranks would match no other launch.
std::string asked_start(const RunMetadata& info);

/// Whether the run is another suite's log ('plumbline import').
bool is_imported(const RunMetadata& info);

}  // namespace plumbline
