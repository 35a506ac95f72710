// SPDX-License-Identifier: Apache-2.0
#include "results/import/osu_titles.hpp"

#include "results/import/log_reader.hpp"
#include "results/util/named.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace plumbline::import {
namespace osu {
namespace {

constexpr std::array latency_tests{Test{"Allreduce", Collective::allreduce},
                                   Test{"Allgather", Collective::allgather, true},
                                   Test{"Allgatherv", Collective::allgather, true, "allgatherv"},
                                   Test{"All-to-All Personalized Exchange", Collective::alltoall, true},
                                   Test{"All-to-All", Collective::alltoall, true},
                                   Test{"All-to-Allv Personalized Exchange", Collective::alltoallv, true},
                                   Test{"All-to-Allv", Collective::alltoallv, true},
                                   Test{"All-to-Allw Personalized Exchange", Collective::alltoallv, true, "alltoallw"},
                                   Test{"All-to-Allw", Collective::alltoallv, true, "alltoallw"},
                                   Test{"Broadcast", Collective::broadcast},
                                   Test{"Reduce", Collective::reduce},
                                   Test{"Reduce_scatter", Collective::reduce_scatter},
                                   Test{"Gather", Collective::gather, true},
                                   Test{"Gatherv", Collective::gather, true, "gatherv"},
                                   Test{"Scatter", Collective::scatter, true},
                                   Test{"Scatterv", Collective::scatter, true, "scatterv"},
                                   Test{"Barrier", Collective::barrier},
                                   Test{"", Collective::pingpong, false, {}, Measure::one_way},
                                   Test{"Multi", Collective::pingpong, false, {}, Measure::one_way}};
constexpr std::array bandwidth_tests{Test{"", Collective::pingpong, false, {}, Measure::one_way_stream},
                                     Test{"Bi-Directional", Collective::bidirectional, false, {}, Measure::both_ways},
                                     Test{"Multiple", Collective::pingpong, false, {}, Measure::many_streams}};

constexpr std::array osu_left_out{
    LeftOut{"MPI_", "one-sided; plumbline's messages have a sender and a receiver"},
    LeftOut{"_fan_", "one rank with several others at once"},
    LeftOut{"window size: varied", "its rows are of several windows"},
    LeftOut{"Transmit Size", "a derived type (-D), of which a part is sent"},
    LeftOut{"Multi-threaded", "several threads of a rank"},
    LeftOut{"Multi-process", "several processes that share a port; no latency of one pair"},
    LeftOut{"Partitioned", "messages in parts"},
    LeftOut{"Neighborhood", "an operation on a graph of neighbours"},
    LeftOut{"Reduce_scatter_block", "whether its size is that of a block or of the whole isn't said"},
    LeftOut{"OpenSHMEM", "one-sided; plumbline's messages have a sender and a receiver"},
    LeftOut{"UPC", "one-sided; plumbline's messages have a sender and a receiver"}};

constexpr std::array osu_types{Named{"MPI_CHAR", DataType::int8},           Named{"MPI_SIGNED_CHAR", DataType::int8},
                               Named{"MPI_INT8_T", DataType::int8},         Named{"MPI_BYTE", DataType::uint8},
                               Named{"MPI_UNSIGNED_CHAR", DataType::uint8}, Named{"MPI_UINT8_T", DataType::uint8},
                               Named{"MPI_INT", DataType::int32},           Named{"MPI_INT32_T", DataType::int32},
                               Named{"MPI_FLOAT", DataType::float32},       Named{"MPI_DOUBLE", DataType::float64}};

/// What is measured by: MPI, or a collective library through OSU's own interface.
bool is_known_library(std::string_view vendor)
{
    const std::string_view library = vendor.substr(0, vendor.find('-'));
    return library == "MPI" || library == "NCCL" || library == "RCCL" || library == "XCCL" || library == "HCCL";
}

bool is_version(std::string_view word)
{
    return word.size() > 1 && (word[0] == 'v' || word[0] == 'V') && word[1] >= '0' && word[1] <= '9';
}

/// Takes the word out of the title, wherever it stands; whether it was there.
bool take_out(std::vector<std::string_view>& title, std::string_view word)
{
    return std::erase(title, word) > 0;
}

/// Takes these words off the end of the title; whether they were there.
bool take_end(std::vector<std::string_view>& title, std::initializer_list<std::string_view> words)
{
    const auto length = static_cast<std::ptrdiff_t>(words.size());
    const bool there = title.size() >= words.size() && std::equal(words.begin(), words.end(), title.end() - length);
    if (there) {
        title.erase(title.end() - length, title.end());
    }
    return there;
}

/// Whether a title of a column ends with this word: its unit, or the name of one that has none.
bool ends_a_title(std::string_view word)
{
    return word.ends_with(')') || word == "Size" || word == "Iterations" || word == "Validation" || word == "MB/s" ||
           word == "Messages/s";
}

void note_column(std::string_view title, std::size_t at, Columns& columns)
{
    if (title == "Size") {
        columns.size = at;
    } else if (title.starts_with("Transmit")) {
        columns.sent = at;
    } else if (title.starts_with("Avg Latency") || title.starts_with("Latency") || title.starts_with("Pure Comm.")) {
        columns.time = at;
    } else if (title.starts_with("Bandwidth") || title.starts_with("MB/s")) {
        columns.bandwidth = at;
    } else if (title.starts_with("Messages/s")) {
        columns.messages = at;
    } else if (title.starts_with("Min Latency")) {
        columns.least = at;
    } else if (title.starts_with("Max Latency")) {
        columns.most = at;
    } else if (title.starts_with("Iterations")) {
        columns.iterations = at;
    } else if (title.starts_with("Validation")) {
        columns.validation = at;
    }
    columns.percentiles = title.find(" Tail ") != std::string_view::npos ? columns.percentiles + 1 : 0;
}

}  // namespace

std::optional<FoundTest> test_of(const Line& line)
{
    if (line.words.size() < 4 || !is_known_library(line.words[2])) {
        return std::nullopt;
    }
    std::vector<std::string_view> title(line.words.begin() + 3, line.words.end());
    if (is_version(title.back())) {
        title.pop_back();
    } else if (title.size() > 1 && title[title.size() - 2] == "(Version") {
        title.resize(title.size() - 2);
    }
    take_out(title, "MANAGED");
    FoundTest found;
    if (take_out(title, "Non-blocking") || take_out(title, "Non-Blocking")) {
        found.call = Call::nonblocking;
    } else if (take_out(title, "Persistent")) {
        found.call = Call::persistent;
    }
    if (!take_out(title, "Test")) {
        return std::nullopt;
    }
    const bool bandwidth = take_end(title, {"Bandwidth", "/", "Message", "Rate"}) || take_end(title, {"Bandwidth"});
    if (!bandwidth && !take_end(title, {"Latency"})) {
        return std::nullopt;
    }
    std::string name;
    for (const std::string_view word : title) {
        name += (name.empty() ? "" : " ") + std::string(word);
    }
    const std::span<const Test> tests = bandwidth ? std::span<const Test>(bandwidth_tests) : latency_tests;
    const auto test = std::ranges::find(tests, name, &Test::title);
    if (test == tests.end()) {
        return std::nullopt;
    }
    found.test = *test;
    found.multi = name == "Multi" || found.test.measure == Measure::many_streams;
    return found;
}

std::string_view why_left_out(std::string_view title)
{
    return import::why_left_out(osu_left_out, title);
}

std::string_view version_of(const Line& title)
{
    const auto& words = title.words;
    if (!words.empty() && is_version(words.back())) {
        return words.back();
    }
    const std::string_view number = word_after(title, "(Version");
    return number.substr(0, number.find(')'));
}

std::optional<Columns> columns_of(const Line& line)
{
    const bool may_be = line.text.starts_with('#') &&
                        (starts_with_words(line, {"#", "Size"}) || line.text.find("(us)") != std::string_view::npos ||
                         line.text.find("(MB/s)") != std::string_view::npos);
    if (!may_be) {
        return std::nullopt;
    }
    Columns columns;
    std::string title;
    for (std::size_t i = 1; i < line.words.size(); ++i) {
        title += (title.empty() ? "" : " ") + std::string(line.words[i]);
        const bool has_unit_of_its_own = i + 1 < line.words.size() && line.words[i + 1].starts_with('(');
        if (i + 1 == line.words.size() || (ends_a_title(line.words[i]) && !has_unit_of_its_own)) {
            note_column(title, columns.width++, columns);
            title.clear();
        }
    }
    return columns;
}

std::optional<DataType> type_of(std::string_view name)
{
    return find_in(osu_types, name);
}

}  // namespace osu

