// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/all_errors.hpp"

#include "collectives/util/error.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <vector>

namespace plumbline {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

std::vector<std::string> lines_of(const std::string& text)
{
    std::vector<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) {
        lines.push_back(line);
    }
    return lines;
}

std::vector<std::string> mistakes(const std::string& text)
{
    try {
        parse_scenario(text, "s.yaml");
    } catch (const ConfigError& error) {
        return lines_of(error.what());
    }
    return {};
}

TEST(AllErrors, of_a_file_are_told_at_once_with_line_key_and_nearest_word)
{
    EXPECT_THAT(
        mistakes("plumbline: 1\n"
                 "nmae: x\n"
                 "backedn: sim\n"
                 "stop: {max_secnods: 3, confidence: 2}\n"
                 "cases:\n"
                 "  - {patern: allreduce, bytes: 8}\n"
                 "  - {pattern: barrier, bites: 8, dtype: floot32}\n"
                 "  - {pattern: allreduce}\n"
                 "  - {pattern: allreduce, bytes: 0, zzzzz: 1}\n"
                 "targets:\n"
                 "  - {name: t, metric: busbv, at_least: 90 %, where: {patern: barrier}}\n"
                 "  - {name: t, metric: linear_speedup, at_least: 90%}\n"),
        ElementsAre(StartsWith("s.yaml:2: key 'nmae' is unknown"), HasSubstr("s.yaml:3: key 'backedn' is unknown"),
                    HasSubstr("s.yaml:4: key 'stop.max_secnods' is unknown"),
                    HasSubstr("s.yaml:4: key 'stop.confidence' is '2'"),
                    HasSubstr("s.yaml:6: key 'cases[0].patern' is unknown"),
                    HasSubstr("s.yaml:7: key 'cases[1].bites' is unknown"), HasSubstr("s.yaml:7: key 'cases[1].dtype'"),
                    HasSubstr("s.yaml:8: key 'cases[2]' has no key 'bytes'"),
                    HasSubstr("s.yaml:9: key 'cases[3].zzzzz' is unknown"),
                    HasSubstr("s.yaml:9: key 'cases[3].bytes' is '0'"),
                    HasSubstr("s.yaml:11: key 'targets[0].metric' is 'busbv'"),
                    HasSubstr("s.yaml:11: key 'targets[0].where.patern' is unknown"),
                    HasSubstr("s.yaml:11: key 'targets[0].at_least' is '90 %'"),
                    HasSubstr("s.yaml:12: key 'targets[1].at_least' is '90%'")));
}

TEST(AllErrors, leave_out_what_follows_from_another)
{
    const std::string head = "plumbline: 1\nname: x\n";
    EXPECT_THAT(mistakes(head + "cases:\n  - {pattern: qqqqqq, bytes: 8}\n"), SizeIs(1)) << "no list that became empty";
    EXPECT_THAT(mistakes(head + "stop: {min_samples: 5000, max_samples: many}\ncases: [{pattern: barrier}]\n"),
                SizeIs(1))
        << "not that 5000 is above the default";
    EXPECT_THAT(mistakes(head + "simulation: {ranks: 0, slow_ranks: {5: 2}}\ncases: [{pattern: barrier}]\n"),
                SizeIs(1));
    EXPECT_THAT(mistakes(head + "cases: [{pattern: barrier}]\ntargets: [{name: t, metric: time, at_most: never}]\n"),
                SizeIs(1))
        << "not that it has no bound";
    EXPECT_THAT(mistakes(head + "cases: [{pattern: barrier}]\n"), IsEmpty());
}

TEST(AllErrors, are_told_of_contracts_too)
{
    try {
        parse_targets("targets:\n  - {name: a, metric: mfu, at_least: 90}\n  - {metric: time, at_most: 1}\n", "c.yaml");
        FAIL();
    } catch (const ConfigError& error) {
        EXPECT_THAT(lines_of(error.what()), ElementsAre(HasSubstr("c.yaml:2: key 'targets[0].at_least'"),
                                                        HasSubstr("'targets[1]' has no key 'name'")));
    }
}

TEST(AllErrors, end_after_twenty)
{
    std::string text = "plumbline: 1\nname: x\ncases: [{pattern: barrier}]\n";
    for (int i = 0; i < 30; ++i) {
        text += "zz" + std::to_string(i) + ": 1\n";
    }
    const std::vector<std::string> all = mistakes(text);
    EXPECT_THAT(all, SizeIs(most_errors + 1));
    EXPECT_THAT(all.back(), HasSubstr("there are more mistakes"));
}

}  // namespace
}  // namespace plumbline
