// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/sim/sim_group.hpp"

#include "collectives/api/call_checks.hpp"
#include "collectives/api/operation_group.hpp"
#include "collectives/backends/sim/move_data.hpp"
#include "collectives/backends/sim/virtual_time.hpp"

#include <algorithm>
#include <cstddef>
#include <fstream>
#include <limits>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline::sim {
namespace {

class SimBuffer final : public Buffer {
public:
    explicit SimBuffer(std::uint64_t bytes) : bytes_(bytes) {}
    std::uint64_t size_bytes() const override { return bytes_.size(); }
    void upload(std::uint64_t offset_bytes, std::span<const std::byte> data) override
    {
        require_range(offset_bytes, data.size(), bytes_.size());
        copy_bytes(std::span(bytes_).subspan(offset_bytes, data.size()), data);
    }
    void download(std::uint64_t offset_bytes, std::span<std::byte> data) const override
    {
        require_range(offset_bytes, data.size(), bytes_.size());
        copy_bytes(data, std::span(bytes_).subspan(offset_bytes, data.size()));
    }
    void fill(std::byte value) override { std::ranges::fill(bytes_, value); }

    /// Throws std::logic_error where the buffer is shorter.
    std::span<std::byte> window(std::uint64_t offset_bytes, std::uint64_t size)
    {
        if (offset_bytes + size > bytes_.size()) {
            throw std::logic_error("a buffer is too small for its operation");
        }
        return std::span(bytes_).subspan(offset_bytes, size);
    }

private:
    std::vector<std::byte> bytes_;
};

/// Only its size is there: a simulated cluster can hold more than this machine.
class VirtualBuffer final : public Buffer {
public:
    explicit VirtualBuffer(std::uint64_t bytes) : bytes_(bytes) {}
    std::uint64_t size_bytes() const override { return bytes_; }
    bool holds_data() const override { return false; }
    void upload(std::uint64_t, std::span<const std::byte>) override { refuse(); }
    void download(std::uint64_t, std::span<std::byte>) const override { refuse(); }
    void fill(std::byte) override {}

    std::span<std::byte> window(std::uint64_t offset_bytes, std::uint64_t size) const
    {
        if (offset_bytes + size > bytes_) {
            throw std::logic_error("a buffer is too small for its operation");
        }
        return {static_cast<std::byte*>(nullptr), size};
    }

private:
    [[noreturn]] static void refuse() { throw std::logic_error("memory that nobody reads was read"); }
    std::uint64_t bytes_;
};

std::span<std::byte> window(Buffer& buffer, std::uint64_t offset_bytes, std::uint64_t size)
{
    if (const auto* scratch = dynamic_cast<const VirtualBuffer*>(&buffer)) {
        return scratch->window(offset_bytes, size);
    }
    return checked_cast<SimBuffer>(buffer).window(offset_bytes, size);
}

/// Ends the group when an operation is destroyed between start() and finish(): the others would touch its memory.
class InFlight {
public:
    explicit InFlight(SharedGroup& group) : group_(group) {}
    InFlight(const InFlight&) = delete;
    InFlight& operator=(const InFlight&) = delete;
    ~InFlight()
    {
        if (pending_) {
            group_.cancel(nullptr);
        }
    }
    void begin() { pending_ = true; }
    void end() { pending_ = false; }

private:
    SharedGroup& group_;
    bool pending_ = false;
};

/// One rank's place in a group.
struct Membership {
    SharedGroup& shared;
    RankState& state;
    int rank;
    NodeClock shows;
    const std::vector<int>* concurrent_ranks;  ///< Participant::concurrent_ranks, of Fabric::ranks_once()
    std::uint64_t rounds = 0;

    std::uint64_t arrive(const Participant& participant)
    {
        shared.arrive(rounds, rank, participant, state.time_s);
        return rounds++;
    }
    /// Returns the moment at which the round was done here.
    double depart(std::uint64_t round)
    {
        const double done_s = shared.depart(round, rank);
        state.advance_to(done_s);
        return done_s;
    }
};

class CollectiveOperation final : public Operation, private OverlapControl {
public:
    CollectiveOperation(Membership& me, double launch_s, CollectiveCall call, std::span<const std::byte> input,
                        std::span<std::byte> output)
        : me_(me),
          launch_s_(launch_s),
          call_(std::move(call)),
          participant_{.call = &call_, .input = input, .output = output, .concurrent_ranks = {}},
          in_flight_(me.shared)
    {
    }

