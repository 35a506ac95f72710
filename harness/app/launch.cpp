#include "harness/app/launch.hpp"

#include "collectives/error.hpp"
#include "collectives/mpi/session.hpp"
#include "collectives/mpi/simulator.hpp"
#include "collectives/sim/sim_backend.hpp"

#include <fmt/format.h>
#include <array>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <string>

namespace plumbline::app {

namespace {

constexpr int broken = 5;

int launch_mpi(const Scenario&, const RankBody& body)
{
    mpi::Session session(nullptr, nullptr);
    Communicator& world = session.world();
    // A rank that throws leaves the others blocked: only the end of the whole launch frees them.
    try {
        const auto backend = session.make_backend();
        return body({world, *backend, find_ranks(world, mpi::host_name())});
    } catch (const ConfigError&) {
        throw;  // the same on every rank, before anything was measured
    } catch (const std::exception& error) {
        std::cerr << fmt::format("plumbline: rank {} of {}: {}. The launch ends here; finished cases are kept\n",
                                 world.rank(), world.size(), error.what());
        world.abort(broken);
    }
    return broken;
}

int launch_sim(const Scenario& scenario, const RankBody& body)
{
    const int ranks = scenario.simulated_ranks;
    std::atomic<int> status{broken};
    sim::run_simulated(scenario.cluster, ranks, [&](Communicator& world, Backend& backend) {
        const int mine = body({world, backend, simulated_ranks(ranks, scenario.cluster.ranks_per_node)});
        if (world.rank() == 0) {
            status = mine;
        }
    });
    return status;
}

std::optional<std::string> always_usable()
{
    return std::nullopt;
}

std::string sim_version()
{
    return "built in";
}

constexpr std::array backends{
    BackendEntry{"mpi", "host memory over the MPI that plumbline was built with", mpi::library_version, always_usable,
                 launch_mpi},
    BackendEntry{"sim", "a simulated cluster (alpha-beta links, virtual clock) in this process; never a measurement",
                 sim_version, always_usable, launch_sim},
};

}  // namespace

std::span<const BackendEntry> all_backends()
{
    return backends;
}

const BackendEntry& find_backend(std::string_view name)
{
    std::string known;
    for (const BackendEntry& entry : backends) {
        if (entry.name == name) {
            if (const auto why = entry.unusable_reason()) {
                throw ConfigError(
                    fmt::format("backend '{}' can't be used here ({}). Choose another with --backend", name, *why));
            }
            return entry;
        }
        known += known.empty() ? "" : ", ";
        known += entry.name;
    }
    throw ConfigError(fmt::format("no backend '{}' (there are {}). See 'plumbline list backends'", name, known));
}

}  // namespace plumbline::app
