// SPDX-License-Identifier: Apache-2.0
#include "results/comparison/compare.hpp"
#include "results/statistics/hypothesis_tests.hpp"

#include "results/printers/compare.hpp"
#include "results/report/compare_data.hpp"
#include "tests/support/measured_run.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <random>
#include <sstream>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using test::collective_case;
using test::MeasuredRun;
using test::spread_times;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

ComparedRun as_compared(const std::string& label, const MeasuredRun& run)
{
    ComparedRun compared;
    compared.label = label;
    compared.info.name = label;
    compared.info.hosts = {"h0"};
    compared.measured = run.measured();
    compared.info.synchronisation = "dissemination: own barrier";
    return compared;
}

struct Pair {
    MeasuredRun a, b;
    std::vector<ComparedRun> runs() const { return {as_compared("A.h5", a), as_compared("B.h5", b)}; }
    /// As of files whose launches don't differ.
    Comparison compared(std::optional<double> limit = std::nullopt) const
    {
        return compare(runs(), {.worse_limit = limit, .launch_spread = 0});
    }
};

TEST(SeparationP, IsWhatTheWidestIntervalsOfSixSamplesCanShow)
{
    // [1st, 6th] of 6 holds the median with 1 - 2/64 (binomial), each side at 1 - alpha / 2: alpha = 4/64.
    const auto p = separation_p(spread_times(1, 0.01, 6), spread_times(2, 0.01, 6));
    ASSERT_TRUE(p);
    EXPECT_NEAR(*p, 4.0 / 64, 1e-6);
}

TEST(SeparationP, IsOneForTheSameSamplesAndNothingForFewerThanSix)
{
    EXPECT_EQ(separation_p(spread_times(1, 0.1), spread_times(1, 0.1)), 1);
    EXPECT_EQ(separation_p(spread_times(1, 0.1, 5), spread_times(9, 0.1, 50)), std::nullopt);
}

TEST(SeparationP, IsRarelySmallForSamplesOfOneKind)
{
    std::mt19937_64 random(7);
    std::lognormal_distribution<double> draw(0, 1);
    int small = 0;
    for (int i = 0; i < 1000; ++i) {
        std::vector<double> a(40);
        std::vector<double> b(30);
        std::generate(a.begin(), a.end(), [&] { return draw(random); });
        std::generate(b.begin(), b.end(), [&] { return draw(random); });
        small += *separation_p(a, b) <= 0.05 ? 1 : 0;
    }
    EXPECT_LE(small, 50);
    EXPECT_GT(small, 0);  // it isn't blind either
}

TEST(Holm, RejectsInOrderUntilOneHolds)
{
    const std::vector<std::optional<double>> p{0.01, 0.04, 0.03, 0.005, std::nullopt};
    EXPECT_THAT(holm(p, 0.05), ElementsAre(true, false, false, true, false));
    EXPECT_THAT(holm({}, 0.05), ElementsAre());
}

TEST(SamplesToShow, AreThoseOfTheWidestIntervals)
{
    for (const std::size_t cases : {1U, 39U, 1000U}) {
        const std::size_t n = samples_to_show(0.05, cases);
        EXPECT_LE(*separation_p(spread_times(1, 0.01, n), spread_times(2, 0.01, n)), 0.05 / static_cast<double>(cases));
        EXPECT_GT(*separation_p(spread_times(1, 0.01, n - 1), spread_times(2, 0.01, n - 1)),
                  0.05 / static_cast<double>(cases));
    }
}

TEST(CliffsDelta, CountsPairs)
{
    EXPECT_EQ(cliffs_delta(std::vector{1.0, 2.0}, std::vector{3.0, 4.0}), 1);
    EXPECT_EQ(cliffs_delta(std::vector{1.0, 2.0}, std::vector{1.0, 2.0}), 0);
    EXPECT_EQ(cliffs_delta(std::vector{2.0}, std::vector{1.0, 2.0, 3.0, 1.0}), -0.25);
    EXPECT_EQ(cliffs_delta(std::vector<double>{}, std::vector{1.0}), std::nullopt);
}

