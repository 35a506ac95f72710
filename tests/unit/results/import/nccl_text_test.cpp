// SPDX-License-Identifier: Apache-2.0
#include "results/import/import.hpp"

#include "collectives/util/error.hpp"
#include "tests/support/nccl_logs.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using test::imported_nccl;
using test::named_allreduce;
using test::nccl_titles;
using test::two_ranks;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(ImportNccl, ARowIsTwoCasesWithoutSamples)
{
    const ImportedLog log =
        imported_nccl(named_allreduce + "# iters: 20\n# x warmup iters: 5 iters: 20 agg iters: 1\n" + two_ranks +
                      nccl_titles + "1024 256 float sum -1 10.0 0.10 0.10 0 20.0 0.05 0.05 N/A\n");
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
    const ImportedLog log = imported_nccl(named_allreduce + two_ranks +
                                          "# size count type redop time algbw busbw error time algbw busbw error\n" +
                                          "1024 256 half max 10.0 0.10 0.10 0e+00 20.0 0.05 0.05 0e+00\n");
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_EQ(log.cases[0].what.dtype, DataType::float16);
    EXPECT_EQ(log.cases[0].what.op, ReduceOp::max);
}

TEST(ImportNccl, FloatsOfEightBitsAreKnown)
{
    const ImportedLog log = imported_nccl(named_allreduce + two_ranks + nccl_titles +
                                          "1024 1024 f8e4m3 sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n"
                                          "1024 1024 f8e5m2 sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n");
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_EQ(log.cases[0].what.dtype, DataType::float8_e4m3);
    EXPECT_EQ(log.cases[1].what.dtype, DataType::float8_e5m2);
}

TEST(ImportNccl, WrongDataIsAFailedCaseWithoutATime)
{
    const ImportedLog log = imported_nccl(named_allreduce + two_ranks + nccl_titles +
                                          "1024 256 float sum -1 10.0 0.10 0.10 3 N/A N/A N/A N/A\n");
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_EQ(log.cases[0].status, CaseStatus::failed);
    EXPECT_FALSE(log.cases[0].reported);
    EXPECT_EQ(log.cases[0].why, "wrong data (3 elements, says the log)");
}

TEST(ImportNccl, TheSameRowAgainIsARepeat)
{
    const std::string row = "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n";
    const ImportedLog log =
        imported_nccl(named_allreduce + two_ranks + nccl_titles + row + named_allreduce + nccl_titles + row);
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_TRUE(log.cases[0].what.parameters.empty());
    EXPECT_EQ(log.cases[1].what.parameters.at("repeat"), "2");
}

TEST(ImportNccl, CyclesAreRepeatsAndRowsOfSeveralJobsAmongEachOtherRefuseTheirTable)
{
    const auto row = [](int size, const std::string& type = "float") {
        return fmt::format("{} {} {} sum -1 10.0 {:.4f} {:.4f} 0 N/A N/A N/A N/A\n", size,
                           size / (type == "half" ? 2 : 4), type, size / 1e4, size / 1e4);
    };
    const auto statuses = [&](const std::string& rows) {
        std::vector<CaseStatus> found;
        for (const CaseHeader& header : imported_nccl(named_allreduce + two_ranks + nccl_titles + rows).cases) {
            found.push_back(header.status);
        }
        return found;
    };
    const auto measured = [](std::size_t n) { return std::vector(n, CaseStatus::measured); };
    const auto failed = [](std::size_t n) { return std::vector(n, CaseStatus::failed); };
    EXPECT_EQ(statuses(row(1024) + row(2048) + row(1024) + row(2048) + row(1024)), measured(5)) << "cycles, one cut";
    EXPECT_EQ(statuses(row(1024) + row(1024) + row(1024)), measured(3));
    EXPECT_EQ(statuses(row(1024) + row(2048) + row(1024, "half") + row(2048, "half")), measured(4)) << "another type";
    EXPECT_EQ(statuses(row(1024) + row(1024) + row(2048) + row(2048)), failed(4)) << "row by row";
    EXPECT_EQ(statuses(row(1024) + row(2048) + row(4096) + row(8192) + row(4096) + row(8192)), failed(6))
        << "in pieces";
}

