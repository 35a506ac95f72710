// SPDX-License-Identifier: Apache-2.0
#include "results/summaries/workload_summary.hpp"

#include "tests/support/measured_run.hpp"

#include <gtest/gtest.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using test::collective_case;
using test::round_of;

/// The same in each of `samples`: `by_rank`.
SampleMatrix each_sample(std::size_t samples, const std::vector<double>& by_rank)
{
    SampleMatrix matrix{.samples = samples, .ranks = by_rank.size(), .values = {}};
    for (std::size_t i = 0; i < samples; ++i) {
        matrix.values.insert(matrix.values.end(), by_rank.begin(), by_rank.end());
    }
    return matrix;
}

/// Two ranks, three steps of 10 s and a flagged one of 99 s; compute 8 s and 6 s, blocked 1 s and 3 s in gradients.
CaseRecord data_parallel()
{
    constexpr std::size_t samples = 4;
    CaseRecord record;
    record.header.what = collective_case("data_parallel", 4096, 2);
    Round round = round_of({10, 99, 10, 10}, 2);
    round.warmup[1] = 1;
    round.shares["compute_s"] = each_sample(samples, {8, 6});
    round.shares["data_s"] = each_sample(samples, {1, 3});
    round.shares["in_flight_s"] = each_sample(samples, {5, 3});
    round.isolated["compute_s"] = each_sample(3, {6, 4});
    round.isolated["communication_s"] = each_sample(3, {2, 3});
    record.rounds.push_back(round);
    return record;
}

CaseSummary summary_of(const CaseRecord& record)
{
    CaseSummary summary;
    summary.header = record.header;
    summary.median_s = 10;
    summarize_workload(record, summary);
    return summary;
}

TEST(WorkloadSummary, of_a_step_with_gradients_is_the_closed_form)
{
    const CaseSummary summary = summary_of(data_parallel());
    EXPECT_DOUBLE_EQ(summary.bubble_fraction.value(), 1 - 7.0 / 10) << "the mean rank computes 7 s of 10";
    EXPECT_DOUBLE_EQ(summary.exposed_s.value(), 10 - 7.0);
    EXPECT_DOUBLE_EQ(summary.data_share.value(), 2.0 / 10);
    EXPECT_DOUBLE_EQ(summary.overlap_fraction.value(), 1 - 2 / 2.5) << "blocked 2 s of 2.5 s alone";
    EXPECT_DOUBLE_EQ(summary.compute_slowdown.value(), 7.0 / 5);
    EXPECT_DOUBLE_EQ(summary.communication_slowdown.value(), 4 / 2.5);
    EXPECT_EQ(summary.tensor_share, std::nullopt);
    EXPECT_EQ(summary.bubble_ideal, std::nullopt);
    EXPECT_EQ(summary.mfu, std::nullopt);
    EXPECT_EQ(summary.tokens_per_s, std::nullopt);
}

TEST(WorkloadSummary, without_isolated_times_no_slowdown_and_no_overlap_is_made_up)
{
    CaseRecord record = data_parallel();
    record.rounds[0].isolated.clear();
    const CaseSummary summary = summary_of(record);
    EXPECT_EQ(summary.overlap_fraction, std::nullopt);
    EXPECT_EQ(summary.compute_slowdown, std::nullopt);
    EXPECT_EQ(summary.communication_slowdown, std::nullopt);
    EXPECT_DOUBLE_EQ(summary.data_share.value(), 0.2);
}

TEST(WorkloadSummary, a_pipelines_waiting_is_no_overlap)
{
    CaseRecord record = data_parallel();
    record.header.what.pattern = "training_step";
    record.header.closed_forms = {{"bubble_fraction", 0.2}, {"step_per_compute", 1.25}};
    record.rounds[0].shares["pipeline_s"] = each_sample(4, {0.5, 0.5});
    const CaseSummary summary = summary_of(record);
    EXPECT_EQ(summary.overlap_fraction, std::nullopt);
    EXPECT_EQ(summary.communication_slowdown, std::nullopt);
    EXPECT_DOUBLE_EQ(summary.bubble_ideal.value(), 0.2);
    EXPECT_DOUBLE_EQ(summary.exposed_s.value(), 10 - 7 * 1.25);
    EXPECT_DOUBLE_EQ(summary.pipeline_share.value(), 0.05);
}

