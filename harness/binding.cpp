#include "harness/binding.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <map>
#include <set>
#include <string_view>
#include <system_error>

namespace plumbline {

namespace {

/// A number at the front of `text`, which is taken off.
std::optional<int> take_number(std::string_view& text)
{
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || value < 0) {
        return std::nullopt;
    }
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

struct Host {
    std::string name;
    std::set<int> cores;              ///< that some rank may use
    std::map<int, int> rank_of_core;  ///< ranks that may use one core only
    int ranks = 0;
    int widest = 0;  ///< most cores that a rank may use
};

std::map<int, Host> by_host(std::span<const RankPlace> places, std::span<const std::string> hosts,
                            std::vector<std::string>& shared)
{
    std::map<int, Host> found;
    for (const RankPlace& place : places) {
        const auto cores = parse_cores(place.cores);
        if (cores.empty()) {
            continue;
        }
        Host& host = found[place.node];
        host.name = static_cast<std::size_t>(place.node) < hosts.size() ? hosts[static_cast<std::size_t>(place.node)]
                                                                        : fmt::format("host {}", place.node);
        host.cores.insert(cores.begin(), cores.end());
        host.widest = std::max(host.widest, static_cast<int>(cores.size()));
        ++host.ranks;
        if (cores.size() > 1) {
            continue;
        }
        const auto [other, alone] = host.rank_of_core.emplace(cores.front(), place.rank);
        if (!alone) {
            shared.push_back(fmt::format("ranks {} and {} both run on core {} of {}", other->second, place.rank,
                                         cores.front(), host.name));
        }
    }
    return found;
}

}  // namespace

std::vector<int> parse_cores(const std::string& list)
{
    std::vector<int> cores;
    std::string_view rest = list;
    while (!rest.empty()) {
        const auto first = take_number(rest);
        auto last = first;
        if (first && rest.starts_with('-')) {
            rest.remove_prefix(1);
            last = take_number(rest);
        }
        if (!first || !last || *last < *first || !(rest.empty() || rest.starts_with(','))) {
            return {};
        }
        for (int core = *first; core <= *last; ++core) {
            cores.push_back(core);
        }
        rest.remove_prefix(rest.empty() ? 0 : 1);
    }
    return cores;
}

BindingReport check_binding(std::span<const RankPlace> places, std::span<const std::string> hosts, bool asked)
{
    BindingReport report;
    std::vector<std::string> shared;
    const auto found = by_host(places, hosts, shared);
    bool all_own = !found.empty();
    for (const auto& [node, host] : found) {
        all_own = all_own && host.rank_of_core.size() == static_cast<std::size_t>(host.ranks);
        if (static_cast<std::size_t>(host.ranks) > host.cores.size()) {
            report.oversubscribed = true;
            report.warnings.push_back(
                fmt::format("{} ranks share {} core{} on {}: they take turns, and times are those "
                            "of the scheduler as much as of the library",
                            host.ranks, host.cores.size(), host.cores.size() == 1 ? "" : "s", host.name));
        }
    }
    if (!shared.empty() && !asked) {
        report.refusal = fmt::format(
            "{} (two ranks on one core take turns). Launch with --bind-to core, or ask for it with "
            "'oversubscribe: true' in the scenario (--set oversubscribe=true)",
            shared.front());
    } else if (!shared.empty() && !report.oversubscribed) {
        report.warnings.push_back(shared.front() + ", as asked for");
    }
    report.oversubscribed = report.oversubscribed || !shared.empty();
    report.fact = found.empty()           ? "not known"
                  : report.oversubscribed ? "ranks share cores"
                  : all_own               ? "each rank on a core of its own"
                                          : "ranks may move among several cores";
    return report;
}

bool launcher_oversubscribes(std::span<const RankPlace> places, std::span<const int> online,
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
