// SPDX-License-Identifier: Apache-2.0
#include "harness/sampling/measure.hpp"

#include "collectives/backends/sim/sim_backend.hpp"
#include "collectives/util/error.hpp"
#include "harness/run/record_transport.hpp"
#include "results/records/case_summary.hpp"
#include "results/summaries/summarize.hpp"
#include "tests/support/faulty_backend.hpp"
#include "tests/support/measured_case.hpp"
#include "tests/support/memory_sink.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>
#include <array>
#include <memory>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using test::Fault;
using ::testing::AllOf;
using ::testing::Each;
using ::testing::HasSubstr;

constexpr double alpha = 2e-6;
constexpr double bandwidth = 1e9;

sim::Cluster cluster(double noise = 0)
{
    sim::Cluster made;
    made.latency_s = alpha;
    made.bandwidth_bytes_per_s = bandwidth;
    made.noise = noise;
    return made;
}

Case collective_case(Collective collective, std::uint64_t bytes, int ranks, bool in_place = false)
{
    Case c;
    CollectiveSpec spec;
    spec.collective = collective;
    c.spec = std::make_shared<const Pattern>(spec);
    c.what.pattern = name(collective);
    c.what.bytes = bytes;
    c.what.ranks = ranks;
    c.what.nodes = ranks;
    c.what.in_place = in_place;
    return c;
}

/// All ranks' view of one round: rank 0's first.
std::vector<Measurement> measure(const Case& c, const sim::Cluster& wires, const MeasureSettings& settings,
                                 Fault fault = {})
{
    std::vector<Measurement> all(static_cast<std::size_t>(c.what.ranks));
    sim::run_simulated(wires, c.what.ranks, [&](Communicator& world, Backend& backend) {
        test::FaultyBackend faulty(backend, fault);
        const auto group = faulty.make_group(world);
        all[static_cast<std::size_t>(world.rank())] = test::measured(*group, world, backend.clock(), c, settings);
    });
    return all;
}

std::size_t timed(const Round& round)
{
    return static_cast<std::size_t>(std::count(round.warmup.begin(), round.warmup.end(), 0));
}

TEST(Measure, every_sample_on_the_simulator_is_the_closed_form)
{
    const Case c = collective_case(Collective::allreduce, 1000000, 4);
    const Measurement got = measure(c, cluster(), {}).front();

    ASSERT_EQ(got.header.status, CaseStatus::measured) << got.header.why;
    const double expected = 6 * alpha + 2.0 * 3 / 4 * 1000000 / bandwidth;
    EXPECT_EQ(got.round.seconds.ranks, 4U);
    EXPECT_EQ(timed(got.round), 10U);
    // Warm-ups, 10 samples, one checked on the way and one at the end, at least one to settle.
    EXPECT_GE(got.round.seconds.samples, 3U + 10 + 1 + 1 + 1);
    for (const double seconds : got.round.seconds.values) {
        EXPECT_NEAR(seconds, expected, expected * 1e-9);
    }
    EXPECT_EQ(got.round.stop, StopReason::converged);
    EXPECT_EQ(got.header.total_bytes, 1000000U);
    EXPECT_DOUBLE_EQ(got.header.bus_factor.value_or(0), 1.5);
    EXPECT_EQ(got.header.verification, Verification::verified);
}

TEST(Measure, what_is_not_for_the_statistics_is_kept_and_flagged)
{
    Case c = collective_case(Collective::alltoall, 4096, 2);
    c.stop.warmup = 4;
    c.stop.min_samples = 6;

    const Measurement unchecked = measure(c, cluster(), {.verify = false}).front();
    EXPECT_EQ(unchecked.round.warmup, (std::vector<std::uint8_t>{1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0}));
    const Measurement checked = measure(c, cluster(), {}).front();
    EXPECT_EQ(timed(checked.round), 6U);
    EXPECT_EQ(checked.round.warmup.back(), 1);
    EXPECT_EQ(checked.round.batch.size(), checked.round.warmup.size());
}

