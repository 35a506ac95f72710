// SPDX-License-Identifier: Apache-2.0
#include "results/report/acceptance.hpp"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

TEST(Acceptance, WhatTheLaterOneSaysOutweighsTheEarlierAndItsSilenceDoesNot)
{
    const Acceptance scenario{.project = "a", .contract = "1", .basis = {"x"}, .clauses = {{"t", "3.1"}, {"u", "3.2"}}};
    const Acceptance about{.project = "b", .clauses = {{"t", "4.1"}}, .deviations = {"none"}};
    const Acceptance all = combined(scenario, about);
    EXPECT_EQ(all.project, "b");
    EXPECT_EQ(all.contract, "1");
    EXPECT_EQ(all.basis, std::vector<std::string>{"x"});
    EXPECT_EQ(all.clauses, (std::map<std::string, std::string>{{"t", "4.1"}, {"u", "3.2"}}));
    EXPECT_EQ(all.deviations, std::vector<std::string>{"none"});
    EXPECT_EQ(combined({}, {}), Acceptance{});
}

}  // namespace
}  // namespace plumbline
