// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <memory>
#include <numeric>
#include <utility>
#include <vector>

namespace plumbline {

/// Elements that a rank sends to, or receives from, each rank of its group. Never changed, so copies share one list,
/// and the same number for all takes no list: thousands of ranks in one process hold little where they send alike.
class BlockCounts {
public:
    BlockCounts() = default;
    BlockCounts(std::vector<std::uint64_t> counts)  // NOLINT(google-explicit-constructor): it is one
        : BlockCounts(std::make_shared<const std::vector<std::uint64_t>>(std::move(counts)))
    {
    }
    BlockCounts(std::initializer_list<std::uint64_t> counts) : BlockCounts(std::vector<std::uint64_t>(counts)) {}
    /// Of a list that others share.
    explicit BlockCounts(std::shared_ptr<const std::vector<std::uint64_t>> counts)
        : list_(std::move(counts)),
          size_(list_->size()),
          sum_(std::accumulate(list_->begin(), list_->end(), std::uint64_t{0}))
    {
    }
    /// The same number for each of `ranks`.
    static BlockCounts even(std::size_t ranks, std::uint64_t count)
    {
        BlockCounts made;
        made.size_ = ranks;
        made.each_ = count;
        made.sum_ = ranks * count;
        return made;
    }

    std::size_t size() const { return size_; }
    bool empty() const { return size_ == 0; }
    /// Of one rank, below size().
    std::uint64_t operator[](std::size_t rank) const { return list_ ? (*list_)[rank] : each_; }
    /// Of all ranks together; takes no time.
    std::uint64_t sum() const { return sum_; }
    /// Whether each rank has the same.
    bool is_even() const
    {
        return !list_ || std::ranges::adjacent_find(*list_, std::ranges::not_equal_to{}) == list_->end();
    }
    /// A list of its own.
    std::vector<std::uint64_t> list() const { return {begin(), end()}; }

    class Iterator {
    public:
        using iterator_category = std::forward_iterator_tag;
        using value_type = std::uint64_t;
        using difference_type = std::ptrdiff_t;
        using pointer = const std::uint64_t*;
        using reference = std::uint64_t;

        Iterator() = default;
        Iterator(const BlockCounts& of, std::size_t rank) : of_(&of), rank_(rank) {}
        std::uint64_t operator*() const { return (*of_)[rank_]; }
        Iterator& operator++()
        {
            ++rank_;
            return *this;
        }
        Iterator operator++(int)
        {
            Iterator before = *this;
            ++rank_;
            return before;
        }
        bool operator==(const Iterator&) const = default;

    private:
        const BlockCounts* of_ = nullptr;
        std::size_t rank_ = 0;
    };
    Iterator begin() const { return {*this, 0}; }
    Iterator end() const { return {*this, size_}; }

    bool operator==(const BlockCounts& other) const
    {
        const bool same_list = list_ && list_ == other.list_;
        return same_list || (size_ == other.size_ && sum_ == other.sum_ && std::equal(begin(), end(), other.begin()));
    }

private:
    std::shared_ptr<const std::vector<std::uint64_t>> list_;  ///< null: `each_`
    std::size_t size_ = 0;
    std::uint64_t each_ = 0;
    std::uint64_t sum_ = 0;
};

}  // namespace plumbline
