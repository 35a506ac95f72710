// SPDX-License-Identifier: Apache-2.0
#include "results/report/json_parts.hpp"

#include "collectives/operations/types.hpp"
#include "results/machines/node_inventory.hpp"
#include "results/report/texts.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cmath>
#include <cstddef>
#include <cstdlib>
#include <map>
#include <set>
#include <vector>

namespace plumbline::report {
namespace {

/// Hosts that the page names where it says what was tested.
constexpr std::size_t most_hosts_named = 8;

Json pairs_of(const std::vector<std::pair<std::string, std::string>>& pairs)
{
    Json rows = Json::array();
    for (const auto& [key, value] : pairs) {
        rows.push_back({said(word(text::printable(key))), said(recognised(value))});
    }
    return rows;
}

/// As they were set: names and values are the libraries' own, in every language.
Json variables_json(const std::vector<std::pair<std::string, std::string>>& variables)
{
    Json rows = Json::array();
    for (const auto& [name, value] : variables) {
        rows.push_back({text_of(name), text_of(value)});
    }
    return rows;
}

/// Hosts that the page has a row of; of more it says how many there are.
constexpr std::size_t most_places = 500;

/// A row a host: which ranks ran there, on which cores, with which devices.
Json places_json(const RunMetadata& info)
{
    struct OnHost {
        std::vector<int> ranks;
        std::set<std::string> cores, devices, nics;
    };
    std::map<int, OnHost> by_node;
    for (const RankLocation& place : info.places) {
        OnHost& host = by_node[place.node];
        host.ranks.push_back(place.rank);
        host.cores.insert(place.cores);
        host.devices.insert(place.device);
        host.nics.insert(place.nic);
    }
    const auto joined = [](const std::set<std::string>& values) {
        std::string all;
        for (const std::string& value : values) {
            all += (all.empty() || value.empty() ? "" : "; ") + value;
        }
        return text_of(all);
    };
    const std::size_t left_out = by_node.size() - std::min(by_node.size(), most_places);
    Json rows = Json::array();
    for (auto& [node, host] : by_node) {
        if (rows.size() == most_places) {
            break;
        }
        std::sort(host.ranks.begin(), host.ranks.end());
        const bool known = node >= 0 && static_cast<std::size_t>(node) < info.hosts.size();
        rows.push_back({{"host", text_of(known ? info.hosts[static_cast<std::size_t>(node)] : std::to_string(node))},
                        {"ranks", ranges(host.ranks)},
                        {"cores", joined(host.cores)},
                        {"device", joined(host.devices)},
                        {"nic", joined(host.nics)}});
    }
    return {{"left_out", left_out}, {"hosts", std::move(rows)}};
}

/// Rows of devices and of ports that the page has.
constexpr std::size_t most_pieces = 500;
/// Nodes that its picture has.
constexpr std::size_t most_drawn = 16;

std::string host_of(const RunMetadata& info, std::size_t node)
{
    return node < info.hosts.size() ? info.hosts[node] : std::to_string(node);
}

Json device_json(const std::string& host, const InstalledDevice& device)
{
    return {{"host", text_of(host)},
            {"address", text_of(device.address)},
            {"model", text_of(device.model)},
            {"uuid", text_of(device.uuid)},
            {"serial", text_of(device.serial)},
            {"driver", text_of(device.driver)},
            {"firmware", text_of(device.firmware)},
            {"ecc", said(word(device.error_correction))},
            {"confidential", said(word(device.confidential))}};
}

Json port_json(const std::string& host, const InstalledPort& port)
{
    return {{"host", text_of(host)},
            {"name", text_of(port.name)},
            {"model", text_of(port.model)},
            {"rate", text_of(port.rate)},
            {"layer", text_of(port.layer)},
            {"state", text_of(port.state)},
            {"firmware", text_of(port.firmware)},
            {"path", text_of(port.path)},
            {"neighbour", text_of(port.neighbour)}};
}

/// A node of the picture: its devices, and its ports with what each hangs beside (the same folder below a PCI bridge).
Json drawn_node(const std::string& host, const NodeInventory& node)
{
    Json devices = Json::array();
    for (const InstalledDevice& device : node.devices) {
        devices.push_back({{"name", text_of(device.model.empty() ? device.address : device.model)},
                           {"numa", device.numa_node < 0 ? Json(nullptr) : Json(device.numa_node)},
                           {"path", text_of(device.path)}});
    }
    Json ports = Json::array();
    for (const InstalledPort& port : node.ports) {
        ports.push_back({{"name", text_of(port.name)},
                         {"rate", text_of(port.rate)},
                         {"down", !port.state.empty() && port.state != "ACTIVE" && port.state != "UP"},
                         {"numa", port.numa_node < 0 ? Json(nullptr) : Json(port.numa_node)},
                         {"path", text_of(port.path)}});
    }
    return {{"host", text_of(host)},
            {"leaf", text_of(node.leaf)},
            {"processor", text_of(property_of(node, "processor"))},
            {"devices", std::move(devices)},
            {"ports", std::move(ports)}};
}

/// The machine as found; null where the file doesn't say it.
Json machines_json(const RunMetadata& info)
{
    std::vector<NodeInventory> nodes;
    for (const std::string& machine : info.machines) {
        nodes.push_back(parse_inventory(machine).value_or(NodeInventory{}));
    }
    if (std::ranges::all_of(nodes, [](const NodeInventory& node) { return node == NodeInventory{}; })) {
        return nullptr;
    }
    const std::vector<NodeGroup> groups = alike_nodes(nodes);
    const NodeInventory& usual = nodes[groups.front().nodes.front()];
    Json properties = Json::array();
    for (const NodeProperty& property : node_properties()) {
        properties.push_back({said(word(property.title)), said(recognised(property_of(usual, property.name)))});
    }
    Json devices = Json::array();
    Json ports = Json::array();
    Json drawn = Json::array();
    std::size_t all_devices = 0;
    std::size_t all_ports = 0;
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        const std::string host = host_of(info, i);
        for (const InstalledDevice& device : nodes[i].devices) {
            if (all_devices++ < most_pieces) {
                devices.push_back(device_json(host, device));
            }
        }
        for (const InstalledPort& port : nodes[i].ports) {
            if (all_ports++ < most_pieces) {
                ports.push_back(port_json(host, port));
            }
        }
        if (drawn.size() < most_drawn) {
            drawn.push_back(drawn_node(host, nodes[i]));
        }
    }
    Json differences = Json::array();
    for (const Sentence& sentence : differences_said(nodes, info.hosts)) {
        differences.push_back(said(sentence));
    }
    return {{"count", nodes.size()},
            {"of", text_of(host_of(info, groups.front().nodes.front()))},
            {"differences", std::move(differences)},
            {"properties", std::move(properties)},
            {"devices_left_out", all_devices - devices.size()},
            {"devices", std::move(devices)},
            {"ports_left_out", all_ports - ports.size()},
            {"ports", std::move(ports)},
            {"drawn", std::move(drawn)}};
}

/// "" where the file doesn't say it.
std::string fact_of(const RunMetadata& info, std::string_view key)
{
    const auto found = std::ranges::find_if(info.facts, [&](const auto& fact) { return fact.first == key; });
    return found == info.facts.end() ? "" : found->second;
}

}  // namespace

