// SPDX-License-Identifier: Apache-2.0
#include "results/summaries/rank_excesses.hpp"

#include "results/statistics/statistics.hpp"
#include "tests/support/measured_run.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <vector>

namespace plumbline {
namespace {

/// Each value - the median of the others, by leaving it out and taking that.
std::vector<double> excesses_one_by_one(const std::vector<double>& values)
{
    std::vector<double> result;
    for (std::size_t i = 0; i < values.size(); ++i) {
        std::vector<double> others = values;
        others.erase(others.begin() + static_cast<std::ptrdiff_t>(i));
        result.push_back(values[i] - *median(others));
    }
    return result;
}

TEST(RankExcesses, are_what_leaving_each_value_out_gives)
{
    for (const std::vector<double>& values : {std::vector<double>{1, 2},
                                              {2, 1, 4},
                                              {4, 4, 4},
                                              {8, 1, 2, 2},
                                              {16, 1, 2, 4, 8},
                                              {2, 2, 1, 2, 8, 8},
                                              {-4, 8, 0, 16, 2, 1, 4}}) {
        EXPECT_EQ(excesses(values), excesses_one_by_one(values)) << testing::PrintToString(values);
    }
}

/// 2 timed samples after a warm-up, in which each rank starts later than the one before it.
Round staggered_round(int ranks)
{
    Round round = test::round_of({1, 1, 1}, ranks);
    round.warmup.front() = 1;
    round.start_offset_s = round.seconds;
    for (std::size_t i = 0; i < round.seconds.values.size(); ++i) {
        round.start_offset_s->values[i] = i < round.seconds.ranks ? 999 : static_cast<double>(i % round.seconds.ranks);
    }
    return round;
}

TEST(RankExcesses, digest_of_few_ranks_has_all_of_them_the_largest_first)
{
    const CaseIdentity what = test::collective_case("allreduce", 1024, 3);
    const auto digest = excess_digest(StragglerKind::arrives_late, what, staggered_round(3));
    ASSERT_TRUE(digest);
    EXPECT_EQ(digest->middles_s, (std::vector<double>{1, 1}));  // the warm-up isn't among them
    EXPECT_EQ(digest->largest, (std::vector<RankExcess>{{2, 1.5}, {1, 0}, {0, -1.5}}));
}

TEST(RankExcesses, digest_of_many_ranks_has_the_largest)
{
    constexpr int ranks = 100;
    const CaseIdentity what = test::collective_case("allreduce", 1024, ranks);
    const auto digest = excess_digest(StragglerKind::arrives_late, what, staggered_round(ranks));
    ASSERT_EQ(digest->largest.size(), ExcessDigest::most_ranks);
    EXPECT_EQ(digest->largest.front(), (RankExcess{.rank = 99, .excess_s = 50}));  // the others' median is 49
    EXPECT_EQ(digest->largest.back().rank, 99 - 63);
}

TEST(RankExcesses, round_without_common_starts_has_no_digest_of_arrivals)
{
    const CaseIdentity what = test::collective_case("allreduce", 1024, 3);
    EXPECT_FALSE(excess_digest(StragglerKind::arrives_late, what, test::round_of({1, 1}, 3)));
    EXPECT_FALSE(excess_digest(StragglerKind::computes_long, what, staggered_round(3)));
    Round untimed = staggered_round(3);
    untimed.warmup.assign(3, 1);
    EXPECT_FALSE(excess_digest(StragglerKind::transfers_long, what, untimed));
}

}  // namespace
}  // namespace plumbline
