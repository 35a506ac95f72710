// SPDX-License-Identifier: Apache-2.0
#include "results/summaries/congestion_summary.hpp"

#include "results/records/case_record.hpp"
#include "results/records/case_summary.hpp"
#include "results/records/congestion_rows.hpp"
#include "results/records/metric.hpp"
#include "results/records/round.hpp"
#include "results/records/run_data.hpp"
#include "results/records/run_metadata.hpp"
#include "results/store/store.hpp"
#include "results/summaries/observations.hpp"
#include "results/summaries/summarize.hpp"
#include "results/verdicts/finding.hpp"
#include "results/verdicts/judge.hpp"
#include "results/verdicts/target.hpp"
#include "results/verdicts/verdict.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::uint8_t isolated = 0;
constexpr std::uint8_t congested = 1;
constexpr std::uint8_t left_out = 2;

/// Rank 0 of four is the victim that is slowest.
void add(Round& round, int split, std::uint8_t stage, double seconds, int times = 1)
{
    for (int i = 0; i < times; ++i) {
        round.seconds.values.insert(round.seconds.values.end(), {seconds, seconds / 2, 0, 0});
        ++round.seconds.samples;
        round.seconds.ranks = 4;
        round.warmup.push_back(stage == congested ? 0 : 1);
        round.batch.push_back(1);
        round.congestion->stage.push_back(stage);
        round.congestion->split.push_back(split);
    }
}

Round empty_round(int splits)
{
    Round round;
    round.congestion = CongestionRows{};
    for (int i = 0; i < splits; ++i) {
        round.congestion->role.insert(round.congestion->role.end(), {1, 1, 2, 2});
        round.congestion->aggressor_s.insert(round.congestion->aggressor_s.end(), {NAN, NAN, 1e-3, 1e-3});
    }
    return round;
}

CaseRecord record_of(std::vector<Round> rounds)
{
    CaseRecord record;
    record.header.what.pattern = "congestion";
    record.header.what.ranks = 4;
    record.header.world_ranks = {0, 1, 2, 3};
    for (Round& round : rounds) {
        round.index = static_cast<int>(record.rounds.size());
        record.rounds.push_back(std::move(round));
    }
    return record;
}

/// Six splits of which split i is slowed down i + 1 times.
Round six_splits()
{
    Round round = empty_round(6);
    for (int split = 0; split < 6; ++split) {
        add(round, split, left_out, 1000);
        add(round, split, isolated, 2e-3, 3);
        add(round, split, congested, 2e-3 * (split + 1), 2);
    }
    return round;
}

TEST(Congestion, impact_is_the_mean_beside_aggressors_by_the_mean_alone)
{
    Round round = empty_round(1);
    add(round, 0, isolated, 1);
    add(round, 0, isolated, 3);
    add(round, 0, congested, 2);
    add(round, 0, congested, 3);
    add(round, 0, congested, 10);
    EXPECT_THAT(mean_impacts(round), ElementsAre(2.5));
    EXPECT_THAT(p99_impacts(round), IsEmpty()) << "3 samples have no 99th percentile";
}

TEST(Congestion, of_the_99th_percentile_takes_299_samples_of_both)
{
    Round round = empty_round(1);
    add(round, 0, isolated, 1, 295);
    add(round, 0, isolated, 2, 4);  // nearest rank: ceil(0.99 * 299) = 297th, one of these
    add(round, 0, congested, 1, 295);
    add(round, 0, congested, 8, 4);
    EXPECT_THAT(p99_impacts(round), ElementsAre(4));
    round.congestion->stage.back() = left_out;
    EXPECT_THAT(p99_impacts(round), IsEmpty());
}

TEST(Congestion, a_split_without_either_kind_has_no_impact)
{
    Round round = empty_round(2);
    add(round, 0, isolated, 1);
    add(round, 0, left_out, 5);
    add(round, 1, congested, 5);
    EXPECT_THAT(mean_impacts(round), IsEmpty());
    EXPECT_EQ(summarize(record_of({round}), 0.95).congestion_impact, std::nullopt);
}

TEST(Congestion, splits_are_the_witnesses_of_the_interval)
{
    const CaseSummary summary = summarize(record_of({six_splits()}), 0.95);
    EXPECT_NEAR(summary.isolated_s.value(), 2e-3, 1e-15);
    EXPECT_NEAR(summary.congestion_impact.value(), 3.5, 1e-12);
    EXPECT_NEAR(summary.congestion_impact_low.value(), 1, 1e-12);
    EXPECT_NEAR(summary.congestion_impact_high.value(), 6, 1e-12);
    EXPECT_EQ(summary.samples, 12U) << "those beside aggressors";
    EXPECT_NEAR(summary.median_s.value(), 7e-3, 1e-12);
    EXPECT_EQ(summary.algbw_bytes_per_s, std::nullopt);
}

