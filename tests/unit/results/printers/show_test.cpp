// SPDX-License-Identifier: Apache-2.0
#include "results/printers/show.hpp"
#include "results/printers/scaling.hpp"
#include "results/records/identity_parameters.hpp"

#include "results/util/text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <sstream>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

RunMetadata quickstart()
{
    RunMetadata info;
    info.name = "quickstart";
    info.ranks = 2;
    info.hosts = {"h0"};
    info.backend = "mpi";
    info.planned_cases = 4;
    return info;
}

CaseSummary measured_allreduce()
{
    CaseSummary row;
    row.header.id = 0;
    row.header.what.pattern = "allreduce";
    row.header.what.bytes = 65536;
    row.header.what.ranks = 2;
    row.header.what.nodes = 1;
    row.header.total_bytes = 65536;
    row.header.bus_factor = 1.0;
    row.header.verification = Verification::verified;
    row.rounds = 1;
    row.samples = 20;
    row.warmups = 3;
    row.stop = "converged";
    row.median_s = 16e-6;
    row.ci_low_s = 15.9e-6;
    row.ci_high_s = 16.2e-6;
    row.min_s = 15e-6;
    row.max_s = 20e-6;
    row.algbw_bytes_per_s = 4.096e9;
    row.busbw_bytes_per_s = 4.096e9;
    return row;
}

CaseSummary on_one_rank()
{
    CaseSummary row = measured_allreduce();
    row.header.id = 1;
    row.header.what.ranks = 1;
    row.header.bus_factor = std::nullopt;
    row.algbw_bytes_per_s = row.busbw_bytes_per_s = std::nullopt;
    row.stop = "budget";
    return row;
}

CaseSummary skipped_alltoall()
{
    CaseSummary row;
    row.header.id = 2;
    row.header.what.pattern = "alltoall";
    row.header.what.bytes = 1U << 20;
    row.header.what.ranks = 2;
    row.header.what.nodes = 1;
    row.header.status = CaseStatus::skipped;
    row.header.why = "needs 3 GiB a rank, 1 GiB is free";
    return row;
}

CaseSummary pipeline()
{
    CaseSummary row = measured_allreduce();
    row.header.id = 3;
    row.header.what.pattern = "pipeline";
    row.header.what.bytes = 1U << 20;
    row.header.what.parameters = {{"microbatches", "4"}, {"schedule", "1f1b"}};
    row.algbw_bytes_per_s = row.busbw_bytes_per_s = std::nullopt;
    row.bubble_fraction = 0.25;
    row.bubble_ideal = 0.2;
    row.exposed_s = 1e-3;
    return row;
}

ScalingRow weak_row()
{
    ScalingRow row;
    row.metric = Metric::weak_efficiency;
    row.case_id = 5;
    row.base_case_id = 4;
    row.pattern = "data_parallel";
    row.bytes = 1U << 24;
    row.ranks = 2;
    row.base_ranks = 1;
    row.base_value = 20.1e-3;
    row.base_unit = "s";
    row.held_fixed = "work per rank";
    row.efficiency = 0.935;
    row.interval = Interval{.low = 0.921, .high = 0.946};
    row.speedup = 1.87;
    return row;
}

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

std::string text_of(const RunMetadata& info, const std::vector<CaseSummary>& cases,
                    const std::vector<ScalingRow>& scaling = {}, bool complete = true)
{
    std::ostringstream out;
    show_text(out, info, cases, scaling, complete);
    return out.str();
}

std::string csv_of(const std::vector<CaseSummary>& cases, bool simulated = false)
{
    std::ostringstream out;
    RunMetadata info;
    info.simulated = simulated;
    show_csv(out, cases, info);
    return out.str();
}

Finding passed()
{
    Finding finding;
    finding.target = "linear-speedup";
    finding.metric = Metric::weak_efficiency;
    finding.at = "data parallel, 16 MiB, 2 ranks";
    finding.case_id = 5;
    finding.ranks = 2;
    finding.base_ranks = 1;
    finding.base_value = 20.1e-3;
    finding.base_unit = "s";
    finding.bound = ">= 0.9";
    finding.value.estimate = 0.935;
    finding.value.interval = Interval{.low = 0.921, .high = 0.946};
    finding.verdict = Verdict::pass;
    return finding;
}

Finding failed_bandwidth()
{
    Finding finding;
    finding.target = "wire";
    finding.metric = Metric::busbw;
    finding.at = "allreduce, 1 MiB, 2 ranks";
    finding.case_id = 1;
    finding.ranks = 2;
    finding.bound = ">= 10";
    finding.value.estimate = 4.1;
    finding.value.interval = Interval{.low = 4.0, .high = 4.2};
    finding.verdict = Verdict::fail;
    return finding;
}

