// SPDX-License-Identifier: Apache-2.0
#include "harness/run/plan_executor.hpp"

#include "collectives/backends/sim/sim_backend.hpp"
#include "collectives/util/error.hpp"
#include "tests/support/memory_sink.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <algorithm>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using ::testing::Each;
using ::testing::HasSubstr;
using ::testing::SizeIs;

CaseEntry allreduce_of(std::vector<std::uint64_t> bytes)
{
    CollectiveSpec spec;
    spec.bytes = std::move(bytes);
    return {spec, {}, {}, 0};
}

Scenario scenario_of(std::vector<CaseEntry> entries)
{
    Scenario scenario;
    scenario.name = "test";
    scenario.cases = std::move(entries);
    return scenario;
}

struct Ran {
    std::vector<RunOutcome> outcomes;
    std::vector<CaseRecord> records;
    std::optional<bool> finished_complete;
};

Ran run(
    const Scenario& scenario, const Topology& topology, std::set<std::pair<int, int>> stored = {},
    std::size_t room = 1000, std::function<bool(int)> interrupted = [](int) { return false; })
{
    Ran ran;
    ran.outcomes.resize(static_cast<std::size_t>(topology.ranks()));
    test::MemorySink writer_rank(room);
    const Plan plan = make_plan(scenario, topology);
    sim::run_simulated({}, topology.ranks(), [&](Communicator& world, Backend& backend) {
        NullSink nothing;
        NullProgress quiet;
        ResultSink& sink = world.rank() == 0 ? static_cast<ResultSink&>(writer_rank) : nothing;
        const RunSetup setup{.world = world,
                             .backend = backend,
                             .scenario = scenario,
                             .plan = plan,
                             .topology = topology,
                             .sink = sink,
                             .progress = quiet,
                             .stored = stored,
                             .interrupted = [&] { return interrupted(world.rank()); }};
        ran.outcomes[static_cast<std::size_t>(world.rank())] = run_plan(setup);
    });
    ran.records = writer_rank.records;
    ran.finished_complete = writer_rank.finished_complete;
    return ran;
}

TEST(Runner, measures_every_scale_inside_one_launch)
{
    Scenario scenario = scenario_of({allreduce_of({8, 1024})});
    scenario.scale.ranks = {1, 2, 3, std::nullopt};
    const Ran ran = run(scenario, {{0, 0, 1, 1}});

    ASSERT_THAT(ran.records, SizeIs(8));
    std::multiset<int> scales;
    for (const CaseRecord& record : ran.records) {
        EXPECT_EQ(record.header.status, CaseStatus::measured) << record.header.why;
        EXPECT_EQ(record.rounds.front().seconds.ranks, static_cast<std::size_t>(record.header.what.ranks));
        EXPECT_THAT(record.header.world_ranks, SizeIs(static_cast<std::size_t>(record.header.what.ranks)));
        scales.insert(record.header.what.ranks);
    }
    EXPECT_EQ(scales, (std::multiset<int>{1, 1, 2, 2, 3, 3, 4, 4}));
    EXPECT_EQ(ran.finished_complete, true);
    EXPECT_TRUE(ran.outcomes.front().complete());
    EXPECT_EQ(ran.outcomes.front().stored, 8);
}

TEST(Runner, records_cases_in_which_rank_0_takes_no_part)
{
    Scenario scenario = scenario_of({allreduce_of({64})});
    scenario.scale.ranks = {2};
    scenario.scale.subsets = 3;
    const Ran ran = run(scenario, {{0, 0, 0, 1, 1, 1}});
    ASSERT_THAT(ran.records, SizeIs(3));
    const bool some_without_0 = std::any_of(ran.records.begin(), ran.records.end(), [](const CaseRecord& record) {
        return std::find(record.header.world_ranks.begin(), record.header.world_ranks.end(), 0) ==
               record.header.world_ranks.end();
    });
    EXPECT_TRUE(some_without_0);
}

TEST(Runner, measures_subsets_at_once_and_says_so_in_each_round)
{
    Scenario scenario = scenario_of({allreduce_of({64})});
    scenario.rounds = 2;
    scenario.scale.ranks = {2, std::nullopt};
    scenario.scale.subsets = 3;
    scenario.scale.at_once = true;
    scenario.scale.placement = Placement::spread;
    const Ran ran = run(scenario, {{0, 1, 2, 3, 4, 5}});
    ASSERT_THAT(ran.records, SizeIs(8)) << "a record a round";
    std::set<int> positions;
    for (const CaseRecord& record : ran.records) {
        EXPECT_EQ(record.header.status, CaseStatus::measured) << record.header.why;
        EXPECT_EQ(record.rounds.front().beside, record.header.what.ranks == 2 ? 2 : 0);
        positions.insert(record.rounds.front().position);
    }
    EXPECT_THAT(positions, SizeIs(8));
    EXPECT_TRUE(ran.outcomes.front().complete());
}