TEST(Measure, noise_ends_at_the_cap_or_at_the_budget_of_virtual_time)
{
    Case c = collective_case(Collective::allreduce, 8, 2);
    c.stop.relative_ci = 1e-9;
    c.stop.max_samples = 50;
    c.stop.max_seconds = 100;
    EXPECT_EQ(measure(c, cluster(0.3), {}).front().round.stop, StopReason::cap);
    EXPECT_EQ(timed(measure(c, cluster(0.3), {}).front().round), 50U);

    c.stop.max_samples = 100000;
    c.stop.max_seconds = 1e-3;
    const Measurement got = measure(c, cluster(0.3), {.slice_s = 1e-4}).front();
    EXPECT_EQ(got.round.stop, StopReason::budget);
    // An execution takes at least 2 alpha = 4 us: at most 250 of them in a millisecond, one slice over at most.
    EXPECT_LE(timed(got.round), 250U + 25U);
}

TEST(Measure, all_ranks_take_the_same_number_of_samples)
{
    Case c = collective_case(Collective::allgather, 4096, 3);
    c.stop.relative_ci = 0.01;
    const Measurement got = measure(c, cluster(0.2), {}).front();
    EXPECT_EQ(got.round.seconds.values.size(), got.round.seconds.samples * 3);
    EXPECT_THAT(got.round.seconds.values, Each(::testing::Gt(0.0)));
}

TEST(Measure, a_sample_is_at_least_200_clock_readings_long)
{
    const Case c = collective_case(Collective::allreduce, 8, 2);
    // One execution takes 2 alpha + 8 B / bandwidth = 4.008 us; 200 readings of 100 ns are 20 us: 5 executions.
    const Measurement got = measure(c, cluster(), {.clock_cost_s = 100e-9}).front();
    EXPECT_EQ(got.round.batch.front(), 1U) << "warm-up";
    EXPECT_EQ(got.round.batch.back(), 5U);
    EXPECT_NEAR(got.round.seconds.values.back(), 4.008e-6, 1e-12) << "stored per execution";
}

TEST(Measure, a_cold_first_execution_does_not_choose_the_batch)
{
    Case c = collective_case(Collective::allreduce, 8, 2);
    c.stop.warmup = 1;
    // The only warm-up takes 20.04 us and would need no batch; those after it take 4.008 us: 5 of them are 20 us.
    const Fault cold{.kind = Fault::Kind::cold_at_first, .execution = 1, .cold_s = 4 * 4.008e-6};
    const Measurement got = measure(c, cluster(), {.clock_cost_s = 80e-9}, cold).front();
    EXPECT_EQ(got.round.batch.front(), 1U);
    EXPECT_EQ(got.round.batch.back(), 4U) << "200 readings of 80 ns are 16 us";
    EXPECT_EQ(timed(got.round), 10U);
    for (std::size_t i = 0; i < got.round.seconds.samples; ++i) {
        EXPECT_TRUE(got.round.warmup[i] == 1 || got.round.batch[i] == 4U) << i;
    }
}

TEST(Measure, each_pause_is_followed_by_a_flagged_sample_however_few_are_left)
{
    Case c = collective_case(Collective::allreduce, 4096, 2);
    c.stop.min_samples = 6;
    c.stop.warmup = 1;
    const double execution_s = 2 * alpha + 4096 / bandwidth;
    const Measurement got = measure(c, cluster(), {.verify = false, .batch = 1, .slice_s = 2.5 * execution_s}).front();
    // Slices of 6 at most, then of 2: the first goes to the checkpoint, as no sample has been timed before.
    EXPECT_EQ(got.round.warmup, (std::vector<std::uint8_t>{1, 1, 0, 0, 0, 0, 0, 0}));
    c.stop.relative_ci = 1e-9;
    c.stop.max_samples = 10;
    const Measurement more = measure(c, cluster(0.1), {.verify = false, .batch = 1, .slice_s = 1e-9}).front();
    EXPECT_EQ(more.round.warmup, (std::vector<std::uint8_t>{1, 1, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 1, 0, 1, 0}));
}

TEST(Measure, wrong_data_fails_the_case_on_all_ranks_and_names_the_element)
{
    const Case c = collective_case(Collective::allreduce, 4000, 3);
    const auto all = measure(c, cluster(), {}, {.kind = Fault::Kind::wrong_element, .rank = 1, .byte = 4 * 17});
    for (const Measurement& got : all) {
        EXPECT_EQ(got.header.status, CaseStatus::failed);
        EXPECT_THAT(got.header.why,
                    AllOf(HasSubstr("rank 1"), HasSubstr("element 17"), HasSubstr("expected"), HasSubstr("got")));
    }
    EXPECT_EQ(all.front().header.wrong_elements, 1);
}

