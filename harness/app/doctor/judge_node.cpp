// SPDX-License-Identifier: Apache-2.0
#include "harness/app/doctor/judge_node.hpp"

#include "collectives/util/units.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstdint>
#include <optional>
#include <set>
#include <sstream>
#include <string_view>

namespace plumbline::app {

namespace {

/// For people: not to the byte.
std::string about_bytes(std::uint64_t bytes)
{
    constexpr double gib = 1024.0 * 1024 * 1024;
    const double amount = static_cast<double>(bytes) / gib;
    return amount < 1 ? format_bytes(bytes) : fmt::format("{:.{}f} GiB", amount, amount < 10 ? 1 : 0);
}

/// As bought, in sixteenths of the next lower power of two: what firmware and kernel keep for themselves differs from
/// node to node, and nodes are compared by this.
std::uint64_t installed(std::uint64_t told)
{
    constexpr std::uint64_t parts = 16;
    const std::uint64_t part = std::max(std::bit_floor(told) / parts, std::uint64_t{1});
    return (told + part - 1) / part * part;
}

/// Facts and findings of one node, as they come up.
class NodeJudge {
public:
    NodeJudge(const std::string& host, const NodeState& state) : state_(state), node_(state.node)
    {
        report_.host = host;
    }

    NodeReport judge()
    {
        fact("plumbline", state_.program, Severity::breaks);
        system();
        processors();
        limits();
        network();
        affinity();
        libraries();
        return std::move(report_);
    }

private:
    void fact(std::string about, std::string value, std::optional<Severity> if_different)
    {
        const bool told = std::ranges::find(report_.facts, about, &NodeFact::about) != report_.facts.end();
        if (!value.empty() && !told) {  // a device has several ports
            report_.facts.push_back({std::move(about), std::move(value), if_different});
        }
    }
    void find(Severity severity, std::string about, std::string problem, std::string advice)
    {
        report_.findings.push_back({.severity = severity,
                                    .about = std::move(about),
                                    .hosts = {},
                                    .problem = std::move(problem),
                                    .advice = std::move(advice)});
    }

    void system()
    {
        fact("system", node_.operating_system, Severity::note);
        fact("kernel", node_.kernel, Severity::note);
        fact("ranks", fmt::format("{}", state_.ranks), Severity::note);
        if (node_.memory_bytes > 0) {
            fact("memory", about_bytes(installed(node_.memory_bytes)), Severity::disturbs);
        }
        fact("clock source", node_.clock_source, Severity::disturbs);
        static constexpr std::array slow =
            std::to_array<std::string_view>({"hpet", "acpi_pm", "jiffies", "refined-jiffies", "pit"});
        if (std::ranges::find(slow, node_.clock_source) != slow.end()) {
            find(Severity::disturbs, "clock source",
                 fmt::format("the kernel's clock is {}, of which a reading takes a microsecond and more",
                             node_.clock_source),
                 "Boot with clocksource=tsc, and see dmesg for why the kernel left it");
        }
    }

    void processors()
    {
        fact("processor", node_.processor, Severity::disturbs);
        if (node_.processors > 0) {
            fact("processors",
                 node_.threads_per_core > 1
                     ? fmt::format("{} online, {} hyperthreads a core", node_.processors, node_.threads_per_core)
                     : fmt::format("{} online, no hyperthreads", node_.processors),
                 Severity::disturbs);
        }
        if (node_.threads_per_core > 1) {
            find(Severity::note, "hyperthreads",
                 "two hardware threads share a core: ranks on one core disturb each other",
                 "Bind a rank to a core (mpirun --bind-to core, srun --hint=nomultithread)");
        }
        int others = 0;
        std::vector<std::string> shown;
        for (const auto& [governor, count] : node_.governors) {
            others += governor == "performance" ? 0 : count;
            shown.push_back(governor);
        }
        fact("governor", fmt::format("{}", fmt::join(shown, ", ")), Severity::disturbs);
        if (others > 0) {
            find(Severity::disturbs, "governor",
                 fmt::format("{} of the processors change their frequency as they like (governor {})", others,
                             fmt::join(shown, ", ")),
                 "Set it: cpupower frequency-set -g performance");
        }
        frequencies();
        fact("NUMA nodes", node_.numa_nodes > 0 ? fmt::format("{}", node_.numa_nodes) : "", Severity::disturbs);
        fact("transparent huge pages", node_.huge_pages, Severity::disturbs);
        if (node_.numa_balancing && node_.numa_nodes > 1) {
            find(Severity::note, "NUMA balancing", "the kernel moves pages between NUMA nodes while ranks measure",
                 "Switch it off: sysctl kernel.numa_balancing=0");
        }
    }

