// SPDX-License-Identifier: Apache-2.0
#include "collectives/control/group.hpp"

#include "collectives/control/handshake.hpp"
#include "collectives/control/wire.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace plumbline::control {

namespace {

/// Numbers of point-to-point messages; collectives count below.
constexpr std::uint64_t message_flag = std::uint64_t{1} << 63;

std::vector<std::byte> wire_form(std::span<const int> members)
{
    WireWriter out;
    for (const int rank : members) {
        out.put(rank);
    }
    return out.take();
}

bool are_first_of_launch(std::span<const int> members)
{
    int expected = 0;
    return std::ranges::all_of(members, [&](int rank) { return rank == expected++; });
}

int place_of(int rank, std::span<const int> members)
{
    const auto found = std::ranges::find(members, rank);
    if (found == members.end()) {
        throw std::logic_error("subgroup: called by a rank that is not in it");
    }
    return static_cast<int>(found - members.begin());
}

}  // namespace

GroupCommunicator::GroupCommunicator(Network& network, AllCounts& counts, std::vector<int> members)
    : network_(network),
      all_counts_(counts),
      members_(std::move(members)),
      rank_(place_of(network.rank(), members_)),
      name_(short_hash(wire_form(members_))),
      counts_(counts[name_]),
      tree_{.size = size(), .degree = are_first_of_launch(members_) ? world_degree : group_degree}
{
}

int GroupCommunicator::world(int rank) const
{
    return members_.at(static_cast<std::size_t>(rank));
}

void GroupCommunicator::post(int to, std::uint64_t number, std::span<const std::byte> bytes)
{
    network_.post(world(to), name_, number, bytes);
}

std::vector<std::byte> GroupCommunicator::take(int from, std::uint64_t number)
{
    return network_.take({.source = world(from), .group = name_, .number = number});
}

void GroupCommunicator::take_into(int from, std::uint64_t number, std::span<std::byte> into)
{
    const auto bytes = take(from, number);
    if (bytes.size() != into.size()) {
        throw std::logic_error("ranks give different sizes to one collective call");
    }
    std::ranges::copy(bytes, into.begin());
}

/// Up to rank 0 of the group, and down again.
template <class T>
void GroupCommunicator::allreduce(std::span<T> values)
{
    network_.look();
    const std::uint64_t number = counts_.collectives++;
    const auto bytes = std::as_writable_bytes(values);
    std::vector<T> theirs(values.size());
    const std::vector<int> children = tree_.children(rank_);
    for (const int child : children) {
        take_into(child, number, std::as_writable_bytes(std::span(theirs)));
        std::ranges::transform(values, theirs, values.begin(), [](const T& a, const T& b) { return std::max(a, b); });
    }
    if (const auto parent = tree_.parent(rank_)) {
        post(*parent, number, bytes);
        network_.flush();  // before `values` change
        take_into(*parent, number, bytes);
    }
    for (const int child : children) {
        post(child, number, bytes);
    }
    network_.flush();
}

void GroupCommunicator::barrier()
{
    allreduce(std::span<std::int64_t>());
}

std::int64_t GroupCommunicator::allreduce_max(std::int64_t value)
{
    allreduce(std::span(&value, 1));
    return value;
}

void GroupCommunicator::allreduce_max_each(std::span<double> values)
{
    allreduce(values);
}

void GroupCommunicator::broadcast(std::span<std::byte> data, int root)
{
    network_.look();
    const std::uint64_t number = counts_.collectives++;
    if (rank_ != root) {
        take_into(tree_.towards(rank_, root), number, data);
    }
    for (const int next : tree_.away_from(rank_, root)) {
        post(next, number, data);
    }
    network_.flush();
}

/// Towards the root each rank adds its own bytes, with its rank before them, to those that came.
void GroupCommunicator::gather(std::span<const std::byte> mine, std::span<std::byte> all, int root)
{
    if (rank_ == root && all.size() != mine.size() * members_.size()) {
        throw std::logic_error("gather: the root's buffer must hold every rank's bytes");
    }
    network_.look();
    const std::uint64_t number = counts_.collectives++;
    std::vector<std::byte> collected = WireWriter().put(rank_).put_bytes(mine).take();
    const std::size_t entry = collected.size();
    for (const int next : tree_.away_from(rank_, root)) {
        const auto theirs = take(next, number);
        if (theirs.size() % entry != 0) {
            throw std::logic_error("gather: ranks give different sizes");
        }
        collected.insert(collected.end(), theirs.begin(), theirs.end());
    }
    if (rank_ != root) {
        post(tree_.towards(rank_, root), number, collected);
        network_.flush();
        return;
    }
    WireReader in(collected);
    while (!in.at_end()) {
        const auto from = static_cast<std::size_t>(in.get<int>());
        const auto bytes = in.get_bytes(mine.size());
        if (from >= members_.size()) {
            throw std::logic_error("gather: ranks give different sizes");
        }
        std::ranges::copy(bytes, all.subspan(from * mine.size()).begin());
    }
}

void GroupCommunicator::send(std::span<const std::byte> data, int to)
{
    network_.look();
    post(to, message_flag | counts_.sent[to]++, data);
    network_.flush();
}

std::vector<std::byte> GroupCommunicator::receive(int from)
{
    network_.look();
    std::uint64_t& received = counts_.received[from];
    const std::uint64_t number = message_flag | received;
    if (from == rank_ && !network_.has({.source = world(from), .group = name_, .number = number})) {
        throw std::logic_error("receive: this rank waits for a message that it never sent to itself");
    }
    auto bytes = take(from, number);
    ++received;
    return bytes;
}

std::unique_ptr<Communicator> GroupCommunicator::subgroup(std::span<const int> ranks)
{
    std::vector<int> world_ranks;
    world_ranks.reserve(ranks.size());
    for (const int rank : ranks) {
        if (rank < 0 || rank >= size()) {
            throw std::logic_error("subgroup: of ranks that are not in this group");
        }
        world_ranks.push_back(world(rank));
    }
    return std::make_unique<GroupCommunicator>(network_, all_counts_, std::move(world_ranks));
}

}  // namespace plumbline::control
