// SPDX-License-Identifier: Apache-2.0
#include "results/import/nccl_names.hpp"

#include "results/import/import.hpp"
#include "tests/support/nccl_logs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace plumbline {
namespace {

using test::imported_nccl;
using test::named_allreduce;
using test::nccl_titles;
using test::two_ranks;
using ::testing::ElementsAre;

TEST(ImportNccl, OneNameForSeveralMachinesIsSeveralNodes)
{
    std::string places;
    for (int rank = 0; rank < 4; ++rank) {
        places += "#  Rank  " + std::to_string(rank) + " Group  0 Pid  7 on  gpu device  " + std::to_string(rank % 2) +
                  " [0] X\n";
    }
    const ImportedLog log = imported_nccl(named_allreduce + places + nccl_titles +
                                          "1024 256 float sum -1 10.0 0.10 0.15 0 N/A N/A N/A N/A\n");
    EXPECT_EQ(log.cases.at(0).what.nodes, 2);
}

/// Eight processes on two nodes, of which those of the same `rank & 3` communicate.
std::string split_by_three()
{
    std::string lines;
    for (int rank = 0; rank < 8; ++rank) {
        lines += "#  Rank  " + std::to_string(rank) + " Group  " + std::to_string(rank & 3) + " Pid  7 on  h" +
                 std::to_string(rank / 4) + " device  0 [0] X\n";
    }
    return lines;
}

TEST(ImportNccl, OfSplitCommunicatorsRanksAndHostsAreThoseOfRankZerosGroup)
{
    // busbw 10.49 * 2 (2 - 1) / 2.
    const std::string row = "1048576 262144 float sum -1 100.0 10.49 10.49 0 N/A N/A N/A N/A\n";
    const ImportedLog log = imported_nccl(named_allreduce + split_by_three() + nccl_titles + row);
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_EQ(log.cases[0].what.ranks, 2);
    EXPECT_EQ(log.cases[0].what.nodes, 2);
    EXPECT_EQ(log.cases[0].what.parameters.at("groups"), "4");
    EXPECT_THAT(log.info.hosts, ElementsAre("h0", "h1"));
    EXPECT_TRUE(log.info.warnings.empty());

    // A second test in the same log, not split.
    const ImportedLog two = imported_nccl(named_allreduce + split_by_three() + nccl_titles + row + named_allreduce +
                                          two_ranks + nccl_titles + row);
    ASSERT_EQ(two.cases.size(), 2U);
    EXPECT_EQ(two.cases[1].what.ranks, 2);
    EXPECT_FALSE(two.cases[1].what.parameters.contains("groups"));
}

TEST(ImportNccl, GroupsWithinNodesAreOnOneNode)
{
    std::string places;
    for (int rank = 0; rank < 6; ++rank) {
        places += "#  Rank  " + std::to_string(rank) + " Group  " + std::to_string(rank / 3) + " Pid  7 on  h" +
                  std::to_string(rank / 3) + " device  " + std::to_string(rank % 3) + " [0] X\n";
    }
    const ImportedLog log = imported_nccl(named_allreduce + places + nccl_titles +
                                          "1024 256 float sum -1 10.0 0.10 0.13 0 N/A N/A N/A N/A\n");
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_EQ(log.cases[0].what.ranks, 3);
    EXPECT_EQ(log.cases[0].what.nodes, 1);
    EXPECT_THAT(log.info.hosts, ElementsAre("h0"));
}

}  // namespace
}  // namespace plumbline
