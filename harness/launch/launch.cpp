#include "harness/launch/launch.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/backends/hccl/module.hpp"
#include "collectives/backends/mpi/algorithm_control.hpp"
#include "collectives/backends/mpi/session.hpp"
#include "collectives/backends/mpi/simulator.hpp"
#include "collectives/backends/nccl/module.hpp"
#include "collectives/backends/sim/sim_backend.hpp"
#include "collectives/util/error.hpp"
#include "collectives/util/nearest_word.hpp"
#include "harness/launch/loaded_module.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdlib>
#include <exception>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <string_view>
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
void note_devices(Communicator& world, const Backend& backend, LaunchTopology& whereabouts)
{
    const auto devices = gather_texts(world, backend.device(), 0);
    for (std::size_t rank = 0; rank < devices.size(); ++rank) {
        whereabouts.places.at(rank).device = devices[rank];
    }
}

/// Collective over world. Throws ConfigError on every rank when the backend can't be used on one of them.
void require_usable(Communicator& world, const BackendEntry& entry, const std::string& library)
{
    std::optional<std::string> objection;
    if (const Availability here = entry.find(library); here.why_not) {
        objection = fmt::format("backend '{}' can't be used on {} (rank {}): {}", entry.name, mpi::host_name(),
                                world.rank(), *here.why_not);
    }
    if (const auto why = first_error(world, objection)) {
        throw ConfigError(*why);
    }
}

/// What a backend over MPI's control plane is brought up on.
struct LaunchContext {
    mpi::Session& session;
    const LaunchTopology& whereabouts;
    const LaunchSettings& settings;
    std::unique_ptr<Communicator> host = nullptr;  ///< for what is made, and outlives it
};

/// One row of the table: how a backend is made on each rank of an MPI launch. Collective; throws ConfigError, the same
/// on all ranks. A backend without it brings its ranks up by itself.
struct BackendRow {
    BackendEntry entry;
    std::unique_ptr<Backend> (*make)(LaunchContext& context) = nullptr;
};

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

/// Collective over world.
BackendSetup setup_on(LaunchContext& context)
{
    Communicator& world = context.session.world();
    context.host = world.subgroup(ranks_beside(world.rank(), context.whereabouts.topology));
    return {.world = world,
            .host = *context.host,
            .host_name = mpi::host_name(),
            .library = context.settings.library,
            .options = share_options(world, context.settings.scenario.backend_options)};
}

std::unique_ptr<Backend> make_mpi(LaunchContext& context)
{
    return context.session.make_backend(setup_on(context));
}

std::unique_ptr<Backend> make_module(const BackendModule& module, LaunchContext& context)
{
    return module.make(setup_on(context));
}

template <const BackendModule& (*module)()>
Availability find_linked(const std::string& library)
{
    return module().find(library);
}

template <const BackendModule& (*module)()>
std::unique_ptr<Backend> make_linked(LaunchContext& context)
{
    return make_module(module(), context);
}

Availability find_gloo(const std::string& library)
{
    try {
        return loaded_module("gloo", library).find(library);
    } catch (const ConfigError& error) {
        return {"", error.what()};
    }
}

std::unique_ptr<Backend> make_gloo(LaunchContext& context)
{
    return make_module(loaded_module("gloo", context.settings.library), context);
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
    BackendRow{{"mpi", "host memory, or devices', over the MPI that plumbline was built with", find_mpi}, make_mpi},
    BackendRow{{"gloo", "host memory, over Gloo's TCP transport", find_gloo}, make_gloo},
    BackendRow{{"nccl", "NVIDIA devices, over NCCL (opened at run time)", find_linked<nccl::nccl_module>},
               make_linked<nccl::nccl_module>},
    BackendRow{{"rccl", "AMD devices, over RCCL (opened at run time)", find_linked<nccl::rccl_module>},
               make_linked<nccl::rccl_module>},
    BackendRow{{"hccl", "Huawei Ascend devices, over HCCL (opened at run time)", find_linked<hccl::hccl_module>},
               make_linked<hccl::hccl_module>},
    BackendRow{{"sim", "a simulated cluster in this process (virtual clock); never a measurement", find_sim}},
};

const BackendRow& row_named(std::string_view name)
{
    std::vector<std::string_view> known;
    for (const BackendRow& row : backends) {
        if (row.entry.name == name) {
            return row;
        }
        known.push_back(row.entry.name);
    }
    throw ConfigError(fmt::format("no backend '{}' (there are {}). {}", name, fmt::join(known, ", "),
                                  suggest_nearest("The nearest is", name, known, "See 'plumbline list backends'")));
}

/// Collective over world: the row that rank 0 names.
const BackendRow& agreed_row(Communicator& world, const LaunchSettings& settings)
{
    const std::string named = broadcast_text(world, settings.backend, 0);
    const BackendRow& row = row_named(named.empty() ? "mpi" : named);
    if (row.make == nullptr) {
        throw ConfigError(fmt::format(
            "backend '{}' is one process (rank 0 chose it, others of this launch didn't). Start it alone", named));
    }
    if (!named.empty()) {  // else the body says what is wrong with the scenario
        require_usable(world, row.entry, settings.library);
    }
    return row;
}

/// MPI as the control plane, and what rank 0 names as the data plane.
int launch_under_mpi(const LaunchSettings& settings, const RankBody& body)
{
    mpi::Session session(nullptr, nullptr);
    Communicator& world = session.world();
    // A rank that throws leaves the others blocked: only the end of the whole launch frees them.
    try {
        LaunchTopology whereabouts = discover_topology(world, mpi::host_name());
        LaunchContext context{.session = session, .whereabouts = whereabouts, .settings = settings};
        std::unique_ptr<Backend> backend;
        try {
            backend = agreed_row(world, settings).make(context);
        } catch (const ConfigError& error) {  // the same on every rank, before anything was measured
            if (world.rank() == 0) {
                std::cerr << "plumbline: " << error.what() << '\n';
            }
            return wrong_input;
        }
        note_devices(world, *backend, whereabouts);
        const auto sync_backend = backend->can_synchronize() ? nullptr : session.make_backend();
        return body({world, *backend, std::move(whereabouts), sync_backend.get()});
    } catch (const std::exception& error) {
        std::cerr << fmt::format("plumbline: rank {} of {} on {}: {}. The launch ends here; finished cases are kept\n",
                                 world.rank(), world.size(), mpi::host_name(), error.what());
        world.abort(broken);
    }
    return broken;
}

}  // namespace

int launch(const LaunchSettings& settings, const RankBody& body)
{
    if (settings.backend == "sim") {
        return launch_sim(settings, body);
    }
    if (settings.backend == "mpi" && asks_for_algorithms(settings.scenario)) {
        mpi::allow_algorithms();
    }
    return launch_under_mpi(settings, body);
}

std::vector<BackendEntry> all_backends()
{
    std::vector<BackendEntry> entries;
    std::ranges::transform(backends, std::back_inserter(entries), &BackendRow::entry);
    return entries;
}

BackendEntry backend_named(std::string_view name)
{
    return row_named(name).entry;
}

}  // namespace plumbline::app
