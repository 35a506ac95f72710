// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/guidelines.hpp"

#include "results/printers/guidelines.hpp"
#include "tests/support/measured_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cstdint>
#include <sstream>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using test::collective_case;
using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr std::uint64_t kib = 1024;

class File {
public:
    /// 41 samples whose median is `seconds` and which differ by 1 %.
    GuidelineCase& add(CaseIdentity what, double seconds, double spread = 0.01)
    {
        GuidelineCase one;
        one.header.id = static_cast<int>(cases_.size());
        one.header.total_bytes = what.bytes;
        one.header.what = std::move(what);
        one.slowest_s = test::spread_times(seconds, spread, 41);
        one.slowest_of_rounds = {one.slowest_s};
        cases_.push_back(one);
        return cases_.back();
    }
    GuidelineCase& add(const std::string& pattern, std::uint64_t bytes, double seconds)
    {
        return add(collective_case(pattern, bytes, 8), seconds);
    }
    GuidelineReport check() const { return check_guidelines(cases_); }

private:
    std::vector<GuidelineCase> cases_;
};

std::vector<std::string> rules_of(const GuidelineReport& report)
{
    std::vector<std::string> rules;
    for (const GuidelineViolation& broken : report.broken) {
        rules.push_back(broken.rule);
    }
    return rules;
}

TEST(Guidelines, an_allreduce_takes_no_longer_than_reduce_scatter_and_allgather)
{
    File file;
    file.add("allreduce", 64 * kib, 300e-6);
    file.add("reduce_scatter", 64 * kib, 110e-6);
    file.add("allgather", 64 * kib, 90e-6);
    const auto report = file.check();
    ASSERT_THAT(report.broken, SizeIs(1)) << "reduce_scatter and allgather themselves take less than an allreduce";
    const GuidelineViolation& broken = report.broken.front();
    EXPECT_EQ(broken.rule, "allreduce <= reduce_scatter + allgather");
    EXPECT_EQ(broken.kind, GuidelineKind::composition);
    EXPECT_EQ(broken.case_id, 0);
    EXPECT_THAT(broken.against, ElementsAre(1, 2));
    EXPECT_DOUBLE_EQ(broken.left_s, 300e-6);
    EXPECT_DOUBLE_EQ(broken.right_s, 200e-6);
    EXPECT_DOUBLE_EQ(broken.ratio, 1.5);
    EXPECT_GT(broken.interval.low, 1.48);
    EXPECT_LT(broken.interval.high, 1.52);
    EXPECT_EQ(report.compared, 3U);
}

TEST(Guidelines, an_even_sum_is_no_finding)
{
    File file;
    file.add("allreduce", 64 * kib, 200e-6);
    file.add("reduce_scatter", 64 * kib, 110e-6);
    file.add("allgather", 64 * kib, 90e-6);
    EXPECT_THAT(file.check().broken, IsEmpty());
}

TEST(Guidelines, every_composition_is_known)
{
    File file;
    for (const char* cheap : {"reduce_scatter", "allgather", "reduce", "broadcast", "scatter", "gather", "alltoall"}) {
        file.add(cheap, kib, 10e-6);
    }
    file.add("allreduce", kib, 100e-6);
    EXPECT_THAT(rules_of(file.check()),
                ElementsAre("allreduce <= reduce_scatter + allgather", "allreduce <= reduce + broadcast"));

    File others;
    for (const char* operation : {"broadcast", "reduce", "reduce_scatter", "allgather", "gather", "scatter"}) {
        others.add(operation, kib, 100e-6);
    }
    others.add("allreduce", kib, 10e-6);
    others.add("alltoall", kib, 20e-6);
    EXPECT_THAT(rules_of(others.check()),
                ElementsAre("broadcast <= allreduce", "reduce <= allreduce", "reduce_scatter <= allreduce",
                            "allgather <= allreduce", "allgather <= alltoall"));

    File parts;
    parts.add("broadcast", kib, 100e-6);
    parts.add("scatter", kib, 20e-6);
    parts.add("allgather", kib, 20e-6);
    parts.add("gather", kib, 25e-6);
    parts.add("reduce", kib, 200e-6);
    parts.add("reduce_scatter", kib, 20e-6);
    EXPECT_THAT(rules_of(parts.check()), ElementsAre("reduce <= reduce_scatter + gather",
                                                     "broadcast <= scatter + allgather", "gather <= allgather"));

    File rooted;
    rooted.add("reduce_scatter", kib, 100e-6);
    rooted.add("reduce", kib, 20e-6);
    rooted.add("scatter", kib, 20e-6);
    rooted.add("allgather", kib, 100e-6);
    rooted.add("gather", kib, 30e-6);
    rooted.add("broadcast", kib, 10e-6);
    EXPECT_THAT(rules_of(rooted.check()),
                ElementsAre("reduce_scatter <= reduce + scatter", "allgather <= gather + broadcast",
                            "scatter <= broadcast", "gather <= reduce"));
}