TEST(Compare, TheRatioIsOfSpeedsAndAboveOneIsFaster)
{
    Pair pair;
    pair.a.add(collective_case("allreduce", 1024, 4), spread_times(2e-3, 0.01, 40));
    pair.b.add(collective_case("allreduce", 1024, 4), spread_times(1e-3, 0.01, 40));
    const Comparison result = pair.compared();
    ASSERT_EQ(result.cases.size(), 1U);
    const ComparedCase& c = result.cases[0];
    EXPECT_DOUBLE_EQ(c.ratio, 2);
    EXPECT_EQ(c.difference, Difference::better);
    EXPECT_EQ(c.effect, 1);
    EXPECT_LT(c.interval->low, 2);
    EXPECT_GT(c.interval->high, 2);
    EXPECT_FALSE(result.verdict);
}

TEST(Compare, UnlikeCasesAreListedWithWhatTellsThemApart)
{
    Pair pair;
    pair.a.add(collective_case("allreduce", 1024, 4, 1), spread_times(1, 0.01));
    pair.b.add(collective_case("allreduce", 1024, 4, 2), spread_times(1, 0.01));
    CaseIdentity half = collective_case("allreduce", 2048, 4);
    half.dtype = DataType::float16;
    pair.a.add(collective_case("allreduce", 2048, 4), spread_times(1, 0.01));
    pair.b.add(half, spread_times(1, 0.01));
    pair.a.add(collective_case("alltoall", 2048, 4), spread_times(1, 0.01));
    pair.b.add_unmeasured(collective_case("alltoall", 2048, 4), CaseStatus::failed, "wrong data");
    pair.a.add(collective_case("broadcast", 2048, 4), spread_times(1, 0.01));
    const Comparison result = pair.compared();
    EXPECT_TRUE(result.cases.empty());
    std::vector<std::string> whys;
    for (const UnmatchedCase& lost : result.unmatched) {
        whys.push_back(fmt::format("{} {}", lost.run, lost.why.english()));
    }
    EXPECT_THAT(whys, ElementsAre("0 nodes is 1, 2 in B.h5", "0 dtype is float32, float16 in B.h5",
                                  "0 failed: wrong data in B.h5", "0 no such case in B.h5", "1 nodes is 2, 1 in A.h5",
                                  "1 dtype is float16, float32 in A.h5", "1 failed: wrong data"));
}

TEST(Compare, OfManyParametersOnlyThoseThatDifferAreTold)
{
    Pair pair;
    CaseIdentity step = collective_case("training_step", 1024, 8);
    step.parameters = {{"layers", "16"}, {"global_batch", "8"}, {"sharding", "zero1"}};
    pair.a.add(step, spread_times(1, 0.01));
    step.parameters = {{"layers", "16"}, {"global_batch", "16"}};
    pair.b.add(step, spread_times(1, 0.01));
    const Comparison result = pair.compared();
    ASSERT_EQ(result.unmatched.size(), 2U);
    EXPECT_EQ(result.unmatched[0].why, "global_batch is 8, 16 in B.h5; sharding is zero1, none in B.h5");
}

TEST(Compare, StartsThatWereBroughtAboutDifferentlyAreUnlike)
{
    Pair pair;
    pair.a.add(collective_case("allreduce", 1024, 4), spread_times(1, 0.01));
    pair.b.add(collective_case("allreduce", 1024, 4), spread_times(1, 0.01));
    auto runs = pair.runs();
    runs[1].info.synchronisation = "window, 50 us";
    const Comparison result = compare(runs);
    ASSERT_EQ(result.unmatched.size(), 2U);
    EXPECT_EQ(result.unmatched[0].why, "common start is dissemination, window in B.h5");
}

