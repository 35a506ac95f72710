// SPDX-License-Identifier: Apache-2.0
#include "harness/launch/launch.hpp"

#include "collectives/api/agreement.hpp"
#include "collectives/backends/sim/sim_backend.hpp"
#include "collectives/util/error.hpp"
#include "collectives/util/error_text.hpp"
#include "harness/host/machine.hpp"
#include "harness/launch/backends.hpp"
#include "harness/launch/broken_start.hpp"
#include "harness/launch/mpi_modules.hpp"
#include "harness/launch/tcp_launch.hpp"

#include <fmt/format.h>
#include <algorithm>
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

int launch_sim(const LaunchSettings& settings, const RankBody& body)
{
    if (const auto why = backend_named(simulator_name).find(settings.library).why_not) {
        throw ConfigError(say("backend 'sim' can't be used: {}", *why));
    }
    const Scenario& scenario = settings.scenario;
    if (!scenario.backend_options.empty()) {
        throw ConfigError(say("backend_options has '{}', which backend sim does not know (it has none). Leave it out",
                              scenario.backend_options.begin()->first));
    }
    const int ranks = scenario.simulated_ranks;
    int status = broken;
    const LaunchTopology of_first = simulated_ranks(0, ranks, scenario.cluster.ranks_per_node);
    const LaunchTopology of_others = simulated_ranks(1, ranks, scenario.cluster.ranks_per_node);
    sim::run_simulated(scenario.cluster, ranks, [&](Communicator& world, Backend& backend) {
        const int mine = body({world, backend, world.rank() == 0 ? of_first : of_others});
        if (world.rank() == 0) {
            status = mine;
        }
    });
    return status;
}

/// What the ranks of this process came up by.
struct StartedRanks {
    LaunchStart start;
    const MpiModule* mpi = nullptr;           ///< null where it isn't MPI
    std::unique_ptr<MpiSession> mpi_session;  ///< one of the two is there
    std::unique_ptr<LaunchSession> tcp_session;

    LaunchSession& session() const { return mpi_session ? *mpi_session : *tcp_session; }
    Communicator& world() const { return session().world(); }
    std::string host_name() const { return mpi != nullptr ? mpi->host_name() : own_host_name(); }
    bool simulated() const { return mpi != nullptr && mpi->is_simulator(); }
};

/// Why the backend named can't be used by this rank; nothing where it can.
std::optional<std::string> why_not_usable(const StartedRanks& ranks, const BackendModule& module,
                                          const std::string& library)
{
    if (module.name != mpi_name || ranks.mpi_session) {
        return module.find(library).why_not;
    }
    return fmt::format(
        "the ranks came up without MPI ({}). Start them with mpirun, or measure another backend "
        "(--backend gloo)",
        ranks.start.who.empty() ? "none can be used here" : ranks.start.who + " announces them");
}

/// Collective over world. Throws ConfigError on every rank when the backend can't be used on one of them.
void require_usable(const StartedRanks& ranks, const BackendModule& module, const std::string& library)
{
    Communicator& world = ranks.world();
    std::optional<std::string> objection;
    if (const auto why_not = why_not_usable(ranks, module, library)) {
        objection = fmt::format("backend '{}' can't be used on {} (rank {}): {}", module.name, ranks.host_name(),
                                world.rank(), *why_not);
    }
    if (const auto why = first_error(world, objection)) {
        throw ConfigError(*why);
    }
}

/// Collective over world: the backend that rank 0 names, which can be used; null where it names none.
const BackendModule* agreed_backend(const StartedRanks& ranks, const LaunchSettings& settings)
{
    const std::string named = broadcast_text(ranks.world(), settings.backend, 0);
    if (named.empty()) {
        return nullptr;  // the body says what is wrong with the scenario
    }
    const BackendModule& module = backend_named(named);
    if (module.name == simulator_name) {
        throw ConfigError(
            say("backend '{}' is one process (rank 0 chose it, others of this launch didn't). Start it alone", named));
    }
    require_usable(ranks, module, settings.library);
    return &module;
}

/// Collective over world; `host`: the ranks on this rank's host, which outlive the backend.
std::unique_ptr<Backend> make_backend(const StartedRanks& ranks, Communicator& host, const LaunchSettings& settings)
{
    const BackendModule* const module = agreed_backend(ranks, settings);
    const BackendSetup setup{.world = ranks.world(),
                             .host = host,
                             .host_name = ranks.host_name(),
                             .library = settings.library,
                             .options = share_options(ranks.world(), settings.scenario.backend_options)};
    if (module != nullptr && module->make != nullptr) {
        return module->make(setup);
    }
    return ranks.mpi_session ? ranks.mpi_session->make_backend(setup) : ranks.session().make_sync_backend(host);
}

