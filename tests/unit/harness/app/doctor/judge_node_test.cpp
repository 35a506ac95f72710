// SPDX-License-Identifier: Apache-2.0
#include "harness/app/doctor/judge_node.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace plumbline::app {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

NodeState healthy()
{
    NodeState state;
    state.program = "0.1.0";
    state.node.clock_source = "tsc";
    state.node.processors = 8;
    state.node.threads_per_core = 1;
    state.node.governors = {{"performance", 8}};
    state.node.locked_memory = ProcessLimit{};
    state.node.open_files = ProcessLimit{.soft = 1024, .hard = 524288};
    state.node.own_ports = std::pair(32768, 60999);
    state.node.rdma = {{.device = "mlx5_0",
                        .firmware = "28",
                        .board = "",
                        .state = "ACTIVE",
                        .rate = "400 Gb/sec",
                        .layer = "InfiniBand",
                        .place = {.path = "", .numa_node = 0}}};
    state.ranks = 8;
    state.world = 16;
    return state;
}

/// "breaks memlock" of each finding.
std::vector<std::string> findings(const NodeState& state)
{
    std::vector<std::string> found;
    for (const DoctorFinding& each : judge_node("node1", state).findings) {
        found.push_back(std::string(name(each.severity)) + " " + each.about);
        EXPECT_FALSE(each.problem.empty());
        EXPECT_FALSE(each.advice.empty());
    }
    return found;
}

TEST(JudgeNode, finds_nothing_on_a_healthy_node)
{
    EXPECT_THAT(findings(healthy()), IsEmpty());
}

struct Planted {
    const char* found;
    void (*plant)(NodeState&);
};
class JudgeNodePlanted : public ::testing::TestWithParam<Planted> {};

TEST_P(JudgeNodePlanted, is_found_alone)
{
    NodeState state = healthy();
    GetParam().plant(state);
    EXPECT_THAT(findings(state), ::testing::ElementsAre(GetParam().found));
}

INSTANTIATE_TEST_SUITE_P(
    Each, JudgeNodePlanted,
    ::testing::Values(
        Planted{"breaks memlock",
                [](NodeState& s) { s.node.locked_memory = ProcessLimit{.soft = 65536, .hard = 65536}; }},
        Planted{"breaks open files", [](NodeState& s) { s.node.open_files = ProcessLimit{.soft = 64, .hard = 64}; }},
        Planted{"note open files",
                [](NodeState& s) {
                    s.world = 12'288;
                    s.node.open_files = ProcessLimit{.soft = 1024, .hard = 4096};
                }},
        Planted{"breaks open files",
                [](NodeState& s) {
                    s.world = 12'288;
                    s.backend = "gloo";
                    s.node.open_files = ProcessLimit{.soft = 1024, .hard = 4096};
                }},
        Planted{"disturbs /dev/shm", [](NodeState& s) { s.node.limits.shm_bytes = 64U << 20U; }},
        Planted{"disturbs processor quota", [](NodeState& s) { s.node.limits.processors = 2; }},
        Planted{"breaks memory", [](NodeState& s) { s.node.limits.memory_bytes = 512U << 20U; }},
        Planted{"disturbs clock source", [](NodeState& s) { s.node.clock_source = "hpet"; }},
        Planted{"disturbs governor", [](NodeState& s) { s.node.governors = {{"powersave", 8}}; }},
        Planted{"note hyperthreads", [](NodeState& s) { s.node.threads_per_core = 2; }},
        Planted{"disturbs ports", [](NodeState& s) { s.node.own_ports = std::pair(50000, 50100); }},
        Planted{"breaks RDMA", [](NodeState& s) { s.node.rdma[0].state = "DOWN"; }},
        Planted{"note RDMA",
                [](NodeState& s) {
                    s.node.rdma.push_back(s.node.rdma[0]);
                    s.node.rdma[1].device = "mlx5_1";
                    s.node.rdma[1].state = "DOWN";
                }},
        Planted{"disturbs RDMA rates",
                [](NodeState& s) {
                    s.node.rdma.push_back(s.node.rdma[0]);
                    s.node.rdma[1].rate = "200 Gb/sec";
                }},
        Planted{"disturbs affinity",
                [](NodeState& s) {
                    s.node.accelerators = {
                        {.address = "0000:90:00.0", .model = "amd 0x74a1", .place = {.path = "", .numa_node = 1}}};
                }},
        Planted{"note GPUDirect",
                [](NodeState& s) {
                    s.node.accelerator_driver = "nvidia 550.54";
                    s.node.accelerators = {
                        {.address = "0000:10:00.0", .model = "nvidia 0x2330", .place = {.path = "", .numa_node = 0}}};
                }},
        Planted{"disturbs frequency limit", [](NodeState& s) { s.node.capped_processors = 3; }},
        Planted{"disturbs PCI",
                [](NodeState& s) { s.node.rdma[0].place.lanes = 8, s.node.rdma[0].place.most_lanes = 16; }},
        Planted{"breaks accelerators",
                [](NodeState& s) {
                    s.backend = "rccl";
                    s.node.accelerators.resize(
                        7, {.address = "0000:10:00.0", .model = "amd 0x74a1", .place = {.path = "", .numa_node = 0}});
                }},
        Planted{"breaks backend", [](NodeState& s) {
                    s.backend = "nccl";
                    s.backends = {{"nccl", "", "libnccl.so.2 can't be loaded"}, {"rccl", "", "nor that"}};
                }}));

TEST(JudgeNode, takes_locked_memory_for_a_fact_where_there_is_no_rdma)
{
    NodeState state = healthy();
    state.node.rdma.clear();
    state.node.locked_memory = ProcessLimit{.soft = 65536, .hard = 65536};
    EXPECT_THAT(findings(state), IsEmpty());
}

TEST(JudgeNode, tells_memory_as_bought_whatever_firmware_and_kernel_keep_for_themselves)
{
    constexpr std::uint64_t gib = std::uint64_t{1} << 30U;
    NodeState state = healthy();
    const auto memory = [&](std::uint64_t told) {
        state.node.memory_bytes = told;
        const auto facts = judge_node("node1", state).facts;
        return std::ranges::find(facts, std::string("memory"), &NodeFact::about)->value;
    };
    EXPECT_EQ(memory(503 * gib), "512 GiB");
    EXPECT_EQ(memory(503 * gib + gib / 2), "512 GiB");
    EXPECT_EQ(memory(512 * gib), "512 GiB");
    EXPECT_EQ(memory(377 * gib), "384 GiB");
}

TEST(NodeReport, travels_as_text)
{
    NodeState state = healthy();
    state.node.locked_memory = ProcessLimit{.soft = 65536, .hard = 65536};
    state.variables = {{"NCCL_IB_HCA", "a\tb\nc"}};
    state.libraries = {{"libnccl-net.so", "/opt", "libnccl-net.so.1", "0123abcd"}};
    const NodeReport report = judge_node("node1", state);
    auto back = decode_node_report(encode(report));
    ASSERT_TRUE(back);
    const auto variable = std::ranges::find(back->facts, std::string("variable NCCL_IB_HCA"), &NodeFact::about);
    ASSERT_NE(variable, back->facts.end());
    EXPECT_EQ(variable->value, "a b c");
    variable->value = "a\tb\nc";
    EXPECT_EQ(*back, report);
    EXPECT_FALSE(decode_node_report("fact\tworst\tx").has_value());
    EXPECT_FALSE(decode_node_report("").has_value());
}

}  // namespace
}  // namespace plumbline::app
