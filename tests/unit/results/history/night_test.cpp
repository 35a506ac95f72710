// SPDX-License-Identifier: Apache-2.0
#include "results/history/night.hpp"

#include "tests/support/nights.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace plumbline {
namespace {

using test::around;
using test::joined;
using test::nights;

TEST(Nights, AreJudgedByTheWorstOfContractAndChange)
{
    struct Row {
        std::optional<Verdict> contract, change;
        std::string verdict;
        int status;
        std::string why;
    };
    const std::vector<Row> rows{
        {Verdict::pass, Verdict::pass, "PASS", 0, "every target is met, and nothing became slower"},
        {Verdict::fail, Verdict::pass, "FAIL", 1, "the contract: bw"},
        {Verdict::pass, Verdict::fail, "FAIL", 1, "change: 2 series are slower"},
        {Verdict::inconclusive, Verdict::fail, "FAIL", 1, "the contract: bw, change: 2 series are slower"},
        {Verdict::inconclusive, Verdict::pass, "INCONCLUSIVE", 3, "the contract: bw"},
        {Verdict::pass, std::nullopt, "PASS", 0,
         "every target is met; whether something became slower can't be told yet"},
        {std::nullopt, Verdict::pass, "PASS", 0, "nothing became slower (the run has no targets)"},
        {std::nullopt, std::nullopt, "NONE", 0, "neither targets nor enough runs to tell a change"}};
    for (const Row& row : rows) {
        const Night night{.contract = row.contract, .named = {"bw"}, .change = row.change, .slower = 2};
        EXPECT_EQ(verdict_name(night), row.verdict);
        EXPECT_EQ(exit_status(night), row.status) << row.why;
        EXPECT_EQ(reason_said(night).english(), row.why);
    }
}

TEST(Nights, WhoseRunBrokeHaveNoVerdictWhateverElseIsKnown)
{
    const Night night{.broke = 5, .contract = Verdict::pass, .change = Verdict::fail};
    EXPECT_EQ(verdict_name(night), "BROKEN");
    EXPECT_EQ(exit_status(night), 5);
    EXPECT_EQ(reason_said(night).english(), "the run broke, status 5");
    EXPECT_EQ(exit_status(Night{.broke = 2}), 2);
}

TEST(Nights, OfAShortHistoryAreNotJudgedByChange)
{
    Night early;
    add_change(find_trends(nights(around(1e-3, 3)), {}, {}), early);
    EXPECT_FALSE(early.change);
    Night missing;
    add_change(find_trends(test::one_goes_missing(), {}, {}), missing);
    EXPECT_EQ(missing.change, Verdict::not_measured);
    EXPECT_EQ(change_said(missing).english(), "NOT_MEASURED (1 series is not measured)");
}

TEST(Nights, ThatDropAloneWantToBeConfirmed)
{
    const Trends trends = find_trends(nights(joined(around(1e-3, 10), {1.3e-3})), {}, {});
    Night dropped{.file = "night10.h5"};
    add_change(trends, dropped);
    EXPECT_TRUE(dropped.unconfirmed);
    Night another{.file = "night9.h5"};
    add_change(trends, another);
    EXPECT_FALSE(another.unconfirmed);
}

}  // namespace
}  // namespace plumbline
