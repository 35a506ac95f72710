// SPDX-License-Identifier: Apache-2.0
#include "results/import/import.hpp"

#include "collectives/util/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

ImportedLog imb(const std::string& log, const ImportHints& hints = {})
{
    return import_log(LogFormat::imb, log, hints);
}

/// The table of one benchmark on `processes` processes.
std::string table(const std::string& title, int processes, const std::string& columns, const std::string& row)
{
    return "#---\n# Benchmarking " + title + " \n# #processes = " + std::to_string(processes) + " \n#---\n " + columns +
           "\n " + row + "\n";
}
const std::string range = "#bytes #repetitions t_min[usec] t_max[usec] t_avg[usec]";

TEST(ImportImbMessages, PingPingIsAMessageEachWay)
{
    const CaseHeader c =
        imb(table("PingPing", 2, "#bytes #repetitions t[usec] Mbytes/sec", "1000 10 2.00 500.00")).cases.at(0);
    EXPECT_EQ(c.what.pattern, "bidirectional");
    EXPECT_DOUBLE_EQ(c.reported->time_s, 2e-6);
    EXPECT_DOUBLE_EQ(c.bus_factor.value(), 1) << "500 MB/s per direction";
}

TEST(ImportImbMessages, ExchangeIsAPatternOfItsOwn)
{
    const CaseHeader c = imb(table("Exchange", 4, range + " Mbytes/sec", "1000 10 1.00 2.00 1.50 2000.00")).cases.at(0);
    EXPECT_EQ(c.what.pattern, "exchange");
    EXPECT_DOUBLE_EQ(c.reported->time_s, 2e-6);
    EXPECT_DOUBLE_EQ(c.bus_factor.value(), 2) << "each rank sends to two neighbours";
}

TEST(ImportImbMessages, StreamsHaveABandwidthForATime)
{
    const std::string columns = "#bytes #repetitions Mbytes/sec Msg/sec";
    const CaseHeader one = imb(table("Uniband", 4, columns, "1000000 10 20000.00 20000")).cases.at(0);
    EXPECT_EQ(one.what.pattern, "unidirectional");
    EXPECT_DOUBLE_EQ(one.reported->time_s, 100e-6) << "two pairs share 20 GB/s";
    const CaseHeader both = imb(table("Biband", 4, columns, "1000000 10 40000.00 40000")).cases.at(0);
    EXPECT_EQ(both.what.pattern, "bidirectional");
    EXPECT_DOUBLE_EQ(both.reported->time_s, 64 * 100e-6) << "10 GB/s per direction and pair, 64 messages each way";
}

TEST(ImportImbMessages, TablesOfImbP2pAreLeftOut)
{
    EXPECT_THAT(
        [] { imb(table("PingPong", 4, "#bytes #repetitions t[usec] Mbytes/sec Msg/sec", "8 10 1.0 8.0 1000000")); },
        ThrowsMessage<ConfigError>(HasSubstr("IMB-P2P")));
}

TEST(ImportImbGroups, GroupsThatRunAtOnceAreAParameter)
{
    const std::string title =
        "# Benchmarking Multi-Allreduce \n# ( 3 groups of 4 processes each running simultaneous ) \n"
        "# Group  0:     0    1    2    3\n";
    const ImportedLog largest = imb(title + range + "\n 1024 10 1.00 2.00 1.50\n");
    EXPECT_EQ(largest.cases.at(0).what.ranks, 4);
    EXPECT_EQ(largest.cases.at(0).what.parameters.at("groups"), "3");
    const ImportedLog each = imb(title + "Group " + range + "\n 0 1024 10 1.00 2.00 1.50\n 1 1024 10 1.00 3.00 1.50\n");
    ASSERT_EQ(each.cases.size(), 2U);
    EXPECT_EQ(each.cases[1].what.bytes, 1024U);
    EXPECT_DOUBLE_EQ(each.cases[1].reported->time_s, 3e-6);
    EXPECT_EQ(each.cases[1].what.parameters.at("repeat"), "2");
}

