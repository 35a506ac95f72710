// SPDX-License-Identifier: Apache-2.0
#include "collectives/workloads/training_step.hpp"

#include "collectives/backends/sim/cost_model.hpp"
#include "collectives/workloads/catalogue.hpp"
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
using test::alpha;
using test::bandwidth;
using test::cost;
using test::Outcome;
using test::run;
using test::wires;

TrainingStepSpec small_step()
{
    TrainingStepSpec spec;
    spec.model = {.layers = 8, .hidden = 64, .heads = 8, .sequence = 32, .vocabulary = 128};
    spec.tensor = 2;
    spec.pipeline = 2;
    spec.schedule = PipelineSchedule::gpipe;
    spec.batch_per_replica = 6;
    spec.compute_flops = 1e9;
    spec.peak_flops = 2e9;
    return spec;
}

TEST(RankGrid, places_and_ranks_are_inverse_and_subgroups_split_the_ranks)
{
    for (const GridOrder order : all_grid_orders) {
        const RankGrid grid{.tensor = 2, .pipeline = 3, .data = 4, .order = order};
        std::map<std::vector<int>, int> tensor_subgroups;
        std::map<std::vector<int>, int> data_subgroups;
        for (int rank = 0; rank < grid.ranks(); ++rank) {
            const GridPlace place = grid.place(rank);
            EXPECT_EQ(grid.rank(place), rank);
            EXPECT_THAT(grid.tensor_subgroup(place), testing::Contains(rank));
            EXPECT_THAT(grid.expert_subgroup(place, 2), testing::Contains(rank));
            EXPECT_THAT(grid.same_experts_subgroup(place, 2),
                        testing::AllOf(testing::Contains(rank), testing::SizeIs(2)));
            ++tensor_subgroups[grid.tensor_subgroup(place)];
            ++data_subgroups[grid.data_subgroup(place)];
        }
        EXPECT_EQ(tensor_subgroups.size(), 12U);
        EXPECT_THAT(tensor_subgroups, testing::Each(testing::Pair(testing::_, 2)));
        EXPECT_EQ(data_subgroups.size(), 6U);
        EXPECT_THAT(data_subgroups, testing::Each(testing::Pair(testing::_, 4)));
    }
    // Tensor parallelism has the closest neighbours in any order.
    EXPECT_EQ((RankGrid{.tensor = 4, .pipeline = 2, .data = 2}.tensor_subgroup({})), (std::vector{0, 1, 2, 3}));
}

TEST(TrainingStep, of_gpipe_is_the_sum_of_its_closed_forms)
{
    TrainingStepSpec spec = small_step();
    const TrainingSlices slices = slices_of(spec);
    for (const Transfers gradients : all_transfers) {
        spec.gradients = gradients;
        for (const int replicas : {1, 2, 4}) {
            const int ranks = 4 * replicas;
            const double m = 6;
            const double p = 2;
            const double ar = cost(Collective::allreduce, 2, static_cast<double>(slices.activation_bytes));
            const double forward = slices.layers * (slices.layer_forward_s + 2 * ar);
            const double backward = slices.layers * (slices.layer_backward_s + 2 * ar);
            const double message = alpha + static_cast<double>(slices.message_bytes) / bandwidth;
            const std::uint64_t n = static_cast<std::uint64_t>(replicas);
            const auto padded = [&](int layers) {
                const std::uint64_t elements = slices.layer_gradient_bytes * static_cast<std::uint64_t>(layers) / 2;
                return static_cast<double>((elements + n - 1) / n * n * 2);
            };
            const double rs = replicas > 1 ? cost(Collective::reduce_scatter, replicas, padded(slices.layers)) : 0;
            const double ag = replicas > 1 ? cost(Collective::allgather, replicas, padded(slices.layers)) : 0;
            // Overlapped, a layer's gradients leave while the layer before it computes; the last is exposed.
            const double layer_rs = replicas > 1 ? cost(Collective::reduce_scatter, replicas, padded(1)) : 0;
            ASSERT_LT(layer_rs, slices.layer_backward_s);
            const double exposed = gradients == Transfers::overlapped ? layer_rs : rs;
            const Outcome got = run(wires, spec, ranks);
            EXPECT_NEAR(got.step_s, (m + p - 1) * (forward + backward) + 2 * (p - 1) * message + exposed + ag, 1e-9)
                << replicas;
            const StepShares& first = got.of_rank.front();
            EXPECT_NEAR(first.of(TimeCategory::tensor), m * slices.layers * 4 * ar, 1e-9);
            EXPECT_NEAR(first.of(TimeCategory::data), exposed + ag, 1e-9);
            EXPECT_NEAR(first.of(TimeCategory::compute),
                        m * slices.layers * (slices.layer_forward_s + slices.layer_backward_s), 1e-9);
        }
    }
}

