// SPDX-License-Identifier: Apache-2.0
#include "results/comparison/compare.hpp"

#include "results/machines/node_inventory.hpp"
#include "results/util/host_names.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>
#include <optional>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

std::string value_of(const std::vector<std::pair<std::string, std::string>>& pairs, const std::string& key)
{
    const auto found = std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.first == key; });
    return found == pairs.end() ? "" : found->second;
}

/// Distinct values over the ranks, in order of appearance as far as a few of them say it.
std::string over_ranks(const RunMetadata& info, std::string RankLocation::* member)
{
    std::set<std::string> values;
    for (const RankLocation& place : info.places) {
        if (!(place.*member).empty()) {
            values.insert(place.*member);
        }
    }
    constexpr std::size_t most = 4;
    const bool many = values.size() > most;
    return many ? fmt::format("{} different", values.size()) : fmt::format("{}", fmt::join(values, "; "));
}

/// Line `index` of the text without what surrounds it; "none" beyond its end.
std::string line_of(const std::string& text, std::size_t index)
{
    std::istringstream lines(text);
    std::string line;
    for (std::size_t i = 0; i <= index; ++i) {
        if (!std::getline(lines, line)) {
            return "none";
        }
    }
    const std::size_t begin = line.find_first_not_of(" \t");
    return begin == std::string::npos ? "empty" : line.substr(begin, line.find_last_not_of(" \t\r") + 1 - begin);
}

/// Nothing when all scenarios have the same text.
std::optional<std::size_t> first_line_that_differs(std::span<const ComparedRun> runs)
{
    std::optional<std::size_t> first;
    const std::string& text = runs.front().info.scenario_text;
    for (const ComparedRun& run : runs) {
        const std::string& other = run.info.scenario_text;
        if (other == text) {
            continue;
        }
        const auto at = std::ranges::mismatch(text, other).in1;
        const auto line = static_cast<std::size_t>(std::count(text.begin(), at, '\n'));
        first = std::min(first.value_or(line), line);
    }
    return first;
}

/// Distinct values over the nodes, in order of appearance as far as a few of them say it.
using OfNode = std::function<std::vector<std::string>(const NodeInventory&)>;
std::string over_nodes(const RunMetadata& info, const OfNode& of)
{
    std::vector<std::string> values;
    for (const std::string& machine : info.machines) {
        for (std::string& value : of(parse_inventory(machine).value_or(NodeInventory{}))) {
            if (!value.empty() && std::ranges::find(values, value) == values.end()) {
                values.push_back(std::move(value));
            }
        }
    }
    constexpr std::size_t most = 4;
    return values.size() > most ? fmt::format("{} different", values.size())
                                : fmt::format("{}", fmt::join(values, "; "));
}

/// What the nodes are made of, in as far as one of the runs tells it and no fact says it already.
void add_machines(std::vector<ManifestRow>& rows, std::span<const ComparedRun> runs)
{
    if (std::ranges::any_of(runs, [](const ComparedRun& run) { return run.info.machines.empty(); })) {
        return;  // a file that doesn't tell differs in nothing that is known
    }
    const auto add = [&](std::string name, const OfNode& of) {
        ManifestRow row{.name = std::move(name), .values = {}};
        for (const ComparedRun& run : runs) {
            row.values.push_back(over_nodes(run.info, of));
        }
        row.differs = std::ranges::any_of(row.values, [&](const auto& value) { return value != row.values.front(); });
        if (std::ranges::any_of(row.values, [](const std::string& value) { return !value.empty(); })) {
            rows.push_back(std::move(row));
        }
    };
    for (const NodeProperty& property : node_properties()) {
        const bool is_fact = property.name == "processor" || property.name == "processors" || property.name == "kernel";
        if (!is_fact) {
            add(std::string(property.title),
                [&](const NodeInventory& node) { return std::vector{property_of(node, property.name)}; });
        }
    }
    const auto add_of = [&](std::string name, const auto& pieces, const auto& member) {
        add(std::move(name), [&](const NodeInventory& node) {
            std::vector<std::string> values;
            std::ranges::transform(node.*pieces, std::back_inserter(values), member);
            return values;
        });
    };
    add_of("models of devices", &NodeInventory::devices, &InstalledDevice::model);
    add_of("firmware of devices", &NodeInventory::devices, &InstalledDevice::firmware);
    add_of("ECC of devices", &NodeInventory::devices, &InstalledDevice::error_correction);
    add_of("confidential computing of devices", &NodeInventory::devices, &InstalledDevice::confidential);
    add_of("models of network ports", &NodeInventory::ports, &InstalledPort::model);
    add_of("rates of network ports", &NodeInventory::ports, &InstalledPort::rate);
    add_of("firmware of network ports", &NodeInventory::ports, &InstalledPort::firmware);
}

}  // namespace