Json number(double value)
{
    return std::isfinite(value) ? Json(std::strtod(fmt::format("{:.6g}", value).c_str(), nullptr)) : Json(nullptr);
}

Json number(const std::optional<double>& value)
{
    return value ? number(*value) : Json(nullptr);
}

Json text_of(std::string_view raw)
{
    return text::printable(raw);
}

Json said(const Sentence& sentence)
{
    const std::string english = text::printable(in(Language::en, sentence));
    const std::string chinese = text::printable(in(Language::zh, sentence));
    return english == chinese ? Json(english) : Json{{"en", english}, {"zh", chinese}};
}

Json interval_of(const std::optional<Interval>& interval)
{
    return interval ? Json({number(interval->low), number(interval->high)}) : Json(nullptr);
}

std::string ranges(const std::vector<int>& sorted)
{
    std::string all;
    for (std::size_t i = 0; i < sorted.size();) {
        std::size_t end = i + 1;
        while (end < sorted.size() && sorted[end] == sorted[end - 1] + 1) {
            ++end;
        }
        all += all.empty() ? "" : ",";
        all += end - i == 1 ? fmt::format("{}", sorted[i]) : fmt::format("{}-{}", sorted[i], sorted[end - 1]);
        i = end;
    }
    return all;
}

Json texts_json()
{
    Json all = Json::object();
    for (const Text& text : all_texts()) {
        all[std::string(text.key)] = {text.en, text.zh};
    }
    return all;
}

/// The first fact that names what communicates; the backend where there is none.
std::string library_of(const RunMetadata& info)
{
    constexpr std::array<std::string_view, 4> words{"library", "backend", "mpi", "nccl"};
    for (const auto& [key, value] : info.facts) {
        std::string name = key;
        std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
        if (std::ranges::any_of(words, [&](std::string_view one) { return name.find(one) != std::string::npos; })) {
            return value;
        }
    }
    return info.backend;
}

Json run_info_json(const RunMetadata& info)
{
    Json hosts = Json::array();
    for (std::size_t i = 0; i < std::min(info.hosts.size(), most_hosts_named); ++i) {
        hosts.push_back(text_of(info.hosts[i]));
    }
    Json warnings = Json::array();
    for (const Sentence& warning : info.warnings) {
        warnings.push_back(said(warning));
    }
    return {{"name", text_of(info.name)},
            {"started_unix_s", info.started_unix_s},
            {"zone", text_of(fact_of(info, "time zone"))},
            {"ranks", info.ranks},
            {"hosts", hosts},
            {"host_count", info.hosts.size()},
            {"backend", text_of(info.backend)},
            {"simulated", info.simulated},
            {"stand_in", info.fake_library},
            {"version", text_of(info.plumbline_version)},
            {"confidence", info.confidence},
            {"clock", said(recognised(info.clock))},
            {"synchronisation", said(recognised(info.synchronisation))},
            {"clock_cost_s", number(info.clock_cost_s)},
            {"empty_operation_s", number(info.empty_operation_s)},
            {"planned_cases", info.planned_cases},
            {"seed", std::to_string(info.seed)},
            {"schema", info.schema},
            {"library", said(recognised(library_of(info)))},
            {"facts", pairs_of(info.facts)},
            {"environment", variables_json(info.environment)},
            {"places", places_json(info)},
            {"machines", machines_json(info)},
            {"warnings", warnings}};
}

}  // namespace plumbline::report
