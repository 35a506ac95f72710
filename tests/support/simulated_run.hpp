// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/backends/sim/sim_backend.hpp"
#include "harness/run/plan_executor.hpp"
#include "tests/support/memory_sink.hpp"

#include <cstddef>
#include <vector>

namespace plumbline::test {

/// The records of a scenario's whole plan on a simulated cluster: node_of_rank follows from cluster.ranks_per_node.
inline std::vector<CaseRecord> run_on(const sim::Cluster& cluster, int ranks, const Scenario& scenario)
{
    Topology topology;
    for (int rank = 0; rank < ranks; ++rank) {
        topology.node_of_rank.push_back(rank / cluster.ranks_per_node);
    }
    const Plan plan = make_plan(scenario, topology);
    MemorySink writer_rank;
    sim::run_simulated(cluster, ranks, [&](Communicator& world, Backend& backend) {
        NullSink nothing;
        NullProgress quiet;
        ResultSink& sink = world.rank() == 0 ? static_cast<ResultSink&>(writer_rank) : nothing;
        run_plan({.world = world,
                  .backend = backend,
                  .scenario = scenario,
                  .plan = plan,
                  .topology = topology,
                  .sink = sink,
                  .progress = quiet,
                  .stored = {}});
    });
    return writer_rank.records;
}

}  // namespace plumbline::test
