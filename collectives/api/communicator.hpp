// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

namespace plumbline {

/// Control plane: a group of ranks that agree, tell and gather; untimed. It is given, never looked up.
/// Every member function but rank(), size(), members(), send() and receive() is collective over the group.
class Communicator {
public:
    Communicator() = default;
    Communicator(const Communicator&) = delete;
    Communicator& operator=(const Communicator&) = delete;
    virtual ~Communicator() = default;

    virtual int rank() const = 0;
    virtual int size() const = 0;
    /// World rank of each member: size() entries.
    virtual std::span<const int> members() const = 0;
    /// Of this rank, as sentences name it.
    int world_rank() const { return members()[static_cast<std::size_t>(rank())]; }

    virtual void barrier() = 0;
    /// `data` has the same size on all ranks.
    virtual void broadcast(std::span<std::byte> data, int root) = 0;
    /// Equal sizes; `all` has size() * mine.size() bytes on `root` and is empty elsewhere.
    virtual void gather(std::span<const std::byte> mine, std::span<std::byte> all, int root) = 0;
    /// The largest value over all ranks.
    virtual std::int64_t allreduce_max(std::int64_t value) = 0;
    /// As allreduce_max(), but ranks that wait sleep between polls, so that they don't disturb what other ranks
    /// measure.
    virtual std::int64_t allreduce_max_sleeping(std::int64_t value) = 0;

    /// Elementwise: each of `values` becomes the largest over all ranks. The same size everywhere.
    virtual void allreduce_max_each(std::span<double> values);

    /// Point to point, for the one hop from a case root to the rank that records. receive() sleeps between polls.
    virtual void send(std::span<const std::byte> data, int to) = 0;
    virtual std::vector<std::byte> receive(int from) = 0;

    /// A communicator over `ranks` (ranks of this one, ascending or not: the order gives the new rank).
    /// Collective over those ranks alone; the others don't call.
    virtual std::unique_ptr<Communicator> subgroup(std::span<const int> ranks) = 0;

    /// Ends the whole launch at once: for a rank that can't go on while others are blocked. Does not return.
    [[noreturn]] virtual void abort(int status) = 0;
};

/// allreduce_max_each() for implementations without one of their own: gathers at rank 0, so O(size) memory there.
inline void Communicator::allreduce_max_each(std::span<double> values)
{
    std::vector<double> all(rank() == 0 ? values.size() * static_cast<std::size_t>(size()) : 0);
    gather(std::as_bytes(values), std::as_writable_bytes(std::span(all)), 0);
    for (std::size_t i = 0; i < all.size(); ++i) {
        values[i % values.size()] = std::max(values[i % values.size()], all[i]);
    }
    broadcast(std::as_writable_bytes(values), 0);
}

template <class T>
concept Wire = std::is_trivially_copyable_v<T>;

/// Collective over comm: `value` of `root` on every rank.
template <Wire T>
T broadcast_value(Communicator& comm, T value, int root)
{
    comm.broadcast(std::as_writable_bytes(std::span(&value, 1)), root);
    return value;
}

/// Collective over comm: one value a rank on `root`, empty elsewhere.
template <Wire T>
std::vector<T> gather_values(Communicator& comm, const T& value, int root)
{
    std::vector<T> all(comm.rank() == root ? static_cast<std::size_t>(comm.size()) : 0);
    comm.gather(std::as_bytes(std::span(&value, 1)), std::as_writable_bytes(std::span(all)), root);
    return all;
}

/// Collective over comm: true on every rank when it is true on every rank.
inline bool all_agree(Communicator& comm, bool mine)
{
    return comm.allreduce_max(mine ? 0 : 1) == 0;
}

/// Collective over comm: `text` of `root` on every rank.
std::string broadcast_text(Communicator& comm, std::string text, int root);

/// Collective over comm: each rank's text on `root` in rank order, empty elsewhere.
std::vector<std::string> gather_texts(Communicator& comm, const std::string& text, int root);

}  // namespace plumbline
