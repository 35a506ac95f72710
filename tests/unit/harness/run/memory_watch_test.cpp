// SPDX-License-Identifier: Apache-2.0
#include "harness/run/memory_watch.hpp"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

using Correction = MemoryWatch::Correction;

TEST(MemoryWatch, says_nothing_while_the_bound_holds)
{
    MemoryWatch watch(100, {10, 50, 20});
    EXPECT_EQ(watch.finished(0, 150), std::nullopt);
    EXPECT_EQ(watch.finished(1, 150), std::nullopt);
}

TEST(MemoryWatch, adds_what_later_slots_need_more_than_the_earlier_ones)
{
    MemoryWatch watch(100, {10, 50, 20});
    EXPECT_EQ(watch.finished(0, 200), (Correction{.taken = 200, .former_most = 150, .most = 240}));
    EXPECT_EQ(watch.finished(1, 240), std::nullopt) << "as corrected";
    EXPECT_EQ(watch.finished(2, 300), (Correction{.taken = 300, .former_most = 240, .most = 300}));
}

TEST(MemoryWatch, of_an_unknown_program_knows_no_bound)
{
    MemoryWatch watch(0, {10});
    EXPECT_EQ(watch.finished(0, 1000), std::nullopt);
    EXPECT_EQ(MemoryWatch().finished(0, 1000), std::nullopt);
}

}  // namespace
}  // namespace plumbline
