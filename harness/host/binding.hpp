// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "results/records/run_metadata.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// The CPU binding of the ranks, judged.
struct BindingReport {
    std::optional<std::string> refusal;  ///< two ranks share a core without a request: problem (why). suggestion
    std::vector<std::string> warnings;
    std::string fact;                     ///< "each rank on cores of its own", "not bound", ...
    bool oversubscribed = false;          ///< some host has more ranks than cores that they may use
    bool oversubscribed_threads = false;  ///< some rank has more threads than cores
};

/// Judges where the ranks run. `hosts` names places[i].node; places with unknown cores are left out. `asked`:
/// oversubscription was requested, by the scenario or the launcher; then it is only a warning. `threads_per_rank`:
/// BackendInfo::threads_per_rank. Pure.
BindingReport check_binding(std::span<const RankLocation> places, std::span<const std::string> hosts, bool asked,
                            int threads_per_rank = 1);

/// Whether the launcher was told to oversubscribe: by Open MPI's variable, or as a host has more ranks than processors,
/// which launchers refuse by default. `online`: processors online on the host of each place.
bool launcher_oversubscribes(std::span<const RankLocation> places, std::span<const int> online,
                             const char* (*get)(const char*));

}  // namespace plumbline
