#include "results/import/import.hpp"

#include "collectives/util/error.hpp"
#include "results/import/log_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

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
    EXPECT_EQ(out.verification, Verification::verified);
    EXPECT_TRUE(log.cases[1].what.in_place);
    EXPECT_EQ(log.cases[1].verification, Verification::off);
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
    const ImportedLog log = nccl(allreduce + split_by_three() + header + row);
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_EQ(log.cases[0].what.ranks, 2);
    EXPECT_EQ(log.cases[0].what.nodes, 2);
    EXPECT_EQ(log.cases[0].what.parameters.at("groups"), "4");
    EXPECT_THAT(log.info.hosts, ElementsAre("h0", "h1"));
    EXPECT_TRUE(log.info.warnings.empty());

    // A second test in the same log, not split.
    const ImportedLog two = nccl(allreduce + split_by_three() + header + row + two_ranks + header + row);
    ASSERT_EQ(two.cases.size(), 2U);
    EXPECT_EQ(two.cases[1].what.ranks, 2);
    EXPECT_FALSE(two.cases[1].what.parameters.contains("groups"));
}

TEST(ImportNccl, GroupsWithinNodesAreOnOneNode)
{
    std::string places;
    for (int rank = 0; rank < 6; ++rank) {
        places += "#  Rank  " + std::to_string(rank) + " Group  " + std::to_string(rank / 3) + " Pid  7 on  h" +
                  std::to_string(rank / 3) + " device  0 [0] X\n";
    }
    const ImportedLog log =
        nccl(allreduce + places + header + "1024 256 float sum -1 10.0 0.10 0.13 0 N/A N/A N/A N/A\n");
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_EQ(log.cases[0].what.ranks, 3);
    EXPECT_EQ(log.cases[0].what.nodes, 1);
    EXPECT_THAT(log.info.hosts, ElementsAre("h0"));
}

TEST(ImportNccl, GroupsOfTheJsonAreReadToo)
{
    std::string devices;
    for (int rank = 0; rank < 8; ++rank) {
        devices += std::string(rank == 0 ? "" : ",") + R"({"rank": )" + std::to_string(rank) + R"(, "group": )" +
                   std::to_string(rank & 3) + R"(, "hostname": "h)" + std::to_string(rank / 4) + R"("})";
    }
    const ImportedLog log = nccl(R"({"args": ["all_reduce_perf"], "config": {"devices": [)" + devices +
                                 R"(]}, "results": [{"size": 1048576, "type": "float", "redop": "sum", "root": "-1",
                                 "out_of_place": {"time": 100.0, "bus_bw": 10.49, "nwrong": 0}}]})");
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_EQ(log.cases[0].what.ranks, 2);
    EXPECT_EQ(log.cases[0].what.nodes, 2);
    EXPECT_EQ(log.cases[0].what.parameters.at("groups"), "4");
    EXPECT_TRUE(log.info.warnings.empty());
}

ImportedLog osu_of_types(const std::vector<std::string>& types)
{
    std::string log;
    for (const std::string& type : types) {
        log += "# OSU MPI Allreduce Latency Test v7.4\n" + (type.empty() ? "" : "# Datatype: " + type + ".\n") +
               "# Size       Avg Latency(us)\n1024                   10.00\n";
    }
    ImportHints hints;
    hints.ranks = 4;
    return import_log(LogFormat::osu, log, hints);
}

TEST(ImportOsu, TheTypeIsTheTablesOwn)
{
    const ImportedLog log =
        osu_of_types({"MPI_CHAR", "MPI_FLOAT", "MPI_DOUBLE", "MPI_INT", "MPI_UINT8_T", "MPI_FLOAT", ""});
    std::vector<DataType> types;
    for (const CaseHeader& one : log.cases) {
        types.push_back(one.what.dtype);
    }
    EXPECT_THAT(types, ElementsAre(DataType::int8, DataType::float32, DataType::float64, DataType::int32,
                                   DataType::uint8, DataType::float32, DataType::int8));
    EXPECT_TRUE(log.cases[1].what.parameters.empty()) << "another type is no repeat";
    EXPECT_EQ(log.cases[5].what.parameters.at("repeat"), "2");
    EXPECT_EQ(log.cases[6].what.parameters.at("repeat"), "2") << "without the line it is MPI_CHAR";
    EXPECT_TRUE(log.info.warnings.empty());
}

TEST(ImportOsu, ATableOfATypeThatPlumblineDoesNotHaveIsLeftOut)
{
    const ImportedLog log = osu_of_types({"MPI_C_DOUBLE_COMPLEX", "MPI_FLOAT"});
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_EQ(log.cases[0].what.dtype, DataType::float32);
    EXPECT_THAT(log.info.warnings,
                ElementsAre("line 2: the table of 'MPI_C_DOUBLE_COMPLEX' is left out (plumbline has no such type)"));
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
    EXPECT_EQ(as_printed.cases[0].verification, Verification::off);
}

ImportedLog hccl_with(const std::string& preamble)
{
    ImportHints hints;
    hints.ranks = 8;
    hints.pattern = "allreduce";
    return import_log(LogFormat::hccl_test,
                      preamble +
                          "data_size(Bytes): | aveg_time(us): | alg_bandwidth(GB/s): | check_result:\n"
                          "1048576 | 200.00 | 5.24 | success\n",
                      hints);
}

TEST(ImportHccl, TheTypeIsThatOfTheCommandLine)
{
    const std::string command = "+ mpirun -n 8 ./bin/all_reduce_test -b 1M -e 1M ";
    for (const std::string option : {"-d fp16", "-dfp16", "--datatype fp16", "--datatype=fp16"}) {
        const ImportedLog log = hccl_with(command + option + " -p 8 | tee all_reduce_test.log\nall_reduce_test\n");
        EXPECT_EQ(log.cases.at(0).what.dtype, DataType::float16) << option;
        EXPECT_TRUE(log.info.warnings.empty());
    }
    EXPECT_EQ(hccl_with(command + "-d bfp16\n").cases.at(0).what.dtype, DataType::bfloat16);
}

TEST(ImportHccl, ATypeThatIsNotSaidIsAWarning)
{
    const ImportedLog log = hccl_with("");
    EXPECT_EQ(log.cases.at(0).what.dtype, DataType::float32);
    EXPECT_THAT(log.info.warnings,
                ElementsAre("line 1: no command line says the type (-d): taken for fp32, hccl_test's default"));
}

TEST(ImportHccl, ATableOfATypeThatPlumblineDoesNotHaveIsLeftOut)
{
    const std::string command = "./all_reduce_test -d int64\n";
    EXPECT_THAT([&] { hccl_with(command); },
                ThrowsMessage<ConfigError>(HasSubstr("the table of 'int64' is left out (plumbline has no such type)")));
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
