// SPDX-License-Identifier: Apache-2.0
#include "results/import/import.hpp"

#include "collectives/util/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace plumbline {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

ImportedLog osu(const std::string& log, const ImportHints& hints = {})
{
    return import_log(LogFormat::osu, log, hints);
}

CaseHeader only(const std::string& log)
{
    ImportHints hints;
    hints.ranks = 8;
    return osu(log, hints).cases.at(0);
}

TEST(ImportOsuMessages, TwoRanksAreTwoWhateverWasStated)
{
    EXPECT_EQ(only("# OSU MPI Latency Test v7.5\n# Size       Avg Latency(us)\n8  1.0\n").what.ranks, 2);
}

TEST(ImportOsuMessages, ABandwidthOneWayIsTheTimeOfAMessage)
{
    const CaseHeader bw = only("# OSU MPI-CUDA Bandwidth Test v7.5\n# Size      Bandwidth (MB/s)\n1000000  20000.00\n");
    EXPECT_EQ(bw.what.pattern, "unidirectional");
    EXPECT_DOUBLE_EQ(bw.reported->time_s, 50e-6);
    EXPECT_DOUBLE_EQ(bw.bus_factor.value(), 1);
    EXPECT_EQ(bw.what.parameters.at("window"), "64");
    const CaseHeader said = only(
        "$ mpirun -np 2 ./osu_bw -W 16\n# OSU MPI Bandwidth Test v7.5\n# Size      Bandwidth (MB/s)\n1000000  "
        "20000.00\n");
    EXPECT_EQ(said.what.parameters.at("window"), "16");
}

TEST(ImportOsuMessages, ABandwidthBothWaysIsCountedPerDirection)
{
    const CaseHeader bibw =
        only("# OSU MPI Bi-Directional Bandwidth Test v7.5\n# Size      Bandwidth (MB/s)\n1000000  40000.00\n");
    EXPECT_EQ(bibw.what.pattern, "bidirectional");
    EXPECT_DOUBLE_EQ(bibw.reported->time_s, 64 * 50e-6) << "64 messages each way at 20 GB/s per direction";
    EXPECT_DOUBLE_EQ(bibw.bus_factor.value(), 64);
}

TEST(ImportOsuMessages, OfManyPairsTheBandwidthIsThatOfOne)
{
    const std::string title =
        "# OSU MPI Multiple Bandwidth / Message Rate Test v5.6.2\n# [ pairs: 4 ] [ window size: 32 ]\n"
        "# Size                  MB/s        Messages/s\n";
    const CaseHeader large = only(title + "1000000  40000.00  40000.00\n");
    EXPECT_EQ(large.what.pattern, "unidirectional");
    EXPECT_DOUBLE_EQ(large.reported->time_s, 100e-6) << "10 GB/s a pair";
    EXPECT_EQ(large.what.parameters.at("pairs"), "halves");
    EXPECT_EQ(large.what.parameters.at("window"), "32");
    EXPECT_EQ(osu(title + "1000000  40000.00  40000.00\n").cases.at(0).what.ranks, 8) << "two of each pair";
    EXPECT_DOUBLE_EQ(only(title + "1  0.03  30000.00\n").reported->time_s, 4 / 30000.0)
        << "0.03 has one digit, the rate more";
}

TEST(ImportOsuMessages, TheWindowOfOneTableIsNotTheNextOnes)
{
    const ImportedLog log =
        osu("# OSU MPI Multiple Bandwidth / Message Rate Test v5.6.2\n# [ pairs: 1 ] [ window size: 32 ]\n"
            "# Size  MB/s  Messages/s\n1000000  10000.00  10000.00\n"
            "# OSU MPI Bandwidth Test v5.6.2\n# Size  Bandwidth (MB/s)\n1000000  10000.00\n");
    EXPECT_EQ(log.cases.at(1).what.parameters.at("window"), "64");
}

TEST(ImportOsuMessages, NoTimeFollowsFromADigit)
{
    EXPECT_THAT(only("# OSU MPI Bandwidth Test v7.5\n# Size      Bandwidth (MB/s)\n1  0.02\n").why,
                HasSubstr("no time follows from its bandwidth"));
}

TEST(ImportOsuMessages, RowsOfAnotherJobInATableRefuseIt)
{
    const std::string latency = "# OSU MPI Latency Test v7.5\n# Size       Avg Latency(us)\n";
    const std::string bandwidth = "# OSU MPI Bandwidth Test v7.5\n# Size      Bandwidth (MB/s)\n";
    const ImportedLog log =
        osu(latency + "1 1.0\n2 1.0\n" + bandwidth + "1 10.00\n2 20.00\n4 1.10\n8 1.20\n4 40.00\n8 80.00\n");
    for (const CaseHeader& one : log.cases) {
        EXPECT_EQ(one.status, one.what.pattern == "pingpong" ? CaseStatus::measured : CaseStatus::failed);
    }
    EXPECT_THAT(log.info.warnings, Contains(AllOf(HasSubstr("line 11"), HasSubstr("4 B is there again, out of turn"))));
}

