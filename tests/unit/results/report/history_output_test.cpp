// SPDX-License-Identifier: Apache-2.0
#include "results/report/history_output.hpp"

#include "results/history/trends.hpp"
#include "results/report/history_data.hpp"
#include "results/report/page.hpp"
#include "tests/support/nights.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include <optional>
#include <sstream>
#include <string>

namespace plumbline {
namespace {

using test::around;
using test::joined;
using test::nights;
using test::one_goes_missing;
using test::two_changes;
using ::testing::HasSubstr;
using ::testing::Not;

/// What one of the formats writes.
template <class Write>
std::string written(Write write, const RunIndex& index, const Trends& trends, const std::optional<Night>& night = {})
{
    std::ostringstream out;
    write(out, index, trends, night);
    return out.str();
}

void in_english(std::ostream& out, const RunIndex& index, const Trends& trends, const std::optional<Night>& night)
{
    history_text(out, index, trends, night, Language::en);
}

void in_chinese(std::ostream& out, const RunIndex& index, const Trends& trends, const std::optional<Night>& night)
{
    history_text(out, index, trends, night, Language::zh);
}

TEST(HistoryFormats, HostileNamesStayText)
{
    RunIndex index = nights(joined(around(1e-3, 20), around(1.1e-3, 5)), "h\"0\\<b>\n");
    const Trends trends = find_trends(index, {}, {});
    const std::string junit = written(history_junit, index, trends);
    EXPECT_THAT(junit, HasSubstr("classname=\"h&quot;0\\&lt;b&gt; \""));
    EXPECT_THAT(junit, HasSubstr("failures=\"1\""));
    const std::string prometheus = written(history_prometheus, index, trends);
    EXPECT_THAT(prometheus, HasSubstr("plumbline_slower{case=\"allreduce 8 B\",hosts=\"h\\\"0\\\\<b> \"} 1\n"));
}

TEST(HistoryFormats, SayWhatIsMissingAndShowNoOldTimeAsTheLast)
{
    const RunIndex index = one_goes_missing("failed: wrong data");
    const Trends trends = find_trends(index, {}, {});
    const std::string text = written(in_english, index, trends);
    EXPECT_THAT(
        text,
        HasSubstr("missing      other\n             last 2.00 ms, in 7 runs; not measured since "
                  "2026-01-08 00:00 (night7.h5), 3 runs; failed: wrong data\nverdict: NOT_MEASURED (of change)\n"));
    const std::string json = written(history_json, index, trends);
    const auto event = nlohmann::json::parse(json)["events"][0];
    EXPECT_EQ(event["kind"], "missing");
    EXPECT_TRUE(event["after_s"].is_null() && event["change"].is_null() && event["p_value"].is_null());
    const std::string junit = written(history_junit, index, trends);
    EXPECT_THAT(junit, HasSubstr("tests=\"2\" failures=\"0\" errors=\"1\" skipped=\"0\""));
    EXPECT_THAT(junit, HasSubstr("name=\"other\"><error type=\"NOT_MEASURED\" message=\"missing: last 2.00 ms"));
    const std::string prometheus = written(history_prometheus, index, trends);
    EXPECT_THAT(prometheus, Not(HasSubstr("plumbline_median_seconds{case=\"other\"")));
    EXPECT_THAT(prometheus, HasSubstr("plumbline_median_seconds{case=\"allreduce 8 B\",hosts=\"h0\"} 0.000995\n"));
    EXPECT_THAT(prometheus, HasSubstr("plumbline_missing{case=\"other\",hosts=\"h0\"} 1\n"));
    EXPECT_THAT(prometheus, HasSubstr("plumbline_missing{case=\"allreduce 8 B\",hosts=\"h0\"} 0\n"));
}

TEST(HistoryFormats, WatchNoCaseThatWasGivenUp)
{
    const RunIndex index = one_goes_missing();
    const Trends trends = find_trends(index, parse_accepted("2026-01-08 acknowledge other no use\n", "a.txt"), {});
    const std::string junit = written(history_junit, index, trends);
    EXPECT_THAT(junit, HasSubstr("errors=\"0\" skipped=\"1\""));
    EXPECT_THAT(junit, HasSubstr("<skipped message=\"acknowledged: last 2.00 ms, in 7 runs; not measured since"));
    const std::string prometheus = written(history_prometheus, index, trends);
    EXPECT_THAT(prometheus, Not(HasSubstr("other")));
}

TEST(HistoryFormats, ShowASeriesThatIsTooShortAsNoPass)
{
    const RunIndex index = nights(around(1e-3, 3));
    const std::string junit = written(history_junit, index, find_trends(index, {}, {}));
    EXPECT_THAT(junit, HasSubstr("<error type=\"NOT_MEASURED\" message=\"too short to show a change: 3 of 4 runs"));
}

TEST(HistoryFormats, SaySinceWhichChangeACaseIsSlower)
{
    const RunIndex index = two_changes(1.2, 1.15);
    const Trends trends = find_trends(index, {}, {});
    const std::string text = written(in_english, index, trends);
    EXPECT_THAT(text, HasSubstr("slowed on 21 Jan by 15 %\n             1.00 ms -> 1.15 ms (+15.0 %) since 2026-01-21 "
                                "00:00 (night20.h5); 20 before, 20 since, p < "
                                "1e-12; 1.20 ms right after it\n"));
    EXPECT_THAT(
        written(in_chinese, index, trends),
        HasSubstr("变慢         allreduce 8 B\n             1 月 21 日变慢 15 %\n             1.00 ms → 1.15 ms（+15.0 "
                  "%），自 2026-01-21 00:00 起（night20.h5）；之前 20，此后 20，p < 1e-12；紧接其后 1.20 ms\n"));
    const std::string junit = written(history_junit, index, trends);
    EXPECT_THAT(junit, HasSubstr("<failure type=\"FAIL\" message=\"slower: 1.00 ms -&gt; 1.15 ms (+15.0 %) since "
                                 "2026-01-21\">"));
}

TEST(HistoryFormats, OfANightSayOneVerdictOfContractAndChange)
{
    const RunIndex index = nights(around(1e-3, 5));
    const Trends trends = find_trends(index, {}, {});
    Night night{.file = "night4.h5"};
    night.contract = Verdict::fail;
    night.named = {"bw"};
    add_change(trends, night);
    EXPECT_THAT(written(in_english, index, trends, night),
                HasSubstr("contract: FAIL (bw)\nchange: PASS\nverdict: FAIL (the contract: bw)\n"));
    const auto json = nlohmann::json::parse(written(history_json, index, trends, night));
    EXPECT_EQ(json["verdict"], "FAIL");
    EXPECT_EQ(json["night"]["status"], 1);
    EXPECT_EQ(json["night"]["change"], "PASS");
    EXPECT_THAT(written(history_junit, index, trends, night),
                HasSubstr("name=\"contract\"><failure type=\"FAIL\" message=\"FAIL (bw)\">"));
    EXPECT_THAT(written(history_prometheus, index, trends, night), HasSubstr("plumbline_status{of=\"night\"} 1\n"));
    const auto page = nlohmann::json::parse(report::history_data(index, trends, report::Language::en, night));
    EXPECT_EQ(page["verdict"], "FAIL");
    EXPECT_EQ(page["night"]["why"]["en"], "the contract: bw");
}

TEST(HistoryPage, ShowsWhatIsMissing)
{
    const RunIndex index = one_goes_missing();
    const auto page =
        nlohmann::json::parse(report::history_data(index, find_trends(index, {}, {}), report::Language::en));
    EXPECT_EQ(page["events"][0]["kind"], "missing");
    EXPECT_EQ(page["series"][1]["case"], "other");
    EXPECT_EQ(page["events"][0]["series"], 1);
    EXPECT_TRUE(page["events"][0]["after_s"].is_null());
}

TEST(HistoryPage, HasAllRunsIntervalsOfTheNewestTwoHundredAndNoNameThatIsMarkup)
{
    const std::string hostile = "</script><script>alert(1)</script>";
    const RunIndex index = nights(joined(around(1e-3, 230), around(1.1e-3, 10)), hostile);
    const Trends trends = find_trends(index, {}, {});
    const std::string data = report::history_data(index, trends, report::Language::zh);
    const auto page = nlohmann::json::parse(data);
    EXPECT_EQ(page["all_runs"], 240);
    EXPECT_EQ(page["runs"].size(), 240U);
    EXPECT_EQ(page["series"][0]["points"].size(), 240U);
    EXPECT_EQ(page["series"][0]["points"][39].size(), 2U) << "run and median";
    EXPECT_EQ(page["series"][0]["points"][40].size(), 4U) << "with its interval";
    EXPECT_EQ(page["series"][0]["points"][40], nlohmann::json({40, 1.005e-3, 9.9495e-4, 1.01505e-3}));
    EXPECT_EQ(page["events"][0]["kind"], "slower");
    EXPECT_EQ(page["events"][0]["series"], 0);
    EXPECT_EQ(page["language"], "zh");
    EXPECT_THAT(report::html_page(report::Language::zh, "x", data), Not(HasSubstr("<script>alert")));
}

}  // namespace
}  // namespace plumbline
