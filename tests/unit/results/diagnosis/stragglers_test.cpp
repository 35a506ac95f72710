// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/stragglers.hpp"

#include "tests/support/measured_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::size_t samples = 30;

/// A case of `ranks` ranks, of which each starts at once and takes 100 us in every sample, but for some us more that
/// grow with the sample and rank: nobody is exactly like the others.
CaseRecord even_case(const std::string& pattern, int ranks)
{
    CaseRecord record;
    record.header.what = test::collective_case(pattern, 1024, ranks);
    Round round = test::round_of(std::vector<double>(samples, 100e-6), ranks);
    round.start_offset_s = round.seconds;
    for (std::size_t i = 0; i < round.seconds.values.size(); ++i) {
        const double jitter_s = 1e-7 * static_cast<double>(i * 7 % 11);
        round.seconds.values[i] += jitter_s;
        round.start_offset_s->values[i] = jitter_s;
    }
    for (int rank = 0; rank < ranks; ++rank) {
        record.header.world_ranks.push_back(rank);
    }
    record.rounds.push_back(round);
    return record;
}

/// The rank's column of `matrix` becomes `change(value)`.
template <class Change>
void change_rank(SampleMatrix& matrix, std::size_t rank, Change change)
{
    for (std::size_t sample = 0; sample < matrix.samples; ++sample) {
        double& value = matrix.values[sample * matrix.ranks + rank];
        value = change(value);
    }
}

void make_late(CaseRecord& record, std::size_t rank, double delay_s)
{
    change_rank(*record.rounds.front().start_offset_s, rank, [&](double start) { return start + delay_s; });
    for (std::size_t other = 0; other < record.header.world_ranks.size(); ++other) {
        if (other != rank) {  // they wait for it
            change_rank(record.rounds.front().seconds, other, [&](double seconds) { return seconds + delay_s; });
        }
    }
}

CaseRecord compute_case(int ranks, std::size_t slow, double factor)
{
    CaseRecord record = even_case("data_parallel", ranks);
    Round& round = record.rounds.front();
    SampleMatrix compute = round.seconds;
    change_rank(compute, slow, [&](double seconds) { return seconds * factor; });
    for (double& seconds : round.seconds.values) {
        seconds *= factor;  // all end with the slowest
    }
    round.shares["compute_s"] = compute;
    return record;
}

StragglerReport report_of(const std::vector<CaseRecord>& records)
{
    StragglerSearch search;
    for (const CaseRecord& record : records) {
        search.add(record);
    }
    return search.report();
}

TEST(OutlierPValue, is_student_s_t_of_the_distance_in_median_absolute_deviations)
{
    // median 3, MAD 1: five values, b_5 = 1.206, so the scale is 1.4826 * 1.206 * sqrt(1.2) = 1.95868.
    const auto p = outlier_p_value(std::vector<double>{1, 2, 3, 4, 5 * 1.95868 + 3});
    EXPECT_THAT(std::vector<double>(p.begin(), p.begin() + 3), Each(1));
    EXPECT_NEAR(p[4], 0.00749, 1e-5);  // of |t| > 5 with 4 degrees of freedom
}

TEST(OutlierPValue, of_values_most_of_which_are_equal_is_0_above_them_and_1_elsewhere)
{
    EXPECT_THAT(outlier_p_value(std::vector<double>{2, 2, 2, 3, 1}), ElementsAre(1, 1, 1, 0, 1));
    EXPECT_THAT(outlier_p_value(std::vector<double>{2}), ElementsAre(1));
    EXPECT_THAT(outlier_p_value({}), IsEmpty());
}

TEST(Stragglers, none_where_ranks_are_alike)
{
    const auto report = report_of({even_case("allreduce", 8), even_case("alltoall", 8), compute_case(8, 3, 1)});
    EXPECT_THAT(report.found, IsEmpty());
    EXPECT_THAT(report.notes, IsEmpty());
    EXPECT_THAT(report.judged_cases, ElementsAre(3, 1, 2));
}

