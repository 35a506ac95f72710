// SPDX-License-Identifier: Apache-2.0
#include "results/report/report_data.hpp"

#include "results/report/embedded.hpp"
#include "results/report/page.hpp"
#include "results/report/texts.hpp"
#include "results/util/sha256.hpp"
#include "tests/support/measured_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <regex>
#include <set>
#include <string>
#include <vector>

namespace plumbline::report {
namespace {

using nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

std::set<std::string> places_in(std::string_view text)
{
    const std::string copy(text);
    const std::regex place(R"(\{\w+\})");
    return {std::sregex_token_iterator(copy.begin(), copy.end(), place), std::sregex_token_iterator()};
}

std::string all_scripts()
{
    std::string scripts;
    for (const EmbeddedFile& part : page_parts()) {
        scripts += part.text;
    }
    return scripts;
}

ReportedRun run_on(const std::string& host)
{
    ReportedRun run;
    run.file = "x.h5";
    run.sha256 = std::string(64, 'a');
    run.info.name = host;
    run.info.hosts = {host};
    for (const int rank : {0, 1, 2}) {
        run.info.places.emplace_back().rank = rank;
    }
    run.info.scenario_text = "name: " + host;
    return run;
}

json data_of(const ReportedRun& run)
{
    return json::parse(report_data(std::vector{run}, Language::en));
}

TEST(ReportTexts, EveryTextSaysTheSamePlacesInBothLanguagesOnce)
{
    std::set<std::string_view> keys;
    for (const Text& text : all_texts()) {
        EXPECT_TRUE(keys.insert(text.key).second) << text.key << " is there twice";
        EXPECT_FALSE(text.en.empty() || text.zh.empty()) << text.key;
        EXPECT_EQ(places_in(text.en), places_in(text.zh)) << text.key;
    }
}

TEST(ReportTexts, EveryKeyThatThePageAsksForIsInTheTable)
{
    std::set<std::string> keys;
    for (const Text& text : all_texts()) {
        keys.insert(std::string(text.key));
    }
    const std::string scripts = all_scripts();
    const std::regex asked(R"(\bt\('([^']+)'[,)])");
    std::size_t count = 0;
    for (auto key = std::sregex_iterator(scripts.begin(), scripts.end(), asked); key != std::sregex_iterator(); ++key) {
        EXPECT_TRUE(keys.contains((*key)[1])) << (*key)[1];
        ++count;
    }
    EXPECT_GT(count, 80U);
}

TEST(ReportTexts, EveryMetricAndVerdictHasAName)
{
    std::set<std::string> keys;
    for (const Text& text : all_texts()) {
        keys.insert(std::string(text.key));
    }
    for (const MetricInfo& metric : all_metrics()) {
        EXPECT_TRUE(keys.contains("metric." + std::string(metric.name))) << metric.name;
    }
    for (const std::string over : {"samples", "rounds", "launches"}) {
        EXPECT_TRUE(keys.contains("note.no-interval." + over)) << over;
    }
    for (const Verdict verdict : {Verdict::pass, Verdict::inconclusive, Verdict::not_measured, Verdict::fail}) {
        EXPECT_TRUE(keys.contains("verdict." + std::string(name(verdict))));
    }
}

TEST(ReportPage, NothingThatARunFileSaysCanEndItsElement)
{
    const std::string hostile = "</script><script>alert(1)</script><!--\"'&\x01";
    const std::string page = html_page(Language::en, hostile, report_data(std::vector{run_on(hostile)}, Language::en));
    EXPECT_THAT(page, Not(HasSubstr("<script>alert")));
    EXPECT_THAT(
        page, HasSubstr("<title>&lt;/script&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;!--&quot;&#39;&amp; </title>"));
    EXPECT_THAT(page, HasSubstr("\\u003c/script>\\u003cscript>alert(1)"));
}

TEST(ReportPage, NoEmbeddedScriptEndsItsElementOrLoadsAnything)
{
    for (const auto& files : {page_parts(), chart_library()}) {
        for (const EmbeddedFile& file : files) {
            EXPECT_THAT(std::string(file.text), Not(HasSubstr("</script"))) << file.name;
        }
    }
    EXPECT_THAT(all_scripts(), Not(HasSubstr("innerHTML")));
    EXPECT_THAT(all_scripts(), Not(HasSubstr("http")));
}

TEST(ReportPage, TextThatIsNotUtf8IsShownWithReplacements)
{
    EXPECT_EQ(data_of(run_on("node\xff"))["runs"][0]["hosts"], json({"node\xEF\xBF\xBD"}));
}

TEST(ReportData, TheSameFilesGiveTheSamePage)
{
    const std::vector runs{run_on("h")};
    EXPECT_EQ(report_data(runs, Language::zh), report_data(runs, Language::zh));
}

TEST(ReportData, RanksOfAHostAreOneRow)
{
    const json places = data_of(run_on("h"))["runs"][0]["places"];
    ASSERT_EQ(places["hosts"].size(), 1U);
    EXPECT_EQ(places["hosts"][0]["ranks"], "0-2");
    EXPECT_EQ(places["left_out"], 0);
}

TEST(ReportData, OfManyHostsSomeAreNamedAndTheOthersCounted)
{
    ReportedRun run;
    for (int rank = 0; rank < 1536; ++rank) {
        run.info.hosts.push_back("node" + std::to_string(rank));
        run.info.places.emplace_back().rank = rank;
        run.info.places.back().node = rank;
    }
    const json data = data_of(run)["runs"][0];
    EXPECT_EQ(data["host_count"], 1536);
    EXPECT_EQ(data["hosts"].size(), 8U);
    EXPECT_EQ(data["places"]["hosts"].size(), 500U);
    EXPECT_EQ(data["places"]["left_out"], 1036);
}

TEST(ReportData, MarginIsFromTheThresholdToTheWorseEndOfTheInterval)
{
    ReportedRun run = run_on("h");
    Finding least;
    least.at_least = 2.0;
    least.value = {.estimate = 2.4, .interval = Interval{.low = 2.2, .high = 2.6}, .why = ""};
    Finding most = least;
    most.at_least = std::nullopt;
    most.at_most = 2.0;
    Finding without = least;
    without.value.interval = std::nullopt;
    run.judgement.findings = {least, most, without};
    const json findings = data_of(run)["runs"][0]["findings"];
    EXPECT_DOUBLE_EQ(findings[0]["margin"].get<double>(), 0.1);
    EXPECT_DOUBLE_EQ(findings[1]["margin"].get<double>(), -0.3);
    EXPECT_TRUE(findings[2]["margin"].is_null());
}

TEST(ReportData, ARunWithoutTargetsHasNoVerdict)
{
    EXPECT_TRUE(data_of(run_on("h"))["runs"][0]["verdict"].is_null());
}

TEST(ReportData, DurationIsFromTheStartToTheEndOfTheLastRound)
{
    test::MeasuredRun made;
    CaseRecord record = made.add(test::collective_case("allreduce", 1024, 2), test::spread_times(1e-3, 0.1));
    record.rounds[0].started_unix_s = 100;
    record.rounds[0].elapsed_s = 5;
    ReportedRun run = run_on("h");
    run.info.started_unix_s = 90;
    run.cases = made.measured().cases;
    run.load = [&](int) { return record; };
    const json data = data_of(run);
    EXPECT_EQ(data["runs"][0]["duration_s"], 15);
    EXPECT_EQ(data["runs"][0]["histograms"][0]["counts"].size(), 9U);  // 2 sqrt(21)
}

TEST(ReportData, DurationLeavesOutWhatLiesBetweenLaunches)
{
    test::MeasuredRun made;
    CaseRecord record = made.add(test::collective_case("allreduce", 1024, 2), test::spread_times(1e-3, 0.1));
    record.rounds[0].started_unix_s = 100;
    record.rounds[0].elapsed_s = 5;
    record.rounds.push_back(record.rounds[0]);
    record.rounds[1].launch = 1;
    record.rounds[1].started_unix_s = 90000;
    ReportedRun run = run_on("h");
    run.info.started_unix_s = 90;
    run.info.launches = {{.started_unix_s = 90}, {.started_unix_s = 89999}};
    run.cases = made.measured().cases;
    run.load = [&](int) { return record; };
    const json data = data_of(run)["runs"][0];
    EXPECT_EQ(data["duration_s"], 15 + 6);
    EXPECT_EQ(data["launches"], 2);
}

TEST(ReportData, WhatWasImportedTookNoTimeThatIsKnown)
{
    test::MeasuredRun made;
    const CaseRecord record = made.add(test::collective_case("allreduce", 1024, 2), {});
    ReportedRun run = run_on("h");
    run.cases = made.measured().cases;
    run.load = [&](int) { return record; };
    EXPECT_TRUE(data_of(run)["runs"][0]["duration_s"].is_null());
}

TEST(ReportData, ACaseHasAnIdealTimeOnlyWhereTheLinksAreKnown)
{
    test::MeasuredRun made;
    made.add(test::collective_case("allreduce", 1024, 2), test::spread_times(1e-3, 0.1));
    ReportedRun run = run_on("h");
    run.cases = made.measured().cases;
    run.load = [](int) { return CaseRecord{}; };
    const json without = data_of(run)["runs"][0];
    EXPECT_FALSE(without["cases"][0].contains("ideal_s"));
    EXPECT_TRUE(without["links"].empty());
    run.ideals.links.inter_node = LinkRate{.bytes_per_s = 1e9, .latency_s = 2e-6};
    run.ideals.seconds = {{0, 1e-4}};
    run.ideals.attainable = {{0, Attainable{.algorithm = AlgorithmKind::tree, .seconds = 2e-4, .why = {}}}};
    const json with = data_of(run)["runs"][0];
    EXPECT_EQ(with["cases"][0]["ideal_s"], 1e-4);
    EXPECT_EQ(with["cases"][0]["attainable_s"], 2e-4);
    EXPECT_EQ(with["cases"][0]["attainable_by"], "tree");
    EXPECT_EQ(with["links"], json({{{"between", "inter_node"},
                                    {"bytes_per_s", 1e9},
                                    {"latency_s", 2e-6},
                                    {"reduces", false},
                                    {"stated", false}}}));
}

TEST(ReportHistogram, BinsAreEqualStepsOfTheLogarithmAndHoldEveryValue)
{
    const std::vector<double> times{1e-6, 9e-6, 11e-6, 99e-6, 100e-6};
    const auto bins = histogram(times, 2);
    ASSERT_TRUE(bins);
    EXPECT_THAT(bins->counts, ElementsAre(2, 3));
    EXPECT_EQ(bins->low_s, 1e-6);
    EXPECT_EQ(bins->high_s, 100e-6);
}

TEST(ReportHistogram, EqualTimesAreOneBinAndNoneAreNothing)
{
    EXPECT_EQ(histogram(std::vector{2.0, 2.0}, 10), (Histogram{2.0, 2.0, {2}}));
    EXPECT_EQ(histogram(std::vector{0.0, 2.0}, 10), (Histogram{0.0, 2.0, {2}}));
    EXPECT_EQ(histogram(std::vector<double>{}, 10), std::nullopt);
}

// FIPS 180-4's examples, and lengths around the padding's edges from Python's hashlib.
TEST(Sha256, GivesThePublishedDigests)
{
    EXPECT_EQ(sha256(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    EXPECT_EQ(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(sha256("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
              "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    EXPECT_EQ(sha256(std::string(64, 'a')), "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb");
    EXPECT_EQ(sha256(std::string(1000000, 'a')), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

}  // namespace
}  // namespace plumbline::report
