// SPDX-License-Identifier: Apache-2.0
#include "results/comparison/algorithm_comparison.hpp"

#include "results/records/case_header.hpp"
#include "results/records/case_identity.hpp"
#include "results/records/metric.hpp"
#include "results/records/run_data.hpp"
#include "results/records/run_metadata.hpp"
#include "results/verdicts/judge.hpp"
#include "results/verdicts/target.hpp"
#include "results/verdicts/verdict.hpp"
#include "tests/support/measured_run.hpp"

#include <nlohmann/json.hpp>

#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plumbline {
namespace {

using test::collective_case;
using test::MeasuredRun;
using test::spread_times;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

CaseIdentity allreduce(std::uint64_t bytes, const std::string& algorithm = "")
{
    CaseIdentity what = collective_case("allreduce", bytes, 4);
    if (!algorithm.empty()) {
        what.parameters["algorithm"] = algorithm;
    }
    return what;
}

constexpr std::uint64_t mebibyte = 1U << 20U;

RunMetadata with_settings()
{
    RunMetadata info;
    info.facts = {
        {"library", "Open MPI 4.1.4"},
        {setting_fact({.collective = Collective::allreduce, .name = "segmented_ring"}), "RULES=1 ALGORITHM=5"}};
    return info;
}

std::string text_of(const MeasuredRun& run)
{
    std::ostringstream out;
    const RunData measured = run.measured();
    algorithms_text(out, best_algorithms(measured, with_settings()));
    return out.str();
}

/// 1.8 ms by default, 1 ms by a segmented ring, 2 ms by a line.
MeasuredRun planted()
{
    MeasuredRun run;
    run.add(allreduce(4 * mebibyte), spread_times(1.8e-3, 0.01));
    run.add(allreduce(4 * mebibyte, "linear"), spread_times(2e-3, 0.01));
    run.add(allreduce(4 * mebibyte, "segmented_ring"), spread_times(1e-3, 0.01));
    return run;
}

TEST(Algorithms, the_fastest_is_named_beside_the_default_with_its_ratio_and_setting)
{
    const MeasuredRun run = planted();
    const RunData measured = run.measured();
    const auto rows = best_algorithms(measured, with_settings());
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].name, "segmented_ring");
    EXPECT_EQ(rows[0].default_case, 0);
    EXPECT_EQ(rows[0].best_case, 2);
    EXPECT_EQ(rows[0].tried, 2U);
    EXPECT_DOUBLE_EQ(rows[0].ratio, 1.8);
    ASSERT_TRUE(rows[0].interval);
    EXPECT_LT(rows[0].interval->low, 1.8);
    EXPECT_GT(rows[0].interval->high, 1.8);
    EXPECT_TRUE(rows[0].faster);
    // busbw = S / t * 2 (n - 1) / n: 4 MiB / 1 ms * 1.5 = 6.29 GB/s, / 1.8 = 3.50 GB/s.
    EXPECT_THAT(text_of(run), HasSubstr("allreduce, 4 MiB, 4 ranks: segmented_ring is 1.80 times [1."));
    EXPECT_THAT(text_of(run), HasSubstr("] as fast as the default (busbw 6.29 instead of 3.5"));
    EXPECT_THAT(text_of(run), HasSubstr("; set RULES=1 ALGORITHM=5\n"));
    const auto json = algorithms_json(rows);
    EXPECT_EQ(json[0]["algorithm"], "segmented_ring");
    EXPECT_EQ(json[0]["setting"], "RULES=1 ALGORITHM=5");
    EXPECT_EQ(json[0]["faster"], true);
}

TEST(Algorithms, one_that_is_not_clearly_faster_is_not_called_so)
{
    MeasuredRun run;
    run.add(allreduce(8), spread_times(1e-6, 0.5));
    run.add(allreduce(8, "ring"), spread_times(0.9e-6, 0.5));
    EXPECT_THAT(text_of(run),
                HasSubstr("none of 1 algorithm is shown to be more than 4 % faster than the default (best ring: 1.11"));
    EXPECT_THAT(text_of(run), Not(HasSubstr("set ")));
}

TEST(Algorithms, a_gain_of_less_than_four_per_cent_is_no_finding)
{
    MeasuredRun run;
    run.add(allreduce(8), spread_times(1.039e-6, 1e-6));
    run.add(allreduce(8, "ring"), spread_times(1e-6, 1e-6));
    EXPECT_THAT(text_of(run), HasSubstr("none of 1 algorithm"));
    MeasuredRun more;
    more.add(allreduce(8), spread_times(1.041e-6, 1e-6));
    more.add(allreduce(8, "ring"), spread_times(1e-6, 1e-6));
    EXPECT_THAT(text_of(more), HasSubstr("ring is 1.04 times"));
}

/// The widest interval of n values leaves out 2 / 2^n: a ratio at 95 % for two of them together needs 1 - 2 / 2^n >=
/// 1 - 0.05 / 4, n >= 8.
TEST(Algorithms, with_too_few_samples_for_all_that_were_tried_there_is_no_interval_and_it_is_said)
{
    const auto with = [](std::size_t samples) {
        MeasuredRun run;
        run.add(allreduce(8), spread_times(2e-6, 0.01, samples));
        run.add(allreduce(8, "linear"), spread_times(3e-6, 0.01, samples));
        run.add(allreduce(8, "ring"), spread_times(1e-6, 0.01, samples));
        return text_of(run);
    };
    EXPECT_THAT(
        with(7),
        HasSubstr("2.00 times [none: needs at least 8 samples for an interval, has 7 (write stop.min_samples: 8)]"));
    EXPECT_THAT(with(8), HasSubstr("ring is 2.00 times"));
}

TEST(Algorithms, what_failed_or_was_skipped_is_not_in_it_and_cases_without_algorithms_give_nothing)
{
    MeasuredRun run;
    run.add(allreduce(8), spread_times(2e-6, 0.01));
    run.add_unmeasured(allreduce(8, "two_proc"), CaseStatus::skipped, "for 2 ranks");
    run.add(allreduce(16), spread_times(2e-6, 0.01));
    EXPECT_EQ(text_of(run), "");
}

TEST(Algorithms, each_size_has_a_row_of_its_own_and_the_largest_gain_comes_first)
{
    MeasuredRun run = planted();
    run.add(allreduce(8), spread_times(3e-6, 0.01));
    run.add(allreduce(8, "linear"), spread_times(1e-6, 0.01));
    const RunData measured = run.measured();
    const auto rows = best_algorithms(measured, {});
    ASSERT_EQ(rows.size(), 2U);
    EXPECT_THAT(rows[0].at.english(), StartsWith("allreduce, 8 B"));
    EXPECT_EQ(rows[0].setting, "");
}

TEST(Algorithms, a_target_speaks_of_the_librarys_choice_unless_it_names_an_algorithm)
{
    const MeasuredRun run = planted();
    Target target;
    target.name = "t";
    target.metric = Metric::time;
    target.where = {{"pattern", "allreduce"}};
    target.at_most = 1.9e-3;
    const RunData measured = run.measured();
    EXPECT_EQ(judge(std::vector{target}, measured).verdict, Verdict::pass);  // the line of 2 ms is not in it
    target.where["algorithm"] = "linear";
    EXPECT_EQ(judge(std::vector{target}, measured).verdict, Verdict::fail);
}

}  // namespace
}  // namespace plumbline