std::vector<SuiteTest> osu_suite()
{
    std::vector<SuiteTest> tests;
    const auto add = [&](const osu::Test& test, std::string title, bool bandwidth) {
        const bool stream = test.measure == osu::Measure::one_way_stream || test.measure == osu::Measure::many_streams;
        std::string note = test.size_per_rank                      ? "size x ranks"
                           : test.measure == osu::Measure::one_way ? "time x 2"
                           : bandwidth                             ? "time from the bandwidth"
                                                                   : "";
        if (!test.call.empty()) {
            note += fmt::format("{}`call` {}", note.empty() ? "" : ", ", test.call);
        }
        title += std::string(title.empty() ? "" : " ") + (test.measure == osu::Measure::many_streams
                                                              ? "Bandwidth / Message Rate Test"
                                                          : bandwidth ? "Bandwidth Test"
                                                                      : "Latency Test");
        tests.push_back({.name = std::move(title),
                         .pattern = stream ? std::string_view("unidirectional") : plumbline::name(test.collective),
                         .note = std::move(note)});
    };
    for (const osu::Test& test : osu::latency_tests) {
        add(test, std::string(test.title), false);
    }
    for (const osu::Test& test : osu::bandwidth_tests) {
        add(test, std::string(test.title), true);
    }
    tests.push_back(
        {.name = "Non-blocking ..., ... Persistent", .pattern = "the same", .note = "`call` nonblocking, persistent"});
    add_left_out(osu::osu_left_out, tests);
    return tests;
}

}  // namespace plumbline::import
