// SPDX-License-Identifier: Apache-2.0
#include "results/texts/stored_sentence.hpp"

#include "results/texts/language.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace plumbline {
namespace {

TEST(StoredSentence, is_its_code_and_its_values_and_says_the_same_again_in_every_language)
{
    const Sentence sentence = say("{} needs a partner (the case has one rank). Use at least 2 ranks", "alltoall");
    EXPECT_EQ(stored(sentence),
              R"({"code":"{} needs a partner (the case has one rank). Use at least 2 ranks","values":["alltoall"]})");
    const auto again = sentence_from(stored(sentence));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, sentence);
    EXPECT_EQ(in(Language::zh, *again), in(Language::zh, sentence));
    EXPECT_NE(in(Language::zh, *again), sentence.english());
}

TEST(StoredSentence, of_plain_words_has_the_code_that_they_fit_and_is_a_text_where_none_does)
{
    EXPECT_EQ(stored("alltoall needs a partner (the case has one rank). Use at least 2 ranks"),
              stored(say("{} needs a partner (the case has one rank). Use at least 2 ranks", "alltoall")));
    EXPECT_EQ(stored("who \"knows\" zxq"), R"("who \"knows\" zxq")");
    EXPECT_FALSE(sentence_from(R"("who knows")")->is_key());
}

TEST(StoredSentence, keeps_a_users_own_words_though_they_look_like_ours)
{
    const std::string words = "90 % of the 475 GB/s that is published for 2 nodes";
    EXPECT_NE(in(Language::zh, Sentence(words)), words) << "a row that it fits";
    const Sentence said = say("{}: {}", verbatim("4 ranks"), verbatim(words));
    EXPECT_THAT(in(Language::zh, said), testing::AllOf(testing::HasSubstr(words), testing::HasSubstr("4 ranks")));
    const auto again = sentence_from(stored(said));
    ASSERT_TRUE(again);
    EXPECT_EQ(in(Language::zh, *again), in(Language::zh, said));
    EXPECT_EQ(again->english(), "4 ranks: " + words);
}

TEST(StoredSentence, may_have_braces_that_are_no_places)
{
    const Sentence sentence = say("is {} ({}). {}", "'2'", word("a map is wanted"), word("Write it as {key: value}"));
    const auto again = sentence_from(stored(sentence));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->english(), "is '2' (a map is wanted). Write it as {key: value}");
    EXPECT_EQ(in(Language::zh, *again), in(Language::zh, sentence));
}

TEST(StoredSentence, refuses_what_is_none)
{
    std::string deep = R"("x")";
    for (int i = 0; i < 100; ++i) {
        deep = R"({"code":"{}","values":[)" + deep + "]}";
    }
    for (const std::string& text :
         {std::string(), std::string("{"), std::string("7"), std::string("[]"), std::string(R"({"code":"a"})"),
          std::string(R"({"code":"a {}","values":[]})"), std::string(R"({"code":"a","values":["b"]})"),
          std::string(R"({"code":"{}","values":[3]})"), std::string(R"({"code":3,"values":[]})"), deep}) {
        EXPECT_FALSE(sentence_from(text)) << text;
    }
}

}  // namespace
}  // namespace plumbline
