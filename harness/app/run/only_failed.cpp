// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/only_failed.hpp"

#include <algorithm>
#include <cstddef>
#include <map>

namespace plumbline::app {

std::set<int> cases_to_measure_again(const Plan& plan, std::span<const CaseSummary> earlier)
{
    std::set<int> ids;
    for (const Case& c : plan.cases) {
        const bool measured = std::ranges::any_of(earlier, [&](const CaseSummary& row) {
            return row.header.what == c.what && row.header.status == CaseStatus::measured;
        });
        if (!measured) {
            ids.insert(c.id);
        }
    }
    return ids;
}

Plan only_cases(const Plan& plan, const std::set<int>& ids)
{
    Plan only;
    std::map<std::size_t, std::size_t> kept;  // old index -> new one
    for (std::size_t i = 0; i < plan.cases.size(); ++i) {
        if (ids.contains(plan.cases[i].id)) {
            kept[i] = only.cases.size();
            only.cases.push_back(plan.cases[i]);
            only.cases.back().id = static_cast<int>(kept[i]);
        }
    }
    for (Slot slot : plan.order) {
        if (const auto place = kept.find(slot.case_index); place != kept.end()) {
            slot.case_index = place->second;
            only.order.push_back(slot);
        }
    }
    return only;
}

}  // namespace plumbline::app
