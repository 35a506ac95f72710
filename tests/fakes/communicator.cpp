// SPDX-License-Identifier: Apache-2.0
#include "tests/fakes/communicator.hpp"

#include "collectives/operations/payload.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <span>
#include <stdexcept>
#include <thread>

namespace plumbline::fake {

namespace {

constexpr std::size_t piece_bytes = 256 * 1024;

/// One message on its way through a channel.
struct Transfer {
    Message message;
    Channel* channel = nullptr;
    std::size_t moved = 0;

    bool finished() const { return moved == message.bytes; }

    /// Moves one piece if the other side lets it.
    bool advance()
    {
        const std::uint64_t written = channel->written.load(std::memory_order_acquire);
        const std::uint64_t read = channel->read.load(std::memory_order_acquire);
        if (message.outgoing && written == read) {
            const std::size_t bytes = std::min(Channel::room, message.bytes - moved);
            std::memcpy(channel->data, message.data + moved, bytes);
            channel->bytes = bytes;
            channel->written.store(written + 1, std::memory_order_release);
            moved += bytes;
            return true;
        }
        if (!message.outgoing && written > read) {
            const std::size_t bytes = std::min<std::size_t>(channel->bytes, message.bytes - moved);
            std::memcpy(message.data + moved, channel->data, bytes);
            channel->read.store(read + 1, std::memory_order_release);
            moved += bytes;
            return true;
        }
        return false;
    }
};

/// Gives the core away at first, then sleeps: there may be more ranks than cores.
class Patience {
public:
    void wait()
    {
        constexpr int yields = 20;
        if (++waits_ < yields) {
            std::this_thread::yield();
        } else {
            std::this_thread::sleep_for(std::chrono::microseconds(20));
        }
    }
    void reset() { waits_ = 0; }

private:
    int waits_ = 0;
};

void copy_own_messages(const std::vector<Message>& messages, int rank)
{
    std::vector<const Message*> sends;
    for (const Message& message : messages) {
        if (message.peer == rank && message.outgoing) {
            sends.push_back(&message);
        }
    }
    std::size_t next = 0;
    for (const Message& message : messages) {
        if (message.peer == rank && !message.outgoing && next < sends.size() && message.bytes > 0) {
            std::memmove(message.data, sends[next++]->data, message.bytes);
        }
    }
}

}  // namespace

FakeComm::FakeComm(const std::string& name, int ranks, int rank) : segment_(name, ranks), rank_(rank) {}

bool FakeComm::begin(std::uint64_t ticket)
{
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return turn_ == ticket; });
    working_ = !broken();
    return working_;
}

void FakeComm::done()
{
    {
        const std::lock_guard lock(mutex_);
        ++turn_;
        ++finished_;
        working_ = false;
    }
    changed_.notify_all();
}

void FakeComm::exchange(std::vector<Message> messages)
{
    copy_own_messages(messages, rank_);
    std::vector<Transfer> transfers;
    for (const Message& message : messages) {
        if (message.peer != rank_ && message.bytes > 0) {
            Channel& channel =
                message.outgoing ? segment_.channel(rank_, message.peer) : segment_.channel(message.peer, rank_);
            transfers.push_back({.message = message, .channel = &channel});
        }
    }
    Patience patience;
    while (!transfers.empty() && !broken()) {
        bool moved = false;
        std::vector<const Channel*> busy;  // messages of one pair go one after the other
        for (Transfer& transfer : transfers) {
            if (std::find(busy.begin(), busy.end(), transfer.channel) == busy.end()) {
                moved = transfer.advance() || moved;
                busy.push_back(transfer.channel);
            }
        }
        std::erase_if(transfers, [](const Transfer& transfer) { return transfer.finished(); });
        if (moved) {
            patience.reset();
        } else {
            patience.wait();
        }
    }
}

void FakeComm::hang()
{
    while (!broken()) {
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
}

void FakeComm::abort()
{
    aborted_ = true;
    segment_.broken() = 1;
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !working_; });
}