std::vector<ManifestRow> environment_differences(std::span<const ComparedRun> runs)
{
    std::vector<ManifestRow> rows;
    const auto add = [&](std::string name, const auto& of) {
        ManifestRow row{.name = std::move(name), .values = {}};
        for (const ComparedRun& run : runs) {
            row.values.push_back(of(run.info));
        }
        row.differs = std::any_of(row.values.begin(), row.values.end(),
                                  [&](const std::string& value) { return value != row.values.front(); });
        rows.push_back(std::move(row));
    };
    add("stand-in for the library", [](const RunMetadata& i) { return std::string(i.fake_library ? "yes" : "no"); });
    add("simulated", [](const RunMetadata& i) { return std::string(i.simulated ? "yes" : "no"); });
    add("backend", [](const RunMetadata& i) { return i.backend; });
    add("ranks", [](const RunMetadata& i) { return std::to_string(i.ranks); });
    add("nodes", [](const RunMetadata& i) { return std::to_string(i.hosts.size()); });
    add("hosts", [](const RunMetadata& i) {
        constexpr std::size_t most = 8;
        return i.hosts.size() > most ? fold_host_names(i.hosts) : fmt::format("{}", fmt::join(i.hosts, ", "));
    });
    add("cores of a rank", [](const RunMetadata& i) { return over_ranks(i, &RankLocation::cores); });
    add("devices", [](const RunMetadata& i) { return over_ranks(i, &RankLocation::device); });
    add("network interfaces", [](const RunMetadata& i) { return over_ranks(i, &RankLocation::nic); });
    add("clock", [](const RunMetadata& i) { return i.clock; });
    add("common start", [](const RunMetadata& i) { return i.synchronisation; });
    ManifestRow starts{.name = "common start came to", .values = {}};
    for (const ComparedRun& run : runs) {
        starts.values.push_back(run.starts);
    }
    starts.differs = std::ranges::any_of(starts.values, [&](const auto& value) { return value != starts.values[0]; });
    rows.push_back(std::move(starts));
    add("confidence", [](const RunMetadata& i) { return fmt::format("{:g}", i.confidence); });
    add("plumbline", [](const RunMetadata& i) { return i.plumbline_version; });
    add_machines(rows, runs);
    std::set<std::string> facts;
    std::set<std::string> variables;
    for (const ComparedRun& run : runs) {
        for (const auto& [key, value] : run.info.facts) {
            facts.insert(key);
        }
        for (const auto& [key, value] : run.info.environment) {
            variables.insert(key);
        }
    }
    for (const std::string& key : facts) {
        add(key, [&](const RunMetadata& i) { return value_of(i.facts, key); });
    }
    for (const std::string& key : variables) {
        add("$" + key, [&](const RunMetadata& i) { return value_of(i.environment, key); });
    }
    // Not the text itself: it is long, and its parts that matter are in the cases.
    const std::optional<std::size_t> line = first_line_that_differs(runs);
    add("scenario", [&](const RunMetadata& i) {
        return line ? fmt::format("{} (line {}: {})", i.name, *line + 1, line_of(i.scenario_text, *line)) : i.name;
    });
    return rows;
}

}  // namespace plumbline