TEST(Measure, a_rank_that_gives_nothing_to_a_small_sum_is_found_whichever_it_is)
{
    // 8 bytes are 4 elements of bfloat16, to which 19 of 40 ranks add: the third execution shows the last two.
    for (const int silent : {0, 18, 19, 39}) {
        Case c = collective_case(Collective::allreduce, 8, 40);
        c.what.dtype = DataType::bfloat16;
        const auto all = measure(c, cluster(), {.batch = 1}, {.kind = Fault::Kind::gives_nothing, .rank = silent});
        EXPECT_EQ(all.front().header.status, CaseStatus::failed) << silent;
        EXPECT_THAT(all.front().header.why, HasSubstr("wrong data")) << silent;
        const auto right = measure(c, cluster(), {.batch = 1});
        EXPECT_EQ(right.front().header.status, CaseStatus::measured) << right.front().header.why;
    }
}

TEST(Measure, data_that_goes_wrong_late_is_still_found_at_the_last_sample)
{
    Case c = collective_case(Collective::alltoall, 4096, 2);
    c.stop.warmup = 0;
    c.stop.min_samples = 10;
    const auto all =
        measure(c, cluster(), {.batch = 1}, {.kind = Fault::Kind::wrong_element, .rank = 0, .execution = 9, .byte = 0});
    EXPECT_EQ(all.front().header.status, CaseStatus::failed);
}

TEST(Measure, verification_that_is_off_says_so_and_finds_nothing)
{
    const Case c = collective_case(Collective::allreduce, 4000, 2);
    const auto all = measure(c, cluster(), {.verify = false}, {.kind = Fault::Kind::wrong_element, .rank = 1});
    EXPECT_EQ(all.front().header.status, CaseStatus::measured);
    EXPECT_EQ(all.front().header.verification, Verification::off);
}

TEST(Measure, a_barrier_is_not_verifiable_and_says_why)
{
    const auto all = measure(collective_case(Collective::barrier, 0, 2), cluster(), {});
    EXPECT_EQ(all.front().header.verification, Verification::not_verifiable);
    EXPECT_EQ(all.front().header.verification_note, "a barrier moves no data");
    EXPECT_FALSE(all.front().header.bus_factor);
}

TEST(Measure, every_collective_is_verified_in_and_out_of_place_with_and_without_batches)
{
    for (const CollectiveInfo& row : all_collectives()) {
        for (const bool in_place : {false, true}) {
            for (const std::uint32_t batch : {1U, 3U}) {
                if ((in_place && !row.in_place) || row.collective == Collective::alltoallv) {
                    continue;
                }
                SCOPED_TRACE(std::string(row.name) + (in_place ? " in place" : "") + " batch " + std::to_string(batch));
                const Case c = collective_case(row.collective, 3 * 4 * 100, 3, in_place);
                const auto all = measure(c, cluster(), {.batch = batch});
                EXPECT_EQ(all.front().header.status, CaseStatus::measured) << all.front().header.why;
            }
        }
    }
}

/// The same case timed in chains.
Case in_chains(Case c, std::uint32_t length)
{
    auto spec = std::get<CollectiveSpec>(*c.spec);
    spec.timings = {Timing{.regime = TimingRegime::chained, .chain = length}};
    set_timing(c.what, spec.timings.front());
    c.spec = std::make_shared<const Pattern>(spec);
    return c;
}

