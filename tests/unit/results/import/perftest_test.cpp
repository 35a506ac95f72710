// SPDX-License-Identifier: Apache-2.0
#include "results/import/import.hpp"

#include "collectives/util/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace plumbline {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::ThrowsMessage;

const std::string line = "---------------------------------------------------------------------------------------\n";
const std::string bandwidth = " #bytes     #iterations    BW peak[Gb/sec]    BW average[Gb/sec]   MsgRate[Mpps]\n";

std::string log_of(const std::string& title, const std::string& rows)
{
    return line + "                    " + title + "\n Dual-port       : OFF\t\tDevice         : mlx5_0\n" +
           " Number of qps   : 4\t\tTransport type : IB\n Connection type : RC\t\tUsing SRQ      : OFF\n" + line +
           rows + line;
}

ImportedLog read(const std::string& log)
{
    return import_log(LogFormat::perftest, log, {});
}

TEST(ImportPerftest, BandwidthIsTheTimeOfAMessage)
{
    const CaseHeader c =
        read(log_of("RDMA_Write BW Test",
                    bandwidth + " 65536      5000             400.00             200.00\t\t     0.381470\n"))
            .cases.at(0);
    EXPECT_EQ(c.what.pattern, "unidirectional");
    EXPECT_EQ(c.what.bytes, 65536U);
    EXPECT_EQ(c.what.ranks, 2);
    EXPECT_EQ(c.what.nodes, 2);
    EXPECT_EQ(c.what.parameters.at("call"), "write");
    EXPECT_EQ(c.what.parameters.at("queue_pairs"), "4");
    EXPECT_DOUBLE_EQ(c.reported->time_s, 65536 / 25e9) << "200 Gb/s are 25 GB/s";
    EXPECT_EQ(c.reported->iterations, 5000);
}

TEST(ImportPerftest, MegabytesAreOfTwoToTheTwenty)
{
    const std::string old = " #bytes     #iterations    BW peak[MB/sec]    BW average[MB/sec]   MsgRate[Mpps]\n";
    EXPECT_DOUBLE_EQ(
        read(log_of("Send BW Test", old + " 1048576 1000 1000.00 1000.00 0.001000\n")).cases.at(0).reported->time_s,
        1e-3);
}

TEST(ImportPerftest, BothDirectionsAreCountedApart)
{
    const CaseHeader c =
        read(log_of("RDMA_Write Bidirectional BW Test", bandwidth + " 65536 5000 400.00 400.00 0.762939\n"))
            .cases.at(0);
    EXPECT_EQ(c.what.pattern, "bidirectional");
    EXPECT_DOUBLE_EQ(c.reported->time_s, 65536 / 25e9);
    EXPECT_DOUBLE_EQ(c.bus_factor.value(), 1);
}

TEST(ImportPerftest, LatencyOfOneWayIsHalfAPingpong)
{
    const CaseHeader c =
        read(log_of("Send Latency Test",
                    " #bytes #iterations    t_min[usec]    t_max[usec]  t_typical[usec]    t_avg[usec]    "
                    "t_stdev[usec]   99% "
                    "percentile[usec]   99.9% percentile[usec]\n 8 1000 1.45 2.10 1.55 1.58 0.05 1.78 1.92\n"))
            .cases.at(0);
    EXPECT_EQ(c.what.pattern, "pingpong");
    EXPECT_DOUBLE_EQ(c.reported->time_s, 3.10e-6);
    EXPECT_THAT(c.reported->estimator, HasSubstr("median"));
}

TEST(ImportPerftest, ARateThatIsNotTheBandwidthsContradicts)
{
    EXPECT_THAT(read(log_of("RDMA_Write BW Test", bandwidth + " 65536 5000 400.00 200.00 0.500000\n")).cases.at(0).why,
                HasSubstr("is not MsgRate"));
}

TEST(ImportPerftest, SmallMessagesHaveTheirTimeFromTheRate)
{
    EXPECT_DOUBLE_EQ(
        read(log_of("RDMA_Write BW Test", bandwidth + " 2 5000 0.02 0.02 1.000000\n")).cases.at(0).reported->time_s,
        1e-6);
}

