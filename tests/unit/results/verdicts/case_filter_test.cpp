// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/case_filter.hpp"

#include "tests/support/judged.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using test::at;
using test::collective_case;
using test::judge_one;
using test::MeasuredRun;
using test::only_finding;
using test::spread_times;
using test::target_of;

TEST(CaseFilter, where_selects_by_every_key_of_a_case)
{
    MeasuredRun run;
    CaseIdentity what = collective_case("allreduce", 1024, 4);
    what.op = ReduceOp::max;
    what.dtype = DataType::bfloat16;
    what.in_place = true;
    what.placement = Placement::spread;
    what.parameters = {{"note", "x"}};
    run.add(what, spread_times(1e-3, 0.01));
    run.add(collective_case("alltoall", 64, 2), spread_times(1e-3, 0.01));

    struct Row {
        std::map<std::string, std::string> where;
        std::size_t matches;
    };
    const std::vector<Row> rows{
        {{}, 2},
        {{{"pattern", "allreduce"}}, 1},
        {{{"bytes", "1024"}}, 1},
        {{{"dtype", "bfloat16"}}, 1},
        {{{"op", "max"}}, 1},
        {{{"op", "sum"}}, 0},  // alltoall reduces nothing
        {{{"in_place", "true"}}, 1},
        {{{"in_place", "false"}}, 1},
        {{{"ranks", "2"}}, 1},
        {{{"placement", "spread"}}, 1},
        {{{"note", "x"}}, 1},
        {{{"note", "y"}}, 0},
        {{{"pattern", "allreduce"}, {"bytes", "64"}}, 0},
        {{{"byts", "64"}}, 0},
    };
    for (const Row& row : rows) {
        const auto judgement = judge_one(target_of(Metric::time, row.where, 1e-6), run.measured());
        std::size_t matches = 0;
        for (const Finding& finding : judgement.findings) {
            matches += finding.case_id >= 0 ? 1U : 0U;
        }
        EXPECT_EQ(matches, row.matches);
        EXPECT_EQ(judgement.verdict, row.matches == 0 ? Verdict::not_measured : Verdict::pass);
    }
}

TEST(CaseFilter, a_target_that_matches_nothing_says_what_there_is)
{
    MeasuredRun run;
    run.add(collective_case("alltoall", 64, 2), spread_times(1e-3, 0.01));
    run.add(collective_case("allreduce", 64, 2), spread_times(1e-3, 0.01));
    run.add(collective_case("allreduce", 1024, 2), spread_times(1e-3, 0.01));
    const Finding none =
        only_finding(target_of(Metric::busbw, {{"pattern", "pipeline"}, {"bytes", "8"}}, 1), run.measured());
    EXPECT_EQ(none.verdict, Verdict::not_measured);
    EXPECT_EQ(none.at, "pipeline, 8 B");
    EXPECT_EQ(none.why, "no case is of pipeline (the file has allreduce, all-to-all)");
    const auto why = [&](const std::map<std::string, std::string>& where) {
        return only_finding(target_of(Metric::busbw, where, 1), run.measured()).why;
    };
    EXPECT_EQ(why({{"pattern", "alltoall"}, {"bytes", "8"}}), "no case of all-to-all has 8 B (there is 64 B)");
    EXPECT_EQ(why({{"bytes", "8"}}), "no case has 8 B (there is 64 B, 1 KiB)");
    EXPECT_EQ(why({{"pattern", "alltoall"}, {"window", "8"}}),
              "no case of all-to-all has the property 'window' (the file has allreduce, all-to-all)");
    EXPECT_EQ(only_finding(target_of(Metric::busbw, {{"byts", "8"}}, 1), run.measured()).why,
              "no case has the property 'byts' (the file has allreduce, all-to-all)");
    EXPECT_EQ(only_finding(target_of(Metric::busbw, {}, 1), RunData{}).why, "the file has no cases");
    EXPECT_EQ(only_finding(at(target_of(Metric::busbw, {}, 1), {}, 16), run.measured()).why,
              "no matching case on 16 ranks (they ran on 2). Measure at that scale");
}

TEST(CaseFilter, a_range_of_bytes_chooses_its_ends_too)
{
    MeasuredRun run;
    for (const std::uint64_t bytes : {8ULL, 1ULL << 20U, 1ULL << 22U, 1ULL << 24U}) {
        run.add(collective_case("allreduce", bytes, 4), spread_times(1e-3, 0.01));
    }
    Target target = target_of(Metric::time, {{"pattern", "allreduce"}}, 0);
    target.at_least.reset();
    target.at_most = 1;
    target.bytes = ByteRange{.from = 1U << 20U, .to = 1U << 22U};
    EXPECT_EQ(judge_one(target, run.measured()).findings.size(), 2U);
    target.bytes = ByteRange{.from = 1U << 22U, .to = std::nullopt};
    EXPECT_EQ(judge_one(target, run.measured()).findings.size(), 2U);
    target.bytes = ByteRange{.from = std::nullopt, .to = 4};
    EXPECT_EQ(only_finding(target, run.measured()).why,
              "no case of allreduce has up to 4 B (there is 8 B, 1 MiB, 4 MiB, 16 MiB)");
}

TEST(CaseFilter, finds_what_a_log_reported_by_the_timing_that_the_log_says)
{
    CaseHeader header;
    header.what.pattern = "allreduce";
    Target any;
    any.where = {{"pattern", "allreduce"}};
    const auto asking = [&](const char* key, const char* value) {
        Target target = any;
        target.where[key] = value;
        return matches(target, header);
    };
    EXPECT_TRUE(asking("timing", "drained")) << "measured";
    header.reported = ImportedValue{.time_s = 1, .estimator = "mean"};
    EXPECT_TRUE(matches(any, header));
    EXPECT_FALSE(asking("timing", "drained")) << "the log doesn't say";
    EXPECT_FALSE(asking("timing", "chained"));
    header.reported->chain = 20;
    EXPECT_TRUE(matches(any, header)) << "a log has one regime";
    EXPECT_TRUE(asking("timing", "chained"));
    EXPECT_TRUE(asking("chain", "20"));
    EXPECT_FALSE(asking("chain", "10"));
    EXPECT_FALSE(asking("timing", "drained"));
    header.reported->chain = 1;
    EXPECT_TRUE(asking("timing", "drained"));
    EXPECT_FALSE(asking("timing", "chained"));
}

}  // namespace
}  // namespace plumbline
