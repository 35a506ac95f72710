// SPDX-License-Identifier: Apache-2.0
#include "collectives/workloads/executor.hpp"
#include "collectives/workloads/catalogue.hpp"

#include "collectives/backends/sim/cost_model.hpp"
#include "collectives/backends/sim/sim_backend.hpp"
#include "tests/support/simulated_workload.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <map>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using sim::Cluster;
using test::bandwidth;
using test::cost;
using test::Outcome;
using test::run;
using test::wires;

// ------------------------------------------------------------------------------------------------ data parallel

DataParallelSpec equal_buckets(int count, std::uint64_t bytes, double backward_s)
{
    DataParallelSpec spec;
    spec.forward_s = 0.01;
    spec.backward_s = backward_s * count;
    spec.buckets.assign(static_cast<std::size_t>(count), bytes);
    spec.gradient_bytes = bytes * static_cast<std::uint64_t>(count);
    spec.slice_s = 1e-3;
    return spec;
}

TEST(DataParallel, of_overlapped_buckets_the_last_is_exposed_or_all_that_pile_up)
{
    constexpr std::uint64_t bytes = 4'000'000;
    for (const int ranks : {2, 3, 8}) {
        const double c = cost(Collective::allreduce, ranks, bytes);
        for (const double b : {c / 4, c, 3 * c}) {
            for (const int buckets : {1, 2, 5}) {
                const Outcome got = run(wires, equal_buckets(buckets, bytes, b), ranks);
                // One server, first come first served.
                const double exposed = c <= b ? c : c + (buckets - 1) * (c - b);
                EXPECT_NEAR(got.step_s, 0.01 + buckets * b + exposed, 1e-9) << ranks << " ranks, " << buckets;
                for (const StepShares& rank : got.of_rank) {
                    EXPECT_NEAR(rank.of(TimeCategory::data), exposed, 1e-9);
                    EXPECT_NEAR(rank.in_flight_s, buckets * c, 1e-9);
                    EXPECT_NEAR(rank.of(TimeCategory::compute), 0.01 + buckets * b, 1e-9);
                }
            }
        }
    }
}

TEST(DataParallel, queue_of_unequal_buckets_is_served_in_order)
{
    DataParallelSpec spec = equal_buckets(1, 1, 0);
    spec.buckets = {1'000'000, 8'000'000, 2'000'000};
    spec.gradient_bytes = 11'000'000;
    spec.backward_s = 0.011;
    std::vector<double> ready{0.001, 0.009, 0.011};
    std::vector<double> costs;
    for (const std::uint64_t bytes : spec.buckets) {
        costs.push_back(cost(Collective::allreduce, 4, static_cast<double>(bytes)));
    }
    EXPECT_NEAR(run(wires, spec, 4).step_s, 0.01 + queue_finish_s(ready, costs), 1e-9);
}

TEST(DataParallel, zero_1_and_2_gather_the_parameters_where_nothing_hides_them)
{
    constexpr std::uint64_t bytes = 4'000'000;
    const double rs = cost(Collective::reduce_scatter, 4, bytes);
    const double ag = cost(Collective::allgather, 4, bytes);
    for (const Sharding sharding : {Sharding::zero1, Sharding::zero2}) {
        DataParallelSpec spec = equal_buckets(3, bytes, 2 * rs);
        spec.sharding = sharding;
        EXPECT_NEAR(run(wires, spec, 4).step_s, 0.01 + 6 * rs + rs + 3 * ag, 1e-9);
    }
}

