// SPDX-License-Identifier: Apache-2.0
#include "harness/host/host_probe.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <limits>
#include <vector>

namespace plumbline {
namespace {

using ::testing::ElementsAre;

TEST(HostProbe, ranks_of_a_host_are_paired_in_order_wherever_they_are_in_the_launch)
{
    const auto places = pair_up({{0, 1, 0, 1, 0}});
    EXPECT_THAT(places, ElementsAre(LocalPlace{0, 2}, LocalPlace{0, 3}, LocalPlace{1, 0}, LocalPlace{1, 1},
                                    LocalPlace{2, std::nullopt}));
}

TEST(HostProbe, a_host_answers_with_the_median_of_its_lines_if_it_has_any_and_its_slowest_copy)
{
    const double none = std::numeric_limits<double>::quiet_NaN();
    const auto snapshot =
        by_host(std::vector<CoreReading>{{1, 4}, {1, 6}, {none, 3}, {5, 2}, {9, 2}}, {{0, 0, 1, 2, 2}});
    EXPECT_THAT(snapshot.cache_line_latency_s, ElementsAre(1, 7));
    EXPECT_THAT(snapshot.l1_copy_s, ElementsAre(6, 3, 2));
}

}  // namespace
}  // namespace plumbline
