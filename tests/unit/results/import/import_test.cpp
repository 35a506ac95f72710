// SPDX-License-Identifier: Apache-2.0
#include "results/import/import.hpp"

#include "collectives/util/error.hpp"
#include "results/import/log_lines.hpp"
#include "results/import/table_columns.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
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

/// What a line is read as, and the moment before it.
struct SeenLine {
    std::vector<std::string> words;
    bool last_without_end = false;
    std::optional<double> unix_s;
};

std::vector<SeenLine> lines_of(const std::string& log)
{
    std::vector<SeenLine> lines;
    import::for_each_line(log, [&](const import::Line& line) {
        lines.push_back({{line.words.begin(), line.words.end()}, line.last_without_end, line.unix_s});
    });
    return lines;
}

TEST(ImportLines, PrefixesOfLaunchersAreNotOfTheLine)
{
    for (const std::string& prefix :
         std::vector<std::string>{"", "[1,0]<stdout>: ", "[1,0]<stdout>:", "[prterun-node1-100629@1,0]<stdout>: ",
                                  "[1,0][node1:17]<stdout>: ", "[0]<stdout>: ", "3: ", "000: ", "[3] ",
                                  "[pod/nccl-launcher-x7k2p/launcher] ", "launcher-1  | ", "2026-01-31 12:00:00.123 ",
                                  "[2026-01-31T12:00:00+08:00] 0: ", "2024-11-05T12:33:44.123456789Z ",
                                  "Mon Oct 15 15:04:29 2018[1,0]<stdout>:", "\x1b[0m\x1b[32m"}) {
        const auto lines = lines_of(prefix + "8 2\n");
        ASSERT_EQ(lines.size(), 1U) << prefix;
        EXPECT_THAT(lines[0].words, ElementsAre("8", "2")) << prefix;
    }
    // A table's own bars and brackets are none.
    EXPECT_THAT(lines_of("8192 | 764.55 | success\n")[0].words, ElementsAre("8192", "|", "764.55", "|", "success"));
    EXPECT_THAT(lines_of("[0x07] X\n")[0].words, ElementsAre("[0x07]", "X"));
    EXPECT_THAT(lines_of("8: 2\r\n")[0].words, ElementsAre("2"));
}

TEST(ImportLines, TheLastOneMayHaveNoEnd)
{
    const auto lines = lines_of("8 2\n8 2");
    EXPECT_FALSE(lines.at(0).last_without_end);
    EXPECT_TRUE(lines.at(1).last_without_end);
}

TEST(ImportLines, EncodingsAreReadAsTheTextThatTheyCarry)
{
    const std::string utf16_little(
        "\xFF\xFE"
        "8\0 \0"
        "2\0\n\0",
        10);
    const std::string utf16_big(
        "\xFE\xFF"
        "\0"
        "8\0 \0"
        "2\0\n",
        10);
    for (const std::string& log :
         {std::string("\xEF\xBB\xBF"
                      "8 2\n"),
          utf16_little, utf16_big,
          std::string(R"({"log":"\t8 2\n","stream":"stdout","time":"2024-11-05T12:33:44.1Z"})") + "\n"}) {
        const auto lines = lines_of(log);
        ASSERT_EQ(lines.size(), 1U) << log;
        EXPECT_THAT(lines[0].words, ElementsAre("8", "2")) << log;
    }
}

TEST(ImportLines, ATimeStampSaysWhenInSecondsSince1970)
{
    EXPECT_DOUBLE_EQ(lines_of("1970-01-02T00:00:00Z 8\n")[0].unix_s.value(), 86400);
    EXPECT_DOUBLE_EQ(lines_of("1970-01-01 00:00:10.5 8\n")[0].unix_s.value(), 10.5);
    EXPECT_DOUBLE_EQ(lines_of("[1970-01-01T08:00:00+08:00] 8\n")[0].unix_s.value(), 0);
    EXPECT_DOUBLE_EQ(lines_of("Thu Jan  1 00:01:00 1970[1,0]<stdout>:8\n")[0].unix_s.value(), 60);
    EXPECT_FALSE(lines_of("8 2\n")[0].unix_s);
    EXPECT_FALSE(import::parse_date("2026-13-01 00:00:00"));
}

TEST(ImportLines, OnlyWhatRunsAProgramIsACommand)
{
    const auto command = [](const std::string& text) {
        std::optional<std::string> program;
        std::optional<int> ranks;
        import::for_each_line(text + "\n", [&](const import::Line& line) {
            if (const auto found = import::command_in(line, "_perf")) {
                program = std::string(found->program);
                ranks = found->ranks;
            }
        });
        return std::pair(program.value_or(""), ranks.value_or(0));
    };
    EXPECT_EQ(command("+ mpirun -np 16 --bind-to none /x/build/all_reduce_perf -g 1"),
              std::pair(std::string("all_reduce_perf"), 16));
    EXPECT_EQ(command("srun --ntasks=4 ./alltoall_perf"), std::pair(std::string("alltoall_perf"), 4));
    EXPECT_EQ(command("# all_reduce_perf").first, "all_reduce_perf");
    EXPECT_EQ(command("Linking  /b/all_reduce.o > /b/all_reduce_perf").first, "");
    EXPECT_EQ(command("nvcc -o /b/all_reduce_perf all_reduce.cu").first, "");
    EXPECT_EQ(command("cp build/all_reduce_perf /usr/bin").first, "");
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
    const ImportedLog log = nccl(allreduce + two_ranks + header + row + allreduce + header + row);
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_TRUE(log.cases[0].what.parameters.empty());
    EXPECT_EQ(log.cases[1].what.parameters.at("repeat"), "2");
}