TEST(TrainingStep, without_communication_cost_idles_as_its_schedule_says)
{
    const Cluster free{.latency_s = 0, .bandwidth_bytes_per_s = 1e300};
    for (const PipelineSchedule schedule : all_pipeline_schedules) {
        for (const bool recompute : {false, true}) {
            TrainingStepSpec spec = small_step();
            spec.schedule = schedule;
            spec.chunks = 2;
            spec.recompute = recompute;
            const Outcome got = run(free, spec, 8);
            const double compute = got.of_rank.front().of(TimeCategory::compute);
            EXPECT_NEAR(1 - compute / got.step_s, ideal_bubble_fraction(spec, 8).value_or(-1), 1e-9)
                << name(schedule) << recompute;
        }
    }
}

/// Collectives of one part that a rank's step has.
int count_of(const Program& program, TimeCategory part)
{
    return static_cast<int>(std::ranges::count_if(
        program.steps, [part](const Step& step) { return step.kind == Step::Kind::collective && step.part == part; }));
}

TEST(TrainingStep, recomputes_a_layer_with_its_exchanges_six_instead_of_four)
{
    for (const PipelineSchedule schedule : all_pipeline_schedules) {
        TrainingStepSpec spec = small_step();
        spec.schedule = schedule;
        spec.chunks = 2;
        spec.top_k = 2;
        spec.expert = 2;
        for (const bool sequence_parallel : {false, true}) {
            spec.sequence_parallel = sequence_parallel;
            for (const bool recompute : {false, true}) {
                spec.recompute = recompute;
                // 6 micro-batches of 4 layers on each of 2 stages: an exchange after each half of each pass, with
                // sequence parallelism before it too; tokens there and back once a pass.
                const Program program = training_step_program(spec, 0, 8);
                const int exchanges = recompute ? 6 : 4;
                EXPECT_EQ(count_of(program, TimeCategory::tensor), 6 * 4 * exchanges * (sequence_parallel ? 2 : 1));
                EXPECT_EQ(count_of(program, TimeCategory::expert), 6 * 4 * exchanges) << name(schedule);
            }
        }
    }
}

TEST(TrainingStep, with_recomputation_takes_its_closed_form)
{
    TrainingStepSpec spec = small_step();
    spec.recompute = true;
    const TrainingSlices slices = slices_of(spec);
    const double ar = cost(Collective::allreduce, 2, static_cast<double>(slices.activation_bytes));
    const double message = alpha + static_cast<double>(slices.message_bytes) / bandwidth;
    const double f = slices.layer_forward_s;
    EXPECT_DOUBLE_EQ(slices.layer_backward_s, 3 * f);
    const Outcome got = run(wires, spec, 4);
    EXPECT_NEAR(got.step_s, (6 + 2 - 1) * 4 * (4 * f + 6 * ar) + 2 * message, 1e-9);
    EXPECT_NEAR(got.of_rank.front().of(TimeCategory::tensor), 6 * 4 * 6 * ar, 1e-9);
    EXPECT_NEAR(got.of_rank.front().of(TimeCategory::compute), 6 * 4 * 4 * f, 1e-9);
}

TEST(TrainingStep, weight_gradients_take_a_forward_s_time_whatever_is_recomputed)
{
    TrainingStepSpec spec = small_step();
    spec.schedule = PipelineSchedule::zb_h1;
    for (const bool recompute : {false, true}) {
        spec.recompute = recompute;
        std::map<Phase, double> seconds;
        const Program program = training_step_program(spec, 0, 4);
        for (const Step& step : program.steps) {
            if (step.kind == Step::Kind::compute) {
                seconds[step.phase] += program.works.at(static_cast<std::size_t>(step.what)).seconds;
            }
        }
        const double forward_s = 6 * 4 * slices_of(spec).layer_forward_s;
        EXPECT_NEAR(seconds[Phase::forward], forward_s, 1e-12);
        EXPECT_NEAR(seconds[Phase::weight], forward_s, 1e-12);
        EXPECT_NEAR(seconds[Phase::backward], (recompute ? 2 : 1) * forward_s, 1e-12);
    }
}

