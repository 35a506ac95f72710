// SPDX-License-Identifier: Apache-2.0
#include "results/util/digits.hpp"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <limits>
#include <random>
#include <string>
#include <vector>

namespace plumbline::text {
namespace {

TEST(Digits, are_as_few_as_tell_the_numbers_from_the_limit)
{
    struct Row {
        std::vector<double> values;
        std::vector<double> limits;
        Notation notation;
        std::vector<std::string> texts;
    };
    const std::vector<Row> rows{
        {{0.862, 0.8999}, {0.9}, plain_number(), {"0.862", "0.8999"}},
        {{0.862, 0.9}, {0.9}, plain_number(), {"0.862", "0.9"}},
        {{0.88, 0.89996}, {0.9}, plain_number(), {"0.88", "0.89996"}},
        {{4.1234}, {}, plain_number(), {"4.12"}},
        {{0.0199996, 0.0215}, {0.02}, with_unit_of_s(), {"19.9996 ms", "21.5000 ms"}},
        {{1234.4}, {1234}, with_unit_of_s(), {"1234.4 s"}},
        {{0.9496, 0.9504}, {0.95, 1}, fixed_point(3), {"0.9496", "0.9504"}},
        {{89.96}, {90}, fixed_point(1), {"89.96"}},
        {{}, {1}, plain_number(), {}},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(written_apart(row.values, row.limits, row.notation), row.texts);
    }
}

TEST(Digits, of_any_number_leave_it_on_its_side_of_any_limit)
{
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> exponent(-3, 6);
    std::uniform_real_distribution<double> nearness(-14, 0);
    for (const Notation& notation : {plain_number(), with_unit_of_s(), fixed_point(3)}) {
        for (int i = 0; i < 20'000; ++i) {
            const double limit = std::stod(written_in_full(std::pow(10, exponent(random))));
            const double value = limit * (1 + (i % 2 == 0 ? 1 : -1) * std::pow(10, nearness(random)));
            const std::vector<std::string> texts = written_apart(std::array{value}, std::array{limit}, notation);
            ASSERT_EQ(notation.read(texts[0]) > limit, value > limit) << texts[0] << " beside " << limit;
            ASSERT_EQ(notation.read(texts[0]) < limit, value < limit) << texts[0] << " beside " << limit;
        }
    }
}

TEST(Digits, of_times_are_of_the_largest_unit_that_they_are_two_of)
{
    const Notation notation = with_unit_of_time();
    EXPECT_EQ(notation.write(0, 3), "0.00 s");
    EXPECT_EQ(notation.write(1002, 3), "16.7 min");
    EXPECT_EQ(notation.write(864'000, 3), "10.0 d");
    const double never = std::numeric_limits<double>::infinity();
    EXPECT_EQ(notation.write(never, 3), "no limit");
    EXPECT_EQ(notation.read("no limit"), never);
}

TEST(Digits, of_a_bound_read_the_same_number)
{
    EXPECT_EQ(written_in_full(0.9), "0.9");
    EXPECT_EQ(written_in_full(491.84), "491.84");
    EXPECT_EQ(written_in_full(1.0 / 3), "0.3333333333333333");
}

}  // namespace
}  // namespace plumbline::text
