// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace plumbline::test {

/// One rank alone: no library needed.
class SelfCommunicator final : public Communicator {
public:
    int rank() const override { return 0; }
    int size() const override { return 1; }
    std::span<const int> members() const override { return {&world_rank_, 1}; }
    void barrier() override {}
    void broadcast(std::span<std::byte>, int) override {}
    void gather(std::span<const std::byte> mine, std::span<std::byte> all, int root) override
    {
        require_self(root);
        if (mine.size() != all.size()) {
            throw std::logic_error("gather: the root's span must hold one contribution of each rank");
        }
        std::copy(mine.begin(), mine.end(), all.begin());
    }
    std::int64_t allreduce_max(std::int64_t value) override { return value; }
    std::int64_t allreduce_max_sleeping(std::int64_t value) override { return value; }
    void send(std::span<const std::byte> data, int to) override
    {
        require_self(to);
        mailbox_.emplace_back(data.begin(), data.end());
    }
    std::vector<std::byte> receive(int from) override
    {
        require_self(from);
        if (mailbox_.empty()) {
            throw std::logic_error("receive: a rank alone waits for a message that it never sent");
        }
        std::vector<std::byte> first = std::move(mailbox_.front());
        mailbox_.erase(mailbox_.begin());
        return first;
    }
    std::unique_ptr<Communicator> subgroup(std::span<const int> ranks) override
    {
        if (ranks.size() != 1 || ranks.front() != 0) {
            throw std::logic_error("subgroup: a rank alone has no group but itself");
        }
        return std::make_unique<SelfCommunicator>();
    }
    [[noreturn]] void abort(int status) override { std::_Exit(status); }

private:
    static void require_self(int rank)
    {
        if (rank != 0) {
            throw std::logic_error("rank " + std::to_string(rank) + " is not in this group of 1");
        }
    }

    int world_rank_ = 0;
    std::vector<std::vector<std::byte>> mailbox_;
};

}  // namespace plumbline::test
