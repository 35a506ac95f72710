// SPDX-License-Identifier: Apache-2.0
#include "results/import/log_lines.hpp"

#include "tests/support/seen_lines.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace plumbline {
namespace {

using test::lines_of;
using ::testing::ElementsAre;

TEST(ImportLines, TheLastOneMayHaveNoEnd)
{
    const auto lines = lines_of("8 2\n8 2");
    EXPECT_FALSE(lines.at(0).last_without_end);
    EXPECT_TRUE(lines.at(1).last_without_end);
}

TEST(ImportLines, EncodingsAreReadAsTheTextThatTheyCarry)
{
    const std::string utf16_little(
        "\xFF\xFE"
        "8\0 \0"
        "2\0\n\0",
        10);
    const std::string utf16_big(
        "\xFE\xFF"
        "\0"
        "8\0 \0"
        "2\0\n",
        10);
    for (const std::string& log :
         {std::string("\xEF\xBB\xBF"
                      "8 2\n"),
          utf16_little, utf16_big,
          std::string(R"({"log":"\t8 2\n","stream":"stdout","time":"2024-11-05T12:33:44.1Z"})") + "\n",
          std::string(R"({"stream": "stdout", "log": "8 2\n"})") + "\n", std::string(R"({"MESSAGE":"8 2"})") + "\n",
          std::string("\x1b]0;a title\a\x1b(B8\x1b[m\xC2\xA0\x1b[1;32m2\x1b[K\n")}) {
        const auto lines = lines_of(log);
        ASSERT_EQ(lines.size(), 1U) << log;
        EXPECT_THAT(lines[0].words, ElementsAre("8", "2")) << log;
    }
}

TEST(ImportLines, WithoutAByteOrderMarkTheZerosTell)
{
    std::string little;
    std::string big;
    for (const char c : std::string("1024 2.50\n2048 3.50\n")) {
        little += c;
        little += '\0';
        big += '\0';
        big += c;
    }
    for (const std::string& log : {little, big}) {
        const auto lines = lines_of(log);
        ASSERT_EQ(lines.size(), 2U);
        EXPECT_THAT(lines[1].words, ElementsAre("2048", "3.50"));
    }
}

TEST(ImportLines, ALogWithoutNewlinesHasItsCarriageReturns)
{
    const auto lines = lines_of("8 2\r16 3\r");
    ASSERT_EQ(lines.size(), 2U);
    EXPECT_THAT(lines[1].words, ElementsAre("16", "3"));
}

TEST(ImportLines, AWrappedLineHasTheMomentOfItsWrapping)
{
    EXPECT_DOUBLE_EQ(lines_of(R"({"log":"8 2\n","time":"1970-01-02T00:00:00Z"})"
                              "\n")
                         .at(0)
                         .unix_s.value(),
                     86400);
    EXPECT_TRUE(import::is_wrapped(R"({"log":"8 2\n","stream":"stdout"})"));
    EXPECT_FALSE(import::is_wrapped(R"({"version":3,"args":["./all_reduce_perf"]})"));
}

}  // namespace
}  // namespace plumbline
