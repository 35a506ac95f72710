// SPDX-License-Identifier: Apache-2.0
#include "results/bounds/bounds_table.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace plumbline {
namespace {

Links links()
{
    Links made;
    made.intra_node = LinkRate{.bytes_per_s = 450e9, .latency_s = 1e-3};
    made.inter_node = LinkRate{.bytes_per_s = 200e9, .latency_s = 2e-3};
    made.ports = 4;
    return made;
}

TEST(BoundsTable, has_a_row_of_each_operation_at_each_size)
{
    const std::vector<std::uint64_t> sizes{8, 1 << 20};
    const auto rows = bounds_table({.nodes = 2, .ranks_per_node = 8}, links(), sizes);
    const auto without = bounds_table({.nodes = 2, .ranks_per_node = 8}, links(), {});
    EXPECT_EQ(rows.size(), 2 * without.size());
    for (const BoundsRow& row : rows) {
        EXPECT_TRUE(row.bytes);
        EXPECT_TRUE(row.bound.seconds) << row.bound.why;
        EXPECT_FALSE(row.algorithms.empty());
    }
}

TEST(BoundsTable, without_sizes_knows_no_latency)
{
    for (const BoundsRow& row : bounds_table({.nodes = 2, .ranks_per_node = 8}, links(), {})) {
        EXPECT_FALSE(row.bytes);
        EXPECT_NE(row.bound.limit, Bottleneck::latency);
        if (row.collective == Collective::alltoall) {
            // 46.875 GB/s: (n-1)/(n-g) B/g.
            EXPECT_NEAR(row.counted_bytes / row.bound.seconds.value_or(1), 200e9 / 8 * 15 / 8, 1);
        }
    }
    const std::vector<std::uint64_t> one{8};
    const auto sized = bounds_table({.nodes = 2, .ranks_per_node = 8}, links(), one);
    EXPECT_TRUE(std::ranges::all_of(sized, [](const BoundsRow& r) { return r.bound.limit == Bottleneck::latency; }));
}

}  // namespace
}  // namespace plumbline
