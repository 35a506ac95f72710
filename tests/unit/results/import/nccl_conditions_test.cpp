// SPDX-License-Identifier: Apache-2.0
#include "results/import/nccl_conditions.hpp"

#include "collectives/util/error.hpp"
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
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

/// A row of a test on two ranks; `before`: its command, `blocking`: what stands below its parameters.
CaseHeader row_after(const std::string& before, const std::string& iterations = "iters: 20 agg iters: 1",
                     const std::string& blocking = "")
{
    return imported_nccl(before + named_allreduce + "# nThread 1 nGpus 1 minBytes 8 warmup iters: 5 " + iterations +
                         "\n" + blocking + two_ranks + nccl_titles +
                         "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n")
        .cases.at(0);
}

TEST(ImportNcclConditions, HowManyExecutionsAreWaitedForAtOnceIsSaid)
{
    const std::string perf = "mpirun -np 2 ./all_reduce_perf -b 1024";
    EXPECT_EQ(row_after(perf + "\n").reported->chain, 20);
    EXPECT_EQ(row_after(perf + " -z 0\n").reported->chain, 20);
    EXPECT_EQ(row_after(perf + " -z 1\n").reported->chain, 1);
    EXPECT_EQ(row_after("").reported->chain, 20) << "the log would say that it blocks";
    EXPECT_EQ(row_after("", "iters: 20 agg iters: 1", "# Blocking Enabled: wait after each inner iteration\n")
                  .reported->chain,
              1);
    EXPECT_EQ(
        row_after("", "iters: 20 agg iters: 4", "# Blocking Enabled: after each outer iteration\n").reported->chain, 4);
    const auto aggregated = row_after(perf + "\n", "iters: 20 agg iters: 4 validation: 1 graph: 2").reported;
    EXPECT_EQ(aggregated->chain, 160);
    EXPECT_EQ(aggregated->iterations, 160);
}

TEST(ImportNcclConditions, ALostLineOfTheListIsMissedByTheCommand)
{
    EXPECT_EQ(row_after("mpirun -np 2 ./all_reduce_perf -b 8\n").what.ranks, 2);
    const std::string broadcast = "# nThread 1 nGpus 1 iters: 20\n" + two_ranks + nccl_titles +
                                  "1024 256 float none 0 10.0 0.10 0.10 0 N/A N/A N/A N/A\n";
    const ImportedLog lost = imported_nccl("mpirun -np 4 ./broadcast_perf -b 8\n" + broadcast);
    EXPECT_EQ(lost.cases.at(0).what.ranks, 4);
    EXPECT_THAT(lost.info.warnings,
                ElementsAre(HasSubstr("list of devices has 2 of the 4 ranks that the command starts; 4 is taken")));
}

TEST(ImportNcclConditions, AListThatIsCutSaysNoNumberOfRanks)
{
    const std::string cut = named_allreduce + two_ranks + "#  Rank  2 Group  0 Pid  3 on  h1 dev...\n" + nccl_titles +
                            "1024 256 float sum -1 10.0 0.10 0.15 0 N/A N/A N/A N/A\n";
    EXPECT_THAT([&] { imported_nccl(cut); }, ThrowsMessage<ConfigError>(HasSubstr("on how many ranks")));
    ImportHints hints;
    hints.ranks = 4;
    const CaseHeader header = imported_nccl(cut, hints).cases.at(0);
    EXPECT_EQ(header.what.ranks, 4);
    EXPECT_EQ(header.what.nodes, 2);
}

TEST(ImportNcclConditions, WhatTheTimeIsOverRanksIsTheCommands)
{
    const ImportedLog log = imported_nccl("$ mpirun -np 2 ./all_reduce_perf -a 3\n" + two_ranks + nccl_titles +
                                          "1024 256 float sum -1 10.0 0.10 0.10 0 N/A N/A N/A N/A\n");
    EXPECT_EQ(log.cases.at(0).reported->estimator, "mean of the iterations; of the slowest rank");
}

}  // namespace
}  // namespace plumbline
