// SPDX-License-Identifier: Apache-2.0
#include "harness/endure/supervision.hpp"

#include "collectives/util/hash.hpp"
#include "results/endurance/endurance.hpp"
#include "results/records/run_data.hpp"
#include "results/statistics/failure_rates.hpp"
#include "results/verdicts/judge.hpp"

#include <gtest/gtest.h>

#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace plumbline::endure {
namespace {

constexpr double start_s = 1.8e9;
constexpr double day = 86'400;
constexpr double minute = 60;

/// How a job of a simulated soak fares; times in seconds.
struct World {
    std::function<double(std::size_t launch)> lives = [](std::size_t) {
        return 0.0;
    };  ///< from its first new step to its end
    double detection_s = 10;
    double connect_s = 20;
    double load_s = 30;
    double first_step_s = 1;
    std::function<double(std::size_t launch)> regain_s = [](std::size_t) { return 60.0; };
    std::size_t clean_after = SIZE_MAX;  ///< launches that end badly
};

/// Runs a soak on a virtual clock, with a step a second, told every 5 minutes.
class VirtualSoak {
public:
    VirtualSoak(const SupervisionSettings& settings, World world)
        : world_(std::move(world)), supervision_(settings, begun(settings))
    {
    }

    const Soak& run()
    {
        while (true) {
            for (const JournalRecord& record : supervision_.take_records()) {
                bytes_ += journal_line(record, end_).size();
            }
            switch (supervision_.take_order()) {
                case Order::launch:
                    supervision_.launched(now_, "");
                    live();
                    break;
                case Order::kill:
                    supervision_.gone(now_, {});
                    break;
                case Order::wait:
                    now_ = std::max(now_, supervision_.deadline_s());
                    supervision_.tick(now_);
                    break;
                case Order::stop:
                    supervision_.heard(now_, step_message("done"));
                    supervision_.ended(now_, 0, {});
                    break;
                case Order::finish:
                    return supervision_.soak();
            }
        }
    }
    std::size_t journal_bytes() const { return bytes_; }
    std::size_t launches() const { return launch_; }

private:
    static Soak begun(const SupervisionSettings& settings)
    {
        SoakSettings soak;
        soak.planned_s = settings.planned_s;
        const std::vector<JournalRecord> records{begin_record(soak, "test", start_s)};
        return soak_of(records, "test");
    }

    Message step_message(const std::string& kind) const
    {
        return {.kind = kind, .fields = {{"step", std::to_string(steps_)}}};
    }

    /// One launch, up to its end or until the soak is to stop.
    void live()
    {
        const std::size_t launch = launch_++;
        now_ += world_.connect_s;
        supervision_.heard(now_, {.kind = "connected", .fields = {{"ranks", "12288"}, {"nodes", "1536"}}});
        now_ += world_.load_s;
        const std::uint64_t newest = steps_;
        steps_ -= std::min(steps_, std::uint64_t{30});
        supervision_.heard(now_, step_message("loaded"));
        now_ += world_.first_step_s;
        ++steps_;
        supervision_.heard(now_, step_message("step"));
        if (launch > 0) {
            for (double left = world_.regain_s(launch); left > 0; left -= 5 * minute) {
                now_ += std::min(left, 5 * minute);
                supervision_.heard(now_, {.kind = "alive", .fields = {}});
            }
            steps_ = newest + 1;
            supervision_.heard(now_, step_message("step"));
        }
        const double ends = launch < world_.clean_after ? now_ + world_.lives(launch) : INFINITY;
        while (true) {
            const double next = std::min(now_ + 5 * minute, ends);
            supervision_.tick(std::min(next, supervision_.deadline_s()));
            if (supervision_.soak().end) {
                return;
            }
            steps_ += static_cast<std::uint64_t>(next - now_);
            now_ = next;
            supervision_.heard(now_, step_message("step"));
            supervision_.tick(now_);
            for (const JournalRecord& record : supervision_.take_records()) {
                bytes_ += journal_line(record, end_).size();
            }
            const Order order = supervision_.take_order();
            if (order == Order::kill) {
                throw std::logic_error("a job that is well was given up: " + supervision_.soak().events.back().what);
            }
            if (order == Order::stop) {
                supervision_.heard(now_, step_message("done"));
                supervision_.ended(now_, 0, {});
                return;
            }
            if (now_ == ends) {
                now_ += world_.detection_s;
                supervision_.ended(now_, 1, {.cause = Cause::rank_died, .what = "rank 3 (node1) died", .rank = 3});
                return;
            }
        }
    }