    void start() override
    {
        in_flight_.begin();
        participant_.concurrent_ranks = *me_.concurrent_ranks;
        me_.state.time_s += launch_s_;
        round_ = me_.arrive(participant_);
    }

    void finish() override
    {
        done_s_ = me_.depart(round_);
        in_flight_.end();
    }

    OverlapControl* overlap() override { return this; }

private:
    /// It moves on by itself.
    bool test() override { return false; }
    std::optional<double> done_at_s() const override { return me_.shows.shown_s(done_s_); }

    Membership& me_;
    double launch_s_;
    CollectiveCall call_;
    Participant participant_;
    std::uint64_t round_ = 0;
    double done_s_ = 0;
    InFlight in_flight_;
};

class SendOperation final : public Operation {
public:
    SendOperation(Membership& me, int peer, int tag, std::span<const std::byte> data)
        : me_(me), peer_(peer), channel_(me.shared.channel(me.rank, peer, tag)), data_(data), in_flight_(me.shared)
    {
    }

    void start() override
    {
        in_flight_.begin();
        if (concurrent_ranks_ != me_.concurrent_ranks) {
            concurrent_ranks_ = me_.concurrent_ranks;
            bytes_per_s_ = me_.shared.bytes_per_s(me_.rank, peer_, *concurrent_ranks_);
        }
        number_ = channel_.post_send(data_, bytes_per_s_, me_.state);
    }

    void finish() override
    {
        channel_.finish_send(number_, me_.state);
        in_flight_.end();
    }

private:
    Membership& me_;
    int peer_;
    Channel& channel_;
    std::span<const std::byte> data_;
    const std::vector<int>* concurrent_ranks_ = nullptr;  ///< that the rate is of
    double bytes_per_s_ = 0;
    std::uint64_t number_ = 0;
    InFlight in_flight_;
};

class ReceiveOperation final : public Operation {
public:
    ReceiveOperation(Membership& me, int peer, int tag, std::span<std::byte> sink)
        : state_(me.state), channel_(me.shared.channel(peer, me.rank, tag)), sink_(sink), in_flight_(me.shared)
    {
    }

    void start() override
    {
        in_flight_.begin();
        number_ = channel_.post_receive(sink_, state_);
    }

    void finish() override
    {
        channel_.finish_receive(number_, state_);
        in_flight_.end();
    }

private:
    RankState& state_;
    Channel& channel_;
    std::span<std::byte> sink_;
    std::uint64_t number_ = 0;
    InFlight in_flight_;
};

class ComputeOperation final : public Operation {
public:
    ComputeOperation(RankState& state, const Cluster& cluster, int world_rank, double seconds)
        : state_(state),
          cluster_(cluster),
          stream_(hash_of({as_word(world_rank)})),
          cost_s_(seconds * compute_factor(cluster, world_rank))
    {
    }
    void start() override { state_.time_s += cost_s_ * noise_factor(cluster_, stream_, state_.computes++); }
    void finish() override {}

private:
    RankState& state_;
    const Cluster& cluster_;
    std::uint64_t stream_;
    double cost_s_;
};

/// What this machine can still give, or the largest number where it does not say.
std::uint64_t available_memory_bytes()
{
    std::ifstream meminfo("/proc/meminfo");
    std::string line;
    while (std::getline(meminfo, line)) {
        constexpr std::string_view key = "MemAvailable:";
        if (line.starts_with(key)) {
            return std::stoull(line.substr(key.size())) * 1024;
        }
    }
    return std::numeric_limits<std::uint64_t>::max();
}

bool even(const CollectiveCall& call)
{
    return call.send_counts.is_even() && call.recv_counts.is_even() &&
           (call.send_counts.empty() || call.send_counts[0] == call.recv_counts[0]);
}

class SimGroup final : public Group, private CollectiveQueue {
public:
    SimGroup(std::shared_ptr<Fabric> fabric, std::shared_ptr<SharedGroup> shared, int world_rank,
             const Communicator& members)
        : Group(members.rank(), members.size()),
          fabric_(std::move(fabric)),
          shared_(std::move(shared)),
          world_rank_(world_rank),
          me_{.shared = *shared_,
              .state = fabric_->rank(world_rank),
              .rank = members.rank(),
              .shows = node_clock(fabric_->cluster(), world_rank),
              .concurrent_ranks = nullptr}
    {
        announce_concurrent_ranks(members.members());
    }

