// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/run_metadata.hpp"

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// The numbers of a CPU list such as "0-3,8"; empty for an empty or a malformed one, and for numbers
/// above 65535.
std::vector<int> parse_cores(const std::string& list);

/// Two ranks that may run on one core only, the same one.
struct SharedCore {
    int core = 0;
    int first_rank = 0, second_rank = 0;
};

/// The ranks of a host and the cores that they may use.
struct HostCores {
    int ranks = 0;
    std::set<int> cores;              ///< that some rank may use
    std::map<int, int> rank_of_core;  ///< the first rank that may use this core only
    std::vector<SharedCore> shared;

    bool overfull() const { return static_cast<std::size_t>(ranks) > cores.size(); }
};

/// By host (index into RunMetadata::hosts). Ranks whose cores are not known are left out. Pure.
std::map<int, HostCores> cores_by_host(std::span<const RankLocation> places);

/// How ranks take turns on the cores of a host: "4 ranks share 2 cores". Their times are then those of its scheduler
/// as much as of anything else. Of the first host where it is so; ranks with a device work there and are left out.
std::optional<std::string> describe_sharing(std::span<const RankLocation> places);

/// The same of a case: `world_ranks` of it, asked for only where world ranks take turns at all.
std::optional<std::string> describe_sharing(std::span<const RankLocation> launch,
                                            const std::function<std::vector<int>()>& world_ranks);

}  // namespace plumbline