Finding unmatched()
{
    Finding finding;
    finding.target = "<all> & \"more\"";
    finding.metric = Metric::time;
    finding.at = "pattern=gather";
    finding.bound = "<= 0.001";
    finding.verdict = Verdict::not_measured;
    finding.why = "no case matches\x1b[31m";
    return finding;
}

Finding straddling()
{
    Finding finding = passed();
    finding.value.interval = Interval{.low = 0.88, .high = 0.95};
    finding.verdict = Verdict::inconclusive;
    finding.why = "the bound lies within the interval";
    return finding;
}

std::string check_text_of(const Judgement& judgement, bool simulated = false)
{
    std::ostringstream out;
    check_text(out, judgement, simulated);
    return out.str();
}

std::string junit_of(const RunMetadata& info, const Judgement& judgement)
{
    std::ostringstream out;
    check_junit(out, info, judgement);
    return out.str();
}

TEST(ShowText, prints_one_line_a_case_with_interval_bandwidths_and_note)
{
    const std::string text = text_of(quickstart(), {measured_allreduce(), on_one_rank(), skipped_alltoall()});
    EXPECT_EQ(text,
              "quickstart: 2 ranks on 1 host, backend mpi\n"
              "\n"
              "pattern       size  ranks  time [95 %]           algbw  busbw  samples  note\n"
              "allreduce   64 KiB      2  16.0 us [15.9, 16.2]   4.10   4.10       20\n"
              "allreduce   64 KiB      1  16.0 us [15.9, 16.2]      -      -       20  budget\n"
              "all-to-all   1 MiB      2  skipped: needs 3 GiB a rank, 1 GiB is free\n"
              "time: median of the slowest rank's; algbw, busbw in GB/s (1e9 bytes/s)\n"
              "note: interval still wider than asked when it stopped (budget: seconds, cap:\n"
              "      samples)\n"
              "algbw, busbw -: one rank alone communicates nothing\n"
              "data verified in 2 of 2 cases that can be checked\n");
}

TEST(ShowText, cases_with_wrong_data_count_among_those_that_can_be_checked)
{
    CaseSummary wrong = measured_allreduce();
    wrong.header.status = CaseStatus::failed;
    wrong.header.why = say("wrong data on rank 1, element 3: expected 1, got 2");
    EXPECT_THAT(text_of(quickstart(), {measured_allreduce(), wrong}),
                HasSubstr("data verified in 1 of 2 cases that can be checked; wrong data in 1\n"));
}

TEST(ShowText, stays_within_80_columns_for_the_longest_ordinary_values)
{
    CaseSummary row = measured_allreduce();
    row.header.what.pattern = "reduce_scatter";
    row.header.what.bytes = 512U << 10;
    row.header.what.ranks = 4096;
    row.samples = 2000;
    row.stop = "budget";
    CaseSummary slow = row;
    slow.median_s = 123e-6;
    slow.ci_low_s = 122e-6;
    slow.ci_high_s = 124e-6;
    ScalingRow scaled = weak_row();
    scaled.ranks = 4096;
    scaled.speedup = 3829.76;
    for (const std::string& line : lines_of(text_of(quickstart(), {row, slow}, {scaled}))) {
        if (!line.starts_with("linear speedup")) {
            EXPECT_LE(text::width(line), 80U) << line;
        }
    }
}

TEST(ShowText, names_type_and_operation_only_where_they_vary)
{
    CaseSummary other = measured_allreduce();
    EXPECT_THAT(text_of(quickstart(), {measured_allreduce(), other}), Not(HasSubstr("dtype")));
    other.header.what.dtype = DataType::float16;
    EXPECT_THAT(text_of(quickstart(), {measured_allreduce(), other}), HasSubstr("dtype"));
    EXPECT_THAT(text_of(quickstart(), {measured_allreduce(), other}), Not(HasSubstr(" op ")));
    other.header.what.op = ReduceOp::max;
    EXPECT_THAT(text_of(quickstart(), {measured_allreduce(), other}), HasSubstr(" op "));
}

TEST(ShowText, says_that_there_is_no_interval_below_six_samples)
{
    CaseSummary row = measured_allreduce();
    row.samples = 5;
    row.ci_low_s = row.ci_high_s = std::nullopt;
    EXPECT_THAT(text_of(quickstart(), {row}), HasSubstr("16.0 us [none]"));
    EXPECT_THAT(text_of(quickstart(), {row}), HasSubstr("[none]: too few samples for an interval"));
}

