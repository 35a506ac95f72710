#include "results/import/import.hpp"

#include "collectives/error.hpp"
#include "results/import/log_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace plumbline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const std::string header =
    "#  size  count  type  redop  root  time  algbw  busbw  #wrong  time  algbw  busbw  #wrong\n";
const std::string two_ranks =
    "#  Rank  0 Group  0 Pid  1 on  h0 device  0 [0] X\n#  Rank  1 Group  0 Pid  2 on  h1 device  0 [0] X\n";
const std::string allreduce = "# Collective test starting: all_reduce_perf\n";

ImportedLog nccl(const std::string& log, const ImportHints& hints = {})
{
    return import_log(LogFormat::nccl_tests, log, hints);
}

TEST(ImportLines, PrefixesOfLaunchersAreNotOfTheLine)
{
    const auto lines = import::lines_of(
        "[1,0]<stdout>: 8 2\n3: 8 2\n2026-01-31 12:00:00.123 8 2\n[2026-01-31T12:00:00+08:00] 0: 8 2\n8: 2\r\n8 2");
    for (const auto& line : {lines[0], lines[1], lines[2], lines[3], lines[5]}) {
        EXPECT_THAT(line.words, ElementsAre("8", "2")) << line.number;
    }
    EXPECT_FALSE(lines[4].last_without_end);
    EXPECT_TRUE(lines[5].last_without_end);
}

TEST(ImportNccl, ARowIsTwoCasesWithoutSamples)
{
    const ImportedLog log = nccl(allreduce + "# iters: 20\n# x warmup iters: 5 iters: 20 agg iters: 1\n" + two_ranks +
                                 header + "1024 256 float sum -1 10.0 0.10 0.10 0 20.0 0.05 0.05 N/A\n");
    ASSERT_EQ(log.cases.size(), 2U);
    const CaseHeader& out = log.cases[0];
    EXPECT_EQ(out.what.pattern, "allreduce");
    EXPECT_EQ(out.what.bytes, 1024U);
    EXPECT_EQ(out.what.ranks, 2);
    EXPECT_EQ(out.what.nodes, 2);
    EXPECT_EQ(out.bus_factor, 1);
    EXPECT_DOUBLE_EQ(out.reported->time_s, 10e-6);
    EXPECT_EQ(out.reported->iterations, 20);
    EXPECT_EQ(out.coverage, Coverage::verified);
    EXPECT_TRUE(log.cases[1].what.in_place);
    EXPECT_EQ(log.cases[1].coverage, Coverage::off);
    EXPECT_THAT(log.info.hosts, ElementsAre("h0", "h1"));
    EXPECT_TRUE(log.info.warnings.empty());
}

TEST(ImportNccl, ColumnsAreFoundByTheirNames)
{
    const ImportedLog log =
        nccl(allreduce + two_ranks + "# size count type redop time algbw busbw error time algbw busbw error\n" +
             "1024 256 half max 10.0 0.10 0.10 0e+00 20.0 0.05 0.05 0e+00\n");
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_EQ(log.cases[0].what.dtype, DataType::float16);
    EXPECT_EQ(log.cases[0].what.op, ReduceOp::max);
}

TEST(ImportNccl, FloatsOfEightBitsAreKnown)
{
    const ImportedLog log = nccl(allreduce + two_ranks + header +
                                 "1024 1024 f8e4m3 sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n"
                                 "1024 1024 f8e5m2 sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n");
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_EQ(log.cases[0].what.dtype, DataType::float8_e4m3);
    EXPECT_EQ(log.cases[1].what.dtype, DataType::float8_e5m2);
}

TEST(ImportNccl, WrongDataIsAFailedCaseWithoutATime)
{
    const ImportedLog log =
        nccl(allreduce + two_ranks + header + "1024 256 float sum -1 10.0 0.10 0.10 3 N/A N/A N/A N/A\n");
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_EQ(log.cases[0].status, CaseStatus::failed);
    EXPECT_FALSE(log.cases[0].reported);
    EXPECT_EQ(log.cases[0].why, "wrong data (3 elements, says the log)");
}

TEST(ImportNccl, TheSameRowAgainIsARepeat)
{
    const std::string row = "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n";
    const ImportedLog log = nccl(allreduce + two_ranks + header + row + header + row);
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_TRUE(log.cases[0].what.parameters.empty());
    EXPECT_EQ(log.cases[1].what.parameters.at("repeat"), "2");
}

