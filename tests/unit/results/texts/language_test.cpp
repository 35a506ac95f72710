// SPDX-License-Identifier: Apache-2.0
#include "results/texts/language.hpp"

#include "results/records/case_header.hpp"
#include "results/records/metric.hpp"
#include "results/verdicts/verdict.hpp"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>

namespace plumbline {
namespace {

TEST(Language, AKeyIsSaidInTheLanguageAndWhatOthersSaidStays)
{
    const Sentence said = say("{}; {}", say("missed by {} of the bound", "12 %"), std::string("samples"));
    EXPECT_EQ(in(Language::en, said), "missed by 12 % of the bound; samples");
    EXPECT_EQ(in(Language::zh, said), "比要求值差 12 %；samples") << "a target may be named like a word of ours";
    EXPECT_EQ(in(Language::zh, word("samples")), "样本");
    EXPECT_EQ(in(Language::zh, say("no such {} row", 1)), "no such 1 row");
}

TEST(Language, ValuesStandWhereTheTextOfTheLanguageNumbersThem)
{
    EXPECT_EQ(in(Language::zh, say("{} of {} cases had wrong data", 2, 9)), "9 个用例中有 2 个数据错误");
}

TEST(Language, WhatAFileSaysInEnglishIsRecognisedWithItsValues)
{
    const Sentence warning = recognised("one machine has 2 names (a, b). It is one node, shown as a");
    EXPECT_EQ(in(Language::zh, warning), "一台机器有 2 个名字（a, b）。它是一个节点，显示为 a");
    EXPECT_EQ(warning.english(), "one machine has 2 names (a, b). It is one node, shown as a");
    const std::string foreign = "segmentation fault at 0xdeadbeef";
    EXPECT_EQ(in(Language::zh, recognised(foreign)), foreign);
    EXPECT_EQ(in(Language::zh, recognised("")), "");
}

TEST(Language, ATextOfManyPartsOfAFileNeitherCrashesNorChanges)
{
    std::string text;
    for (int i = 0; i < 20'000; ++i) {
        text += "there is no base: ";
    }
    EXPECT_EQ(recognised(text).english(), text);
}

TEST(Language, IsThatOfTheLocale)
{
    for (const char* const locale : {"zh_CN.UTF-8", "zh", "zh_TW", "zh-Hans"}) {
        EXPECT_EQ(language_of_locale(locale), Language::zh) << locale;
    }
    for (const char* const locale : {"C", "C.UTF-8", "en_US.UTF-8", "", "zhx", "de_DE"}) {
        EXPECT_EQ(language_of_locale(locale), Language::en) << locale;
    }
}

TEST(Language, HasEveryWordOfAFixedVocabulary)
{
    for (const MetricInfo& metric : all_metrics()) {
        EXPECT_NE(in(Language::zh, word(metric.name)), std::string()) << metric.name;
        if (!metric.held_fixed.empty()) {
            EXPECT_NE(in(Language::zh, word(metric.held_fixed)), metric.held_fixed);
        }
    }
    for (const Verdict verdict : {Verdict::pass, Verdict::inconclusive, Verdict::not_measured, Verdict::fail}) {
        EXPECT_NE(in(Language::zh, word(name(verdict))), name(verdict));
    }
    for (const CaseStatus status : {CaseStatus::measured, CaseStatus::skipped, CaseStatus::failed}) {
        EXPECT_NE(in(Language::zh, word(name(status))), name(status));
    }
    EXPECT_NE(in(Language::zh, word(not_judged)), not_judged);
}

TEST(Catalogue, EveryRowHasATextWithAPlaceForEachValue)
{
    const std::vector<std::string> values{"@a", "@b", "@c", "@d", "@e", "@f"};
    ASSERT_GT(chinese_catalogue().size(), 300U);
    for (const CatalogueRow& row : chinese_catalogue()) {
        EXPECT_FALSE(row.text.empty()) << row.key;
        const std::string english = fill_places(row.key, values);
        const std::string chinese = fill_places(row.text, values);
        for (const std::string& value : values) {
            EXPECT_EQ(english.find(value) == std::string::npos, chinese.find(value) == std::string::npos)
                << row.key << ": " << value;
        }
    }
}

TEST(Catalogue, IsReadFromGettextsFormAndAWrongLineIsNamed)
{
    const auto rows = parse_catalogue(
        "# a comment\nmsgid \"\"\nmsgstr \"Language: x\\n\"\n\nmsgid \"a {}\"\n\" b\"\nmsgstr \"\\\"{}\\\"\\n\"\n");
    ASSERT_EQ(rows.size(), 1U);
    EXPECT_EQ(rows[0].key, "a {} b");
    EXPECT_EQ(rows[0].text, "\"{}\"\n");
    EXPECT_TRUE(parse_catalogue("").empty());
    EXPECT_THROW(parse_catalogue("msgid a\n"), std::logic_error);
    EXPECT_THROW(parse_catalogue("nonsense\n"), std::logic_error);
}

}  // namespace
}  // namespace plumbline