    World world_;
    Supervision supervision_;
    double now_ = start_s;
    std::uint64_t steps_ = 0;
    std::size_t launch_ = 0;
    std::size_t bytes_ = 0;
    JournalEnd end_;
};

Finding judged(const Soak& soak, const Target& target)
{
    RunData data;
    data.soak = std::make_shared<const Soak>(soak);
    return judge(std::vector{target}, data).findings.front();
}

Target recovery_within(double seconds)
{
    return {.name = "recovery",
            .metric = Metric::recovery_time,
            .where = {},
            .base = {},
            .at = {},
            .at_least = {},
            .at_most = seconds,
            .quantile = 0.95,
            .confidence = 0.95};
}

TEST(Supervision, FiftyFourDaysWith466StopsOfAQuarterOfAnHourAre90PerCentEffective)
{
    // Each stop costs 16.7 min from fault to regained step: 10 + 20 + 30 + 1 s, and the rest to regain.
    constexpr double loss_s = 16.7 * minute;
    World world{.lives = [](std::size_t) { return 54 * day / 466 - loss_s; }, .clean_after = 466};
    world.regain_s = [&](std::size_t) { return loss_s - 10 - 20 - 30 - 1; };
    const Soak soak = VirtualSoak({.planned_s = 54 * day}, world).run();
    EXPECT_EQ(interruptions(soak), 466U);
    EXPECT_TRUE(soak.complete());
    EXPECT_NEAR(time_spent(soak).effective_ratio().value(), 1 - 466 * loss_s / (54 * day), 1e-4);
    EXPECT_NEAR(100 * time_spent(soak).effective_ratio().value(), 90.0, 0.05);
}

TEST(Supervision, TheIntervalOfMtbfHoldsTheTruthIn93Of100Seeds)
{
    constexpr double mtbf_s = 3.09 * 3600;
    int holds = 0;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        World world;
        world.lives = [=](std::size_t launch) {
            return -mtbf_s * std::log1p(-static_cast<double>(hashed(seed, launch) >> 11U) * 0x1p-53);
        };
        world.connect_s = world.load_s = world.first_step_s = world.detection_s = 1;
        world.regain_s = [](std::size_t) { return 1.0; };
        const Soak soak = VirtualSoak({.planned_s = 10 * day}, world).run();
        const Interval interval = mtbf_interval(soak.wall_s(), interruptions(soak), 0.95);
        holds += interval.low <= mtbf_s && mtbf_s <= interval.high ? 1 : 0;
    }
    EXPECT_GE(holds, 93);
}

TEST(Supervision, FiftyNineRecoveriesWithinTheBoundPassAnd58AreInconclusive)
{
    const auto soak_with = [](std::size_t late) {
        World world{.lives = [](std::size_t) { return 3600.0; }, .clean_after = 59};
        world.regain_s = [late](std::size_t launch) { return launch <= late ? 40 * minute : 5 * minute; };
        return VirtualSoak({.planned_s = 10 * day, .until_recoveries = 59, .end_bound_s = 1000}, world).run();
    };
    const Soak all = soak_with(0);
    EXPECT_EQ(all.recoveries(), 59U);
    EXPECT_EQ(judged(all, recovery_within(30 * minute)).verdict, Verdict::pass);
    const Finding one_missed = judged(soak_with(1), recovery_within(30 * minute));
    EXPECT_EQ(one_missed.verdict, Verdict::inconclusive);
    EXPECT_NE(one_missed.why.english().find("93 with 1 miss, so 34 are lacking"), std::string::npos) << one_missed.why;
    EXPECT_EQ(judged(soak_with(12), recovery_within(30 * minute)).verdict, Verdict::fail);
}