TEST(Runner, resumes_what_is_missing_of_those_that_were_measured_at_once)
{
    Scenario scenario = scenario_of({allreduce_of({64})});
    scenario.scale.ranks = {2};
    scenario.scale.subsets = 3;
    scenario.scale.at_once = true;
    scenario.scale.placement = Placement::spread;
    const Ran ran = run(scenario, {{0, 1, 2, 3, 4, 5}}, {{0, 0}, {2, 0}});
    ASSERT_THAT(ran.records, SizeIs(1));
    EXPECT_EQ(ran.records.front().header.id, 1);
    EXPECT_EQ(ran.records.front().rounds.front().beside, 0);
    EXPECT_EQ(ran.outcomes.front().stored, 3);
}

TEST(Runner, the_order_of_execution_is_shuffled_and_recorded)
{
    Scenario scenario = scenario_of({allreduce_of({8, 16, 32, 64, 128, 256, 512, 1024})});
    const Ran ran = run(scenario, {{0, 0}});
    std::vector<int> ids;
    for (std::size_t i = 0; i < ran.records.size(); ++i) {
        EXPECT_EQ(ran.records[i].rounds.front().position, static_cast<int>(i));
        ids.push_back(ran.records[i].header.id);
    }
    EXPECT_FALSE(std::is_sorted(ids.begin(), ids.end()));
    std::sort(ids.begin(), ids.end());
    EXPECT_EQ(ids, (std::vector<int>{0, 1, 2, 3, 4, 5, 6, 7}));
}

TEST(Runner, a_case_that_cannot_run_is_recorded_with_its_reason_and_the_run_goes_on)
{
    const Ran ran = run(scenario_of({allreduce_of({8, 2, 1ULL << 60U, 16})}), {{0, 0}});
    ASSERT_THAT(ran.records, SizeIs(4));
    int skipped = 0;
    for (const CaseRecord& record : ran.records) {
        if (record.header.status == CaseStatus::skipped) {
            ++skipped;
            EXPECT_FALSE(record.header.why.empty());
            EXPECT_EQ(record.rounds.front().seconds.samples, 0U);
        }
    }
    EXPECT_EQ(skipped, 2);
    EXPECT_EQ(ran.finished_complete, true);
}

TEST(Runner, resuming_measures_only_what_is_missing)
{
    const Ran ran = run(scenario_of({allreduce_of({8, 16, 32})}), {{0, 0}}, {{0, 0}, {2, 0}});
    ASSERT_THAT(ran.records, SizeIs(1));
    EXPECT_EQ(ran.records.front().header.id, 1);
    EXPECT_EQ(ran.outcomes.front().stored, 3);
    EXPECT_EQ(ran.finished_complete, true);
}

TEST(Runner, each_round_of_a_case_is_stored_by_itself)
{
    Scenario scenario = scenario_of({allreduce_of({8, 16})});
    scenario.rounds = 3;
    const Ran ran = run(scenario, {{0, 0}});
    std::set<std::pair<int, int>> rounds;
    for (const CaseRecord& record : ran.records) {
        rounds.emplace(record.header.id, record.rounds.front().index);
    }
    EXPECT_EQ(rounds, (std::set<std::pair<int, int>>{{0, 0}, {0, 1}, {0, 2}, {1, 0}, {1, 1}, {1, 2}}));
}

TEST(Runner, a_full_disk_ends_the_run_on_all_ranks_and_keeps_what_was_stored)
{
    const Ran ran = run(scenario_of({allreduce_of({8, 16, 32})}), {{0, 0}}, {}, 1);
    EXPECT_THAT(ran.records, SizeIs(1));
    EXPECT_EQ(ran.finished_complete, std::nullopt) << "a broken store is not touched again";
    for (const RunOutcome& outcome : ran.outcomes) {
        EXPECT_FALSE(outcome.complete());
    }
    EXPECT_THAT(ran.outcomes.front().store_error, HasSubstr("no space left"));
    EXPECT_EQ(ran.outcomes.front().stored, 1);
}

TEST(Runner, an_interrupt_on_any_rank_ends_the_run_in_order)
{
    Scenario scenario = scenario_of({allreduce_of({8, 16, 32})});
    scenario.scale.ranks = {2};
    // Rank 3 sits every case out and still ends the run.
    const Ran ran = run(scenario, {{0, 0, 0, 0}}, {}, 1000, [](int rank) { return rank == 3; });
    for (const RunOutcome& outcome : ran.outcomes) {
        EXPECT_TRUE(outcome.interrupted);
    }
    EXPECT_THAT(ran.records, SizeIs(1)) << "the case in progress was finished by its own ranks";
    EXPECT_EQ(ran.finished_complete, false);
}

}  // namespace
}  // namespace plumbline
