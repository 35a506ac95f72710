// SPDX-License-Identifier: Apache-2.0
#include "harness/host/process_memory.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <vector>

namespace plumbline {
namespace {

TEST(PeakMemory, holds_what_this_process_has_touched)
{
    constexpr std::size_t bytes = std::size_t{64} << 20U;
    const std::vector<char> touched(bytes, 'x');
    EXPECT_GE(peak_memory(), bytes);
    EXPECT_EQ(touched.back(), 'x');
}

TEST(PeakMemory, is_unknown_where_nothing_tells)
{
    EXPECT_EQ(peak_memory("/nowhere"), 0U);
    EXPECT_EQ(peak_memory("/dev/null"), 0U);
}

}  // namespace
}  // namespace plumbline
