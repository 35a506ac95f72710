// SPDX-License-Identifier: Apache-2.0
#include "harness/app/bundled_scenarios.hpp"

#include "collectives/util/error.hpp"

#include <gtest/gtest.h>

#include <string>

namespace plumbline::app {
namespace {

TEST(DescriptionOf, is_the_key_or_else_the_sentence_of_the_leading_comment_that_says_what_it_shows)
{
    struct Row {
        std::string yaml;
        std::string description;
    };
    const Row rows[] = {
        {"# Shows one thing.\nplumbline: 1\ndescription: Another thing\n", "Another thing"},
        {"# Shows one thing. Can't show another.\nplumbline: 1\n", "Shows one thing"},
        {"# Shows one\n# thing; can't show another.\nplumbline: 1\n", "Shows one thing"},
        {"# Source: a paper, table 1.\n# Shows 55.2 % of it.\ntargets: []\n", "Shows 55.2 % of it"},
        {"# Says nothing of itself.\nplumbline: 1\n", ""},
        {"plumbline: 1\n# Shows what is no leading comment.\n", ""},
        {"#\n#   Shows   spaces\nplumbline: 1\n", "Shows   spaces"},
        {"", ""},
        {"#", ""},
        {"description: {a: 1}\n", ""},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(description_of(row.yaml), row.description) << row.yaml;
    }
    EXPECT_THROW(description_of("{{"), ConfigError);
}

}  // namespace
}  // namespace plumbline::app
