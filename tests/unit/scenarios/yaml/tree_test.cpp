// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/tree.hpp"

#include "tests/support/refused_scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {
namespace {

using test::expect_refused;
using test::head;
using test::refusal_of;
using test::tail;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

TEST(YamlTree, refuses_text_that_is_not_a_map)
{
    expect_refused({
        {"", "the document is empty (a map is wanted)"},
        {"# nothing\n", "the document is empty"},
        {"[1, 2]\n", "the document is a list"},
        {"hello\n", "the document is 'hello'"},
        {"[1: 2]: 3\n", "key"},
        {head + tail + "---\n" + head + tail, "a second document"},
    });
}

TEST(YamlTree, refuses_bad_syntax_with_the_line)
{
    EXPECT_THAT(refusal_of("plumbline: 1\nname: [1\n"), AllOf(StartsWith("s.yaml:"), HasSubstr("not YAML")));
    EXPECT_THAT(refusal_of("plumbline: 1\n name: t\n"), AllOf(StartsWith("s.yaml:2: "), HasSubstr("not YAML")));
    EXPECT_THAT(refusal_of("plumbline: 1\nname: t: u\n"), HasSubstr("not YAML"));
    EXPECT_THAT(refusal_of("plumbline: 1\n\tname: t\n"), HasSubstr("s.yaml:"));
}

TEST(YamlTree, refuses_anchors_aliases_and_tags)
{
    EXPECT_THAT(refusal_of(head + "scale: &a {ranks: 1}\n" + tail),
                AllOf(StartsWith("s.yaml:3: "), HasSubstr("anchor '&a' is not read")));
    EXPECT_THAT(refusal_of("a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n"), HasSubstr("is not read"));
    EXPECT_THAT(refusal_of("plumbline: !!int 1\n"), HasSubstr("tag 'tag:yaml.org,2002:int' is not read"));
}

TEST(YamlTree, refuses_text_that_is_not_utf8)
{
    // A lone continuation, a cut sequence, an overlong form, a surrogate, too large, Latin-1, a non-character.
    for (const std::string name :
         {"\x80", "\xe4\xb8", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "caf\xe9", "\xef\xbf\xbf"}) {
        EXPECT_THAT(refusal_of("plumbline: 1\nname: x" + name + "\n" + tail),
                    AllOf(StartsWith("s.yaml:2: "), HasSubstr("scenarios are UTF-8")));
    }
    EXPECT_EQ(refusal_of("plumbline: 1\nname: \xe4\xb8\xad\xf0\x9f\x98\x80\n" + tail), "accepted");
}

TEST(YamlTree, refuses_text_nested_too_deep_in_every_style)
{
    const std::size_t levels = 100'000;
    std::string block;
    std::string dashes;
    std::string questions;
    for (std::size_t i = 0; i < levels; ++i) {
        dashes += "- ";
        questions += "? ";
    }
    for (std::size_t i = 0; i < 500; ++i) {
        block += std::string(i, ' ') + "a:\n";
    }
    for (const std::string& text : {std::string(levels, '['), std::string(levels, '{'), dashes, questions, block,
                                    "a: " + std::string(levels, '[')}) {
        EXPECT_THAT(refusal_of(text), AllOf(StartsWith("s.yaml:"), testing::Not("accepted"))) << text.substr(0, 8);
    }
    EXPECT_THAT(refusal_of(std::string(65, '[') + std::string(65, ']')), HasSubstr("nested too deep"));
    EXPECT_THAT(refusal_of(std::string(64, '[') + std::string(64, ']')), HasSubstr("the document is a list"));
}

TEST(YamlTree, refuses_text_of_more_than_a_mebibyte)
{
    const std::string padding((std::size_t{1} << 20U) - head.size() - tail.size() - 2, 'x');
    EXPECT_EQ(refusal_of(head + tail + "#" + padding + "\n"), "accepted");
    EXPECT_THAT(refusal_of(head + tail + "#" + padding + "x\n"), HasSubstr("1048577 bytes are too many"));
}

TEST(YamlTree, refuses_text_that_would_be_too_long_to_read_back)
{
    // Written out, each case is indented by two blanks more.
    std::string text = head + "cases:\n";
    while (text.size() < (std::size_t{1} << 20U) - 30) {
        text += "- {pattern: barrier}\n";
    }
    EXPECT_THAT(refusal_of(text), HasSubstr("too many once written out"));
}

}  // namespace
}  // namespace plumbline