TEST(ShowText, shows_the_bubble_beside_its_closed_form)
{
    EXPECT_THAT(text_of(quickstart(), {pipeline()}), HasSubstr("25.0 %  20.0 %  1.00 ms  pipeline 1f1b"));
}

TEST(ShowText, says_when_a_run_is_incomplete)
{
    EXPECT_THAT(text_of(quickstart(), {measured_allreduce()}, {}, false),
                HasSubstr("incomplete: 1 of 4 planned cases stored"));
    EXPECT_THAT(text_of(quickstart(), {measured_allreduce()}, {}, true), Not(HasSubstr("incomplete")));
    EXPECT_THAT(text_of(quickstart(), {}, {}, false), HasSubstr("no case is stored"));
}

TEST(ShowText, prints_the_scaling_block_and_the_speedup_line)
{
    ScalingRow base = weak_row();
    base.case_id = base.base_case_id;
    base.ranks = 1;
    base.efficiency = 1;
    base.interval = std::nullopt;
    base.speedup = 1;
    const std::string text = text_of(quickstart(), {measured_allreduce()}, {base, weak_row()});
    EXPECT_THAT(text, HasSubstr("\nscaling: weak_efficiency = T(n0)/T(n), work per rank fixed\n"
                                "pattern          size  base             ranks  efficiency           speedup\n"
                                "data parallel  16 MiB  1 rank: 20.1 ms      2  93.5 % [92.1, 94.6]    1.87x\n"));
    EXPECT_THAT(text, EndsWith("\nlinear speedup: 1.87x on 2 ranks (base 1 rank: 20.1 ms; work per rank fixed), weak "
                               "efficiency 93.5 % [92.1, 94.6]\n"));
}

TEST(ShowText, series_that_differ_in_a_parameter_are_told_apart_in_scaling_and_speedup)
{
    ScalingRow one = weak_row();
    one.parameters = {{"compute", "1"}, {"sharding", "zero1"}};
    ScalingRow other = weak_row();
    other.case_id = one.case_id + 1;
    other.parameters = {{"compute", "1"}};
    const std::string text = text_of(quickstart(), {measured_allreduce()}, {one, other});
    EXPECT_THAT(text, HasSubstr("1.87x sharding zero1\n"));
    EXPECT_THAT(text, HasSubstr("1.87x\n"));
    EXPECT_THAT(text, HasSubstr("work per rank fixed, 16 MiB, sharding zero1), weak"));
    EXPECT_THAT(text, Not(HasSubstr("compute 1")));
}

TEST(ShowText, prints_no_speedup_line_without_such_a_row)
{
    ScalingRow retention = weak_row();
    retention.metric = Metric::busbw_retention;
    retention.speedup = std::nullopt;
    std::ostringstream out;
    show_speedup(out, std::vector<ScalingRow>{retention});
    EXPECT_EQ(out.str(), "");
}

TEST(ShowText, keeps_control_characters_of_a_file_off_the_terminal)
{
    CaseSummary row = skipped_alltoall();
    row.header.why = "bad\x1b[31m\nline\xff";
    const std::string text = text_of(quickstart(), {row});
    EXPECT_THAT(text, HasSubstr("skipped: bad [31m line\xEF\xBF\xBD\n"));
}

TEST(ShowEverywhere, marks_simulated_runs)
{
    RunMetadata info = quickstart();
    info.simulated = true;
    constexpr auto marker = "simulated: not a measurement of this machine";
    EXPECT_THAT(text_of(info, {measured_allreduce()}), HasSubstr(marker));
    std::ostringstream shown;
    show_json(shown, info, {}, {}, {}, true);
    EXPECT_TRUE(json::parse(shown.str()).at("run").at("simulated").get<bool>());
    EXPECT_THAT(lines_of(csv_of({measured_allreduce()}, true)).at(1), EndsWith(",true,false"));
    EXPECT_THAT(check_text_of({}, true), HasSubstr(marker));
    std::ostringstream checked;
    check_json(checked, info, {});
    EXPECT_TRUE(json::parse(checked.str()).at("simulated").get<bool>());
    EXPECT_THAT(junit_of(info, {}), HasSubstr(marker));
}