TEST(ImportPerftest, WhatIsNoMessageBetweenTwoIsLeftOutByName)
{
    for (const char* const title :
         {"RDMA_Read Latency Test", "Atomic FETCH_AND_ADD BW Test", "Send BW Multicast Test"}) {
        EXPECT_THAT([&] { read(log_of(title, bandwidth + " 65536 5000 400.00 200.00 0.381470\n")); },
                    ThrowsMessage<ConfigError>(HasSubstr(title)))
            << title;
    }
}

TEST(ImportPerftest, ATestThatFailedIsNotBelieved)
{
    const ImportedLog log = read(log_of("RDMA_Write BW Test", bandwidth + " 65536 5000 400.00 200.00 0.381470\n" +
                                                                  "Completion with error at client\n"));
    EXPECT_THAT(log.cases.at(0).why, HasSubstr("Completion with error"));
}

/// As perftest 4.5 and later write it: src/perftest_parameters.c, write_test_info_to_file().
std::string json_of(const std::string& test, const std::string& results)
{
    return "{\n\"test_info\": {\n\"test\": \"" + test +
           "\",\n\"Dual_port\": \"OFF\",\n\"Device\": \"mlx5_0\",\n\"Number_of_qps\": 4,\n\"Connection_type\": "
           "\"RC\"\n},\n\"results\": {\n\"MsgSize\": " +
           results + "\n}\n}\n";
}

std::string rates(const std::string& size, const std::string& average, const std::string& rate)
{
    return size + ",\n\"n_iterations\": 5000,\n\"BW_peak\": 400.00,\n\"BW_average\": " + average +
           ",\n\"MsgRate\": " + rate;
}

TEST(ImportPerftestJson, SaysTheSameAsTheText)
{
    const ImportedLog text = read(log_of(
        "RDMA_Write BW Test", bandwidth + " 65536      5000             400.00             200.00\t\t     0.381470\n"));
    const ImportedLog from_json = read(json_of("RDMA_Write_BW_Test", rates("65536", "200.00", "0.381470")));
    EXPECT_EQ(from_json.cases, text.cases);
    const CaseHeader both =
        read(json_of("RDMA_Write_imm_Bidirectional_BW_Test", rates("65536", "400.00", "0.762939"))).cases.at(0);
    EXPECT_EQ(both.what.pattern, "bidirectional");
    EXPECT_EQ(both.what.parameters.at("call"), "write_imm");
    const CaseHeader way = read(json_of("Send_Latency_Test",
                                        "8,\n\"n_iterations\": 1000,\n\"t_min\": 1.45,\n"
                                        "\"t_typical\": 1.55,\n\"t_avg\": 1.58"))
                               .cases.at(0);
    EXPECT_EQ(way.what.pattern, "pingpong");
    EXPECT_DOUBLE_EQ(way.reported->time_s, 3.10e-6);
}

TEST(ImportPerftestJson, HasItsUnitFromTheMessageRate)
{
    // 200 Gb/s, and 200 MiB/s, of 64 KiB.
    EXPECT_DOUBLE_EQ(read(json_of("Send_BW_Test", rates("65536", "200.00", "0.003200"))).cases.at(0).reported->time_s,
                     65536 / 209715200.0);
    EXPECT_THAT([] { read(json_of("Send_BW_Test", rates("65536", "200.00", "0.050000"))); },
                ThrowsMessage<ConfigError>(HasSubstr("fit neither Gb/sec nor MiB/sec")));
}

TEST(ImportPerftestJson, OfCyclesIsRefused)
{
    const auto latency = [](const std::string& times) {
        return json_of("Send_Latency_Test", "8,\n\"n_iterations\": 1000,\n" + times);
    };
    EXPECT_THAT(
        [&] {
            read(
                latency("\"t_min\": 1450.50,\"t_max\": 21000.00,\"t_typical\": 1551.00,\"t_avg\": 1580.37,"
                        "\"percentile_99\": 1780.00,\"percentile_99.9\": 1923.50"));
        },
        ThrowsMessage<ConfigError>(HasSubstr("look like cycles")));
    // 1 / (2 x 1.58 us) exchanges a second.
    EXPECT_EQ(read(latency("\"t_avg\": 1.58,\"tps_average\": 316455.70")).cases.size(), 1U);
    EXPECT_THAT([&] { read(latency("\"t_avg\": 3950.00,\"tps_average\": 316455.70")); },
                ThrowsMessage<ConfigError>(HasSubstr("look like cycles")));
}

