#pragma once

#include "results/records/run_metadata.hpp"

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace plumbline {

/// What the ranks' CPU binding comes to.
struct BindingReport {
    std::optional<std::string> refusal;  ///< two ranks on one core that nobody asked for: problem (why). suggestion
    std::vector<std::string> warnings;
    std::string fact;             ///< "each rank on cores of its own", "not bound", ...
    bool oversubscribed = false;  ///< some host has more ranks than cores that they may use
    bool crowded = false;         ///< some rank's threads have fewer cores than they are
};

/// Pure. `hosts` names places[i].node; places without cores (not known) are left out.
/// `asked`: oversubscription was asked for, by the scenario or the launcher; then it is a warning.
/// `threads_per_rank`: Backend::threads_per_rank().
BindingReport check_binding(std::span<const RankLocation> places, std::span<const std::string> hosts, bool asked,
                            int threads_per_rank = 1);

/// A launcher's way to ask: Open MPI's variable, or more ranks on a host than it has processors, which launchers refuse
/// unless asked. `online`: processors online on the host of each place.
bool launcher_oversubscribes(std::span<const RankLocation> places, std::span<const int> online,
                             const char* (*get)(const char*));

}  // namespace plumbline
