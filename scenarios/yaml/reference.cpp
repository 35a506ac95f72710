// SPDX-License-Identifier: Apache-2.0
#include "scenarios/yaml/reference.hpp"

#include "collectives/util/units.hpp"
#include "scenarios/yaml/scenario.hpp"
#include "scenarios/yaml/sections.hpp"

#include <fmt/format.h>

#include <array>
#include <regex>
#include <set>
#include <string_view>

namespace plumbline {
namespace {

std::string text_or(const Field& field, std::string_view key, std::string_view otherwise)
{
    const auto found = field.find(key);
    return found ? found->text() : std::string(otherwise);
}

std::string read_date(const Field& field)
{
    static const std::regex form(R"(\d{4}-\d{2}(-\d{2})?)");
    if (!std::regex_match(field.text(), form)) {
        field.reject("a date is written YYYY-MM-DD, or YYYY-MM", "Write for example 2026-07-30");
    }
    return field.text();
}

/// Above what physics allows no value is a reference.
void expect_below_bound(const Field& field, const PublishedValue& value)
{
    const Ideal bound = bound_of(value);
    if (!bound.seconds) {
        field.fail(say("has no bound ({}). State the links", bound.why));
    }
    const double most = counted_bytes(value) / *bound.seconds;
    if (value.busbw_bytes_per_s > most) {
        field.require("busbw").reject(say("{:.4g} GB/s are above the bound of its links, {:.4g} GB/s",
                                          value.busbw_bytes_per_s / giga, most / giga),
                                      "Correct the links, or say which of them reduce");
    }
    if (value.algorithm) {
        if (const Attainable found = attainable_of(value); !found.seconds) {
            field.require("algorithm").reject(found.why, "Name another one, or none");
        }
    }
}

PublishedValue read_reference(const Field& field)
{
    constexpr std::array<std::string_view, 19> keys{
        "name",      "kind",      "busbw",    "pattern",      "op",
        "dtype",     "bytes",     "in_place", "nodes",        "devices_per_node",
        "links",     "device",    "note",     "links_source", "library",
        "algorithm", "statistic", "source",   "date"};
    constexpr std::array kinds{PublishedKind::measured, PublishedKind::threshold};
    field.expect_keys("a reference", keys);
    PublishedValue value;
    value.name = field.require("name").text();
    value.source = field.require("source").text();
    value.date = read_date(field.require("date"));
    if (const auto kind = field.find("kind")) {
        value.kind = pick(*kind, kinds);
    }
    value.busbw_bytes_per_s = field.require("busbw").bytes_per_second();
    const Field pattern = field.require("pattern");
    std::vector<std::string_view> names;
    for (const CollectiveInfo& row : all_collectives()) {
        if (!modelled_algorithms(row.collective).empty() && !row.pairs) {
            names.push_back(row.name);
        }
    }
    value.pattern = names[pattern.choice(names)];
    if (info(parse_collective(value.pattern).value()).reduces) {
        value.op = text_or(field, "op", "sum");
        if (const auto op = field.find("op")) {
            value.op = name(pick(*op, all_reduce_ops));
        }
    }
    value.dtype = name(field.find("dtype") ? pick_data_type(field.require("dtype")) : DataType::float32);
    value.bytes = field.require("bytes").bytes();
    if (const auto in_place = field.find("in_place")) {
        value.in_place = in_place->boolean();
    }
    value.nodes = field.require("nodes").count(1);
    value.devices_per_node = field.require("devices_per_node").count(1);
    value.device = field.require("device").text();
    value.links = read_links(field.require("links"));
    value.links_source = field.require("links_source").text();
    value.library = text_or(field, "library", "not stated");
    if (const auto algorithm = field.find("algorithm")) {
        value.algorithm = parse_algorithm_reference(algorithm->text());
        if (!value.algorithm) {
            algorithm->choice(algorithm_reference_names());
            algorithm->reject("rails are counted of a ring alone", "Write for example ring:2");
        }
    }
    value.statistic = field.require("statistic").text();
    value.note = text_or(field, "note", "");
    if (value.ranks() < 2) {
        field.require("devices_per_node").reject("one rank alone communicates nothing", "Write at least 2 in all");
    }
    expect_below_bound(field, value);
    return value;
}

}  // namespace

std::vector<PublishedValue> parse_references(const std::string& text, const std::string& origin)
{
    constexpr std::array<std::string_view, 1> keys{"references"};
    const YamlNode root = parse_yaml(text, origin);
    const Field document(root);
    document.expect_keys("a file of references", keys);
    std::vector<PublishedValue> values;
    std::set<std::string> names;
    for (const Field& item : document.require("references").items()) {
        values.push_back(read_reference(item));
        if (!names.insert(values.back().name).second) {
            item.require("name").reject("another reference has that name", "Give each its own");
        }
    }
    return values;
}

std::vector<PublishedValue> load_references(const std::filesystem::path& path)
{
    return parse_references(read_yaml_file(path), path.string());
}

}  // namespace plumbline
