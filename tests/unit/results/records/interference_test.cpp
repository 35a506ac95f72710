// SPDX-License-Identifier: Apache-2.0
#include "results/records/interference.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using ::testing::HasSubstr;
using ::testing::Optional;

const std::vector<std::string> ranks_on_hosts{"rank 0 on a", "rank 1 on b"};
constexpr Spread wide_spread{.measured = 0.1, .asked = 0.02};

std::vector<Interference> second_rank(const Interference& row)
{
    return {{.seconds = 2, .involuntary_switches = 1, .steal_s = 0.0}, row};
}

TEST(Interference, a_wide_interval_is_explained_by_the_rank_that_is_worst_against_its_bounds)
{
    struct Row {
        Interference rank;
        std::string said;
    };
    const std::vector<Row> rows{
        {{.seconds = 2, .involuntary_switches = 102}, "rank 1 on b was switched out 51 times a second"},
        {{.seconds = 2, .steal_s = 0.1}, "rank 1 on b lost 5 % of its time to the hypervisor"},
        {{.seconds = 2, .migrations = 50}, "rank 1 on b was moved from core to core 25 times a second"},
        {{.seconds = 2, .involuntary_switches = 102, .steal_s = 1}, "rank 1 on b lost 50 %"},
    };
    for (const Row& row : rows) {
        EXPECT_THAT(explain_spread(wide_spread, second_rank(row.rank), ranks_on_hosts), Optional(HasSubstr(row.said)));
    }
    EXPECT_EQ(explain_spread(wide_spread, second_rank(rows[1].rank), ranks_on_hosts),
              "the interval is +-10.0 % (2 % asked) and rank 1 on b lost 5 % of its time to the hypervisor");
}

TEST(Interference, explains_nothing_below_its_bounds_or_where_the_interval_is_as_asked)
{
    const Interference much{.seconds = 1, .involuntary_switches = 1000};
    EXPECT_FALSE(explain_spread({.measured = 0.02, .asked = 0.02}, second_rank(much), ranks_on_hosts));
    EXPECT_FALSE(explain_spread(wide_spread, {}, ranks_on_hosts));
    EXPECT_FALSE(explain_spread(wide_spread, second_rank({}), ranks_on_hosts)) << "a system that tells nothing";
    EXPECT_FALSE(explain_spread(wide_spread, second_rank({.seconds = 2, .involuntary_switches = 100}), ranks_on_hosts));
    EXPECT_FALSE(
        explain_spread(wide_spread, second_rank({.seconds = 0.001, .involuntary_switches = 2}), ranks_on_hosts))
        << "two events are no rate";
    EXPECT_FALSE(explain_spread(wide_spread, second_rank({.seconds = 2, .steal_s = 0.04}), ranks_on_hosts));
}

TEST(Interference, numbers_there_and_back_keep_what_is_absent)
{
    const Interference row{.seconds = 2, .involuntary_switches = 0, .frequency_hz = 3e9};
    EXPECT_EQ(interference_from(to_numbers(row)), row);
    EXPECT_EQ(interference_from(to_numbers(Interference{})), Interference{});
}

}  // namespace
}  // namespace plumbline
