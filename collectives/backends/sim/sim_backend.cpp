// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/sim/sim_backend.hpp"

#include "collectives/backends/sim/fabric.hpp"
#include "collectives/backends/sim/fiber_group.hpp"
#include "collectives/backends/sim/sim_group.hpp"
#include "collectives/backends/sim/virtual_time.hpp"
#include "collectives/util/units.hpp"

#include <fmt/format.h>

#include <exception>
#include <utility>

namespace plumbline::sim {
namespace {

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
    if (cluster.burst_bytes != 0) {
        facts.emplace_back("bytes that a rested link lets through at once", format_bytes(cluster.burst_bytes));
    }
    if (cluster.launch_s != 0) {
        facts.emplace_back("start of a collective", format_seconds(cluster.launch_s));
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

std::unique_ptr<Group> SimBackend::make_group(Communicator& members)
{
    return make_sim_group(impl_->fabric, impl_->world_rank, members);
}

void run_simulated(const Cluster& cluster, int ranks, const std::function<void(Communicator&, SimBackend&)>& body)
{
    const auto fabric = make_fabric(cluster, ranks);
    run_as_fibers(ranks, [&](Communicator& world) {
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