TEST(ImportNccl, ABandwidthThatIsNotOfSoManyRanksRefusesItsTable)
{
    ImportHints hints;
    hints.ranks = 8;
    const std::string wrong = "1048576 262144 float sum -1 80.0 13.1 19.66 0 N/A N/A N/A N/A\n";  // of 4 ranks
    const std::string right = "1048576 262144 float sum -1 80.0 13.1 22.93 0 N/A N/A N/A N/A\n";
    const ImportedLog log = nccl(allreduce + header + right + wrong + right + allreduce + header + right, hints);
    ASSERT_EQ(log.cases.size(), 4U);
    for (const std::size_t refused : {0U, 1U, 2U}) {
        EXPECT_EQ(log.cases[refused].status, CaseStatus::failed) << refused;
    }
    EXPECT_EQ(log.cases[1].why,
              "busbw 19.66 GB/s is not 1.75 times algbw, as allreduce on 8 ranks has it. Give the number of ranks with "
              "--ranks");
    EXPECT_EQ(log.cases[3].status, CaseStatus::measured);
}

TEST(ImportNccl, ARowThatContradictsItselfFailsWithItsReason)
{
    const std::vector<std::pair<std::string, std::string>> rows{
        {"1024 256 float none -1 10.0 0.10 0.10 0", "allreduce reduces, but the row says redop none"},
        {"1024 100 float sum -1 10.0 0.10 0.10 0", "100 elements of float are not 1024 bytes"},
        {"1024 256 float sum -1 10.0 5.00 5.00 0", "algbw 5 GB/s is not 1024 bytes in 10 us"},
        {"1024 256 float sum -1 61,80 0.10 0.10 0", "its time, '61,80', can't be read"},
        {"1024 256 float sum -1 nan 0.10 0.10 0", "its time, 'nan', can't be read"},
        {"1024 256 float sum -1 nan 0.10 0.10 7", "wrong data (7 elements, says the log)"},
        {"1024 512 int8 sum -1 10.0 0.10 0.10 0", "512 elements of int8 are not 1024 bytes"},
    };
    for (const auto& [row, why] : rows) {
        const ImportedLog log = nccl(allreduce + two_ranks + header + row + " N/A N/A N/A N/A\n");
        ASSERT_EQ(log.cases.size(), 1U) << row;
        EXPECT_EQ(log.cases[0].status, CaseStatus::failed) << row;
        EXPECT_EQ(log.cases[0].why, why) << row;
    }
}

TEST(ImportNccl, OfACommandIsKnownHowManyExecutionsWereWaitedForOnce)
{
    const std::string of_twenty =
        "# nThread 1 nGpus 1 minBytes 8 maxBytes 8 step: 2(factor) warmup iters: 5 iters: 20 agg iters: 1\n";
    const std::string row = "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n";
    const auto chain = [&](const std::string& command) {
        return nccl(command + allreduce + of_twenty + two_ranks + header + row).cases.at(0).reported->chain;
    };
    EXPECT_EQ(chain("mpirun -np 2 ./all_reduce_perf -b 1024\n"), 20);
    EXPECT_EQ(chain("mpirun -np 2 ./all_reduce_perf -b 1024 -z 0\n"), 20);
    EXPECT_EQ(chain("mpirun -np 2 ./all_reduce_perf -b 1024 -z 1\n"), 1);
    EXPECT_EQ(chain(""), std::nullopt) << "-z is said by the command alone";
}

TEST(ImportNccl, ARowOfMoreNumbersThanColumnsIsNotOfItsTable)
{
    const std::string good = "1024 256 float sum -1 10.0 0.10 0.10 0 10.0 0.10 0.10 0";
    const ImportedLog more = nccl(allreduce + two_ranks + header + good + " 7\n");
    ASSERT_EQ(more.cases.size(), 2U);
    EXPECT_EQ(more.cases[0].status, CaseStatus::failed);
    const ImportedLog text = nccl(allreduce + two_ranks + header + good + " node1:42:42 [0] NCCL INFO Channel 00\n");
    EXPECT_EQ(text.cases.at(0).status, CaseStatus::measured) << "another process wrote after the row";
}