TEST(Guidelines, a_barrier_takes_no_longer_than_the_smallest_allreduce)
{
    File file;
    file.add("barrier", 0, 30e-6);
    file.add("allreduce", kib, 100e-6);
    file.add("allreduce", 8, 10e-6);
    const auto report = file.check();
    ASSERT_THAT(rules_of(report), ElementsAre("barrier <= allreduce of any size"));
    EXPECT_THAT(report.broken.front().against, ElementsAre(2));
}

TEST(Guidelines, fewer_bytes_take_no_longer_than_more)
{
    File file;
    file.add("alltoall", kib, 50e-6);
    file.add("alltoall", 2 * kib, 40e-6);
    file.add("alltoall", 4 * kib, 45e-6);
    const auto report = file.check();
    ASSERT_THAT(rules_of(report), ElementsAre("alltoall of 1 KiB <= alltoall of 2 KiB"));
    EXPECT_EQ(report.broken.front().kind, GuidelineKind::monotone);
    EXPECT_DOUBLE_EQ(report.broken.front().ratio, 1.25);
}

TEST(Guidelines, a_message_takes_no_longer_than_its_parts_one_after_the_other)
{
    File file;
    file.add("broadcast", 64 * kib, 50e-6);
    file.add("broadcast", 96 * kib, 60e-6);
    file.add("broadcast", 192 * kib, 240e-6);
    const auto report = file.check();
    ASSERT_THAT(rules_of(report), ElementsAre("broadcast of 192 KiB <= 2 times broadcast of 96 KiB"))
        << "the largest part that divides it";
    EXPECT_EQ(report.broken.front().kind, GuidelineKind::split);
    EXPECT_EQ(report.broken.front().times, 2);
    EXPECT_DOUBLE_EQ(report.broken.front().right_s, 120e-6);
}

TEST(Guidelines, cases_that_differ_in_more_than_the_operation_are_not_compared)
{
    const CaseIdentity slow = collective_case("allgather", kib, 8);
    const auto compared_with = [&](const CaseIdentity& other) {
        File file;
        file.add(slow, 100e-6);
        file.add(other, 10e-6);
        return file.check().compared;
    };
    CaseIdentity other = collective_case("alltoall", kib, 8);
    EXPECT_EQ(compared_with(other), 1U);
    other.ranks = 4;
    EXPECT_EQ(compared_with(other), 0U);
    other = collective_case("alltoall", kib, 8, 2);
    EXPECT_EQ(compared_with(other), 0U);
    other = collective_case("alltoall", 2 * kib, 8);
    EXPECT_EQ(compared_with(other), 0U);
    other = collective_case("alltoall", kib, 8);
    other.dtype = DataType::float64;
    EXPECT_EQ(compared_with(other), 0U);
    other = collective_case("alltoall", kib, 8);
    other.placement = Placement::spread;
    EXPECT_EQ(compared_with(other), 0U);
    other = collective_case("alltoall", kib, 8);
    other.subset = 1;
    EXPECT_EQ(compared_with(other), 0U);
}

TEST(Guidelines, reductions_are_compared_under_one_operator_and_rooted_ones_with_one_root)
{
    File file;
    CaseIdentity reduce = collective_case("reduce", kib, 8);
    CaseIdentity allreduce = collective_case("allreduce", kib, 8);
    allreduce.op = ReduceOp::max;
    file.add(reduce, 100e-6);
    file.add(allreduce, 10e-6);
    EXPECT_EQ(file.check().compared, 0U);
    CaseIdentity scatter = collective_case("scatter", kib, 8);
    CaseIdentity broadcast = collective_case("broadcast", kib, 8);
    broadcast.root = 3;
    file.add(scatter, 100e-6);
    file.add(broadcast, 10e-6);
    EXPECT_EQ(file.check().compared, 1U) << "broadcast <= allreduce whatever the root and operator";
}

TEST(Guidelines, what_can_not_be_told_is_counted)
{
    File few;
    few.add("allgather", kib, 100e-6).slowest_s.resize(6);
    few.add("alltoall", kib, 10e-6);
    EXPECT_EQ(few.check().too_few_samples, 1U);
    EXPECT_THAT(few.check().broken, IsEmpty());

    File states;
    states.add("allgather", kib, 100e-6).machine_state = 1;
    states.add("alltoall", kib, 10e-6);
    EXPECT_EQ(states.check().unlike_machines, 1U);
    EXPECT_EQ(states.check().compared, 0U);

    File failed;
    failed.add("allgather", kib, 100e-6).header.status = CaseStatus::failed;
    failed.add("alltoall", kib, 10e-6);
    EXPECT_EQ(failed.check(), GuidelineReport{});
    EXPECT_EQ(check_guidelines({}), GuidelineReport{});
}

