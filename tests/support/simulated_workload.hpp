// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/sim/cost_model.hpp"
#include "collectives/backends/sim/sim_backend.hpp"
#include "collectives/workloads/catalogue.hpp"
#include "collectives/workloads/executor.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <map>
#include <memory>
#include <utility>
#include <vector>

namespace plumbline::test {

inline constexpr double alpha = 1e-5;
inline constexpr double bandwidth = 1e9;
inline const sim::Cluster wires{.latency_s = alpha, .bandwidth_bytes_per_s = bandwidth};

/// What an operation of `bytes` costs over these wires, in closed form.
inline double cost(Collective collective, int ranks, double bytes)
{
    return sim::collective_seconds(collective, ranks, static_cast<std::uint64_t>(bytes), 1, alpha, bandwidth);
}

/// The groups of a workload's subgroups, over all world ranks.
class Subgroups {
public:
    Subgroups(Communicator& world, Backend& backend) : world_(world), backend_(backend) {}
    std::vector<Group*> operator()(const std::vector<std::vector<int>>& subgroups)
    {
        std::vector<Group*> groups;
        std::ranges::transform(subgroups, std::back_inserter(groups),
                               [&](const std::vector<int>& ranks) { return &group_of(ranks); });
        return groups;
    }

private:
    Group& group_of(const std::vector<int>& ranks)
    {
        auto& subgroup = subgroups_[ranks];
        if (!subgroup.second) {
            subgroup.first = world_.subgroup(ranks);
            subgroup.second = backend_.make_group(*subgroup.first);
            subgroup.second->announce_concurrent_ranks(world_.members());
        }
        return *subgroup.second;
    }

    Communicator& world_;
    Backend& backend_;
    std::map<std::vector<int>, std::pair<std::unique_ptr<Communicator>, std::unique_ptr<Group>>> subgroups_;
};

struct Outcome {
    double step_s = 0;                ///< slowest rank
    std::vector<StepShares> of_rank;  ///< of the second of two executions
};

/// `spec` on all ranks of a simulated launch.
template <class Spec>
Outcome run(const sim::Cluster& cluster, const Spec& spec, int ranks)
{
    Outcome outcome;
    outcome.of_rank.resize(static_cast<std::size_t>(ranks));
    std::vector<double> times(static_cast<std::size_t>(ranks));
    sim::run_simulated(cluster, ranks, [&](Communicator& world, Backend& backend) {
        const auto group = backend.make_group(world);
        Subgroups subgroups(world, backend);
        WorkloadOperation step(*group, backend.clock(), program_of(spec, world.rank(), ranks), std::ref(subgroups));
        const auto me = static_cast<std::size_t>(world.rank());
        for (int turn = 0; turn < 2; ++turn) {
            group->synchronize();
            const double begin_s = backend.clock().now_s();
            step.start();
            step.finish();
            times[me] = backend.clock().now_s() - begin_s;
        }
        outcome.of_rank[me] = step.shares();
    });
    outcome.step_s = std::ranges::max(times);
    return outcome;
}

}  // namespace plumbline::test
