// SPDX-License-Identifier: Apache-2.0
#include "results/summaries/disturbances.hpp"

#include "tests/support/measured_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plumbline {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

const std::vector<std::string> ranks{"rank 0 on a", "rank 1 on b"};

/// Two ranks, an interval of +-10 %, and what the system did to rank 1.
Round round_with(double switches, StopReason stop)
{
    Round round = test::round_of(test::spread_times(1e-3, 0.5), 2);
    round.stop = stop;
    round.interference = {{.seconds = 1}, {.seconds = 1, .involuntary_switches = switches}};
    return round;
}

CaseRecord record_of_rounds(std::vector<Round> rounds)
{
    CaseRecord record;
    record.header.what = test::collective_case("allreduce", 1024, 2);
    record.header.world_ranks = {0, 1};
    record.rounds = std::move(rounds);
    return record;
}

TEST(Disturbances, OfACaseAreNamedOnceAndItsRoundsCounted)
{
    const auto found = disturbances_of(
        record_of_rounds({round_with(100, StopReason::budget), round_with(200, StopReason::budget)}), 0.95, ranks);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].rounds, 2U);
    EXPECT_EQ(found[0].kind, DisturbanceKind::other_work);
    EXPECT_THAT(found[0].what.english(), HasSubstr("rank 1 on b was switched out 100 times a second"));
    EXPECT_EQ(disturbances_said(found, 4).english(),
              "the machine was disturbed in 50 % of rounds (other work on the cores), and their intervals are wider "
              "than asked. Repeat when it is idle");
}

TEST(Disturbances, ARoundAsNarrowAsAskedOrAQuietMachineHasNone)
{
    EXPECT_THAT(disturbances_of(record_of_rounds({round_with(1000, StopReason::converged)}), 0.95, ranks), IsEmpty());
    EXPECT_THAT(disturbances_of(record_of_rounds({round_with(0, StopReason::budget)}), 0.95, ranks), IsEmpty());
    EXPECT_THAT(disturbances_of(record_of_rounds({}), 0.95, ranks), IsEmpty());
    CaseRecord failed = record_of_rounds({round_with(1000, StopReason::budget)});
    failed.header.status = CaseStatus::failed;
    EXPECT_THAT(disturbances_of(failed, 0.95, ranks), IsEmpty());
    EXPECT_TRUE(disturbances_said({}, 10).empty());
}

}  // namespace
}  // namespace plumbline