    void frequencies()
    {
        constexpr double khz_of_ghz = 1e6;
        if (node_.most_khz > 0) {
            fact("frequency limit", fmt::format("{:.2f} GHz", static_cast<double>(node_.most_khz) / khz_of_ghz),
                 Severity::disturbs);
        }
        fact("turbo", node_.turbo, Severity::disturbs);
        if (node_.capped_processors > 0) {
            find(Severity::disturbs, "frequency limit",
                 fmt::format("{} of the processors are kept below the frequency that they can reach",
                             node_.capped_processors),
                 "See what keeps them (cpupower frequency-info, tuned, a power cap), and lift it: cpupower "
                 "frequency-set -u MAX");
        }
    }

    static std::string limit_text(const std::optional<ProcessLimit>& limit, bool bytes)
    {
        if (!limit) {
            return "";
        }
        const auto text = [&](const std::optional<std::uint64_t>& value) {
            return !value ? std::string("unlimited") : bytes ? about_bytes(*value) : fmt::format("{}", *value);
        };
        return limit->soft == limit->hard ? text(limit->soft)
                                          : fmt::format("{} (at most {})", text(limit->soft), text(limit->hard));
    }

    void limits()
    {
        const auto& limits = node_.limits;
        if (limits.shm_bytes > 0) {
            fact("/dev/shm", about_bytes(installed(limits.shm_bytes)), Severity::note);
        }
        if (limits.processors > 0) {
            fact("limit of processors", fmt::format("{:g} (control group)", limits.processors), Severity::disturbs);
        }
        if (limits.memory_bytes > 0) {
            fact("limit of memory", about_bytes(limits.memory_bytes) + " (control group)", Severity::disturbs);
        }
        for (LimitProblem& each : judge_limits(limits, state_.ranks, "a node")) {
            find(Severity::disturbs, each.about, std::move(each.problem), std::move(each.advice));
        }
        constexpr std::uint64_t memory_of_rank = std::uint64_t{256} << 20U;
        const std::uint64_t wanted = memory_of_rank * static_cast<std::uint64_t>(state_.ranks);
        if (limits.memory_bytes > 0 && limits.memory_bytes < wanted) {
            find(Severity::breaks, "memory",
                 fmt::format(
                     "{} ranks may use {} together (the control group's limit): one is killed where buffers grow",
                     state_.ranks, format_bytes(limits.memory_bytes)),
                 fmt::format("Ask for {} or more, and for what 'run --dry-run' says", format_bytes(wanted)));
        }
        fact("limit of locked memory", limit_text(node_.locked_memory, true), Severity::disturbs);
        constexpr std::uint64_t buffers = std::uint64_t{1} << 30U;
        if (!node_.rdma.empty() && node_.locked_memory && node_.locked_memory->soft &&
            *node_.locked_memory->soft < buffers) {
            find(Severity::breaks, "memlock",
                 fmt::format("locked memory is limited to {} and there is RDMA, which locks every buffer",
                             format_bytes(*node_.locked_memory->soft)),
                 "Set 'memlock unlimited' in /etc/security/limits.d, LimitMEMLOCK=infinity for slurmd, --ulimit "
                 "memlock=-1 for a container");
        }
        open_files();
    }

    void open_files()
    {
        fact("limit of open files", limit_text(node_.open_files, false), Severity::note);
        if (!node_.open_files || !node_.open_files->hard) {
            return;
        }
        constexpr std::uint64_t least = 128;  // control plane, modules and files of a rank
        const std::uint64_t gloo = least + 2 * static_cast<std::uint64_t>(state_.world);
        const std::uint64_t most = *node_.open_files->hard;
        if (most < least) {
            find(Severity::breaks, "open files", fmt::format("a process may open {} files", most),
                 "Raise the hard limit: ulimit -Hn 65536, LimitNOFILE=65536 for a service");
        } else if (most < gloo && (state_.backend.empty() || state_.backend == "gloo")) {
            find(state_.backend == "gloo" ? Severity::breaks : Severity::note, "open files",
                 fmt::format("a process may open {} files, and with Gloo a rank of {} connects to every other", most,
                             state_.world),
                 fmt::format("Raise the hard limit to {} or more", gloo));
        }
    }

