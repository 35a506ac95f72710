// SPDX-License-Identifier: Apache-2.0
#include "harness/sampling/timeline.hpp"

#include "collectives/backends/sim/sim_backend.hpp"
#include "collectives/workloads/catalogue.hpp"
#include "collectives/workloads/executor.hpp"
#include "tests/support/measured_case.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using ::testing::ElementsAre;

Case pipeline_case(int ranks, int microbatches)
{
    Case c;
    PipelineSpec spec;
    spec.schedule = PipelineSchedule::gpipe;
    spec.microbatches = microbatches;
    spec.forward_s = 1;
    spec.backward_s = 2;
    c.spec = std::make_shared<const Pattern>(spec);
    c.what.pattern = "pipeline";
    c.what.ranks = ranks;
    c.stop.max_seconds = 1e9;
    return c;
}

Measurement measure(const Case& c, const sim::Cluster& cluster)
{
    Measurement got;
    sim::run_simulated(cluster, c.what.ranks, [&](Communicator& world, Backend& backend) {
        const auto group = backend.make_group(world);
        Measurement mine = test::measured(*group, world, backend.clock(), c, {});
        if (world.rank() == 0) {
            got = std::move(mine);
        }
    });
    return got;
}

TEST(Timeline, has_the_steps_of_one_flagged_sample_when_they_happened)
{
    const Measurement got = measure(pipeline_case(2, 1), {.latency_s = 0.5, .bandwidth_bytes_per_s = 1e9});
    ASSERT_EQ(got.header.status, CaseStatus::measured) << got.header.why;
    ASSERT_TRUE(got.round.timeline);
    const Timeline& timeline = *got.round.timeline;
    EXPECT_EQ(got.round.warmup.at(timeline.sample), 1);
    EXPECT_EQ(timeline.ranks, 2);
    EXPECT_EQ(timeline.steps_left_out, 0);

    std::vector<std::string> lines;
    for (const TimelineStep& step : timeline.steps) {
        lines.push_back(std::to_string(step.rank) + " " + step.kind + " " + step.part + " " +
                        std::to_string(step.begin_s).substr(0, 3) + "-" + std::to_string(step.end_s).substr(0, 3));
    }
    // An empty message takes half a second, and posting it nothing.
    EXPECT_THAT(lines, ElementsAre("0 forward compute 0.0-1.0", "0 send overhead 1.0-1.0", "0 receive pipeline 1.0-5.0",
                                   "0 backward compute 5.0-7.0", "0 wait pipeline 7.0-7.0",
                                   "1 receive pipeline 0.0-1.5", "1 forward compute 1.5-2.5",
                                   "1 backward compute 2.5-4.5", "1 send overhead 4.5-4.5", "1 wait pipeline 4.5-4.5"));
}

TEST(Timeline, is_not_in_the_statistics_and_disturbs_no_other_sample)
{
    const Measurement got = measure(pipeline_case(3, 4), {.latency_s = 0.5, .bandwidth_bytes_per_s = 1e9});
    const auto row = got.round.seconds.row(0);
    const double step_s = *std::max_element(row.begin(), row.end());
    for (std::size_t i = 0; i < got.round.seconds.samples; ++i) {
        const auto other = got.round.seconds.row(i);
        EXPECT_NEAR(*std::max_element(other.begin(), other.end()), step_s, 1e-9);
    }
}

TEST(Timeline, of_many_ranks_has_the_first_ones_and_says_what_it_leaves_out)
{
    Case many_ranks = pipeline_case(timeline_ranks + 3, 260);
    many_ranks.stop.min_samples = 1;
    many_ranks.stop.max_samples = 1;
    const Measurement got = measure(many_ranks, {.latency_s = 0});
    ASSERT_TRUE(got.round.timeline);
    const Timeline& timeline = *got.round.timeline;
    EXPECT_EQ(timeline.ranks, timeline_ranks);
    EXPECT_LE(timeline.steps.size(), timeline_steps);
    EXPECT_GT(timeline.steps_left_out, 0);
    std::map<int, std::size_t> of_rank;
    for (const TimelineStep& step : timeline.steps) {
        ++of_rank[step.rank];
    }
    EXPECT_EQ(of_rank.size(), static_cast<std::size_t>(timeline_ranks));
    EXPECT_EQ(of_rank[0], timeline_steps / timeline_ranks);
}

TEST(Timeline, leaves_test_calls_out_and_ends_what_began_when_it_was_done)
{
    ProgramWriter writer;
    SubgroupCall gradient;
    gradient.call.collective = Collective::allreduce;
    gradient.call.count = 4;
    const auto begun = writer.begin_collective(TimeCategory::data, gradient, 16);
    writer.compute_in_slices({.seconds = 2}, 1);
    writer.wait(begun);
    const Program program = writer.finished();
    const std::vector<StepStamps> stamps{{0, 3}, {0, 1}, {1, 1}, {1, 2}, {2, 2}, {2, 3}};
    const auto steps = timeline_of_rank(program, stamps, 5, 100);
    ASSERT_EQ(steps.size(), 4U);
    EXPECT_EQ(steps[0].kind, "allreduce");
    EXPECT_EQ(steps[0].bytes, 16U);
    EXPECT_EQ(steps[0].end_s, 3);
    EXPECT_EQ(steps[2].step, 3);
    EXPECT_EQ(steps[3].kind, "wait");
    EXPECT_EQ(steps[3].rank, 5);
    EXPECT_EQ(timeline_of_rank(program, stamps, 5, 2).size(), 2U);
}

TEST(Timeline, counts_from_the_earliest_rank_where_the_starts_are_known)
{
    Timeline timeline;
    timeline.steps.resize(2);
    timeline.steps[0].end_s = 1;
    timeline.steps[1].rank = 1;
    timeline.steps[1].end_s = 2;
    shift_to_common_start(timeline, std::vector<double>{0.25, 0});
    EXPECT_EQ(timeline.steps[0].begin_s, 0.25);
    EXPECT_EQ(timeline.steps[0].end_s, 1.25);
    EXPECT_EQ(timeline.steps[1].end_s, 2);
}

}  // namespace
}  // namespace plumbline
