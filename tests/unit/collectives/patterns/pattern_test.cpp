// SPDX-License-Identifier: Apache-2.0
#include "collectives/patterns/pattern.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <array>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {
namespace {

using ::testing::ElementsAre;
using ::testing::ElementsAreArray;

std::vector<std::string_view> names_where(bool (*holds)(const PatternInfo&))
{
    std::vector<std::string_view> names;
    for (const PatternInfo& row : all_patterns()) {
        if (holds(row)) {
            names.push_back(row.name);
        }
    }
    return names;
}

TEST(Patterns, each_has_a_name_of_its_own_and_a_summary_by_which_it_is_found)
{
    std::set<std::string_view> names;
    for (const PatternInfo& row : all_patterns()) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name;
        EXPECT_FALSE(row.summary.empty()) << row.name;
        EXPECT_EQ(&pattern_info(row.name), &row);
    }
    EXPECT_EQ(names.size(), all_collectives().size() + 6 + 3 + 2);
}

TEST(Patterns, each_is_an_operation_a_workload_a_network_probe_or_imported)
{
    for (const PatternInfo& row : all_patterns()) {
        const bool operation = row.kind == PatternKind::collective || row.kind == PatternKind::point_to_point;
        EXPECT_EQ(row.collective.has_value(), operation) << row.name;
        EXPECT_EQ(row.workload.has_value(), row.kind == PatternKind::workload) << row.name;
        EXPECT_EQ(row.probe.has_value(), row.kind == PatternKind::network_probe) << row.name;
        EXPECT_TRUE(!row.collective || name(*row.collective) == row.name) << row.name;
        EXPECT_TRUE(!row.workload || name(*row.workload) == row.name) << row.name;
        EXPECT_TRUE(!row.probe || name(*row.probe) == row.name) << row.name;
    }
}

TEST(Patterns, an_unknown_name_has_no_property)
{
    for (const std::string_view text : {"", "gossip", "Links"}) {
        const PatternInfo& row = pattern_info(text);
        EXPECT_EQ(row.kind, PatternKind::unknown) << text;
        EXPECT_FALSE(row.collective || row.workload || row.probe || row.scaling) << text;
        EXPECT_FALSE(row.has_bandwidth || row.even_compute || row.has_model_flops) << text;
    }
}

TEST(Patterns, messages_between_two_are_point_to_point)
{
    EXPECT_THAT(names_where([](const PatternInfo& row) { return row.kind == PatternKind::point_to_point; }),
                ElementsAre("sendrecv", "pingpong", "bidirectional"));
}

TEST(Patterns, have_a_bandwidth_where_bytes_move_that_can_be_compared)
{
    std::vector<std::string_view> expected;
    for (const CollectiveInfo& row : all_collectives()) {
        if (row.collective != Collective::barrier) {
            expected.push_back(row.name);
        }
    }
    expected.insert(expected.end(), {"expert_parallel", "links", "unidirectional", "exchange"});
    EXPECT_THAT(names_where([](const PatternInfo& row) { return row.has_bandwidth; }), ElementsAreArray(expected));
}

TEST(Patterns, have_even_traffic_where_no_rank_has_a_part_of_its_own)
{
    EXPECT_THAT(names_where([](const PatternInfo& row) { return row.even_traffic; }),
                ElementsAre("allreduce", "reduce_scatter", "allgather", "alltoall"));
}

TEST(Patterns, of_probes_each_sample_is_of_something_else)
{
    EXPECT_THAT(names_where([](const PatternInfo& row) { return !row.one_population; }),
                ElementsAre("links", "congestion", "bisect"));
}

TEST(Patterns, of_workloads_steps_are_compared_over_scales_where_their_work_is_known)
{
    EXPECT_THAT(names_where([](const PatternInfo& row) { return row.scaling == ScalingKind::weak; }),
                ElementsAre("data_parallel"));
    EXPECT_THAT(names_where([](const PatternInfo& row) { return row.scaling == ScalingKind::by_batch; }),
                ElementsAre("training_step"));
    EXPECT_THAT(names_where([](const PatternInfo& row) { return row.has_model_flops; }), ElementsAre("training_step"));
    EXPECT_THAT(names_where([](const PatternInfo& row) { return row.even_compute; }),
                ElementsAre("pipeline", "data_parallel", "tensor_parallel", "decode", "training_step"));
}

}  // namespace
}  // namespace plumbline
