// SPDX-License-Identifier: Apache-2.0
#include "results/import/log_reader.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace plumbline {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

TEST(ImportTroubles, WhatTheLogSaysThatWentWrongIsPassedOn)
{
    const std::string table = "# OSU MPI Barrier Latency Test v7.4\n# Avg Latency(us)\n 12.57\n";
    std::string log = table + "mpirun noticed that process rank 1 with PID 7 on node n1 exited on signal 9 (Killed).\n";
    ImportHints hints;
    hints.ranks = 2;
    EXPECT_THAT(import_log(LogFormat::osu, log, hints).info.warnings,
                ElementsAre(HasSubstr("line 4: the log says: mpirun noticed")));
    for (int i = 0; i < 10; ++i) {
        log += "n1:7:7 [0] NCCL WARN Missing \"iommu=pt\"\n";
    }
    const auto warnings = import_log(LogFormat::osu, log, hints).info.warnings;
    ASSERT_EQ(warnings.size(), 6U);
    EXPECT_EQ(warnings.back(), "the log says 6 more things of this kind");
}

TEST(ImportTroubles, ADateOfItsOwnLineIsWhenItBegan)
{
    ImportHints hints;
    hints.ranks = 2;
    const std::string table = "# OSU MPI Barrier Latency Test v7.4\n# Avg Latency(us)\n 12.57\n";
    for (const char* const date :
         {"Fri Jan  2 00:00:00 1970", "Fri Jan  2 00:00:00 UTC 1970", "Fri Jan 02 00:00:00 CST 1970"}) {
        EXPECT_DOUBLE_EQ(import_log(LogFormat::osu, std::string(date) + "\n" + table, hints).info.started_unix_s, 86400)
            << date;
    }
    EXPECT_EQ(import_log(LogFormat::osu, "Fri Jan  2 03:00:00 PM UTC 1970\n" + table, hints).info.started_unix_s, 0);
}

TEST(ImportTroubles, WhatARunFileCanNotHoldIsNeitherADateNorATime)
{
    ImportHints hints;
    hints.ranks = 2;
    const std::string table = "1970-01-01T00:00:00+08:00 # OSU MPI Barrier Latency Test v7.4\n# Avg Latency(us)\n";
    const ImportedLog before = import_log(LogFormat::osu, table + " 12.57\n", hints);
    EXPECT_EQ(before.info.started_unix_s, 0);
    for (const char* const time : {"1e-30", "1e20"}) {
        const ImportedLog log = import_log(LogFormat::osu, table + time + "\n", hints);
        EXPECT_EQ(log.cases.at(0).status, CaseStatus::failed) << time;
        EXPECT_THAT(log.info.warnings, Contains(HasSubstr("a time of barrier that no operation takes"))) << time;
    }
}

TEST(ImportBandwidths, ATimeFollowsFromDigitsEnough)
{
    EXPECT_DOUBLE_EQ(import::seconds_at(100, import::printed("0.50"), 1e6).value(), 200e-6);
    EXPECT_FALSE(import::seconds_at(100, import::printed("0.02"), 1e6));
    EXPECT_FALSE(import::seconds_at(100, import::printed("0.00"), 1e6));
    EXPECT_FALSE(import::seconds_at(100, import::printed("x"), 1e6));
}

}  // namespace
}  // namespace plumbline