TEST(ImportPerftestJson, OfSeveralRunsOneAfterAnotherHasThemAll)
{
    const std::string one = json_of("RDMA_Write_BW_Test", rates("65536", "200.00", "0.381470"));
    const std::string two = json_of("RDMA_Write_BW_Test", rates("131072", "200.00", "0.190735"));
    EXPECT_EQ(read(one + two).cases.size(), 2U);
    EXPECT_EQ(read("[" + one + "," + two + "]").cases.size(), 2U);
}

TEST(ImportPerftestJson, ThatIsNotWholeIsRefused)
{
    const std::string whole = json_of("RDMA_Write_BW_Test", rates("65536", "200.00", "0.381470"));
    for (const std::string& broken :
         {whole.substr(0, whole.size() - 20), json_of("RDMA_Write_BW_Test", "65536,\n\"bw_avg\": 200.0,\n"),
          json_of("RDMA_Write_BW_Test", rates("-65536", "200.00", "0.381470")),
          json_of("RDMA_Write_BW_Test", rates("65536", "nan", "0.381470")), whole + "{\"test_info\""}) {
        EXPECT_THAT([&] { read(broken); }, ThrowsMessage<ConfigError>(HasSubstr("Import the text that it printed")))
            << broken;
    }
    EXPECT_THAT([] { read(json_of("RDMA_Read_Latency_Test", "8,\n\"n_iterations\": 1000,\n\"t_avg\": 1.58")); },
                ThrowsMessage<ConfigError>(HasSubstr("RDMA_Read Latency Test")));
}

TEST(ImportPerftest, AColumnOfServiceLevelsMovesTheOthers)
{
    const CaseHeader c =
        read(log_of("RDMA_Write BW Test",
                    " #bytes    #sl      #iterations    BW peak[Gb/sec]    BW average[Gb/sec]   MsgRate[Mpps]\n"
                    " 65536    3    5000   400.00   200.00   0.381470\n"))
            .cases.at(0);
    EXPECT_DOUBLE_EQ(c.reported->time_s, 65536 / 25e9);
    EXPECT_EQ(c.reported->iterations, 5000);
}

TEST(ImportPerftest, ALatencyOutsideItsOwnRangeFails)
{
    const std::string titles = " #bytes #iterations    t_min[usec]    t_max[usec]  t_typical[usec]    t_avg[usec]\n";
    EXPECT_EQ(read(log_of("Send Latency Test", titles + " 2 1000 0.88 3.04 0.90 0.91\n")).cases.at(0).status,
              CaseStatus::measured);
    EXPECT_EQ(read(log_of("Send Latency Test", titles + " 2 1000 0.88 3.04 90 0.91\n")).cases.at(0).status,
              CaseStatus::failed);
}

TEST(ImportPerftest, CyclesAreNoTimes)
{
    const std::string titles = " #bytes #iterations    t_min[cycles]    t_max[cycles]  t_typical[cycles]\n";
    EXPECT_THAT([&] { read(log_of("Send Latency Test", titles + " 2 1000 2288 7904 2340\n")); },
                ThrowsMessage<ConfigError>(HasSubstr("cycles of the processor")));
}

TEST(ImportPerftest, QueuePairsThatNoLineSaysAreADefaultThatIsSaid)
{
    const ImportedLog log = read("RDMA_Write BW Test\n" + bandwidth + " 65536 5000 400.00 200.00 0.381470\n");
    EXPECT_THAT(log.info.warnings, ElementsAre(HasSubstr("no line says the number of queue pairs")));
}

}  // namespace
}  // namespace plumbline