TEST(TrainingStep, experts_exchange_tokens_in_each_layer)
{
    const Cluster free{.latency_s = 1e-4, .bandwidth_bytes_per_s = 1e300};
    TrainingStepSpec spec = small_step();
    spec.tensor = 1;
    spec.pipeline = 1;
    spec.top_k = 2;
    spec.expert = 2;
    const Outcome got = run(free, spec, 4);
    // Dispatch and combine, forward and backward, in each of 8 layers and 6 micro-batches.
    EXPECT_NEAR(got.of_rank.front().of(TimeCategory::expert), 6 * 8 * 4 * 1e-4, 1e-9);
    spec.recompute = true;
    EXPECT_NEAR(run(free, spec, 4).of_rank.front().of(TimeCategory::expert), 6 * 8 * 6 * 1e-4, 1e-9);
}

TEST(TrainingStep, gradients_of_experts_are_reduced_by_the_ranks_that_hold_the_same)
{
    TrainingStepSpec spec = small_step();
    spec.tensor = 1;
    spec.pipeline = 1;
    spec.top_k = 2;
    for (const int width : {2, 4}) {
        spec.expert = width;
        for (const Transfers gradients : all_transfers) {
            spec.gradients = gradients;
            const TrainingSlices slices = slices_of(spec);
            EXPECT_EQ(slices.layer_expert_gradient_bytes, 8U * 64 * 64 * 2);
            const auto padded = [](std::uint64_t bytes, int ranks) {
                const auto n = static_cast<std::uint64_t>(ranks);
                return static_cast<double>((bytes / 2 + n - 1) / n * n * 2);
            };
            // Of so many layers, over four ranks what all hold, over 4 / width what is of one expert.
            const auto both = [&](Collective collective, std::uint64_t layers) {
                const std::uint64_t expert = slices.layer_expert_gradient_bytes * layers;
                const std::uint64_t rest = slices.layer_gradient_bytes * layers - expert;
                const int holders = 4 / width;
                return std::pair{cost(collective, 4, padded(rest, 4)),
                                 holders == 1 ? 0.0 : cost(collective, holders, padded(expert, holders))};
            };
            const auto [rs, expert_rs] = both(Collective::reduce_scatter, 8);
            const auto [last_rs, last_expert_rs] = both(Collective::reduce_scatter, 1);
            const auto [ag, expert_ag] = both(Collective::allgather, 8);
            // Subgroups don't share links on a crossbar: overlapped, the last layer's two reductions run side by side.
            const double reduced =
                gradients == Transfers::overlapped ? std::max(last_rs, last_expert_rs) : rs + expert_rs;
            const Outcome got = run(wires, spec, 4);
            for (const StepShares& rank : got.of_rank) {
                EXPECT_NEAR(rank.of(TimeCategory::data), reduced + ag + expert_ag, 1e-9) << width;
            }
        }
    }
    // Each rank holds its own experts: there is no subgroup to reduce them. With one expert for all it is the data
    // subgroup.
    spec.expert = 4;
    EXPECT_EQ(training_step_program(spec, 1, 4).subgroups.size(), 3U);
    spec.expert = 2;
    EXPECT_EQ(training_step_program(spec, 1, 4).subgroups.at(3), (std::vector{1, 3}));
    spec.expert = 1;
    EXPECT_EQ(slices_of(spec).layer_expert_gradient_bytes, 0U);
    EXPECT_EQ(training_step_program(spec, 1, 4).subgroups.size(), 3U);
}

TEST(TrainingStep, all_ranks_list_the_same_teams_at_the_same_places)
{
    constexpr int ranks = 16;
    TrainingStepSpec spec = small_step();
    spec.top_k = 1;
    for (const int expert : {1, 2, 4}) {
        spec.expert = expert;
        ASSERT_EQ(why_impossible(spec, ranks), "");
        std::vector<Program> programs;
        for (int rank = 0; rank < ranks; ++rank) {
            programs.push_back(training_step_program(spec, rank, ranks));
            ASSERT_EQ(programs.back().subgroups.size(), programs.front().subgroups.size());
        }
        for (const Program& program : programs) {
            for (std::size_t place = 0; place < program.subgroups.size(); ++place) {
                for (const int member : program.subgroups[place]) {
                    EXPECT_EQ(programs.at(static_cast<std::size_t>(member)).subgroups[place], program.subgroups[place]);
                }
            }
        }
    }
}

