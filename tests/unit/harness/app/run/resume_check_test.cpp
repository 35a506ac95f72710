// SPDX-License-Identifier: Apache-2.0
#include "harness/app/run/resume_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <functional>

namespace plumbline::app {
namespace {

using testing::HasSubstr;
using testing::Optional;

RunMetadata two_ranks_on_two_hosts()
{
    RunMetadata info;
    info.scenario_text = "plumbline: 1\n";
    info.inputs = {{"matrix.txt", "1 2\n"}};
    info.ranks = 2;
    info.backend = "mpi";
    info.facts = {{"library", "MPI 4.1"}};
    info.hosts = {"a", "b"};
    info.places.resize(2);
    info.places[1].rank = 1;
    info.places[1].node = 1;
    return info;
}

TEST(ResumeCheck, accepts_the_same_measurement_at_another_time)
{
    const RunMetadata stored = two_ranks_on_two_hosts();
    RunMetadata now = stored;
    now.started_unix_s = 1e9;
    now.clock_cost_s = 1e-7;
    EXPECT_EQ(resume_obstacle(stored, now), std::nullopt);
}

TEST(ResumeCheck, names_what_differs)
{
    struct Row {
        std::function<void(RunMetadata&)> change;
        const char* reason;
    };
    const Row rows[] = {
        {[](RunMetadata& info) { info.scenario_text += "seed: 2\n"; }, "another scenario or other --set values"},
        {[](RunMetadata& info) { info.inputs.front().second = "1 3\n"; }, "a file that the scenario refers to"},
        {[](RunMetadata& info) { info.ranks = 4; }, "it was measured with 2 ranks, this launch has 4"},
        {[](RunMetadata& info) { info.backend = "gloo"; }, "this launch is on gloo"},
        {[](RunMetadata& info) { info.facts = {{"library", "MPI 5.0"}}; },
         "another library, version or machine; library: "},
        {[](RunMetadata& info) { info.hosts.back() = "c"; }, "on other hosts"},
        {[](RunMetadata& info) { info.places.back().node = 0; }, "rank 1 was on another host"},
    };
    for (const Row& row : rows) {
        const RunMetadata stored = two_ranks_on_two_hosts();
        RunMetadata now = stored;
        row.change(now);
        EXPECT_THAT(resume_obstacle(stored, now), Optional(HasSubstr(row.reason)));
    }
}

}  // namespace
}  // namespace plumbline::app
