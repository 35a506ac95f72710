// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/case_count.hpp"

#include "results/records/case_header.hpp"
#include "results/records/case_identity.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <stdexcept>
#include <vector>

namespace plumbline {
namespace {

using Cases = std::vector<const CaseSummary*>;

Cases executed(std::span<const CaseSummary* const> cases)
{
    Cases all;
    std::ranges::copy_if(cases, std::back_inserter(all),
                         [](const CaseSummary* c) { return c->header.status != CaseStatus::skipped; });
    return all;
}

template <class Is>
CaseCount count_if(const Cases& cases, Is is)
{
    CaseCount count;
    for (const CaseSummary* c : cases) {
        if (!is(*c)) {
            continue;
        }
        if (count.found++ == 0) {
            count.first = fmt::format("the first is {}: {}", describe(c->header.what), c->header.why);
        }
    }
    return count;
}

CaseCount wrong_data_of(const Cases& cases)
{
    CaseCount count = count_if(cases, [](const CaseSummary& c) { return has_wrong_data(c.header); });
    const auto unchecked = [](const CaseSummary* c) {
        const bool failed_otherwise = c->header.status == CaseStatus::failed && !has_wrong_data(c->header);
        return failed_otherwise || c->header.verification == Verification::off;
    };
    const auto verified = static_cast<std::size_t>(std::ranges::count_if(
        cases, [](const CaseSummary* c) { return c->header.verification == Verification::verified; }));
    const auto first = std::ranges::find_if(cases, unchecked);
    if (first != cases.end()) {
        const bool failed = (*first)->header.status == CaseStatus::failed;
        count.why_not_all = fmt::format(
            "the data of {} of {} cases was not checked, the first is {} ({}). {}",
            std::ranges::count_if(cases, unchecked), cases.size(), describe((*first)->header.what),
            failed ? "it failed: " + (*first)->header.why : "verify is off",
            failed ? "Measure it again" : "Write verify: true, or use a log of a suite that checks its data");
    } else if (verified + count.found == 0) {
        count.why_not_all = "none of the cases has data that can be checked. Add a collective to the cases";
    } else if (verified + count.found < cases.size()) {
        count.basis = fmt::format("{} of {} cases have data that can be checked", verified + count.found, cases.size());
    }
    return count;
}

}  // namespace

CaseCount count_cases(Metric metric, std::span<const CaseSummary* const> cases, bool complete, bool resumed)
{
    const Cases all = executed(cases);
    CaseCount count;
    if (metric == Metric::hangs) {
        const bool imported =
            std::ranges::any_of(cases, [](const CaseSummary* c) { return c->header.reported.has_value(); });
        count.why_not_all = imported ? "a log doesn't tell whether its run hung. Measure with plumbline"
                            : !complete
                                ? "the run stopped before its plan was done, perhaps by a hang. Go on with --resume"
                            : resumed ? "the run was interrupted, perhaps by a hang, before it went on with --resume. "
                                        "Measure it in one go"
                                      : "";
        return count;
    }
    if (all.empty()) {
        count.why_not_all = fmt::format("every case was skipped, the first is {}: {}",
                                        describe(cases.front()->header.what), cases.front()->header.why);
        return count;
    }
    if (metric == Metric::wrong_data_cases) {
        return wrong_data_of(all);
    }
    if (metric == Metric::failed_cases) {
        return count_if(all, [](const CaseSummary& c) { return c.header.status == CaseStatus::failed; });
    }
    throw std::logic_error("not a metric that counts cases");
}

}  // namespace plumbline
