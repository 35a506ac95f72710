#include "harness/app/launch.hpp"

#include "collectives/agreement.hpp"
#include "collectives/error.hpp"
#include "collectives/hccl/module.hpp"
#include "collectives/mpi/algorithm_control.hpp"
#include "collectives/mpi/session.hpp"
#include "collectives/mpi/simulator.hpp"
#include "collectives/nccl/module.hpp"
#include "collectives/sim/sim_backend.hpp"
#include "harness/app/loaded_module.hpp"

#include <fmt/format.h>
#include <array>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace plumbline::app {

namespace {

constexpr int wrong_input = 2;
constexpr int broken = 5;

/// Ranks of this rank's host, in the order of the launch.
std::vector<int> ranks_beside(int rank, const Topology& topology)
{
    std::vector<int> ranks;
    for (std::size_t other = 0; other < topology.node_of_rank.size(); ++other) {
        if (topology.node_of_rank[other] == topology.node_of_rank.at(static_cast<std::size_t>(rank))) {
            ranks.push_back(static_cast<int>(other));
        }
    }
    return ranks;
}

/// Collective over world: the device of each rank, on rank 0.
void note_devices(Communicator& world, const Backend& backend, Whereabouts& whereabouts)
{
    const auto devices = gather_texts(world, backend.device(), 0);
    for (std::size_t rank = 0; rank < devices.size(); ++rank) {
        whereabouts.places.at(rank).device = devices[rank];
    }
}

/// Collective over world. Throws ConfigError on every rank when the backend can't be used on one of them.
void require_usable(Communicator& world, std::string_view name, const Availability& here)
{
    std::optional<std::string> objection;
    if (here.why_not) {
        objection = fmt::format("backend '{}' can't be used on {} (rank {}): {}", name, mpi::host_name(), world.rank(),
                                *here.why_not);
    }
    if (const auto why = first_objection(world, objection)) {
        throw ConfigError(*why);
    }
}

/// A backend's name, and what says whether it can be used.
struct Candidate {
    std::string_view name;
    Availability (*find)(const std::string& library);
};

/// MPI as the control plane; `make(session, whereabouts)` brings up the data plane.
template <class Make>
int launch_under_mpi(const Candidate& candidate, const LaunchSettings& settings, const RankBody& body, Make make)
{
    mpi::Session session(nullptr, nullptr);
    Communicator& world = session.world();
    // A rank that throws leaves the others blocked: only the end of the whole launch frees them.
    try {
        Whereabouts whereabouts = find_ranks(world, mpi::host_name());
        std::unique_ptr<Backend> backend;
        try {
            require_usable(world, candidate.name, candidate.find(settings.library));
            backend = make(session, whereabouts);
        } catch (const ConfigError& error) {  // the same on every rank, before anything was measured
            if (world.rank() == 0) {
                std::cerr << "plumbline: " << error.what() << '\n';
            }
            return wrong_input;
        }
        note_devices(world, *backend, whereabouts);
        const auto aligner = backend->aligns_ranks() ? nullptr : session.make_backend();
        return body({world, *backend, std::move(whereabouts), aligner.get()});
    } catch (const std::exception& error) {
        std::cerr << fmt::format("plumbline: rank {} of {}: {}. The launch ends here; finished cases are kept\n",
                                 world.rank(), world.size(), error.what());
        world.abort(broken);
    }
    return broken;
}

Availability find_mpi(const std::string& library)
{
    if (!library.empty()) {
        return {mpi::library_version(),
                "plumbline is linked to its MPI. Choose one with LD_LIBRARY_PATH, not with --backend-library"};
    }
    return {mpi::library_version(), std::nullopt};
}

int launch_mpi(const LaunchSettings& settings, const RankBody& body)
{
    if (asks_for_algorithms(settings.scenario)) {
        mpi::allow_algorithms();
    }
    return launch_under_mpi({"mpi", find_mpi}, settings, body,
                            [](mpi::Session& session, const Whereabouts&) { return session.make_backend(); });
}

/// Collective over world: rank 0's options on every rank, since others may not see the scenario's file.
BackendOptions share_options(Communicator& world, const BackendOptions& options)
{
    std::string text;
    for (const auto& [key, value] : options) {
        text += fmt::format("{}\n{}\n", key, value);
    }
    std::istringstream lines(broadcast_text(world, text, 0));
    BackendOptions shared;
    for (std::string key, value; std::getline(lines, key) && std::getline(lines, value);) {
        shared[key] = value;
    }
    return shared;
}

/// `module()` once the backend is known to be usable.
template <class Module>
int launch_module(const Candidate& candidate, Module module, const LaunchSettings& settings, const RankBody& body)
{
    std::unique_ptr<Communicator> host;  // outlives the backend
    return launch_under_mpi(candidate, settings, body, [&](mpi::Session& session, const Whereabouts& whereabouts) {
        Communicator& world = session.world();
        host = world.subgroup(ranks_beside(world.rank(), whereabouts.topology));
        return module().make({.world = world,
                              .host = *host,
                              .host_name = mpi::host_name(),
                              .library = settings.library,
                              .options = share_options(world, settings.scenario.backend_options)});
    });
}

template <const BackendModule& (*module)()>
Availability find_linked(const std::string& library)
{
    return module().find(library);
}

template <const BackendModule& (*module)()>
int launch_linked(const LaunchSettings& settings, const RankBody& body)
{
    return launch_module({module().name, find_linked<module>}, module, settings, body);
}

Availability find_gloo(const std::string& library)
{
    try {
        return loaded_module("gloo", library).find(library);
    } catch (const ConfigError& error) {
        return {"", error.what()};
    }
}

int launch_gloo(const LaunchSettings& settings, const RankBody& body)
{
    return launch_module(
        {"gloo", find_gloo}, [&]() -> const BackendModule& { return loaded_module("gloo", settings.library); },
        settings, body);
}

Availability find_sim(const std::string& library)
{
    if (!library.empty()) {
        return {"built in", "it is built in and has no library. Leave --backend-library out"};
    }
    return {"built in", std::nullopt};
}

int launch_sim(const LaunchSettings& settings, const RankBody& body)
{
    if (const auto why = find_sim(settings.library).why_not) {
        throw ConfigError(fmt::format("backend 'sim' can't be used: {}", *why));
    }
    const Scenario& scenario = settings.scenario;
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

/// One row a backend; this table alone knows them.
constexpr std::array backends{
    BackendEntry{"mpi", "host memory, over the MPI that plumbline was built with", find_mpi, launch_mpi},
    BackendEntry{"gloo", "host memory, over Gloo's TCP transport", find_gloo, launch_gloo},
    BackendEntry{"nccl", "NVIDIA devices, over NCCL (opened at run time)", find_linked<nccl::nccl_module>,
                 launch_linked<nccl::nccl_module>},
    BackendEntry{"rccl", "AMD devices, over RCCL (opened at run time)", find_linked<nccl::rccl_module>,
                 launch_linked<nccl::rccl_module>},
    BackendEntry{"hccl", "Huawei Ascend devices, over HCCL (opened at run time)", find_linked<hccl::hccl_module>,
                 launch_linked<hccl::hccl_module>},
    BackendEntry{"sim", "a simulated cluster in this process (virtual clock); never a measurement", find_sim,
                 launch_sim},
};

}  // namespace

std::span<const BackendEntry> all_backends()
{
    return backends;
}

const BackendEntry& backend_named(std::string_view name)
{
    std::string known;
    for (const BackendEntry& entry : backends) {
        if (entry.name == name) {
            return entry;
        }
        known += known.empty() ? "" : ", ";
        known += entry.name;
    }
    throw ConfigError(fmt::format("no backend '{}' (there are {}). See 'plumbline list backends'", name, known));
}

}  // namespace plumbline::app