    void network()
    {
        if (node_.own_ports) {
            const auto [first, last] = *node_.own_ports;
            fact("ports", fmt::format("{}-{}", first, last), Severity::note);
            constexpr int few = 1000;
            if (last - first < few) {
                find(Severity::disturbs, "ports",
                     fmt::format("the kernel hands out {} ports alone ({}-{}), and each connection takes one",
                                 last - first + 1, first, last),
                     "Widen net.ipv4.ip_local_port_range");
            }
        }
        interfaces();
        std::size_t active = 0;
        std::set<std::string> rates;
        for (const RdmaPort& port : node_.rdma) {
            const std::string about = fmt::format("RDMA {} port {}", port.device, port.port);
            fact(about, fmt::format("{}, {}, {}", port.rate, port.state, port.layer), Severity::disturbs);
            lanes(port.device, port.place);
            fact(fmt::format("firmware of {}", port.device),
                 fmt::format("{}{}", port.firmware, port.board.empty() ? "" : " (" + port.board + ")"),
                 Severity::disturbs);
            if (port.state == "ACTIVE") {
                ++active;
                rates.insert(port.rate);
            }
        }
        ports_down(active);
        if (rates.size() > 1) {
            find(Severity::disturbs, "RDMA rates",
                 fmt::format("active ports of one node have different rates ({})", fmt::join(rates, "; ")),
                 "See to cable and transceiver of the slower one (mlxlink, ibstat), or leave it out (NCCL_IB_HCA)");
        }
    }

    void interfaces()
    {
        for (const NetworkInterface& each : node_.interfaces) {
            fact("interface " + each.name,
                 fmt::format("{}{}{}", each.state, each.state.empty() || each.rate.empty() ? "" : ", ", each.rate),
                 Severity::disturbs);
            fact("MTU of " + each.name, each.mtu > 0 ? fmt::format("{}", each.mtu) : "", Severity::disturbs);
        }
    }

    void lanes(const std::string& device, const PciPlace& place)
    {
        if (place.lanes > 0) {
            fact("lanes of " + device, fmt::format("{}", place.lanes), Severity::disturbs);
        }
        if (place.lanes > 0 && place.lanes < place.most_lanes) {
            find(Severity::disturbs, "PCI",
                 fmt::format("{} has {} of its {} PCI lanes", device, place.lanes, place.most_lanes),
                 "Reseat it, or see whether its slot has fewer (lspci -vv, LnkSta)");
        }
    }

    void ports_down(std::size_t active)
    {
        for (const RdmaPort& port : node_.rdma) {
            if (port.state != "ACTIVE") {
                find(active == 0 ? Severity::breaks : Severity::note, "RDMA",
                     fmt::format("{} port {} is {}{}", port.device, port.port, port.state,
                                 active == 0 ? ", and no other port is active" : ""),
                     "See to its cable and its switch port; where it isn't meant to be used, leave it out "
                     "(NCCL_IB_HCA=^DEVICE)");
            }
        }
    }

    /// Two ranks of one device is what these libraries refuse.
    void accelerators_for_ranks()
    {
        static constexpr std::array of_devices = std::to_array<std::string_view>({"nccl", "rccl", "hccl"});
        const std::size_t count = node_.accelerators.size();
        if (count > 0 && static_cast<std::size_t>(state_.ranks) > count &&
            std::ranges::find(of_devices, state_.backend) != of_devices.end()) {
            find(Severity::breaks, "accelerators",
                 fmt::format("{} ranks of backend {} and {} on the PCI bus: a rank needs one", state_.ranks,
                             state_.backend, count == 1 ? "1 accelerator" : fmt::format("{} accelerators", count)),
                 "Start fewer ranks on the node, or see whether a device fell off its bus (dmesg)");
        }
    }

    static const char* nearness_text(Nearness nearness)
    {
        switch (nearness) {
            case Nearness::same_switch:
                return "same PCI switch";
            case Nearness::same_numa:
                return "same NUMA node";
            case Nearness::other_numa:
                return "other NUMA node";
            case Nearness::unknown:
                return "place not told";
        }
        return "";
    }

