#include "collectives/backends/sim/sim_backend.hpp"

#include "collectives/api/call_checks.hpp"
#include "collectives/backends/sim/fabric.hpp"
#include "collectives/backends/sim/move_data.hpp"
#include "collectives/backends/sim/thread_group.hpp"
#include "collectives/backends/sim/virtual_time.hpp"
#include "collectives/util/units.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <exception>
#include <fstream>
#include <limits>
#include <span>
#include <stdexcept>
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
class HollowBuffer final : public Buffer {
public:
    explicit HollowBuffer(std::uint64_t bytes) : bytes_(bytes) {}
    std::uint64_t size_bytes() const override { return bytes_; }
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
    if (const auto* hollow = dynamic_cast<const HollowBuffer*>(&buffer)) {
        return hollow->window(offset_bytes, size);
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
    std::shared_ptr<const std::vector<int>> company;  ///< Party::company
    std::uint64_t rounds = 0;

    std::uint64_t arrive(const Participant& party)
    {
        shared.arrive(rounds, rank, party, state.time_s);
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

class CollectiveOperation final : public Operation {
public:
    CollectiveOperation(Membership& me, CollectiveCall call, std::span<const std::byte> input,
                        std::span<std::byte> output)
        : me_(me),
          call_(std::move(call)),
          party_{.call = &call_, .input = input, .output = output, .company = {}},
          in_flight_(me.shared)
    {
    }

    void start() override
    {
        in_flight_.begin();
        company_ = me_.company;
        party_.company = *company_;
        round_ = me_.arrive(party_);
    }

    void finish() override
    {
        done_s_ = me_.depart(round_);
        in_flight_.end();
    }

    std::optional<double> done_at_s() const override { return me_.shows.shown_s(done_s_); }

private:
    Membership& me_;
    CollectiveCall call_;
    std::shared_ptr<const std::vector<int>> company_;  ///< of this execution, that `party_` refers to
    Participant party_;
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
        if (company_ != me_.company) {
            company_ = me_.company;
            bytes_per_s_ = me_.shared.bytes_per_s(me_.rank, peer_, *company_);
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
    std::shared_ptr<const std::vector<int>> company_;  ///< that the rate is of
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
    const auto differs = [&](std::uint64_t count) { return count != call.send_counts.front(); };
    return std::ranges::none_of(call.send_counts, differs) && std::ranges::none_of(call.recv_counts, differs);
}

class SimGroup final : public Group {
public:
    SimGroup(std::shared_ptr<Fabric> fabric, std::shared_ptr<SharedGroup> shared, int world_rank,
             const Communicator& members)
        : fabric_(std::move(fabric)),
          shared_(std::move(shared)),
          world_rank_(world_rank),
          size_(members.size()),
          me_{.shared = *shared_,
              .state = fabric_->rank(world_rank),
              .rank = members.rank(),
              .shows = node_clock(fabric_->cluster(), world_rank),
              .company = nullptr}
    {
        announce_concurrent_ranks(members.members());
    }

    int rank() const override { return me_.rank; }
    int size() const override { return size_; }

    std::optional<std::string> unsupported_reason(const CollectiveCall& call) const override
    {
        if (auto why = invalid_call_reason(call, size_)) {
            return why;
        }
        if (call.in_place && call.collective == Collective::alltoallv && !even(call)) {
            return "in-place alltoallv needs the same count for every pair of ranks";
        }
        return std::nullopt;
    }

    std::unique_ptr<Buffer> allocate(std::uint64_t bytes) override
    {
        // A sanitizer ends the program that asks operator new for so much.
        constexpr std::uint64_t more_than_any_host_has = 1ULL << 40U;
        if (bytes >= more_than_any_host_has) {
            throw std::bad_alloc();
        }
        return std::make_unique<SimBuffer>(bytes);
    }

    std::unique_ptr<Buffer> allocate_scratch(std::uint64_t bytes) override
    {
        return std::make_unique<HollowBuffer>(bytes);
    }
    std::uint64_t available_scratch_bytes() const override { return std::numeric_limits<std::uint64_t>::max(); }

    std::uint64_t available_bytes() const override
    {
        return available_memory_bytes() / static_cast<std::uint64_t>(fabric_->ranks());
    }

    std::unique_ptr<Operation> prepare(const CollectiveCall& call, Buffer& send, Buffer& recv) override
    {
        const BufferElements elements = buffer_elements(call, rank(), size());
        const InPlaceOffsets offsets = call.in_place ? in_place_offsets(call) : InPlaceOffsets{};
        const std::uint64_t element = size_of(call.dtype);
        return std::make_unique<CollectiveOperation>(me_, call,
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

    std::unique_ptr<Operation> prepare_nonblocking(const CollectiveCall& call, Buffer& send, Buffer& recv) override
    {
        return prepare(call, send, recv);
    }
    std::string overlap_method() const override { return "by themselves, one after the other in each group"; }

    /// Whatever stands in for it takes its nominal time.
    std::optional<std::string> unsupported_compute(const ComputeCall&) const override { return std::nullopt; }

    std::unique_ptr<Operation> prepare_compute(const ComputeCall& call) override
    {
        return std::make_unique<ComputeOperation>(me_.state, fabric_->cluster(), world_rank_, call.seconds);
    }

    void announce_concurrent_ranks(std::span<const int> ranks) override
    {
        me_.company = std::make_shared<const std::vector<int>>(ranks.begin(), ranks.end());
    }

    void synchronize() override
    {
        me_.depart(me_.arrive({}));
        me_.state.time_s += fabric_->cluster().barrier_skew_s * rank() / std::max(size() - 1, 1) +
                            delay_s(fabric_->cluster(), world_rank_);
    }

private:
    std::shared_ptr<Fabric> fabric_;
    std::shared_ptr<SharedGroup> shared_;
    int world_rank_;
    int size_;
    Membership me_;
};

Facts facts_of(const Cluster& cluster)
{
    Facts facts{
        {"library", "simulated alpha-beta cluster"},
        {"latency (alpha)", format_seconds(cluster.latency_s)},
        {"link bandwidth (1/beta)", format_gigabytes_per_second(cluster.bandwidth_bytes_per_s) + " GB/s"},
        {"messages", cluster.rendezvous ? "rendezvous" : "eager"},
        {"noise", cluster.noise == 0 ? "none" : fmt::format("half-normal, scale {} of each cost", cluster.noise)},
        {"noise seed", fmt::format("{}", cluster.seed)},
    };
    if (cluster.shared.nic_bytes_per_s > 0) {
        facts.emplace_back("NIC of a node", format_gigabytes_per_second(cluster.shared.nic_bytes_per_s) + " GB/s");
    }
    if (cluster.shared.leaf_nodes > 0) {
        facts.emplace_back(fmt::format("up-links of a leaf of {} nodes", cluster.shared.leaf_nodes),
                           format_gigabytes_per_second(cluster.shared.uplink_bytes_per_s) + " GB/s");
    }
    for (const auto& [rank, factor] : cluster.slow_ranks) {
        facts.emplace_back(fmt::format("slow rank {}", rank), fmt::format("{} times slower", factor));
    }
    for (const auto& [rank, delay_s] : cluster.inbound_delay_s) {
        facts.emplace_back(fmt::format("messages to rank {}", rank), format_seconds(delay_s) + " later");
    }
    for (const Fault& fault : cluster.faults) {
        facts.emplace_back("planted", describe(fault));
    }
    if (cluster.link_spread != 0) {
        facts.emplace_back("standing difference of links", fmt::format("e^({} N(0,1))", cluster.link_spread));
    }
    if (cluster.outlier_share != 0) {
        facts.emplace_back("outliers", fmt::format("{} of all executions take {} times as long", cluster.outlier_share,
                                                   cluster.outlier_factor));
    }
    if (cluster.clock_offset_s != 0 || cluster.clock_drift != 0) {
        facts.emplace_back("clocks", fmt::format("off by up to {}, drift up to {}",
                                                 format_seconds(cluster.clock_offset_s), cluster.clock_drift));
    }
    if (cluster.barrier_skew_s != 0) {
        facts.emplace_back("barrier's exit skew", format_seconds(cluster.barrier_skew_s));
    }
    return facts;
}

}  // namespace

std::shared_ptr<Fabric> make_fabric(const Cluster& cluster, int ranks)
{
    return std::make_shared<Fabric>(cluster, ranks);
}

struct SimBackend::Impl {
    std::shared_ptr<Fabric> fabric;
    int world_rank;
    RankClock clock;
    BackendInfo info;
    int exceptions_at_birth = std::uncaught_exceptions();
};

SimBackend::SimBackend(std::shared_ptr<Fabric> fabric, int world_rank)
{
    const Cluster& cluster = fabric->cluster();
    const RankClock clock(fabric->rank(world_rank), node_clock(cluster, world_rank));
    BackendInfo info{.name = "sim", .kind = LibraryKind::simulated, .facts = facts_of(cluster)};
    impl_ = std::make_unique<Impl>(
        Impl{.fabric = std::move(fabric), .world_rank = world_rank, .clock = clock, .info = std::move(info)});
}

SimBackend::~SimBackend()
{
    if (std::uncaught_exceptions() > impl_->exceptions_at_birth) {
        impl_->fabric->cancel(nullptr);
    }
}

const BackendInfo& SimBackend::info() const
{
    return impl_->info;
}

const Clock& SimBackend::clock() const
{
    return impl_->clock;
}

std::unique_ptr<Group> SimBackend::join(Communicator& members)
{
    const std::shared_ptr<Fabric>& fabric = impl_->fabric;
    RankState& state = fabric->rank(impl_->world_rank);
    return std::make_unique<SimGroup>(fabric, fabric->join(members.members(), state), impl_->world_rank, members);
}

void run_simulated(const Cluster& cluster, int ranks, const std::function<void(Communicator&, SimBackend&)>& body)
{
    const auto fabric = make_fabric(cluster, ranks);
    run_as_threads(ranks, [&](Communicator& world) {
        SimBackend backend(fabric, world.rank());
        try {
            body(world, backend);
        } catch (...) {
            fabric->cancel(std::current_exception());
            throw;
        }
    });
}

}  // namespace plumbline::sim
