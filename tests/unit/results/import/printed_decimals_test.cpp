// SPDX-License-Identifier: Apache-2.0
#include "results/import/printed_decimals.hpp"

#include <gtest/gtest.h>

#include <array>
#include <string_view>

namespace plumbline::import {
namespace {

TEST(PrintedDecimals, ThoseOfARowAreAlike)
{
    EXPECT_EQ(unlike_decimals(std::array<std::string_view, 3>{"1.50", "18.00", "0.07"}), "");
    EXPECT_EQ(unlike_decimals(std::array<std::string_view, 2>{"1.50", "18"}),
              "its numbers 1.50 and 18 are not printed alike, so other output may have cut one");
    EXPECT_EQ(unlike_decimals({}), "");
}

TEST(PrintedDecimals, MostRowsTellWhatTheOthersShouldHave)
{
    PrintedDecimals table;
    EXPECT_TRUE(table.take_odd().empty());
    table.add(0, 4, "12");
    table.add(1, 5, "13.00");
    table.add(2, 6, "14.00");
    const auto odd = table.take_odd();
    ASSERT_EQ(odd.size(), 1U);
    EXPECT_EQ(odd[0].index, 0U);
    EXPECT_EQ(odd[0].line, 4U);
    EXPECT_TRUE(table.take_odd().empty()) << "of the next table nothing is known";
    table.add(0, 4, "12");
    table.add(1, 5, "13.00");
    EXPECT_EQ(table.take_odd().at(0).index, 0U) << "what is cut loses digits";
}

}  // namespace
}  // namespace plumbline::import
