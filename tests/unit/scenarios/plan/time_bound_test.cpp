// SPDX-License-Identifier: Apache-2.0
#include "scenarios/plan/time_bound.hpp"

#include "scenarios/yaml/scenario.hpp"

#include <gtest/gtest.h>

namespace plumbline {
namespace {

constexpr LaunchRates rates{.call_s = 1e-3, .bytes_per_s = 1e6, .memory_bytes_per_s = 1e6, .measured = true};

Scenario scenario_of(const std::string& cases, const std::string& more = "")
{
    return parse_scenario("plumbline: 1\nname: t\nprobe: false\nscale: {ranks: [all]}\n" + more + "\ncases:\n" + cases,
                          "t.yaml");
}

Topology on_one_node(int ranks)
{
    return {.node_of_rank = std::vector<int>(static_cast<std::size_t>(ranks), 0)};
}

TEST(TimeBound, of_a_large_message_is_what_must_be_executed_and_verified)
{
    const Scenario read = scenario_of("  - {pattern: broadcast, bytes: 1000000}\n",
                                      "stop: {min_samples: 1, max_samples: 1, max_seconds: 1, warmup: 0}");
    const TimeBound bound = bound_time(make_plan(read, on_one_node(2)), read, rates);
    // Twice a call of 1 ms and twice 1 MB at 1 MB/s; 1 execution of warm-up, 1 for the batch, 6 to verify; a sample
    // takes a second more than the budget.
    constexpr double execution_s = 2 * 1e-3 + 2 * 1.0;
    EXPECT_DOUBLE_EQ(bound.sampling_s, 1 + 0.1 + execution_s);
    EXPECT_DOUBLE_EQ(bound.executions_s, (1 + 1 + 6) * execution_s + execution_s - 1);
    EXPECT_DOUBLE_EQ(bound.verifying_s, 2 * 4 * 1.0) << "made once, filled and checked three times";
    ASSERT_EQ(bound.of_ranks.size(), 1U);
    EXPECT_LT(bound.of_ranks.at(2), bound.total_s());
}

/// Executions alone of one round at `ranks`.
double executions_s(const std::string& entry, int ranks)
{
    const Scenario read = scenario_of(
        "  - " + entry + "\n", "verify: false\nstop: {min_samples: 1, max_samples: 1, max_seconds: 0.001, warmup: 1}");
    return bound_time(make_plan(read, on_one_node(ranks)), read, rates).executions_s;
}

TEST(TimeBound, of_many_ranks_counts_the_messages_that_follow_each_other)
{
    // A barrier is two trees at any scale, a pair is a pair.
    EXPECT_NEAR(executions_s("{pattern: barrier}", 16384) / executions_s("{pattern: barrier}", 1024), 1, 0.01);
    EXPECT_NEAR(
        executions_s("{pattern: pingpong, bytes: 8}", 16384) / executions_s("{pattern: pingpong, bytes: 8}", 16), 1,
        0.01);
    // 16,383 messages in turn, where a call among all has 14 rounds of them.
    const std::string exchange = "{pattern: alltoall, bytes: 65536}";
    constexpr double executions = 1 + 1 + 1;  // warm-up, its batch and a sample beyond the budget
    constexpr double bytes_s = 2 * 2 * 65536 / 1e6;
    EXPECT_NEAR(executions_s(exchange, 16384), executions * (2 * 16383.0 / 14 * 1e-3 + bytes_s), 0.01);
    EXPECT_NEAR(executions_s(exchange, 4), executions * (2 * 2 * 1e-3 + bytes_s), 0.01) << "half of the ranks";
}

TEST(TimeBound, counts_subsets_that_are_measured_at_once_as_one)
{
    Topology topology;
    for (int rank = 0; rank < 6; ++rank) {
        topology.node_of_rank.push_back(rank);
    }
    const auto bound_of = [&](const std::string& scale) {
        const Scenario read =
            parse_scenario("plumbline: 1\nname: t\nprobe: false\nscale: {ranks: [2], placement: spread, " + scale +
                               "}\ncases:\n  - {pattern: barrier}\n",
                           "t.yaml");
        return bound_time(make_plan(read, topology), read, rates).of_ranks.at(2);
    };
    EXPECT_DOUBLE_EQ(bound_of("subsets: 3, at_once: true"), bound_of("subsets: 1"));
    EXPECT_DOUBLE_EQ(bound_of("subsets: 3"), 3 * bound_of("subsets: 1"));
}

TEST(TimeBound, grows_with_rounds_and_is_told_for_each_scale)
{
    const std::string cases = "  - {pattern: barrier, scale: {ranks: [1, 2, 4]}}\n";
    const Scenario once = scenario_of(cases);
    const Scenario twice = scenario_of(cases, "rounds: 2");
    const TimeBound one = bound_time(make_plan(once, on_one_node(4)), once, rates);
    const TimeBound two = bound_time(make_plan(twice, on_one_node(4)), twice, rates);
    EXPECT_EQ(one.of_ranks.size(), 3U);
    EXPECT_GT(two.executions_s, one.executions_s);
    EXPECT_GE(two.sampling_s, one.sampling_s) << "two rounds share a budget";
}

TEST(TimeBound, without_verification_fills_and_checks_nothing)
{
    const std::string cases = "  - {pattern: allreduce, bytes: 1MiB}\n";
    const Scenario with = scenario_of(cases);
    const Scenario without = scenario_of(cases, "verify: false");
    EXPECT_LT(bound_time(make_plan(without, on_one_node(2)), without, rates).verifying_s,
              bound_time(make_plan(with, on_one_node(2)), with, rates).verifying_s);
}

TEST(TimeBound, of_a_workload_holds_its_compute)
{
    const Scenario read = scenario_of("  - {pattern: data_parallel, compute: 20ms, gradient_bytes: 1MiB}\n",
                                      "stop: {min_samples: 40, max_samples: 200, max_seconds: 6, warmup: 1}");
    const TimeBound bound = bound_time(make_plan(read, on_one_node(2)), read, rates);
    EXPECT_GE(bound.executions_s, (1 + 13 + 6) * 20e-3);
}

/// Whatever the budget: with the shortest one, a probe still does what it does before it looks at the time.
double beyond_budget_of(const std::string& entry, int ranks, const std::string& more = "")
{
    const Scenario read = scenario_of("  - " + entry + "\n",
                                      "stop: {min_samples: 1, max_samples: 1, max_seconds: 0.001, warmup: 0}\n" + more);
    return bound_time(make_plan(read, on_one_node(ranks)), read, rates).executions_s;
}

TEST(TimeBound, of_probes_holds_what_they_do_whatever_the_budget)
{
    constexpr double call_s = 1e-3;  // the least that an execution takes here
    // 8 ranks: at least log2(8) + 2 steps of 2,001 repetitions.
    EXPECT_GE(beyond_budget_of("{pattern: bisect, bytes: 8, repetitions: 2000}", 8), 5 * 2001 * call_s);
    EXPECT_LE(beyond_budget_of("{pattern: bisect, bytes: 8, repetitions: 15}", 8), 5 * 2001 * call_s);
    // Each split calibrates 4 times, and has 4 samples alone and 4 beside aggressors.
    EXPECT_GE(beyond_budget_of("{pattern: congestion, victim: allreduce, bytes: 8, splits: 500}", 8),
              500 * 12 * call_s);
    // Four pieces of work of 10 s after the first pass.
    EXPECT_GE(beyond_budget_of("{pattern: links, bytes: 8, compute: 10s}", 8), 40.0);
}

TEST(TimeBound, of_stated_batches_holds_their_executions)
{
    // 40 samples of 1,000 executions, and the warm-up in batches too.
    const std::string keys = "stop: {min_samples: 40, max_samples: 40, max_seconds: 0.001, warmup: 3}\nbatch: 1000";
    const Scenario read = scenario_of("  - {pattern: broadcast, bytes: 8}\n", keys);
    EXPECT_GE(bound_time(make_plan(read, on_one_node(2)), read, rates).executions_s, 43 * 1000 * 1e-3);
}

TEST(MemoryBound, is_the_largest_buffers_and_the_samples_of_all_ranks)
{
    const Scenario read = scenario_of("  - {pattern: allreduce, bytes: [1024, 4096]}\n",
                                      "stop: {min_samples: 10, max_samples: 90, warmup: 10}");
    const MemoryBound bound = bound_memory(make_plan(read, on_one_node(2)), read, rates);
    EXPECT_EQ(bound.buffers, 8192U);
    EXPECT_EQ(bound.samples, 100U * 64 * 2);
    EXPECT_EQ(bound.program, 0U) << "not known";
}

TEST(MemoryBound, holds_what_libraries_on_hosts_take_for_reductions_and_along_trees)
{
    const auto library = [](const std::string& pattern, const std::string& backend) {
        const Scenario read = scenario_of("  - {pattern: " + pattern + ", bytes: 4096}\n", "backend: " + backend);
        return bound_memory(make_plan(read, on_one_node(4)), read, rates).library;
    };
    EXPECT_EQ(library("allreduce", "mpi"), 2 * 4096U);
    EXPECT_EQ(library("gather", "gloo"), 4096U);
    EXPECT_EQ(library("broadcast", "mpi"), 0U);
    EXPECT_EQ(library("allreduce", "nccl"), 0U) << "its buffers are the device's";
}

TEST(MemoryBound, is_told_for_each_scale_and_holds_the_program)
{
    const Scenario read = scenario_of("  - {pattern: allreduce, bytes: 4096, scale: {ranks: [2, 4]}}\n",
                                      "stop: {min_samples: 10, max_samples: 90, warmup: 10}");
    LaunchRates with_program = rates;
    with_program.program_bytes = 1000000;
    const MemoryBound bound = bound_memory(make_plan(read, on_one_node(4)), read, with_program);
    EXPECT_EQ(bound.total(), 1000000U + 8192 + 8192 + 100 * 64 * 4);
    ASSERT_EQ(bound.of_ranks.size(), 2U);
    EXPECT_EQ(bound.of_ranks.at(2), 1000000U + 8192 + 8192 + 100 * 64 * 2);
    EXPECT_EQ(bound.of_ranks.at(4), bound.total());
}

TEST(TimeBound, of_a_chain_holds_all_its_executions_and_what_mpi_receives_them_into)
{
    const std::string keys = "stop: {min_samples: 10, max_samples: 90, max_seconds: 0.001, warmup: 3}";
    const Scenario one_by_one = scenario_of("  - {pattern: allreduce, bytes: 4096}\n", keys);
    const Scenario chained = scenario_of("  - {pattern: allreduce, bytes: 4096, timing: {chained: 20}}\n", keys);
    const Scenario on_a_stream =
        scenario_of("  - {pattern: allreduce, bytes: 4096, timing: {chained: 20}}\n", keys + "\nbackend: nccl");
    const auto buffers = [](const Scenario& s) { return bound_memory(make_plan(s, on_one_node(2)), s, rates).buffers; };
    const auto executions_s = [](const Scenario& s) {
        return bound_time(make_plan(s, on_one_node(2)), s, rates).executions_s;
    };
    EXPECT_EQ(buffers(one_by_one), 2 * 4096U);
    EXPECT_EQ(buffers(chained), 20 * 2 * 4096U);
    EXPECT_EQ(buffers(on_a_stream), 2 * 4096U);
    EXPECT_GT(executions_s(chained), 19 * executions_s(one_by_one));
}

}  // namespace
}  // namespace plumbline