TEST(ImportNccl, ABandwidthThatIsNotOfSoManyRanksRefusesItsTable)
{
    ImportHints hints;
    hints.ranks = 8;
    const std::string wrong = "1048576 262144 float sum -1 80.0 13.1 19.66 0 N/A N/A N/A N/A\n";  // of 4 ranks
    const std::string right = "1048576 262144 float sum -1 80.0 13.1 22.93 0 N/A N/A N/A N/A\n";
    const ImportedLog log = imported_nccl(
        named_allreduce + nccl_titles + right + wrong + right + named_allreduce + nccl_titles + right, hints);
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
        const ImportedLog log = imported_nccl(named_allreduce + two_ranks + nccl_titles + row + " N/A N/A N/A N/A\n");
        ASSERT_EQ(log.cases.size(), 1U) << row;
        EXPECT_EQ(log.cases[0].status, CaseStatus::failed) << row;
        EXPECT_EQ(log.cases[0].why, why) << row;
    }
}

TEST(ImportNccl, ARowOfMoreNumbersThanColumnsIsNotOfItsTable)
{
    const std::string good = "1024 256 float sum -1 10.0 0.10 0.10 0 10.0 0.10 0.10 0";
    const ImportedLog more = imported_nccl(named_allreduce + two_ranks + nccl_titles + good + " 7\n");
    ASSERT_EQ(more.cases.size(), 2U);
    EXPECT_EQ(more.cases[0].status, CaseStatus::failed);
    const ImportedLog text =
        imported_nccl(named_allreduce + two_ranks + nccl_titles + good + " node1:42:42 [0] NCCL INFO Channel 00\n");
    EXPECT_EQ(text.cases.at(0).status, CaseStatus::measured) << "another process wrote after the row";
}

TEST(ImportNccl, ATableIsOfTheTestThatWasNamedForIt)
{
    const std::string row = "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n";
    // A test that plumbline doesn't have ends the table before it, and none of its rows becomes another's.
    const ImportedLog unknown = imported_nccl(named_allreduce + two_ranks + nccl_titles + row +
                                              "$ ./gossip_perf -g 2\n" + nccl_titles + row + row);
    EXPECT_EQ(unknown.cases.size(), 1U);
    EXPECT_THAT(unknown.info.warnings,
                ElementsAre("line 6: the table of 'gossip_perf' is left out (plumbline has no such operation)"));
    // A second table without a name is of nobody knows what, unless the user says it.
    const ImportedLog unnamed = imported_nccl(named_allreduce + two_ranks + nccl_titles + row + nccl_titles + row);
    EXPECT_EQ(unnamed.cases.size(), 1U);
    EXPECT_THAT(unnamed.info.warnings, ElementsAre(HasSubstr("line 6: which operation this table is of is not said")));
    ImportHints hints;
    hints.pattern = "allreduce";
    EXPECT_EQ(imported_nccl(two_ranks + nccl_titles + row + nccl_titles + row, hints).cases.size(), 2U);
    hints.pattern = "alltoall";
    EXPECT_THAT([&] { imported_nccl(named_allreduce + two_ranks + nccl_titles + row, hints); },
                ThrowsMessage<ConfigError>(HasSubstr("--pattern alltoall contradicts the log (it names allreduce)")));
}

TEST(ImportNccl, BeforeThirteenTheLastColumnIsAnErrorNotACount)
{
    const std::string old = "# size count type redop time algbw busbw error time algbw busbw error\n";
    const std::string rows = "1024 256 float sum 10.0 0.10 0.10 1e-07 20.0 0.05 0.05 0e+00\n";
    const auto with = [&](const std::string& trailer) {
        return imported_nccl(named_allreduce + two_ranks + old + rows + trailer).cases;
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
    const ImportedLog log = imported_nccl("./build/alltoall_perf\n" + two_ranks +
                                          "# size count type redop time algbw busbw error time algbw busbw error\n"
                                          "1024 128 float 10.0 0.10 0.05 N/A 20.0 0.05 0.03 N/A\n");
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_DOUBLE_EQ(log.cases[0].reported->time_s, 10e-6);
    EXPECT_DOUBLE_EQ(log.cases[1].reported->time_s, 20e-6);
}

TEST(ImportNccl, ATestThatFailedIsNotBelieved)
{
    const std::string row = "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n";
    const ImportedLog log = imported_nccl(named_allreduce + two_ranks + nccl_titles + row +
                                          "h1: Test NCCL failure common.cu:1204 'unhandled'\n");
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
        const ImportedLog joined = imported_nccl(named_allreduce + two_ranks + nccl_titles + broken + rest);
        ASSERT_EQ(joined.cases.size(), 2U) << broken;
        EXPECT_DOUBLE_EQ(joined.cases[0].reported->time_s, 10e-6) << broken;
        const ImportedLog lost =
            imported_nccl(named_allreduce + two_ranks + nccl_titles + broken + "# Out of bounds values : 0 OK\n");
        ASSERT_EQ(lost.cases.size(), 2U) << broken;
        EXPECT_EQ(lost.cases[0].why, "its time, '(broken by other output)', can't be read") << broken;
    }
}

