// SPDX-License-Identifier: Apache-2.0
#include "results/records/case_header.hpp"
#include "results/records/case_identity.hpp"
#include "results/records/case_record.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/round.hpp"
#include "results/summaries/observations.hpp"
#include "results/summaries/workload_summary.hpp"
#include "tests/support/measured_run.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

CaseRecord record_of(CaseIdentity what, std::vector<std::vector<double>> rows, std::vector<std::uint8_t> warmup)
{
    CaseRecord record;
    record.header.id = 3;
    record.header.what = std::move(what);
    record.header.world_ranks = {0, 1};
    Round round;
    round.seconds.samples = rows.size();
    round.seconds.ranks = rows.empty() ? 0 : rows.front().size();
    for (const auto& row : rows) {
        round.seconds.values.insert(round.seconds.values.end(), row.begin(), row.end());
    }
    round.warmup = std::move(warmup);
    round.batch.assign(rows.size(), 1);
    record.rounds.push_back(std::move(round));
    return record;
}

TEST(SlowestSeconds, takes_the_slowest_rank_of_timed_samples_of_all_rounds)
{
    CaseRecord record = record_of({}, {{9, 9}, {1, 2}, {4, 3}}, {1, 0, 0});
    record.rounds.push_back(record.rounds.front());
    record.rounds.emplace_back();
    EXPECT_EQ(slowest_seconds(record), (std::vector<double>{2, 4, 2, 4}));
    EXPECT_TRUE(slowest_seconds(CaseRecord{}).empty());
}

TEST(Summarize, estimates_the_median_of_the_slowest_ranks_with_its_interval)
{
    std::vector<std::vector<double>> rows{{100, 100}};
    for (int i = 1; i <= 10; ++i) {
        rows.push_back({static_cast<double>(i), 0.5});
    }
    std::vector<std::uint8_t> warmup(rows.size(), 0);
    warmup.front() = 1;
    CaseRecord record = record_of(test::collective_case("allreduce", 1100, 2), rows, warmup);
    record.header.total_bytes = 1100;
    record.header.bus_factor = 1.5;
    record.rounds.front().stop = StopReason::budget;

    const CaseSummary summary = summarize(record, 0.95);
    EXPECT_EQ(summary.samples, 10U);
    EXPECT_EQ(summary.warmups, 1U);
    EXPECT_EQ(summary.rounds, 1);
    EXPECT_EQ(summary.stop, "budget");
    EXPECT_EQ(summary.median_s, 5.5);
    EXPECT_EQ(summary.ci_low_s, 2.0);
    EXPECT_EQ(summary.ci_high_s, 9.0);
    EXPECT_EQ(summary.min_s, 1.0);
    EXPECT_EQ(summary.max_s, 10.0);
    EXPECT_EQ(summary.p95_s, std::nullopt);
    EXPECT_DOUBLE_EQ(summary.algbw_bytes_per_s.value(), 200.0);
    EXPECT_DOUBLE_EQ(summary.busbw_bytes_per_s.value(), 300.0);
    EXPECT_EQ(summary.bubble_fraction, std::nullopt);
    EXPECT_EQ(summary.exposed_s, std::nullopt);
    EXPECT_TRUE(summary.header.world_ranks.empty());
    EXPECT_EQ(summary.header.id, 3);
}

TEST(Summarize, leaves_out_what_is_undefined_rather_than_zero)
{
    CaseRecord record = record_of(test::collective_case("allreduce", 64, 1), {{1}, {1}, {1}, {1}, {1}}, {});
    record.header.total_bytes = 64;
    const CaseSummary one_rank = summarize(record, 0.95);
    EXPECT_EQ(one_rank.algbw_bytes_per_s, std::nullopt) << "it communicates nothing";
    EXPECT_EQ(one_rank.busbw_bytes_per_s, std::nullopt);
    EXPECT_EQ(one_rank.ci_low_s, std::nullopt);

    record.header.total_bytes = 0;
    EXPECT_EQ(summarize(record, 0.95).algbw_bytes_per_s, std::nullopt);
    EXPECT_EQ(summarize(CaseRecord{}, 0.95).median_s, std::nullopt);
}

TEST(Summarize, gives_percentiles_from_59_and_299_samples_on)
{
    const auto summary_of = [](std::size_t samples) {
        CaseRecord record;
        record.rounds.push_back(test::round_of(test::spread_times(1, 0.5, samples), 2));
        return summarize(record, 0.95);
    };
    EXPECT_EQ(summary_of(58).p95_s, std::nullopt);
    EXPECT_TRUE(summary_of(59).p95_s);
    EXPECT_EQ(summary_of(298).p99_s, std::nullopt);
    EXPECT_TRUE(summary_of(299).p99_s);
}

TEST(Summarize, a_failed_case_keeps_its_samples_and_has_no_numbers)
{
    CaseRecord record = record_of(test::collective_case("allreduce", 64, 2), {{1, 1}, {1, 1}}, {1, 0});
    record.header.status = CaseStatus::failed;
    record.header.why = "rank 1, element 7: expected 3, got 4";
    record.header.total_bytes = 64;
    const CaseSummary summary = summarize(record, 0.95);
    EXPECT_EQ(summary.header.status, CaseStatus::failed);
    EXPECT_EQ(summary.header.why, "rank 1, element 7: expected 3, got 4");
    EXPECT_EQ(summary.samples, 1U);
    EXPECT_EQ(summary.median_s, std::nullopt);
    EXPECT_EQ(summary.algbw_bytes_per_s, std::nullopt);
    EXPECT_EQ(summary.stop, "");
}

