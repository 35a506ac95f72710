// SPDX-License-Identifier: Apache-2.0
#include "results/import/import.hpp"

#include "collectives/util/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace plumbline {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const std::string title =
    "The average bandwidth of all_reduce over 8 ranks (5 warmups / 20 trials):\n\n"
    "| payload |    busbw   |    algbw   |\n| ------: | ---------: | ---------: |\n";

ImportedLog read(const std::string& log)
{
    return import_log(LogFormat::all_reduce_bench, log, {});
}

TEST(ImportAllReduceBench, AlgbwIsTheTimeOfThePayload)
{
    const ImportedLog log = read("- software: torch=2.9.0, cuda=13.0, nccl=(2, 28, 9)\n" + title +
                                 "|    1GiB | 350.00GBps | 200.00GBps |\n");
    const CaseHeader& c = log.cases.at(0);
    EXPECT_EQ(c.what.pattern, "allreduce");
    EXPECT_EQ(c.what.bytes, std::uint64_t{1} << 30U);
    EXPECT_EQ(c.what.ranks, 8);
    EXPECT_TRUE(c.what.in_place);
    EXPECT_DOUBLE_EQ(c.reported->time_s, 1073741824 / 200e9);
    EXPECT_EQ(c.reported->iterations, 20);
    EXPECT_THAT(log.info.facts,
                Contains(std::pair<std::string, std::string>("library", "torch=2.9.0, cuda=13.0, nccl=(2, 28, 9)")));
}

TEST(ImportAllReduceBench, SoftwareThatIsNotNamedIsNone)
{
    for (const char* const line : {"- software:\n", "- software: \n", "-  software:\t\n"}) {
        EXPECT_EQ(read(line + title + "|    1GiB | 350.00GBps | 200.00GBps |\n").cases.size(), 1U) << line;
    }
}

TEST(ImportAllReduceBench, BusbwOfAnotherNumberOfRanksContradicts)
{
    EXPECT_THAT(read(title + "|    1GiB | 300.00GBps | 200.00GBps |\n").cases.at(0).why,
                HasSubstr("is not 1.75 times algbw"));
}

TEST(ImportAllReduceBench, NoTimeFollowsFromADigit)
{
    EXPECT_THAT(read(title + "|   32KiB |   0.04GBps |   0.02GBps |\n").cases.at(0).why, HasSubstr("no time follows"));
}

TEST(ImportAllReduceBench, TorchrunsPrefixIsNotOfTheLine)
{
    EXPECT_EQ(read("[node1:0]:" + title + "[node1:0]:|    1GiB | 350.00GBps | 200.00GBps |\n").cases.size(), 1U);
}

TEST(ImportAllReduceBench, AProfileOfIterationsIsLeftOut)
{
    EXPECT_THAT(
        [] {
            read(
                "The 0.5GiB payload bandwidth of all_reduce over 8 ranks (5 warmups / 20 trials):\n\n"
                "|    busbw   |    algbw   |\n| ---------: | ---------: |\n| 350.00GBps | 200.00GBps |\n");
        },
        ThrowsMessage<ConfigError>(HasSubstr("--profile_stability is left out")));
}

}  // namespace
}  // namespace plumbline