TEST(ImportOsuMessages, OneSidedAndThreadedTestsAreNotTwoSidedOnes)
{
    const std::string table = "# Size          Latency (us)\n8                       0.50\n";
    for (const char* const title :
         {"MPI_Put Latency Test v5.9", "MPI_Get Bandwidth Test v5.9", "MPI_Accumulate latency Test v5.9",
          "OpenSHMEM Latency Test v5.9", "MPI Multi-threaded Latency Test v5.9", "MPI Partitioned Latency Test v7.4",
          "MPI Latency Test of mine v7.4"}) {
        EXPECT_THAT([&] { osu("# OSU " + std::string(title) + "\n" + table); },
                    ThrowsMessage<ConfigError>(HasSubstr("is left out")))
            << title;
    }
}

TEST(ImportOsuMessages, PersistentMessagesAreACallOfTheirOwn)
{
    EXPECT_EQ(
        only("# OSU MPI Latency Test Persistent v7.4\n# Size  Avg Latency(us)\n8  0.5\n").what.parameters.at("call"),
        "persistent");
}

TEST(ImportOsuCollectives, CallsWithCountsForEachRankAreCallsOfTheirOwn)
{
    const auto read = [](const std::string& title) {
        return only("# OSU MPI " + title + " Latency Test v7.4\n# Size       Avg Latency(us)\n8  1.0\n");
    };
    EXPECT_EQ(read("Allgatherv").what.pattern, "allgather");
    EXPECT_EQ(read("Allgatherv").what.bytes, 64U);
    EXPECT_EQ(read("Allgatherv").what.parameters.at("call"), "allgatherv");
    EXPECT_EQ(read("Non-blocking Gatherv").what.parameters.at("call"), "gatherv nonblocking");
    EXPECT_EQ(read("Scatterv").what.pattern, "scatter");
    EXPECT_EQ(read("All-to-Allw Personalized Exchange").what.pattern, "alltoallv");
}

TEST(ImportOsuCollectives, AHintThatContradictsTheCommandIsSaid)
{
    ImportHints hints;
    hints.ranks = 4;
    const ImportedLog log =
        osu("$ mpirun -np 8 ./osu_allreduce\n# OSU MPI Allreduce Latency Test v5.8\n"
            "# Size       Avg Latency(us)\n8  1.0\n16  1.0\n",
            hints);
    EXPECT_EQ(log.cases.at(0).what.ranks, 4);
    EXPECT_THAT(log.info.warnings, ElementsAre("the log says 8 ranks; --ranks 4 is taken"));
}

TEST(ImportOsu, ARowWhoseOwnNumbersContradictEachOtherFails)
{
    const auto of_row = [](const std::string& type, const std::string& row) {
        return only("# OSU MPI Allreduce Latency Test v7.4\n# Datatype: " + type +
                    ".\n# Size       Avg Latency(us)   Min Latency(us)   Max Latency(us)  Iterations\n" + row + "\n");
    };
    EXPECT_EQ(of_row("MPI_FLOAT", "1024 2.00 2.10 3.00 100").why,
              "its times are out of order: min 2.10, avg 2.00, max 3.00");
    EXPECT_EQ(of_row("MPI_FLOAT", "1024 3.20 2.10 3.00 100").why,
              "its times are out of order: min 2.10, avg 3.20, max 3.00");
    EXPECT_EQ(of_row("MPI_DOUBLE", "4 3.20 2.10 4.00 100").why, "4 bytes are no whole number of float64");
    EXPECT_EQ(of_row("MPI_FLOAT", "1024 2.10 2.10 2.10 100").status, CaseStatus::measured);
}

TEST(ImportOsu, ABarrierHasOneRow)
{
    const ImportedLog log = osu("# OSU MPI Barrier Latency Test v7.4\n# Avg Latency(us)\n 12.57\n 3.00\n",
                                ImportHints{.pattern = {}, .ranks = 2, .nodes = {}});
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_DOUBLE_EQ(log.cases[0].reported->time_s, 12.57e-6);
    EXPECT_THAT(log.info.warnings, Contains(HasSubstr("line 4: a row that can't be read: 3.00")));
}

TEST(ImportOsu, ACollectiveHasNoTimeFromABandwidth)
{
    const ImportedLog log = osu("# OSU MPI Allreduce Latency Test v7.4\n# Size       Bandwidth (MB/s)\n4  1.90\n",
                                ImportHints{.pattern = {}, .ranks = 2, .nodes = {}});
    EXPECT_EQ(log.cases.at(0).status, CaseStatus::failed);
}

TEST(ImportOsu, ASizeThatOsuDoesNotWriteIsARowThatCanNotBeRead)
{
    const ImportedLog log =
        osu("# OSU MPI Broadcast Latency Test v7.4\n# Size       Avg Latency(us)\n1024  2.00\n1M  9.00\n",
            ImportHints{.pattern = {}, .ranks = 4, .nodes = {}});
    EXPECT_EQ(log.cases.size(), 1U);
    EXPECT_THAT(log.info.warnings, Contains(HasSubstr("a row that can't be read: 1M")));
}

}  // namespace
}  // namespace plumbline