TEST(Stragglers, names_who_arrives_late_by_how_much)
{
    CaseRecord record = even_case("allreduce", 6);
    make_late(record, 4, 50e-6);
    const auto report = report_of({record});
    ASSERT_THAT(report.found, SizeIs(1)) << "the others wait for it, which is not their transfer";
    const Straggler& straggler = report.found.front();
    EXPECT_EQ(straggler.rank, 4);
    EXPECT_EQ(straggler.kind, StragglerKind::arrives_late);
    EXPECT_NEAR(straggler.excess_s, 50e-6, 0.6e-6);
    EXPECT_LE(straggler.interval_s.low, straggler.excess_s);
    EXPECT_GE(straggler.interval_s.high, straggler.excess_s);
    EXPECT_NEAR(straggler.reference_s, 150e-6, 1e-6);
    EXPECT_EQ(straggler.samples, samples);
    EXPECT_EQ(straggler.slow_cases, 1U);
}

TEST(Stragglers, names_who_computes_long_by_how_much)
{
    const auto report = report_of({compute_case(5, 2, 1.3)});
    ASSERT_THAT(report.found, SizeIs(1));
    EXPECT_EQ(report.found.front().rank, 2);
    EXPECT_EQ(report.found.front().kind, StragglerKind::computes_long);
    EXPECT_NEAR(report.found.front().excess_s, 30e-6, 0.6e-6);
    EXPECT_NEAR(report.found.front().reference_s, 100e-6, 1.2e-6);
}

TEST(Stragglers, compute_that_differs_by_design_is_not_compared)
{
    CaseRecord skewed = compute_case(5, 2, 1.3);
    skewed.header.what.pattern = "expert_parallel";
    EXPECT_THAT(report_of({skewed}).found, IsEmpty());
}

TEST(Stragglers, names_who_transfers_long_where_two_collectives_show_it)
{
    std::vector<CaseRecord> records{even_case("allreduce", 6), even_case("allgather", 6)};
    for (CaseRecord& record : records) {
        change_rank(record.rounds.front().seconds, 1, [](double seconds) { return seconds + 20e-6; });
    }
    const auto report = report_of(records);
    ASSERT_THAT(report.found, SizeIs(1));
    EXPECT_EQ(report.found.front().rank, 1);
    EXPECT_EQ(report.found.front().kind, StragglerKind::transfers_long);
    EXPECT_NEAR(report.found.front().excess_s, 20e-6, 1e-6);
    EXPECT_EQ(report.found.front().slow_cases, 2U);

    const auto one = report_of({records.front()});
    EXPECT_THAT(one.found, IsEmpty());
    EXPECT_THAT(one.notes, ElementsAre(HasSubstr("its place in the algorithm")));
}

TEST(Stragglers, a_root_that_leaves_early_makes_nobody_slow)
{
    std::vector<CaseRecord> records{even_case("broadcast", 6), even_case("scatter", 6)};
    for (CaseRecord& record : records) {
        change_rank(record.rounds.front().seconds, 0, [](double) { return 1e-6; });
    }
    EXPECT_THAT(report_of(records).found, IsEmpty());
}

TEST(Stragglers, a_rank_that_is_late_in_one_case_of_many_is_not_named)
{
    std::vector<CaseRecord> records(5, even_case("allreduce", 6));
    make_late(records.front(), 4, 50e-6);
    EXPECT_THAT(report_of(records).found, IsEmpty());
}

TEST(Stragglers, a_rank_that_is_late_in_one_round_of_several_is_not_named)
{
    CaseRecord record = even_case("allreduce", 6);
    make_late(record, 4, 50e-6);
    const CaseRecord well = even_case("allreduce", 6);
    record.rounds.push_back(record.rounds.front());
    record.rounds.push_back(record.rounds.front());
    ASSERT_THAT(report_of({record}).found, SizeIs(1));
    record.rounds.push_back(well.rounds.front());
    EXPECT_THAT(report_of({record}).found, SizeIs(1)) << "three of four";
    record.rounds.push_back(well.rounds.front());
    EXPECT_THAT(report_of({record}).found, IsEmpty()) << "three of five";
}

TEST(Stragglers, less_than_the_clock_can_tell_is_nothing)
{
    CaseRecord record = even_case("allreduce", 6);
    make_late(record, 4, 50e-6);
    record.rounds.front().clock_error_s = 25e-6;
    EXPECT_THAT(report_of({record}).found, IsEmpty());
    record.rounds.front().clock_error_s = 20e-6;
    EXPECT_THAT(report_of({record}).found, SizeIs(1)) << "50 us > 2 * 20 us + 4 % of 150 us";
}

