// SPDX-License-Identifier: Apache-2.0
#include "results/layout/run.hpp"

#include "results/hdf5/contents.hpp"
#include "results/layout/columns.hpp"
#include "results/layout/layout.hpp"
#include "results/machines/node_inventory.hpp"
#include "results/texts/stored_sentence.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline::layout {
namespace {

void write_pairs(hdf5::Contents& file, const std::string& path,
                 const std::vector<std::pair<std::string, std::string>>& pairs, std::string_view description)
{
    using Pair = std::pair<std::string, std::string>;
    Columns<Pair> columns(pairs);
    columns.add("name", no_unit, [](const Pair& pair) { return pair.first; });
    columns.add("value", no_unit, [](const Pair& pair) { return pair.second; });
    columns.write(file, path, description);
}

std::vector<std::pair<std::string, std::string>> read_pairs(hid_t file, const std::string& path)
{
    const hdf5::Table table(file, path);
    const auto names = table.column<std::string>("name");
    const auto values = table.column<std::string>("value");
    std::vector<std::pair<std::string, std::string>> pairs;
    pairs.reserve(table.rows());
    for (std::size_t i = 0; i < table.rows(); ++i) {
        pairs.emplace_back(names[i], values[i]);
    }
    return pairs;
}

void write_places(hdf5::Contents& file, const std::vector<RankLocation>& places)
{
    Columns<RankLocation> columns(places);
    columns.add("rank", "1", [](const RankLocation& place) { return place.rank; });
    columns.add("node", "1", [](const RankLocation& place) { return place.node; });
    columns.add("pid", "1", [](const RankLocation& place) { return place.pid; });
    columns.add("cores", no_unit, [](const RankLocation& place) { return place.cores; });
    columns.add("device", no_unit, [](const RankLocation& place) { return place.device; });
    columns.add("nic", no_unit, [](const RankLocation& place) { return place.nic; });
    columns.write(file, "/environment/ranks", "where each process of the launch ran; node is an index into hosts");
}

std::vector<RankLocation> read_places(hid_t file)
{
    const hdf5::Table table(file, "/environment/ranks");
    const auto rank = table.column<std::int64_t>("rank");
    const auto node = table.column<std::int64_t>("node");
    const auto pid = table.column<std::int64_t>("pid");
    const auto cores = table.column<std::string>("cores");
    const auto device = table.column<std::string>("device");
    const auto nic = table.column<std::string>("nic");
    std::vector<RankLocation> places;
    places.reserve(table.rows());
    for (std::size_t i = 0; i < table.rows(); ++i) {
        places.push_back({.rank = narrow(rank[i]),
                          .node = narrow(node[i]),
                          .pid = narrow(pid[i]),
                          .cores = cores[i],
                          .device = device[i],
                          .nic = nic[i]});
    }
    return places;
}

void write_launches(hdf5::Contents& file, std::span<const Launch> launches)
{
    Columns<Launch> columns(launches);
    columns.add("started_unix_s", "s", [](const Launch& launch) { return launch.started_unix_s; });
    columns.add("clock_cost_s", "s", [](const Launch& launch) { return launch.clock_cost_s; });
    columns.add("empty_operation_s", "s", [](const Launch& launch) { return launch.empty_operation_s; });
    columns.write(file, "/launches", "one row a start of the program that measured into this file [launch]");
}

std::vector<Launch> read_launches(hid_t file)
{
    if (!hdf5::exists(file, "/launches")) {
        return {};
    }
    const hdf5::Table table(file, "/launches");
    const auto started = table.column<double>("started_unix_s");
    const auto clock = table.column<double>("clock_cost_s");
    const auto empty = table.column<double>("empty_operation_s");
    std::vector<Launch> launches(table.rows());
    for (std::size_t i = 0; i < launches.size(); ++i) {
        launches[i] = {.started_unix_s = started[i], .clock_cost_s = clock[i], .empty_operation_s = empty[i]};
    }
    return launches;
}

/// In English for readers without plumbline, and as code and values for every language.
void write_warnings(hdf5::Contents& file, std::span<const Sentence> warnings)
{
    std::vector<std::string> english;
    std::vector<std::string> said;
    for (const Sentence& warning : warnings) {
        english.push_back(warning.english());
        said.push_back(stored(warning));
    }
    hdf5::write_texts(file, "/warnings", english, {no_unit, "what the run warned of"});
    hdf5::write_texts(file, "/warnings_said", said, {no_unit, "the same as JSON: the code of each and its values"});
}

std::vector<Sentence> read_warnings(hid_t file)
{
    const auto english = hdf5::read_texts(file, "/warnings");
    std::vector<Sentence> warnings(english.begin(), english.end());
    if (!hdf5::exists(file, "/warnings_said")) {
        return warnings;  // a file from before it
    }
    const auto said = hdf5::read_texts(file, "/warnings_said");
    for (std::size_t i = 0; i < warnings.size(); ++i) {
        auto one = i < said.size() ? sentence_from(said[i]) : std::nullopt;
        if (said.size() != warnings.size() || !one || *one != warnings[i]) {
            throw hdf5::Error(say("/warnings_said differs from /warnings"));
        }
        warnings[i] = *std::move(one);
    }
    return warnings;
}

std::vector<std::string> read_machines(hid_t file, std::size_t hosts)
{
    if (!hdf5::exists(file, "/environment/machines")) {
        return {};  // a file from before it, or without machines
    }
    auto machines = hdf5::read_texts(file, "/environment/machines");
    if (machines.size() != hosts ||
        !std::ranges::all_of(machines, [](const auto& machine) { return parse_inventory(machine).has_value(); })) {
        throw hdf5::Error(say("/environment/machines has no inventory for each host"));
    }
    return machines;
}

StateRule read_state_rule(hid_t file)
{
    const int rule = hdf5::has_attribute(file, "state_rule") ? hdf5::read_count_attribute(file, "state_rule") : 1;
    if (rule < 1 || rule > static_cast<int>(StateRule::share_of_hosts)) {
        throw hdf5::Error(say("attribute state_rule is {}, which this program doesn't know", rule));
    }
    return static_cast<StateRule>(rule);
}

}  // namespace

