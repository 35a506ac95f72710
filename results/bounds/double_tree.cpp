// SPDX-License-Identifier: Apache-2.0
#include "results/bounds/double_tree.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

namespace plumbline {
namespace {

/// In the binary tree whose root is 0; `member` >= 1.
int parent_of(int member, int members)
{
    const int lowest_bit = member & -member;
    const int up = (member ^ lowest_bit) | (lowest_bit << 1);
    return up < members ? up : member ^ lowest_bit;
}

}  // namespace

TreeLoad double_tree_load(int members, std::optional<int> members_a_leaf)
{
    const auto count = static_cast<std::size_t>(members);
    std::vector<int> edges(count, 0);
    const int a_leaf = members_a_leaf.value_or(members);
    std::vector<int> crossing((count + static_cast<std::size_t>(a_leaf) - 1) / static_cast<std::size_t>(a_leaf), 0);
    const auto add = [&](int child, int parent) {
        for (const int end : {child, parent}) {
            ++edges[static_cast<std::size_t>(end)];
            crossing[static_cast<std::size_t>(end / a_leaf)] += child / a_leaf != parent / a_leaf ? 1 : 0;
        }
    };
    // The second tree is the first one shifted by a member, or mirrored where their number is even.
    const auto in_second = [&](int member) { return members % 2 == 1 ? (member + 1) % members : members - 1 - member; };
    for (int member = 1; member < members; ++member) {
        const int parent = parent_of(member, members);
        add(member, parent);
        add(in_second(member), in_second(parent));
    }
    constexpr double half = 0.5;
    return {.node = half * *std::max_element(edges.begin(), edges.end()),
            .leaf = half * *std::max_element(crossing.begin(), crossing.end())};
}

}  // namespace plumbline