TEST(Stragglers, what_can_not_be_told_is_said)
{
    EXPECT_THAT(report_of({even_case("allreduce", 2)}).notes, ElementsAre(HasSubstr("two ranks alone")));
    EXPECT_THAT(report_of({even_case("allreduce", 1)}).notes, IsEmpty());
    CaseRecord record = even_case("allreduce", 4);
    record.rounds.front().start_offset_s.reset();
    EXPECT_THAT(report_of({record}).notes, ElementsAre(HasSubstr("share no clock")));
    record = even_case("allreduce", 4);
    record.rounds.front().warmup.assign(samples, 1);
    record.rounds.front().warmup.resize(8, 0);
    std::fill_n(record.rounds.front().warmup.begin(), 8, std::uint8_t{0});
    record.rounds.front().warmup.resize(samples, 1);
    EXPECT_THAT(report_of({record}).notes, ElementsAre(HasSubstr("too few samples")));
}

TEST(Stragglers, are_named_by_their_rank_in_the_launch)
{
    CaseRecord record = even_case("allreduce", 4);
    record.header.world_ranks = {1, 3, 5, 7};
    make_late(record, 2, 50e-6);
    const auto report = report_of({record});
    ASSERT_THAT(report.found, SizeIs(1));
    EXPECT_EQ(report.found.front().rank, 5);
}

/// Ranks that differ for good by a tenth of a sample's length, and samples by as much.
TEST(Stragglers, of_ranks_that_differ_normally_none_is_named_in_99_of_100_files)
{
    std::mt19937_64 random(1);
    std::normal_distribution<double> normal(0, 10e-6);
    constexpr int files = 200;
    for (const int ranks : {3, 4, 8, 32}) {
        int false_names = 0;
        for (int file = 0; file < files; ++file) {
            CaseRecord record = even_case("allreduce", ranks);
            for (std::size_t rank = 0; rank < static_cast<std::size_t>(ranks); ++rank) {
                const double standing_s = normal(random);
                change_rank(*record.rounds.front().start_offset_s, rank,
                            [&](double) { return 100e-6 + standing_s + normal(random); });
            }
            false_names += report_of({record}).found.empty() ? 0 : 1;
        }
        EXPECT_LE(false_names, files / 100) << ranks << " ranks";
    }
}

std::vector<RoundDigest> digests_of(const CaseRecord& record)
{
    std::vector<RoundDigest> digests;
    for (const Round& round : record.rounds) {
        digests.push_back(digest_of(record.header.what, round));
    }
    return digests;
}

TEST(Stragglers, digests_of_a_healthy_case_say_what_its_samples_say)
{
    for (const int ranks : {2, 4, 100}) {
        const CaseRecord record = even_case("allreduce", ranks);
        StragglerSearch by_digests;
        EXPECT_TRUE(by_digests.add(record.header, digests_of(record)));
        EXPECT_EQ(by_digests.report(), report_of({record})) << ranks;
    }
    CaseRecord without_clock = even_case("allreduce", 4);
    without_clock.rounds.front().start_offset_s.reset();
    StragglerSearch by_digests;
    EXPECT_TRUE(by_digests.add(without_clock.header, digests_of(without_clock)));
    EXPECT_EQ(by_digests.report(), report_of({without_clock}));
}

TEST(Stragglers, digests_of_a_case_with_a_slow_rank_ask_for_its_samples)
{
    CaseRecord late = even_case("allreduce", 8);
    make_late(late, 3, 20e-6);
    const CaseRecord slow = compute_case(8, 2, 1.5);
    for (const CaseRecord& record : {late, slow}) {
        StragglerSearch search;
        EXPECT_FALSE(search.add(record.header, digests_of(record)));
        EXPECT_EQ(search.report(), StragglerReport{});  // nothing was taken
    }
}

TEST(Stragglers, digests_that_leave_ranks_out_ask_for_samples_where_these_may_be_slow)
{
    CaseRecord record = even_case("allreduce", 200);
    for (std::size_t rank = 0; rank < ExcessDigest::most_ranks; ++rank) {
        change_rank(*record.rounds.front().start_offset_s, rank, [](double start) { return start + 20e-6; });
    }
    StragglerSearch search;
    EXPECT_FALSE(search.add(record.header, digests_of(record)));
}

}  // namespace
}  // namespace plumbline
