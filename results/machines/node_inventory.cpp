// SPDX-License-Identifier: Apache-2.0
#include "results/machines/node_inventory.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <map>

namespace plumbline {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::array properties_in_order{
    NodeProperty{"system", "server"},
    NodeProperty{"processor", "processor"},
    NodeProperty{"processors", "processors online"},
    NodeProperty{"threads_per_core", "threads per core"},
    NodeProperty{"numa_nodes", "NUMA nodes"},
    NodeProperty{"memory", "memory"},
    NodeProperty{"operating_system", "operating system"},
    NodeProperty{"kernel", "kernel"},
    NodeProperty{"clock_source", "clock source"},
    NodeProperty{"governor", "frequency governor"},
    NodeProperty{"virtualisation", "virtual machine"},
    NodeProperty{"container", "container"},
    NodeProperty{"confidential_computing", "confidential computing"},
    NodeProperty{"device_driver", "device driver"},
};

template <class Piece>
struct Member {
    std::string_view name;
    std::string_view title;  ///< a row of the catalogues
    std::string Piece::* member;
    bool own = false;  ///< each piece has another one
};

constexpr std::array device_members{
    Member<InstalledDevice>{"address", "PCI address", &InstalledDevice::address},
    Member<InstalledDevice>{"model", "model", &InstalledDevice::model},
    Member<InstalledDevice>{"uuid", "UUID", &InstalledDevice::uuid, true},
    Member<InstalledDevice>{"serial", "serial number", &InstalledDevice::serial, true},
    Member<InstalledDevice>{"driver", "driver", &InstalledDevice::driver},
    Member<InstalledDevice>{"firmware", "firmware", &InstalledDevice::firmware},
    Member<InstalledDevice>{"error_correction", "ECC", &InstalledDevice::error_correction},
    Member<InstalledDevice>{"confidential", "confidential computing", &InstalledDevice::confidential},
    Member<InstalledDevice>{"path", "PCI path", &InstalledDevice::path},
};
constexpr std::array port_members{
    Member<InstalledPort>{"name", "name", &InstalledPort::name},
    Member<InstalledPort>{"model", "model", &InstalledPort::model},
    Member<InstalledPort>{"rate", "rate", &InstalledPort::rate},
    Member<InstalledPort>{"layer", "link layer", &InstalledPort::layer},
    Member<InstalledPort>{"state", "state", &InstalledPort::state},
    Member<InstalledPort>{"firmware", "firmware", &InstalledPort::firmware},
    Member<InstalledPort>{"driver", "driver", &InstalledPort::driver},
    Member<InstalledPort>{"path", "PCI path", &InstalledPort::path},
    Member<InstalledPort>{"neighbour", "switch", &InstalledPort::neighbour, true},
};

template <class Piece, std::size_t N>
Json pieces_json(const std::vector<Piece>& pieces, const std::array<Member<Piece>, N>& members)
{
    Json all = Json::array();
    for (const Piece& piece : pieces) {
        Json object = Json::object();
        for (const auto& member : members) {
            if (!(piece.*member.member).empty()) {
                object[std::string(member.name)] = piece.*member.member;
            }
        }
        if (piece.numa_node >= 0) {
            object["numa_node"] = piece.numa_node;
        }
        all.push_back(std::move(object));
    }
    return all;
}

std::string text_in(const Json& object, std::string_view name)
{
    const auto found = object.find(std::string(name));
    return found != object.end() && found->is_string() ? found->template get<std::string>() : "";
}

template <class Piece, std::size_t N>
std::vector<Piece> pieces_in(const Json& object, const char* name, const std::array<Member<Piece>, N>& members)
{
    std::vector<Piece> pieces;
    const auto list = object.find(name);
    if (list == object.end() || !list->is_array()) {
        return pieces;
    }
    for (const Json& entry : *list) {
        Piece piece;
        if (entry.is_object()) {
            for (const auto& member : members) {
                piece.*member.member = text_in(entry, member.name);
            }
            const auto numa = entry.find("numa_node");
            piece.numa_node = numa != entry.end() && numa->is_number_integer() ? numa->template get<int>() : -1;
        }
        pieces.push_back(std::move(piece));
    }
    return pieces;
}

/// What a node is compared by.
struct InventoryFact {
    Sentence about;
    std::string value;
    std::string piece = {};  ///< the device or port that it is of; "" of the node's own  NOLINT
};
using InventoryFacts = std::vector<InventoryFact>;

template <class Piece, std::size_t N>
void add_pieces(InventoryFacts& facts, const std::vector<Piece>& pieces, const std::string Piece::* name,
                const std::array<Member<Piece>, N>& members)
{
    for (const Piece& piece : pieces) {
        for (const auto& member : members) {
            if (!member.own && member.member != name) {
                facts.push_back({say("{} of {}", word(member.title), piece.*name), piece.*member.member, piece.*name});
            }
        }
    }
}

InventoryFacts compared_facts(const NodeInventory& node)
{
    InventoryFacts facts;
    for (const NodeProperty& property : properties_in_order) {
        facts.push_back({word(property.title), property_of(node, property.name)});
    }
    facts.push_back({say("number of devices"), std::to_string(node.devices.size())});
    facts.push_back({say("number of network ports"), std::to_string(node.ports.size())});
    add_pieces(facts, node.devices, &InstalledDevice::address, device_members);
    add_pieces(facts, node.ports, &InstalledPort::name, port_members);
    return facts;
}

std::string facts_key(const InventoryFacts& facts)
{
    std::string key;
    for (const InventoryFact& fact : facts) {
        key += fact.about.english() + "=" + fact.value + "\n";
    }
    return key;
}

Sentence value_said(const std::string& value)
{
    return value.empty() ? say("not told") : Sentence(value);
}

bool has_piece(const InventoryFacts& facts, const std::string& piece)
{
    return std::ranges::find(facts, piece, &InventoryFact::piece) != facts.end();
}

/// The devices and ports that `facts` has and `others` lacks, each once.
std::vector<std::string> pieces_beyond(const InventoryFacts& facts, const InventoryFacts& others)
{
    std::vector<std::string> names;
    for (const InventoryFact& fact : facts) {
        if (!fact.piece.empty() && !has_piece(others, fact.piece) &&
            std::ranges::find(names, fact.piece) == names.end()) {
            names.push_back(fact.piece);
        }
    }
    return names;
}

/// A device or port that one of the two lacks is told once, not by each of its facts.
std::vector<Sentence> differences(const InventoryFacts& usual, const InventoryFacts& facts)
{
    std::vector<Sentence> all;
    for (const InventoryFact& fact : facts) {
        const auto like = std::ranges::find(usual, fact.about, &InventoryFact::about);
        const std::string other = like == usual.end() ? "" : like->value;
        if (fact.value != other && (fact.piece.empty() || has_piece(usual, fact.piece))) {
            all.push_back(say("{} is {}, not {}", fact.about, value_said(fact.value), value_said(other)));
        }
    }
    for (const std::string& piece : pieces_beyond(usual, facts)) {
        all.push_back(say("{} is missing", piece));
    }
    for (const std::string& piece : pieces_beyond(facts, usual)) {
        all.push_back(say("{} is there, on the others it isn't", piece));
    }
    return all;
}

}  // namespace

