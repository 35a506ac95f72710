// SPDX-License-Identifier: Apache-2.0
#include "results/report/acceptance.hpp"

#include <array>

namespace plumbline {

Acceptance combined(Acceptance base, const Acceptance& over)
{
    constexpr std::array texts{
        &Acceptance::project,         &Acceptance::contract, &Acceptance::report_number, &Acceptance::version,
        &Acceptance::confidentiality, &Acceptance::client,   &Acceptance::contractor,    &Acceptance::test_party,
        &Acceptance::witness,         &Acceptance::tester,   &Acceptance::date,          &Acceptance::scope};
    for (const auto text : texts) {
        if (!(over.*text).empty()) {
            base.*text = over.*text;
        }
    }
    for (const auto list : {&Acceptance::basis, &Acceptance::deviations}) {
        if (!(over.*list).empty()) {
            base.*list = over.*list;
        }
    }
    for (const auto& [target, clause] : over.clauses) {
        base.clauses[target] = clause;
    }
    return base;
}

}  // namespace plumbline
