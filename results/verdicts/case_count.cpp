// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/case_count.hpp"

#include "results/records/case_header.hpp"
#include "results/records/case_identity.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <stdexcept>
#include <vector>

namespace plumbline {
namespace {

using Cases = std::vector<const CaseSummary*>;

/// More is no count of a file that can be believed.
constexpr double most_elements = 1e18;

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
            count.first = say("the first is {}: {}", description(c->header.what), reason(c->header));
        }
    }
    return count;
}

/// Elements that were wrong, one at least in each case that didn't count them.
struct WrongElements {
    double count = 0;
    std::size_t cases = 0, counted = 0;
};

WrongElements wrong_elements_of(std::span<const CaseSummary* const> cases)
{
    WrongElements wrong;
    for (const CaseSummary* c : cases) {
        if (!has_wrong_data(c->header)) {
            continue;
        }
        const double said = c->header.wrong_elements.value_or(0);
        const bool counted = said >= 1;  // false for a file's NaN too
        wrong.count += counted ? std::floor(std::min(said, most_elements)) : 1;
        ++wrong.cases;
        wrong.counted += counted ? 1U : 0U;
    }
    return wrong;
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
        count.why_not_all = say(
            "the data of {} of {} cases was not checked, the first is {} ({}). {}",
            std::ranges::count_if(cases, unchecked), cases.size(), description((*first)->header.what),
            failed ? say("it failed: {}", reason((*first)->header)) : say("verify is off"),
            failed ? say("Measure it again") : say("Write verify: true, or use a log of a suite that checks its data"));
    } else if (verified + count.found == 0) {
        count.why_not_all = say("none of the cases has data that can be checked. Add a collective to the cases");
    } else if (verified + count.found < cases.size()) {
        count.basis = say("{} of {} cases have data that can be checked", verified + count.found, cases.size());
    }
    return count;
}

}  // namespace

Sentence wrong_elements_text(std::span<const CaseSummary* const> cases)
{
    const WrongElements wrong = wrong_elements_of(cases);
    if (wrong.counted == 0) {
        return {};
    }
    const Sentence elements =
        wrong.count == 1 ? say("{:.0f} element", wrong.count) : say("{:.0f} elements", wrong.count);
    return wrong.counted < wrong.cases ? say("at least {}", elements) : elements;
}

CaseCount count_cases(Metric metric, std::span<const CaseSummary* const> cases, bool complete, bool resumed)
{
    const Cases all = executed(cases);
    CaseCount count;
    if (metric == Metric::hangs) {
        const bool imported =
            std::ranges::any_of(cases, [](const CaseSummary* c) { return c->header.reported.has_value(); });
        count.why_not_all =
            imported    ? say("a log doesn't tell whether its run hung. Measure with plumbline")
            : !complete ? say("the run stopped before its plan was done, perhaps by a hang. Go on with --resume")
            : resumed   ? say("the run was interrupted, perhaps by a hang, before it went on with --resume. Measure it "
                                "in one go")
                        : Sentence();
        return count;
    }
    if (all.empty()) {
        count.why_not_all = say("every case was skipped, the first is {}: {}", description(cases.front()->header.what),
                                reason(cases.front()->header));
        return count;
    }
    if (metric == Metric::wrong_data_cases || metric == Metric::wrong_elements) {
        CaseCount wrong = wrong_data_of(all);
        const Sentence elements = wrong_elements_text(all);
        if (wrong.found > 0 && metric == Metric::wrong_elements) {
            const Sentence in =
                say("in {}; {}", count_said(static_cast<long long>(wrong.found), "{} case", "{} cases"), wrong.first);
            const WrongElements counts = wrong_elements_of(all);
            wrong.first = 0 < counts.counted && counts.counted < counts.cases ? say("at least so many, {}", in) : in;
            wrong.found = static_cast<std::size_t>(wrong_elements_of(all).count);
        } else if (!elements.empty()) {
            wrong.first = say("{} in them; {}", elements, wrong.first);
        }
        return wrong;
    }
    if (metric == Metric::failed_cases) {
        return count_if(all, [](const CaseSummary& c) { return c.header.status == CaseStatus::failed; });
    }
    throw std::logic_error("not a metric that counts cases");
}

}  // namespace plumbline