TEST(Summarize, measures_the_bubble_of_a_pipeline_against_its_closed_form)
{
    // 4 stages, 8 micro-batches of 3 ms: compute 24 ms a rank, step (8+4-1) * 3 ms = 33 ms, then 1 ms of communication.
    CaseIdentity what = test::collective_case("pipeline", 1024, 4);
    what.parameters = {{"schedule", "gpipe"}, {"microbatches", "8"}};
    CaseRecord record = record_of(what, {{9, 9, 9, 9}, {0.030, 0.031, 0.034, 0.033}}, {1, 0});
    record.rounds.front().shares["compute_s"] = {.samples = 2, .ranks = 4, .values = std::vector<double>(8, 0.024)};

    const CaseSummary summary = summarize(record, 0.95);
    EXPECT_DOUBLE_EQ(summary.bubble_fraction.value(), 1 - 24.0 / 34.0);
    EXPECT_DOUBLE_EQ(summary.bubble_ideal.value(), 3.0 / 11.0);
    EXPECT_NEAR(summary.exposed_s.value(), 0.001, 1e-12);
    EXPECT_EQ(bubble_fractions(record).size(), 1U);
}

TEST(Summarize, exposes_all_communication_of_a_data_parallel_step)
{
    CaseRecord record = record_of(test::collective_case("data_parallel", 1024, 2), {{0.012, 0.011}}, {0});
    record.rounds.front().shares["compute_s"] = {.samples = 1, .ranks = 2, .values = {0.010, 0.008}};
    const CaseSummary summary = summarize(record, 0.95);
    EXPECT_DOUBLE_EQ(summary.bubble_fraction.value(), 1 - 18.0 / 24.0);
    EXPECT_EQ(summary.bubble_ideal, std::nullopt);
    EXPECT_NEAR(summary.exposed_s.value(), 0.003, 1e-12);
}

TEST(Summarize, from_six_rounds_on_the_rounds_and_not_the_samples_are_the_witnesses)
{
    CaseRecord record;
    record.header.what.ranks = 2;
    for (int index = 0; index < 6; ++index) {
        Round round;
        round.index = index;
        // Each burst agrees with itself: medians 1, 2, 3, 4, 5, 6.
        round.seconds = {3, 1, {index + 0.9, index + 1.0, index + 1.1}};
        round.warmup = {0, 0, 0};
        round.batch = {1, 1, 1};
        record.rounds.push_back(round);
        if (index == 4) {
            EXPECT_EQ(summarize(record, 0.95).interval_over, "samples") << "five rounds give no interval";
        }
    }
    const CaseSummary row = summarize(record, 0.95);
    EXPECT_EQ(row.interval_over, "rounds");
    EXPECT_EQ(row.samples, 18U);
    EXPECT_DOUBLE_EQ(row.median_s.value(), 3.5);
    EXPECT_DOUBLE_EQ(row.ci_low_s.value(), 1.0);
    EXPECT_DOUBLE_EQ(row.ci_high_s.value(), 6.0);
    EXPECT_DOUBLE_EQ(row.max_s.value(), 6.1) << "extremes are the samples'";
    EXPECT_GT(row.half_ratio.value(), 2);
    EXPECT_GT(row.autocorrelation.value(), 0.5);
}

/// Launch l of `launches` has two rounds of one sample each, 10 l + 1 and 10 l + 3.
CaseRecord record_of_launches(int launches)
{
    CaseRecord record;
    record.header.what.ranks = 2;
    for (int index = 0; index < 2 * launches; ++index) {
        Round round;
        round.index = index;
        round.launch = index / 2;
        round.seconds = {1, 1, {10.0 * round.launch + 1 + 2 * (index % 2)}};
        round.warmup = {0};
        round.batch = {1};
        record.rounds.push_back(round);
    }
    return record;
}

TEST(Summarize, of_several_launches_the_launches_are_the_witnesses)
{
    const CaseSummary row = summarize(record_of_launches(6), 0.95);
    EXPECT_EQ(row.launches, 6);
    EXPECT_EQ(row.rounds, 12);
    EXPECT_EQ(row.interval_over, "launches");
    EXPECT_DOUBLE_EQ(row.median_s.value(), 27);  // between 22 and 32
    EXPECT_DOUBLE_EQ(row.ci_low_s.value(), 2);
    EXPECT_DOUBLE_EQ(row.ci_high_s.value(), 52);
}

TEST(Summarize, of_too_few_launches_has_no_interval_however_many_samples_there_are)
{
    const CaseSummary row = summarize(record_of_launches(5), 0.95);
    EXPECT_EQ(row.interval_over, "launches");
    EXPECT_DOUBLE_EQ(row.median_s.value(), 22);
    EXPECT_EQ(row.ci_low_s, std::nullopt);
    EXPECT_EQ(summarize(record_of_launches(1), 0.95).interval_over, "samples");
}

}  // namespace
}  // namespace plumbline
