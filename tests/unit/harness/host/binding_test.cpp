// SPDX-License-Identifier: Apache-2.0
#include "harness/host/binding.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace plumbline {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

const std::vector<std::string> hosts{"a", "b"};

RankLocation at(int rank, int node, std::string cores)
{
    RankLocation place;
    place.rank = rank;
    place.node = node;
    place.cores = std::move(cores);
    return place;
}

struct Row {
    std::string what;
    std::vector<RankLocation> places;
    bool asked = false;
    bool refused = false;
    bool oversubscribed = false;
    std::size_t warnings = 0;
    std::string fact;
};

TEST(Binding, two_ranks_on_one_core_are_refused_unless_asked_for)
{
    const std::vector<Row> rows{
        {"bound", {at(0, 0, "0"), at(1, 0, "1")}, false, false, false, 0, "each rank on a core of its own"},
        {"same core", {at(0, 0, "1"), at(1, 0, "1")}, false, true, true, 1, "ranks share cores"},
        {"same core, asked", {at(0, 0, "1"), at(1, 0, "1")}, true, false, true, 1, "ranks share cores"},
        {"same core, other host",
         {at(0, 0, "1"), at(1, 1, "1")},
         false,
         false,
         false,
         0,
         "each rank on a core of its own"},
        {"not bound", {at(0, 0, "0-1"), at(1, 0, "0-1")}, false, false, false, 0, "ranks may move among several cores"},
        {"more ranks than cores",
         {at(0, 0, "0-1"), at(1, 0, "0-1"), at(2, 0, "0-1")},
         true,
         false,
         true,
         1,
         "ranks share cores"},
        {"one core of two shared, asked",
         {at(0, 0, "0"), at(1, 0, "0"), at(2, 0, "1-3")},
         true,
         false,
         true,
         1,
         "ranks share cores"},
        {"not known", {at(0, 0, ""), at(1, 0, "")}, false, false, false, 0, "not known"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        const auto report = check_binding(row.places, hosts, row.asked);
        EXPECT_EQ(report.refusal.has_value(), row.refused);
        EXPECT_EQ(report.oversubscribed, row.oversubscribed);
        EXPECT_THAT(report.warnings, SizeIs(row.warnings));
        EXPECT_EQ(report.fact, row.fact);
    }
}

TEST(Binding, a_refusal_names_both_ranks_the_core_and_the_host_and_what_to_do)
{
    const auto report = check_binding(std::vector{at(0, 0, "0"), at(3, 1, "7"), at(5, 1, "7")}, hosts, false);
    EXPECT_EQ(
        report.refusal,
        "ranks 3 and 5 both run on core 7 of b (two ranks on one core take turns). Launch with --bind-to core, or "
        "ask for it with 'oversubscribe: true' in the scenario (--set oversubscribe=true)");
}

TEST(Binding, threads_of_the_library_that_find_no_core_are_a_warning_that_says_what_to_launch)
{
    struct Oversubscribed {
        std::string what;
        std::vector<RankLocation> places;
        int threads;
        std::optional<std::string> fragment;
    };
    const std::vector<Oversubscribed> rows{
        {"one thread", {at(0, 0, "0"), at(1, 0, "1")}, 1, std::nullopt},
        {"a core for each thread", {at(0, 0, "0-1"), at(1, 0, "2-3")}, 2, std::nullopt},
        {"not bound, enough cores", {at(0, 0, "0-3"), at(1, 0, "0-3")}, 2, std::nullopt},
        {"bound to one core",
         {at(0, 0, "0"), at(1, 0, "1")},
         2,
         "2 threads a rank, which share the rank's one core on a"},
        {"not bound, too few cores", {at(0, 0, "0-1"), at(1, 0, "0-1")}, 2, "which share 2 cores on a"},
        {"the second host alone", {at(0, 0, "0-1"), at(1, 1, "3")}, 2, "the rank's one core on b"},
        {"not known", {at(0, 0, ""), at(1, 0, "")}, 2, std::nullopt},
    };
    for (const Oversubscribed& row : rows) {
        SCOPED_TRACE(row.what);
        const auto report = check_binding(row.places, hosts, false, row.threads);
        EXPECT_EQ(report.oversubscribed_threads, row.fragment.has_value());
        ASSERT_THAT(report.warnings, SizeIs(row.fragment ? 1 : 0));
        if (row.fragment) {
            EXPECT_THAT(report.warnings.front(), HasSubstr(*row.fragment));
            EXPECT_THAT(report.warnings.front(), HasSubstr("--map-by slot:PE=2"));
        }
        EXPECT_FALSE(report.oversubscribed) << "ranks themselves have a core each";
    }
}

TEST(Binding, a_launcher_asks_by_its_variable_or_by_more_ranks_than_processors)
{
    const std::vector places{at(0, 0, "0"), at(1, 0, "0")};
    const auto nothing = [](const char*) -> const char* { return nullptr; };
    const auto asks = [](const char* name) -> const char* {
        return std::string_view(name) == "OMPI_MCA_rmaps_base_oversubscribe" ? "1" : nullptr;
    };
    EXPECT_FALSE(launcher_oversubscribes(places, std::vector{2, 2}, nothing));
    EXPECT_TRUE(launcher_oversubscribes(places, std::vector{1, 1}, nothing));
    EXPECT_TRUE(launcher_oversubscribes(places, std::vector{2, 2}, asks));
    EXPECT_FALSE(launcher_oversubscribes({}, {}, nothing));
}

}  // namespace
}  // namespace plumbline
