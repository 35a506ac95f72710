// SPDX-License-Identifier: Apache-2.0
#include "harness/app/doctor/compare_nodes.hpp"

#include "results/util/host_names.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace plumbline::app {

namespace {

struct TopicAdvice {
    std::string_view topic;  ///< first word of a fact
    std::string_view advice;
};
constexpr std::array advices{
    TopicAdvice{"plumbline", "Run the same plumbline on all nodes: a shared folder, or one package"},
    TopicAdvice{"plugin", "Give all nodes the same plugin, or none: ranks that take different networks hang or fail"},
    TopicAdvice{"library", "Install the same version on all nodes, and see LD_LIBRARY_PATH there"},
    TopicAdvice{"backend", "Install the same version of its library on all nodes"},
    TopicAdvice{"variable", "Set it on all nodes alike (mpirun -x, srun --export), or on none"},
    TopicAdvice{"firmware", "Update it, or leave the node out of the comparison"},
    TopicAdvice{"RDMA", "See to cable, transceiver and switch port (ibstat, mlxlink)"},
    TopicAdvice{"accelerator", "See whether a device fell off its bus (dmesg) or hangs in another slot"},
    TopicAdvice{"driver", "Install the same driver on all nodes"},
    TopicAdvice{"governor", "Set it: cpupower frequency-set -g performance"},
    TopicAdvice{"frequency",
                "Set the same limits and turbo on all nodes (cpupower frequency-info, the firmware's setup)"},
    TopicAdvice{"turbo", "Set the same limits and turbo on all nodes (cpupower frequency-info, the firmware's setup)"},
    TopicAdvice{"NUMA", "Set the same NUMA nodes a socket in the firmware's setup of all nodes"},
    TopicAdvice{"interface", "See to its cable and switch port (ip link, ethtool)"},
    TopicAdvice{"MTU", "Set one MTU on all nodes and their switch ports (ip link set dev NAME mtu 9000)"},
    TopicAdvice{"lanes", "Reseat the device, or see whether its slot has fewer (lspci -vv, LnkSta)"},
    TopicAdvice{"nvidia_peermem", "Load it on all nodes (modprobe nvidia_peermem), or on none"},
    TopicAdvice{"memory", "See whether a memory module failed or is missing (dmidecode, edac-util)"},
    TopicAdvice{"clock", "See dmesg for why the kernel left its clock on these"},
    TopicAdvice{"limit", "Set it alike on all nodes"},
    TopicAdvice{"processors", "See whether cores or hyperthreads are off on these"},
    TopicAdvice{"ranks", "Give each node as many ranks, where the cluster is meant to be uniform"},
};

std::string advice_of(const std::string& about)
{
    const std::string_view topic = std::string_view(about).substr(0, about.find(' '));
    const auto found = std::ranges::find(advices, topic, &TopicAdvice::topic);
    return found == advices.end() ? "Where the nodes are meant to be alike, see why they aren't"
                                  : std::string(found->advice);
}

/// What a fact is on which hosts. The hosts that lack it are under no value.
using HostsOfValue = std::map<std::optional<std::string>, std::vector<std::string>>;

struct ComparedFact {
    std::size_t order = 0;  ///< in which facts are told
    Severity if_different = Severity::note;
    std::map<std::string, std::string> value_of_host;
};

/// The most common value first; of equally many hosts those that have the fact before those that lack it.
std::vector<HostsOfValue::const_iterator> by_frequency(const HostsOfValue& values)
{
    std::vector<HostsOfValue::const_iterator> sorted;
    for (auto at = values.begin(); at != values.end(); ++at) {
        sorted.push_back(at);
    }
    std::ranges::stable_sort(sorted, [](const auto& a, const auto& b) {
        return a->second.size() != b->second.size() ? a->second.size() > b->second.size()
                                                    : a->first.has_value() && !b->first.has_value();
    });
    return sorted;
}

/// "2.28.9 on 63 of 64 nodes and 2.26.2 on node17": the most common value first.
std::string describe_values(const HostsOfValue& values, std::size_t nodes)
{
    const auto sorted = by_frequency(values);
    constexpr std::size_t most_values = 4;
    std::string text;
    for (std::size_t i = 0; i < sorted.size() && i < most_values; ++i) {
        const auto& [value, hosts] = *sorted[i];
        const std::string where =
            i == 0 && nodes > 2 ? fmt::format("{} of {} nodes", hosts.size(), nodes) : fold_host_names(hosts);
        const std::string joint = i == 0 ? "" : i + 1 == sorted.size() ? " and " : ", ";
        text += joint + fmt::format("{} on {}", value.value_or("missing"), where);
    }
    return sorted.size() > most_values ? fmt::format("{} and {} more", text, sorted.size() - most_values) : text;
}

/// Who isn't like the most; all, where no value is the most common one.
std::vector<std::string> odd_hosts(const HostsOfValue& values)
{
    const auto sorted = by_frequency(values);
    const auto& most = *sorted[0];
    const auto& next = *sorted[1];
    const bool nobody_is_usual = most.second.size() == next.second.size() && next.first.has_value();
    std::vector<std::string> odd;
    for (std::size_t i = nobody_is_usual ? 0 : 1; i < sorted.size(); ++i) {
        odd.insert(odd.end(), sorted[i]->second.begin(), sorted[i]->second.end());
    }
    return odd;
}

std::map<std::string, ComparedFact> facts_by_name(std::span<const NodeReport> nodes)
{
    std::map<std::string, ComparedFact> facts;
    for (const NodeReport& node : nodes) {
        for (const NodeFact& each : node.facts) {
            if (each.if_different) {
                ComparedFact& fact = facts.try_emplace(each.about, ComparedFact{facts.size(), {}, {}}).first->second;
                fact.if_different = std::max(fact.if_different, *each.if_different);
                fact.value_of_host[node.host] = each.value;
            }
        }
    }
    return facts;
}

std::vector<NodeFact> compared_facts(const NodeReport& node)
{
    std::vector<NodeFact> facts;
    std::ranges::copy_if(node.facts, std::back_inserter(facts),
                         [](const NodeFact& fact) { return fact.if_different.has_value(); });
    return facts;
}

}  // namespace