TEST(Supervision, FewerRecoveriesSayHowManyAreLacking)
{
    World world{.lives = [](std::size_t) { return 3600.0; }, .clean_after = 12};
    const Finding finding = judged(VirtualSoak({.planned_s = day}, world).run(), recovery_within(30 * minute));
    EXPECT_EQ(finding.verdict, Verdict::inconclusive);
    EXPECT_NE(finding.why.english().find("59 without a miss, so 47 are lacking"), std::string::npos) << finding.why;
}

TEST(Supervision, ThirtyCleanDaysProveTenDaysBetweenInterruptions)
{
    const Soak soak = VirtualSoak({.planned_s = 30 * day}, {.clean_after = 0}).run();
    const Target target{
        .name = "mtbf", .metric = Metric::mtbf, .where = {}, .base = {}, .at = {}, .at_least = 10 * day, .at_most = {}};
    const Finding finding = judged(soak, target);
    EXPECT_EQ(finding.verdict, Verdict::pass);
    EXPECT_NE(finding.why.english().find("30.0 d with 0 interruptions prove an MTBF of at least 10.0"),
              std::string::npos)
        << finding.why;
}

TEST(Supervision, ThePhasesOfARecoveryAreThoseOfTheJob)
{
    World world{.lives = [](std::size_t) { return 3600.0; }, .clean_after = 1};
    world.detection_s = 7;
    world.connect_s = 11;
    world.load_s = 2;
    world.first_step_s = 3;
    const Soak soak = VirtualSoak({.planned_s = day}, world).run();
    ASSERT_EQ(soak.events.size(), 1U);
    const SoakEvent& event = soak.events.front();
    EXPECT_NEAR(event.detection_s().value(), 7, 1e-5);
    EXPECT_NEAR(event.restart_s().value(), 11, 1e-5);
    EXPECT_NEAR(event.between(Moment::connected, Moment::loaded).value(), 2, 1e-5);
    EXPECT_NEAR(event.resume_s().value(), 2 + 3 + 60, 1e-5);
    EXPECT_NEAR(event.recovery_s().value(), 7 + 11 + 2 + 3 + 60, 1e-5);
    EXPECT_EQ(event.lost_steps(), 30U);
}

TEST(Supervision, ThirtyDaysOfStepsEachSecondTakeFewBytesOfTheDiskAndOfMemory)
{
    const std::size_t before = ::mallinfo2().uordblks;  // the sanitizers' allocator says 0
    VirtualSoak soak({.planned_s = 30 * day}, {.lives = [](std::size_t) { return 2 * 3600.0; }});
    soak.run();
    const std::size_t after = ::mallinfo2().uordblks;
    EXPECT_GT(soak.launches(), 340U);
    EXPECT_LT(soak.journal_bytes(), 20U << 20U);
    EXPECT_LT(after - before, 16U << 20U);
    RecordProperty("heap_bytes", std::to_string(after - before));
    RecordProperty("journal_bytes", std::to_string(soak.journal_bytes()));
}

class SupervisionTest : public testing::Test {
protected:
    SupervisionTest()
        : supervision_(
              {.planned_s = 1000, .hang_bound_s = 50, .start_bound_s = 100, .give_up_after = 3, .first_pause_s = 10},
              soak_of(std::vector{begin_record({}, "test", start_s)}, "test"))
    {
    }

    void launch(double at)
    {
        ASSERT_EQ(supervision_.take_order(), Order::launch);
        supervision_.launched(start_s + at, "");
    }
    void run_from(double at, std::uint64_t step)
    {
        launch(at);
        say(at, "connected", 0);
        say(at, "loaded", step);
        say(at + 1, "step", step + 1);
    }
    void say(double at, const std::string& kind, std::uint64_t step)
    {
        supervision_.heard(start_s + at, {.kind = kind, .fields = {{"step", std::to_string(step)}, {"what", "w"}}});
    }

