// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <set>
#include <span>
#include <vector>

namespace plumbline::sim {

/// Lists of ranks, each of them once: what thousands of simulated ranks hold is a reference to one. Lists stay.
class RankLists {
public:
    const std::vector<int>& operator()(std::span<const int> ranks)
    {
        const auto known = lists_.lower_bound(ranks);
        if (known != lists_.end() && std::ranges::equal(*known, ranks)) {
            return *known;
        }
        return *lists_.emplace_hint(known, ranks.begin(), ranks.end());
    }

private:
    struct Before {
        using is_transparent = void;
        bool operator()(std::span<const int> one, std::span<const int> other) const
        {
            return std::ranges::lexicographical_compare(one, other);
        }
    };
    std::set<std::vector<int>, Before> lists_;
};

}  // namespace plumbline::sim
