// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/only_failed.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

namespace plumbline::app {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Plan three_cases()
{
    Plan plan;
    for (int id = 0; id < 3; ++id) {
        Case c;
        c.id = id;
        c.what.pattern = "barrier";
        c.what.ranks = id + 1;
        plan.cases.push_back(c);
    }
    for (const std::size_t index : {2U, 0U, 1U, 1U, 2U, 0U}) {
        Slot slot;
        slot.case_index = index;
        plan.order.push_back(slot);
    }
    return plan;
}

CaseSummary row_of(const Case& c, CaseStatus status)
{
    CaseSummary row;
    row.header.what = c.what;
    row.header.status = status;
    return row;
}

TEST(OnlyFailed, AreTheCasesThatFailedWereSkippedOrAreNew)
{
    const Plan plan = three_cases();
    const std::vector earlier{row_of(plan.cases[0], CaseStatus::measured), row_of(plan.cases[1], CaseStatus::failed)};
    EXPECT_THAT(cases_to_measure_again(plan, earlier), ElementsAre(1, 2));
    std::vector<CaseSummary> all;
    for (const Case& c : plan.cases) {
        all.push_back(row_of(c, CaseStatus::measured));
    }
    EXPECT_THAT(cases_to_measure_again(plan, all), IsEmpty());
}

TEST(OnlyFailed, KeepTheirOrderAndAreNumberedAnew)
{
    const Plan only = only_cases(three_cases(), {1, 2});
    ASSERT_EQ(only.cases.size(), 2U);
    EXPECT_EQ(only.cases[0].id, 0);
    EXPECT_EQ(only.cases[0].what.ranks, 2);
    EXPECT_EQ(only.cases[1].what.ranks, 3);
    std::vector<std::size_t> order;
    for (const Slot& slot : only.order) {
        order.push_back(slot.case_index);
    }
    EXPECT_THAT(order, ElementsAre(1, 0, 0, 1));
    EXPECT_TRUE(only_cases(three_cases(), {}).cases.empty());
}

}  // namespace
}  // namespace plumbline::app
