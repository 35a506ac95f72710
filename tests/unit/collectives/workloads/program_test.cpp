// SPDX-License-Identifier: Apache-2.0
#include "collectives/workloads/catalogue.hpp"
#include "collectives/workloads/executor.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using Kind = Step::Kind;

constexpr auto schedules = {PipelineSchedule::gpipe, PipelineSchedule::one_f_one_b};

PipelineSpec spec_of(PipelineSchedule schedule, int microbatches, std::uint64_t activation_bytes = 100)
{
    return {.schedule = schedule,
            .microbatches = microbatches,
            .activation_bytes = activation_bytes,
            .forward_s = 1,
            .backward_s = 2};
}

std::vector<Program> all_stages(const PipelineSpec& spec, int stages)
{
    std::vector<Program> programs;
    programs.reserve(static_cast<std::size_t>(stages));
    for (int stage = 0; stage < stages; ++stage) {
        programs.push_back(pipeline_program(spec, stage, stages));
    }
    return programs;
}

/// Runs `check` for both schedules, 1 to 8 stages and 1 to 16 micro-batches.
template <class Check>
void for_every_pipeline(Check check)
{
    for (const PipelineSchedule schedule : schedules) {
        for (int stages = 1; stages <= 8; ++stages) {
            for (int microbatches = 1; microbatches <= 16; ++microbatches) {
                SCOPED_TRACE(std::string(name(schedule)) + ", stages " + std::to_string(stages) + ", micro-batches " +
                             std::to_string(microbatches));
                check(spec_of(schedule, microbatches), stages);
            }
        }
    }
}

double seconds_of(const Program& program, const Step& step)
{
    return step.kind == Kind::compute ? program.works.at(static_cast<std::size_t>(step.what)).seconds : 0;
}

/// The order of a stage's work as text: F0 F1 B0 ... from the compute steps and the tags beside them.
std::string order_of_work(const PipelineSpec& spec, int stage, int stages)
{
    std::string order;
    int forwards = 0;
    const Program program = pipeline_program(spec, stage, stages);
    for (const Step& step : program.steps) {
        const double seconds = seconds_of(program, step);
        const bool forward_done = step.kind == Kind::compute && seconds == spec.forward_s;
        const bool backward_done = step.kind == Kind::compute && seconds == spec.backward_s;
        order += forward_done ? "F" : backward_done ? "B" : "";
        forwards += forward_done ? 1 : 0;
    }
    EXPECT_EQ(forwards, spec.microbatches);
    return order;
}

std::vector<std::string> as_text(const Program& program)
{
    std::vector<std::string> lines;
    for (const Step& step : program.steps) {
        const std::string tag = ", tag " + std::to_string(step.tag);
        const std::string peer = std::to_string(step.peer);
        if (step.kind == Kind::send) {
            EXPECT_EQ(step.bytes, 100U);
            lines.push_back("send to " + peer + tag);
        } else if (step.kind == Kind::receive) {
            EXPECT_EQ(step.bytes, 100U);
            lines.push_back("receive from " + peer + tag);
        } else if (step.kind == Kind::compute) {
            lines.push_back(std::to_string(static_cast<int>(seconds_of(program, step))) + " s of " +
                            std::string(name(step.phase)) + " " + std::to_string(step.microbatch));
        } else {
            lines.push_back("wait for sends");
        }
    }
    return lines;
}

TEST(PipelineProgram, every_message_sent_is_received_once_with_its_size_and_tag)
{
    for_every_pipeline([](const PipelineSpec& spec, int stages) {
        std::map<std::tuple<int, int, int, std::uint64_t>, int> open;  // from, to, tag, bytes -> sent - received
        std::size_t messages = 0;
        for (int stage = 0; stage < stages; ++stage) {
            for (const Step& step : pipeline_program(spec, stage, stages).steps) {
                if (step.kind == Kind::send) {
                    const int count = ++open[{stage, step.peer, step.tag, step.bytes}];
                    EXPECT_LE(count, 1) << "two messages share a tag";
                    ++messages;
                } else if (step.kind == Kind::receive) {
                    --open[{step.peer, stage, step.tag, step.bytes}];
                }
            }
        }
        EXPECT_THAT(open, testing::Each(testing::Pair(testing::_, 0)));
        EXPECT_EQ(messages, 2U * static_cast<std::size_t>(spec.microbatches) * static_cast<std::size_t>(stages - 1));
    });
}