void write_run(hdf5::Contents& file, const RunMetadata& info, bool complete)
{
    const hid_t root = file.id();
    hdf5::write_attribute(root, "plumbline_schema", std::int64_t{info.schema});
    hdf5::write_attribute(root, "complete", std::int64_t{complete ? 1 : 0});
    hdf5::write_attribute(root, "plumbline_version", info.plumbline_version);
    hdf5::write_attribute(root, "name", info.name);
    hdf5::write_attribute(root, "scenario_path", info.scenario_path);
    hdf5::write_attribute(root, "started_unix_s", info.started_unix_s);
    hdf5::write_attribute(root, "ranks", std::int64_t{info.ranks});
    hdf5::write_attribute(root, "confidence", info.confidence);
    hdf5::write_attribute(root, "backend", info.backend);
    hdf5::write_attribute(root, "simulated", std::int64_t{info.simulated ? 1 : 0});
    hdf5::write_attribute(root, "fake_library", std::int64_t{info.fake_library ? 1 : 0});
    hdf5::write_attribute(root, "clock", info.clock);
    hdf5::write_attribute(root, "synchronisation", info.synchronisation);
    hdf5::write_attribute(root, "clock_cost_s", info.clock_cost_s);
    hdf5::write_attribute(root, "empty_operation_s", info.empty_operation_s);
    hdf5::write_attribute(root, "planned_cases", std::int64_t{info.planned_cases});
    hdf5::write_attribute(root, "resumptions", std::int64_t{info.resumptions});
    hdf5::write_attribute(root, "state_rule", std::int64_t{static_cast<int>(info.state_rule)});
    hdf5::write_attribute(root, "seed", info.seed);
    hdf5::write_text(file, "/scenario", info.scenario_text, {no_unit, "scenario as executed, YAML"});
    hdf5::write_text(file, "/targets", info.targets_text, {no_unit, "its targets, YAML; empty if there are none"});
    if (!info.inputs.empty()) {
        write_pairs(file, "/inputs", info.inputs, "files that the scenario refers to, as they were read");
    }
    write_warnings(file, info.warnings);
    hdf5::write_texts(file, "/environment/hosts", info.hosts, {no_unit, "host names [node]"});
    write_places(file, info.places);
    if (!info.machines.empty()) {
        hdf5::write_texts(file, "/environment/machines", info.machines,
                          {no_unit, "what each host is made of, JSON; empty: not told [node]"});
    }
    write_pairs(file, "/environment/facts", info.facts, "library, versions, build");
    if (!info.library_log.empty()) {
        write_pairs(file, "/environment/library_log", info.library_log, "what the library said of itself");
    }
    write_pairs(file, "/environment/variables", info.environment, "chosen environment variables");
    write_launches(file, info.launches);
    hdf5::create_group(file, "/cases");
}

