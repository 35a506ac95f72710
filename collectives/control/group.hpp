// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/api/communicator.hpp"
#include "collectives/control/network.hpp"
#include "collectives/control/tree.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

namespace plumbline::control {

/// How many messages a group has exchanged. Groups of the same ranks in the same order share it, since they share the
/// frames' names.
struct GroupCounts {
    std::uint64_t collectives = 0;
    std::map<int, std::uint64_t> sent;      ///< to a rank of the group
    std::map<int, std::uint64_t> received;  ///< from one
};

/// By the groups' names.
using AllCounts = std::map<std::uint64_t, GroupCounts>;

/// The control plane over a Network. Collectives travel along a tree: O(log n) messages one after another, O(degree)
/// on each rank. Creating one sends nothing; connections are made when they are first used. A group of the launch's
/// first ranks, in order, uses the launch's own tree and needs no others.
///
/// A message that its receiver hasn't asked for waits in its memory, if it is in any call, else at its sender, whose
/// send() returns once the kernel has all of it. So two ranks that both send first never block each other.
class GroupCommunicator final : public Communicator {
public:
    /// `members`: world ranks, this one among them; not collective. `network` and `counts` must outlive it.
    GroupCommunicator(Network& network, AllCounts& counts, std::vector<int> members);

    int rank() const override { return rank_; }
    int size() const override { return static_cast<int>(members_.size()); }
    std::span<const int> members() const override { return members_; }

    void barrier() override;
    void broadcast(std::span<std::byte> data, int root) override;
    void gather(std::span<const std::byte> mine, std::span<std::byte> all, int root) override;
    std::int64_t allreduce_max(std::int64_t value) override;
    /// All waiting sleeps, here and in every other call.
    std::int64_t allreduce_max_sleeping(std::int64_t value) override { return allreduce_max(value); }
    void allreduce_max_each(std::span<double> values) override;

    void send(std::span<const std::byte> data, int to) override;
    std::vector<std::byte> receive(int from) override;

    std::unique_ptr<Communicator> subgroup(std::span<const int> ranks) override;
    [[noreturn]] void abort(int status) override { network_.abort(status); }

private:
    template <class T>
    void allreduce(std::span<T> values);
    int world(int rank) const;
    void post(int to, std::uint64_t number, std::span<const std::byte> bytes);
    std::vector<std::byte> take(int from, std::uint64_t number);
    void take_into(int from, std::uint64_t number, std::span<std::byte> into);

    Network& network_;
    AllCounts& all_counts_;
    std::vector<int> members_;
    int rank_;
    std::uint64_t name_;
    GroupCounts& counts_;
    Tree tree_;
};

}  // namespace plumbline::control