TEST(Compare, ACaseWithTooFewSamplesIsUnknownAndNotEqual)
{
    Pair pair;
    pair.a.add(collective_case("allreduce", 1024, 4), spread_times(1, 0.01, 5));
    pair.b.add(collective_case("allreduce", 1024, 4), spread_times(1, 0.01, 5));
    const Comparison result = pair.compared(0.05);
    EXPECT_EQ(result.cases.at(0).difference, Difference::unknown);
    EXPECT_EQ(result.cases.at(0).why, "5 of 7 samples needed");
    EXPECT_EQ(result.verdict, Verdict::inconclusive);
}

TEST(Compare, WhatIsTooFewIsNamed)
{
    Pair pair;
    for (MeasuredRun* run : {&pair.a, &pair.b}) {
        CaseRecord& record = run->add(collective_case("allreduce", 1024, 4), spread_times(1, 0.01, 3));
        for (int i = 1; i < 6; ++i) {
            record.rounds.push_back(test::round_of(spread_times(1, 0.01, 3), 4));
        }
    }
    EXPECT_EQ(pair.compared(0.05).cases.at(0).why, "6 of 7 rounds needed");
}

TEST(Compare, ACaseOfTheReferenceWhoseTimeIsNoneLeavesNoGreenVerdict)
{
    Pair pair;
    pair.a.add(collective_case("allreduce", 1024, 4), spread_times(1, 0.01));
    pair.b.add(collective_case("allreduce", 1024, 4), spread_times(1, 0.01));
    EXPECT_EQ(pair.compared(0.05).verdict, Verdict::pass);
    pair.a.add(collective_case("barrier", 0, 4), spread_times(1, 0.01));
    pair.b.add(collective_case("barrier", 0, 4), spread_times(0, 0));
    EXPECT_EQ(pair.compared(0.05).verdict, Verdict::not_measured);
    EXPECT_EQ(pair.compared(0.05).unmatched.at(0).why, "its time in B.h5 is 0, which has no ratio");

    Pair nothing_moves;
    nothing_moves.a.add(collective_case("allreduce", 1024, 4), spread_times(1, 0.01));
    nothing_moves.b.add(collective_case("allreduce", 1024, 4), spread_times(1, 0.01));
    nothing_moves.a.add(collective_case("barrier", 0, 1), spread_times(0, 0));
    nothing_moves.b.add(collective_case("barrier", 0, 1), spread_times(0, 0));
    EXPECT_EQ(nothing_moves.compared(0.05).verdict, Verdict::pass);
}

TEST(Compare, AStandInIsNeverGreen)
{
    Pair pair;
    pair.a.add(collective_case("allreduce", 1024, 4), spread_times(1, 0.01));
    pair.b.add(collective_case("allreduce", 1024, 4), spread_times(1, 0.01));
    auto runs = pair.runs();
    runs[1].measured.fake_library = true;
    EXPECT_EQ(compare(runs, {.worse_limit = 0.05, .launch_spread = 0}).verdict, Verdict::not_measured);

    Pair slower;
    slower.a.add(collective_case("allreduce", 1024, 4), spread_times(1, 0.01, 40));
    slower.b.add(collective_case("allreduce", 1024, 4), spread_times(9, 0.01, 40));
    auto unlike = slower.runs();
    EXPECT_EQ(compare(unlike, {.worse_limit = 0.05, .launch_spread = 0}).verdict, Verdict::fail);
    unlike[1].measured.fake_library = true;
    EXPECT_EQ(compare(unlike, {.worse_limit = 0.05, .launch_spread = 0}).verdict, Verdict::not_measured);
}

TEST(Compare, ManyCasesOfOneKindShowNoDifferenceBeyondTheConfidence)
{
    std::mt19937_64 random(11);
    std::normal_distribution<double> draw(1, 0.05);
    int runs_with_difference = 0;
    for (int run = 0; run < 40; ++run) {
        Pair pair;
        for (std::uint64_t i = 1; i <= 50; ++i) {
            for (MeasuredRun* side : {&pair.a, &pair.b}) {
                std::vector<double> times(30);
                std::generate(times.begin(), times.end(), [&] { return draw(random); });
                side->add(collective_case("allreduce", 8 * i, 2), times);
            }
        }
        const Comparison result = pair.compared();
        runs_with_difference += std::any_of(result.cases.begin(), result.cases.end(), [](const ComparedCase& c) {
            return c.difference != Difference::not_significant;
        });
    }
    EXPECT_LE(runs_with_difference, 4);
}