TEST(ImportNccl, ATableOfInPlaceTimesAloneIsInPlace)
{
    const ImportedLog log =
        imported_nccl(named_allreduce + two_ranks + "#              in-place\n" +
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
    const ImportedLog log = imported_nccl(named_allreduce + two_ranks + nccl_titles + rows +
                                          "1024 64 float128 sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n" +
                                          "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n");
    EXPECT_THAT(log.info.warnings, ElementsAre("line 55: float128 sum is left out (plumbline has no such type)",
                                               "line 5: rows of 0 bytes, here and below, left out"));
}

TEST(ImportNccl, WhatTheLogDoesNotSayIsAskedFor)
{
    const std::string row = nccl_titles + "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n";
    EXPECT_THAT([&] { imported_nccl(row); }, ThrowsMessage<ConfigError>(HasSubstr("--pattern")));
    EXPECT_THAT([&] { imported_nccl(named_allreduce + row); }, ThrowsMessage<ConfigError>(HasSubstr("--ranks")));
    EXPECT_THAT([&] { imported_nccl("nothing here\n"); },
                ThrowsMessage<ConfigError>(HasSubstr("no result of nccl-tests in the log")));
    EXPECT_THAT([&] { imported_nccl("{\"results\": [{\"size\": 8"); },
                ThrowsMessage<ConfigError>(HasSubstr("cut short")));
}

TEST(ImportNccl, ALineThatIsCutShortIsNotRead)
{
    const std::string good = "1024 256 float sum -1 10.0 0.10 0.10 0 20.0 0.05 0.05 0\n";
    const ImportedLog in_mid_row =
        imported_nccl(named_allreduce + two_ranks + nccl_titles + good + "2048 512 float sum -1 10.0 0.20");
    EXPECT_EQ(in_mid_row.cases.size(), 2U);
    EXPECT_THAT(in_mid_row.info.warnings, ElementsAre("line 6: the log is cut short here"));
    const ImportedLog in_last_number =
        imported_nccl(named_allreduce + two_ranks + nccl_titles + good.substr(0, good.size() - 1));
    EXPECT_EQ(in_last_number.cases.size(), 1U);
}

TEST(ImportNccl, TheFirstVersionPrintsMilliseconds)
{
    ImportHints hints;
    hints.pattern = "allreduce";
    const ImportedLog log = imported_nccl(
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
    const ImportedLog log = imported_nccl("$ ./hypercube_perf -g 2\n" + two_ranks + nccl_titles +
                                          "2000000 250000 float -1 100.0 10.00 10.00 0 N/A N/A N/A N/A\n");
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_EQ(log.cases[0].what.pattern, "allgather");
    EXPECT_EQ(log.cases[0].what.parameters.at("algorithm"), "hypercube");
    EXPECT_DOUBLE_EQ(log.cases[0].reported->time_s, 100e-6);
}

TEST(ImportNccl, WhatTheSuiteSaysOfTheWholeIsNotLost)
{
    const std::string row = "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n";
    const ImportedLog failed =
        imported_nccl(named_allreduce + two_ranks + nccl_titles + row + "# error: unhandled system error\n");
    EXPECT_THAT(failed.cases.at(0).why, HasSubstr("unhandled system error"));
    const ImportedLog slow =
        imported_nccl(named_allreduce + two_ranks + nccl_titles + row + "# Avg bus bandwidth    : 0.1 FAILED\n");
    EXPECT_EQ(slow.cases.at(0).status, CaseStatus::measured);
    EXPECT_THAT(slow.info.warnings, ElementsAre(HasSubstr("Avg bus bandwidth")));
    const ImportedLog odd = imported_nccl(named_allreduce + two_ranks + nccl_titles +
                                          "1024 256 float sum -1 10.0 0.10 0.10 nan N/A N/A N/A N/A\n");
    EXPECT_THAT(odd.cases.at(0).why, HasSubstr("how many elements were wrong, 'nan', can't be read"));
}

TEST(ImportNccl, WrongElementsAreWrongWhateverTheTimesAre)
{
    const ImportedLog log = imported_nccl(named_allreduce + two_ranks + nccl_titles +
                                          "1024 256 float sum -1 ---- ---- ---- 7 10.0 0.10 0.10 0\n");
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_EQ(log.cases[0].why, "wrong data (7 elements, says the log)");
    EXPECT_EQ(log.cases[1].status, CaseStatus::measured);
}

TEST(ImportNccl, OfTheHostsTimesTheOperationsFollowFromAlgbw)
{
    std::string titles = nccl_titles;
    titles.replace(titles.find("time"), 4, "cputime");
    const ImportedLog log = imported_nccl(named_allreduce + two_ranks + titles +
                                          "1000000 250000 float sum -1 5.10 10.00 10.00 0 N/A N/A N/A N/A\n" +
                                          "1000 250 float sum -1 5.10 0.01 0.01 0 N/A N/A N/A N/A\n");
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_DOUBLE_EQ(log.cases[0].reported->time_s, 100e-6);
    EXPECT_THAT(log.cases[0].reported->estimator, HasSubstr("S over the mean algbw"));
    EXPECT_EQ(log.cases[1].status, CaseStatus::failed) << "0.01 has too few digits";
}

TEST(ImportNccl, ABlankTimeOutOfPlaceIsNone)
{
    const ImportedLog log = imported_nccl(named_allreduce + two_ranks + nccl_titles + "1024 256 float sum -1" +
                                          std::string(32, ' ') + "  10.0 0.10 0.10 0\n");
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_TRUE(log.cases[0].what.in_place);
}

TEST(ImportNccl, TestsThatWriteAtOnceAreNotBelieved)
{
    const std::string row = "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n";
    const std::string broadcast = "# Collective test starting: broadcast_perf\n";
    const ImportedLog headers = imported_nccl(named_allreduce + two_ranks + nccl_titles + row + named_allreduce +
                                              broadcast + nccl_titles + nccl_titles + row);
    EXPECT_EQ(headers.cases.size(), 1U) << "of which test the second table is no line says";
    const ImportedLog same =
        imported_nccl(named_allreduce + named_allreduce + two_ranks + nccl_titles + nccl_titles + row + row +
                      "# Out of bounds values : 0 OK\n# Out of bounds values : 0 OK\n");
    EXPECT_EQ(same.cases.at(1).status, CaseStatus::measured) << "the same test twice";
    const ImportedLog ends = imported_nccl(named_allreduce + two_ranks + nccl_titles + broadcast + nccl_titles +
                                           "1024 256 float none 0 10.0 0.10 0.10 0 N/A N/A N/A N/A\n" +
                                           "# Out of bounds values : 0 OK\n# Out of bounds values : 0 OK\n");
    EXPECT_EQ(ends.cases.at(0).status, CaseStatus::failed);
    const ImportedLog concluded = imported_nccl(named_allreduce + two_ranks + nccl_titles + row +
                                                "# Collective test concluded: all_reduce_perf\n" + nccl_titles + row);
    EXPECT_EQ(concluded.cases.size(), 1U) << "its conclusion names no other table";
}

TEST(ImportNccl, ALineOfTheListThatIsCutNamesNoHost)
{
    const std::string row = "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n";
    const ImportedLog log =
        imported_nccl(named_allreduce + "#  Rank  0 Group  0 Pid  1 on  node1 device  0 [0] X\n" +
                      "#  Rank  1 Group  0 Pid  2 on  n\node1 device  1 [1] X\n" + nccl_titles + row);
    EXPECT_EQ(log.cases.at(0).what.ranks, 2);
    EXPECT_EQ(log.cases.at(0).what.nodes, 1);
}

TEST(ImportNccl, OfTwoTimingsTheFirstIsOutOfPlaceWhereItsTitleIsLost)
{
    const std::string row = "1024 256 float sum -1 10.0 0.10 0.10 0 20.0 0.05 0.05 0\n";
    const ImportedLog log =
        imported_nccl(named_allreduce + two_ranks + "#      out-of-plae       in-place\n" + nccl_titles + row);
    EXPECT_FALSE(log.cases.at(0).what.in_place);
    EXPECT_TRUE(log.cases.at(1).what.in_place);
}

}  // namespace
}  // namespace plumbline
