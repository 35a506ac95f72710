// SPDX-License-Identifier: Apache-2.0
#include "collectives/operations/block_counts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace plumbline {
namespace {

using ::testing::ElementsAre;

TEST(BlockCounts, of_a_list_and_of_one_number_for_all_are_read_alike)
{
    const BlockCounts even = BlockCounts::even(3, 5);
    const BlockCounts listed{5, 5, 5};
    const BlockCounts uneven{5, 4, 6};
    EXPECT_EQ(even, listed);
    EXPECT_NE(even, uneven) << "of the same sum";
    EXPECT_NE(even, BlockCounts::even(4, 5));
    for (const BlockCounts& counts : {even, listed, uneven}) {
        EXPECT_EQ(counts.size(), 3U);
        EXPECT_EQ(counts.sum(), 15U);
        EXPECT_EQ(counts[0], 5U);
    }
    EXPECT_THAT(even.list(), ElementsAre(5, 5, 5));
    EXPECT_THAT(uneven.list(), ElementsAre(5, 4, 6));
    EXPECT_TRUE(even.is_even());
    EXPECT_TRUE(listed.is_even());
    EXPECT_FALSE(uneven.is_even());
}

TEST(BlockCounts, of_no_ranks_are_empty)
{
    const BlockCounts none;
    EXPECT_TRUE(none.empty());
    EXPECT_EQ(none.sum(), 0U);
    EXPECT_TRUE(none.is_even());
    EXPECT_EQ(none, BlockCounts(std::vector<std::uint64_t>{}));
}

TEST(BlockCounts, share_one_list_among_copies)
{
    const auto list = std::make_shared<const std::vector<std::uint64_t>>(std::vector<std::uint64_t>{1, 2});
    const BlockCounts one(list);
    const BlockCounts other = one;
    EXPECT_EQ(list.use_count(), 3);
    EXPECT_EQ(one, other);
}

}  // namespace
}  // namespace plumbline
