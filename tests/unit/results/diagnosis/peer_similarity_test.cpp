// SPDX-License-Identifier: Apache-2.0
#include "results/diagnosis/peer_similarity.hpp"

#include "collectives/util/hash.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <cstdint>
#include <vector>

namespace plumbline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

/// `center` times 0.99, 1, 1.01.
std::vector<double> around(double center)
{
    return {0.99 * center, center, 1.01 * center};
}

/// Evenly spread within 1 %, drawn by node.
std::vector<double> noisy(double center, std::uint64_t node)
{
    std::vector<double> values;
    for (std::uint64_t i = 0; i < 20; ++i) {
        values.push_back(center * (0.99 + 0.02 * static_cast<double>(hashed(node, i) % 1000) / 1000));
    }
    return values;
}

std::vector<std::size_t> nodes_of(const PeerCriterion& criterion)
{
    std::vector<std::size_t> nodes;
    for (const PeerOutlier& outlier : criterion.outliers) {
        nodes.push_back(outlier.node);
    }
    return nodes;
}

TEST(PeerCriterion, similarity_is_one_less_the_area_between_the_distributions)
{
    EXPECT_EQ(similarity(around(1), around(1)), 1);
    EXPECT_NEAR(similarity(around(1.1), around(1)), 0.9, 1e-12);
    EXPECT_NEAR(similarity(around(0.9), around(1)), 0.9, 1e-12);
    // One of four values 0.4 further out: an area of 0.1 beside a median of 1.
    EXPECT_NEAR(similarity(std::vector<double>{1, 1, 1, 1.4}, std::vector<double>{1, 1}), 0.9, 1e-12);
}

TEST(PeerCriterion, drops_who_is_unlike_the_medoid_slower_or_faster)
{
    const std::vector<std::vector<double>> seconds{around(1), around(1.2), around(1.01), around(0.99), around(0.8)};
    const auto criterion = fit_peer_criterion(seconds).value();
    EXPECT_EQ(criterion.centre, 0U);
    EXPECT_EQ(criterion.centre_s, 1);
    ASSERT_THAT(nodes_of(criterion), ElementsAre(1, 4));
    EXPECT_NEAR(criterion.outliers[0].ratio, 1.2, 1e-12);
    EXPECT_NEAR(criterion.outliers[0].similarity, 0.8, 1e-12);
}

TEST(PeerCriterion, five_slow_nodes_of_a_thousand_are_all_found_and_nobody_else)
{
    std::vector<std::vector<double>> seconds;
    for (std::uint64_t node = 0; node < 1000; ++node) {
        seconds.push_back(noisy(node % 200 == 7 ? 1 / 0.9 : 1, node));
    }
    EXPECT_THAT(nodes_of(fit_peer_criterion(seconds).value()), testing::UnorderedElementsAre(7, 207, 407, 607, 807));
}

TEST(PeerCriterion, a_third_that_is_bad_together_does_not_draw_the_centre)
{
    std::vector<std::vector<double>> seconds;
    for (std::uint64_t node = 0; node < 100; ++node) {
        seconds.push_back(noisy(node < 30 ? 1 / 0.9 : 1, node));
    }
    const auto criterion = fit_peer_criterion(seconds).value();
    EXPECT_GE(criterion.centre, 30U);
    EXPECT_THAT(criterion.outliers, SizeIs(30));
}

TEST(PeerCriterion, goes_on_with_the_rest_until_none_is_dropped)
{
    // The first centre, 1.04, still likes 1.09; without 1.3 the centre is 1, which does not.
    const std::vector<std::vector<double>> seconds{{1}, {1}, {1}, {1}, {1.04}, {1.04}, {1.09}, {1.3}, {1.3}, {1.3}};
    const auto criterion = fit_peer_criterion(seconds).value();
    EXPECT_EQ(criterion.centre_s, 1);
    EXPECT_THAT(nodes_of(criterion), testing::UnorderedElementsAre(6, 7, 8, 9));
}

TEST(PeerCriterion, of_equally_slow_nodes_names_none)
{
    EXPECT_THAT(fit_peer_criterion(std::vector<std::vector<double>>{around(5), around(5), around(5)})->outliers,
                IsEmpty());
}

TEST(PeerCriterion, needs_three_nodes_with_samples)
{
    EXPECT_EQ(fit_peer_criterion(std::vector<std::vector<double>>{}), std::nullopt);
    EXPECT_EQ(fit_peer_criterion(std::vector<std::vector<double>>{{1}, {}, {2}}), std::nullopt);
    EXPECT_EQ(fit_peer_criterion(std::vector<std::vector<double>>{{1}, {}, {2}, {1}})->nodes, 3U);
}

}  // namespace
}  // namespace plumbline