TEST(Compare, MeansAreGeometricAndWithinARegime)
{
    Pair pair;
    // Latency 1 ms, 1 byte/us: 8 B and 64 B are latency-bound, 1000 is in between, 1e6 and 2e6 bandwidth-bound.
    const auto time = [](double bytes) { return 1e-3 + bytes * 1e-6; };
    for (const std::uint64_t bytes : {8U, 64U, 1000U, 1000000U, 2000000U}) {
        pair.a.add(collective_case("broadcast", bytes, 4), spread_times(time(static_cast<double>(bytes)), 0.001, 40));
        const double factor = bytes == 8 ? 2 : bytes == 64 ? 0.5 : 1.25;
        pair.b.add(collective_case("broadcast", bytes, 4),
                   spread_times(time(static_cast<double>(bytes)) * factor, 0.001, 40));
    }
    pair.a.add(collective_case("alltoall", 64, 4), spread_times(1, 0.001, 40));
    pair.b.add(collective_case("alltoall", 64, 4), spread_times(1, 0.001, 40));
    auto runs = pair.runs();
    runs[0].price = 100;
    runs[1].price = 50;
    const Comparison result = compare(runs);
    ASSERT_EQ(result.regimes.size(), 4U);
    EXPECT_EQ(result.regimes[0].regime, Regime::latency);
    EXPECT_EQ(result.regimes[0].cases, 2U);
    EXPECT_NEAR(result.regimes[0].geometric_mean, 1, 1e-12);
    EXPECT_EQ(result.regimes[0].better, 1U);
    EXPECT_EQ(result.regimes[0].worse, 1U);
    EXPECT_EQ(result.regimes[1].regime, Regime::transition);
    EXPECT_EQ(result.regimes[2].regime, Regime::bandwidth);
    EXPECT_NEAR(result.regimes[2].geometric_mean, 0.8, 1e-12);
    EXPECT_NEAR(result.regimes[2].per_price.value(), 1.6, 1e-12);
    EXPECT_EQ(result.regimes[3].regime, Regime::one_size);
}

TEST(Compare, EveryWorkloadIsAStepWhateverItCommunicates)
{
    for (const char* pattern :
         {"pipeline", "data_parallel", "tensor_parallel", "decode", "expert_parallel", "training_step"}) {
        Pair pair;
        pair.a.add(collective_case(pattern, 1024, 4), spread_times(1, 0.001, 40));
        pair.b.add(collective_case(pattern, 1024, 4), spread_times(1, 0.001, 40));
        const Comparison result = compare(pair.runs());
        ASSERT_EQ(result.cases.size(), 1U) << pattern;
        EXPECT_EQ(result.cases[0].regime, Regime::step) << pattern;
    }
}

TEST(Compare, TheLimitFailsOnWhatIsShownAndIsInconclusiveOnWhatStraddles)
{
    const auto verdict = [](double slower, double spread) {
        Pair pair;
        pair.a.add(collective_case("allreduce", 1024, 4), spread_times(1, spread, 60));
        pair.b.add(collective_case("allreduce", 1024, 4), spread_times(slower, spread, 60));
        return pair.compared(0.05).verdict;
    };
    EXPECT_EQ(verdict(1.20, 0.01), Verdict::fail);
    EXPECT_EQ(verdict(1.03, 0.001), Verdict::pass);
    EXPECT_EQ(verdict(1.055, 0.2), Verdict::inconclusive);
    EXPECT_EQ(verdict(0.5, 0.01), Verdict::pass);
}

/// A case whose time is 1 in one run and `slower` in the other, both of one launch.
Pair launches_apart(double slower)
{
    Pair pair;
    pair.a.add(collective_case("allreduce", 1024, 4), spread_times(1, 0.001, 60));
    pair.b.add(collective_case("allreduce", 1024, 4), spread_times(slower, 0.001, 60));
    return pair;
}

