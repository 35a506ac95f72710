// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/types.hpp"
#include "tests/fakes/shared_segment.hpp"

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace plumbline::fake {

/// A message between this rank and a peer; a send and a receive of one rank to itself are a copy.
struct Message {
    bool outgoing = false;
    int peer = 0;
    std::byte* data = nullptr;
    std::size_t bytes = 0;
};

/// What one rank of a communicator does when a stream comes to it. Its jobs are done in the order in which they were
/// made, whatever stream they are on.
class FakeComm {
public:
    FakeComm(const std::string& name, int ranks, int rank);

    int rank() const { return rank_; }
    int ranks() const { return segment_.ranks(); }

    /// For a new job: its place in the order. To be called by the thread that puts it on a stream.
    std::uint64_t take_ticket() { return tickets_++; }
    /// Waits for the job's turn; false when the communicator was aborted. done() must follow.
    bool begin(std::uint64_t ticket);
    void done();

    /// All messages at once, until all are there; returns early when the communicator breaks.
    void exchange(std::vector<Message> messages);
    /// As a hanging device: until the communicator breaks.
    void hang();

    /// Returns when no job touches its memory any more.
    void abort();
    bool broken() { return segment_.broken().load() != 0; }
    bool aborted() const { return aborted_; }
    std::uint64_t finished() const { return finished_; }

private:
    SharedSegment segment_;
    int rank_;
    std::uint64_t tickets_ = 0;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::uint64_t turn_ = 0;
    bool working_ = false;  ///< on the job whose turn it is
    std::atomic<std::uint64_t> finished_ = 0;
    std::atomic<bool> aborted_ = false;
};

/// A collective on one rank, by messages and the reference arithmetic, in pieces of limited size.
struct CollectiveJob {
    Collective collective = Collective::allreduce;
    DataType dtype = DataType::float32;
    ReduceOp op = ReduceOp::sum;
    std::byte* send = nullptr;
    std::byte* recv = nullptr;
    std::size_t count = 0;
    int root = 0;
};
void execute(FakeComm& comm, const CollectiveJob& job);

}  // namespace plumbline::fake
