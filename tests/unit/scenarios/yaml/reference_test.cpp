// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/reference.hpp"

#include "collectives/util/error.hpp"
#include "results/bounds/attainable.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

const std::filesystem::path scenarios = std::filesystem::path(PLUMBLINE_SOURCE_DIR) / "scenarios";

std::vector<PublishedValue> shipped(const std::string& file)
{
    return load_references(scenarios / "references" / file);
}

double busbw_of(const PublishedValue& value, double seconds)
{
    return counted_bytes(value) / seconds;
}

TEST(ShippedReferences, have_a_source_a_date_and_a_bound_that_they_do_not_exceed)
{
    for (const std::string file : {"measured.yaml", "thresholds.yaml"}) {
        const auto values = shipped(file);
        EXPECT_GT(values.size(), 20U) << file;
        for (const PublishedValue& value : values) {
            EXPECT_FALSE(value.source.empty()) << value.name;
            EXPECT_FALSE(value.statistic.empty()) << value.name;
            EXPECT_EQ(value.kind, file == "measured.yaml" ? PublishedKind::measured : PublishedKind::threshold);
            const Ideal bound = bound_of(value);
            ASSERT_TRUE(bound.seconds) << value.name << ": " << bound.why;
            EXPECT_LE(value.busbw_bytes_per_s, busbw_of(value, *bound.seconds)) << value.name;
            EXPECT_TRUE(attainable_of(value).seconds) << value.name;
        }
    }
}

/// A healthy system against a shipped limit.
void expect_passes(const PublishedValue& value, const Target& limit)
{
    const Attainable found =
        attainable_time(limit.algorithm, identity_of(value), value.bytes, nodes_of(value), value.links);
    ASSERT_TRUE(found.seconds) << value.name << ": " << found.why;
    EXPECT_GE(value.busbw_bytes_per_s / busbw_of(value, *found.seconds), limit.at_least.value_or(2))
        << value.name << " against " << limit.name;
}

TEST(ShippedLimits, fail_no_healthy_system_that_was_published)
{
    const Target between = load_targets(scenarios / "profiles/ring-limit.yaml").at(0);
    const Target inside = load_targets(scenarios / "profiles/ring-limit-node.yaml").at(0);
    const Target exchange = load_targets(scenarios / "profiles/alltoall-limit.yaml").at(0);
    int judged = 0;
    for (const PublishedValue& value : shipped("measured.yaml")) {
        const bool reduces = value.pattern == "allreduce";
        if (reduces || value.pattern == "alltoall") {
            expect_passes(value, reduces ? (value.nodes > 1 ? between : inside) : exchange);
            ++judged;
        }
    }
    EXPECT_GT(judged, 20);
    for (const Target& target : load_scenario(scenarios / "library/acceptance-device.yaml").targets) {
        for (const PublishedValue& value : shipped("measured.yaml")) {
            if (value.nodes > 1 && target.where.at("pattern") == value.pattern) {
                expect_passes(value, target);
            }
        }
    }
}

TEST(ShippedReferences, read_the_known_fractions_of_the_physical_bound_and_of_a_ring)
{
    // Of the ports alone, as the table of healthy clusters has them.
    struct Row {
        std::string name;
        double of_bound, of_ring;
    };
    const std::vector<Row> rows{{"oci-a100-2x8-allreduce-8gib", 0.506, 0.948},
                                {"oci-mi300x-2x8-allreduce-8gib", 0.476, 0.893},
                                {"aws-p6-b200-4x8-allreduce-16gib", 0.739, 0.955},
                                {"coreweave-h100-8x8-allreduce-8gib", 0.859, 0.966}};
    int found = 0;
    for (PublishedValue value : shipped("measured.yaml")) {
        for (const Row& row : rows) {
            if (row.name != value.name) {
                continue;
            }
            ++found;
            value.links.intra_node = LinkRate{.bytes_per_s = 1e18};
            value.links.inter_node->reduces = false;
            EXPECT_NEAR(value.busbw_bytes_per_s / busbw_of(value, bound_of(value).seconds.value_or(1)), row.of_bound,
                        6e-4);
            value.algorithm = parse_algorithm_reference("ring");
            EXPECT_NEAR(value.busbw_bytes_per_s / busbw_of(value, attainable_of(value).seconds.value_or(1)),
                        row.of_ring, 6e-4);
        }
    }
    EXPECT_EQ(found, 4);
}

const std::string good =
    "references:\n"
    "  - name: a\n    busbw: 100GB/s\n    pattern: allreduce\n    bytes: 1GiB\n    nodes: 2\n    devices_per_node: 8\n"
    "    device: X\n    links: {intra_node: {bandwidth: 400GB/s}, inter_node: {ports: 4, bandwidth: 400Gbit/s}}\n"
    "    links_source: page\n    statistic: mean\n    source: page\n    date: 2026-01-02\n";

std::string refusal_of_reference(const std::string& text)
{
    try {
        parse_references(text, "r.yaml");
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

std::string changed(const std::string& from, const std::string& to)
{
    std::string text = good;
    text.replace(text.find(from), from.size(), to);
    return text;
}

TEST(References, are_read_with_their_conditions)
{
    const PublishedValue value = parse_references(good, "r.yaml").at(0);
    EXPECT_EQ(value.busbw_bytes_per_s, 100e9);
    EXPECT_EQ(value.dtype, "float32");
    EXPECT_EQ(value.op, "sum");
    EXPECT_EQ(value.ranks(), 16);
    EXPECT_EQ(value.links.ports, 4);
    EXPECT_EQ(conditions_of(value), "2x8 X, 1 GiB");
}

TEST(References, without_a_source_or_above_their_bound_are_refused)
{
    const std::vector<std::pair<std::string, std::string>> rows{
        {changed("    source: page\n", ""), "has no key 'source'"},
        {changed("    source: page\n", "    source: \"\"\n"), "source"},
        {changed("date: 2026-01-02", "date: spring"), "YYYY-MM-DD"},
        {changed("100GB/s", "400GB/s"), "above the bound of its links, 375 GB/s"},
        {changed("pattern: allreduce", "pattern: allreduced"), "allreduce"},
        {changed("    statistic: mean\n", "    statistic: mean\n    algorithm: sharp\n"), "reduces: true"},
        {changed("    statistic: mean\n", "    statistic: mean\n    algorithm: rings\n"), "ring"},
        {changed("nodes: 2", "nodes: 0"), "nodes"},
        {good + good.substr(good.find("  - name")), "another reference has that name"},
    };
    for (const auto& [text, says] : rows) {
        EXPECT_THAT(refusal_of_reference(text), AllOf(StartsWith("r.yaml:"), HasSubstr(says)));
    }
}

}  // namespace
}  // namespace plumbline
