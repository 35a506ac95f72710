// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/sim/sim_backend.hpp"

#include "collectives/backends/sim/cost_model.hpp"
#include "collectives/workloads/catalogue.hpp"
#include "collectives/workloads/executor.hpp"
#include "tests/support/self_communicator.hpp"
#include "tests/support/simulated_ranks.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <memory>
#include <numeric>
#include <vector>

namespace plumbline::sim {
namespace {

using test::buffer_with;
using test::call_of;
using test::compute;
using test::content;
using test::eager;
using test::execute;
using test::message;
using test::on_each_rank;
using test::PreparedCall;
using test::rendezvous;
using testing::AllOf;
using testing::Each;
using testing::Ge;
using testing::HasSubstr;
using testing::Pair;
using Rank = test::SimulatedRank;

struct StepTimes {
    double step_s = 0;
    std::vector<double> compute_s;
};

StepTimes run_workload(const Cluster& cluster, int ranks, const std::function<Program(int)>& program_of)
{
    StepTimes result{.compute_s = std::vector<double>(static_cast<std::size_t>(ranks))};
    const auto times_s = on_each_rank(cluster, ranks, [&](const Rank& me) {
        WorkloadOperation step(me.group, me.backend.clock(), program_of(me.rank));
        execute(step);
        result.compute_s[static_cast<std::size_t>(me.rank)] = step.shares().of(TimeCategory::compute);
        return me.now_s();
    });
    result.step_s = std::ranges::max(times_s);
    return result;
}

PipelineSpec pipeline_of(PipelineSchedule schedule, int microbatches, std::uint64_t activation_bytes)
{
    return {.schedule = schedule,
            .microbatches = microbatches,
            .activation_bytes = activation_bytes,
            .forward_s = 0.010,
            .backward_s = 0.020};
}

StepTimes run_pipeline(const Cluster& cluster, const PipelineSpec& spec, int stages)
{
    return run_workload(cluster, stages, [&](int stage) { return pipeline_program(spec, stage, stages); });
}

constexpr auto schedules = {PipelineSchedule::gpipe, PipelineSchedule::one_f_one_b};

TEST(SimPipeline, without_communication_cost_the_step_is_the_closed_form)
{
    const Cluster free{.latency_s = 0, .bandwidth_bytes_per_s = 1e300};
    for (const PipelineSchedule schedule : schedules) {
        for (const auto& [microbatches, expected_s] : {std::pair{8, 0.45}, std::pair{32, 1.17}, std::pair{48, 1.65}}) {
            const StepTimes times = run_pipeline(free, pipeline_of(schedule, microbatches, 1000), 8);
            EXPECT_NEAR(times.step_s, expected_s, 1e-12 * expected_s) << name(schedule) << microbatches;
            for (const double compute_s : times.compute_s) {
                EXPECT_NEAR(compute_s, 0.030 * microbatches, 1e-12);
            }
        }
    }
}

/// Communication that blocking receives expose, in messages of c = alpha + bytes beta, under rendezvous.
///
/// A stage takes a message only when it has nothing else to do, so each forward occupies a stage for tf + c and each
/// backward for tb + c. GPipe: the last stage has its m forwards after (p-1)(tf+c) + tf + (m-1)(tf+c), hence m+p-2
/// messages; the backwards mirror that. 1F1B with three stages or more: the same, but where the last stage turns round,
/// its second activation travels beside the first gradient (none with m = 1). Two stages: every activation but the
/// first travels beside a gradient, m + 1 messages in all.
int exposed_messages(PipelineSchedule schedule, int microbatches, int stages)
{
    if (stages == 1) {
        return 0;
    }
    if (schedule == PipelineSchedule::one_f_one_b && stages == 2) {
        return microbatches + 1;
    }
    const int saved = schedule == PipelineSchedule::one_f_one_b && microbatches > 1 ? 1 : 0;
    return 2 * (microbatches + stages - 2) - saved;
}

TEST(SimPipeline, blocking_rendezvous_exposes_the_closed_form)
{
    const double c_s = 2.0153e-3;
    const Cluster cluster{.latency_s = 2e-6, .bandwidth_bytes_per_s = 1000 / (c_s - 2e-6), .rendezvous = true};
    for (const PipelineSchedule schedule : schedules) {
        for (const int stages : {1, 2, 3, 5, 8}) {
            for (const int microbatches : {1, 2, 3, 7, 8, 48}) {
                const PipelineSpec spec = pipeline_of(schedule, microbatches, 1000);
                const double expected_s =
                    ideal_pipeline_step_s(spec, stages) + exposed_messages(schedule, microbatches, stages) * c_s;
                EXPECT_NEAR(run_pipeline(cluster, spec, stages).step_s, expected_s, 1e-12 * expected_s)
                    << name(schedule) << " stages " << stages << " micro-batches " << microbatches;
            }
        }
    }
}

TEST(SimPipeline, exposes_108_and_107_messages_at_8_stages_and_48_micro_batches)
{
    // As measured with an independent simulator: 1.8676 s and 1.8656 s.
    EXPECT_EQ(exposed_messages(PipelineSchedule::gpipe, 48, 8), 108);
    EXPECT_EQ(exposed_messages(PipelineSchedule::one_f_one_b, 48, 8), 107);
    const Cluster cluster{.latency_s = 2e-6, .bandwidth_bytes_per_s = 25e9 / 1024, .rendezvous = true};
    constexpr std::uint64_t bytes = 49152;  // 48 MiB at 25 GB/s, both scaled by 1024
    EXPECT_NEAR(run_pipeline(cluster, pipeline_of(PipelineSchedule::gpipe, 48, bytes), 8).step_s, 1.8676, 1e-4);
    EXPECT_NEAR(run_pipeline(cluster, pipeline_of(PipelineSchedule::one_f_one_b, 48, bytes), 8).step_s, 1.8656, 1e-4);
}

TEST(SimPipeline, eager_gpipe_exposes_only_filling_and_draining)
{
    const double c_s = 2e-3;
    const Cluster cluster{.latency_s = 1e-3, .bandwidth_bytes_per_s = 1e6};
    for (const int stages : {2, 3, 8}) {
        for (const int microbatches : {1, 2, 8, 48}) {
            const PipelineSpec spec = pipeline_of(PipelineSchedule::gpipe, microbatches, 1000);
            const double expected_s = ideal_pipeline_step_s(spec, stages) + 2 * (stages - 1) * c_s;
            EXPECT_NEAR(run_pipeline(cluster, spec, stages).step_s, expected_s, 1e-12 * expected_s);
        }
    }
}

TEST(SimDataParallel, step_is_compute_plus_a_ring_allreduce)
{
    const Cluster cluster{.latency_s = 1e-5, .bandwidth_bytes_per_s = 1e9};
    const DataParallelSpec spec{.compute_s = 0.1, .gradient_bytes = 1'000'000};
    for (const int ranks : {1, 2, 3, 8}) {
        const StepTimes times = run_workload(cluster, ranks, [&](int) { return data_parallel_program(spec, ranks); });
        const double expected_s = 0.1 + 2 * (ranks - 1) * 1e-5 + 2.0 * (ranks - 1) / ranks * 1e-3;
        EXPECT_NEAR(times.step_s, expected_s, 1e-12 * expected_s) << ranks;
        EXPECT_THAT(times.compute_s, Each(0.1));
    }
}

TEST(Workload, can_be_repeated_and_counts_the_compute_of_the_last_execution)
{
    on_each_rank(eager, 3, [](const Rank& me) {
        const PipelineSpec spec = pipeline_of(PipelineSchedule::one_f_one_b, 4, 10);
        WorkloadOperation step(me.group, me.backend.clock(), pipeline_program(spec, me.rank, 3));
        double first_s = 0;
        for (int turn = 0; turn < 3; ++turn) {
            me.group.synchronize();
            const double begin_s = me.now_s();
            execute(step);
            const double took_s = me.now_s() - begin_s;
            first_s = turn == 0 ? took_s : first_s;
            EXPECT_NEAR(took_s, first_s, 1e-12);
            EXPECT_NEAR(step.shares().of(TimeCategory::compute), 0.12, 1e-12);
        }
        return 0.0;
    });
}

TEST(Workload, without_a_final_wait_finish_waits_for_the_sends)
{
    const auto times_s = on_each_rank(eager, 2, [](const Rank& me) {
        Program program;
        program.steps = {
            {.kind = me.rank == 0 ? Step::Kind::send : Step::Kind::receive, .peer = 1 - me.rank, .bytes = 1000}};
        WorkloadOperation step(me.group, me.backend.clock(), program);
        step.start();
        EXPECT_EQ(me.now_s(), me.rank == 0 ? 0 : 1.25);
        step.finish();
        return me.now_s();
    });
    EXPECT_THAT(times_s, testing::ElementsAre(1, 1.25));
}

// ------------------------------------------------------------------------------------- noise and slow ranks

/// The times of a mixed load, as multiples of its cost.
std::vector<double> noisy_times(double noise, std::uint64_t seed, int executions = 40)
{
    const Cluster cluster{.latency_s = 1, .bandwidth_bytes_per_s = 1000, .noise = noise, .seed = seed};
    std::vector<double> times;
    on_each_rank(cluster, 2, [&](const Rank& me) {
        const PreparedCall barrier(me, call_of(Collective::barrier, 0));
        for (int i = 0; i < executions; ++i) {
            const double begin_s = me.now_s();
            barrier.execute();
            if (me.rank == 0) {
                times.push_back((me.now_s() - begin_s) / 2);
            }
        }
        return 0.0;
    });
    return times;
}

TEST(SimNoise, same_seed_same_times_other_seed_other_times)
{
    EXPECT_EQ(noisy_times(0.1, 5), noisy_times(0.1, 5));
    const auto one = noisy_times(0.1, 5);
    const auto other = noisy_times(0.1, 6);
    for (std::size_t i = 0; i < one.size(); ++i) {
        EXPECT_NE(one[i], other[i]);
    }
}

TEST(SimNoise, only_adds_and_has_the_mean_of_a_half_normal)
{
    const auto times = noisy_times(0.1, 1, 4000);
    EXPECT_THAT(times, Each(Ge(1.0 - 1e-9)));
    const double mean = std::accumulate(times.begin(), times.end(), 0.0) / 4000;
    // E|N| = sqrt(2/pi) = 0.7979; its mean over 4000 has a standard error of 0.0095.
    EXPECT_NEAR((mean - 1) / 0.1, 0.7979, 0.04);
}

TEST(SimNoise, touches_compute_and_messages_too_and_the_order_of_ranks_does_not_show)
{
    Cluster cluster{.latency_s = 1e-3, .bandwidth_bytes_per_s = 1e6, .noise = 0.2, .seed = 3};
    const PipelineSpec spec = pipeline_of(PipelineSchedule::one_f_one_b, 12, 1000);
    for (const bool with_rendezvous : {false, true}) {
        cluster.rendezvous = with_rendezvous;
        const StepTimes first = run_pipeline(cluster, spec, 6);
        EXPECT_GT(first.step_s, ideal_pipeline_step_s(spec, 6));
        EXPECT_THAT(first.compute_s, Each(testing::Gt(0.030 * 12)));
        for (int repetition = 0; repetition < 10; ++repetition) {
            const StepTimes again = run_pipeline(cluster, spec, 6);
            EXPECT_EQ(again.step_s, first.step_s);
            EXPECT_EQ(again.compute_s, first.compute_s);
        }
    }
}

TEST(SimSlowRank, slows_its_compute_and_every_exchange_it_is_part_of)
{
    Cluster cluster = eager;
    cluster.slow_ranks = {{2, 3.0}};
    const auto times_s = on_each_rank(cluster, 4, [](const Rank& me) {
        std::vector<double> marks{me.now_s()};
        const auto mark = [&] {
            me.group.synchronize();
            marks.push_back(me.now_s());
            return marks.back() - marks[marks.size() - 2];
        };
        compute(me, 1);
        EXPECT_EQ(me.now_s(), me.rank == 2 ? 3 : 1);
        EXPECT_EQ(mark(), 3);
        PreparedCall(me, call_of(Collective::barrier, 0)).execute();
        EXPECT_EQ(mark(), 3 * 4 * 0.25);
        PreparedCall(me, call_of(Collective::pingpong, 250)).execute();
        EXPECT_EQ(me.now_s() - marks.back(), (me.rank < 2 ? 1 : 3) * 2 * 1.25);
        EXPECT_EQ(mark(), 3 * 2 * 1.25);
        const auto buffer = me.group.allocate(1000);
        execute(me.rank % 2 == 0 ? *me.group.prepare_send(me.rank + 1, 0, *buffer, 1000)
                                 : *me.group.prepare_receive(me.rank - 1, 0, *buffer, 1000));
        EXPECT_EQ(mark(), 3 * 1.25);
        return me.now_s();
    });
    EXPECT_THAT(times_s, Each(3 + 3 + 7.5 + 3.75));
}

TEST(SimBackend, facts_say_what_was_simulated)
{
    const Cluster cluster{.latency_s = 2e-6,
                          .bandwidth_bytes_per_s = 25e9,
                          .noise = 0.05,
                          .seed = 42,
                          .rendezvous = true,
                          .slow_ranks = {{3, 2.5}}};
    const SimBackend backend(make_fabric(cluster, 4), 0);
    EXPECT_THAT(backend.info().facts,
                testing::ElementsAre(
                    Pair("library", "simulated alpha-beta cluster"), Pair("latency (alpha)", HasSubstr("2")),
                    Pair("link bandwidth (1/beta)", HasSubstr("25")), Pair("messages", "rendezvous"),
                    Pair("noise", HasSubstr("0.05")), Pair("noise seed", "42"), Pair("slow rank 3", HasSubstr("2.5"))));
    EXPECT_EQ(backend.info().kind, LibraryKind::simulated);
}

}  // namespace
}  // namespace plumbline::sim
