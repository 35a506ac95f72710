// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/data_volume.hpp"
#include "collectives/operations/payload.hpp"
#include "collectives/operations/types.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <stdexcept>
#include <vector>

namespace plumbline::sim {

/// What one rank brings to a collective. In place, `input` lies within `output` or the other way round; broadcast uses
/// `output` alone.
struct Participant {
    const CollectiveCall* call = nullptr;  ///< null: the ranks only meet
    std::span<const std::byte> input;
    std::span<std::byte> output;
    std::span<const int> concurrent_ranks = {};  ///< world ranks that communicate at the same time, these among them
};

/// Memory of which only the size is there (Group::allocate_scratch()).
inline bool is_virtual(std::span<const std::byte> memory)
{
    return memory.data() == nullptr;
}

/// The spans may overlap; virtual ones are left alone. Throws std::logic_error where they differ in size.
inline void copy_bytes(std::span<std::byte> to, std::span<const std::byte> from)
{
    if (to.size() != from.size()) {
        throw std::logic_error("the two sides of a message differ in size");
    }
    if (!to.empty() && !is_virtual(to) && !is_virtual(from) && to.data() != from.data()) {
        std::memmove(to.data(), from.data(), to.size());
    }
}

/// Throws std::logic_error where the ranks don't all make the same call.
inline void require_matching(std::span<const Participant> participants)
{
    const CollectiveCall* first = participants.front().call;
    for (const Participant& participant : participants) {
        const CollectiveCall* call = participant.call;
        const bool both_meet = call == nullptr && first == nullptr;
        const bool both_call = call != nullptr && first != nullptr;
        if (!both_meet && !(both_call && call->collective == first->collective && call->dtype == first->dtype &&
                            call->op == first->op && call->count == first->count && call->root == first->root &&
                            call->in_place == first->in_place)) {
            throw std::logic_error("the ranks of one group are in different operations");
        }
    }
}

/// Performs one collective on all ranks' memory, in the plainest way: the reference for what each operation means.
class DataMover {
public:
    /// One participant a rank, in rank order, with matching calls.
    explicit DataMover(std::span<const Participant> participants)
        : participants_(participants),
          call_(*participants.front().call),
          element_(size_of(call_.dtype)),
          block_(call_.count * element_),
          root_(static_cast<std::size_t>(call_.root))
    {
    }

    void move() const
    {
        const auto touches_virtual = [](const Participant& participant) {
            return (!participant.input.empty() && is_virtual(participant.input)) ||
                   (!participant.output.empty() && is_virtual(participant.output));
        };
        if (std::ranges::any_of(participants_, touches_virtual)) {
            return;
        }
        switch (call_.collective) {
            case Collective::allreduce:
                allreduce();
                break;
            case Collective::reduce_scatter:
                reduce_scatter();
                break;
            case Collective::allgather:
                allgather();
                break;
            case Collective::broadcast:
                broadcast();
                break;
            case Collective::reduce:
                reduce_to(root_, 0);
                break;
            case Collective::gather:
                gather_to(root_);
                break;
            case Collective::scatter:
                scatter();
                break;
            case Collective::alltoall:
                call_.in_place ? swap_blocks(block_) : alltoall();
                break;
            case Collective::alltoallv:
                call_.in_place ? swap_blocks(even_block()) : alltoallv();
                break;
            case Collective::sendrecv:
                shift();
                break;
            case Collective::pingpong:
            case Collective::bidirectional:
                exchange();
                break;
            case Collective::barrier:
                break;
        }
    }

    /// alltoallv: the largest of any rank's sent or received bytes.
    std::uint64_t bottleneck_bytes() const
    {
        std::uint64_t most = 0;
        for (const Participant& participant : participants_) {
            most = std::max({most, participant.call->send_counts.sum(), participant.call->recv_counts.sum()});
        }
        return most * element_;
    }

    /// alltoallv: as bytes_through(), from the counts. What stays within a group is taken off what its ranks send and
    /// receive in all: thousands of ranks have millions of pairs, few of them within one group.
    std::map<int, double> through(std::span<const int> group_of_rank) const
    {
        std::map<int, std::vector<std::size_t>> groups;
        for (std::size_t rank = 0; rank < ranks(); ++rank) {
            groups[group_of_rank[rank]].push_back(rank);
        }
        std::map<int, double> through;
        for (const auto& [group, members] : groups) {
            std::uint64_t leaving = 0;
            std::uint64_t entering = 0;
            for (const std::size_t member : members) {
                const CollectiveCall& its = *participants_[member].call;
                leaving += its.send_counts.sum();
                entering += its.recv_counts.sum();
                for (const std::size_t other : members) {
                    leaving -= its.send_counts[other];
                    entering -= its.recv_counts[other];
                }
            }
            through[group] = static_cast<double>(std::max(leaving, entering) * element_);
        }
        return through;
    }

private:
    std::size_t ranks() const { return participants_.size(); }