TEST(ImportNccl, ATableIsOfTheTestThatWasNamedForIt)
{
    const std::string row = "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n";
    // A test that plumbline doesn't have ends the table before it, and none of its rows becomes another's.
    const ImportedLog unknown =
        nccl(allreduce + two_ranks + header + row + "$ ./gossip_perf -g 2\n" + header + row + row);
    EXPECT_EQ(unknown.cases.size(), 1U);
    EXPECT_THAT(unknown.info.warnings,
                ElementsAre("line 6: the table of 'gossip_perf' is left out (plumbline has no such operation)"));
    // A second table without a name is of nobody knows what, unless the user says it.
    const ImportedLog unnamed = nccl(allreduce + two_ranks + header + row + header + row);
    EXPECT_EQ(unnamed.cases.size(), 1U);
    EXPECT_THAT(unnamed.info.warnings, ElementsAre(HasSubstr("line 6: which operation this table is of is not said")));
    ImportHints hints;
    hints.pattern = "allreduce";
    EXPECT_EQ(nccl(two_ranks + header + row + header + row, hints).cases.size(), 2U);
    hints.pattern = "alltoall";
    EXPECT_THAT([&] { nccl(allreduce + two_ranks + header + row, hints); },
                ThrowsMessage<ConfigError>(HasSubstr("--pattern alltoall contradicts the log (it names allreduce)")));
}

TEST(ImportNccl, BeforeThirteenTheLastColumnIsAnErrorNotACount)
{
    const std::string old = "# size count type redop time algbw busbw error time algbw busbw error\n";
    const std::string rows = "1024 256 float sum 10.0 0.10 0.10 1e-07 20.0 0.05 0.05 0e+00\n";
    const auto with = [&](const std::string& trailer) {
        return nccl(allreduce + two_ranks + old + rows + trailer).cases;
    };
    for (const CaseHeader& right : with("# Out of bounds values : 0 OK\n")) {
        EXPECT_EQ(right.status, CaseStatus::measured);
        EXPECT_EQ(right.verification, Verification::verified);
    }
    for (const CaseHeader& open : with("")) {
        EXPECT_EQ(open.status, CaseStatus::measured);
        EXPECT_EQ(open.verification, Verification::off);
    }
    for (const CaseHeader& wrong : with("# Out of bounds values : 3 FAILED\n")) {
        EXPECT_THAT(wrong.why, HasSubstr("wrong data in one of the rows"));
    }
}

TEST(ImportNccl, AnOldRowWithoutAReductionHasACellLess)
{
    const ImportedLog log = nccl("./build/alltoall_perf\n" + two_ranks +
                                 "# size count type redop time algbw busbw error time algbw busbw error\n"
                                 "1024 128 float 10.0 0.10 0.05 N/A 20.0 0.05 0.03 N/A\n");
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_DOUBLE_EQ(log.cases[0].reported->time_s, 10e-6);
    EXPECT_DOUBLE_EQ(log.cases[1].reported->time_s, 20e-6);
}

TEST(ImportNccl, ATestThatFailedIsNotBelieved)
{
    const std::string row = "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n";
    const ImportedLog log =
        nccl(allreduce + two_ranks + header + row + "h1: Test NCCL failure common.cu:1204 'unhandled'\n");
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_THAT(log.cases[0].why, HasSubstr("the test failed, says the log: h1: Test NCCL failure"));
}

TEST(ImportNccl, ARowIntoWhichTheLibraryWroteIsJoinedOrFails)
{
    const std::string begin = "1024 256 float sum -1";
    const std::string rest = "10.0 0.10 0.10 0 20.0 0.05 0.05 0\n";
    for (const std::string& broken :
         {begin + "h0:26:26 [0] NCCL INFO Launch mode Parallel\n",
          begin + " h0:26:26 [0] NCCL INFO 24 coll channels, 16 nvls channels, 32 p2p channels\n"}) {
        const ImportedLog joined = nccl(allreduce + two_ranks + header + broken + rest);
        ASSERT_EQ(joined.cases.size(), 2U) << broken;
        EXPECT_DOUBLE_EQ(joined.cases[0].reported->time_s, 10e-6) << broken;
        const ImportedLog lost = nccl(allreduce + two_ranks + header + broken + "# Out of bounds values : 0 OK\n");
        ASSERT_EQ(lost.cases.size(), 2U) << broken;
        EXPECT_EQ(lost.cases[0].why, "its time, '(broken by other output)', can't be read") << broken;
    }
}

TEST(ImportNccl, ATableOfInPlaceTimesAloneIsInPlace)
{
    const ImportedLog log =
        nccl(allreduce + two_ranks + "#              in-place\n" +
             "# size count type redop root time algbw busbw #wrong\n1024 256 float sum -1 10.0 0.10 0.10 0\n");
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_TRUE(log.cases[0].what.in_place);
}

TEST(ImportNccl, RowsOfNoBytesHideNoOtherWarning)
{
    std::string rows;
    for (int i = 0; i < 50; ++i) {
        rows += "0 0 float sum -1 0.13 0.00 0.00 0 0.12 0.00 0.00 0\n";
    }
    const ImportedLog log =
        nccl(allreduce + two_ranks + header + rows + "1024 64 float128 sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n" +
             "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n");
    EXPECT_THAT(log.info.warnings, ElementsAre("line 55: float128 sum is left out (plumbline has no such type)",
                                               "line 5: rows of 0 bytes, here and below, left out"));
}

