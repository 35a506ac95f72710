// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/nearest_word.hpp"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <string>
#include <string_view>

namespace plumbline {
namespace {

TEST(NearestWord, counts_swapped_neighbours_as_one_edit)
{
    constexpr std::array<std::string_view, 3> words{"sclera", "scale", "stop"};
    EXPECT_EQ(nearest_word("sclae", words), "scale");
    EXPECT_EQ(nearest_word("tsop", words), "stop");
}

TEST(NearestWord, is_the_first_of_those_that_are_equally_near)
{
    constexpr std::array<std::string_view, 3> words{"stop", "step", "stem"};
    EXPECT_EQ(nearest_word("stxp", words), "stop");
    EXPECT_EQ(nearest_word("stxm", words), "stem");
}

TEST(NearestWord, takes_upper_and_lower_case_as_alike)
{
    constexpr std::array<std::string_view, 2> words{"float32", "bfloat16"};
    EXPECT_EQ(nearest_word("FLOAT32", words), "float32");
    EXPECT_EQ(nearest_word("BFloat61", words), "bfloat16");
}

TEST(NearestWord, is_none_where_more_than_a_third_of_the_text_would_change)
{
    constexpr std::array<std::string_view, 4> words{"run", "check", "published", "w"};
    struct Row {
        std::string text;
        std::optional<std::string_view> nearest;
    };
    const Row rows[] = {
        {"", std::nullopt},
        {"x", std::nullopt},  // one edit makes any letter of any other
        {"w", "w"},
        {"ru", "run"},
        {"rxn", "run"},
        {"rxx", std::nullopt},
        {"chexk", "check"},
        {"chexx", std::nullopt},
        {"pxblxshxd", "published"},  // 3 edits in 9 letters
        {"pxblxshxx", std::nullopt},
        {"frobnicate", std::nullopt},
        {std::string(100'000, 's'), std::nullopt},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(nearest_word(row.text, words), row.nearest) << row.text.substr(0, 20);
    }
    EXPECT_EQ(nearest_word("run", {}), std::nullopt);
}

TEST(SuggestNearest, ends_the_sentence_with_the_nearest_word_or_with_what_else_to_do)
{
    constexpr std::array<std::string_view, 2> words{"scale", "stop"};
    EXPECT_EQ(suggest_nearest("The nearest valid key is", "sclae", words, "Choose one of them"),
              "The nearest valid key is 'scale'");
    EXPECT_EQ(suggest_nearest("The nearest valid key is", "banana", words, "Choose one of them"), "Choose one of them");
}

}  // namespace
}  // namespace plumbline