TEST(Guidelines, a_rooted_operation_timed_in_batches_is_no_right_side)
{
    File file;
    file.add("allreduce", kib, 100e-6);
    GuidelineCase& reduce = file.add("reduce", kib, 10e-6);
    reduce.batched = true;
    file.add("broadcast", kib, 10e-6);
    EXPECT_THAT(rules_of(file.check()), IsEmpty());

    File sizes;
    sizes.add("reduce", kib, 100e-6);
    sizes.add("reduce", 2 * kib, 10e-6).batched = true;
    EXPECT_EQ(sizes.check().compared, 1U) << "2 KiB against two times 1 KiB";
    EXPECT_THAT(sizes.check().broken, IsEmpty());
}

TEST(GuidelineCase, is_batched_where_a_timed_sample_is)
{
    CaseRecord record;
    record.header.what = collective_case("reduce", kib, 2);
    record.rounds.push_back(test::round_of({1, 2, 3}, 2));
    EXPECT_FALSE(guideline_case(record).batched);
    record.rounds.front().batch = {7, 1, 1};
    record.rounds.front().warmup = {1, 0, 0};
    EXPECT_FALSE(guideline_case(record).batched);
    record.rounds.front().batch = {1, 7, 7};
    EXPECT_TRUE(guideline_case(record).batched);
    EXPECT_THAT(guideline_case(record).slowest_s, ElementsAre(2, 3));
    EXPECT_THAT(guideline_case(record).slowest_of_rounds, ElementsAre(ElementsAre(2, 3)));
}

TEST(Guidelines, three_of_four_rounds_must_show_it)
{
    const auto slow = test::spread_times(100e-6, 0.01, 11);
    const auto well = test::spread_times(10e-6, 0.01, 11);
    File file;
    GuidelineCase& left = file.add("allgather", kib, 100e-6);
    left.slowest_of_rounds = {slow, slow, slow, well};
    GuidelineCase& right = file.add("alltoall", kib, 10e-6);
    right.slowest_of_rounds = {well, well, well, well};
    EXPECT_THAT(file.check().broken, SizeIs(1));
    File other;
    other.add("allgather", kib, 100e-6).slowest_of_rounds = {slow, slow, well, well};
    other.add("alltoall", kib, 10e-6).slowest_of_rounds = {well, well, well, well};
    EXPECT_THAT(other.check().broken, IsEmpty());
}

TEST(Guidelines, a_broken_one_says_what_to_look_at_in_the_library_that_was_measured)
{
    GuidelineViolation broken;
    broken.pattern = "broadcast";
    EXPECT_THAT(suggested_setting(broken, "Open MPI v4.1.4"), HasSubstr("coll_tuned_bcast_algorithm"));
    EXPECT_EQ(suggested_setting(broken, "MPICH Version: 4.0"), "MPIR_CVAR_BCAST_INTRA_ALGORITHM");
    EXPECT_THAT(suggested_setting(broken, "NCCL 2.28.9"), HasSubstr("NCCL_ALGO"));
    EXPECT_THAT(suggested_setting(broken, "simulated"), HasSubstr("which algorithm the library takes for broadcast"));
    broken.pattern = "reduce_scatter";
    EXPECT_THAT(suggested_setting(broken, "Open MPI v4.1.4"), HasSubstr("coll_tuned_reduce_scatter_block_algorithm"));
    broken.pattern = "pingpong";
    EXPECT_THAT(suggested_setting(broken, "Open MPI v4.1.4"), HasSubstr("eager"));
}

TEST(GuidelineText, says_what_is_broken_by_how_much_and_where)
{
    File file;
    file.add("allgather", kib, 150e-6);
    file.add("alltoall", kib, 100e-6);
    std::ostringstream out;
    guidelines_text(out, {}, file.check());
    EXPECT_THAT(out.str(), HasSubstr("allgather <= alltoall is broken by +50 % [+49, +51]: 150 us against 100 us at "
                                     "allgather, 1 KiB, 8 ranks"));
    EXPECT_THAT(out.str(),
                EndsWith("  allgather: look at which algorithm the library takes for allgather of this size\n"
                         "  1 of 1 comparison broken\n"));
    std::ostringstream nothing;
    guidelines_text(nothing, {}, {});
    EXPECT_EQ(nothing.str(), "");
}

}  // namespace
}  // namespace plumbline
