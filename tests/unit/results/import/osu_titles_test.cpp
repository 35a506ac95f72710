// SPDX-License-Identifier: Apache-2.0
#include "results/import/osu_titles.hpp"

#include "results/import/import.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace plumbline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

ImportedLog osu_on_four(const std::string& log, int ranks = 4)
{
    ImportHints hints;
    if (ranks > 0) {
        hints.ranks = ranks;
    }
    return import_log(LogFormat::osu, log, hints);
}

TEST(ImportOsu, ValidationIsTheDatasOwnWord)
{
    const ImportedLog log = osu_on_four(
        "# OSU MPI Allreduce Latency Test v7.4\n# Datatype: MPI_CHAR.\n"
        "# Size       Avg Latency(us)        Validation\n8   1.51   Pass\n16   1.51   Fail\n");
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_EQ(log.cases[0].verification, Verification::verified);
    EXPECT_EQ(log.cases[1].why, "wrong data (Validation Fail, says the log)");
    const ImportedLog error = osu_on_four(
        "# OSU MPI Allreduce Latency Test v5.8\n# Size       Avg Latency(us)\n8   1.51\n"
        "DATA VALIDATION ERROR: osu_allreduce exited with status 1 on message size 16.\n");
    EXPECT_EQ(error.cases.at(0).why, "wrong data at message size 16, says the log");
}

TEST(ImportOsu, BeforeVersionSevenReductionsAreOfFloats)
{
    const auto type = [](const std::string& test) {
        return osu_on_four("# OSU MPI " + test + "\n# Size       Avg Latency(us)\n8   1.51\n").cases.at(0).what.dtype;
    };
    EXPECT_EQ(type("Allreduce Latency Test v5.8"), DataType::float32);
    EXPECT_EQ(type("Broadcast Latency Test v5.8"), DataType::int8);
    EXPECT_EQ(type("Allreduce Latency Test v7.4"), DataType::int8);
}

TEST(ImportOsu, EachKindOfCallIsACaseOfItsOwn)
{
    const auto only = [](const std::string& log) { return osu_on_four(log).cases.at(0); };
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
    const std::string table = "# OSU MPI Allreduce Latency Test v5.8\n# Size       Avg Latency(us)\n8  1.0\n";
    const ImportedLog log =
        osu_on_four("$ mpirun -np 8 ./osu_allreduce\n" + table + "$ mpirun -np 16 ./osu_allreduce\n" + table, 0);
    ASSERT_EQ(log.cases.size(), 2U);
    EXPECT_EQ(log.cases[0].what.ranks, 8);
    EXPECT_EQ(log.cases[1].what.ranks, 16);
}

TEST(ImportOsu, ARowWithMoreWordsThanTitlesIsAnothersOutput)
{
    const ImportedLog log =
        osu_on_four("# OSU MPI Allreduce Latency Test v5.8\n# Size       Avg Latency(us)\n8  1.0\n16 2.0 x\n");
    EXPECT_EQ(log.cases.size(), 1U);
    EXPECT_THAT(log.info.warnings, ElementsAre("line 4: a row that can't be read: 16 2.0 x"));
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
    EXPECT_THAT(log.info.warnings, ElementsAre(HasSubstr("no line says the type (# Datatype): taken for MPI_CHAR")));
}

TEST(ImportOsu, TheRanksOfAnEarlierCommandAreTakenAloud)
{
    const std::string barrier = "# OSU MPI Barrier Latency Test v7.4\n# Avg Latency(us)\n 12.57\n";
    const ImportedLog log = osu_on_four("$ mpirun -np 8 ./osu_barrier\n" + barrier + barrier, 0);
    EXPECT_EQ(log.cases.at(1).what.ranks, 8);
    EXPECT_THAT(log.info.warnings,
                ElementsAre(HasSubstr("line 5: no command stands right before this title; the 8 ranks")));
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
    const ImportedLog log = osu_on_four(
        "# OSU MPI_Get Bandwidth Test v5.9\n# Size  Bandwidth (MB/s)\n8  1.0\n"
        "# OSU MPI Neighborhood Allgather Latency Test v7.4\n# Size       Avg Latency(us)\n8  1.0\n"
        "# OSU MPI Reduce Latency Test v5.9\n# Size       Avg Latency(us)\n8  1.0\n");
    ASSERT_EQ(log.cases.size(), 1U);
    EXPECT_EQ(log.cases[0].what.pattern, "reduce");
    EXPECT_THAT(log.info.warnings,
                ElementsAre(HasSubstr("'# OSU MPI_Get Bandwidth Test v5.9' is left out"), HasSubstr("Neighborhood")));
}

TEST(ImportOsu, TitlesOfAllVersionsAreKnown)
{
    struct Row {
        const char* title;
        const char* pattern;
        const char* call;
    };
    const std::string overlap = "# Overall(us)  Compute(us)  Pure Comm.(us)  Overlap(%)\n30.00 15.00 16.00 10.00\n";
    for (const Row& row : {Row{"MPI Non-Blocking Broadcast Latency Test v7.4", "broadcast", "nonblocking"},
                           Row{"MPI Non-blocking Barrier Latency Test v7.4", "barrier", "nonblocking"},
                           Row{"MPI-MANAGED Non-blocking Allreduce Latency Test v7.4", "allreduce", "nonblocking"}}) {
        const CaseHeader header = osu_on_four("# OSU " + std::string(row.title) + "\n" + overlap).cases.at(0);
        EXPECT_EQ(header.what.pattern, row.pattern) << row.title;
        EXPECT_EQ(header.what.parameters.at("call"), row.call) << row.title;
        EXPECT_DOUBLE_EQ(header.reported->time_s, 16e-6) << row.title;
    }
    for (const Row& row : {Row{"MPI Latency Persistent Test v7.4", "pingpong", "persistent"},
                           Row{"MPI-CUDA MANAGED Latency Test v7.4", "pingpong", ""},
                           Row{"MPI Latency Test (Version 2.2)", "pingpong", ""},
                           Row{"MPI Allreduce Persistent Latency Test v7.4", "allreduce", "persistent"}}) {
        const CaseHeader header =
            osu_on_four("# OSU " + std::string(row.title) + "\n# Size\tLatency (us)\n1024\t2.00\n").cases.at(0);
        EXPECT_EQ(header.what.pattern, row.pattern) << row.title;
        const auto call = header.what.parameters.find("call");
        EXPECT_EQ(call == header.what.parameters.end() ? "" : call->second, row.call) << row.title;
    }
}