namespace {

/// The part of a collective that one round of messages moves: `bytes` from `offset` of each block.
struct TimeCategory {
    std::size_t offset = 0;
    std::size_t bytes = 0;
};

/// Sends each rank its part of `from_block(peer)` and receives everybody's into `into(peer)`.
template <class From, class Into>
void all_to_all(FakeComm& comm, std::size_t bytes, From from, Into into)
{
    std::vector<Message> messages;
    for (int peer = 0; peer < comm.ranks(); ++peer) {
        messages.push_back({.outgoing = true, .peer = peer, .data = from(peer), .bytes = bytes});
        messages.push_back({.outgoing = false, .peer = peer, .data = into(peer), .bytes = bytes});
    }
    comm.exchange(std::move(messages));
}

/// Everybody's part of the reduction at this rank, combined in the order of the ranks, into `result`.
template <class From>
void reduce_part(FakeComm& comm, const CollectiveJob& job, std::size_t bytes, From from, std::byte* result)
{
    std::vector<std::byte> parts(bytes * static_cast<std::size_t>(comm.ranks()));
    const auto part = [&](int rank) { return parts.data() + static_cast<std::size_t>(rank) * bytes; };
    all_to_all(comm, bytes, from, part);
    for (int rank = 1; rank < comm.ranks(); ++rank) {
        reduce_into(job.dtype, job.op, {part(0), bytes}, {part(rank), bytes});
    }
    std::memcpy(result, part(0), bytes);
}

void reduce_to_root(FakeComm& comm, const CollectiveJob& job, const TimeCategory& part)
{
    const std::size_t ranks = static_cast<std::size_t>(comm.ranks());
    if (comm.rank() != job.root) {
        comm.exchange({{.outgoing = true, .peer = job.root, .data = job.send + part.offset, .bytes = part.bytes}});
        return;
    }
    std::vector<std::byte> parts(part.bytes * ranks);
    std::vector<Message> messages;
    for (std::size_t rank = 0; rank < ranks; ++rank) {
        messages.push_back({.outgoing = false,
                            .peer = static_cast<int>(rank),
                            .data = parts.data() + rank * part.bytes,
                            .bytes = part.bytes});
    }
    messages.push_back({.outgoing = true, .peer = job.root, .data = job.send + part.offset, .bytes = part.bytes});
    comm.exchange(std::move(messages));
    for (std::size_t rank = 1; rank < ranks; ++rank) {
        reduce_into(job.dtype, job.op, {parts.data(), part.bytes}, {parts.data() + rank * part.bytes, part.bytes});
    }
    std::memcpy(job.recv + part.offset, parts.data(), part.bytes);
}

void broadcast_part(FakeComm& comm, const CollectiveJob& job, const TimeCategory& part)
{
    std::vector<Message> messages;
    if (comm.rank() == job.root) {
        for (int peer = 0; peer < comm.ranks(); ++peer) {
            messages.push_back({.outgoing = true, .peer = peer, .data = job.send + part.offset, .bytes = part.bytes});
        }
    }
    messages.push_back({.outgoing = false, .peer = job.root, .data = job.recv + part.offset, .bytes = part.bytes});
    comm.exchange(std::move(messages));
}

/// Between the root and each rank: blocks of the root's `base` and this rank's one block at `own`.
void rooted_blocks(FakeComm& comm, const CollectiveJob& job, std::byte* base, std::byte* own, std::size_t bytes)
{
    const bool gathers = job.collective == Collective::gather;
    const std::size_t block = job.count * size_of(job.dtype);
    std::vector<Message> messages;
    for (int peer = 0; comm.rank() == job.root && peer < comm.ranks(); ++peer) {
        std::byte* const its_block = base + static_cast<std::size_t>(peer) * block;
        if (peer != job.root || its_block != own) {
            messages.push_back({.outgoing = !gathers, .peer = peer, .data = its_block, .bytes = bytes});
        }
    }
    const bool in_place = comm.rank() == job.root && base + static_cast<std::size_t>(job.root) * block == own;
    if (!in_place) {
        messages.push_back({.outgoing = gathers, .peer = job.root, .data = own, .bytes = bytes});
    }
    comm.exchange(std::move(messages));
}

void carry_out_part(FakeComm& comm, const CollectiveJob& job, const TimeCategory& part)
{
    const std::size_t block = job.count * size_of(job.dtype);
    const auto block_of = [&](std::byte* base) {
        return [=](int rank) { return base + static_cast<std::size_t>(rank) * block + part.offset; };
    };
    const auto at = [&](std::byte* base) { return base == nullptr ? nullptr : base + part.offset; };
    const auto same = [&](int) { return job.send + part.offset; };
    if (job.collective == Collective::allreduce) {
        reduce_part(comm, job, part.bytes, same, job.recv + part.offset);
    } else if (job.collective == Collective::reduce_scatter) {
        reduce_part(comm, job, part.bytes, block_of(job.send), job.recv + part.offset);
    } else if (job.collective == Collective::allgather) {
        all_to_all(comm, part.bytes, same, block_of(job.recv));
    } else if (job.collective == Collective::broadcast) {
        broadcast_part(comm, job, part);
    } else if (job.collective == Collective::reduce) {
        reduce_to_root(comm, job, part);
    } else if (job.collective == Collective::alltoall) {
        all_to_all(comm, part.bytes, block_of(job.send), block_of(job.recv));
    } else if (job.collective == Collective::gather) {
        rooted_blocks(comm, job, at(job.recv), at(job.send), part.bytes);
    } else if (job.collective == Collective::scatter) {
        rooted_blocks(comm, job, at(job.send), at(job.recv), part.bytes);
    } else {
        throw std::logic_error("the stand-in has no such collective");
    }
}

}  // namespace

void execute(FakeComm& comm, const CollectiveJob& job)
{
    const std::size_t bytes = job.count * size_of(job.dtype);
    for (std::size_t offset = 0; offset < bytes && !comm.broken(); offset += piece_bytes) {
        carry_out_part(comm, job, {.offset = offset, .bytes = std::min(piece_bytes, bytes - offset)});
    }
}

}  // namespace plumbline::fake