TEST(DataParallel, zero_3_exposes_everything_without_prefetch_and_the_ends_with_it)
{
    constexpr std::uint64_t bytes = 4'000'000;
    const double rs = cost(Collective::reduce_scatter, 4, bytes);
    const double ag = cost(Collective::allgather, 4, bytes);
    DataParallelSpec spec = equal_buckets(3, bytes, 2 * (rs + ag));
    spec.sharding = Sharding::zero3;
    spec.forward_s = 6 * ag;
    const double compute = spec.forward_s + spec.backward_s;
    spec.prefetch = 0;
    EXPECT_NEAR(run(wires, spec, 4).step_s, compute + 6 * ag + 3 * rs, 1e-9);
    spec.prefetch = 1;
    EXPECT_NEAR(run(wires, spec, 4).step_s, compute + 2 * ag + rs, 1e-9);
}

TEST(DataParallel, buckets_cover_the_gradient_with_a_small_first_one)
{
    DataParallelSpec spec;
    spec.gradient_bytes = 100ULL << 20U;
    const auto sizes = bucket_sizes(spec);
    EXPECT_EQ(sizes.front(), 1U << 20U);
    EXPECT_EQ(sizes.at(1), 25U << 20U);
    EXPECT_EQ(std::accumulate(sizes.begin(), sizes.end(), std::uint64_t{0}), spec.gradient_bytes);
    EXPECT_EQ(sizes.back(), (100U - 1 - 75) << 20U);
}

TEST(DataParallel, on_one_rank_only_computes)
{
    const Outcome got = run(wires, equal_buckets(3, 1000, 0.01), 1);
    EXPECT_NEAR(got.step_s, 0.04, 1e-12);
    EXPECT_EQ(got.of_rank.front().in_flight_s, 0);
}

// ------------------------------------------------------------------------------------------------ pipelines

PipelineSpec pipeline_of(PipelineSchedule schedule, int microbatches, int chunks = 1)
{
    PipelineSpec spec;
    spec.schedule = schedule;
    spec.microbatches = microbatches;
    spec.activation_bytes = 1000;
    spec.forward_s = 0.010;
    spec.backward_s = 0.024;
    spec.chunks = chunks;
    spec.weight_s = schedule == PipelineSchedule::zb_h1 ? 0.011 : 0;
    return spec;
}

TEST(Pipeline, interleaved_chunks_divide_the_bubble)
{
    const Cluster free{.latency_s = 0, .bandwidth_bytes_per_s = 1e300};
    for (const int stages : {1, 2, 4}) {
        for (const int chunks : {2, 3, 6}) {
            for (const int groups : {1, 3}) {
                const PipelineSpec spec = pipeline_of(PipelineSchedule::interleaved, groups * stages, chunks);
                const double expected = (groups * stages + (stages - 1.0) / chunks) * 0.034;
                EXPECT_NEAR(ideal_pipeline_step_s(spec, stages), expected, 1e-12);
                EXPECT_NEAR(run(free, spec, stages).step_s, expected, 1e-9) << stages << " " << chunks;
                const double bubble = (stages - 1.0) / chunks;
                EXPECT_NEAR(ideal_bubble_fraction(spec, stages).value_or(-1), bubble / (groups * stages + bubble),
                            1e-12);
            }
        }
    }
}

TEST(Pipeline, zero_bubble_h1_fills_the_bubble_with_weight_gradients)
{
    const Cluster free{.latency_s = 0, .bandwidth_bytes_per_s = 1e300};
    for (const int stages : {1, 2, 3, 8}) {
        for (const int microbatches : {stages, 2 * stages, 3 * stages + 1}) {
            for (const double weight_s : {0.004, 0.010, 0.011, 0.0135, 0.0205}) {
                PipelineSpec spec = pipeline_of(PipelineSchedule::zb_h1, microbatches);
                spec.weight_s = weight_s;
                // (p-1)(TF + TB - TW) beside the work; of a TW longer than TF or TB only the shorter of these fits.
                const double input_s = 0.024 - weight_s;
                const double gap = 0.010 + input_s - std::min({weight_s, 0.010, input_s});
                const double expected = microbatches * 0.034 + (stages - 1) * gap;
                EXPECT_NEAR(run(free, spec, stages).step_s, expected, 1e-9) << stages << " " << microbatches;
                EXPECT_NEAR(ideal_bubble_fraction(spec, stages).value_or(-1), 1 - microbatches * 0.034 / expected,
                            1e-12);
            }
        }
    }
    EXPECT_EQ(ideal_bubble_fraction(pipeline_of(PipelineSchedule::zb_h1, 2), 3), std::nullopt);
    // Worked by hand: 8 x 3 s of work, and (4-1)(1 + 0.9 - 0.9) s of which no weight gradient hides any.
    const PipelineSpec long_weight{
        .schedule = PipelineSchedule::zb_h1, .microbatches = 8, .forward_s = 1, .backward_s = 2, .weight_s = 1.1};
    EXPECT_NEAR(ideal_pipeline_step_s(long_weight, 4), 27, 1e-9);
    EXPECT_NEAR(run(free, long_weight, 4).step_s, 27, 1e-9);
}