    std::optional<std::string> unsupported_reason(const CollectiveCall& call) const override
    {
        if (auto why = invalid_call_reason(call, size())) {
            return why;
        }
        if (auto why = missing_call_form(call)) {
            return why;
        }
        if (call.in_place && call.collective == Collective::alltoallv && !even(call)) {
            return "in-place alltoallv needs the same count for every pair of ranks";
        }
        return std::nullopt;
    }

    std::unique_ptr<Buffer> allocate(std::uint64_t bytes, MemoryUse use) override
    {
        if (use == MemoryUse::scratch) {
            return std::make_unique<VirtualBuffer>(bytes);
        }
        // A sanitizer ends the program that asks operator new for so much.
        constexpr std::uint64_t more_than_any_host_has = 1ULL << 40U;
        if (bytes >= more_than_any_host_has) {
            throw std::bad_alloc();
        }
        return std::make_unique<SimBuffer>(bytes);
    }

    std::uint64_t available_bytes(MemoryUse use) const override
    {
        if (use == MemoryUse::scratch) {
            return std::numeric_limits<std::uint64_t>::max();
        }
        return available_memory_bytes() / static_cast<std::uint64_t>(fabric_->ranks());
    }

    std::unique_ptr<Operation> prepare(const CollectiveCall& call, Buffer& send, Buffer& recv) override
    {
        const BufferElements elements = buffer_elements(call, rank(), size());
        const InPlaceOffsets offsets = call.in_place ? in_place_offsets(call) : InPlaceOffsets{};
        const std::uint64_t element = size_of(call.dtype);
        return std::make_unique<CollectiveOperation>(me_, fabric_->cluster().launch_s, call,
                                                     window(send, offsets.input * element, elements.send * element),
                                                     window(recv, offsets.output * element, elements.recv * element));
    }

    std::unique_ptr<Operation> prepare_send(int peer, int tag, Buffer& buffer, std::uint64_t bytes) override
    {
        return std::make_unique<SendOperation>(me_, peer, tag, window(buffer, 0, bytes));
    }

    std::unique_ptr<Operation> prepare_receive(int peer, int tag, Buffer& buffer, std::uint64_t bytes) override
    {
        return std::make_unique<ReceiveOperation>(me_, peer, tag, window(buffer, 0, bytes));
    }

    CollectiveQueue* collective_queue() override { return this; }

    /// Whatever stands in for it takes its nominal time.
    std::optional<std::string> unsupported_compute(const ComputeCall&) const override { return std::nullopt; }

    std::unique_ptr<Operation> prepare_compute(const ComputeCall& call) override
    {
        return std::make_unique<ComputeOperation>(me_.state, fabric_->cluster(), world_rank_, call.seconds);
    }

    void announce_concurrent_ranks(std::span<const int> ranks) override
    {
        me_.concurrent_ranks = &fabric_->ranks_once(ranks);
    }

    void synchronize() override
    {
        me_.depart(me_.arrive({}));
        me_.state.time_s += fabric_->cluster().barrier_skew_s * rank() / std::max(size() - 1, 1) +
                            delay_s(fabric_->cluster(), world_rank_);
    }

private:
    /// Collectives of one group wait for each other, as on one stream: nothing has to be said against any.
    std::optional<std::string> unqueueable_reason(const CollectiveCall&) const override { return std::nullopt; }
    std::size_t buffer_pairs(std::size_t) const override { return 1; }
    std::unique_ptr<Operation> prepare_chain(const CollectiveCall& call, std::span<const BufferPair> pairs,
                                             std::size_t length) override
    {
        std::vector<std::unique_ptr<Operation>> parts;
        for (std::size_t i = 0; i < length; ++i) {
            parts.push_back(prepare(call, *pairs.front().send, *pairs.front().recv));
        }
        return std::make_unique<OperationGroup>(std::move(parts));
    }

    std::shared_ptr<Fabric> fabric_;
    std::shared_ptr<SharedGroup> shared_;
    int world_rank_;
    Membership me_;
};

}  // namespace

std::unique_ptr<Group> make_sim_group(std::shared_ptr<Fabric> fabric, int world_rank, const Communicator& members)
{
    auto shared = fabric->join(members.members(), fabric->rank(world_rank));
    return std::make_unique<SimGroup>(std::move(fabric), std::move(shared), world_rank, members);
}

}  // namespace plumbline::sim