TEST(Congestion, fewer_than_six_splits_have_no_interval)
{
    Round round = six_splits();
    for (std::size_t i = 0; i < round.congestion->split.size(); ++i) {
        round.congestion->stage[i] = round.congestion->split[i] == 5 ? left_out : round.congestion->stage[i];
    }
    const CaseSummary summary = summarize(record_of({round}), 0.95);
    EXPECT_NEAR(summary.congestion_impact.value(), 3, 1e-12);
    EXPECT_EQ(summary.congestion_impact_low, std::nullopt);
}

TEST(Congestion, from_six_rounds_on_they_are)
{
    std::vector<Round> rounds(6, six_splits());
    const CaseSummary summary = summarize(record_of(rounds), 0.95);
    EXPECT_NEAR(summary.congestion_impact_low.value(), 3.5, 1e-12);
    EXPECT_NEAR(summary.congestion_impact_high.value(), 3.5, 1e-12);
}

Finding judged(const CaseRecord& record, Metric metric, double at_most)
{
    RunData run;
    run.cases.push_back(summarize(record, run.confidence));
    run.observations = [&](int) { return observations(record); };
    Target target;
    target.name = "calm";
    target.metric = metric;
    target.at_most = at_most;
    return judge(std::vector{target}, run).findings.front();
}

TEST(Congestion, a_contract_judges_the_whole_interval)
{
    const CaseRecord record = record_of({six_splits()});
    EXPECT_EQ(judged(record, Metric::congestion_impact, 6).verdict, Verdict::pass);
    EXPECT_EQ(judged(record, Metric::congestion_impact, 5).verdict, Verdict::inconclusive);
    EXPECT_EQ(judged(record, Metric::congestion_impact, 0.9).verdict, Verdict::fail);
}

TEST(Congestion, a_contract_says_what_is_missing)
{
    EXPECT_THAT(judged(record_of({six_splits()}), Metric::congestion_impact_p99, 2).why, HasSubstr("299 samples"));
    Round one = empty_round(1);
    add(one, 0, isolated, 1);
    add(one, 0, congested, 2);
    const Finding alone = judged(record_of({one}), Metric::congestion_impact, 9);
    EXPECT_EQ(alone.verdict, Verdict::inconclusive);
    EXPECT_THAT(alone.why, HasSubstr("splits: 6 or more"));
    one.congestion->stage.back() = left_out;
    EXPECT_EQ(judged(record_of({one}), Metric::congestion_impact, 9).verdict, Verdict::not_measured);
    CaseRecord other = record_of({});
    other.header.what.pattern = "allreduce";
    other.header.what.ranks = 2;
    EXPECT_THAT(judged(other, Metric::congestion_impact, 9).why, HasSubstr("applies to congestion, not to allreduce"));
}

class StoreCongestion : public ::testing::Test {
protected:
    StoreCongestion()
    {
        std::string name = (std::filesystem::temp_directory_path() / "plumbline_congestion_XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
        info_.ranks = 4;
    }
    ~StoreCongestion() override
    {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    std::filesystem::path folder_;
    RunMetadata info_;
};

TEST_F(StoreCongestion, gives_back_what_each_sample_and_rank_was)
{
    const CaseRecord record = record_of({six_splits()});
    const auto writer = RunWriter::create(folder_ / "run.h5", info_, IfExists::refuse);
    writer->store(record.header, record.rounds.front());
    writer->finish(true);
    const RunFile file(folder_ / "run.h5");
    const auto rows = file.load(0).rounds.at(0).congestion.value();
    EXPECT_EQ(rows.stage, record.rounds.front().congestion->stage);
    EXPECT_EQ(rows.split, record.rounds.front().congestion->split);
    EXPECT_EQ(rows.role, record.rounds.front().congestion->role);
    EXPECT_TRUE(std::isnan(rows.aggressor_s.at(0)));
    EXPECT_EQ(rows.aggressor_s.at(2), 1e-3);
    const CaseSummary row = file.cases().at(0);
    EXPECT_NEAR(row.congestion_impact.value(), 3.5, 1e-12);
    EXPECT_NEAR(row.congestion_impact_high.value(), 6, 1e-12);
    EXPECT_EQ(row.congestion_impact_p99, std::nullopt);
}

TEST_F(StoreCongestion, refuses_rows_that_do_not_fit_the_samples)
{
    CaseRecord record = record_of({six_splits()});
    const auto writer = RunWriter::create(folder_ / "run.h5", info_, IfExists::refuse);
    record.rounds.front().congestion->split.pop_back();
    EXPECT_THROW(writer->store(record.header, record.rounds.front()), std::logic_error);
}

}  // namespace
}  // namespace plumbline