TEST(ImportImbCollectives, CallsWithCountsAndPureOnesAreCallsOfTheirOwn)
{
    const CaseHeader gatherv = imb(table("Gatherv", 4, range, "8 10 1.0 2.0 1.5")).cases.at(0);
    EXPECT_EQ(gatherv.what.bytes, 32U);
    EXPECT_EQ(gatherv.what.parameters.at("call"), "gatherv");
    const CaseHeader pure = imb(table("Iallreduce_pure", 4, range, "8 10 1.0 2.0 1.5")).cases.at(0);
    EXPECT_EQ(pure.what.parameters.at("call"), "nonblocking_pure");
    EXPECT_DOUBLE_EQ(pure.reported->time_s, 2e-6);
}

TEST(ImportImbCollectives, ATablesNumberOfProcessesCountsMoreThanAHint)
{
    ImportHints hints;
    hints.ranks = 8;
    const ImportedLog log = imb(table("Allreduce", 2, range, "8 10 1.0 2.0 1.5"), hints);
    EXPECT_EQ(log.cases.at(0).what.ranks, 2);
    EXPECT_THAT(log.info.warnings, ElementsAre(HasSubstr("--ranks 8 is not taken")));
}

TEST(ImportImbCollectives, AnErrorAboveTheTitleIsOfItsFirstRow)
{
    const std::string row = table("Reduce_scatter", 2, range + " defects", "4 10 1.0 2.0 1.5 0.00");
    const ImportedLog log = imb("1: Error Reduce_scatter,size = 4,sample #0\n" + row + row);
    EXPECT_THAT(log.cases.at(0).why, HasSubstr("wrong data"));
    EXPECT_EQ(log.cases.at(1).status, CaseStatus::measured) << "of the table before";
}

TEST(ImportImbCollectives, ItsDateIsWhenItBegan)
{
    EXPECT_DOUBLE_EQ(
        imb("# Date                  : Fri Jan  2 00:00:00 1970\n" + table("Allreduce", 2, range, "8 10 1.0 2.0 1.5"))
            .info.started_unix_s,
        86400);
}

TEST(ImportImb, ARowWhoseOwnNumbersContradictEachOtherFails)
{
    const std::string one_way = "#bytes #repetitions t[usec] Mbytes/sec";
    const std::vector<std::array<std::string, 4>> rows{
        {"Allreduce", range, "1024 1000 2.60 2.40 2.50", "its times are out of order: min 2.60, avg 2.50, max 2.40"},
        {"Allreduce", range, "1024 1000 2.00 2.40 3.20", "its times are out of order: min 2.00, avg 3.20, max 2.40"},
        {"PingPong", one_way, "8 1000 0.27 299.60", "Mbytes/sec 299.60 is not 8 bytes in 0.27 us"},
        {"Sendrecv", range + " Mbytes/sec", "1000 1000 1.00 1.00 1.00 4000.00",
         "Mbytes/sec 4000.00 is not 2000 bytes in 1.00 us"},
    };
    for (const auto& [title, columns, row, why] : rows) {
        EXPECT_EQ(imb(table(title, 2, columns, row)).cases.at(0).why, why) << row;
    }
    for (const auto& [title, columns, row, why] : std::vector<std::array<std::string, 4>>{
             {"PingPong", one_way, "8 1000 0.27 29.60", ""},
             {"PingPong", one_way, "1048576 1000 100.00 10000.00", "2^20 bytes are an old IMB's megabyte"},
             {"Allreduce", range, "8 1000 0.03 0.03 0.03", ""}}) {
        EXPECT_EQ(imb(table(title, 2, columns, row)).cases.at(0).status, CaseStatus::measured) << row << why;
    }
}

}  // namespace
}  // namespace plumbline
