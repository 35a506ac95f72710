// SPDX-License-Identifier: Apache-2.0
#include "results/projection/reference_tables.hpp"

#include "collectives/util/error.hpp"
#include "results/verdicts/verdict.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <string>
#include <vector>

namespace plumbline {
namespace {

PublishedSeries series(const std::string& profile)
{
    const auto path = std::filesystem::path(PLUMBLINE_SOURCE_DIR) / "scenarios/profiles" / (profile + ".yaml");
    return load_published(path);
}

PublishedRow row_of(const PublishedSeries& from, int ranks)
{
    for (const PublishedRow& row : from.rows) {
        if (row.ranks == ranks) {
            return row;
        }
    }
    return {};
}

TEST(ModelCard, has_the_published_number_of_parameters_and_operations)
{
    const ModelCard model = find_model("megascale-175b").value_or(ModelCard{});
    EXPECT_NEAR(parameters(model), 174.8e9, 0.3e9);
    // 1.0774e12 operations a token, 3 % more than 6 N.
    EXPECT_NEAR(model_flops(model, 1) / 2048, 1.0774e12, 0.0001e12);
    EXPECT_NEAR(6 * parameters(model), 1.0486e12, 0.002e12);
    // A second forward pass adds a third of what the layers do.
    EXPECT_GT(recomputed_flops(model, 1), 1.3 * model_flops(model, 1));
    EXPECT_LT(recomputed_flops(model, 1), 4.0 / 3 * model_flops(model, 1));
    EXPECT_EQ(find_model("gpt-5"), std::nullopt);
}

TEST(Published, mfu_of_the_eight_megatron_rows_comes_out_within_a_tenth_of_a_point)
{
    const PublishedSeries megatron = series("megatron-lm-175b");
    ASSERT_EQ(megatron.rows.size(), 8U);
    for (const PublishedRow& row : megatron.rows) {
        EXPECT_NEAR(100 * published_mfu(megatron, row), 100 * row.mfu.value_or(0), 0.1) << row.ranks;
    }
}

TEST(Published, four_cells_contradict_their_own_mfu)
{
    std::vector<std::string> flagged;
    for (const char* profile : {"megatron-lm-175b", "megascale-175b"}) {
        const PublishedSeries table = series(profile);
        for (const InconsistentCell& cell : inconsistent_cells(table)) {
            flagged.push_back(table.name + " " + std::to_string(table.rows[cell.row].ranks));
        }
    }
    EXPECT_THAT(flagged, testing::UnorderedElementsAre("megatron-lm-175b 256", "megatron-lm-175b 512",
                                                       "megatron-lm-175b 1024", "megascale-175b 12288"));
}

TEST(Published, efficiency_of_the_rows_passes_straddles_or_fails_90_percent)
{
    const auto verdict = [](const std::string& profile, int base, int ranks, double expected) {
        const PublishedSeries table = series(profile);
        const auto got = published_efficiency(table, row_of(table, base), row_of(table, ranks));
        EXPECT_NEAR(got.efficiency, expected, 0.0005) << profile;
        return verdict_of(got.interval, 0.9, std::nullopt);
    };
    EXPECT_EQ(verdict("megascale-175b", 3072, 12288, 0.9325), Verdict::pass);
    EXPECT_EQ(verdict("megatron-lm-175b", 3072, 12288, 0.8457), Verdict::fail);
    EXPECT_EQ(verdict("megascale-175b", 256, 1024, 0.9026), Verdict::inconclusive);
}

TEST(Published, rows_of_another_batch_are_no_speedup)
{
    const PublishedSeries table = series("megascale-175b");
    try {
        published_efficiency(table, row_of(table, 256), row_of(table, 12288));
        FAIL() << "accepted";
    } catch (const ConfigError& error) {
        EXPECT_THAT(error.what(), testing::HasSubstr("batch 6144 against 256 ranks at batch 768 is not a speedup"));
    }
}

TEST(Published, megascale_is_1_34_times_megatron_at_12288)
{
    const auto ratios = published_ratios(series("megascale-175b"), series("megatron-lm-175b"));
    ASSERT_EQ(ratios.size(), 8U);
    EXPECT_EQ(ratios.back().ranks, 12288);
    EXPECT_EQ(std::round(100 * ratios.back().mfu.value_or(0)), 134);
    EXPECT_NEAR(ratios.back().step, 8.57 / 6.34, 1e-12);
    PublishedSeries larger = series("megatron-lm-175b");
    larger.model.layers *= 2;
    EXPECT_THROW(published_ratios(series("megascale-175b"), larger), ConfigError);
    PublishedSeries elsewhere = series("megatron-lm-175b");
    elsewhere.rows.resize(1);
    elsewhere.rows[0].ranks = 7;
    EXPECT_THROW(published_ratios(series("megascale-175b"), elsewhere), ConfigError);
}

TEST(Profiles, each_is_a_list_of_targets_with_its_source)
{
    const auto folder = std::filesystem::path(PLUMBLINE_SOURCE_DIR) / "scenarios/profiles";
    int profiles = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        EXPECT_FALSE(load_targets(entry.path()).empty()) << entry.path();
        ++profiles;
    }
    EXPECT_EQ(profiles, 13);
}

}  // namespace
}  // namespace plumbline