TEST(PipelineProgram, no_schedule_deadlocks_and_data_is_there_before_it_is_used)
{
    for_every_pipeline([](const PipelineSpec& spec, int stages) {
        const std::vector<Program> programs = all_stages(spec, stages);
        std::vector<std::size_t> next(programs.size(), 0);
        std::multiset<std::tuple<int, int, int>> in_flight;  // from, to, tag
        bool moved = true;
        while (moved) {
            moved = false;
            for (std::size_t i = 0; i < programs.size(); ++i) {
                const int stage = static_cast<int>(i);
                for (; next[i] < programs[i].steps.size(); ++next[i]) {
                    const Step& step = programs[i].steps[next[i]];
                    if (step.kind == Kind::send) {
                        in_flight.emplace(stage, step.peer, step.tag);
                    } else if (step.kind == Kind::receive) {
                        const auto message = in_flight.find({step.peer, stage, step.tag});
                        if (message == in_flight.end()) {
                            break;
                        }
                        in_flight.erase(message);
                    }
                    moved = true;
                }
            }
        }
        for (std::size_t i = 0; i < programs.size(); ++i) {
            EXPECT_EQ(next[i], programs[i].steps.size()) << "stage " << i << " is stuck";
        }
    });
}

TEST(PipelineProgram, every_stage_computes_all_its_micro_batches)
{
    for_every_pipeline([](const PipelineSpec& spec, int stages) {
        for (const Program& program : all_stages(spec, stages)) {
            double sum_s = 0;
            for (const Step& step : program.steps) {
                sum_s += seconds_of(program, step);
            }
            EXPECT_EQ(sum_s, 3.0 * spec.microbatches);
        }
    });
}

TEST(PipelineProgram, gpipe_does_all_forwards_first)
{
    EXPECT_EQ(order_of_work(spec_of(PipelineSchedule::gpipe, 3), 0, 4), "FFFBBB");
    EXPECT_EQ(order_of_work(spec_of(PipelineSchedule::gpipe, 3), 3, 4), "FFFBBB");
}

TEST(PipelineProgram, one_f_one_b_warms_up_less_the_later_the_stage)
{
    const PipelineSpec spec = spec_of(PipelineSchedule::one_f_one_b, 5);
    EXPECT_EQ(order_of_work(spec, 0, 4), "FFFFBFBBBB");
    EXPECT_EQ(order_of_work(spec, 1, 4), "FFFBFBFBBB");
    EXPECT_EQ(order_of_work(spec, 2, 4), "FFBFBFBFBB");
    EXPECT_EQ(order_of_work(spec, 3, 4), "FBFBFBFBFB");
}

TEST(PipelineProgram, one_f_one_b_with_few_micro_batches_is_all_warm_up)
{
    EXPECT_EQ(order_of_work(spec_of(PipelineSchedule::one_f_one_b, 2), 0, 8), "FFBB");
}

TEST(PipelineProgram, middle_stage_of_gpipe_is_step_by_step_as_worked_by_hand)
{
    const std::vector<std::string> expected{"receive from 0, tag 0", "1 s of forward 0",  "send to 2, tag 0",
                                            "receive from 0, tag 2", "1 s of forward 1",  "send to 2, tag 2",
                                            "receive from 2, tag 3", "2 s of backward 1", "send to 0, tag 3",
                                            "receive from 2, tag 1", "2 s of backward 0", "send to 0, tag 1",
                                            "wait for sends"};
    EXPECT_EQ(as_text(pipeline_program(spec_of(PipelineSchedule::gpipe, 2), 1, 3)), expected);
}

TEST(PipelineProgram, without_neighbours_it_only_computes_and_without_bytes_it_still_waits_its_turn)
{
    for (const PipelineSchedule schedule : schedules) {
        EXPECT_THAT(pipeline_program(spec_of(schedule, 4), 0, 1),
                    testing::Field(&Program::steps, testing::Each(testing::Field(&Step::kind, Kind::compute))));
        EXPECT_THAT(pipeline_program(spec_of(schedule, 4, 0), 1, 4),
                    testing::Field(&Program::steps,
                                   testing::Contains(testing::Field(&Step::kind, Kind::receive)).Times(2 * 4)));
    }
}

