// SPDX-License-Identifier: Apache-2.0
#include "results/report/rank_dots.hpp"

#include <gmock/gmock.h>

namespace plumbline::report {
namespace {

using testing::ElementsAre;

/// Two ranks a host; rank 7 has no place.
RunMetadata hosts_of_two(int ranks)
{
    RunMetadata info;
    for (int rank = 0; rank < ranks; ++rank) {
        info.places.emplace_back().rank = rank;
        info.places.back().node = rank / 2;
    }
    return info;
}

TEST(RankDots, few_are_shown_as_they_are)
{
    const std::vector<RankDot> all{{0, 0, 0.5}, {1, 0, 0.25}, {0, 1, 0.125}};
    EXPECT_EQ(dots_for_picture(all, hosts_of_two(2), 3), (RankDots{.dots = all, .of_hosts = false, .left_out = 0}));
    EXPECT_EQ(dots_for_picture({}, {}, 3), RankDots{});
}

TEST(RankDots, of_many_each_host_has_one_at_its_largest)
{
    const RankDots shown =
        dots_for_picture({{0, 0, 1}, {1, 0, 3}, {2, 0, 5}, {3, 0, 4}, {0, 1, 2}, {1, 1, 3}}, hosts_of_two(4), 5);
    EXPECT_TRUE(shown.of_hosts);
    EXPECT_EQ(shown.left_out, 0U);
    EXPECT_THAT(shown.dots, ElementsAre(RankDot{1, 0, 3}, RankDot{2, 0, 5}));
}

TEST(RankDots, of_many_hosts_the_lowest_are_counted_not_shown)
{
    const RankDots shown = dots_for_picture({{0, 0, 1}, {2, 0, 5}, {4, 0, 4}, {7, 0, 2}}, hosts_of_two(6), 2);
    EXPECT_EQ(shown.left_out, 2U);
    EXPECT_THAT(shown.dots, ElementsAre(RankDot{2, 0, 5}, RankDot{4, 0, 4}));
}

}  // namespace
}  // namespace plumbline::report
