// SPDX-License-Identifier: Apache-2.0
#include "results/import/imb_titles.hpp"

#include "results/import/log_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <vector>

namespace plumbline::import {
namespace imb {
namespace {

constexpr std::array benchmarks{
    Benchmark{"Allreduce", Collective::allreduce},
    Benchmark{"Allgather", Collective::allgather, true},
    Benchmark{"Allgatherv", Collective::allgather, true, "allgatherv"},
    Benchmark{"Alltoall", Collective::alltoall, true},
    Benchmark{"Alltoallv", Collective::alltoallv, true},
    Benchmark{"Bcast", Collective::broadcast},
    Benchmark{"Reduce", Collective::reduce},
    Benchmark{"Reduce_scatter", Collective::reduce_scatter},
    Benchmark{"Gather", Collective::gather, true},
    Benchmark{"Gatherv", Collective::gather, true, "gatherv"},
    Benchmark{"Scatter", Collective::scatter, true},
    Benchmark{"Scatterv", Collective::scatter, true, "scatterv"},
    Benchmark{"Barrier", Collective::barrier},
    Benchmark{"PingPong", Collective::pingpong, false, {}, Measure::one_way},
    Benchmark{"PingPongSpecificSource", Collective::pingpong, false, "specific_source", Measure::one_way},
    Benchmark{"PingPingSpecificSource", Collective::bidirectional, false, "specific_source"},
    Benchmark{"PingPing", Collective::bidirectional},
    Benchmark{"Sendrecv", Collective::sendrecv},
    Benchmark{"Exchange", Collective::pingpong, false, {}, Measure::neighbours},
    Benchmark{"Uniband", Collective::pingpong, false, {}, Measure::one_way_stream},
    Benchmark{"Biband", Collective::bidirectional, false, {}, Measure::both_ways}};

constexpr std::array imb_left_out{
    LeftOut{"Reduce_local", "no communication"},
    LeftOut{"Reduce_scatter_block", "whether its size is that of a block or of the whole isn't said"},
    LeftOut{"Window", "one-sided (IMB-EXT); plumbline's messages have a sender and a receiver"},
    LeftOut{"Unidir_", "one-sided (IMB-EXT); plumbline's messages have a sender and a receiver"},
    LeftOut{"Bidir_", "one-sided (IMB-EXT); plumbline's messages have a sender and a receiver"},
    LeftOut{"Accumulate", "one-sided (IMB-EXT, IMB-RMA); plumbline's messages have a sender and a receiver"},
    LeftOut{"_put", "one-sided (IMB-RMA); plumbline's messages have a sender and a receiver"},
    LeftOut{"_get", "one-sided (IMB-RMA); plumbline's messages have a sender and a receiver"},
    LeftOut{"_Write", "files (IMB-IO)"},
    LeftOut{"_Read", "files (IMB-IO)"}};

const Benchmark* benchmark_of(std::string_view title)
{
    const auto* const found =
        std::find_if(benchmarks.begin(), benchmarks.end(), [&](const Benchmark& b) { return b.title == title; });
    return found == benchmarks.end() ? nullptr : found;
}

}  // namespace

NamedBenchmark named(const std::string& title)
{
    NamedBenchmark found{.benchmark = benchmark_of(title), .call = {}};
    if (found.benchmark == nullptr && title.starts_with('I') && title.size() > 1) {  // Iallreduce of IMB-NBC
        constexpr std::string_view pure = "_pure";
        const bool alone = title.ends_with(pure);
        std::string blocking = title.substr(1, title.size() - 1 - (alone ? pure.size() : 0));
        blocking[0] = static_cast<char>(blocking[0] - (blocking[0] >= 'a' && blocking[0] <= 'z' ? 'a' - 'A' : 0));
        found.benchmark = benchmark_of(blocking);
        found.call = found.benchmark == nullptr ? "" : alone ? "nonblocking_pure" : "nonblocking";
    }
    constexpr std::string_view persistent = "_persist";  // Allreduce_persist, Allreduce_persist_pure of IMB-MPI4
    if (const std::size_t at = title.find(persistent); found.benchmark == nullptr && at != std::string::npos) {
        const std::string rest = title.substr(at + persistent.size());
        found.benchmark = rest.empty() || rest == "_pure" ? benchmark_of(title.substr(0, at)) : nullptr;
        found.call = found.benchmark == nullptr ? "" : "persistent" + rest;
    }
    return found;
}

std::string_view why_left_out(std::string_view title)
{
    return import::why_left_out(imb_left_out, title);
}

Columns columns_of(const Line& titles)
{
    Columns columns;
    for (const std::string_view title : titles.words) {
        const std::size_t at = columns.width++;
        if (title == "Group") {
            columns.group = at;
        } else if (title == "Mbytes/sec") {
            columns.megabytes = at;
        } else if (title == "Msg/sec") {
            columns.messages = at;
        } else if (title == "#bytes") {
            columns.bytes = at;
        } else if (title == "#repetitions") {
            columns.repetitions = at;
        } else if (title == "t_min[usec]") {
            columns.least = at;
        } else if (title == "t_avg[usec]") {
            columns.mean = at;
        } else if (title == "t_max[usec]") {
            columns.most = at;
        } else if (title == "t[usec]") {
            columns.one_way = at;
        } else if (title == "t_pure[usec]") {
            columns.pure = at;
        } else if (title == "defects") {
            columns.defects = at;
        }
    }
    return columns;
}

}  // namespace imb

std::vector<SuiteTest> imb_suite()
{
    std::vector<SuiteTest> tests;
    for (const imb::Benchmark& row : imb::benchmarks) {
        std::string note = row.size_per_rank                      ? "size x ranks"
                           : row.measure == imb::Measure::one_way ? "time x 2"
                           : row.measure == imb::Measure::one_way_stream || row.measure == imb::Measure::both_ways
                               ? "time from the bandwidth"
                               : "";
        if (!row.call.empty()) {
            note += fmt::format("{}`call` {}", note.empty() ? "" : ", ", row.call);
        }
        tests.push_back({.name = std::string(row.title),
                         .pattern = row.measure == imb::Measure::neighbours       ? std::string_view("exchange")
                                    : row.measure == imb::Measure::one_way_stream ? std::string_view("unidirectional")
                                                                                  : name(row.collective),
                         .note = std::move(note)});
    }
    tests.push_back({.name = "Iallreduce, Ibcast, ... (IMB-NBC)", .pattern = "the same", .note = "`call` nonblocking"});
    tests.push_back(
        {.name = "Iallreduce_pure, ... (IMB-NBC)", .pattern = "the same", .note = "`call` nonblocking_pure"});
    tests.push_back({.name = "Allreduce_persist, ..., Allreduce_persist_pure, ... (IMB-MPI4)",
                     .pattern = "the same",
                     .note = "`call` persistent, persistent_pure"});
    tests.push_back({.name = "Multi-... (-multi)", .pattern = "the same", .note = "`groups`"});
    tests.push_back({.name = "tables of IMB-P2P", .pattern = {}, .note = "what their time is of isn't said"});
    add_left_out(imb::imb_left_out, tests);
    return tests;
}

}  // namespace plumbline::import