    void affinity()
    {
        fact("driver", node_.accelerator_driver, Severity::disturbs);
        accelerators_for_ranks();
        for (const Accelerator& each : node_.accelerators) {
            const auto nearest = nearest_port(each.place, node_.rdma);
            const std::string device = nearest ? node_.rdma[nearest->index].device : "";
            fact("accelerator " + each.address,
                 nearest ? fmt::format("{}, nearest NIC {} ({})", each.model, device, nearness_text(nearest->nearness))
                         : each.model,
                 Severity::disturbs);
            lanes(each.address, each.place);
            if (nearest && nearest->nearness == Nearness::other_numa) {
                find(Severity::disturbs, "affinity",
                     fmt::format(
                         "accelerator {} hangs at NUMA node {} and its nearest NIC {} at {}: traffic crosses the "
                         "sockets",
                         each.address, each.place.numa_node, device, node_.rdma[nearest->index].place.numa_node),
                     "See whether a NIC of its own node is down or missing, and whether the slots are as ordered");
            }
        }
        const bool peers =
            !node_.accelerators.empty() && !node_.rdma.empty() && node_.accelerator_driver.starts_with("nvidia");
        fact("nvidia_peermem", !peers ? "" : node_.peer_memory ? "loaded" : "not loaded", Severity::disturbs);
        if (peers && !node_.peer_memory) {
            find(Severity::note, "GPUDirect", "nvidia_peermem isn't loaded: NICs reach device memory by DMA-BUF alone",
                 "modprobe nvidia_peermem, or see that NCCL says 'GPU Direct RDMA Enabled' (NCCL_DEBUG=INFO)");
        }
    }

    static bool is_plugin(std::string_view name)
    {
        return name.starts_with("libnccl-") || name.starts_with("librccl-");
    }

    void libraries()
    {
        for (const SharedLibrary& each : state_.libraries) {
            fact((is_plugin(each.name) ? "plugin " : "library ") + each.name,
                 fmt::format("{} in {} (build {})", each.file, each.folder, each.build),
                 is_plugin(each.name) || each.name.starts_with("libnccl.") || each.name.starts_with("librccl.") ||
                         each.name.starts_with("libhccl.")
                     ? Severity::breaks
                     : Severity::disturbs);
        }
        for (const BackendState& each : state_.backends) {
            const bool chosen = each.name == state_.backend;
            fact("backend " + each.name, each.why_not.empty() ? each.version : "not usable: " + each.why_not,
                 chosen ? Severity::breaks : Severity::disturbs);
            if (chosen && !each.why_not.empty()) {
                find(Severity::breaks, "backend", fmt::format("backend {} can't be used: {}", each.name, each.why_not),
                     "Install its library on every node, or choose another ('plumbline list backends')");
            }
        }
        for (const auto& [variable, value] : state_.variables) {
            fact("variable " + variable, value, Severity::disturbs);
        }
    }

    const NodeState& state_;
    const NodeReading& node_;
    NodeReport report_;
};

constexpr char unit = '\t';

/// One line, whatever a node's files hold.
std::string field(const std::string& raw)
{
    return text::printable(raw);
}

std::vector<std::string> fields_of(const std::string& line)
{
    std::vector<std::string> fields(1);
    for (const char c : line) {
        if (c == unit) {
            fields.emplace_back();
        } else {
            fields.back() += c;
        }
    }
    return fields;
}

std::optional<Severity> severity_in(const std::string& text)
{
    for (const Severity each : {Severity::note, Severity::disturbs, Severity::breaks}) {
        if (text == name(each)) {
            return each;
        }
    }
    return std::nullopt;
}

}  // namespace

NodeReport judge_node(const std::string& host, const NodeState& state)
{
    return NodeJudge(host, state).judge();
}

std::string encode(const NodeReport& report)
{
    std::string text = fmt::format("host{}{}\n", unit, field(report.host));
    for (const NodeFact& each : report.facts) {
        text += fmt::format("fact{0}{1}{0}{2}{0}{3}\n", unit, each.if_different ? name(*each.if_different) : "-",
                            field(each.about), field(each.value));
    }
    for (const DoctorFinding& each : report.findings) {
        text += fmt::format("finding{0}{1}{0}{2}{0}{3}{0}{4}\n", unit, name(each.severity), field(each.about),
                            field(each.problem), field(each.advice));
    }
    return text;
}

std::optional<NodeReport> decode_node_report(const std::string& text)
{
    NodeReport report;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        const auto fields = fields_of(line);
        if (fields.size() == 2 && fields[0] == "host") {
            report.host = fields[1];
        } else if (fields.size() == 4 && fields[0] == "fact") {
            report.facts.push_back({fields[2], fields[3], severity_in(fields[1])});
        } else if (fields.size() == 5 && fields[0] == "finding" && severity_in(fields[1])) {
            report.findings.push_back({.severity = *severity_in(fields[1]),
                                       .about = fields[2],
                                       .hosts = {},
                                       .problem = fields[3],
                                       .advice = fields[4]});
        } else {
            return std::nullopt;
        }
    }
    return report.host.empty() ? std::nullopt : std::optional(report);
}

}  // namespace plumbline::app