RunMetadata read_run(hid_t file)
{
    RunMetadata info;
    info.schema = hdf5::read_count_attribute(file, "plumbline_schema");
    info.plumbline_version = hdf5::read_text_attribute(file, "plumbline_version");
    info.name = hdf5::read_text_attribute(file, "name");
    info.scenario_path = hdf5::read_text_attribute(file, "scenario_path");
    info.started_unix_s = hdf5::read_real_attribute(file, "started_unix_s");
    info.ranks = hdf5::read_count_attribute(file, "ranks");
    info.confidence = hdf5::read_real_attribute(file, "confidence");
    if (!(info.confidence > 0 && info.confidence < 1)) {
        throw hdf5::Error(say("attribute confidence is not between 0 and 1"));
    }
    info.backend = hdf5::read_text_attribute(file, "backend");
    info.simulated = hdf5::read_count_attribute(file, "simulated") != 0;
    info.fake_library =
        hdf5::has_attribute(file, "fake_library") && hdf5::read_count_attribute(file, "fake_library") != 0;
    info.clock = hdf5::read_text_attribute(file, "clock");
    info.synchronisation = hdf5::read_text_attribute(file, "synchronisation");
    info.clock_cost_s = hdf5::read_real_attribute(file, "clock_cost_s");
    info.empty_operation_s = hdf5::read_real_attribute(file, "empty_operation_s");
    info.planned_cases = hdf5::read_count_attribute(file, "planned_cases");
    info.resumptions = hdf5::has_attribute(file, "resumptions") ? hdf5::read_count_attribute(file, "resumptions") : 0;
    info.state_rule = read_state_rule(file);
    info.seed = hdf5::read_unsigned_attribute(file, "seed");
    info.scenario_text = hdf5::read_text(file, "/scenario");
    info.targets_text = hdf5::read_text(file, "/targets");
    if (hdf5::exists(file, "/inputs")) {
        info.inputs = read_pairs(file, "/inputs");
    }
    info.warnings = read_warnings(file);
    info.hosts = hdf5::read_texts(file, "/environment/hosts");
    info.places = read_places(file);
    info.machines = read_machines(file, info.hosts.size());
    info.facts = read_pairs(file, "/environment/facts");
    if (hdf5::exists(file, "/environment/library_log")) {
        info.library_log = read_pairs(file, "/environment/library_log");
    }
    info.environment = read_pairs(file, "/environment/variables");
    info.launches = read_launches(file);
    if (info.launches.empty()) {  // a file from before there could be several
        info.launches.push_back({.started_unix_s = info.started_unix_s,
                                 .clock_cost_s = info.clock_cost_s,
                                 .empty_operation_s = info.empty_operation_s});
    }
    return info;
}

bool read_complete(hid_t file)
{
    return hdf5::read_count_attribute(file, "complete") != 0;
}

}  // namespace plumbline::layout
