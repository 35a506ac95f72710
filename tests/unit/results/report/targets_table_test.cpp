// SPDX-License-Identifier: Apache-2.0
#include "results/report/targets_table.hpp"

#include "results/explanation/explain.hpp"
#include "tests/support/judged.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plumbline::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

ReportedRun reported(const test::MeasuredRun& made, const std::string& target_name)
{
    const RunData data = made.measured();
    Target target = test::target_of(Metric::busbw, {{"pattern", "allreduce"}}, 0.5);
    target.name = target_name;
    ReportedRun run;
    run.file = "x.h5";
    run.sha256 = std::string(64, 'a');
    run.info.name = "site";
    run.cases = data.cases;
    run.judgement = judge(std::vector{target}, data);
    run.judgement.explanations = explain(run.judgement, std::vector{target}, data);
    run.acceptance.clauses = {{target_name, "3.2.1"}};
    run.load = [](int) { return CaseRecord{}; };
    return run;
}

test::MeasuredRun slow()
{
    test::MeasuredRun run;
    run.add(test::collective_case("allreduce", 1'000'000'000, 2), test::spread_times(4, 0.001));
    return run;
}

TEST(TargetsTable, IsReadByASpreadsheetAndStartsNoFormula)
{
    const std::vector runs{reported(slow(), "=HYPERLINK(\"x\"), say")};
    const std::string text = targets_csv(runs, Language::zh);
    EXPECT_THAT(text, StartsWith("\xEF\xBB\xBF测试,合同条款,指标,"));
    EXPECT_THAT(text, HasSubstr("\r\nsite,3.2.1,\"'=HYPERLINK(\"\"x\"\"), say\",总线带宽,GB/s,"));
    EXPECT_THAT(text, HasSubstr(",2,0.25,"));
    EXPECT_THAT(text, HasSubstr(",≥ 0.5 GB/s,不通过,比要求值差 50 %"));
    EXPECT_THAT(targets_csv(runs, Language::en), HasSubstr(",≥ 0.5 GB/s,FAIL,missed by 50 % of the bound"));
}

TEST(TargetsTable, AsMarkdownExplainsAFailAndHoldsNoMarkupOfOthers)
{
    const std::vector runs{reported(slow(), "a | <b>")};
    const std::string text = report_markdown(runs, Language::zh);
    EXPECT_THAT(text, StartsWith("<!-- plumbline report -->\n# 通信性能验收测试报告\n"));
    EXPECT_THAT(text, HasSubstr("**验收结论：不通过**"));
    EXPECT_THAT(text, HasSubstr("a \\| \\<b\\>"));
    EXPECT_THAT(text, Not(HasSubstr("<b>")));
    EXPECT_THAT(text, HasSubstr("## 不合格项说明"));
    EXPECT_THAT(text, HasSubstr("| 委托方 |  |"));
}

TEST(TargetsTable, ASimulatedVerdictSaysSo)
{
    ReportedRun run = reported(slow(), "t");
    run.info.simulated = true;
    EXPECT_THAT(report_markdown(std::vector{run}, Language::zh), HasSubstr("**验收结论：模拟：不通过**"));
}

}  // namespace
}  // namespace plumbline::report