TEST(TrainingStep, says_what_does_not_fit_and_the_nearest_that_does)
{
    TrainingStepSpec spec = small_step();
    EXPECT_EQ(why_impossible(spec, 8), "");
    EXPECT_THAT(why_impossible(spec, 6), testing::HasSubstr("tensor 2 x pipeline 2 = 4. Nearest valid: 4 and 8"));
    spec.model.layers = 7;
    EXPECT_THAT(why_impossible(spec, 8), testing::HasSubstr("layers 7 can't be split evenly over 2 stages"));
    spec = small_step();
    spec.batch_per_replica = 0;
    spec.global_batch = 9;
    EXPECT_THAT(why_impossible(spec, 8), testing::HasSubstr("global_batch 9"));
    spec = small_step();
    spec.expert = 3;
    EXPECT_THAT(why_impossible(spec, 8),
                testing::HasSubstr("expert 3 doesn't divide the 2 replicas. Nearest valid: 2"));
}

TEST(TrainingStep, says_so_of_products_that_no_int_holds)
{
    TrainingStepSpec spec = small_step();
    spec.tensor = 65536;
    for (const auto& [pipeline, product] :
         {std::pair{65536, "4294967296"}, std::pair{32768, "2147483648"}, std::pair{49152, "3221225472"}}) {
        spec.pipeline = pipeline;
        EXPECT_THAT(why_impossible(spec, 8), testing::HasSubstr(product)) << pipeline;
        EXPECT_EQ(grid_of(spec, 8).data, 0);
    }
    spec = small_step();
    spec.schedule = PipelineSchedule::interleaved;
    spec.pipeline = 65536;
    spec.chunks = 65536;
    EXPECT_THAT(why_impossible(spec, 131072), testing::HasSubstr("layers 8 can't be split evenly over 65536 stages"));
    spec = small_step();
    spec.batch_per_replica = 0;
    spec.global_batch = 65536;
    spec.microbatch = 65536;
    EXPECT_THAT(why_impossible(spec, 4 * 65536), testing::HasSubstr("Nearest valid: 4294967296"));
    EXPECT_EQ(nearest_multiples(5'000'000'000, 4'294'967'296), "4294967296 and 8589934592");
}

TEST(TrainingStep, of_a_rank_is_its_own_steps_alone_however_many_ranks_there_are)
{
    TrainingStepSpec spec;
    spec.model = find_model("megascale-175b").value_or(ModelCard{});
    spec.tensor = 8;
    spec.pipeline = 8;
    spec.order = GridOrder::pipeline_inner;
    spec.batch_per_replica = 32;
    spec.compute_flops = 200e12;
    const Program few = training_step_program(spec, 9, 128);
    const Program many = training_step_program(spec, 9, 12288);
    EXPECT_EQ(many.steps.size(), few.steps.size());
    EXPECT_LT(many.steps.capacity(), 2 * many.steps.size());
    std::set<int> peers;
    for (const Step& step : many.steps) {
        if (step.kind == Step::Kind::send || step.kind == Step::Kind::receive) {
            peers.insert(step.peer);
        }
    }
    // The second rank of the second stage of the first replica: a stage is 8 ranks.
    EXPECT_EQ(peers, (std::set<int>{1, 17}));
    ASSERT_EQ(many.subgroups.size(), 2U);
    EXPECT_EQ(many.subgroups[0], (std::vector<int>{8, 9, 10, 11, 12, 13, 14, 15}));
    EXPECT_EQ(many.subgroups[1].size(), 192U);
    EXPECT_EQ(many.subgroups[1][1], 9 + 64);
}

TEST(TrainingStep, of_the_published_175_billion_model_has_the_published_shape)
{
    TrainingStepSpec spec;
    spec.model = find_model("megascale-175b").value_or(ModelCard{});
    spec.tensor = 8;
    spec.pipeline = 8;
    spec.global_batch = 6144;
    spec.compute_flops = 200e12;
    EXPECT_EQ(why_impossible(spec, 12288), "");
    EXPECT_EQ(grid_of(spec, 12288).data, 192);
    EXPECT_EQ(microbatches_of(spec, 12288), 32);
    const TrainingSlices slices = slices_of(spec);
    EXPECT_EQ(slices.layers, 12);
    EXPECT_EQ(slices.message_bytes, 50'331'648U);
    // 2.73 billion parameters a rank.
    EXPECT_NEAR(static_cast<double>(slices.layer_gradient_bytes) * 12, 5.46e9, 0.03e9);
    EXPECT_NEAR(ideal_bubble_fraction(spec, 12288).value_or(0), 7.0 / 39, 1e-12);
    const Program program = training_step_program(spec, 12287, 12288);
    EXPECT_EQ(program.subgroups.size(), 2U);
    EXPECT_EQ(program.subgroups[1].size(), 192U);
}

}  // namespace
}  // namespace plumbline