TEST(ImportNccl, ABandwidthThatIsNotOfSoManyRanksIsAWarning)
{
    ImportHints hints;
    hints.ranks = 8;
    const ImportedLog log =
        nccl(allreduce + header + "1048576 262144 float sum -1 80.0 13.1 19.66 0 N/A N/A N/A N/A\n", hints);
    EXPECT_THAT(log.info.warnings, ElementsAre("line 3: busbw 19.66 GB/s is not that of 8 ranks (22.94)"));
}

TEST(ImportNccl, WhatTheLogDoesNotSayIsAskedFor)
{
    const std::string row = header + "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n";
    EXPECT_THAT([&] { nccl(row); }, ThrowsMessage<ConfigError>(HasSubstr("--pattern")));
    EXPECT_THAT([&] { nccl(allreduce + row); }, ThrowsMessage<ConfigError>(HasSubstr("--ranks")));
    EXPECT_THAT([&] { nccl("nothing here\n"); },
                ThrowsMessage<ConfigError>(HasSubstr("no result of nccl-tests in the log")));
    EXPECT_THAT([&] { nccl("{\"results\": [{\"size\": 8"); }, ThrowsMessage<ConfigError>(HasSubstr("cut short")));
}

TEST(ImportNccl, ALineThatIsCutShortIsNotRead)
{
    const std::string good = "1024 256 float sum -1 10.0 0.10 0.10 0 20.0 0.05 0.05 0\n";
    const ImportedLog in_mid_row = nccl(allreduce + two_ranks + header + good + "2048 512 float sum -1 10.0 0.20");
    EXPECT_EQ(in_mid_row.cases.size(), 2U);
    EXPECT_THAT(in_mid_row.info.warnings, ElementsAre("line 6: the log is cut short here"));
    const ImportedLog in_last_number = nccl(allreduce + two_ranks + header + good.substr(0, good.size() - 1));
    EXPECT_EQ(in_last_number.cases.size(), 1U);
}

TEST(ImportOsu, SizesArePerRankWhereTheSuiteCountsSo)
{
    ImportHints hints;
    hints.ranks = 4;
    const ImportedLog log =
        import_log(LogFormat::osu,
                   "# OSU MPI-CUDA All-to-All Personalized Exchange Latency Test v5.9\n# Size       Avg Latency(us)\n"
                   "1024                   10.00\n",
                   hints);
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_EQ(log.cases[0].what.pattern, "alltoall");
    EXPECT_EQ(log.cases[0].total_bytes, 4096U);
}

TEST(ImportOsu, OtherTestsAreNamedAndLeftOut)
{
    ImportHints hints;
    hints.ranks = 4;
    const ImportedLog log =
        import_log(LogFormat::osu,
                   "# OSU MPI Non-blocking Allreduce Latency Test v5.9\n# Size  Overall(us)\n8  1.0\n"
                   "# OSU MPI Reduce Latency Test v5.9\n# Size       Avg Latency(us)\n8  1.0\n",
                   hints);
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_EQ(log.cases[0].what.pattern, "reduce");
    EXPECT_EQ(log.info.warnings.size(), 1U);
}

TEST(ImportHccl, TheBandwidthTellsWhichBytesAreMeant)
{
    ImportHints hints;
    hints.ranks = 8;
    hints.pattern = "allgather";
    const std::string title = "data_size(Bytes): | aveg_time(us): | alg_bandwidth(GB/s): | check_result:\n";
    const auto of_all = import_log(LogFormat::hccl_test, title + "1048576 | 200.00 | 41.94 | success\n", hints);
    EXPECT_EQ(of_all.cases[0].total_bytes, 8388608U);
    const auto as_printed = import_log(LogFormat::hccl_test, title + "8388608 | 200.00 | 41.94 | NULL\n", hints);
    EXPECT_EQ(as_printed.cases[0].total_bytes, 8388608U);
    EXPECT_EQ(as_printed.cases[0].coverage, Coverage::off);
}

TEST(ImportFormats, HaveNames)
{
    for (const LogFormat format : {LogFormat::nccl_tests, LogFormat::osu, LogFormat::imb, LogFormat::hccl_test}) {
        EXPECT_EQ(parse_log_format(name(format)), format);
    }
    EXPECT_EQ(parse_log_format("rccl-tests"), LogFormat::nccl_tests);
    EXPECT_EQ(parse_log_format("x"), std::nullopt);
}

}  // namespace
}  // namespace plumbline
