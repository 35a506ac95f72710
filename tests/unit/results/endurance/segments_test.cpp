// SPDX-License-Identifier: Apache-2.0
#include "results/endurance/segments.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace plumbline {
namespace {

TEST(SoakSegments, each_have_the_moments_of_their_own_launch_and_what_ended_them)
{
    const std::vector<JournalRecord> records{
        {.unix_s = 1, .kind = "begin", .fields = {}},
        {.unix_s = 2, .kind = "segment", .fields = {{"process", "7 8"}}},
        {.unix_s = 3, .kind = "connected", .fields = {{"ranks", "16"}, {"nodes", "2"}}},
        {.unix_s = 4, .kind = "loaded", .fields = {{"step", "0"}}},
        {.unix_s = 5, .kind = "stepped", .fields = {{"step", "1"}}},
        {.unix_s = 6, .kind = "declared", .fields = {{"cause", "checkpoint"}, {"step", "8"}}},  // training went on
        {.unix_s = 7, .kind = "progress", .fields = {{"step", "9"}}},
        {.unix_s = 8, .kind = "declared", .fields = {{"cause", "rank_died"}, {"step", "9"}}},
        {.unix_s = 9, .kind = "segment", .fields = {{"process", "9 8"}}},
        {.unix_s = 10, .kind = "declared", .fields = {{"cause", "no_start"}}},
        {.unix_s = 11, .kind = "segment", .fields = {}},
        {.unix_s = 12, .kind = "loaded", .fields = {{"step", "5"}}},
        {.unix_s = 13, .kind = "end", .fields = {{"gave_up", "false"}, {"paused", "true"}}},
    };
    const std::vector<SoakSegment> expected{{.process = "7 8",
                                             .launched_unix_s = 2,
                                             .connected_unix_s = 3,
                                             .loaded_unix_s = 4,
                                             .stepped_unix_s = 5,
                                             .ended_unix_s = 8,
                                             .ended_by = "rank_died",
                                             .ranks = 16,
                                             .nodes = 2,
                                             .step_loaded = 0,
                                             .last_step = 9},
                                            {.process = "9 8",
                                             .launched_unix_s = 9,
                                             .connected_unix_s = {},
                                             .loaded_unix_s = {},
                                             .stepped_unix_s = {},
                                             .ended_unix_s = 10,
                                             .ended_by = "no_start",
                                             .step_loaded = {}},
                                            {.process = "",
                                             .launched_unix_s = 11,
                                             .connected_unix_s = {},
                                             .loaded_unix_s = 12,
                                             .stepped_unix_s = {},
                                             .ended_unix_s = 13,
                                             .ended_by = "paused",
                                             .step_loaded = 5,
                                             .last_step = 5}};
    EXPECT_EQ(segments_of(records), expected);
    EXPECT_TRUE(segments_of(std::span(records).first(1)).empty());
}

}  // namespace
}  // namespace plumbline
