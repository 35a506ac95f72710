// SPDX-License-Identifier: Apache-2.0
#include "results/comparison/who_wins.hpp"

#include "results/texts/language.hpp"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

ComparedRun run(const std::string& label)
{
    ComparedRun one;
    one.label = label;
    return one;
}

RegimeSummary regime(Regime of, double ratio, std::size_t which = 1)
{
    RegimeSummary summary;
    summary.run = which;
    summary.regime = of;
    summary.cases = 2;
    summary.better = ratio > 1.02 ? 2 : 0;
    summary.worse = ratio < 0.98 ? 2 : 0;
    summary.geometric_mean = summary.lowest = summary.highest = ratio;
    return summary;
}

std::string only(const std::vector<Sentence>& lines)
{
    return lines.size() == 1 ? lines[0].english() : std::to_string(lines.size()) + " lines";
}

TEST(WhoWins, IsOneLineOfBandwidthLatencyAndPrice)
{
    const std::vector<ComparedRun> runs{run("A"), run("B")};
    Comparison comparison;
    comparison.regimes = {regime(Regime::bandwidth, 1.24), regime(Regime::latency, 1.01)};
    // 1.24 x as fast at 1.3516 x the price: 1.09 of the price for a GB/s.
    comparison.regimes[0].per_price = 1.24 / (1.24 * 1.09);
    EXPECT_EQ(only(who_wins(runs, comparison)),
              "B is 1.24 x faster where bandwidth counts, equal in latency, 9 % dearer a GB/s");
    EXPECT_EQ(in(Language::zh, who_wins(runs, comparison)[0]),
              "B 在带宽起作用处快至 1.24 倍，在延迟上相当，每 GB/s 贵 9 %");
    comparison.regimes[0].per_price = 1.25;
    comparison.regimes[0].per_power = 1.0;
    EXPECT_EQ(only(who_wins(runs, comparison)),
              "B is 1.24 x faster where bandwidth counts, equal in latency, 20 % "
              "cheaper a GB/s, as much power a GB/s");
}

TEST(WhoWins, SaysWhatIsSlowerNotShownOrMixed)
{
    const std::vector<ComparedRun> runs{run("A"), run("B")};
    Comparison comparison;
    comparison.regimes = {regime(Regime::bandwidth, 0.5)};
    EXPECT_EQ(only(who_wins(runs, comparison)), "B is 2 x slower where bandwidth counts");
    comparison.regimes = {regime(Regime::latency, 1.3)};
    comparison.regimes[0].better = 0;
    EXPECT_EQ(only(who_wins(runs, comparison)), "B is 1.3 x faster in latency (not shown)");
    comparison.regimes[0].better = comparison.regimes[0].worse = 1;
    EXPECT_EQ(only(who_wins(runs, comparison)), "B is 1.3 x faster in latency (1 of 2 cases better, 1 worse)");
    comparison.regimes = {};
    EXPECT_EQ(only(who_wins(runs, comparison)), "B has no case in common with A");
}

TEST(WhoWins, OfThreeTheFastestOfEachRegimeIsNamed)
{
    const std::vector<ComparedRun> runs{run("A"), run("B"), run("C")};
    Comparison comparison;
    comparison.regimes = {regime(Regime::bandwidth, 1.24, 1), regime(Regime::bandwidth, 2, 2),
                          regime(Regime::latency, 0.8, 1), regime(Regime::latency, 1.01, 2)};
    EXPECT_EQ(who_wins(runs, comparison).size(), 2U);
    EXPECT_EQ(fastest_said(runs, comparison).english(), "fastest: C where bandwidth counts, A, C in latency");
    EXPECT_TRUE(fastest_said(std::vector{run("A"), run("B")}, comparison).empty());
}

TEST(WhoWins, TokensForMoneyAndEnergyAreOfAllNodes)
{
    std::vector<ComparedRun> runs{run("A"), run("B")};
    ComparedCase decode;
    decode.what.pattern = "decode";
    decode.what.nodes = 2;
    decode.reference_tokens_per_s = 100;
    decode.tokens_per_s = 400;
    Comparison comparison;
    comparison.cases = {decode};
    EXPECT_NE(only(tokens_said(runs, comparison)).find(": B 400 tokens/s beside 100 (+300 %)"), std::string::npos);
    // 2 nodes at 500,000 are a million; B's cost twice that. 2 nodes at 5 kW: 3600 s x 100 / 10 kWh.
    runs[0].price = 500'000;
    runs[1].price = 1'000'000;
    runs[1].currency = "CNY";
    runs[0].power_kw = runs[1].power_kw = 5;
    const std::string text = only(tokens_said(runs, comparison));
    EXPECT_NE(text.find("200 tokens/s for a million CNY beside 100 (+100 %)"), std::string::npos) << text;
    EXPECT_NE(text.find("144,000 tokens a kWh beside 36,000 (+300 %)"), std::string::npos) << text;
    comparison.cases[0].tokens_per_s = std::nullopt;
    EXPECT_TRUE(tokens_said(runs, comparison).empty());
}

TEST(WhoWins, UnlikeConditionsAreSaidAndWhatIsSoldIsNone)
{
    Comparison comparison;
    comparison.manifest = {{.name = "ranks", .values = {"4", "4"}, .differs = false},
                           {.name = "devices", .values = {"x", "y"}, .differs = true}};
    EXPECT_TRUE(unfair_differences(comparison).empty());
    EXPECT_EQ(fairness_said(comparison).english(),
              "like is compared with like: 1 of 2 properties differ, none of how it was measured");
    comparison.manifest[0].differs = true;
    EXPECT_EQ(unfair_differences(comparison), std::vector<std::string>{"ranks"});
    EXPECT_EQ(fairness_said(comparison).english(),
              "measured under different conditions: ranks; what follows is of them too");
}

TEST(WhoWins, AnEffectHasAWord)
{
    for (const auto& [delta, text] : std::vector<std::pair<double, std::string>>{
             {0, "none"}, {0.146, "none"}, {-0.147, "small"}, {0.33, "medium"}, {-0.474, "large"}, {1, "large"}}) {
        EXPECT_EQ(effect_said(delta).english(), text) << delta;
    }
}

TEST(WhoWins, AVerdictNamesItsWorstCases)
{
    const std::vector<ComparedRun> runs{run("A"), run("B")};
    Comparison comparison;
    for (const double ratio : {0.9, 0.5, 0.7, 0.8, 1.0}) {
        ComparedCase c;
        c.what.pattern = "barrier";
        c.ratio = ratio;
        comparison.cases.push_back(c);
    }
    comparison.verdict = Verdict::fail;
    comparison.deciding = {0, 1, 2, 3};
    const std::string said = cases_said(runs, comparison).english();
    EXPECT_LT(said.find("B at 0.500 of A"), said.find("B at 0.700 of A"));
    EXPECT_EQ(said.find("0.900"), std::string::npos);
    EXPECT_TRUE(said.ends_with(", and 1 more")) << said;
}

}  // namespace
}  // namespace plumbline
