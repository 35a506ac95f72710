// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/acceptance.hpp"

#include "collectives/util/error.hpp"
#include "scenarios/yaml/scenario.hpp"
#include "tests/support/refused_scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace plumbline {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const std::string scenario =
    "plumbline: 1\nname: x\ncases:\n  - {pattern: barrier}\n"
    "acceptance:\n  project: P\n  parties: {client: C, tester: T}\n  tester: Li\n  basis: [one, two]\n"
    "  clauses: {t: \"3.1\"}\n  date: 2026-11-30\n";

TEST(AcceptanceText, OfAScenarioHasItsPartsAndTheScenarioStillReads)
{
    const Acceptance read = parse_acceptance(scenario, "s");
    EXPECT_EQ(read.project, "P");
    EXPECT_EQ(read.client, "C");
    EXPECT_EQ(read.test_party, "T");
    EXPECT_EQ(read.tester, "Li");
    EXPECT_EQ(read.basis, (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(read.clauses.at("t"), "3.1");
    EXPECT_EQ(read.date, "2026-11-30");
    EXPECT_EQ(parse_scenario(scenario, "s").name, "x");
    EXPECT_EQ(parse_acceptance("", "s"), Acceptance{});
    EXPECT_EQ(parse_acceptance("plumbline: 1\n", "s"), Acceptance{});
}

TEST(AcceptanceText, IsTakenOutOfAScenarioWithNothingElse)
{
    const std::string without = without_acceptance(scenario);
    EXPECT_THAT(without, Not(HasSubstr("acceptance")));
    EXPECT_EQ(parse_scenario(without, "s").name, "x");
    EXPECT_EQ(without_acceptance("a: 1\n"), "a: 1\n");
    EXPECT_EQ(without_acceptance(""), "");
}

TEST(AcceptanceText, AnUnknownKeyIsNamedWithItsLine)
{
    for (const auto& [text, said] :
         std::vector<std::pair<std::string, std::string>>{{"acceptance: {projekt: P}\n", "s:5"},
                                                          {"acceptance: {projekt: P}\n", "project"},
                                                          {"acceptance: {parties: {clientt: P}}\n", "client"},
                                                          {"acceptance: [1]\n", "acceptance"}}) {
        try {
            parse_scenario("plumbline: 1\nname: x\ncases:\n  - {pattern: barrier}\n" + text, "s");
            ADD_FAILURE() << text;
        } catch (const ConfigError& error) {
            EXPECT_THAT(error.what(), HasSubstr(said));
        }
    }
}

}  // namespace
}  // namespace plumbline
