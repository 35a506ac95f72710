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

}  // namespace
}  // namespace plumbline