TEST(ImportNccl, OneNameForSeveralMachinesIsSeveralNodes)
{
    std::string places;
    for (int rank = 0; rank < 4; ++rank) {
        places += "#  Rank  " + std::to_string(rank) + " Group  0 Pid  7 on  gpu device  " + std::to_string(rank % 2) +
                  " [0] X\n";
    }
    const ImportedLog log =
        nccl(allreduce + places + header + "1024 256 float sum -1 10.0 0.10 0.15 0 N/A N/A N/A N/A\n");
    EXPECT_EQ(log.cases.at(0).what.nodes, 2);
}

TEST(ImportNccl, TheJsonsOwnFailuresRefuseIt)
{
    const auto with = [](const std::string& more) {
        return nccl(R"({"args": ["all_reduce_perf"], "config": {"devices": [{"rank": 0}, {"rank": 1}]},
                        "results": [{"size": 1024, "count": 256, "type": "float", "redop": "sum", "root": "-1",
                        "out_of_place": {"time": 10.0, "alg_bw": 0.1, "bus_bw": 0.1, "nwrong": 0}}])" +
                    more + "}");
    };
    EXPECT_EQ(with("").cases.at(0).status, CaseStatus::measured);
    EXPECT_THAT(with(R"(, "errors": ["unhandled system error"])").cases.at(0).why, HasSubstr("unhandled system error"));
    EXPECT_THAT(with(R"(, "out_of_bounds": {"count": 1, "okay": false})").cases.at(0).why, HasSubstr("wrong data"));
    EXPECT_THAT([] { nccl(R"({"args": ["gossip_perf"], "results": []})"); },
                ThrowsMessage<ConfigError>(HasSubstr("plumbline has no operation for the test 'gossip_perf'")));
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
    const ImportedLog two = nccl(allreduce + split_by_three() + header + row + allreduce + two_ranks + header + row);
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

ImportedLog osu(const std::string& log, int ranks = 4)
{
    ImportHints hints;
    if (ranks > 0) {
        hints.ranks = ranks;
    }
    return import_log(LogFormat::osu, log, hints);
}

TEST(ImportOsu, ValidationIsTheDatasOwnWord)
{
    const ImportedLog log =
        osu("# OSU MPI Allreduce Latency Test v7.4\n# Datatype: MPI_CHAR.\n"
            "# Size       Avg Latency(us)        Validation\n8   1.51   Pass\n16   1.51   Fail\n");
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_EQ(log.cases[0].verification, Verification::verified);
    EXPECT_EQ(log.cases[1].why, "wrong data (Validation Fail, says the log)");
    const ImportedLog error =
        osu("# OSU MPI Allreduce Latency Test v7.4\n# Size       Avg Latency(us)\n8   1.51\n"
            "DATA VALIDATION ERROR: osu_allreduce exited with status 1 on message size 16.\n");
    EXPECT_EQ(error.cases.at(0).why, "wrong data at message size 16, says the log");
}

TEST(ImportOsu, BeforeVersionSevenReductionsAreOfFloats)
{
    const auto type = [](const std::string& test) {
        return osu("# OSU MPI " + test + "\n# Size       Avg Latency(us)\n8   1.51\n").cases.at(0).what.dtype;
    };
    EXPECT_EQ(type("Allreduce Latency Test v5.8"), DataType::float32);
    EXPECT_EQ(type("Broadcast Latency Test v5.8"), DataType::int8);
    EXPECT_EQ(type("Allreduce Latency Test v7.4"), DataType::int8);
}

TEST(ImportOsu, EachKindOfCallIsACaseOfItsOwn)
{
    const auto only = [](const std::string& log) { return osu(log).cases.at(0); };
    const CaseHeader nonblocking = only(
        "# OSU MPI Non-blocking Allreduce Latency Test v7.4\n# Overall = Coll. Init + Compute\n"
        "# Size           Overall(us)       Compute(us)    Pure Comm.(us)        Overlap(%)\n"
        "1024  300.00  150.00  160.00  10.00\n");
    EXPECT_EQ(nonblocking.what.pattern, "allreduce");
    EXPECT_EQ(nonblocking.what.parameters.at("call"), "nonblocking");
    EXPECT_DOUBLE_EQ(nonblocking.reported->time_s, 160e-6);
    const CaseHeader persistent =
        only("# OSU MPI Allreduce Persistent Latency Test v7.4\n# Size       Avg Latency(us)\n1024  130.00\n");
    EXPECT_EQ(persistent.what.parameters.at("call"), "persistent");
    const CaseHeader barrier = only("# OSU MPI Barrier Latency Test v5.8\n# Avg Latency(us)\n            12.57\n");
    EXPECT_EQ(barrier.what.pattern, "barrier");
    EXPECT_DOUBLE_EQ(barrier.reported->time_s, 12.57e-6);
    const CaseHeader pingpong = only("# OSU MPI-CUDA Latency Test v7.5\n# Size       Avg Latency(us)\n8  19.79\n");
    EXPECT_EQ(pingpong.what.pattern, "pingpong");
    EXPECT_DOUBLE_EQ(pingpong.reported->time_s, 2 * 19.79e-6) << "the round trip is two ways";
    const CaseHeader alltoallv =
        only("# OSU MPI All-to-Allv Personalized Exchange Latency Test v7.4\n# Size       Avg Latency(us)\n8  1.0\n");
    EXPECT_EQ(alltoallv.what.pattern, "alltoallv");
}

