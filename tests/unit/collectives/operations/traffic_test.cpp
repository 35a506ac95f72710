// SPDX-License-Identifier: Apache-2.0
#include "collectives/operations/traffic.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <set>
#include <stdexcept>
#include <vector>

namespace plumbline {
namespace {

std::uint64_t sum(const std::vector<std::uint64_t>& values)
{
    return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

TEST(Traffic, block_follows_from_the_total_array_bytes)
{
    struct Row {
        Collective collective;
        DataType dtype;
        std::uint64_t bytes;
        int ranks;
        std::uint64_t elements;
    };
    constexpr std::array rows{
        Row{Collective::allreduce, DataType::float32, 1024, 4, 256},
        Row{Collective::allreduce, DataType::float32, 1027, 4, 256},
        Row{Collective::broadcast, DataType::float64, 1024, 4, 128},
        Row{Collective::reduce, DataType::int8, 7, 3, 7},
        Row{Collective::pingpong, DataType::uint8, 7, 3, 7},
        Row{Collective::allgather, DataType::float32, 1024, 4, 64},
        Row{Collective::reduce_scatter, DataType::float16, 1024, 3, 170},
        Row{Collective::alltoall, DataType::float32, 1024, 5, 51},
        Row{Collective::gather, DataType::float32, 15, 4, 0},
        Row{Collective::scatter, DataType::float32, 16, 4, 1},
        Row{Collective::alltoallv, DataType::float32, 1024, 4, 64},
        Row{Collective::barrier, DataType::float32, 1024, 4, 0},
        Row{Collective::allreduce, DataType::float32, std::uint64_t{1} << 40, 4, std::uint64_t{1} << 38},
    };
    for (const Row& row : rows) {
        EXPECT_EQ(block_elements(row.collective, row.dtype, row.bytes, row.ranks), row.elements)
            << name(row.collective) << " " << row.bytes;
    }
}

TEST(Traffic, total_bytes_are_the_largest_whole_number_of_blocks_not_above_what_was_asked)
{
    for (const CollectiveInfo& row : all_collectives()) {
        if (row.size_rule == SizeRule::none || row.size_rule == SizeRule::bottleneck_rank) {
            continue;
        }
        for (const std::uint64_t asked : {8u, 1000u, 65536u}) {
            const CollectiveCall call{.collective = row.collective,
                                      .count = block_elements(row.collective, DataType::float32, asked, 3)};
            const std::uint64_t unit = row.size_rule == SizeRule::count ? 4 : 12;
            EXPECT_EQ(total_bytes(call, 3), asked / unit * unit) << row.name;
        }
    }
}

TEST(Traffic, alltoallv_counts_the_larger_of_what_a_rank_sends_and_receives)
{
    const CollectiveCall call{.collective = Collective::alltoallv, .send_counts = {1, 2, 3}, .recv_counts = {1, 9, 0}};
    EXPECT_EQ(total_bytes(call, 3), 40u);
    EXPECT_EQ(total_bytes({.collective = Collective::barrier, .count = 5}, 3), 0u);
}

TEST(Traffic, bus_factors_are_those_of_nccl_tests)
{
    EXPECT_EQ(busbw_factor(Collective::allreduce, 2), 1.0);
    EXPECT_EQ(busbw_factor(Collective::allreduce, 4), 1.5);
    EXPECT_EQ(busbw_factor(Collective::allreduce, 8), 1.75);
    for (const auto collective : {Collective::reduce_scatter, Collective::allgather, Collective::gather,
                                  Collective::scatter, Collective::alltoall, Collective::alltoallv}) {
        EXPECT_EQ(busbw_factor(collective, 2), 0.5) << name(collective);
        EXPECT_EQ(busbw_factor(collective, 4), 0.75) << name(collective);
    }
    for (const auto collective : {Collective::broadcast, Collective::reduce, Collective::sendrecv}) {
        EXPECT_EQ(busbw_factor(collective, 7), 1.0) << name(collective);
    }
    EXPECT_EQ(busbw_factor(Collective::pingpong, 2), 2.0);
    EXPECT_EQ(busbw_factor(Collective::bidirectional, 2, 16), 16.0);
}

TEST(Traffic, bus_factor_is_undefined_for_one_rank_and_for_a_barrier)
{
    for (const CollectiveInfo& row : all_collectives()) {
        EXPECT_EQ(busbw_factor(row.collective, 1), std::nullopt) << row.name;
    }
    EXPECT_EQ(busbw_factor(Collective::barrier, 8), std::nullopt);
}

TEST(Traffic, algorithm_bandwidth_is_bytes_over_seconds_where_that_means_something)
{
    EXPECT_EQ(algorithm_bandwidth(1000, 0.5), 2000.0);
    EXPECT_EQ(algorithm_bandwidth(0, 0.5), std::nullopt);
    EXPECT_EQ(algorithm_bandwidth(1000, 0), std::nullopt);
    EXPECT_EQ(algorithm_bandwidth(1000, -1), std::nullopt);
    EXPECT_EQ(algorithm_bandwidth(1000, std::numeric_limits<double>::quiet_NaN()), std::nullopt);
}

TEST(SkewKinds, parse_back_from_their_names)
{
    for (const auto kind : {SkewKind::uniform, SkewKind::random, SkewKind::zipf, SkewKind::hot, SkewKind::matrix}) {
        EXPECT_EQ(parse_skew_kind(name(kind)), kind);
    }
    EXPECT_EQ(parse_skew_kind("pareto"), std::nullopt);
}

constexpr std::array drawn_kinds{SkewKind::uniform, SkewKind::random, SkewKind::zipf, SkewKind::hot};

TEST(TrafficMatrices, no_rank_sends_more_than_its_share)
{
    for (const auto kind : drawn_kinds) {
        for (const int ranks : {1, 2, 3, 4, 7, 32}) {
            for (const std::uint64_t mean : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1000003}}) {
                const TrafficMatrix matrix(kind, ranks, mean, 1.5, 42);
                const auto n = static_cast<std::uint64_t>(ranks);
                for (int sender = 0; sender < ranks; ++sender) {
                    const std::uint64_t sent = sum(matrix.row(sender));
                    EXPECT_LE(sent, n * mean) << name(kind) << " " << ranks;
                    EXPECT_GE(sent + n, n * mean) << name(kind) << " " << ranks;  // rounding alone is lost
                }
            }
        }
    }
}

TEST(TrafficMatrices, rows_and_columns_are_the_elements)
{
    for (const auto kind : drawn_kinds) {
        const TrafficMatrix matrix(kind, 5, 100, 2, 7);
        for (int i = 0; i < 5; ++i) {
            for (int j = 0; j < 5; ++j) {
                EXPECT_EQ(matrix.row(i)[static_cast<std::size_t>(j)], matrix.elements(i, j)) << name(kind);
                EXPECT_EQ(matrix.column(j)[static_cast<std::size_t>(i)], matrix.elements(i, j)) << name(kind);
            }
            EXPECT_EQ(matrix.sent_by(i), BlockCounts(matrix.row(i))) << name(kind);
            EXPECT_EQ(matrix.received_by(i), BlockCounts(matrix.column(i))) << name(kind);
        }
    }
}

TEST(TrafficMatrices, with_a_stated_bottleneck_have_it_in_the_hottest_rank_whatever_the_scale)
{
    for (const int ranks : {1, 2, 3, 8, 100, 1000}) {
        for (const double factor : {0.0, 0.5, 1.0, 2.5, 2000.0}) {
            for (const auto kind : {SkewKind::uniform, SkewKind::zipf, SkewKind::hot}) {
                if (kind == SkewKind::hot && factor <= 1) {
                    continue;  // nobody is hot
                }
                const auto n = static_cast<std::uint64_t>(ranks);
                const std::uint64_t most = 1000 * n + 7;
                const auto traffic = TrafficMatrix::with_bottleneck(kind, ranks, most, factor, 3);
                EXPECT_LE(traffic.bottleneck_elements(), most) << name(kind) << " " << ranks << " " << factor;
                // What rounding loses: an element a pair, of the share that a large factor leaves to each.
                const double lost =
                    kind == SkewKind::hot ? 0.01 * static_cast<double>(most) + 2.5 * ranks : 2.0 * ranks;
                EXPECT_GE(static_cast<double>(traffic.bottleneck_elements()), static_cast<double>(most) - lost - 8)
                    << name(kind) << " " << ranks << " " << factor;
            }
        }
    }
    // Two ranks, popularity 1 and 1/2: the hot one gets 400 of each, the other 200.
    const auto two = TrafficMatrix::with_bottleneck(SkewKind::zipf, 2, 800, 1, 1);
    EXPECT_EQ(two.bottleneck_elements(), 800U);
    EXPECT_EQ(two.sent_by(0).sum(), 600U);
}

TEST(TrafficMatrices, bottleneck_is_the_largest_row_or_column_sum)
{
    for (const auto kind : drawn_kinds) {
        const TrafficMatrix matrix(kind, 6, 1000, 1.2, 3);
        std::uint64_t largest = 0;
        for (int rank = 0; rank < 6; ++rank) {
            largest = std::max({largest, sum(matrix.row(rank)), sum(matrix.column(rank))});
        }
        EXPECT_EQ(matrix.bottleneck_elements(), largest) << name(kind);
        EXPECT_GE(matrix.bottleneck_limit(), largest) << name(kind);
    }
}

TEST(TrafficMatrices, a_limit_of_random_traffic_holds_and_nears_the_mean_as_ranks_grow)
{
    // n + 8 sqrt(n) means at most, and never more than 2 n.
    EXPECT_EQ(TrafficMatrix(SkewKind::random, 4, 100, 1, 3).bottleneck_limit(), 800U);
    EXPECT_EQ(TrafficMatrix(SkewKind::random, 10000, 100, 1, 3).bottleneck_limit(), 1080000U);
    for (const std::uint64_t seed : {1U, 2U, 3U}) {
        const TrafficMatrix matrix(SkewKind::random, 256, 1000, 1, seed);
        EXPECT_LE(matrix.bottleneck_elements(), matrix.bottleneck_limit());
    }
}

TEST(TrafficMatrices, uniform_is_alltoall)
{
    const TrafficMatrix matrix(SkewKind::uniform, 4, 10, 9, 1);
    EXPECT_EQ(matrix.row(2), (std::vector<std::uint64_t>{10, 10, 10, 10}));
    EXPECT_EQ(matrix.bottleneck_elements(), 40u);
    EXPECT_EQ(matrix.skew_factor(), 1.0);
}

TEST(TrafficMatrices, hot_sends_one_receiver_its_factor_and_shares_the_rest)
{
    const TrafficMatrix matrix(SkewKind::hot, 5, 100, 3, 11);
    auto row = matrix.row(0);
    std::sort(row.begin(), row.end());
    EXPECT_EQ(row, (std::vector<std::uint64_t>{50, 50, 50, 50, 300}));
    EXPECT_EQ(matrix.bottleneck_elements(), 1500u);
    EXPECT_EQ(matrix.skew_factor(), 3.0);
}

TEST(TrafficMatrices, hot_can_at_most_take_everything)
{
    const TrafficMatrix matrix(SkewKind::hot, 4, 100, 1000, 11);
    auto row = matrix.row(3);
    std::sort(row.begin(), row.end());
    EXPECT_EQ(row, (std::vector<std::uint64_t>{0, 0, 0, 400}));
    EXPECT_EQ(matrix.skew_factor(), 4.0);
}

TEST(TrafficMatrices, zipf_with_exponent_one_shares_as_one_half_third_quarter)
{
    // 1 + 1/2 + 1/3 + 1/4 = 25/12, so 2500 elements go as 1200 : 600 : 400 : 300 (minus rounding down)
    const TrafficMatrix matrix(SkewKind::zipf, 4, 625, 1, 5);
    auto row = matrix.row(1);
    std::sort(row.rbegin(), row.rend());
    constexpr std::array<std::uint64_t, 4> expected{1200, 600, 400, 300};
    for (std::size_t i = 0; i < 4; ++i) {
        EXPECT_LE(row[i], expected[i]);
        EXPECT_GE(row[i] + 1, expected[i]);
    }
}

TEST(TrafficMatrices, zipf_with_exponent_zero_is_even)
{
    const TrafficMatrix matrix(SkewKind::zipf, 4, 625, 0, 5);
    EXPECT_EQ(matrix.row(0), (std::vector<std::uint64_t>(4, 625)));
}

TEST(TrafficMatrices, random_draws_stay_below_twice_the_mean_and_average_to_it)
{
    constexpr int ranks = 64;
    constexpr std::uint64_t mean = 1000;
    const TrafficMatrix matrix(SkewKind::random, ranks, mean, 1, 9);
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    for (int sender = 0; sender < ranks; ++sender) {
        const auto row = matrix.row(sender);
        EXPECT_EQ(sum(row), ranks * mean);
        EXPECT_LE(*std::max_element(row.begin(), row.end()), 2 * mean);
        low += static_cast<std::uint64_t>(std::count_if(row.begin(), row.end(), [](auto e) { return e < 500; }));
        high += static_cast<std::uint64_t>(std::count_if(row.begin(), row.end(), [](auto e) { return e > 1500; }));
    }
    // A quarter of 4096 draws each; six standard deviations of the binomial are 166.
    EXPECT_NEAR(static_cast<double>(low), 1024, 200);
    EXPECT_NEAR(static_cast<double>(high), 1024, 200);
}

TEST(TrafficMatrices, the_seed_decides)
{
    for (const auto kind : {SkewKind::random, SkewKind::zipf, SkewKind::hot}) {
        const auto row_of = [&](std::uint64_t seed) { return TrafficMatrix(kind, 16, 1000, 2, seed).row(3); };
        EXPECT_EQ(row_of(1), row_of(1)) << name(kind);
        std::set<std::vector<std::uint64_t>> seen;
        for (std::uint64_t seed = 0; seed < 8; ++seed) {
            seen.insert(row_of(seed));
        }
        EXPECT_GE(seen.size(), 4u) << name(kind);
    }
}

TEST(TrafficMatrices, a_table_of_bytes_is_rounded_down_to_elements)
{
    const TrafficMatrix matrix({0, 8, 11, 4}, 2, DataType::float32);
    EXPECT_EQ(matrix.row(0), (std::vector<std::uint64_t>{0, 2}));
    EXPECT_EQ(matrix.row(1), (std::vector<std::uint64_t>{2, 1}));
    EXPECT_EQ(matrix.column(1), (std::vector<std::uint64_t>{2, 1}));
    EXPECT_EQ(matrix.bottleneck_elements(), 3u);
    EXPECT_EQ(matrix.skew_factor(), 1.2);  // 3 against a mean of 2.5
}

TEST(TrafficMatrices, no_traffic_at_all_is_even)
{
    EXPECT_EQ(TrafficMatrix(std::vector<std::uint64_t>(9, 0), 3, DataType::int8).skew_factor(), 1.0);
}

TEST(TrafficMatrices, impossible_ones_are_refused)
{
    EXPECT_THROW(TrafficMatrix({1, 2, 3}, 2, DataType::int8), std::logic_error);
    EXPECT_THROW(TrafficMatrix({}, 0, DataType::int8), std::logic_error);
    EXPECT_THROW(TrafficMatrix(SkewKind::hot, 0, 1, 1, 1), std::logic_error);
    EXPECT_THROW(TrafficMatrix(SkewKind::hot, 2, 1, -1, 1), std::logic_error);
    EXPECT_THROW(TrafficMatrix(SkewKind::zipf, 2, 1, std::numeric_limits<double>::infinity(), 1), std::logic_error);
    EXPECT_THROW(TrafficMatrix(SkewKind::matrix, 2, 1, 1, 1), std::logic_error);
}

}  // namespace
}  // namespace plumbline
