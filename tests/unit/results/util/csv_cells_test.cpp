// SPDX-License-Identifier: Apache-2.0
#include "results/util/csv_cells.hpp"

#include "collectives/util/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plumbline {
namespace {

using ::testing::ElementsAre;

TEST(CsvCells, are_what_stands_between_commas)
{
    EXPECT_THAT(csv_cells("a, b c ,,d\r", 1), ElementsAre("a", "b c", "", "d"));
    EXPECT_THAT(csv_cells(" \"a, \"\"b\"\"\" ,c", 1), ElementsAre("a, \"b\"", "c"));
    EXPECT_THAT(csv_cells("", 1), ElementsAre(""));
    EXPECT_THAT(csv_cells("\"\",", 1), ElementsAre("", ""));
}

TEST(CsvCells, quotes_are_around_a_whole_cell_or_a_mistake)
{
    for (const char* const line : {"a\"b\"", "\"a\"b", "\"a\" \"b\"", "1\"0\".5", "\"a", "a,\"b"}) {
        EXPECT_THROW(csv_cells(line, 3), ConfigError) << line;
    }
}

}  // namespace
}  // namespace plumbline