TEST(Compare, WhatLaunchesMayDifferByIsNotShownByOneLaunch)
{
    const auto shown = [](double slower) { return compare(launches_apart(slower).runs()).cases.at(0); };
    EXPECT_EQ(shown(1.09).difference, Difference::unknown);
    EXPECT_EQ(shown(1.09).why, "1 of 7 launches needed");
    EXPECT_EQ(shown(1 / 1.09).difference, Difference::unknown);
    EXPECT_EQ(shown(1.12).difference, Difference::worse);
    EXPECT_EQ(shown(1 / 1.12).difference, Difference::better);
    EXPECT_EQ(shown(1).difference, Difference::not_significant);
    EXPECT_EQ(compare(launches_apart(1.09).runs()).launch_spread, default_launch_spread);
}

TEST(Compare, ALimitIsBeyondWhatLaunchesMayDifferByWhereThereIsOneLaunch)
{
    const auto verdict = [](double slower) {
        return compare(launches_apart(slower).runs(), {.worse_limit = 0.05}).verdict;
    };
    EXPECT_EQ(verdict(1.20), Verdict::fail);  // 1 / 0.95 * 1.1 = 1.158
    EXPECT_EQ(verdict(1.14), Verdict::inconclusive);
    EXPECT_EQ(verdict(1.01), Verdict::inconclusive);
    EXPECT_EQ(verdict(0.94), Verdict::pass);
}

TEST(Compare, NothingIsAllowedForBetweenFilesOfSeveralLaunchesSimulatedRunsAndAFileAndItself)
{
    const Pair pair = launches_apart(1.03);
    auto several = pair.runs();
    for (ComparedRun& run : several) {
        run.measured.cases.at(0).interval_over = "launches";
    }
    EXPECT_EQ(compare(several).cases.at(0).difference, Difference::worse);
    EXPECT_EQ(compare(several).launch_spread, std::nullopt);
    several[0].measured.cases.at(0).interval_over = "rounds";
    EXPECT_EQ(compare(several).cases.at(0).difference, Difference::unknown);

    auto simulated = pair.runs();
    for (ComparedRun& run : simulated) {
        run.info.simulated = true;
    }
    EXPECT_EQ(compare(simulated).cases.at(0).difference, Difference::worse);
    EXPECT_EQ(compare(launches_apart(1).runs(), {.worse_limit = 0.05}).verdict, Verdict::pass);
}

TEST(Compare, ALostCaseIsNotMeasured)
{
    Pair pair;
    pair.a.add(collective_case("allreduce", 1024, 4), spread_times(1, 0.001, 60));
    pair.b.add(collective_case("allreduce", 1024, 4), spread_times(1, 0.001, 60));
    pair.a.add(collective_case("alltoall", 1024, 4), spread_times(1, 0.001, 60));
    EXPECT_EQ(pair.compared(0.05).verdict, Verdict::not_measured);
}

TEST(Compare, TheManifestSaysWhatDiffers)
{
    Pair pair;
    pair.a.add(collective_case("allreduce", 1024, 4), spread_times(1, 0.001, 60));
    pair.b.add(collective_case("allreduce", 1024, 4), spread_times(1, 0.001, 60));
    auto runs = pair.runs();
    runs[0].info.facts = {{"library", "Open MPI 4"}};
    runs[1].info.environment = {{"NCCL_ALGO", "Ring"}};
    std::ostringstream text;
    compare_text(text, runs, compare(runs));
    EXPECT_THAT(text.str(), HasSubstr("  library\n    A  Open MPI 4\n    B  (not said)\n"));
    EXPECT_THAT(text.str(), HasSubstr("  $NCCL_ALGO\n    A  (not said)\n    B  Ring\n"));
    const auto page = nlohmann::json::parse(report::compare_data(runs, compare(runs), report::Language::en));
    EXPECT_EQ(page["comparison"]["cases"][0]["series"]["en"], "allreduce");
}

}  // namespace
}  // namespace plumbline