TEST(ShowEverywhere, marks_runs_on_a_stand_in)
{
    RunMetadata info = quickstart();
    info.fake_library = true;
    EXPECT_THAT(text_of(info, {measured_allreduce()}), HasSubstr("stand-in: true"));
    std::ostringstream shown;
    show_json(shown, info, {}, {}, {}, true);
    EXPECT_TRUE(json::parse(shown.str()).at("run").at("stand_in").get<bool>());
    std::ostringstream table;
    show_csv(table, std::vector{measured_allreduce()}, info);
    EXPECT_THAT(lines_of(table.str()).at(1), EndsWith(",false,true"));
    std::ostringstream checked;
    check_json(checked, info, {});
    EXPECT_TRUE(json::parse(checked.str()).at("stand_in").get<bool>());
    EXPECT_THAT(junit_of(info, {}), HasSubstr("name=\"stand_in\" value=\"true\""));
}

TEST(ShowJson, has_the_keys_of_the_contract_with_null_for_absent_numbers)
{
    std::ostringstream out;
    show_json(out, quickstart(), std::vector{measured_allreduce(), skipped_alltoall()}, std::vector{weak_row()}, {},
              true);
    const json all = json::parse(out.str());
    EXPECT_EQ(all.at("run").at("name"), "quickstart");
    const json& first = all.at("cases").at(0);
    EXPECT_EQ(first.at("id"), 0);
    EXPECT_EQ(first.at("pattern"), "allreduce");
    EXPECT_EQ(first.at("bytes"), 65536);
    EXPECT_EQ(first.at("ranks"), 2);
    EXPECT_EQ(first.at("nodes"), 1);
    EXPECT_EQ(first.at("dtype"), "float32");
    EXPECT_EQ(first.at("status"), "measured");
    EXPECT_EQ(first.at("samples"), 20);
    EXPECT_EQ(first.at("median_s"), 16e-6);
    EXPECT_EQ(first.at("ci_low_s"), 15.9e-6);
    EXPECT_EQ(first.at("ci_high_s"), 16.2e-6);
    EXPECT_EQ(first.at("algbw_GBps"), 4.096);
    EXPECT_EQ(first.at("busbw_GBps"), 4.096);
    const json& skipped = all.at("cases").at(1);
    EXPECT_EQ(skipped.at("why"), "needs 3 GiB a rank, 1 GiB is free");
    for (const char* key : {"median_s", "ci_low_s", "ci_high_s", "algbw_GBps", "busbw_GBps", "p99_s"}) {
        EXPECT_TRUE(skipped.at(key).is_null()) << key;
    }
    EXPECT_EQ(all.at("scaling").at(0).at("efficiency"), 0.935);
}

TEST(ShowJson, survives_text_that_is_not_utf8)
{
    CaseSummary row = skipped_alltoall();
    row.header.why = "\xff\xfe";
    std::ostringstream out;
    show_json(out, quickstart(), std::vector{row}, {}, {}, true);
    EXPECT_FALSE(json::parse(out.str()).at("cases").empty());
}

TEST(ShowCsv, has_a_header_and_as_many_cells_in_every_line)
{
    const auto lines = lines_of(csv_of({measured_allreduce(), on_one_rank()}));
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_EQ(lines[0].substr(0, lines[0].find(",min_s")),
              "id,pattern,bytes,ranks,nodes,dtype,status,why,samples,median_s,ci_low_s,ci_high_s,algbw_GBps,busbw_GBps,"
              "confidence");
    EXPECT_EQ(lines[1].substr(0, lines[1].find(",0.95,")),
              "0,allreduce,65536,2,1,float32,measured,,20,1.6e-05,1.59e-05,1.62e-05,4.096,4.096");
    const auto cells = [](const std::string& line) { return std::count(line.begin(), line.end(), ','); };
    EXPECT_EQ(cells(lines[1]), cells(lines[0]));
    EXPECT_EQ(cells(lines[2]), cells(lines[0]));
}

TEST(ShowCsv, quotes_as_rfc_4180_says)
{
    CaseSummary row = skipped_alltoall();
    row.header.why = "too \"big\", really";
    EXPECT_THAT(csv_of({row}), HasSubstr(",\"too \"\"big\"\", really\","));
}

TEST(CheckText, prints_one_line_a_finding_and_the_verdict)
{
    const Judgement judgement{.findings = {passed(), failed_bandwidth()}, .verdict = Verdict::fail};
    EXPECT_EQ(check_text_of(judgement),
              "PASS          linear-speedup: weak_efficiency 0.935 [0.921, 0.946] >= 0.9 at 2 ranks (base 1 rank: "
              "20.1 ms, work per rank fixed)\n"
              "FAIL          wire: busbw 4.1 [4, 4.2] >= 10 GB/s at allreduce, 1 MiB, 2 ranks\n"
              "verdict: FAIL\n");
}

