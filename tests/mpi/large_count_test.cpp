// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/large_count.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <climits>
#include <cstdint>

namespace plumbline::mpi {
namespace {

using testing::ElementsAre;

TEST(Cut, leaves_whole_what_fits)
{
    EXPECT_THAT(cut(1, 7), ElementsAre(Piece{0, 1}));
    EXPECT_THAT(cut(7, 7), ElementsAre(Piece{0, 7}));
    EXPECT_THAT(cut(INT_MAX, INT_MAX), ElementsAre(Piece{0, INT_MAX}));
}

TEST(Cut, makes_one_empty_piece_of_nothing)
{
    EXPECT_THAT(cut(0, 7), ElementsAre(Piece{0, 0}));
}

TEST(Cut, covers_every_element_once)
{
    EXPECT_THAT(cut(17, 7), ElementsAre(Piece{0, 7}, Piece{7, 7}, Piece{14, 3}));
    constexpr std::uint64_t two_to_32 = std::uint64_t{1} << 32;
    EXPECT_THAT(cut(two_to_32, INT_MAX),
                ElementsAre(Piece{0, INT_MAX}, Piece{INT_MAX, INT_MAX}, Piece{two_to_32 - 2, 2}));
}

TEST(CutBlock, keeps_all_ranks_pieces_together_within_the_limit)
{
    EXPECT_THAT(cut_block(3, 2, 7), ElementsAre(Piece{0, 3}));
    EXPECT_THAT(cut_block(4, 2, 7), ElementsAre(Piece{0, 3}, Piece{3, 1}));
    EXPECT_THAT(cut_block(1'000'000, 3000, INT_MAX), ElementsAre(Piece{0, 715'827}, Piece{715'827, 284'173}));
}

TEST(CutBlock, takes_single_elements_when_there_are_more_ranks_than_the_limit)
{
    EXPECT_THAT(cut_block(2, 9, 7), ElementsAre(Piece{0, 1}, Piece{1, 1}));
}

}  // namespace
}  // namespace plumbline::mpi