    Supervision supervision_;
};

TEST_F(SupervisionTest, AHangIsDeclaredAfterItsBoundAndNotBefore)
{
    run_from(0, 0);
    say(10, "step", 5);
    supervision_.tick(start_s + 59);
    EXPECT_EQ(supervision_.take_order(), Order::wait);
    EXPECT_DOUBLE_EQ(supervision_.deadline_s(), start_s + 60);
    supervision_.tick(start_s + 60);
    EXPECT_EQ(supervision_.take_order(), Order::kill);
    ASSERT_EQ(supervision_.soak().events.size(), 1U);
    const SoakEvent& event = supervision_.soak().events.front();
    EXPECT_EQ(event.cause, Cause::hang);
    EXPECT_NEAR(event.detection_s().value(), 50, 1e-5);
}

TEST_F(SupervisionTest, ANamedRankIsDeclaredAtOnce)
{
    run_from(0, 0);
    supervision_.noticed(start_s + 10, {.cause = Cause::rank_died, .what = ""});
    supervision_.tick(start_s + 10);
    EXPECT_EQ(supervision_.take_order(), Order::wait);  // somebody may name it yet
    supervision_.noticed(start_s + 10.5,
                         {.cause = Cause::rank_died, .what = "rank 2 (b) died", .rank = 2, .host = "b"});
    supervision_.tick(start_s + 10.5);
    EXPECT_EQ(supervision_.take_order(), Order::kill);
    EXPECT_EQ(supervision_.soak().events.front().rank, 2);
    EXPECT_EQ(supervision_.soak().events.front().host, "b");
}

TEST_F(SupervisionTest, PausesGrowAndTheSupervisorGivesUp)
{
    run_from(0, 0);
    supervision_.ended(start_s + 10, 1, {});
    supervision_.gone(start_s + 10, {});
    launch(10);  // at once
    supervision_.ended(start_s + 20, 1, {});
    supervision_.gone(start_s + 20, {});
    EXPECT_EQ(supervision_.take_order(), Order::wait);
    supervision_.tick(start_s + 30);
    launch(30);
    supervision_.ended(start_s + 40, 1, {});
    supervision_.gone(start_s + 40, {});
    EXPECT_EQ(supervision_.take_order(), Order::finish);
    EXPECT_TRUE(supervision_.soak().end->gave_up);
    EXPECT_NE(supervision_.soak().end->why.find("3 failures in a row"), std::string::npos);
}

TEST_F(SupervisionTest, AFaultInTheMiddleOfARecoveryIsAnInterruptionOfItsOwn)
{
    run_from(0, 0);
    say(100, "step", 90);
    supervision_.ended(start_s + 100, 1, {});
    supervision_.gone(start_s + 100, {});
    run_from(110, 50);
    supervision_.ended(start_s + 120, 1, {});
    supervision_.gone(start_s + 120, {});
    supervision_.tick(start_s + 130);
    run_from(130, 50);
    say(180, "step", 91);
    const Soak& soak = supervision_.soak();
    ASSERT_EQ(soak.events.size(), 2U);
    EXPECT_NEAR(soak.events[0].recovery_s().value(), 80, 1e-5);  // until the step of before both
    EXPECT_NEAR(time_spent(soak).lost_s, 80, 1e-5);              // once
    EXPECT_EQ(soak.events[0].lost_steps(), 40U);
}

TEST_F(SupervisionTest, InjectedFaultsAreMarkedAndNoInterruptionsOfTheSystem)
{
    run_from(0, 0);
    supervision_.injected(start_s + 5, "kill", "0", true);
    supervision_.ended(start_s + 8, 1, {});
    const SoakEvent& event = supervision_.soak().events.front();
    EXPECT_EQ(event.injected, "kill");
    EXPECT_NEAR(event.detection_s().value(), 3, 1e-5);
    EXPECT_EQ(interruptions(supervision_.soak()), 0U);
}

