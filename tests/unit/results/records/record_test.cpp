#include "results/records/record.hpp"

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

TEST(Names, every_enumerator_parses_from_its_own_name)
{
    for (const auto value : {Placement::compact, Placement::spread, Placement::random}) {
        EXPECT_EQ(parse_placement(name(value)), value);
    }
    for (const auto value : {CaseStatus::measured, CaseStatus::skipped, CaseStatus::failed}) {
        EXPECT_EQ(parse_case_status(name(value)), value);
    }
    for (const auto value : {StopReason::converged, StopReason::budget, StopReason::cap}) {
        EXPECT_EQ(parse_stop_reason(name(value)), value);
    }
    for (const auto value : {Verification::verified, Verification::not_verifiable, Verification::off}) {
        EXPECT_EQ(parse_verification(name(value)), value);
    }
    EXPECT_EQ(name(StopReason::converged), "converged");
    EXPECT_EQ(parse_placement("Compact"), std::nullopt);
    EXPECT_EQ(parse_case_status(""), std::nullopt);
}

TEST(Describe, says_what_matters_of_each_kind_of_case)
{
    CaseIdentity reduced = test::collective_case("allreduce", 65536, 4);
    EXPECT_EQ(describe(reduced), "allreduce float32 sum 64 KiB, 4 ranks");
    reduced.in_place = true;
    reduced.op = ReduceOp::max;
    reduced.placement = Placement::spread;
    reduced.nodes = 2;
    reduced.subset = 1;
    EXPECT_EQ(describe(reduced),
              "allreduce float32 max 64 KiB in place, 4 ranks on 2 nodes, spread placement, subset 1");

    EXPECT_EQ(describe(test::collective_case("alltoall", 65536, 4, 2)), "alltoall float32 64 KiB, 4 ranks on 2 nodes");
    EXPECT_EQ(describe(test::collective_case("barrier", 0, 1)), "barrier, 1 rank");

    CaseIdentity rooted = test::collective_case("broadcast", 8, 3);
    EXPECT_EQ(describe(rooted), "broadcast float32 8 B, 3 ranks");
    rooted.root = 2;
    EXPECT_EQ(describe(rooted), "broadcast float32 8 B, root 2, 3 ranks");

    CaseIdentity pairs = test::collective_case("pingpong", 8, 4);
    pairs.parameters = {{"pairs", "halves"}};
    EXPECT_EQ(describe(pairs), "pingpong float32 8 B, halves pairs, 4 ranks");

    CaseIdentity skewed = test::collective_case("alltoallv", 1024, 4);
    skewed.parameters = {{"skew", "zipf"}, {"skew_factor", "1.2"}};
    EXPECT_EQ(describe(skewed), "alltoallv float32 1 KiB, skew zipf, skew factor 1.2, 4 ranks");
}

TEST(Describe, names_schedule_and_micro_batches_of_a_pipeline)
{
    CaseIdentity pipeline = test::collective_case("pipeline", 1 << 20, 4);
    pipeline.parameters = {{"schedule", "1f1b"}, {"microbatches", "16"}, {"forward_s", "0.0005"}};
    EXPECT_EQ(describe(pipeline), "pipeline 1f1b 16 micro-batches, 1 MiB, 4 ranks");
    pipeline.parameters["microbatches"] = "1";
    EXPECT_EQ(describe(pipeline), "pipeline 1f1b 1 micro-batch, 1 MiB, 4 ranks");
}

TEST(Describe, names_the_compute_of_a_data_parallel_step)
{
    CaseIdentity step = test::collective_case("data_parallel", 1 << 20, 2);
    step.parameters = {{"compute_s", "0.02"}};
    EXPECT_EQ(describe(step), "data_parallel 20.0 ms compute, float32 1 MiB, 2 ranks");

    CaseIdentity rings = test::collective_case("bisect", 65536, 8);
    rings.parameters["repetitions"] = "30";
    EXPECT_EQ(describe(rings), "bisect 64 KiB, 30 repetitions, 8 ranks");
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