TEST(WorkloadSummary, communication_that_blocks_beside_what_is_begun_has_no_slowdown)
{
    // In flight: what was begun. Alone: that and what blocks. Their ratio would be below 1 without any noise.
    for (const std::string share : {"tensor_s", "expert_s"}) {
        CaseRecord record = data_parallel();
        record.rounds[0].shares[share] = each_sample(4, {0.5, 0.5});
        EXPECT_EQ(summary_of(record).communication_slowdown, std::nullopt) << share;
        EXPECT_DOUBLE_EQ(summary_of(record).compute_slowdown.value(), 7.0 / 5);
    }
    CaseRecord record = data_parallel();
    record.header.what.parameters["sharding"] = "zero1";
    EXPECT_DOUBLE_EQ(summary_of(record).communication_slowdown.value(), 4 / 2.5) << "data_parallel begins all";
    record.header.what.pattern = "training_step";
    EXPECT_EQ(summary_of(record).communication_slowdown, std::nullopt) << "its all-gather of parameters blocks";
    record.header.what.parameters["sharding"] = "none";
    EXPECT_DOUBLE_EQ(summary_of(record).communication_slowdown.value(), 4 / 2.5);
}

TEST(WorkloadSummary, utilisation_and_tokens_come_from_the_stored_closed_forms)
{
    CaseRecord record = data_parallel();
    record.header.closed_forms = {
        {"tokens", 1000}, {"model_flops", 1e12}, {"hardware_flops", 1.3e12}, {"peak_flops", 1e11}};
    const CaseSummary summary = summary_of(record);
    EXPECT_DOUBLE_EQ(summary.tokens_per_s.value(), 100);
    EXPECT_DOUBLE_EQ(summary.mfu.value(), 1e12 / (10 * 1e11 * 2));
    EXPECT_DOUBLE_EQ(summary.hfu.value(), 1.3e12 / (10 * 1e11 * 2));
    record.header.closed_forms.erase("peak_flops");
    EXPECT_EQ(summary_of(record).mfu, std::nullopt) << "no peak, no utilisation";
}

TEST(WorkloadSummary, the_critical_rank_is_the_one_that_waits_least)
{
    Round round = data_parallel().rounds[0];
    EXPECT_EQ(find_critical_rank(round), 0);  // busy 9 s against 7 s
    round.shares["data_s"] = each_sample(4, {3, 1});
    EXPECT_EQ(find_critical_rank(round), 1);
    round.shares.erase("data_s");
    EXPECT_EQ(find_critical_rank(round), std::nullopt) << "no rank waits";
}

TEST(WorkloadSummary, the_ideal_step_of_a_plain_pipeline_follows_from_its_bubble)
{
    CaseHeader header;
    header.what = collective_case("pipeline", 4096, 4);
    header.what.parameters = {{"schedule", "1f1b"}, {"microbatches", "8"}};
    EXPECT_DOUBLE_EQ(ideal_step_per_compute(header).value(), (8 + 3) / 8.0);
    header.what.parameters["microbatches"] = "8x";
    EXPECT_EQ(ideal_step_per_compute(header), std::nullopt);
    header.what.parameters = {{"schedule", "zb_h1"}, {"microbatches", "8"}};
    EXPECT_EQ(ideal_step_per_compute(header), std::nullopt);
    header.what.pattern = "allreduce";
    EXPECT_EQ(ideal_step_per_compute(header), std::nullopt);
}

}  // namespace
}  // namespace plumbline
