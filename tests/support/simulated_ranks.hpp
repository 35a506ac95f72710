// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/sim/sim_backend.hpp"
#include "collectives/operations/payload.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

/// Ranks of a simulated cluster, and calls and messages of theirs whose outcome is known.
namespace plumbline::test {

/// One rank of a simulated launch.
struct SimulatedRank {
    sim::SimBackend& backend;
    Group& group;
    Communicator& comm;
    int rank;
    int ranks;
    double now_s() const { return backend.clock().now_s(); }
};

/// What `body` returns on each rank.
inline std::vector<double> on_each_rank(const sim::Cluster& cluster, int ranks,
                                        const std::function<double(const SimulatedRank&)>& body)
{
    std::vector<double> results(static_cast<std::size_t>(ranks));
    sim::run_simulated(cluster, ranks, [&](Communicator& comm, sim::SimBackend& backend) {
        const auto group = backend.make_group(comm);
        results[static_cast<std::size_t>(comm.rank())] = body({backend, *group, comm, comm.rank(), comm.size()});
    });
    return results;
}

inline void execute(Operation& operation)
{
    operation.start();
    operation.finish();
}

inline void compute(const SimulatedRank& me, double seconds)
{
    execute(*me.group.prepare_compute({.seconds = seconds}));
}

inline CollectiveCall call_of(Collective collective, std::uint64_t count)
{
    CollectiveCall call;
    call.collective = collective;
    call.count = count;
    return call;
}

/// As `call`, with the counts of a mildly uneven alltoallv where it is one.
inline CollectiveCall with_counts(CollectiveCall call, int rank, int ranks)
{
    if (call.collective == Collective::alltoallv) {
        std::vector<std::uint64_t> sent;
        std::vector<std::uint64_t> received;
        for (int peer = 0; peer < ranks; ++peer) {
            const int uneven = call.in_place ? 0 : 1;
            sent.push_back(call.count + static_cast<std::uint64_t>(uneven * (2 * rank + peer)));
            received.push_back(call.count + static_cast<std::uint64_t>(uneven * (2 * peer + rank)));
        }
        call.send_counts = sent;
        call.recv_counts = received;
    }
    return call;
}

/// The buffers of one call on one rank, filled with its input, and what must be there afterwards.
class PreparedCall {
public:
    PreparedCall(const SimulatedRank& me, CollectiveCall call)
        : call_(std::move(call)), rank_(me.rank), ranks_(me.ranks), one_buffer_(call_.in_place || is_broadcast())
    {
        const BufferElements elements = buffer_elements(call_, rank_, ranks_);
        const std::uint64_t element = size_of(call_.dtype);
        recv_ = me.group.allocate((one_buffer_ ? std::max(elements.send, elements.recv) : elements.recv) * element);
        send_ = me.group.allocate(one_buffer_ ? 0 : elements.send * element);
        if (call_.in_place) {
            offsets_ = in_place_offsets(call_, rank_, ranks_);
        }
        recv_->fill(std::byte{0xA5});
        std::vector<std::byte> input((is_broadcast() ? elements.recv : elements.send) * element);
        fill_input(call_, rank_, ranks_, 0, input);
        if (!is_broadcast() || rank_ == call_.root) {
            send().upload(offsets_.input * element, input);
        }
        operation_ = me.group.prepare(call_, send(), *recv_);
    }

    void execute() const { test::execute(*operation_); }
    Operation& operation() const { return *operation_; }

    void expect_right() const
    {
        if (!has_output(call_, rank_, ranks_)) {
            return;
        }
        const std::uint64_t element = size_of(call_.dtype);
        std::vector<std::byte> output(buffer_elements(call_, rank_, ranks_).recv * element);
        recv_->download(offsets_.output * element, output);
        const auto mismatch = check_output(call_, rank_, ranks_, 0, output);
        if (mismatch) {
            ADD_FAILURE() << name(call_.collective) << " " << name(call_.dtype) << " " << name(call_.op) << " in place "
                          << call_.in_place << " root " << call_.root << " rank " << rank_ << " of " << ranks_
                          << ": element " << mismatch->element << " is " << mismatch->got << ", not "
                          << mismatch->expected;
        }
    }

private:
    bool is_broadcast() const { return call_.collective == Collective::broadcast; }
    Buffer& send() const { return one_buffer_ ? *recv_ : *send_; }

    CollectiveCall call_;
    int rank_;
    int ranks_;
    bool one_buffer_;
    InPlaceOffsets offsets_;
    std::unique_ptr<Buffer> send_;
    std::unique_ptr<Buffer> recv_;
    std::unique_ptr<Operation> operation_;
};

// One message of 1000 bytes: 1 s on the wire and 0.25 s of latency.
inline const sim::Cluster eager{.latency_s = 0.25, .bandwidth_bytes_per_s = 1000};
inline const sim::Cluster rendezvous{.latency_s = 0.25, .bandwidth_bytes_per_s = 1000, .rendezvous = true};

inline std::vector<std::byte> message(int number, std::uint64_t bytes = 1000)
{
    return std::vector<std::byte>(bytes, static_cast<std::byte>(number));
}

inline std::unique_ptr<Buffer> buffer_with(const SimulatedRank& me, const std::vector<std::byte>& data)
{
    auto buffer = me.group.allocate(data.size());
    buffer->upload(0, data);
    return buffer;
}

inline std::vector<std::byte> content(const Buffer& buffer)
{
    std::vector<std::byte> data(buffer.size_bytes());
    buffer.download(0, data);
    return data;
}

}  // namespace plumbline::test
