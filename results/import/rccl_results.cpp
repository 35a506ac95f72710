// SPDX-License-Identifier: Apache-2.0
// What rccl-tests writes with -x FILE (-Z json, -Z csv): a row for each timing. Formats as in its sources: JSON objects
// one a line, later in one list; CSV whose titles lack `nodes`, which its rows have.
#include "collectives/util/error.hpp"
#include "results/import/nccl_names.hpp"
#include "results/util/text.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <string>
#include <vector>

namespace plumbline::import {
namespace {

using nlohmann::json;

/// By title in small letters, as text.
using Row = std::map<std::string, std::string, std::less<>>;

struct Numbered {
    std::size_t line = 0;
    Row row;
};

constexpr std::array programs_by_title{
    std::pair{"allreduce", "all_reduce_perf"}, std::pair{"reducescatter", "reduce_scatter_perf"},
    std::pair{"allgather", "all_gather_perf"}, std::pair{"hypercube", "hypercube_perf"},
    std::pair{"alltoall", "alltoall_perf"},    std::pair{"alltoallv", "alltoallv_perf"},
    std::pair{"broadcast", "broadcast_perf"},  std::pair{"reduce", "reduce_perf"},
    std::pair{"gather", "gather_perf"},        std::pair{"scatter", "scatter_perf"},
    std::pair{"sendrecv", "sendrecv_perf"}};

std::string in_small_letters(std::string_view text)
{
    std::string small(text);
    std::ranges::transform(small, small.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return small;
}

/// Titles have changed: "#wrong" and "wrong", "collective" and "name".
std::string present_title(std::string_view title)
{
    std::string small = in_small_letters(title);
    return small == "wrong" ? "#wrong" : small == "collective" ? "name" : small;
}

[[noreturn]] void reject(std::size_t line, std::string_view what)
{
    throw ConfigError(
        say("line {}: {} (the file is damaged, was cut short, or is not what rccl-tests -x writes). Import the "
            "test's text output",
            line, what));
}

Row row_of(const json& object, std::size_t line)
{
    if (!object.is_object()) {
        reject(line, "a result is no JSON object");
    }
    Row row;
    for (const auto& [key, value] : object.items()) {
        const auto [at, is_new] =
            row.emplace(present_title(key), value.is_string() ? value.get<std::string>() : value.dump());
        if (!is_new) {
            reject(line, fmt::format("'{}' is there twice", text::printable(at->first)));
        }
    }
    return row;
}

std::vector<std::string> cells_of(std::string_view line)
{
    std::vector<std::string> cells;
    while (true) {
        const std::size_t comma = line.find(',');
        std::string_view cell = line.substr(0, comma);
        constexpr std::string_view around = " \t\"\r";
        const std::size_t first = cell.find_first_not_of(around);
        cell = first == std::string_view::npos ? std::string_view{}
                                               : cell.substr(first, cell.find_last_not_of(around) - first + 1);
        cells.emplace_back(cell);
        if (comma == std::string_view::npos) {
            return cells;
        }
        line.remove_prefix(comma + 1);
    }
}

/// Lines that aren't blank, with their numbers. No launcher has put anything before those of a file.
template <class Use>
void for_each_row(std::string_view text, Use use)
{
    for (std::size_t number = 1; !text.empty(); ++number) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        if (line.find_first_not_of(" \t\r") != std::string_view::npos) {
            use(number, line);
        }
    }
}

std::vector<Numbered> rows_of_csv(std::string_view text)
{
    std::vector<std::string> titles;
    std::vector<Numbered> rows;
    for_each_row(text, [&](std::size_t line, std::string_view row) {
        std::vector<std::string> cells = cells_of(row);
        if (titles.empty()) {
            std::ranges::transform(cells, std::back_inserter(titles), present_title);
            return;
        }
        const auto ranks = std::ranges::find(titles, "ranks");
        if (cells.size() == titles.size() + 1 && ranks != titles.end() &&
            std::ranges::find(titles, "nodes") == titles.end()) {
            titles.insert(ranks, "nodes");
        }
        if (cells.size() != titles.size()) {
            reject(line, fmt::format("it has {} values for {} titles", cells.size(), titles.size()));
        }
        Numbered numbered{.line = line, .row = {}};
        for (std::size_t i = 0; i < cells.size(); ++i) {
            numbered.row[titles[i]] = cells[i];
        }
        rows.push_back(std::move(numbered));
    });
    return rows;
}

std::vector<Numbered> rows_of_list(std::string_view text)
{
    const json all = json::parse(text, nullptr, false);
    if (all.is_discarded() || !all.is_array()) {
        throw ConfigError(say(
            "the JSON is damaged or was cut short (rccl-tests writes it when it ends). Import the test's text output"));
    }
    std::vector<Numbered> rows;
    for (const json& object : all) {
        rows.push_back({.line = rows.size() + 1, .row = row_of(object, rows.size() + 1)});
    }
    return rows;
}

std::vector<Numbered> rows_of_objects(std::string_view text)
{
    std::vector<Numbered> rows;
    for_each_row(text, [&](std::size_t line, std::string_view object) {
        rows.push_back({.line = line, .row = row_of(json::parse(object, nullptr, false), line)});
    });
    return rows;
}

std::string_view cell(const Numbered& from, std::string_view title)
{
    const auto found = from.row.find(title);
    if (found == from.row.end() || found->second.empty()) {
        reject(from.line, fmt::format("'{}' is missing", title));
    }
    return found->second;
}

std::uint64_t whole(const Numbered& from, std::string_view title, std::uint64_t least, std::uint64_t most)
{
    const auto value = count(cell(from, title));
    if (!value || *value < least || *value > most) {
        reject(from.line, fmt::format("'{}' is '{}', no whole number from {} to {}", title,
                                      text::printable(cell(from, title)), least, most));
    }
    return *value;
}

/// As a stream prints it, with six digits, or with more.
std::optional<Printed> real(const Numbered& from, std::string_view title)
{
    constexpr double of_six_digits = 5e-6;
    const auto value = number(cell(from, title));
    if (!value) {
        reject(from.line, fmt::format("'{}' is '{}', no number", title, text::printable(cell(from, title))));
    }
    return Printed{.value = *value, .half_unit = std::max(5e-7, of_six_digits * std::abs(*value))};
}

struct Scale {
    int ranks = 0;
    int nodes = 1;
};

/// `ranks` are processes; each has so many devices, which are the ranks of the operation.
Scale scale_of(const Numbered& from, Collector& into)
{
    constexpr std::uint64_t most = 1000000;
    const bool under_mpi = from.row.contains("ranks");
    const std::uint64_t processes = under_mpi ? whole(from, "ranks", 1, most) : 1;
    const std::uint64_t devices = whole(from, under_mpi ? "gpusperrank" : "gpus", 1, most);
    if (processes * devices > most) {
        reject(from.line, fmt::format("{} times {} are more ranks than there can be", processes, devices));
    }
    Scale scale{.ranks = ranks_or_throw(static_cast<int>(processes * devices), into)};
    const std::uint64_t nodes = from.row.contains("nodes") ? whole(from, "nodes", 1, most) : 1;
    scale.nodes = into.hints().nodes.value_or(static_cast<int>(nodes));
    if (under_mpi && nodes == 1 && processes > 1 && !into.hints().nodes) {
        into.warn_once(0,
                       "1 node, says the file, but some versions of rccl-tests write that of any number. Give the "
                       "number with --nodes");
    }
    return scale;
}

void add_row(const Numbered& from, Collector& into)
{
    const std::string title = in_small_letters(cell(from, "name"));
    const auto* const known =
        std::ranges::find(programs_by_title, title, [](const auto& row) { return std::string_view(row.first); });
    if (known == programs_by_title.end()) {
        into.warn_once(from.line, fmt::format("{} is left out (plumbline has no such operation)",
                                              text::printable(cell(from, "name"))));
        return;
    }
    const NamedTest test = nccl_test(known->second);
    const Scale scale = scale_of(from, into);
    const std::string_view wrong = cell(from, "#wrong");
    NcclTiming timing;
    timing.collective = pattern_or_throw(test.collective, into);
    timing.hypercube = test.hypercube;
    timing.bytes = whole(from, "size", 0, std::uint64_t{1} << 48U);
    timing.type = cell(from, "type");
    timing.op = cell(from, "redop");
    timing.in_place = whole(from, "inplace", 0, 1) == 1;
    timing.time_us = real(from, "time");
    timing.time_text = cell(from, "time");
    timing.algbw_GBps = real(from, "algbw");
    timing.busbw_GBps = real(from, "busbw");
    timing.wrong = number(wrong);
    timing.wrong_text = wrong;
    timing.ranks = scale.ranks;
    timing.nodes = scale.nodes;
    timing.line = from.line;
    if (timing.bytes > 0 && add_timing(std::move(timing), into) == Believed::contradicts_ranks) {
        into.refuse_table(from.line, "the bandwidths of another of its rows are not those of so many ranks");
    }
}

std::string_view without_mark(std::string_view text)
{
    constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
    return text.starts_with(byte_order_mark) ? text.substr(byte_order_mark.size()) : text;
}

std::string_view first_line(std::string_view text)
{
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    return begin == std::string_view::npos ? std::string_view{} : text.substr(begin, text.find('\n', begin) - begin);
}

/// A list of objects; a launcher's "[1,0]<stdout>:" is none.
bool is_list(std::string_view text)
{
    constexpr std::string_view blank = " \t\r\n";
    const std::size_t begin = text.find_first_not_of(blank);
    const std::size_t next = begin == std::string_view::npos ? begin : text.find_first_not_of(blank, begin + 1);
    return next != std::string_view::npos && text[begin] == '[' && text[next] == '{';
}

bool has_titles(std::string_view line)
{
    const std::string small = in_small_letters(line);
    return small.find("busbw") != std::string::npos && small.find("inplace") != std::string::npos;
}

}  // namespace

bool is_rccl_results(std::string_view log)
{
    const std::string_view text = without_mark(log);
    const std::string_view line = first_line(text);
    const bool csv = line.find(',') != std::string_view::npos && !line.starts_with('#');
    return is_list(text) || ((csv || line.starts_with('{')) && has_titles(line));
}

void read_rccl_results(std::string_view log, Collector& into)
{
    const std::string_view text = without_mark(log);
    const auto rows = is_list(text)                       ? rows_of_list(text)
                      : first_line(text).starts_with('{') ? rows_of_objects(text)
                                                          : rows_of_csv(text);
    for (const Numbered& row : rows) {
        add_row(row, into);
    }
}

}  // namespace plumbline::import
