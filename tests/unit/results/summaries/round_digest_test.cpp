// SPDX-License-Identifier: Apache-2.0
#include "results/summaries/round_digest.hpp"

#include "results/summaries/reduced_round.hpp"
#include "tests/support/measured_run.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace plumbline {
namespace {

TEST(RoundDigest, has_the_reduced_round_and_the_kinds_that_the_round_has)
{
    Round round = test::round_of({1, 2}, 4);
    round.start_offset_s = SampleMatrix{.samples = 2, .ranks = 4, .values = {0, 1, 2, 3, 0, 1, 2, 3}};
    const RoundDigest digest = digest_of(test::collective_case("allreduce", 8, 4), round);
    EXPECT_EQ(digest.reduced, reduced(round));
    EXPECT_EQ(digest.excesses.size(), 2U);
    EXPECT_FALSE(digest.excesses.contains(StragglerKind::computes_long));
}

TEST(RoundDigest, is_worth_it_for_many_samples_that_are_not_needed_one_by_one)
{
    EXPECT_FALSE(is_worth_a_digest(test::round_of(std::vector<double>(31, 1), 1024)));
    Round large = test::round_of(std::vector<double>(32, 1), 1024);
    EXPECT_TRUE(is_worth_a_digest(large));
    large.links.emplace();
    EXPECT_FALSE(is_worth_a_digest(large));
}

}  // namespace
}  // namespace plumbline