TEST(ImportOsu, HowManyBlanksStandBetweenTitlesDoesNotMatter)
{
    for (const char* const titles : {"# Size       Avg Latency(us)   Min Latency(us)   Max Latency(us)  Iterations",
                                     "# Size Avg Latency(us) Min Latency(us) Max Latency(us) Iterations",
                                     "# Size\tAvg Latency(us)\tMin Latency(us)\tMax Latency(us)\tIterations"}) {
        const CaseHeader header = osu_on_four("# OSU MPI Allreduce Latency Test v7.4\n" + std::string(titles) +
                                              "\n1024 12.34 11.00 13.00 1000\n")
                                      .cases.at(0);
        EXPECT_DOUBLE_EQ(header.reported->time_s, 12.34e-6) << titles;
        EXPECT_DOUBLE_EQ(header.reported->slowest_rank_s.value(), 13e-6) << titles;
        EXPECT_EQ(header.reported->iterations, 1000) << titles;
    }
}

TEST(ImportOsu, WhatAnnouncesOtherNumbersIsLeftOutByName)
{
    const std::string good = "# OSU MPI Allreduce Latency Test v5.8\n# Size  Avg Latency(us)\n8  1.00\n";
    struct Row {
        const char* log;
        const char* why;
    };
    for (const Row& row :
         {Row{"# OSU MPI Latency Test v7.4\n# Size  Avg Latency(us)  Transmit Size\n1024  1.00  512\n", "derived type"},
          Row{"# OSU MPI Multiple Bandwidth / Message Rate Test v7.4\n# [ pairs: 2 ] [ window size: varied ]\n"
              "# Uni-directional Bandwidth (MB/sec)\n#   1   2\n1   0.50   0.60\n",
              "several windows"},
          Row{"mpirun -np 8 ./osu_bw_fan_in\n# OSU MPI Bandwidth Test v7.4\n# Size  Bandwidth (MB/s)\n8  1.00\n",
              "'osu_bw_fan_in' is left out"},
          Row{"# Size  Avg Latency(us)\n8  9.00\n", "which test this table is of is not said"},
          Row{"# Datatype: MPI_WCHAR.\n# Size  Avg Latency(us)\n8  9.00\n", "'MPI_WCHAR' is left out"}}) {
        const ImportedLog log = osu_on_four(good + row.log);
        EXPECT_EQ(log.cases.size(), 1U) << row.log;
        EXPECT_THAT(log.info.warnings, ElementsAre(HasSubstr(row.why))) << row.log;
    }
}

TEST(ImportOsu, ATableWithoutATitleIsMissedAloud)
{
    const ImportedLog log = osu_on_four(
        "$ mpirun ./osu_alltoall\n# Size  Avg Latency(us)\n8  9.00\n"
        "# OSU MPI Barrier Latency Test v7.4\n# Avg Latency(us)\n 12.57\n");
    EXPECT_EQ(log.cases.size(), 1U);
    EXPECT_THAT(log.info.warnings, ElementsAre(HasSubstr("line 2: a table is left out (no title above it")));
}

TEST(ImportOsu, TheTypesAfterOneThatIsNotHadAreStillRead)
{
    const ImportedLog log = osu_of_types({"MPI_WCHAR", "MPI_FLOAT"});
    EXPECT_EQ(log.cases.back().what.dtype, DataType::float32);
}

TEST(ImportOsu, ANumberThatIsCutFails)
{
    const std::string title = "# OSU MPI Allreduce Latency Test v5.8\n# Size  Avg Latency(us)  Min Latency(us)\n";
    const ImportedLog log = osu_on_four(title + "8 1.00 1.00\n16 12 1.00\n32 1.25 1.00\n64 1.50\n");
    ASSERT_EQ(log.cases.size(), 3U);
    EXPECT_EQ(log.cases[0].status, CaseStatus::measured);
    EXPECT_EQ(log.cases[1].status, CaseStatus::failed);
    EXPECT_THAT(log.info.warnings,
                ElementsAre("line 6: a row that can't be read: 64 1.50", HasSubstr("line 4: '12' has 0 decimals")));
}

TEST(ImportOsu, ARateThatIsNotTheBandwidthsContradicts)
{
    const CaseHeader header =
        osu_on_four(
            "# OSU MPI Multiple Bandwidth / Message Rate Test v7.4\n# [ pairs: 1 ] [ window size: 64 ]\n"
            "# Size  MB/s  Messages/s\n1000  100.00  1000.00\n")
            .cases.at(0);
    EXPECT_EQ(header.status, CaseStatus::failed) << "1000 messages of 1000 B are 1 MB";
}

}  // namespace
}  // namespace plumbline
