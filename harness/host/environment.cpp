// SPDX-License-Identifier: Apache-2.0
#include "harness/host/environment.hpp"

#include "collectives/util/secrets.hpp"
#include "harness/host/node_inventory.hpp"
#include "results/machines/node_inventory.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <sched.h>
#include <sys/utsname.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string_view>
#include <utility>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX requires the program to declare it

namespace plumbline {

namespace {

/// "0-3,8" for the processors that this process may run on.
std::string allowed_cores()
{
    cpu_set_t set;
    CPU_ZERO(&set);
    if (sched_getaffinity(0, sizeof set, &set) != 0) {
        return "";
    }
    std::string text;
    for (std::size_t first = 0; first < CPU_SETSIZE; ++first) {
        if (!CPU_ISSET(first, &set)) {
            continue;
        }
        std::size_t last = first;
        while (last + 1 < CPU_SETSIZE && CPU_ISSET(last + 1, &set)) {
            ++last;
        }
        text += text.empty() ? "" : ",";
        text += first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last);
        first = last;
    }
    return text;
}

std::string processor_model()
{
    std::ifstream in("/proc/cpuinfo");
    std::string line;
    while (std::getline(in, line)) {
        if (line.starts_with("model name")) {
            const auto colon = line.find(": ");
            return colon == std::string::npos ? "" : line.substr(colon + 2);
        }
    }
    return "";
}

/// Collective over world: rank 0's list on every rank.
std::vector<int> broadcast_list(Communicator& world, std::vector<int> values)
{
    values.resize(static_cast<std::size_t>(world.size()));
    world.broadcast(std::as_writable_bytes(std::span(values)), 0);
    return values;
}

/// Collective over world: each machine's first rank reads it. On rank 0; empty elsewhere.
std::vector<std::string> inventory_of_each(Communicator& world, const Topology& topology)
{
    const auto& nodes = topology.node_of_rank;
    const auto first = [&](std::size_t rank) {
        return static_cast<std::size_t>(std::ranges::find(nodes, nodes[rank]) - nodes.begin()) == rank;
    };
    const char* const switches = std::getenv("SLURM_TOPOLOGY_ADDR");
    const bool reads = first(static_cast<std::size_t>(world.rank()));
    const auto inventory = [&] { return take_inventory("/", switches == nullptr ? "" : switches, ask_system()); };
    const auto texts = gather_texts(world, reads ? format_inventory(inventory()) : std::string(), 0);
    std::vector<std::string> machines;
    for (std::size_t rank = 0; rank < texts.size(); ++rank) {
        if (first(rank)) {
            machines.push_back(texts[rank]);
        }
    }
    return machines;
}

}  // namespace

LaunchTopology discover_topology(Communicator& world, const MachineIdentity& machine)
{
    const auto machines = gather_texts(world, format_machine(machine), 0);
    const auto cores = gather_texts(world, allowed_cores(), 0);
    const auto pids = gather_values(world, static_cast<int>(getpid()), 0);
    std::vector<MachineIdentity> identities;
    for (const std::string& line : machines) {
        identities.push_back(parse_machine(line).value_or(MachineIdentity{}));
    }
    Nodes nodes = nodes_of_machines(identities);
    LaunchTopology found;
    for (std::size_t rank = 0; rank < machines.size(); ++rank) {
        RankLocation place;
        place.rank = static_cast<int>(rank);
        place.node = nodes.of_rank[rank];
        place.pid = pids[rank];
        place.cores = cores[rank];
        found.places.push_back(place);
    }
    found.hosts = std::move(nodes.names);
    found.warnings = std::move(nodes.warnings);
    found.topology.node_of_rank = broadcast_list(world, std::move(nodes.of_rank));
    found.machines = inventory_of_each(world, found.topology);
    return found;
}

LaunchTopology simulated_ranks(int rank, int ranks, int ranks_per_node)
{
    LaunchTopology made;
    made.topology.node_of_rank.reserve(static_cast<std::size_t>(ranks));
    for (int i = 0; i < ranks; ++i) {
        made.topology.node_of_rank.push_back(i / std::max(ranks_per_node, 1));
    }
    for (int i = 0; rank == 0 && i < ranks; ++i) {
        const int node = made.topology.node_of_rank[static_cast<std::size_t>(i)];
        if (node == static_cast<int>(made.hosts.size())) {
            made.hosts.push_back(fmt::format("sim{}", node));
        }
        made.places.push_back({.rank = i, .node = node, .pid = 0, .cores = "", .device = "", .nic = ""});
    }
    return made;
}

std::vector<std::pair<std::string, std::string>> chosen_variables()
{
    // Tuning variables of the libraries, and what identifies a batch job. Never the whole environment: it holds
    // secrets, and some values of these do too.
    static constexpr std::array chosen = std::to_array<std::string_view>({"OMPI_MCA_btl",
                                                                          "OMPI_MCA_coll",
                                                                          "OMPI_MCA_pml",
                                                                          "OMPI_MCA_mpi_yield",
                                                                          "OMPI_MCA_hwloc",
                                                                          "OMPI_MCA_rmaps",
                                                                          "MPICH_",
                                                                          "MPIR_CVAR_",
                                                                          "I_MPI_",
                                                                          "FI_",
                                                                          "UCX_",
                                                                          "PSM2_",
                                                                          "SHARP_",
                                                                          "NCCL_",
                                                                          "RCCL_",
                                                                          "HCCL_",
                                                                          "GLOO_",
                                                                          "HSA_",
                                                                          "OMP_NUM_THREADS",
                                                                          "CUDA_VISIBLE_DEVICES",
                                                                          "HIP_VISIBLE_DEVICES",
                                                                          "ROCR_",
                                                                          "ASCEND_",
                                                                          "SLURM_JOB_ID",
                                                                          "SLURM_JOB_PARTITION"});
    // The path of a log changes nothing, and differs from launch to launch.
    static constexpr std::string_view not_chosen = "NCCL_DEBUG_FILE=";
    std::vector<std::pair<std::string, std::string>> variables;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view line(*entry);
        const auto equals = line.find('=');
        const bool wanted = std::any_of(chosen.begin(), chosen.end(),
                                        [&](std::string_view prefix) { return line.starts_with(prefix); });
        if (wanted && !line.starts_with(not_chosen) && !is_secret_name(line.substr(0, equals)) &&
            equals != std::string_view::npos) {
            variables.emplace_back(line.substr(0, equals), without_secrets(line.substr(equals + 1)));
        }
    }
    std::sort(variables.begin(), variables.end());
    return variables;
}

Facts host_facts()
{
    Facts facts;
    facts.emplace_back("processor", processor_model());
    facts.emplace_back("time zone", fmt::format("{:%z}", fmt::localtime(std::time(nullptr))));
    facts.emplace_back("processors online", fmt::format("{}", sysconf(_SC_NPROCESSORS_ONLN)));
    utsname system{};
    if (uname(&system) == 0) {
        facts.emplace_back("kernel", fmt::format("{} {} {}", system.sysname, system.release, system.machine));
    }
    return facts;
}

}  // namespace plumbline
