// SPDX-License-Identifier: Apache-2.0
#include "results/util/text.hpp"

#include <gtest/gtest.h>

#include <string>

namespace plumbline::text {
namespace {

TEST(Printable, lets_nothing_through_that_steers_a_terminal_or_hides)
{
    const struct {
        const char* raw;
        const char* clean;
    } rows[] = {
        {"node3", "node3"},
        {"\xE6\x80\xBB\xE7\xBA\xBF", "\xE6\x80\xBB\xE7\xBA\xBF"},  // Chinese stays
        {"a\x1b[31mb\x07", "a [31mb "},
        {"a\nb\tc\rd\x7f", "a b c d "},
        {"a\xC2\x9B"
         "b",
         "a b"},  // C1: CSI
        {"a\xE2\x80\xAE"
         "b",
         "a\xEF\xBF\xBD"
         "b"},  // right-to-left override
        {"a\xE2\x81\xA6"
         "b",
         "a\xEF\xBF\xBD"
         "b"},  // left-to-right isolate
        {"a\xEF\xBF\xBE"
         "b",
         "a\xEF\xBF\xBD"
         "b"},  // U+FFFE, no character: no XML may have it
        {"a\xF3\xA0\x81\x81"
         "b",
         "a\xEF\xBF\xBD"
         "b"},  // a tag
        {"a\xFF"
         "b",
         "a\xEF\xBF\xBD"
         "b"},  // no UTF-8
    };
    for (const auto& row : rows) {
        EXPECT_EQ(printable(row.raw), row.clean);
    }
    EXPECT_EQ(printable_lines("a\n\tb\r\x1b[2J\xE2\x80\xAE"), "a\n\tb  [2J\xEF\xBF\xBD");
}

TEST(Text, counts_columns_of_wide_and_combining_characters)
{
    EXPECT_EQ(width("abc"), 3U);
    EXPECT_EQ(width("线性"), 4U);
    EXPECT_EQ(width("µs"), 2U);
    EXPECT_EQ(width("e\u0301"), 1U);
}

TEST(Text, is_folded_at_spaces_and_beside_wide_characters_and_no_stop_begins_a_line)
{
    const struct {
        const char* text;
        const char* folded;
    } rows[] = {
        {"a short one", "a short one"},
        {"breaks  memory is limited", "breaks  memory\n    is limited"},
        {"abcdef averyveryverylongword b", "abcdef\n    averyveryverylongword\n    b"},
        {"一二三四五六七八九十", "一二三四五六七\n    八九十"},
        {"一二三四五六七，八", "一二三四五六\n    七，八"},
        {"一二三四五六（七）", "一二三四五六\n    （七）"},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(folded(row.text, 4, 14), row.folded);
    }
}

TEST(Text, replaces_what_is_not_utf8)
{
    const std::string replacement = "\xEF\xBF\xBD";
    EXPECT_EQ(printable("a\xC3"), "a" + replacement);
    EXPECT_EQ(printable("\xC0\x80"), replacement + replacement);
    EXPECT_EQ(printable("\xED\xA0\x80"), replacement + replacement + replacement);
    EXPECT_EQ(printable("线\tx"), "线 x");
}

}  // namespace
}  // namespace plumbline::text
