// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/diagnose_on_fail.hpp"

#include "collectives/patterns/pairwise.hpp"
#include "harness/app/run/diagnose_file.hpp"
#include "results/printers/diagnosis.hpp"
#include "results/store/store.hpp"

#include <algorithm>
#include <array>

namespace plumbline::app {

std::optional<std::uint64_t> probe_message_bytes(const Judgement& judgement, std::span<const CaseSummary> cases,
                                                 int planned_cases)
{
    constexpr std::array bandwidths{Metric::busbw, Metric::algbw, Metric::busbw_retention, Metric::fraction_of_ideal,
                                    Metric::fraction_of_attainable};
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

PairwiseProbePlan plan_pairwise_probe(const Scenario& scenario, const Plan& plan, const Topology& topology,
                                      std::uint64_t bytes)
{
    constexpr int most_ranks_for_all_pairs = 256;
    constexpr int peers = 16;
    PairwiseSpec pairs;
    pairs.bytes = {bytes};
    pairs.compute_s = 1e-3;
    if (topology.ranks() > most_ranks_for_all_pairs) {
        pairs.peers = peers;
    }
    PairwiseProbePlan probe{.scenario = scenario, .plan = {}};
    probe.scenario.rounds = 1;
    probe.scenario.scale = {};
    probe.scenario.stop = {};
    probe.scenario.stop.confidence = scenario.stop.confidence;
    probe.scenario.stop.max_seconds = 20;
    probe.scenario.cases = {{.pattern = pairs, .scale = {}, .stop = {}}};
    probe.plan = make_plan(probe.scenario, topology);
    for (Case& c : probe.plan.cases) {
        c.id += static_cast<int>(plan.cases.size());
    }
    return probe;
}

int print_probe_diagnosis(const Console& console, const RunOutcome& outcome, const std::string& path, int status)
{
    if (!outcome.store_error.empty()) {
        console.err << "plumbline: " << in(console.language, outcome.store_error) << '\n';
        return 5;
    }
    if (outcome.interrupted) {
        console.err << "plumbline: "
                    << in(console.language,
                          say("interrupted while the links were measured; the plan itself is done in {}", path))
                    << '\n';
        return 5;
    }
    const RunFile file(path);
    DiagnoseRules rules;
    rules.confidence = file.info().confidence;
    console.out << '\n' << in(console.language, say("a bandwidth target failed; diagnosis:")) << '\n';
    diagnosis_text(console.out, file.info(), diagnose_file(file, rules), console.language);
    console.out << std::flush;
    return status;
}

}  // namespace plumbline::app