TEST(PipelineProgram, more_ranks_than_stages_are_several_pipelines_whose_lengths_differ_by_one_at_most)
{
    PipelineSpec spec = spec_of(PipelineSchedule::one_f_one_b, 4);
    spec.stages = 16;
    EXPECT_EQ(pipeline_of(spec, 15, 16), (StageRanks{.first = 0, .stages = 16}));
    EXPECT_EQ(pipeline_of(spec, 12287, 12288), (StageRanks{.first = 12272, .stages = 16}));
    // 40 ranks are 13, 13 and 14.
    EXPECT_EQ(pipeline_of(spec, 12, 40), (StageRanks{.first = 0, .stages = 13}));
    EXPECT_EQ(pipeline_of(spec, 13, 40), (StageRanks{.first = 13, .stages = 13}));
    EXPECT_EQ(pipeline_of(spec, 39, 40), (StageRanks{.first = 26, .stages = 14}));
    EXPECT_EQ(shape_of(spec, 40).stages, 14);
    EXPECT_DOUBLE_EQ(ideal_bubble_fraction(spec, 40).value(), 13.0 / 17);
    for (int ranks = 1; ranks < 70; ++ranks) {
        int next = 0;
        while (next < ranks) {
            const StageRanks pipeline = pipeline_of(spec, next, ranks);
            EXPECT_EQ(pipeline.first, next) << ranks;
            EXPECT_LE(pipeline.stages, 16) << ranks;
            EXPECT_GE(pipeline.stages + 1, shape_of(spec, ranks).stages) << ranks;
            next += pipeline.stages;
        }
    }
    // The second of three pipelines as if it were alone, its neighbours' ranks by 13 higher.
    PipelineSpec alone = spec;
    alone.stages = 0;
    Program moved = pipeline_program(alone, 5, 13);
    for (Step& step : moved.steps) {
        step.peer += step.peer >= 0 ? 13 : 0;
    }
    EXPECT_EQ(as_text(pipeline_program(spec, 18, 40)), as_text(moved));
}

TEST(PipelineProgram, several_interleaved_pipelines_must_all_divide_the_micro_batches)
{
    PipelineSpec spec = spec_of(PipelineSchedule::interleaved, 12);
    spec.chunks = 2;
    spec.stages = 4;
    EXPECT_EQ(why_impossible(spec, 8), "");
    EXPECT_EQ(why_impossible(spec, 7), "") << "4 and 3 both divide 12";
    spec.microbatches = 8;
    EXPECT_NE(why_impossible(spec, 7), "") << "3 don't divide 8";
}

TEST(PipelineProgram, refuses_what_is_no_pipeline)
{
    const PipelineSpec spec = spec_of(PipelineSchedule::gpipe, 4);
    for (const auto& [microbatches, stage, stages] :
         {std::tuple{0, 0, 4}, std::tuple{4, 4, 4}, std::tuple{4, -1, 4}, std::tuple{4, 0, 0}}) {
        PipelineSpec bad = spec;
        bad.microbatches = microbatches;
        EXPECT_THROW(pipeline_program(bad, stage, stages), std::logic_error) << microbatches << stage << stages;
    }
}

TEST(PipelineProgram, sends_need_a_buffer_each_and_receives_one_a_neighbour)
{
    const PipelineSpec spec = spec_of(PipelineSchedule::one_f_one_b, 5);
    EXPECT_EQ(WorkloadOperation::buffer_bytes(pipeline_program(spec, 0, 3), 0, 3), (5U + 1U) * 100U);
    EXPECT_EQ(WorkloadOperation::buffer_bytes(pipeline_program(spec, 1, 3), 1, 3), (10U + 2U) * 100U);
    EXPECT_EQ(WorkloadOperation::buffer_bytes(pipeline_program(spec, 0, 1), 0, 1), 0U);
}

SubgroupCall gradient_call(std::uint64_t bytes, DataType dtype = DataType::float32)
{
    SubgroupCall gradient;
    gradient.call.collective = Collective::allreduce;
    gradient.call.dtype = dtype;
    gradient.call.count = bytes / size_of(dtype);
    gradient.call.in_place = true;
    return gradient;
}

TEST(BufferBytes, sends_after_a_wait_use_the_same_buffers)
{
    ProgramWriter writer;
    writer.send(1, 0, 10);
    writer.send(1, 1, 20);
    writer.wait_sends();
    writer.send(1, 2, 30);
    writer.receive(1, 0, 5);
    writer.receive(1, 0, 7);
    writer.collective(TimeCategory::data, gradient_call(100), 100);
    writer.collective(TimeCategory::data, gradient_call(60), 60);
    EXPECT_EQ(WorkloadOperation::buffer_bytes(writer.finished(), 0, 2), 30U + 20U + 7U + 100U);
}

TEST(BufferBytes, what_has_begun_keeps_its_buffer_until_it_is_waited_for)
{
    ProgramWriter writer;
    const auto first = writer.begin_collective(TimeCategory::data, gradient_call(100), 100);
    const auto second = writer.begin_collective(TimeCategory::data, gradient_call(40), 40);
    writer.wait(first);
    const auto third = writer.begin_collective(TimeCategory::data, gradient_call(80), 80);
    writer.wait(second);
    writer.wait(third);
    const auto message = writer.begin_receive(1, 0, 7);
    writer.wait(message);
    EXPECT_EQ(WorkloadOperation::buffer_bytes(writer.finished(), 0, 2), 100U + 40U + 7U);
}

