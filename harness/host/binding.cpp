// SPDX-License-Identifier: Apache-2.0
#include "harness/host/binding.hpp"

#include "results/summaries/core_sharing.hpp"

#include <fmt/format.h>

#include <cstddef>
#include <map>
#include <string_view>

namespace plumbline {

namespace {

std::string host_name(std::span<const std::string> hosts, int node)
{
    const auto index = static_cast<std::size_t>(node);
    return index < hosts.size() ? hosts[index] : fmt::format("host {}", node);
}

/// A warning where the library's own threads have no core of their own; else nothing.
std::optional<std::string> describe_oversubscription(const std::map<int, HostCores>& found,
                                                     std::span<const std::string> hosts, int threads_per_rank)
{
    for (const auto& [node, host] : found) {
        const int threads = host.ranks * threads_per_rank;
        const bool bound = !host.rank_of_core.empty();
        if (bound || static_cast<std::size_t>(threads) > host.cores.size()) {
            return fmt::format(
                "the library works with {} threads a rank, which share {} on {} (they take turns, and a rank that "
                "spins "
                "for a common start keeps the library from its core: sync.mode auto is dissemination here). Give each "
                "rank {} cores, for example --map-by slot:PE={}",
                threads_per_rank, bound ? "the rank's one core" : fmt::format("{} cores", host.cores.size()),
                host_name(hosts, node), threads_per_rank, threads_per_rank);
        }
    }
    return std::nullopt;
}

}  // namespace

BindingReport check_binding(std::span<const RankLocation> places, std::span<const std::string> hosts, bool asked,
                            int threads_per_rank)
{
    BindingReport report;
    std::vector<std::string> shared;
    const auto found = cores_by_host(places);
    bool all_own = !found.empty();
    for (const auto& [node, host] : found) {
        const std::string name = host_name(hosts, node);
        for (const SharedCore& pair : host.shared) {
            shared.push_back(fmt::format("ranks {} and {} both run on core {} of {}", pair.first_rank, pair.second_rank,
                                         pair.core, name));
        }
        all_own = all_own && host.rank_of_core.size() == static_cast<std::size_t>(host.ranks);
        if (host.overfull()) {
            report.oversubscribed = true;
            report.warnings.push_back(
                fmt::format("{} ranks share {} core{} on {}: they take turns, and times are those of the scheduler as "
                            "much as of the library; no efficiency is claimed of them",
                            host.ranks, host.cores.size(), host.cores.size() == 1 ? "" : "s", name));
        }
    }
    if (!shared.empty() && !asked) {
        report.refusal = fmt::format(
            "{} (two ranks on one core take turns). Launch with --bind-to core, or ask for it with "
            "'oversubscribe: true' in the scenario (--set oversubscribe=true)",
            shared.front());
    } else if (!shared.empty() && !report.oversubscribed) {
        report.warnings.push_back(shared.front() + ", as requested: no efficiency is computed for them");
    }
    report.oversubscribed = report.oversubscribed || !shared.empty();
    if (const auto oversubscribed =
            threads_per_rank > 1 ? describe_oversubscription(found, hosts, threads_per_rank) : std::nullopt) {
        report.oversubscribed_threads = true;
        report.warnings.push_back(*oversubscribed);
    }
    report.fact = found.empty()           ? "not known"
                  : report.oversubscribed ? "ranks share cores"
                  : all_own               ? "each rank on a core of its own"
                                          : "ranks may move among several cores";
    return report;
}

bool launcher_oversubscribes(std::span<const RankLocation> places, std::span<const int> online,
                             const char* (*get)(const char*))
{
    for (const char* const name : {"OMPI_MCA_rmaps_base_oversubscribe", "PRTE_MCA_rmaps_base_oversubscribe"}) {
        const char* value = get(name);
        if (value != nullptr && (std::string_view(value) == "1" || std::string_view(value) == "true")) {
            return true;
        }
    }
    std::map<int, int> ranks;
    for (std::size_t i = 0; i < places.size() && i < online.size(); ++i) {
        if (++ranks[places[i].node] > online[i] && online[i] > 0) {
            return true;
        }
    }
    return false;
}

}  // namespace plumbline
