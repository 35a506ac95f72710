#include "harness/app/diagnose_on_fail.hpp"

#include "collectives/patterns/pairwise.hpp"

#include <algorithm>
#include <array>

namespace plumbline::app {

std::optional<std::uint64_t> probe_message_bytes(const Judgement& judgement, std::span<const CaseSummary> cases,
                                                 int planned_cases)
{
    constexpr std::array bandwidths{Metric::busbw, Metric::algbw, Metric::busbw_retention, Metric::fraction_of_ideal};
    constexpr std::uint64_t least = 64ULL << 10U;
    constexpr std::uint64_t most = 4ULL << 20U;
    for (const Finding& finding : judgement.findings) {
        if (finding.verdict != Verdict::fail || std::ranges::find(bandwidths, finding.metric) == bandwidths.end()) {
            continue;
        }
        const auto earlier =
            std::ranges::find_if(cases, [&](const CaseSummary& summary) { return summary.header.id == planned_cases; });
        if (earlier != cases.end()) {
            return earlier->header.what.bytes;
        }
        const auto row = std::ranges::find_if(
            cases, [&](const CaseSummary& summary) { return summary.header.id == finding.case_id; });
        const std::uint64_t bytes =
            row == cases.end()
                ? most
                : row->header.total_bytes / static_cast<std::uint64_t>(std::max(row->header.what.ranks, 1));
        return std::clamp(bytes, least, most);
    }
    return std::nullopt;
}

FollowUp plan_pairwise_probe(const Scenario& scenario, const Plan& plan, const Topology& topology, std::uint64_t bytes)
{
    constexpr int most_ranks_for_all_pairs = 256;
    constexpr int peers = 16;
    PairwiseSpec links;
    links.bytes = {bytes};
    links.compute_s = 1e-3;
    if (topology.ranks() > most_ranks_for_all_pairs) {
        links.peers = peers;
    }
    FollowUp follow_up{.scenario = scenario, .plan = {}};
    follow_up.scenario.rounds = 1;
    follow_up.scenario.scale = {};
    follow_up.scenario.stop = {};
    follow_up.scenario.stop.confidence = scenario.stop.confidence;
    follow_up.scenario.stop.max_seconds = 20;
    follow_up.scenario.cases = {{.pattern = links, .scale = {}, .stop = {}}};
    follow_up.plan = make_plan(follow_up.scenario, topology);
    for (Case& c : follow_up.plan.cases) {
        c.id += static_cast<int>(plan.cases.size());
    }
    return follow_up;
}

}  // namespace plumbline::app