TEST(BufferBytes, a_call_out_of_place_needs_what_it_sends_and_what_it_receives)
{
    SubgroupCall exchange;
    exchange.call.collective = Collective::alltoallv;
    exchange.call.send_counts = {1, 2};
    exchange.call.recv_counts = {1, 5};
    ProgramWriter writer;
    writer.collective(TimeCategory::expert, exchange, 24);
    EXPECT_EQ(WorkloadOperation::buffer_bytes(writer.finished(), 0, 2), 4U * (3 + 6));
}

TEST(ProgramWriter, slices_add_up_and_each_is_followed_by_a_test_call)
{
    ProgramWriter writer;
    writer.compute_in_slices({.seconds = 1.0}, 0.3);
    const Program program = writer.finished();
    ASSERT_EQ(program.steps.size(), 8U);
    double sum_s = 0;
    for (std::size_t i = 0; i < program.steps.size(); i += 2) {
        EXPECT_EQ(program.steps[i].kind, Kind::compute);
        EXPECT_EQ(program.steps[i + 1].kind, Kind::progress);
        sum_s += seconds_of(program, program.steps[i]);
    }
    EXPECT_DOUBLE_EQ(sum_s, 1.0);
    EXPECT_EQ(program.works.size(), 1U);

    ProgramWriter products;
    products.compute_in_slices({.kind = ComputeKind::gemm, .m = 8, .n = 8, .k = 8, .repeats = 3}, 0.3);
    std::uint32_t repeats = 0;
    const Program by_repeats = products.finished();
    for (const Step& step : by_repeats.steps) {
        repeats += step.kind == Kind::compute ? by_repeats.works.at(static_cast<std::size_t>(step.what)).repeats : 0;
    }
    EXPECT_EQ(repeats, 3U);
}

TEST(DataParallelProgram, computes_and_then_reduces_the_gradient)
{
    const DataParallelSpec spec{.compute_s = 0.5, .gradient_bytes = 4096, .dtype = DataType::bfloat16};
    const Program program = data_parallel_program(spec, 2);
    ASSERT_EQ(program.steps.size(), 2U);
    EXPECT_EQ(seconds_of(program, program.steps[0]), 0.5);
    EXPECT_EQ(program.steps[1].kind, Kind::collective);
    EXPECT_EQ(program.calls, (std::vector{gradient_call(4096, DataType::bfloat16)}));
    EXPECT_EQ(WorkloadOperation::buffer_bytes(program, 0, 2), 4096U);
}

TEST(DataParallelProgram, has_nothing_to_reduce_on_one_rank_or_without_gradient)
{
    for (const Program& program : {data_parallel_program({.compute_s = 0.5, .gradient_bytes = 4096}, 1),
                                   data_parallel_program({.compute_s = 0.5, .gradient_bytes = 0}, 8)}) {
        EXPECT_THAT(program.steps, testing::ElementsAre(testing::Field(&Step::kind, Kind::compute)));
    }
}

TEST(PipelineSchedule, names_round_trip)
{
    for (const PipelineSchedule schedule : all_pipeline_schedules) {
        EXPECT_EQ(parse_pipeline_schedule(name(schedule)), schedule);
    }
    for (const auto* text : {"", "GPipe", "1F1B", "zb-h1"}) {
        EXPECT_EQ(parse_pipeline_schedule(text), std::nullopt) << text;
    }
}

TEST(IdealPipeline, bubble_and_step_follow_the_closed_forms)
{
    EXPECT_DOUBLE_EQ(ideal_bubble_fraction(8, 8), 7.0 / 15);
    EXPECT_DOUBLE_EQ(ideal_bubble_fraction(4, 16), 3.0 / 19);
    EXPECT_EQ(ideal_bubble_fraction(1, 16), 0);
    const PipelineSpec spec{.microbatches = 128, .forward_s = 0.010, .backward_s = 0.020};
    EXPECT_DOUBLE_EQ(ideal_pipeline_step_s(spec, 64), 5.73);
    // zb_h1, 8 micro-batches on 4 stages, forward 1 s: what a weight gradient hides is at most forward and the input's.
    for (const auto& [backward_s, weight_s, hidden_s] :
         {std::tuple{2.0, 1.1, 0.9}, std::tuple{2.0, 1.0, 1.0}, std::tuple{3.0, 1.5, 1.0}, std::tuple{2.0, 0.5, 0.5}}) {
        const PipelineSpec zero_bubble{.schedule = PipelineSchedule::zb_h1,
                                       .microbatches = 8,
                                       .forward_s = 1,
                                       .backward_s = backward_s,
                                       .weight_s = weight_s};
        EXPECT_DOUBLE_EQ(ideal_pipeline_step_s(zero_bubble, 4),
                         8 * (1 + backward_s) + 3 * (1 + backward_s - weight_s - hidden_s));
    }
}

}  // namespace
}  // namespace plumbline
