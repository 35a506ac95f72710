// SPDX-License-Identifier: Apache-2.0
#include "collectives/util/error.hpp"
#include "harness/app/commands.hpp"
#include "harness/app/doctor/clock_offset.hpp"
#include "harness/app/doctor/compare_nodes.hpp"
#include "harness/app/doctor/judge_node.hpp"
#include "harness/app/doctor/node_state.hpp"
#include "harness/app/doctor/port_probe.hpp"
#include "harness/app/language.hpp"
#include "harness/app/output.hpp"
#include "harness/host/binding.hpp"
#include "harness/host/environment.hpp"
#include "harness/launch/backends.hpp"
#include "harness/launch/launch.hpp"
#include "harness/launch/tcp_launch.hpp"
#include "harness/util/build_identity.hpp"
#include "results/diagnosis/doctor_output.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <functional>
#include <iostream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace plumbline::app {

namespace {

constexpr double patience_s = 3;  ///< for answers of other nodes

NodeState state_of_this_node(const DoctorOptions& options, int ranks, int world)
{
    NodeState state = found_on_node(environment_variables()("LD_LIBRARY_PATH").value_or(""));
    state.program = fmt::format("{} (commit {})", PLUMBLINE_VERSION, build_commit());
    for (const BackendModule& module : all_backends()) {
        if (module.name == simulator_name) {
            continue;
        }
        const Availability found = module.find(module.name == options.backend ? options.backend_library : "");
        state.backends.push_back({std::string(module.name), found.version, found.why_not.value_or("")});
    }
    state.variables = chosen_variables();
    state.ranks = ranks;
    state.world = world;
    state.backend = options.backend;
    return state;
}

int conclude(const DoctorReport& report, const DoctorOptions& options)
{
    std::ostringstream text;
    if (options.format == "json") {
        doctor_json(text, report);
    } else {
        doctor_text(text, report, chosen_language(options.language));
    }
    if (!options.quiet) {
        write_result(text.str());
    }
    return report.breaks() ? 1 : 0;
}

/// The first rank of each node, in the order of the nodes.
std::vector<int> first_ranks(const Topology& topology)
{
    std::vector<int> ranks;
    for (std::size_t rank = 0; rank < topology.node_of_rank.size(); ++rank) {
        const auto node = static_cast<std::size_t>(topology.node_of_rank[rank]);
        if (node == ranks.size()) {
            ranks.push_back(static_cast<int>(rank));
        }
    }
    return ranks;
}

int ranks_of_node(const Topology& topology, int node)
{
    return static_cast<int>(std::ranges::count(topology.node_of_rank, node));
}

void append(std::vector<DoctorFinding>& all, std::vector<DoctorFinding> more)
{
    std::ranges::move(more, std::back_inserter(all));
}

/// Collective over the leaders of the nodes: who is off, on rank 0.
std::vector<DoctorFinding> compare_clocks(Communicator& leaders, const std::vector<std::string>& hosts)
{
    const auto now_s = [] {
        return std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    };
    BarrierTimes times;
    for (std::size_t round = 0; round < BarrierTimes::rounds; ++round) {
        times.before.at(round) = now_s();
        leaders.barrier();
        times.after.at(round) = now_s();
    }
    const auto all = gather_values(leaders, times, 0);
    return all.empty() ? std::vector<DoctorFinding>{} : judge_clocks(hosts, all);
}

/// Collective over the leaders of the nodes: who can't be reached by whom, on rank 0.
std::vector<DoctorFinding> probe_ports(Communicator& leaders, const std::string& host)
{
    const PortListener listener;
    const auto offers = gather_texts(leaders, encode(listener.offer(host)), 0);
    std::istringstream lines(broadcast_text(leaders, fmt::format("{}", fmt::join(offers, "\n")), 0));
    std::vector<ProbeOffer> all;
    for (std::string line; std::getline(lines, line);) {
        all.push_back(decode_probe_offer(line).value_or(ProbeOffer{.host = "?", .ports = {}, .addresses = {}}));
    }
    std::vector<ProbeOffer> targets;
    for (const std::size_t target : probe_targets(static_cast<std::size_t>(leaders.rank()), all.size())) {
        targets.push_back(all[target]);
    }
    std::string tried;
    for (const ProbeAttempt& attempt : try_offers(host, targets, patience_s)) {
        tried += encode(attempt) + "\n";
    }
    const auto told = gather_texts(leaders, tried, 0);
    leaders.barrier();  // until all have tried this node
    std::vector<ProbeAttempt> attempts;
    for (const std::string& text : told) {
        std::istringstream each(text);
        for (std::string line; std::getline(each, line);) {
            if (auto attempt = decode_probe_attempt(line)) {
                attempts.push_back(std::move(*attempt));
            }
        }
    }
    return judge_attempts(attempts);
}

/// What the program says of the places of all ranks.
std::vector<DoctorFinding> judge_places(const LaunchTopology& whereabouts, const std::vector<int>& online,
                                        const DoctorOptions& options)
{
    const auto get = [](const char* name) -> const char* { return std::getenv(name); };
    const bool asked = options.oversubscribe || launcher_oversubscribes(whereabouts.places, online, get);
    const BindingReport binding = check_binding(whereabouts.places, whereabouts.hosts, asked);
    std::vector<DoctorFinding> findings;
    if (binding.refusal) {
        findings.push_back(
            {.severity = Severity::breaks, .about = "cores", .hosts = {}, .problem = *binding.refusal, .advice = ""});
    }
    for (const std::string& warning : binding.warnings) {
        findings.push_back(
            {.severity = Severity::disturbs, .about = "cores", .hosts = {}, .problem = warning, .advice = ""});
    }
    for (const std::string& warning : whereabouts.warnings) {
        findings.push_back(
            {.severity = Severity::disturbs, .about = "names", .hosts = {}, .problem = warning, .advice = ""});
    }
    return findings;
}

const char* way_of(const LaunchStart& start)
{
    return start.way == LaunchStart::Way::mpi                         ? "mpi"
           : start.way == LaunchStart::Way::tcp && !start.who.empty() ? "tcp"
                                                                      : "alone";
}

/// Collective over the launch: examines all nodes; rank 0 prints.
int examine(const RanksUp& up, const DoctorOptions& options)
{
    Communicator& world = up.world;
    const std::vector<int> leaders = first_ranks(up.whereabouts.topology);
    const auto online = gather_values(world, static_cast<int>(sysconf(_SC_NPROCESSORS_ONLN)), 0);
    int status = 0;
    if (std::ranges::find(leaders, world.rank()) != leaders.end()) {
        const auto nodes = world.subgroup(leaders);
        const std::string names = broadcast_text(*nodes, fmt::format("{}", fmt::join(up.whereabouts.hosts, "\n")), 0);
        std::vector<std::string> hosts;
        std::istringstream lines(names);
        for (std::string line; std::getline(lines, line);) {
            hosts.push_back(line);
        }
        const std::string host = hosts.at(static_cast<std::size_t>(nodes->rank()));
        const int ranks = ranks_of_node(up.whereabouts.topology, nodes->rank());
        const NodeReport own = judge_node(host, state_of_this_node(options, ranks, world.size()));
        const auto texts = gather_texts(*nodes, encode(own), 0);
        auto clocks = compare_clocks(*nodes, hosts);
        auto network = nodes->size() > 1 ? probe_ports(*nodes, host) : std::vector<DoctorFinding>{};
        if (world.rank() == 0) {
            std::vector<NodeReport> reports;
            for (std::size_t node = 0; node < texts.size(); ++node) {
                auto report = decode_node_report(texts[node]);
                if (!report) {
                    throw std::logic_error("a node's report can't be read");
                }
                reports.push_back(std::move(*report));
            }
            DoctorReport report{.way = way_of(up.start),
                                .announced = up.start.who,
                                .library = up.library,
                                .module = up.module,
                                .ranks = world.size(),
                                .nodes = group_alike(reports),
                                .findings = judge_places(up.whereabouts, online, options)};
            append(report.findings, std::move(network));
            append(report.findings, std::move(clocks));
            append(report.findings, compare_nodes(reports));
            report.findings = merged(std::move(report.findings));
            status = conclude(report, options);
        }
    }
    return static_cast<int>(world.allreduce_max_sleeping(status));
}

/// This node alone, where the ranks don't come up: `why` will end a run too.
int examine_alone(const DoctorOptions& options, const std::string& why)
{
    const std::vector<NodeReport> reports{judge_node(own_host_name(), state_of_this_node(options, 1, 1))};
    DoctorReport report{.way = "none",
                        .announced = "",
                        .library = "",
                        .module = "",
                        .ranks = 1,
                        .nodes = group_alike(reports),
                        .findings = {}};
    report.findings.push_back(
        {.severity = Severity::breaks, .about = "launch", .hosts = {}, .problem = why, .advice = ""});
    append(report.findings, compare_nodes(reports));
    report.findings = merged(std::move(report.findings));
    return conclude(report, options);
}

/// Which rank the environment says this is, as far as it does.
int announced_rank()
{
    const Variables get = environment_variables();
    try {
        const auto mpi = announced_to_mpi(get);
        const auto any = mpi ? mpi : announced_to_all(get);
        return any ? any->rank.value_or(0) : 0;
    } catch (const ConfigError&) {
        return 0;
    }
}

}  // namespace

int doctor_command(const DoctorOptions& options, const std::function<bool()>& interrupted)
{
    if (!options.backend.empty()) {
        backend_named(options.backend);  // a wrong name is wrong usage
    }
    if (options.backend == simulator_name) {
        throw ConfigError(say("--backend sim is one process (there are no nodes to examine). Leave it out"));
    }
    std::optional<std::string> why;
    try {
        LauncherOptions launcher = options.launcher;
        launcher.language = chosen_language(options.language);
        return bring_up(launcher, interrupted, [&](const RanksUp& up) { return examine(up, options); });
    } catch (const ConfigError& error) {
        why = error.said().english();
    }
    if (interrupted()) {
        throw ConfigError(*why);
    }
    if (options.launcher.rank.empty() ? announced_rank() != 0 : !options.launcher.rank.starts_with("0/")) {
        std::cerr << "plumbline: " << in(chosen_language(options.language), *why) << '\n';
        return 1;
    }
    return examine_alone(options, *why);
}

}  // namespace plumbline::app