/// Throws ConfigError where MPI sees fewer ranks than were announced to it.
void refuse_smaller_launch(StartedRanks& ranks)
{
    const int size = ranks.world().size();
    if (ranks.start.size <= size) {
        return;
    }
    // In order, since a rank that leaves without finalising would look like a crash. All ranks do the same.
    ranks.mpi_session.reset();
    throw ConfigError(
        say("MPI sees {} where {} announces {} (this program was started with the launcher "
            "of another MPI). Use the mpirun of {}",
            ranks_said(size), ranks.start.who, ranks.start.size, ranks.mpi->library_version()));
}

/// srun speaks PMI-2, and Open MPI speaks PMIx alone: it would end the process with a page of its own.
void refuse_foreign_srun(const MpiModule& mpi, const Variables& get)
{
    if (get("SLURM_STEP_ID") && get("PMI_SIZE") && !get("PMIX_RANK") && !get("OMPI_COMM_WORLD_SIZE") &&
        mpi.library_version().starts_with("Open MPI")) {
        throw ConfigError(
            say("srun offers PMI-2, of which {} knows nothing (it speaks PMIx). Use srun "
                "--mpi=pmix ('srun --mpi=list' shows what is there)",
                mpi.library_version()));
    }
}

void start_mpi(StartedRanks& ranks, const LaunchSettings& settings, const Variables& get)
{
    ranks.mpi = &mpi_module(ranks.start.mpi_module, get);
    refuse_foreign_srun(*ranks.mpi, get);
    if (settings.backend == mpi_name && asks_for_algorithms(settings.scenario)) {
        ranks.mpi->allow_algorithms();
    }
    {
        const BrokenStartGuard guard;
        ranks.mpi_session = ranks.mpi->start();
    }
    refuse_smaller_launch(ranks);
}

StartedRanks start_ranks(const LaunchSettings& settings)
{
    const Variables get = environment_variables();
    const auto why_no_mpi = [&]() -> std::optional<std::string> {
        try {
            mpi_module("", get);
            return std::nullopt;
        } catch (const ConfigError& error) {
            return error.said().english();
        }
    };
    StartedRanks ranks;
    ranks.start = choose_launch_start(settings.launcher, get, why_no_mpi);
    if (ranks.start.way == LaunchStart::Way::mpi) {
        start_mpi(ranks, settings, get);
    } else {
        ranks.tcp_session = join_over_tcp(ranks.start, settings.launcher, get, settings.interrupted);
    }
    return ranks;
}

/// Runs `body` on a rank of a launch. A rank that throws leaves the others blocked: only the end of the whole launch
/// frees them.
template <class Body>
int guarded(const StartedRanks& ranks, Language language, Body body)
{
    Communicator& world = ranks.world();
    try {
        return body();
    } catch (const std::exception& error) {
        const Sentence said = say("rank {} of {} on {}: {}. The launch ends here; finished cases are kept",
                                  world.rank(), world.size(), ranks.host_name(), error_said(error));
        std::cerr << "plumbline: " + in(language, said) + "\n";
        world.abort(broken);
    }
    return broken;
}

/// Collective over world.
LaunchTopology topology_of(const StartedRanks& ranks)
{
    return discover_topology(ranks.world(),
                             this_machine(ranks.host_name(), ranks.session().first_rank_beside(), ranks.simulated()));
}

/// Collective over world: ranks that are up become ranks of a run.
int run_on(const StartedRanks& ranks, const LaunchSettings& settings, const RankBody& body)
{
    Communicator& world = ranks.world();
    LaunchTopology whereabouts = topology_of(ranks);
    const auto host = world.subgroup(ranks_beside(world.rank(), whereabouts.topology));
    std::unique_ptr<Backend> backend;
    try {
        backend = make_backend(ranks, *host, settings);
    } catch (const ConfigError& error) {  // the same on every rank, before anything was measured
        if (world.rank() == 0) {
            std::cerr << "plumbline: " + in(settings.launcher.language, error.said()) + "\n";
        }
        return wrong_input;
    }
    note_devices(world, *backend, whereabouts);
    const auto sync_backend = backend->info().can_synchronize ? nullptr : ranks.session().make_sync_backend(*host);
    return body({world, *backend, whereabouts, sync_backend.get()});
}

}  // namespace

int launch(const LaunchSettings& settings, const RankBody& body)
{
    if (settings.backend == simulator_name) {
        return launch_sim(settings, body);
    }
    const StartedRanks ranks = start_ranks(settings);
    return guarded(ranks, settings.launcher.language, [&] { return run_on(ranks, settings, body); });
}

int bring_up(const LauncherOptions& launcher, const std::function<bool()>& interrupted,
             const std::function<int(RanksUp)>& body)
{
    const Scenario none;
    const StartedRanks ranks =
        start_ranks({.backend = "", .scenario = none, .library = "", .launcher = launcher, .interrupted = interrupted});
    return guarded(ranks, launcher.language, [&] {
        return body({.world = ranks.world(),
                     .whereabouts = topology_of(ranks),
                     .start = ranks.start,
                     .host_name = ranks.host_name(),
                     .library = ranks.mpi != nullptr ? ranks.mpi->library_version() : "",
                     .module = ranks.mpi != nullptr ? file_of(*ranks.mpi) : ""});
    });
}

}  // namespace plumbline::app