TEST(Measure, a_chain_hides_what_starting_an_operation_costs_and_drained_operations_show_it)
{
    // n = 4: 6 alpha + 1.5 S / bandwidth = 1.512 ms of communication, against 0.1 ms and 2 ms to start it.
    const double cost = 6 * alpha + 1.5 * 1000000 / bandwidth;
    for (const double launch : {1e-4, 2e-3}) {
        sim::Cluster slow_to_start = cluster();
        slow_to_start.launch_s = launch;
        const Case drained = collective_case(Collective::allreduce, 1000000, 4);
        const Case chained = in_chains(drained, 20);
        const CaseSummary one_by_one = summarize({{}, {measure(drained, slow_to_start, {}).front().round}}, 0.95);
        const Measurement got = measure(chained, slow_to_start, {}).front();
        ASSERT_EQ(got.header.status, CaseStatus::measured) << got.header.why;
        EXPECT_NEAR(one_by_one.median_s.value_or(0), launch + cost, 1e-12);
        const double whole = launch + cost + 19 * std::max(launch, cost);
        EXPECT_NEAR(summarize({{}, {got.round}}, 0.95).median_s.value_or(0), whole / 20, 1e-12);
        EXPECT_THAT(got.round.batch, Each(20U)) << "with which the whole chain's time can be had back";
    }
}

TEST(Measure, a_chain_is_as_long_as_asked_whatever_the_clock_costs)
{
    const Case c = in_chains(collective_case(Collective::allreduce, 8, 2), 3);
    const Measurement got = measure(c, cluster(), {.batch = 7, .clock_cost_s = 1e-3}).front();
    EXPECT_THAT(got.round.batch, Each(3U));
    EXPECT_NEAR(got.round.seconds.values.back(), 2 * alpha + 8 / bandwidth, 1e-12);
}

TEST(Measure, every_collective_is_verified_in_a_chain_in_and_out_of_place)
{
    for (const CollectiveInfo& row : all_collectives()) {
        for (const bool in_place : {false, true}) {
            if ((in_place && !row.in_place) || row.collective == Collective::alltoallv) {
                continue;
            }
            SCOPED_TRACE(std::string(row.name) + (in_place ? " in place" : ""));
            const Case c = in_chains(collective_case(row.collective, 3 * 4 * 100, 3, in_place), 4);
            const Measurement got = measure(c, cluster(), {}).front();
            EXPECT_EQ(got.header.status, CaseStatus::measured) << got.header.why;
        }
    }
}

TEST(Measure, wrong_data_at_the_end_of_a_chain_fails_the_case)
{
    const Case c = in_chains(collective_case(Collective::allreduce, 4000, 3), 20);
    const auto all = measure(c, cluster(), {}, {.kind = Fault::Kind::wrong_element, .rank = 1, .byte = 4 * 17});
    for (const Measurement& got : all) {
        EXPECT_EQ(got.header.status, CaseStatus::failed);
        EXPECT_THAT(got.header.why, AllOf(HasSubstr("rank 1"), HasSubstr("element 17")));
    }
}

TEST(Measure, a_library_in_which_nothing_queues_skips_chains_and_says_so)
{
    const Case c = in_chains(collective_case(Collective::allreduce, 4000, 2), 20);
    const auto all = measure(c, cluster(), {}, {.kind = Fault::Kind::no_queue});
    for (const Measurement& got : all) {
        EXPECT_EQ(got.header.status, CaseStatus::skipped);
        EXPECT_THAT(got.header.why, HasSubstr("nothing queues). Use timing: drained"));
    }
}

TEST(Measure, one_rank_without_memory_makes_all_ranks_skip_and_names_it)
{
    const auto all = measure(collective_case(Collective::allreduce, 4000, 3), cluster(), {},
                             {.kind = Fault::Kind::no_memory, .rank = 2});
    for (const Measurement& got : all) {
        EXPECT_EQ(got.header.status, CaseStatus::skipped);
        EXPECT_THAT(got.header.why, HasSubstr("rank 2"));
    }
}

TEST(Measure, a_rank_whose_library_failed_outweighs_one_without_memory)
{
    const Case c = collective_case(Collective::allreduce, 4000, 3);
    std::vector<Measurement> all(3);
    sim::run_simulated(cluster(), 3, [&](Communicator& world, Backend& backend) {
        test::FaultyBackend poor(backend, {.kind = Fault::Kind::no_memory, .rank = 0});
        test::FaultyBackend faulty(poor, {.kind = Fault::Kind::prepare_fails, .rank = 2});
        const auto group = faulty.make_group(world);
        all[static_cast<std::size_t>(world.rank())] = test::measured(*group, world, backend.clock(), c);
    });
    for (const Measurement& got : all) {
        EXPECT_EQ(got.header.status, CaseStatus::failed);
        EXPECT_THAT(got.header.why, HasSubstr("rank 2: lib_prepare"));
    }
}

