// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/nccl/debug_log.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace plumbline::nccl {
namespace {

std::map<std::string, std::string> read(const std::string& log)
{
    const Facts facts = read_debug_log(log);
    return {facts.begin(), facts.end()};
}

using Expected = std::map<std::string, std::string>;

// Lines in the form that NCCL's public logs have; hosts, addresses and numbers are made up.
TEST(NcclDebugLog, a_node_with_infiniband)
{
    EXPECT_EQ(
        read("NCCL version 2.28.9+cuda13.0\n"
             "a:10:10 [0] NCCL INFO NET/IB : Using [0]mlx5_0:1/IB [1]mlx5_1:1/IB [RO]; OOB eth0:10.0.0.1<0>\n"
             "a:10:12 [0] NCCL INFO Using network IB\n"
             "a:10:12 [0] NCCL INFO GPU Direct RDMA Enabled for GPU 0 / HCA 0 (distance 4 <= 5), read 1 mode Default\n"
             "a:10:12 [0] NCCL INFO NVLS multicast support is available on dev 0 (NVLS_NCHANNELS 16)\n"
             "a:10:12 [0] NCCL INFO Channel 00/24 :    0   1   2   3\n"
             "a:10:12 [0] NCCL INFO Channel 01/24 :    0   3   2   1\n"
             "a:10:12 [0] NCCL INFO Channel 00/0 : 0[0] -> 1[1] via P2P/CUMEM\n"
             "a:10:12 [0] NCCL INFO Channel 00/0 : 7[7] -> 8[0] [receive] via NET/IB/4/GDRDMA\n"
             "a:10:12 [0] NCCL INFO Channel 01/0 : 7[7] -> 8[0] [receive] via NET/IB/5/GDRDMA\n"),
        (Expected{{"version", "2.28.9+cuda13.0"},
                  {"network", "IB"},
                  {"NICs", "mlx5_0:1/IB, mlx5_1:1/IB"},
                  {"GPU Direct RDMA", "Enabled"},
                  {"NVLS", "available"},
                  {"channels", "24"},
                  {"transports", "P2P/CUMEM, NET/IB/GDRDMA"}}));
}

TEST(NcclDebugLog, rows)
{
    const std::string head = "a:1:2 [0] NCCL INFO ";
    const struct {
        std::string log;
        Expected expected;
    } rows[] = {
        {"", {}},
        {"\n\r\n\n", {}},
        {"some program's own line: Using network IB\n", {}},
        {head + "Using network AWS Libfabric\r\n", {{"network", "AWS Libfabric"}}},
        {head + "Using network Socket", {{"network", "Socket"}}},
        {head + "NET/Socket : Using [0]eth0:10.0.0.1<0>\n", {{"NICs", "eth0:10.0.0.1<0>"}}},
        {head + "NET/IB : Using [0\n", {}},
        {head + "NET/IB : Using ]x [a]b []c [1]\n", {}},
        {head + "NVLS multicast support is not available on dev 1\n", {{"NVLS", "not available"}}},
        {head + "NVLS multicast support is available on dev 1\n" + head + "NVLS comm 0xabc headRank 0 nHeads 8\n",
         {{"NVLS", "used"}}},
        {head + "CollNet 00/0 : 0 [send] via COLLNET/SHARP/0/GDRDMA\n", {{"CollNet", "used"}}},
        {head + "Channel 00 : 0[1b000] -> 1[43000] via SHM/direct/direct\n", {{"transports", "SHM/direct/direct"}}},
        {head + "Channel 00 : 0 -> 1 via 4\n", {}},
        {head + "Channel \n", {}},
        {head + "AllReduce: 8 Bytes -> Algo TREE proto LL channel{Lo..Hi}={0..0}\n" + head +
             "AllReduce: 1024 Bytes -> Algo TREE proto LL channel{Lo..Hi}={0..0}\n" + head +
             "AllReduce: 8388608 Bytes -> Algo NVLS proto SIMPLE channel{Lo..Hi}={0..15}\n",
         {{"algorithms", "AllReduce 8 to 1024 B: TREE LL; AllReduce 8388608 to 8388608 B: NVLS SIMPLE"}}},
        {head + "AllReduce: many Bytes -> Algo TREE proto LL\n", {}},
        {head + "AllReduce: 99999999999999999999999 Bytes -> Algo TREE proto LL\n", {}},
        {head + "8 Bytes -> Algo 1 proto 2 time 9.0\n", {}},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(read(row.log), row.expected) << row.log;
    }
}

TEST(NcclDebugLog, a_log_that_says_too_much_is_cut)
{
    std::string log;
    for (int i = 0; i < 1000; ++i) {
        log +=
            "a:1:2 [0] NCCL INFO Channel 00/0 : 0[0] -> 1[1] via T" + std::string(20, 'x') + std::to_string(i) + "\n";
    }
    EXPECT_EQ(read(log).at("transports").size(), 200U);
}

// Any text at all: each line cut at each place.
TEST(NcclDebugLog, any_beginning_of_a_line_is_read_or_passed_over)
{
    const std::string line =
        "a:1:2 [0] NCCL INFO NET/IB : Using [0]mlx5_0:1/IB [RO]; NCCL version 2 Channel 00/2 : via NET/1/ AllReduce: 8 "
        "Bytes -> Algo A proto B";
    for (std::size_t length = 0; length <= line.size(); ++length) {
        EXPECT_LE(read_debug_log(line.substr(0, length)).size(), 5U);
        EXPECT_LE(read_debug_log(line.substr(length)).size(), 5U);
    }
}

}  // namespace
}  // namespace plumbline::nccl
