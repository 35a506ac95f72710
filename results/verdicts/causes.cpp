// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/causes.hpp"

#include "results/records/case_header.hpp"
#include "results/records/case_identity.hpp"
#include "results/records/metric.hpp"
#include "results/verdicts/written_numbers.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <set>

namespace plumbline {
namespace {

CaseIdentity without_algorithm(CaseIdentity what)
{
    what.parameters.erase("algorithm");
    return what;
}

/// "21.8 [21.5, 22]", with digits that say the same as the verdict.
Sentence value_text(const Finding& finding)
{
    const WrittenNumbers written = written_numbers(finding);
    return written.low.empty() ? Sentence(written.estimate)
                               : say("{} [{}, {}]", written.estimate, written.low, written.high);
}

bool reads_better(const TriedAlgorithm& one, const TriedAlgorithm& other)
{
    const double a = *one.finding.value.estimate;
    const double b = *other.finding.value.estimate;
    return one.finding.at_least ? a > b : a < b;
}

bool lies_on(const SlowPart& part, const std::set<int>& nodes)
{
    const auto is_there = [&](int node) { return nodes.contains(node); };
    return part.needs_all ? std::ranges::all_of(part.nodes, is_there) : std::ranges::any_of(part.nodes, is_there);
}

}  // namespace

bool speaks_of_choice(const Target& target)
{
    return target.metric != Metric::fraction_of_attainable || target.algorithm.kind != AlgorithmReference::Kind::used;
}

std::vector<const CaseSummary*> by_named_algorithms(const CaseSummary& c, std::span<const CaseSummary> cases)
{
    std::vector<const CaseSummary*> found;
    if (algorithm_of(c.header.what)) {
        return found;
    }
    for (const CaseSummary& other : cases) {
        if (other.header.status == CaseStatus::measured && algorithm_of(other.header.what) &&
            without_algorithm(other.header.what) == c.header.what) {
            found.push_back(&other);
        }
    }
    return found;
}

Sentence cause_among_algorithms(std::span<const TriedAlgorithm> tried)
{
    const TriedAlgorithm* best = nullptr;
    std::size_t judged = 0;
    for (const TriedAlgorithm& one : tried) {
        if (!one.finding.value.estimate || one.finding.verdict == Verdict::not_measured) {
            continue;
        }
        ++judged;
        const bool passes = one.finding.verdict == Verdict::pass;
        const bool best_passes = best != nullptr && best->finding.verdict == Verdict::pass;
        if (best == nullptr || passes > best_passes || (passes == best_passes && reads_better(one, *best))) {
            best = &one;
        }
    }
    if (best == nullptr) {
        return {};
    }
    if (best->finding.verdict == Verdict::pass) {
        return say(
            "algorithm {} passes with {}: the library's choice is the cause ('plumbline tune' writes the "
            "better one as its setting)",
            best->algorithm, value_text(best->finding));
    }
    return judged == 1 ? say("the library's algorithm {} reads {}, which doesn't pass either", best->algorithm,
                             value_text(best->finding))
                       : say("none of {} other algorithms of the library passes, the best is {} with {}", judged,
                             best->algorithm, value_text(best->finding));
}

void name_slow_parts(Judgement& judgement, const RunData& run, std::span<const SlowPart> slow)
{
    if (!run.nodes_of_ranks || slow.empty()) {
        return;
    }
    for (Finding& finding : judgement.findings) {
        if (finding.verdict != Verdict::fail || finding.case_id < 0 || !finding.value.estimate) {
            continue;
        }
        const std::vector<int> of_ranks = run.nodes_of_ranks(finding.case_id);
        const std::set<int> nodes(of_ranks.begin(), of_ranks.end());
        std::vector<Sentence> there;
        for (const SlowPart& part : slow) {
            if (lies_on(part, nodes) && std::ranges::find(there, part.what) == there.end()) {
                there.push_back(part.what);
            }
        }
        if (!there.empty()) {
            constexpr std::size_t most = 4;
            const std::size_t shown = std::min(there.size(), most);
            const Sentence names = list_of({there.begin(), there.begin() + static_cast<std::ptrdiff_t>(shown)});
            finding.why = say("{}; diagnose names {} on the nodes of this case", finding.why,
                              shown < there.size() ? say("{}, and {} more", names, there.size() - shown) : names);
        }
    }
}

}  // namespace plumbline