TEST(Measure, more_memory_than_there_is_is_skipped_without_trying)
{
    const auto all = measure(collective_case(Collective::allreduce, 1ULL << 60U, 2), cluster(), {});
    EXPECT_EQ(all.front().header.status, CaseStatus::skipped);
    EXPECT_THAT(all.front().header.why, HasSubstr("of buffers on rank 0"));
}

TEST(Measure, a_library_that_refuses_on_one_rank_fails_the_case_on_all)
{
    const auto all = measure(collective_case(Collective::allreduce, 4000, 3), cluster(), {},
                             {.kind = Fault::Kind::prepare_fails, .rank = 1});
    for (const Measurement& got : all) {
        EXPECT_EQ(got.header.status, CaseStatus::failed);
        EXPECT_THAT(got.header.why, AllOf(HasSubstr("rank 1"), HasSubstr("lib_prepare"), HasSubstr("code 7")));
    }
}

TEST(Measure, an_interrupt_on_one_rank_ends_the_round_on_all)
{
    Case c = collective_case(Collective::allreduce, 8, 3);
    c.stop.relative_ci = 1e-9;
    std::array<int, 3> asked{};
    std::array<bool, 3> ended{};
    sim::run_simulated(cluster(0.5), 3, [&](Communicator& world, Backend& backend) {
        const auto group = backend.make_group(world);
        MeasureSettings settings;
        const auto me = static_cast<std::size_t>(world.rank());
        settings.interrupted = [&asked, me] { return me == 2 && ++asked[me] > 2; };
        ended[me] = test::measured(*group, world, backend.clock(), c, settings).interrupted;
    });
    EXPECT_THAT(ended, Each(true));
}

TEST(Measure, a_pipeline_stores_the_compute_share_of_each_rank)
{
    Case c;
    PipelineSpec spec;
    spec.schedule = PipelineSchedule::gpipe;
    spec.microbatches = 8;
    spec.forward_s = 0.01;
    spec.backward_s = 0.02;
    c.spec = std::make_shared<const Pattern>(spec);
    c.what.pattern = "pipeline";
    c.what.ranks = 4;
    c.what.parameters["microbatches"] = "8";
    const Measurement got = measure(c, cluster(), {}).front();
    ASSERT_EQ(got.header.status, CaseStatus::measured) << got.header.why;
    const SampleMatrix& compute = got.round.shares.at("compute_s");
    EXPECT_EQ(compute.samples, got.round.seconds.samples);
    for (const double seconds : compute.values) {
        EXPECT_NEAR(seconds, 8 * 0.03, 1e-9);
    }
    const CaseSummary row = summarize({got.header, {got.round}}, 0.95);
    // Empty messages: filling and draining expose one latency a hop, there and back.
    const double exposed = 2 * 3 * alpha;
    EXPECT_NEAR(row.median_s.value_or(0), (8 + 4 - 1) * 0.03 + exposed, 1e-9);
    EXPECT_NEAR(row.bubble_fraction.value_or(0), 1 - 8 * 0.03 / (11 * 0.03 + exposed), 1e-9);
    EXPECT_NEAR(row.bubble_ideal.value_or(0), 3.0 / 11, 1e-12);
    EXPECT_NEAR(row.exposed_s.value_or(1), exposed, 1e-9);
}

TEST(Measure, a_record_survives_the_wire_unchanged)
{
    Case c = collective_case(Collective::reduce, 1024, 3);
    c.what.parameters = {{"a", "b"}, {"odd \"text\"", "\xe7\xba\xbf"}};
    Measurement got = measure(c, cluster(0.1), {}).front();
    got.round.shares["compute_s"] = got.round.seconds;
    got.round.timeline = Timeline{
        .sample = 3, .ranks = 1, .steps = {{.rank = 0, .kind = "send", .part = "overhead", .peer = 1, .bytes = 9}}};
    const RecordMessage record{got.header, got.round};
    EXPECT_EQ(unpack(pack(record)), record);
    const std::vector<std::byte> nonsense(12, std::byte{0x42});
    EXPECT_THROW(unpack(nonsense), std::exception);
}

}  // namespace
}  // namespace plumbline