TEST(Pipeline, overlapped_transfers_leave_only_filling_and_draining_exposed)
{
    const double c = 2e-3;
    const Cluster slow{.latency_s = 0, .bandwidth_bytes_per_s = 1000 / c, .rendezvous = true};
    PipelineSpec spec = pipeline_of(PipelineSchedule::gpipe, 8);
    const double exposed = run(slow, spec, 4).step_s - ideal_pipeline_step_s(spec, 4);
    EXPECT_NEAR(exposed, 2 * (8 + 4 - 2) * c, 1e-9);
    spec.transfers = Transfers::overlapped;
    EXPECT_NEAR(run(slow, spec, 4).step_s - ideal_pipeline_step_s(spec, 4), 2 * 3 * c, 1e-9);
}

TEST(Pipeline, interleaved_needs_whole_groups_of_micro_batches)
{
    const auto why = why_impossible(pipeline_of(PipelineSchedule::interleaved, 10, 2), 4);
    EXPECT_THAT(why, testing::HasSubstr("10 micro-batches are not a multiple of the 4 stages"));
    EXPECT_THAT(why, testing::HasSubstr("8 and 12"));
    EXPECT_EQ(why_impossible(pipeline_of(PipelineSchedule::interleaved, 8, 2), 4), "");
}

TEST(Pipeline, of_more_pieces_of_work_than_can_be_counted_is_refused)
{
    const auto why = why_impossible(pipeline_of(PipelineSchedule::interleaved, 65536, 65536), 4);
    EXPECT_THAT(why, testing::HasSubstr("65536 micro-batches of 65536 chunks on 4 stages are too many"));
    EXPECT_THAT(why_impossible(pipeline_of(PipelineSchedule::gpipe, 2'000'000), 4), testing::HasSubstr("too many"));
    EXPECT_EQ(why_impossible(pipeline_of(PipelineSchedule::gpipe, 1'000'000), 4), "");
}

// ------------------------------------------------------------------------------------------------ tensor parallel