TEST(ImportOsu, TheLaunchersNumberOfRanksIsTaken)
{
    const std::string table = "# OSU MPI Allreduce Latency Test v7.4\n# Size       Avg Latency(us)\n8  1.0\n";
    const ImportedLog log =
        osu("$ mpirun -np 8 ./osu_allreduce\n" + table + "$ mpirun -np 16 ./osu_allreduce\n" + table, 0);
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_EQ(log.cases[0].what.ranks, 8);
    EXPECT_EQ(log.cases[1].what.ranks, 16);
}

TEST(ImportOsu, ARowWithMoreWordsThanTitlesIsAnothersOutput)
{
    const ImportedLog log =
        osu("# OSU MPI Allreduce Latency Test v7.4\n# Size       Avg Latency(us)\n8  1.0\n16 2.0 x\n");
    EXPECT_EQ(log.cases.size(), 1U);
    EXPECT_THAT(log.info.warnings, ElementsAre("line 4: a row that can't be read: 16 2.0 x"));
}

ImportedLog imb(const std::string& log)
{
    return import_log(LogFormat::imb, log, {});
}

const std::string imb_columns = "#bytes #repetitions  t_min[usec]  t_max[usec]  t_avg[usec]";

TEST(ImportImb, DefectsAndErrorsAreWrongData)
{
    const ImportedLog log = imb("# Benchmarking Reduce_scatter\n# #processes = 16\n" + imb_columns + "  defects\n" +
                                "15: Error Reduce_scatter,size = 4,sample #0\n4 1000 1.0 2.0 1.5 0.00\n"
                                "64 1000 1.0 2.0 1.5 7.00\n1024 1000 1.0 2.0 1.5 0.00\n");
    ASSERT_EQ(log.cases.size(), 3U);
    EXPECT_EQ(log.cases[0].why, "wrong data (an Error line of this size, says the log)");
    EXPECT_EQ(log.cases[1].why, "wrong data (defects 7, says the log)");
    EXPECT_EQ(log.cases[2].verification, Verification::verified);
    const ImportedLog aborted = imb("# Benchmarking Allreduce\n# #processes = 2\n" + imb_columns +
                                    "\n4 1000 1.0 2.0 1.5\nApplication error code 1 occurred\n");
    EXPECT_THAT(aborted.cases.at(0).why, HasSubstr("the run failed, says the log"));
}

TEST(ImportImb, TypesAndReductionAreThoseThatTheLogStates)
{
    const auto with = [](const std::string& preamble) {
        return imb(preamble + "# Benchmarking Bcast\n# #processes = 2\n" + imb_columns + "\n1024 10 1.0 2.0 1.5\n" +
                   "# Benchmarking Allreduce\n# #processes = 2\n" + imb_columns + "\n1024 10 1.0 2.0 1.5\n")
            .cases;
    };
    const auto stated = with(
        "# MPI_Datatype                   :   MPI_DOUBLE\n"
        "# MPI_Datatype for reductions    :   MPI_INT\n# MPI_Op : MPI_MAX\n");
    ASSERT_EQ(stated.size(), 2U);
    EXPECT_EQ(stated[0].what.dtype, DataType::float64);
    EXPECT_EQ(stated[1].what.dtype, DataType::int32);
    EXPECT_EQ(stated[1].what.op, ReduceOp::max);
    const auto unsaid = with("");
    EXPECT_EQ(unsaid.at(0).what.dtype, DataType::uint8) << "IMB moves bytes";
    EXPECT_EQ(unsaid.at(1).what.dtype, DataType::float32) << "and reduces floats";
    EXPECT_EQ(with("# MPI_Op : MPI_PROD\n").size(), 1U) << "plumbline has no such reduction";
}

TEST(ImportImb, OtherTablesAreReadByTheirTitles)
{
    const ImportedLog log =
        imb("# Benchmarking PingPong\n# #processes = 2\n#bytes #repetitions t[usec] Mbytes/sec\n512 1000 3.41 143.15\n"
            "# Benchmarking Sendrecv\n# #processes = 2\n" +
            imb_columns +
            " Mbytes/sec\n1024 1000 0.29 0.30 0.29 7124.00\n"
            "# Benchmarking Barrier\n# #processes = 4\n#repetitions t_min[usec] t_max[usec] t_avg[usec]\n1000 0.90 "
            "0.95 0.92\n"
            "# Benchmarking Iallreduce\n# #processes = 2\n#bytes #repetitions t_ovrl[usec] t_pure[usec] t_CPU[usec] "
            "overlap[%] defects\n"
            "4 1000 0.63 0.30 0.30 0.00 0.00\n"
            "# Benchmarking Unidir_Put\n# #processes = 2\n" +
            imb_columns + " Mbytes/sec\n1024 1000 0.29 0.30 0.29 7124.00\n");
    ASSERT_EQ(log.cases.size(), 4U);
    EXPECT_EQ(log.cases[0].what.pattern, "pingpong");
    EXPECT_DOUBLE_EQ(log.cases[0].reported->time_s, 2 * 3.41e-6);
    EXPECT_EQ(log.cases[1].what.pattern, "sendrecv");
    EXPECT_DOUBLE_EQ(log.cases[1].reported->time_s, 0.30e-6);
    EXPECT_EQ(log.cases[2].what.pattern, "barrier");
    EXPECT_DOUBLE_EQ(log.cases[2].reported->time_s, 0.95e-6);
    EXPECT_EQ(log.cases[3].what.parameters.at("call"), "nonblocking");
    EXPECT_DOUBLE_EQ(log.cases[3].reported->time_s, 0.30e-6);
    EXPECT_THAT(log.info.warnings, ElementsAre(HasSubstr("'Unidir_Put' is left out")));
}

