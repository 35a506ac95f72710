// SPDX-License-Identifier: Apache-2.0
#include "harness/launch/launch.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/backends/hccl/module.hpp"
#include "collectives/backends/mpi/algorithm_control.hpp"
#include "collectives/backends/mpi/session.hpp"
#include "collectives/backends/mpi/simulator.hpp"
#include "collectives/backends/nccl/module.hpp"
#include "collectives/backends/sim/sim_backend.hpp"
#include "collectives/util/error.hpp"
#include "collectives/util/error_text.hpp"
#include "collectives/util/nearest_word.hpp"
#include "harness/host/machine.hpp"
#include "harness/launch/loaded_module.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <memory>
#include <optional>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline::app {

namespace {

constexpr int wrong_input = 2;
constexpr int broken = 5;
constexpr std::string_view simulator = "sim";

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
void note_devices(Communicator& world, const Backend& backend, LaunchTopology& whereabouts)
{
    const auto devices = gather_texts(world, backend.info().device, 0);
    for (std::size_t rank = 0; rank < devices.size(); ++rank) {
        whereabouts.places.at(rank).device = devices[rank];
    }
}

/// Collective over world. Throws ConfigError on every rank when the backend can't be used on one of them.
void require_usable(Communicator& world, const BackendModule& module, const std::string& library)
{
    std::optional<std::string> objection;
    if (const Availability here = module.find(library); here.why_not) {
        objection = fmt::format("backend '{}' can't be used on {} (rank {}): {}", module.name, mpi::host_name(),
                                world.rank(), *here.why_not);
    }
    if (const auto why = first_error(world, objection)) {
        throw ConfigError(*why);
    }
}

Availability find_mpi(const std::string& library)
{
    if (!library.empty()) {
        return {mpi::library_version(),
                "plumbline is linked to its MPI. Choose one with LD_LIBRARY_PATH, not with --backend-library"};
    }
    return {mpi::library_version(), std::nullopt};
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

Availability find_gloo(const std::string& library)
{
    try {
        return loaded_module("gloo", library).find(library);
    } catch (const ConfigError& error) {
        return {"", error.what()};
    }
}

std::unique_ptr<Backend> make_gloo(const BackendSetup& setup)
{
    return loaded_module("gloo", setup.library).make(setup);
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
    if (!scenario.backend_options.empty()) {
        throw ConfigError(
            fmt::format("backend_options has '{}', which backend sim does not know (it has none). Leave it out",
                        scenario.backend_options.begin()->first));
    }
    const int ranks = scenario.simulated_ranks;
    int status = broken;
    sim::run_simulated(scenario.cluster, ranks, [&](Communicator& world, Backend& backend) {
        const int mine = body({world, backend, simulated_ranks(ranks, scenario.cluster.ranks_per_node)});
        if (world.rank() == 0) {
            status = mine;
        }
    });
    return status;
}

/// Collective over world: the backend that rank 0 names.
const BackendModule& agreed_backend(Communicator& world, const LaunchSettings& settings)
{
    const std::string named = broadcast_text(world, settings.backend, 0);
    const BackendModule& module = backend_named(named.empty() ? "mpi" : named);
    if (module.name == simulator) {
        throw ConfigError(fmt::format(
            "backend '{}' is one process (rank 0 chose it, others of this launch didn't). Start it alone", named));
    }
    if (!named.empty()) {  // else the body says what is wrong with the scenario
        require_usable(world, module, settings.library);
    }
    return module;
}

/// Collective over the session's world; `host`: the ranks on this rank's host, which outlive the backend.
std::unique_ptr<Backend> make_backend(mpi::Session& session, Communicator& host, const LaunchSettings& settings)
{
    const BackendModule& module = agreed_backend(session.world(), settings);
    const BackendSetup setup{.world = session.world(),
                             .host = host,
                             .host_name = mpi::host_name(),
                             .library = settings.library,
                             .options = share_options(session.world(), settings.scenario.backend_options)};
    return module.make == nullptr ? session.make_backend(setup) : module.make(setup);
}

/// MPI as the control plane, and what rank 0 names as the data plane.
int launch_under_mpi(const LaunchSettings& settings, const RankBody& body)
{
    mpi::Session session(nullptr, nullptr);
    Communicator& world = session.world();
    // A rank that throws leaves the others blocked: only the end of the whole launch frees them.
    try {
        LaunchTopology whereabouts = discover_topology(
            world, this_machine(mpi::host_name(), session.first_rank_beside(), mpi::library_is_simulator()));
        const auto host = world.subgroup(ranks_beside(world.rank(), whereabouts.topology));
        std::unique_ptr<Backend> backend;
        try {
            backend = make_backend(session, *host, settings);
        } catch (const ConfigError& error) {  // the same on every rank, before anything was measured
            if (world.rank() == 0) {
                std::cerr << "plumbline: " << error.what() << '\n';
            }
            return wrong_input;
        }
        note_devices(world, *backend, whereabouts);
        const auto sync_backend = backend->info().can_synchronize ? nullptr : session.make_backend();
        return body({world, *backend, std::move(whereabouts), sync_backend.get()});
    } catch (const std::exception& error) {
        std::cerr << fmt::format("plumbline: rank {} of {} on {}: {}. The launch ends here; finished cases are kept\n",
                                 world.rank(), world.size(), mpi::host_name(), error_text(error));
        world.abort(broken);
    }
    return broken;
}

}  // namespace

int launch(const LaunchSettings& settings, const RankBody& body)
{
    if (settings.backend == simulator) {
        return launch_sim(settings, body);
    }
    if (settings.backend == "mpi" && asks_for_algorithms(settings.scenario)) {
        mpi::allow_algorithms();
    }
    return launch_under_mpi(settings, body);
}

std::span<const BackendModule> all_backends()
{
    // One row a backend; this table alone knows them.
    static const std::array backends{
        BackendModule{"mpi", "host memory, or devices', over the MPI that plumbline was built with", find_mpi, nullptr},
        BackendModule{"gloo", "host memory, over Gloo's TCP transport", find_gloo, make_gloo},
        nccl::nccl_module(),
        nccl::rccl_module(),
        hccl::hccl_module(),
        BackendModule{simulator, "a simulated cluster in this process (virtual clock); never a measurement", find_sim,
                      nullptr},
    };
    return backends;
}

const BackendModule& backend_named(std::string_view name)
{
    std::vector<std::string_view> known;
    for (const BackendModule& module : all_backends()) {
        if (module.name == name) {
            return module;
        }
        known.push_back(module.name);
    }
    throw ConfigError(fmt::format("no backend '{}' (there are {}). {}", name, fmt::join(known, ", "),
                                  suggest_nearest("The nearest is", name, known, "See 'plumbline list backends'")));
}

}  // namespace plumbline::app