std::span<const NodeProperty> node_properties()
{
    return properties_in_order;
}

std::string property_of(const NodeInventory& node, std::string_view name)
{
    const auto found =
        std::ranges::find_if(node.properties, [&](const auto& property) { return property.first == name; });
    return found == node.properties.end() ? "" : found->second;
}

std::string format_inventory(const NodeInventory& node)
{
    if (node == NodeInventory{}) {
        return "";
    }
    Json properties = Json::object();
    for (const auto& [name, value] : node.properties) {
        properties[name] = value;
    }
    Json object{{"properties", std::move(properties)},
                {"devices", pieces_json(node.devices, device_members)},
                {"ports", pieces_json(node.ports, port_members)}};
    if (!node.leaf.empty()) {
        object["leaf"] = node.leaf;
    }
    return object.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::optional<NodeInventory> parse_inventory(std::string_view json)
{
    NodeInventory node;
    if (json.empty()) {
        return node;
    }
    const Json object = Json::parse(json, nullptr, false);
    if (!object.is_object()) {
        return std::nullopt;
    }
    if (const auto properties = object.find("properties"); properties != object.end() && properties->is_object()) {
        for (const auto& [name, value] : properties->items()) {
            if (value.is_string()) {
                node.properties.emplace_back(name, value.get<std::string>());
            }
        }
    }
    node.devices = pieces_in(object, "devices", device_members);
    node.ports = pieces_in(object, "ports", port_members);
    node.leaf = text_in(object, "leaf");
    return node;
}

NodeInventory without_serials(NodeInventory node)
{
    for (InstalledDevice& device : node.devices) {
        device.uuid.clear();
        device.serial.clear();
    }
    for (InstalledPort& port : node.ports) {
        port.neighbour.clear();
    }
    node.leaf.clear();
    return node;
}

std::vector<NodeGroup> alike_nodes(std::span<const NodeInventory> nodes)
{
    std::vector<NodeGroup> groups;
    std::map<std::string, std::size_t> group_of;
    for (std::size_t node = 0; node < nodes.size(); ++node) {
        const auto [at, is_new] = group_of.try_emplace(facts_key(compared_facts(nodes[node])), groups.size());
        if (is_new) {
            groups.push_back({.nodes = {}});
        }
        groups[at->second].nodes.push_back(node);
    }
    if (groups.empty()) {
        return groups;
    }
    const auto largest =
        std::ranges::max_element(groups, {}, [](const NodeGroup& group) { return group.nodes.size(); });
    std::rotate(groups.begin(), largest, largest + 1);
    const InventoryFacts usual = compared_facts(nodes[groups.front().nodes.front()]);
    for (std::size_t i = 1; i < groups.size(); ++i) {
        groups[i].differences = differences(usual, compared_facts(nodes[groups[i].nodes.front()]));
    }
    return groups;
}

std::vector<Sentence> differences_said(std::span<const NodeInventory> nodes, std::span<const std::string> hosts)
{
    const std::vector<NodeGroup> groups = alike_nodes(nodes);
    std::vector<Sentence> all;
    if (nodes.size() < 2) {
        return all;
    }
    all.push_back(groups.size() == 1 ? say("all {} nodes are alike", nodes.size())
                                     : say("{} of {} nodes are alike", groups.front().nodes.size(), nodes.size()));
    constexpr std::size_t most_named = 4;
    for (std::size_t i = 1; i < groups.size(); ++i) {
        std::vector<Sentence> names;
        for (const std::size_t node : groups[i].nodes) {
            if (names.size() == most_named && groups[i].nodes.size() > most_named + 1) {
                names.push_back(say("{} more", groups[i].nodes.size() - most_named));
                break;
            }
            names.emplace_back(node < hosts.size() ? hosts[node] : std::to_string(node));
        }
        std::vector<Sentence> told = groups[i].differences;
        constexpr std::size_t most_told = 6;
        if (told.size() > most_told) {
            const std::size_t more = told.size() - most_told;
            told.resize(most_told);
            told.push_back(say("{} more", more));
        }
        all.push_back(say("{}: {}", list_of(names), list_of(told)));
    }
    return all;
}

}  // namespace plumbline
