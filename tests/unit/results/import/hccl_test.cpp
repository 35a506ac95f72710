// SPDX-License-Identifier: Apache-2.0
#include "results/import/import.hpp"

#include "collectives/util/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace plumbline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

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

TEST(ImportHccl, TheNodesFollowFromTheDevicesOfEachUnlessTheLauncherSaysThem)
{
    const std::string test = " ./bin/all_reduce_test -b 1M -e 1M -d fp32 ";
    EXPECT_EQ(hccl_with("mpirun -n 8" + test + "-p 4\n").cases.at(0).what.nodes, 2);
    EXPECT_EQ(hccl_with("mpirun -n 8" + test + "--npus=3\n").cases.at(0).what.nodes, 3);
    EXPECT_EQ(hccl_with("mpirun -n 8" + test + "-p 16\n").cases.at(0).what.nodes, 1);
    EXPECT_EQ(hccl_with("mpirun -n 8" + test + "\n").cases.at(0).what.nodes, 1);
    EXPECT_EQ(hccl_with("srun -n 8 -N 4" + test + "-p 8\n").cases.at(0).what.nodes, 4);
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

TEST(ImportHccl, WhatTheCommandOfOneTestSaysIsNotOfAnother)
{
    const std::string titles = "data_size(Bytes): | aveg_time(us): | alg_bandwidth(GB/s): | check_result:\n";
    ImportHints hints;
    hints.ranks = 8;
    const ImportedLog log = import_log(LogFormat::hccl_test,
                                       "mpirun -n 8 ./all_reduce_test -d fp16 -o max\n" + titles +
                                           "1000000 | 100.00 | 10.00000 | success\n" + "./broadcast_test\n" + titles +
                                           "1000000 | 100.00 | 10.00000 | success\n",
                                       hints);
    EXPECT_EQ(log.cases.at(0).what.dtype, DataType::float16);
    EXPECT_EQ(log.cases.at(1).what.dtype, DataType::float32);
    EXPECT_THAT(log.info.warnings, ElementsAre(HasSubstr("no command line says the type")));
}

TEST(ImportHccl, ATimeThatIsNotItsBandwidthsFails)
{
    const auto status_of = [](const std::string& row) {
        const std::string titles = "data_size(Bytes): | aveg_time(us): | alg_bandwidth(GB/s): | check_result:\n";
        const std::string log = "mpirun -n 8 ./all_reduce_test -d fp32\n" + titles + row + " | success\n";
        return import_log(LogFormat::hccl_test, log, {}).cases.at(0).status;
    };
    EXPECT_EQ(status_of("1000000 | 104.00 | 10.00000"), CaseStatus::failed);
    EXPECT_EQ(status_of("1000000 | 100.00 | 10.00000"), CaseStatus::measured);
    EXPECT_EQ(status_of("1073741824 | 1000.00 | 1000.00000"), CaseStatus::measured) << "GB of 2^30 bytes";
}

}  // namespace
}  // namespace plumbline