std::vector<AlikeNodes> group_alike(std::span<const NodeReport> nodes)
{
    std::vector<AlikeNodes> groups;
    std::map<std::string, std::size_t> group_of;
    for (const NodeReport& node : nodes) {
        const std::string key = encode({.host = "", .facts = compared_facts(node), .findings = {}});
        const auto [at, is_new] = group_of.try_emplace(key, groups.size());
        if (is_new) {
            groups.push_back({.hosts = {}, .facts = node.facts});
        }
        groups[at->second].hosts.push_back(node.host);
    }
    if (groups.empty()) {
        return groups;
    }
    const auto largest =
        std::ranges::max_element(groups, {}, [](const AlikeNodes& group) { return group.hosts.size(); });
    std::rotate(groups.begin(), largest, largest + 1);
    const std::vector<NodeFact>& usual = groups.front().facts;
    for (std::size_t i = 1; i < groups.size(); ++i) {
        std::vector<NodeFact> different;
        for (const NodeFact& fact : groups[i].facts) {
            if (fact.if_different && std::ranges::find(usual, fact) == usual.end()) {
                different.push_back(fact);
            }
        }
        for (const NodeFact& fact : usual) {
            if (fact.if_different &&
                std::ranges::find(groups[i].facts, fact.about, &NodeFact::about) == groups[i].facts.end()) {
                different.push_back({fact.about, "missing", fact.if_different});
            }
        }
        groups[i].facts = std::move(different);
    }
    return groups;
}

std::vector<DoctorFinding> merged(std::vector<DoctorFinding> findings)
{
    std::vector<DoctorFinding> all;
    std::map<std::tuple<Severity, std::string, std::string>, std::size_t> known;
    for (DoctorFinding& each : findings) {
        const auto [at, is_new] = known.try_emplace({each.severity, each.about, each.problem}, all.size());
        if (is_new) {
            all.push_back(std::move(each));
        } else {
            auto& hosts = all[at->second].hosts;
            hosts.insert(hosts.end(), each.hosts.begin(), each.hosts.end());
        }
    }
    std::ranges::stable_sort(all, std::ranges::greater{}, &DoctorFinding::severity);
    return all;
}

std::vector<DoctorFinding> compare_nodes(std::span<const NodeReport> nodes)
{
    std::vector<DoctorFinding> findings;
    for (const NodeReport& node : nodes) {
        for (DoctorFinding finding : node.findings) {
            finding.hosts = {node.host};
            findings.push_back(std::move(finding));
        }
    }
    const auto facts = facts_by_name(nodes);
    std::vector<const std::pair<const std::string, ComparedFact>*> in_order;
    for (const auto& each : facts) {
        in_order.push_back(&each);
    }
    std::ranges::sort(in_order, {}, [](const auto* each) { return each->second.order; });
    for (const auto* each : in_order) {
        const auto& [about, fact] = *each;
        HostsOfValue values;
        for (const NodeReport& node : nodes) {
            const auto at = fact.value_of_host.find(node.host);
            values[at == fact.value_of_host.end() ? std::nullopt : std::optional(at->second)].push_back(node.host);
        }
        if (values.size() > 1) {
            findings.push_back({.severity = fact.if_different,
                                .about = about,
                                .hosts = odd_hosts(values),
                                .problem = "nodes differ: " + describe_values(values, nodes.size()),
                                .advice = advice_of(about)});
        }
    }
    return merged(std::move(findings));
}

}  // namespace plumbline::app