    /// `owner`'s output becomes the reduction of all inputs' bytes from `offset` on. The owner's own input may be
    /// overwritten, that of the others is only read.
    void reduce_to(std::size_t owner, std::uint64_t offset) const
    {
        const std::span<std::byte> target = participants_[owner].output;
        copy_bytes(target, participants_[owner].input.subspan(offset, target.size()));
        for (std::size_t rank = 0; rank < ranks(); ++rank) {
            if (rank != owner) {
                reduce_into(call_.dtype, call_.op, target, participants_[rank].input.subspan(offset, target.size()));
            }
        }
    }

    void allreduce() const
    {
        reduce_to(0, 0);
        for (const Participant& participant : participants_.subspan(1)) {
            copy_bytes(participant.output, participants_.front().output);
        }
    }

    /// In place, each rank's output replaces its input for rank 0: that one must come first.
    void reduce_scatter() const
    {
        for (std::size_t rank = 0; rank < ranks(); ++rank) {
            reduce_to(rank, rank * block_);
        }
    }

    void gather_to(std::size_t receiver) const
    {
        for (std::size_t rank = 0; rank < ranks(); ++rank) {
            copy_bytes(participants_[receiver].output.subspan(rank * block_, block_), participants_[rank].input);
        }
    }

    void allgather() const
    {
        for (std::size_t rank = 0; rank < ranks(); ++rank) {
            gather_to(rank);
        }
    }

    void broadcast() const
    {
        for (const Participant& participant : participants_) {
            copy_bytes(participant.output, participants_[root_].output);
        }
    }

    void scatter() const
    {
        for (std::size_t rank = 0; rank < ranks(); ++rank) {
            copy_bytes(participants_[rank].output, participants_[root_].input.subspan(rank * block_, block_));
        }
    }

    void alltoall() const
    {
        for (std::size_t from = 0; from < ranks(); ++from) {
            for (std::size_t to = 0; to < ranks(); ++to) {
                copy_bytes(participants_[to].output.subspan(from * block_, block_),
                           participants_[from].input.subspan(to * block_, block_));
            }
        }
    }

    void swap_blocks(std::uint64_t block) const
    {
        for (std::size_t high = 1; high < ranks(); ++high) {
            for (std::size_t low = 0; low < high; ++low) {
                std::ranges::swap_ranges(participants_[low].output.subspan(high * block, block),
                                         participants_[high].output.subspan(low * block, block));
            }
        }
    }

    /// In place, alltoallv comes with equal counts only.
    std::uint64_t even_block() const { return call_.send_counts[0] * element_; }

    void alltoallv() const
    {
        std::vector<std::uint64_t> filled(ranks());  // of each rank's output
        for (std::size_t from = 0; from < ranks(); ++from) {
            const BlockCounts& sent = participants_[from].call->send_counts;
            std::uint64_t taken = 0;
            for (std::size_t to = 0; to < ranks(); ++to) {
                const std::uint64_t received = participants_[to].call->recv_counts[from] * element_;
                copy_bytes(participants_[to].output.subspan(filled[to], received),
                           participants_[from].input.subspan(taken, sent[to] * element_));
                filled[to] += received;
                taken += sent[to] * element_;
            }
        }
    }

    void shift() const
    {
        for (std::size_t rank = 0; rank < ranks(); ++rank) {
            copy_bytes(participants_[(rank + 1) % ranks()].output, participants_[rank].input);
        }
    }

    void exchange() const
    {
        for (std::size_t rank = 0; rank < ranks(); ++rank) {
            const std::optional<int> peer = partner(call_.pairs, static_cast<int>(rank), static_cast<int>(ranks()));
            if (peer) {
                copy_bytes(participants_[static_cast<std::size_t>(*peer)].output, participants_[rank].input);
            }
        }
    }

    std::span<const Participant> participants_;
    const CollectiveCall& call_;
    std::uint64_t element_;
    std::uint64_t block_;
    std::size_t root_;
};

}  // namespace plumbline::sim
