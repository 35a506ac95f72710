// SPDX-License-Identifier: Apache-2.0
#include "harness/sampling/choose_batch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace plumbline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr double clock_cost_s = 1e-7;  // a sample is to be 200 readings long: 20 us

/// Answers with `seconds`, one after the other, and keeps what it was asked.
struct Looks {
    std::vector<std::optional<double>> seconds;
    std::vector<std::uint32_t> asked;

    std::uint32_t chosen(double cold_s)
    {
        return choose_batch(cold_s, clock_cost_s, [this](std::uint32_t batch) {
            asked.push_back(batch);
            return seconds.at(asked.size() - 1);
        });
    }
};

TEST(ChooseBatch, looks_not_where_a_cold_execution_is_ten_times_as_long_as_a_sample_has_to_be)
{
    Looks looks;
    EXPECT_EQ(looks.chosen(200e-6), 1U);
    EXPECT_THAT(looks.asked, IsEmpty());
}

TEST(ChooseBatch, keeps_what_the_first_execution_says_where_a_look_agrees)
{
    Looks looks{.seconds = {4e-6}, .asked = {}};
    EXPECT_EQ(looks.chosen(4e-6), 5U);
    EXPECT_THAT(looks.asked, ElementsAre(5));
}

TEST(ChooseBatch, grows_as_settled_executions_turn_out_shorter_and_never_shrinks)
{
    Looks looks{.seconds = {2e-6, 10e-6}, .asked = {}};
    EXPECT_EQ(looks.chosen(100e-6), 10U);
    EXPECT_THAT(looks.asked, ElementsAre(1, 10));
}

TEST(ChooseBatch, is_content_after_three_looks)
{
    Looks looks{.seconds = {4e-6, 2e-6, 1e-6}, .asked = {}};
    EXPECT_EQ(looks.chosen(20e-6), 20U);
    EXPECT_THAT(looks.asked, ElementsAre(1, 5, 10));
}

TEST(ChooseBatch, stays_as_it_is_where_the_round_is_to_end)
{
    Looks looks{.seconds = {4e-6, std::nullopt}, .asked = {}};
    EXPECT_EQ(looks.chosen(20e-6), 5U);
    EXPECT_THAT(looks.asked, ElementsAre(1, 5));
}

TEST(ChooseBatch, is_one_with_a_clock_that_costs_nothing)
{
    const auto batch = choose_batch(1e-6, 0, [](std::uint32_t) { return std::optional(1e-6); });
    EXPECT_EQ(batch, 1U);
}

}  // namespace
}  // namespace plumbline
