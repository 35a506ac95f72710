// SPDX-License-Identifier: Apache-2.0
#include "harness/command_line/wrapped_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace plumbline::app {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Wrapped, breaks_latin_words_at_spaces_alone)
{
    EXPECT_THAT(wrapped("aa bb cc", 5), ElementsAre("aa bb", "cc"));
    EXPECT_THAT(wrapped("aa bb cc", 8), ElementsAre("aa bb cc"));
    EXPECT_THAT(wrapped("aa  bb ", 8), ElementsAre("aa bb"));
    EXPECT_THAT(wrapped("a longer-than-five b", 5), ElementsAre("a", "longer-than-five", "b"));
    EXPECT_THAT(wrapped("", 5), IsEmpty());
    EXPECT_THAT(wrapped("  ", 5), IsEmpty());
}

TEST(Wrapped, counts_columns_rather_than_bytes_and_breaks_beside_chinese_characters)
{
    EXPECT_THAT(wrapped("é é é", 5), ElementsAre("é é é"));
    EXPECT_THAT(wrapped("总线 带宽", 8), ElementsAre("总线 带", "宽"));
}

TEST(FilledLines, keep_a_piece_together)
{
    const std::vector<std::string> pieces{"1 FAIL,", "2 usage"};
    EXPECT_THAT(filled_lines(pieces, 10), ElementsAre("1 FAIL,", "2 usage"));
    EXPECT_THAT(filled_lines(pieces, 15), ElementsAre("1 FAIL, 2 usage"));
}

TEST(TwoColumnRow, has_the_second_column_beside_the_first_or_below_a_long_one)
{
    const TwoColumns layout{.indent = 2, .second = 10};
    EXPECT_EQ(two_column_row("-a", "first", layout), "  -a      first\n");
    EXPECT_EQ(two_column_row("--seven", "first", layout), "  --seven\n          first\n");
    EXPECT_EQ(two_column_row("-a", "", layout), "  -a\n");
    const std::string word(40, 'x');
    EXPECT_EQ(two_column_row("-a", word + " " + word, layout), "  -a      " + word + "\n          " + word + "\n");
}

TEST(Paragraph, is_wrapped_to_80_columns_with_its_indent)
{
    const std::string word(39, 'x');
    EXPECT_EQ(paragraph(word + " " + word + " " + word), word + " " + word + "\n" + word + "\n");
    EXPECT_EQ(paragraph(word + " " + word, 2), "  " + word + "\n  " + word + "\n");
    EXPECT_EQ(paragraph(""), "");
}

}  // namespace
}  // namespace plumbline::app
