// SPDX-License-Identifier: Apache-2.0
#include "results/verdicts/verdict.hpp"

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

TEST(VerdictOf, compares_the_worse_and_the_better_end)
{
    struct Row {
        Interval interval;
        std::optional<double> at_least;
        std::optional<double> at_most;
        Verdict verdict;
    };
    const std::vector<Row> rows{
        {{0.90, 0.95}, 0.90, {}, Verdict::pass},  // the bound itself meets it: no hidden tolerance either way
        {{0.8999999, 0.95}, 0.90, {}, Verdict::inconclusive},
        {{0.80, 0.90}, 0.90, {}, Verdict::inconclusive},
        {{0.80, 0.8999999}, 0.90, {}, Verdict::fail},
        {{1.0, 2.0}, {}, 2.0, Verdict::pass},
        {{1.0, 2.0000001}, {}, 2.0, Verdict::inconclusive},
        {{2.0, 3.0}, {}, 2.0, Verdict::inconclusive},
        {{2.0000001, 3.0}, {}, 2.0, Verdict::fail},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(verdict_of(row.interval, row.at_least, row.at_most), row.verdict)
            << row.interval.low << " " << row.interval.high;
    }
}

TEST(VerdictOf, wants_exactly_one_bound)
{
    EXPECT_THROW(verdict_of({0, 1}, std::nullopt, std::nullopt), std::logic_error);
    EXPECT_THROW(verdict_of({0, 1}, 0.5, 0.5), std::logic_error);
}

TEST(Verdicts, are_ordered_and_have_the_exit_statuses_of_the_contract)
{
    EXPECT_EQ(worst(Verdict::fail, Verdict::not_measured), Verdict::fail);
    EXPECT_EQ(worst(Verdict::inconclusive, Verdict::not_measured), Verdict::not_measured);
    EXPECT_EQ(worst(Verdict::pass, Verdict::inconclusive), Verdict::inconclusive);
    EXPECT_EQ(exit_status(Verdict::pass), 0);
    EXPECT_EQ(exit_status(Verdict::fail), 1);
    EXPECT_EQ(exit_status(Verdict::inconclusive), 3);
    EXPECT_EQ(exit_status(Verdict::not_measured), 4);
    EXPECT_EQ(name(Verdict::not_measured), "NOT_MEASURED");
    EXPECT_EQ(name(Verdict::fail), "FAIL");
}

}  // namespace
}  // namespace plumbline
