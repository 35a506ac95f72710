// SPDX-License-Identifier: Apache-2.0
// plumbline's own table of results, for suites that have no importer: CSV or JSON. It is written for this reader, so a
// mistake in it is an error and not a row that is left out.
#include "collectives/operations/traffic.hpp"
#include "collectives/patterns/pattern.hpp"
#include "collectives/util/error.hpp"
#include "collectives/util/nearest_word.hpp"
#include "results/import/line_prefixes.hpp"
#include "results/import/log_reader.hpp"
#include "results/import/table_columns.hpp"
#include "results/records/identity_parameters.hpp"
#include "results/util/csv_cells.hpp"
#include "results/util/json_keys.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <map>
#include <string>
#include <vector>

namespace plumbline::import {
namespace {

using nlohmann::json;

constexpr std::string_view not_a_time = "not a time above 0, from 1e-6 to 1e15";

/// From a picosecond to some 30 years.
bool is_time_in_us(double us)
{
    constexpr double shortest_us = 1e-6;
    constexpr double longest_us = 1e15;
    return us >= shortest_us && us <= longest_us;
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/// Where a value stands, for errors: "line 3, ranks".
struct Place {
    std::size_t line = 0;
    std::string key;
};

[[noreturn]] void reject(const Place& place, std::string_view said, std::string_view why, std::string_view suggestion)
{
    throw ConfigError(say("line {}: key '{}' is {} ({}). {}", place.line, place.key,
                          text::printable(said.empty() ? "empty" : said), why, suggestion));
}

/// A row as texts, whichever form it had. What a row doesn't have, or has empty, isn't in `cells`.
struct Row {
    std::size_t line = 0;
    std::map<std::string, std::string, std::less<>> cells;
    std::map<std::string, std::string> parameters;
    SampleMatrix seconds;

    Place at(std::string_view key) const { return {line, std::string(key)}; }
    std::string_view find(std::string_view key) const
    {
        const auto found = cells.find(key);
        return found == cells.end() ? std::string_view{} : found->second;
    }
};

std::uint64_t whole(const Row& row, std::string_view key, std::uint64_t least, std::uint64_t most)
{
    const auto value = count(row.find(key));
    if (!value || *value < least || *value > most) {
        reject(row.at(key), row.find(key), fmt::format("not a whole number from {} to {}", least, most),
               "Write digits alone, without a unit");
    }
    return *value;
}

std::uint64_t whole_or(const Row& row, std::string_view key, std::uint64_t least, std::uint64_t most,
                       std::uint64_t otherwise)
{
    return row.find(key).empty() ? otherwise : whole(row, key, least, most);
}

bool yes(const Row& row, std::string_view key)
{
    const std::string_view said = row.find(key);
    if (!said.empty() && said != "true" && said != "false") {
        reject(row.at(key), said, "neither true nor false", "Write true or false");
    }
    return said == "true";
}

template <class Value, class Parse>
Value one_of(const Row& row, std::string_view key, Value otherwise, Parse parse,
             std::span<const std::string_view> names)
{
    const std::string_view said = row.find(key);
    if (said.empty()) {
        return otherwise;
    }
    const auto value = parse(said);
    if (!value) {
        reject(row.at(key), said, "unknown",
               suggest_nearest("The nearest is", said, names, "See docs/reference/import-table.md"));
    }
    return *value;
}

const PatternInfo& pattern_in(const Row& row)
{
    const std::string_view said = row.find("pattern");
    const PatternInfo& pattern = pattern_info(said);
    if (!pattern.collective && pattern.kind != PatternKind::imported) {
        std::vector<std::string_view> names;
        for (const PatternInfo& each : all_patterns()) {
            if (each.collective || each.kind == PatternKind::imported) {
                names.push_back(each.name);
            }
        }
        reject(row.at("pattern"), said, "no operation",
               suggest_nearest("The nearest is", said, names, "See 'plumbline list patterns'"));
    }
    return pattern;
}

/// A parameter is part of what a case is: it is shown beside it, and the ones that have a meaning must have it.
void check_parameters(const Row& row)
{
    constexpr std::uint64_t largest_window = std::uint64_t{1} << 20U;
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-";
    for (const auto& [name, value] : row.parameters) {
        const Place place = row.at("parameters." + text::printable(name));
        if (name.empty() || name.find_first_not_of(letters) != std::string::npos) {
            reject(place, value, "a name has letters, digits, '_', '.' and '-' alone", "Rename it");
        }
        if (name == "repeat") {
            reject(place, value, "that name tells equal rows apart", "Rename it, or leave it out");
        }
        if (value.empty() || text::printable(value) != value) {
            reject(place, value, "no text that can be shown in a line", "Write a word or a number");
        }
        const auto number = count(value);
        const bool counts = name != "window" || (number && *number >= 1 && *number <= largest_window);
        const bool chains = name != "chain" || (number && *number >= 1 && *number <= longest_chain);
        if (!counts || !chains) {
            reject(place, value,
                   fmt::format("not a whole number from 1 to {}", name == "window" ? largest_window : longest_chain),
                   "Write digits alone, without a unit");
        }
        if ((name == "timing" && !parse_timing_regime(value)) || (name == "pairs" && !parse_pair_layout(value))) {
            reject(place, value, "unknown", name == "timing" ? "Write drained or chained" : "Write adjacent or halves");
        }
    }
}

CaseHeader header_in(const Row& row)
{
    constexpr std::uint64_t most_ranks = 10000000;
    constexpr std::uint64_t most_bytes = std::uint64_t{1} << 48U;
    const PatternInfo& pattern = pattern_in(row);
    const bool sized = pattern.collective != Collective::barrier;
    const std::uint64_t bytes = sized ? whole(row, "bytes", 1, most_bytes) : whole_or(row, "bytes", 0, 0, 0);
    const auto ranks = static_cast<int>(whole(row, "ranks", 1, most_ranks));
    const auto nodes = static_cast<int>(whole_or(row, "nodes", 1, static_cast<std::uint64_t>(ranks), 1));
    std::vector<std::string_view> types;
    std::ranges::transform(all_data_types(), std::back_inserter(types), &DataTypeInfo::name);
    const auto dtype = one_of(row, "dtype", DataType::float32, parse_data_type, types);
    const std::vector<std::string_view> ops{name(ReduceOp::sum), name(ReduceOp::max), name(ReduceOp::min)};
    CaseHeader header = pattern.collective
                            ? header_of(*pattern.collective, bytes, dtype, ranks, nodes)
                            : header_of_imported(pattern.name, bytes, dtype, ranks, nodes, pattern.messages_at_once);
    header.what.op = one_of(row, "op", ReduceOp::sum, parse_reduce_op, ops);
    header.what.in_place = yes(row, "in_place");
    header.what.root = static_cast<int>(whole_or(row, "root", 0, static_cast<std::uint64_t>(ranks) - 1, 0));
    const CollectiveInfo* const collective = pattern.collective ? &info(*pattern.collective) : nullptr;
    if (header.what.op != ReduceOp::sum && (collective == nullptr || !collective->reduces)) {
        reject(row.at("op"), row.find("op"), fmt::format("{} reduces nothing", pattern.name), "Leave the cell empty");
    }
    if (header.what.root != 0 && (collective == nullptr || !collective->rooted)) {
        reject(row.at("root"), row.find("root"), fmt::format("{} has no root", pattern.name), "Leave the cell empty");
    }
    if (!row.find("dtype").empty() && bytes % size_of(dtype) != 0) {
        reject(row.at("bytes"), row.find("bytes"), fmt::format("no whole number of {}", name(dtype)),
               "Correct it, or the dtype");
    }
    check_parameters(row);
    header.what.parameters = row.parameters;
    if (pattern.collective == Collective::bidirectional) {
        header.bus_factor = busbw_factor(Collective::bidirectional, ranks, message_window(header.what));
    }
    if (yes(row, "verified")) {
        mark_verified(header);
    }
    return header;
}

void add(Row row, Collector& into)
{
    CaseHeader header = header_in(row);
    const std::string_view why = row.find("why");
    const std::string_view time = row.find("time_us");
    const bool sampled = row.seconds.samples > 0;
    if (static_cast<int>(!why.empty()) + static_cast<int>(!time.empty()) + static_cast<int>(sampled) != 1) {
        reject(row.at("time_us"), time, "a case has one of time_us, samples_us and why",
               "Give a time, the samples, or why there is none");
    }
    if (!why.empty()) {
        fail(header, std::string(why));
        into.add(std::move(header));
        return;
    }
    if (sampled) {
        if (row.seconds.ranks != static_cast<std::size_t>(header.what.ranks)) {
            reject(row.at("samples_us"), fmt::format("of {} times each", row.seconds.ranks),
                   fmt::format("the case has {} ranks", header.what.ranks), "Give a time of each rank in each sample");
        }
        into.add(std::move(header), std::move(row.seconds));
        return;
    }
    const auto time_us = number(time);
    if (!time_us || !is_time_in_us(*time_us) || !is_digit(time.back())) {
        reject(row.at("time_us"), time, not_a_time, "Write microseconds");
    }
    const std::string_view estimator = row.find("estimator");
    const auto iterations = whole_or(row, "iterations", 1, 999999999, 0);
    header.reported =
        ImportedValue{.time_s = *time_us / 1e6,
                      .estimator = estimator.empty() ? "not said by the table" : std::string(estimator),
                      .iterations = iterations > 0 ? std::optional(static_cast<int>(iterations)) : std::nullopt};
    into.add(std::move(header));
}

void expect_known(const Place& place, std::span<const TableColumn> columns)
{
    std::vector<std::string_view> names;
    std::ranges::transform(columns, std::back_inserter(names), &TableColumn::name);
    if (std::ranges::find(names, place.key) == names.end()) {
        throw ConfigError(say("line {}: key '{}' is unknown ({}). See docs/reference/import-table.md", place.line,
                              text::printable(place.key),
                              suggest_nearest("the nearest is", place.key, names, "none is near")));
    }
}

void read_csv(std::string_view text, Collector& into)
{
    std::vector<std::string> titles;
    std::size_t line_number = 0;
    while (!text.empty()) {
        ++line_number;
        const std::size_t end = std::min(text.find('\n'), text.size());
        const std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.find_first_not_of(" \t\r") == std::string_view::npos || line.starts_with('#')) {
            continue;
        }
        std::vector<std::string> cells = csv_cells(line, line_number);
        if (titles.empty()) {
            for (const std::string& title : cells) {
                expect_known({line_number, title}, csv_columns());
                if (std::ranges::count(cells, title) > 1) {
                    throw ConfigError(
                        say("line {}: key '{}' is there twice. Name each column once", line_number, title));
                }
            }
            titles = std::move(cells);
            into.begin_table();
            continue;
        }
        if (cells.size() != titles.size()) {
            throw ConfigError(
                say("line {}: the row has {} cells, the titles are {}. Leave a cell empty where "
                    "there is nothing to say",
                    line_number, cells.size(), titles.size()));
        }
        Row row;
        row.line = line_number;
        for (std::size_t i = 0; i < titles.size(); ++i) {
            if (!cells[i].empty()) {
                row.cells.emplace(titles[i], std::move(cells[i]));
            }
        }
        add(std::move(row), into);
    }
}

/// Line of each object of the list `cases`: the only objects at that depth.
std::vector<std::size_t> lines_of_cases(std::string_view text)
{
    std::vector<std::size_t> lines;
    std::size_t line = 1;
    int depth = 0;
    bool quoted = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        line += text[i] == '\n' ? 1U : 0U;
        if (quoted && text[i] == '\\') {
            ++i;
        } else if (quoted) {
            quoted = text[i] != '"';
        } else if (text[i] == '"') {
            quoted = true;
        } else if (text[i] == '{' || text[i] == '[') {
            depth += 1;
            if (depth == 3 && text[i] == '{') {
                lines.push_back(line);
            }
        } else if (text[i] == '}' || text[i] == ']') {
            depth -= 1;
        }
    }
    return lines;
}

/// For errors; a list may be of any depth.
std::string shown(const json& value)
{
    constexpr std::size_t longest = 40;
    return value.is_array() ? "a list" : value.is_object() ? "a map" : value.dump().substr(0, longest);
}

std::string as_text(const json& value, const Place& place)
{
    if (value.is_string()) {
        return value.get<std::string>();
    }
    if (value.is_boolean() || value.is_number_unsigned() || value.is_number_integer()) {
        return value.dump();
    }
    if (value.is_number_float() && std::isfinite(value.get<double>())) {
        return fmt::format("{}", value.get<double>());
    }
    reject(place, shown(value), "neither a text nor a number", "See docs/reference/import-table.md");
}

SampleMatrix samples_in(const json& rows, const Place& place)
{
    SampleMatrix matrix;
    if (!rows.is_array() || rows.empty() || !rows[0].is_array() || rows[0].empty()) {
        reject(place, shown(rows), "no list of lists of times",
               "Write a list for each execution, with the time of each rank in microseconds");
    }
    matrix.samples = rows.size();
    matrix.ranks = rows[0].size();
    for (const json& times : rows) {
        if (!times.is_array() || times.size() != matrix.ranks) {
            reject(place, shown(times), "its lists aren't of one length", "Give a time of each rank in each");
        }
        for (const json& time : times) {
            const double us = time.is_number() ? time.get<double>() : 0;
            if (!is_time_in_us(us)) {
                reject(place, shown(time), not_a_time, "Write microseconds");
            }
            matrix.values.push_back(us / 1e6);
        }
    }
    return matrix;
}

Row row_of(const json& object, std::size_t line)
{
    Row row;
    row.line = line;
    for (const auto& [key, value] : object.items()) {
        const Place place{line, key};
        expect_known(place, json_columns());
        if (key == "samples_us") {
            row.seconds = samples_in(value, place);
        } else if (key == "parameters") {
            if (!value.is_object()) {
                reject(place, shown(value), "no map", "Write names with their values");
            }
            for (const auto& [name, said] : value.items()) {
                row.parameters[name] = as_text(said, {line, "parameters." + name});
            }
        } else {
            row.cells.emplace(key, as_text(value, place));
        }
    }
    return row;
}

void read_json(std::string_view text, Collector& into)
{
    json all;
    try {
        all = json::parse(text);
    } catch (const json::parse_error& error) {
        const std::string said = error.what();
        const std::size_t at = said.find("at line");
        throw ConfigError(
            say("the JSON can't be read ({}). Check it with a JSON tool",
                at == std::string::npos ? say("it is damaged") : Sentence(text::printable(said.substr(at)))));
    } catch (const json::out_of_range&) {
        throw ConfigError(
            say("the JSON can't be read ({}). Check it with a JSON tool", say("a number in it is too large")));
    }
    if (const auto repeated = repeated_key(text)) {
        throw ConfigError(say("line {}: key '{}' is there twice in one object. Name it once", repeated->line,
                              text::printable(repeated->key)));
    }
    if (!all.is_object() || all.value("plumbline_table", json()) != 1) {
        throw ConfigError(say(
            "line 1: key 'plumbline_table' is missing or another version than 1. See docs/reference/import-table.md"));
    }
    for (const auto& [key, value] : all.items()) {
        const Place place{1, key};
        expect_known(place, json_keys());
        if (key == "hosts") {
            if (!value.is_array()) {
                reject(place, shown(value), "no list", "Write a list of host names");
            }
            std::vector<std::string> hosts;
            for (const json& host : value) {
                hosts.push_back(as_text(host, place));
            }
            into.on_hosts(std::move(hosts));
        } else if (key == "started") {
            const auto moment = parse_date(as_text(value, place));
            if (!moment) {
                reject(place, as_text(value, place), "no date", "Write 2026-01-31T12:00:00Z");
            }
            into.started(*moment);
        } else if (key != "cases" && key != "plumbline_table") {
            into.say(key, as_text(value, place));
        }
    }
    const auto cases = all.find("cases");
    if (cases == all.end() || !cases->is_array()) {
        throw ConfigError(say("line 1: key 'cases' is missing or no list. See docs/reference/import-table.md"));
    }
    const std::vector<std::size_t> lines = lines_of_cases(text);
    into.begin_table();
    for (std::size_t i = 0; i < cases->size(); ++i) {
        const json& object = (*cases)[i];
        if (!object.is_object()) {
            reject({1, fmt::format("cases[{}]", i)}, shown(object), "no map", "Write names with their values");
        }
        add(row_of(object, i < lines.size() ? lines[i] : 1), into);
    }
}

constexpr std::array columns{
    TableColumn{"pattern", "an operation of `plumbline list patterns`, required"},
    TableColumn{"bytes", "S as plumbline counts it, required but for a barrier"},
    TableColumn{"ranks", "that take part, required"},
    TableColumn{"time_us", "the time in microseconds; required unless there is `why` or `samples_us`"},
    TableColumn{"nodes", "on which the ranks are, 1 by default"},
    TableColumn{"dtype", "float32 by default"},
    TableColumn{"op", "sum (default), max or min"},
    TableColumn{"in_place", "true or false (default)"},
    TableColumn{"root", "rank, 0 by default"},
    TableColumn{"iterations", "that the time is of"},
    TableColumn{"estimator", "what the time is of what: \"median of the iterations, slowest rank\""},
    TableColumn{"verified", "true where the data were compared and right, false by default"},
    TableColumn{"why", "why there is no time: a failed case. \"wrong data\" at its beginning fails every verdict"},
    TableColumn{"parameters", "a map of what else makes the case another one"},
    TableColumn{"samples_us", "a list for each execution, with the time of each rank in microseconds"}};
constexpr std::size_t only_in_json = 2;  ///< the last ones
constexpr std::array keys{TableColumn{"plumbline_table", "1, the version of this form, required"},
                          TableColumn{"cases", "the list of cases, required"},
                          TableColumn{"suite", "what measured"},
                          TableColumn{"library", "that was measured, with its version"},
                          TableColumn{"started", "when, as 2026-01-31T12:00:00Z"},
                          TableColumn{"hosts", "list of host names"}};

}  // namespace

std::span<const TableColumn> csv_columns()
{
    return std::span(columns).first(columns.size() - only_in_json);
}

std::span<const TableColumn> json_columns()
{
    return columns;
}

std::span<const TableColumn> json_keys()
{
    return keys;
}

void read_table(std::string_view log, Collector& into)
{
    const std::size_t first = log.find_first_not_of(" \t\r\n");
    const bool is_json = first != std::string_view::npos && (log[first] == '{' || log[first] == '[');
    (is_json ? read_json : read_csv)(log, into);
}

}  // namespace plumbline::import