TEST_F(SupervisionTest, WrongDataEndsTheSegmentAndIsCounted)
{
    run_from(0, 0);
    say(10, "wrong", 0);
    supervision_.ended(start_s + 11, 5, {});
    EXPECT_EQ(wrong_data_events(supervision_.soak()), 1U);
    EXPECT_EQ(supervision_.take_order(), Order::kill);
}

TEST_F(SupervisionTest, WrongDataIsCountedBeforeTheFirstStepToo)
{
    launch(0);
    say(1, "connected", 0);
    say(1, "loaded", 0);
    say(2, "wrong", 0);
    supervision_.ended(start_s + 3, 5, {});
    supervision_.gone(start_s + 3, {});
    run_from(4, 0);
    say(10, "step", 5);
    EXPECT_EQ(wrong_data_events(supervision_.soak()), 1U);
    const Target none{.name = "wrong",
                      .metric = Metric::wrong_data_cases,
                      .where = {},
                      .base = {},
                      .at = {},
                      .at_least = {},
                      .at_most = 0};
    EXPECT_EQ(judged(supervision_.soak(), none).verdict, Verdict::fail);
}

TEST_F(SupervisionTest, ACheckpointThatCantBeWrittenIsNotedAndNoInterruption)
{
    run_from(0, 0);
    say(10, "no_checkpoint", 9);
    say(20, "no_checkpoint", 19);
    say(30, "checkpoint", 29);
    const Soak& soak = supervision_.soak();
    ASSERT_EQ(soak.events.size(), 1U);
    EXPECT_EQ(soak.events.front().cause, Cause::checkpoint);
    EXPECT_NEAR(soak.events.front().recovery_s().value(), 20, 1e-5);
    EXPECT_EQ(soak.recoveries(), 0U);
    EXPECT_EQ(time_spent(soak).lost_s, 0);
}

TEST_F(SupervisionTest, AFullDiskIsMarkedThoughACheckpointThatWasOnItsWayStillCame)
{
    run_from(0, 0);
    supervision_.injected(start_s + 10, "full_disk", "0", true);
    supervision_.carried_out(start_s + 12);
    say(12.5, "checkpoint", 9);  // was begun before
    say(13, "no_checkpoint", 12);
    EXPECT_EQ(supervision_.soak().events.front().injected, "full_disk");
}

TEST_F(SupervisionTest, AFullDiskThatHadRoomAllTheSameIsOver)
{
    run_from(0, 0);
    supervision_.injected(start_s + 10, "full_disk", "0", true);
    supervision_.carried_out(start_s + 12);
    EXPECT_FALSE(supervision_.steady());
    say(15, "checkpoint", 9);
    EXPECT_TRUE(supervision_.steady());
}

TEST_F(SupervisionTest, ARefusalBeforeTheFirstStepEndsItWithTheSentence)
{
    launch(0);
    say(1, "refused", 0);
    EXPECT_EQ(supervision_.take_order(), Order::finish);
    EXPECT_EQ(supervision_.refusal(), "w");
}

TEST_F(SupervisionTest, WhatWasWrittenDownGivesTheSameSoak)
{
    std::vector<JournalRecord> records{begin_record({}, "test", start_s)};
    const auto keep = [&] {
        for (JournalRecord& record : supervision_.take_records()) {
            records.push_back(std::move(record));
        }
    };
    run_from(0, 0);
    keep();
    say(30, "checkpoint", 29);
    say(90, "step", 80);
    supervision_.tick(start_s + 90);
    supervision_.ended(start_s + 95, 1, {});
    supervision_.gone(start_s + 95, {});
    keep();
    run_from(96, 29);
    say(160, "step", 100);
    keep();
    const Soak soak = soak_of(records, "test");
    EXPECT_EQ(soak.events, supervision_.soak().events);
    EXPECT_EQ(soak.most_steps, supervision_.soak().most_steps);
    EXPECT_EQ(soak.checkpoints, 1U);
}

}  // namespace
}  // namespace plumbline::endure