TEST(CheckText, says_why_for_what_is_not_decided)
{
    const Judgement judgement{.findings = {straddling(), unmatched()}, .verdict = Verdict::not_measured};
    const auto lines = lines_of(check_text_of(judgement));
    ASSERT_EQ(lines.size(), 3U);
    EXPECT_THAT(lines[0], EndsWith(": the bound lies within the interval"));
    EXPECT_EQ(lines[1], "NOT_MEASURED  <all> & \"more\": time <= 0.001 s at pattern=gather: no case matches [31m");
    EXPECT_EQ(lines[2], "verdict: NOT_MEASURED");
}

TEST(CheckText, names_the_case_in_full_where_the_scale_alone_does_not_tell)
{
    Finding other = passed();
    other.at = "data parallel, 64 MiB, 2 ranks";
    const std::string text = check_text_of({.findings = {passed(), other}, .verdict = Verdict::pass});
    EXPECT_THAT(text, HasSubstr("at data parallel, 16 MiB, 2 ranks (base"));
    EXPECT_THAT(text, HasSubstr("at data parallel, 64 MiB, 2 ranks (base"));
}

TEST(CheckText, says_that_nothing_was_judged_without_targets)
{
    EXPECT_EQ(check_text_of({}), "measured, not judged (no targets)\n");
}

TEST(CheckJson, gives_each_finding_with_null_for_what_it_lacks)
{
    std::ostringstream out;
    check_json(out, quickstart(), {.findings = {passed(), unmatched()}, .verdict = Verdict::not_measured});
    const json all = json::parse(out.str());
    EXPECT_EQ(all.at("verdict"), "NOT_MEASURED");
    const json& first = all.at("findings").at(0);
    EXPECT_EQ(first.at("estimate"), 0.935);
    EXPECT_EQ(first.at("ci_low"), 0.921);
    EXPECT_EQ(first.at("base_ranks"), 1);
    EXPECT_EQ(first.at("verdict"), "PASS");
    const json& second = all.at("findings").at(1);
    for (const char* key : {"estimate", "ci_low", "case_id", "base_ranks", "base_value"}) {
        EXPECT_TRUE(second.at(key).is_null()) << key;
    }
}

TEST(CheckJunit, turns_all_but_pass_into_failures_and_errors)
{
    const std::string xml =
        junit_of(quickstart(),
                 {.findings = {passed(), failed_bandwidth(), straddling(), unmatched()}, .verdict = Verdict::fail});
    EXPECT_THAT(xml, HasSubstr("tests=\"4\" failures=\"2\" errors=\"1\" skipped=\"0\""));
    EXPECT_THAT(xml, HasSubstr("<failure type=\"FAIL\""));
    EXPECT_THAT(xml, HasSubstr("<failure type=\"INCONCLUSIVE\""));
    EXPECT_THAT(xml, HasSubstr("<error type=\"NOT_MEASURED\""));
}

TEST(CheckJunit, escapes_text)
{
    const std::string xml = junit_of(quickstart(), {.findings = {unmatched()}, .verdict = Verdict::not_measured});
    EXPECT_THAT(xml, HasSubstr("name=\"&lt;all&gt; &amp; &quot;more&quot;: pattern=gather\""));
    EXPECT_THAT(xml, Not(HasSubstr("\x1b")));
}

TEST(ShowText, says_how_many_cases_may_have_had_others_beside_them)
{
    CaseSummary beside = measured_allreduce();
    EXPECT_THAT(text_of(quickstart(), {beside}), Not(HasSubstr("at_once")));
    beside.header.what.parameters["at_once"] = "true";
    EXPECT_THAT(text_of(quickstart(), {measured_allreduce(), beside}),
                HasSubstr("may have been measured beside other sets of ranks (at_once; a round says so): 1 case\n"));
}

TEST(ShowText, says_of_each_row_how_it_was_timed_where_any_is_chained)
{
    CaseSummary chained = measured_allreduce();
    set_timing(chained.header.what, {.regime = TimingRegime::chained, .chain = 20});
    const auto shown = [](const std::vector<CaseSummary>& cases) {
        std::ostringstream out;
        show_text(out, quickstart(), cases, {}, true);
        return out.str();
    };
    EXPECT_THAT(shown({measured_allreduce()}), Not(HasSubstr("timing")));
    EXPECT_THAT(shown({chained}), HasSubstr("chained 20"));
    const std::string both = shown({measured_allreduce(), chained});
    EXPECT_THAT(both, AllOf(HasSubstr("timing"), HasSubstr("drained"), HasSubstr("chained 20")));
    EXPECT_THAT(both, Not(HasSubstr("parameters")));
}

}  // namespace
}  // namespace plumbline