TEST(TensorParallel, exchanges_four_times_a_layer)
{
    TensorParallelSpec spec;
    spec.layers = 3;
    spec.activation_bytes = 800'000;
    spec.forward_s = 0.01;
    spec.backward_s = 0.02;
    const double ar = cost(Collective::allreduce, 4, 800'000);
    const Outcome plain = run(wires, spec, 4);
    EXPECT_NEAR(plain.step_s, 3 * (0.03 + 4 * ar), 1e-9);
    EXPECT_NEAR(plain.of_rank[2].of(TimeCategory::tensor), 12 * ar, 1e-9);
    spec.sequence_parallel = true;
    const double both = cost(Collective::allgather, 4, 800'000) + cost(Collective::reduce_scatter, 4, 800'000);
    EXPECT_NEAR(run(wires, spec, 4).step_s, 3 * (0.03 + 4 * both), 1e-9);
    EXPECT_NEAR(run(wires, spec, 1).step_s, 3 * 0.03, 1e-12);
}

TEST(Decode, is_a_chain_of_small_allreduces)
{
    DecodeSpec spec;
    spec.layers = 5;
    spec.tokens = 7;
    spec.activation_bytes = 32768;
    spec.layer_s = 1e-4;
    EXPECT_NEAR(run(wires, spec, 8).step_s, 7 * 5 * (1e-4 + 2 * cost(Collective::allreduce, 8, 32768)), 1e-9);
    spec.layer_s = 0;
    EXPECT_NEAR(run(wires, spec, 8).step_s, 7 * 5 * 2 * cost(Collective::allreduce, 8, 32768), 1e-9);
}

// ------------------------------------------------------------------------------------------------ experts

ExpertParallelSpec experts_of(SkewKind skew, double factor)
{
    ExpertParallelSpec spec;
    spec.tokens = 512;
    spec.hidden = 16;
    spec.top_k = 4;
    spec.experts = 16;
    spec.skew = skew;
    spec.skew_factor = factor;
    spec.skew_seed = 3;
    return spec;
}

TEST(ExpertParallel, even_routing_moves_tokens_times_hidden_times_k_there_and_back)
{
    const ExpertParallelSpec spec = experts_of(SkewKind::uniform, 1);
    const double bytes = 512.0 * 16 * 4 * 2;
    EXPECT_EQ(expert_total_bytes(spec, 8), static_cast<std::uint64_t>(2 * bytes));
    EXPECT_NEAR(run(wires, spec, 8).step_s, 2 * cost(Collective::alltoallv, 8, bytes), 1e-9);
    EXPECT_DOUBLE_EQ(closed_forms(spec, 8).at("skew_factor"), 1);
}

TEST(ExpertParallel, a_skew_factor_of_f_takes_f_times_as_long_on_a_crossbar)
{
    const Cluster no_latency{.latency_s = 0, .bandwidth_bytes_per_s = bandwidth};
    const double even_s = run(no_latency, experts_of(SkewKind::uniform, 1), 8).step_s;
    for (const auto& [skew, factor] : {std::pair{SkewKind::zipf, 1.0}, std::pair{SkewKind::hot, 5.0}}) {
        const ExpertParallelSpec spec = experts_of(skew, factor);
        const double f = closed_forms(spec, 8).at("skew_factor");
        EXPECT_GT(f, 1.2);
        EXPECT_NEAR(run(no_latency, spec, 8).step_s / even_s, f, 0.02 * f);
    }
}

TEST(ExpertParallel, what_one_rank_sends_another_receives)
{
    for (const SkewKind skew : {SkewKind::uniform, SkewKind::random, SkewKind::zipf, SkewKind::hot}) {
        const TokenRouting routing(experts_of(skew, 2), 4);
        for (int sender = 0; sender < 4; ++sender) {
            for (int receiver = 0; receiver < 4; ++receiver) {
                EXPECT_EQ(routing.row(sender)[static_cast<std::size_t>(receiver)],
                          routing.column(receiver)[static_cast<std::size_t>(sender)]);
            }
        }
    }
}

TEST(ExpertParallel, refuses_experts_that_do_not_divide_and_a_routing_of_another_shape)
{
    EXPECT_THAT(why_impossible(experts_of(SkewKind::uniform, 1), 6), testing::HasSubstr("12 and 18"));
    ExpertParallelSpec table = experts_of(SkewKind::matrix, 1);
    table.routing_path = "routing.txt";
    table.routing = {1, 2, 3, 4};
    EXPECT_EQ(why_impossible(table, 2), "");
    EXPECT_THAT(
        why_impossible(table, 3),
        testing::HasSubstr("routing.txt has 4 entries, which is not a table of 3 x 3 ranks. Write 9 entries, or "
                           "run it on 2 ranks"));
    EXPECT_EQ(TokenRouting(table, 2).bottleneck(), 7U);
}

}  // namespace
}  // namespace plumbline
