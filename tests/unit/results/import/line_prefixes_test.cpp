// SPDX-License-Identifier: Apache-2.0
#include "results/import/line_prefixes.hpp"

#include "tests/support/seen_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace plumbline {
namespace {

using test::lines_of;
using ::testing::ElementsAre;

TEST(ImportPrefixes, PrefixesOfLaunchersAreNotOfTheLine)
{
    for (const std::string& prefix :
         std::vector<std::string>{"", "[1,0]<stdout>: ", "[1,0]<stdout>:", "[prterun-node1-100629@1,0]<stdout>: ",
                                  "[1,0][node1:17]<stdout>: ", "[0]<stdout>: ", "3: ", "000: ", "[3] ",
                                  "[pod/nccl-launcher-x7k2p/launcher] ", "launcher-1  | ", "2026-01-31 12:00:00.123 ",
                                  "[2026-01-31T12:00:00+08:00] 0: ", "2024-11-05T12:33:44.123456789Z ",
                                  "Mon Oct 15 15:04:29 2018[1,0]<stdout>:", "\x1b[0m\x1b[32m", "1793606400.123456 "}) {
        const auto lines = lines_of(prefix + "8 2\n");
        ASSERT_EQ(lines.size(), 1U) << prefix;
        EXPECT_THAT(lines[0].words, ElementsAre("8", "2")) << prefix;
    }
    // A table's own bars and brackets are none.
    EXPECT_THAT(lines_of("8192 | 764.55 | success\n")[0].words, ElementsAre("8192", "|", "764.55", "|", "success"));
    EXPECT_THAT(lines_of("[0x07] X\n")[0].words, ElementsAre("[0x07]", "X"));
    EXPECT_THAT(lines_of("8: 2\r\n")[0].words, ElementsAre("2"));
}

TEST(ImportPrefixes, ATimeStampSaysWhenInSecondsSince1970)
{
    EXPECT_DOUBLE_EQ(lines_of("1970-01-02T00:00:00Z 8\n")[0].unix_s.value(), 86400);
    EXPECT_DOUBLE_EQ(lines_of("1970-01-01 00:00:10.5 8\n")[0].unix_s.value(), 10.5);
    EXPECT_DOUBLE_EQ(lines_of("[1970-01-01T08:00:00+08:00] 8\n")[0].unix_s.value(), 0);
    EXPECT_DOUBLE_EQ(lines_of("Thu Jan  1 00:01:00 1970[1,0]<stdout>:8\n")[0].unix_s.value(), 60);
    EXPECT_DOUBLE_EQ(lines_of("1793606400.500 8\n")[0].unix_s.value(), 1793606400.5);
    EXPECT_FALSE(lines_of("8 2\n")[0].unix_s);
    EXPECT_FALSE(lines_of("1793606400 8\n")[0].unix_s) << "it may be a size";
    for (const char* const none : {"2026-13-01 00:00:00", "2026-02-29 00:00:00", "2026-04-31 00:00:00",
                                   "1969-12-31 23:59:59", "9999-12-31 23:59:59", "2026-01-01 24:00:00"}) {
        EXPECT_FALSE(import::parse_date(none)) << none;
    }
    EXPECT_TRUE(import::parse_date("2028-02-29 00:00:00"));
}

TEST(ImportPrefixes, OthersAreLearnedFromTheLinesThatSuitesBegin)
{
    for (const std::string& prefix : std::vector<std::string>{
             "Jan 31 12:00:07 node1 nccl[123]: ", "node1: ", "(Worker pid=1234, ip=10.0.0.1) ",
             "nid001234.chn 0: ", "[node1:4242] ", "[PE 0] ", "launcher-x7k2p launcher ", "INFO:root:", "12:00:07.123 ",
             "> ", "run.log:", "2026-01-31T12:00:07.123Z stdout F ", "test\tRun nccl\t2026-01-31T12:00:07.1Z "}) {
        const auto lines = lines_of(prefix + "# OSU MPI Latency Test v7.4\n" + prefix + "8   2\n");
        ASSERT_EQ(lines.size(), 2U) << prefix;
        EXPECT_EQ(lines[0].words.at(0), "#") << prefix;
        EXPECT_THAT(lines[1].words, ElementsAre("8", "2")) << prefix;
    }
}

TEST(ImportPrefixes, OfANumberOnlyThatItIsOneIsLearned)
{
    const auto lines = lines_of(
        "  9\t# OSU MPI Latency Test v7.4\n 10\t# Datatype: MPI_CHAR.\n"
        " 11\t# Benchmarking x\n112\t8 2\n");
    EXPECT_THAT(lines.at(3).words, ElementsAre("8", "2"));
}

TEST(ImportPrefixes, NumbersAreNoneBeforeTheyStoodBeforeThreeLines)
{
    const auto lines = lines_of("9 # OSU MPI Latency Test v7.4\n1024 2.50\n");
    EXPECT_THAT(lines.at(1).words, ElementsAre("1024", "2.50"));
}

TEST(ImportPrefixes, WhatIsGluedToATitleIsNotOfIt)
{
    const auto lines = lines_of("Warning! Limiting the size to: 33554432.# OSU MPI Latency Test v7.4\n1024 2.50\n");
    EXPECT_EQ(lines.at(0).words.at(1), "OSU");
    EXPECT_THAT(lines.at(1).words, ElementsAre("1024", "2.50"));
}

TEST(ImportPrefixes, TheTitlesOfATableAreNone)
{
    const auto lines = lines_of("   Group       #bytes #repetitions  t_max[usec]\n 0  1024 10 1.50\n");
    EXPECT_EQ(lines.at(0).words.at(0), "Group");
    EXPECT_EQ(lines.at(1).words.size(), 4U);
}

}  // namespace
}  // namespace plumbline