TEST(ImportImb, ARowThatWasNotMeasuredIsAFailedCase)
{
    const ImportedLog log = imb("# Benchmarking Alltoall\n# #processes = 2\n" + imb_columns +
                                "\n1024 40 1.0 2.0 1.5\n2048 out-of-mem.; needed X=   5.100 GB\n");
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_EQ(log.cases[1].status, CaseStatus::failed);
    EXPECT_THAT(log.cases[1].why, HasSubstr("out-of-mem."));
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
    const ImportedLog log =
        osu("# OSU MPI_Get Bandwidth Test v5.9\n# Size  Bandwidth (MB/s)\n8  1.0\n"
            "# OSU MPI Neighborhood Allgather Latency Test v7.4\n# Size       Avg Latency(us)\n8  1.0\n"
            "# OSU MPI Reduce Latency Test v7.0\n# Size       Avg Latency(us)\n8  1.0\n");
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_EQ(log.cases[0].what.pattern, "reduce");
    EXPECT_THAT(log.info.warnings,
                ElementsAre(HasSubstr("'# OSU MPI_Get Bandwidth Test v5.9' is left out"), HasSubstr("Neighborhood")));
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

TEST(ImportHccl, BothSpellingsOfTheTimeAreRead)
{
    for (const std::string& title : std::vector<std::string>{"aveg_time(us):", "avg_time(us):"}) {
        ImportHints hints;
        hints.pattern = "allreduce";
        hints.ranks = 8;
        const ImportedLog log =
            import_log(LogFormat::hccl_test,
                       "data_size(Bytes): | " + title +
                           " | alg_bandwidth(GB/s): | check_result:\n1048576 | 200.00 | 5.24 | success\n",
                       hints);
        EXPECT_DOUBLE_EQ(log.cases.at(0).reported->time_s, 200e-6) << title;
    }
}

TEST(ImportHccl, TheCommandSaysOperationReductionTypeAndRanks)
{
    const std::string table =
        "data_size(Bytes): | aveg_time(us): | alg_bandwidth(GB/s): | check_result:\n1048576 | 200.00 | 5.24 | "
        "success\n";
    const ImportedLog log = import_log(LogFormat::hccl_test,
                                       "mpirun -n 16 ./bin/all_reduce_test -d fp16 -o max -p 8\n" + table +
                                           "mpirun -n 8 ./bin/gossip_test -p 8\n" + table +
                                           "mpirun -n 8 ./bin/all_reduce_test -o prod -p 8\n" + table,
                                       {});
    ASSERT_EQ(log.cases.size(), 1U) << "plumbline has neither gossip nor products";
    EXPECT_EQ(log.cases[0].what.ranks, 16);
    EXPECT_EQ(log.cases[0].what.op, ReduceOp::max);
    EXPECT_EQ(log.cases[0].what.dtype, DataType::float16);
    EXPECT_THAT(log.info.warnings, testing::Contains(HasSubstr("'gossip_test' is left out")));
    EXPECT_THAT(log.info.warnings, testing::Contains(HasSubstr("the table of 'prod' is left out")));
}

TEST(ImportHccl, AnotherRanksFailureIsTheCasesWhereverItStands)
{
    const std::string title = "data_size(Bytes): | aveg_time(us): | alg_bandwidth(GB/s): | check_result:\n";
    const std::string row = "1048576 | 200.00 | 5.24 | success\n";
    const std::string other = "2097152 | 400.00 | 5.24 | success\n";
    const std::string failure = "local rank_id 3, check result failed, 1048576 | 200.00 | 5.24 | failed\n";
    for (const std::string& rows : {failure + row + other, row + failure + other}) {
        const ImportedLog log =
            import_log(LogFormat::hccl_test, "mpirun -n 8 ./all_reduce_test -d fp32\n" + title + rows, {});
        ASSERT_EQ(log.cases.size(), 2U);
        EXPECT_THAT(log.cases[0].why, HasSubstr("wrong data"));
        EXPECT_EQ(log.cases[1].status, CaseStatus::measured);
    }
}

TEST(ImportHccl, ABandwidthThatIsOfNeitherSizeContradicts)
{
    ImportHints hints;
    hints.pattern = "allreduce";
    hints.ranks = 8;
    const ImportedLog log = import_log(LogFormat::hccl_test,
                                       "data_size(Bytes): | aveg_time(us): | alg_bandwidth(GB/s): | "
                                       "check_result:\n1048576 | 200.00 | 12.00 | success\n",
                                       hints);
    EXPECT_THAT(log.cases.at(0).why, HasSubstr("alg_bandwidth 12.00 GB/s is neither"));
}

TEST(ImportHccl, AFailureAboveTheTitleIsOfItsFirstRow)
{
    const std::string title = "data_size(Bytes): | aveg_time(us): | alg_bandwidth(GB/s): | check_result:\n";
    const std::string row = "1048576 | 200.00 | 5.24 | success\n";
    const std::string failure = "local rank_id 3, check result failed, 1048576 | 200.00 | 5.24 | failed\n";
    const ImportedLog log =
        import_log(LogFormat::hccl_test, "mpirun -n 8 ./all_reduce_test -d fp32\n" + failure + title + row, {});
    EXPECT_THAT(log.cases.at(0).why, HasSubstr("wrong data"));
}

TEST(ImportHccl, AllreducesBytesAreThoseOfTheWhole)
{
    const ImportedLog log = import_log(LogFormat::hccl_test,
                                       "mpirun -n 8 ./all_reduce_test -d fp32\n"
                                       "data_size(Bytes): | avg_time(us): | alg_bandwidth(GB/s): | check_result:\n"
                                       "1048576 | 100.00 | 83.89 | success\n",
                                       {});
    EXPECT_THAT(log.cases.at(0).why, HasSubstr("alg_bandwidth 83.89 GB/s is neither"));
}

TEST(ImportHccl, AWrongElementThatNoRowOwnsUpToRefusesTheTable)
{
    const std::string title = "data_size(Bytes): | avg_time(us): | alg_bandwidth(GB/s): | check_result:\n";
    const std::string element = "check buf[5] error, exp:8.000000, act:7.000000 \ntotal err is 1\n";
    const std::string command = "mpirun -n 8 ./all_reduce_test -d fp32\n";
    const std::string row = "1048576 | 200.00 | 5.24 | success\n";
    const ImportedLog doubtful =
        import_log(LogFormat::hccl_test, command + element + title + row + command + title + row, {});
    EXPECT_THAT(doubtful.cases.at(0).why, HasSubstr("wrong data of a size that isn't said"));
    EXPECT_EQ(doubtful.cases.at(1).status, CaseStatus::measured) << "of the next test";
    const ImportedLog owned =
        import_log(LogFormat::hccl_test, command + title + element + "2097152 | 400.00 | 5.24 | failed\n" + row, {});
    EXPECT_EQ(owned.cases.at(1).status, CaseStatus::measured);
}

TEST(ImportHccl, CallsWithCountsForEachRankAreCallsOfTheirOwn)
{
    const std::string title = "data_size(Bytes): | avg_time(us): | alg_bandwidth(GB/s): | check_result:\n";
    const ImportedLog log = import_log(LogFormat::hccl_test,
                                       "mpirun -n 8 ./bin/all_gatherv_test -d fp32\n" + title +
                                           "1048576 | 200.00 | 41.94 | success\n"
                                           "mpirun -n 8 ./bin/alltoallvc_test -d fp32\n" +
                                           title + "1048576 | 200.00 | 5.24 | success\n",
                                       {});
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_EQ(log.cases[0].what.pattern, "allgather");
    EXPECT_EQ(log.cases[0].what.bytes, 8U << 20U) << "its bandwidth is of all ranks' bytes";
    EXPECT_EQ(log.cases[0].what.parameters.at("call"), "allgatherv");
    EXPECT_EQ(log.cases[1].what.pattern, "alltoallv");
}

TEST(ImportNccl, TheFirstVersionPrintsMilliseconds)
{
    ImportHints hints;
    hints.pattern = "allreduce";
    const ImportedLog log = nccl(
        "#   Rank  0 on node1      device  0 [0x04] Tesla P40\n#   Rank  1 on node1      device  1 [0x05] Tesla P40\n"
        "#      bytes             N    type      op     time  algbw  busbw      res     time  algbw  busbw      res\n"
        "     1048584        262146   float     sum    0.210   4.99   4.99    0e+00    0.209   5.02   5.02    0e+00\n"
        " Out of bounds values : 0 OK\n",
        hints);
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_DOUBLE_EQ(log.cases[0].reported->time_s, 210e-6);
    EXPECT_EQ(log.cases[0].verification, Verification::verified);
}

TEST(ImportNccl, HypercubeIsAnAllgatherOfItsOwnAlgorithm)
{
    // algbw stands for busbw there: 2 MB in 100 us are 20 GB/s, of which each of 2 ranks receives a half.
    const ImportedLog log = nccl("$ ./hypercube_perf -g 2\n" + two_ranks + header +
                                 "2000000 250000 float -1 100.0 10.00 10.00 0 N/A N/A N/A N/A\n");
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_EQ(log.cases[0].what.pattern, "allgather");
    EXPECT_EQ(log.cases[0].what.parameters.at("algorithm"), "hypercube");
    EXPECT_DOUBLE_EQ(log.cases[0].reported->time_s, 100e-6);
}

TEST(ImportNccl, WhatTheSuiteSaysOfTheWholeIsNotLost)
{
    const std::string row = "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n";
    const ImportedLog failed = nccl(allreduce + two_ranks + header + row + "# error: unhandled system error\n");
    EXPECT_THAT(failed.cases.at(0).why, HasSubstr("unhandled system error"));
    const ImportedLog slow = nccl(allreduce + two_ranks + header + row + "# Avg bus bandwidth    : 0.1 FAILED\n");
    EXPECT_EQ(slow.cases.at(0).status, CaseStatus::measured);
    EXPECT_THAT(slow.info.warnings, ElementsAre(HasSubstr("Avg bus bandwidth")));
    const ImportedLog odd =
        nccl(allreduce + two_ranks + header + "1024 256 float sum -1 10.0 0.10 0.10 nan N/A N/A N/A N/A\n");
    EXPECT_THAT(odd.cases.at(0).why, HasSubstr("how many elements were wrong, 'nan', can't be read"));
}

TEST(ImportNccl, WrongElementsAreWrongWhateverTheTimesAre)
{
    const ImportedLog log =
        nccl(allreduce + two_ranks + header + "1024 256 float sum -1 ---- ---- ---- 7 10.0 0.10 0.10 0\n");
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_EQ(log.cases[0].why, "wrong data (7 elements, says the log)");
    EXPECT_EQ(log.cases[1].status, CaseStatus::measured);
}

TEST(ImportNccl, WhatTheTimeIsOverRanksIsTheCommands)
{
    const ImportedLog log = nccl("$ mpirun -np 2 ./all_reduce_perf -a 3\n" + two_ranks + header +
                                 "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n");
    EXPECT_EQ(log.cases.at(0).reported->estimator, "mean of the iterations; of the slowest rank");
}

TEST(ImportSpeed, RepeatsAreCountedNotSearched)
{
    // Equal rows, as a burn-in writes them: their number only shows in the last one's parameter.
    std::string log = allreduce + two_ranks + header;
    for (int i = 0; i < 20'000; ++i) {
        log += "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n";
    }
    const ImportedLog read = nccl(log);
    ASSERT_EQ(read.cases.size(), 20'000U);
    EXPECT_EQ(read.cases.back().what.parameters.at("repeat"), "20000");
}

TEST(ImportFormats, HaveNames)
{
    for (const LogFormat format : all_log_formats()) {
        EXPECT_EQ(parse_log_format(name(format)), format);
        EXPECT_THAT(log_format_words(), testing::Contains(name(format)));
    }
    EXPECT_EQ(all_log_formats().size(), 7U);
    EXPECT_EQ(parse_log_format("rccl-tests"), LogFormat::nccl_tests);
    EXPECT_EQ(parse_log_format("x"), std::nullopt);
}

/// `document` with its table below `heading` as it should be; PLUMBLINE_REGENERATE=1 accepts the change.
void expect_table(const std::string& file, const std::string& heading, const std::string& expected)
{
    const std::filesystem::path path = std::filesystem::path(PLUMBLINE_SOURCE_DIR) / file;
    std::ifstream in(path);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto begin = text.find("\n| ", text.find(heading)) + 1;
    const auto blank = text.find("\n\n", begin);
    const auto end = blank == std::string::npos ? text.size() : blank + 1;
    ASSERT_LT(begin, end) << file << " has no table below " << heading;
    if (std::getenv("PLUMBLINE_REGENERATE") != nullptr) {
        text.replace(begin, end - begin, expected);
        std::ofstream(path) << text;
        return;
    }
    EXPECT_EQ(text.substr(begin, end - begin), expected) << "PLUMBLINE_REGENERATE=1 accepts the change";
}

TEST(ImportDocuments, TheReferenceHasALineForEachTestOfASuite)
{
    for (const LogFormat format : all_log_formats()) {
        std::string table = "| test | imported as | |\n| --- | --- | --- |\n";
        for (const SuiteTest& test : suite_tests(format)) {
            table += "| " + test.name + " | " + (test.pattern.empty() ? "left out" : std::string(test.pattern)) +
                     " | " + test.note + " |\n";
        }
        expect_table("docs/reference/imported-suites.md", "\n## " + std::string(name(format)) + "\n", table);
    }
}

TEST(ImportDocuments, TheReferenceHasALineForEachColumnOfTheTable)
{
    const auto table_of = [](std::span<const import::TableColumn> columns) {
        std::string table = "| key | meaning |\n| --- | --- |\n";
        for (const import::TableColumn& column : columns) {
            table += "| `" + std::string(column.name) + "` | " + std::string(column.meaning) + " |\n";
        }
        return table;
    };
    expect_table("docs/reference/import-table.md", "\n## Columns\n", table_of(import::json_columns()));
    expect_table("docs/reference/import-table.md", "\n## JSON\n", table_of(import::json_keys()));
}

}  // namespace
}  // namespace plumbline
