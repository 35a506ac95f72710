// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/types.hpp"
#include "results/import/log_lines.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

/// What IMB calls its benchmarks and their columns.
namespace plumbline::import::imb {

/// What the numbers of a benchmark are.
enum class Measure : std::uint8_t {
    time,            ///< of the operation
    one_way,         ///< half a round trip
    neighbours,      ///< of an exchange with both neighbours
    one_way_stream,  ///< Mbytes/sec of windows of messages from one half of the ranks to the other
    both_ways,       ///< Mbytes/sec of such windows in both directions
};

/// A benchmark of IMB.
struct Benchmark {
    std::string_view title;
    Collective collective;
    bool size_per_rank = false;  ///< #bytes is the size of one rank's block; S is that times the ranks
    std::string_view call = {};  ///< the parameter `call`; empty: the plain one
    Measure measure = Measure::time;
};

/// What a title names: Allreduce, Iallreduce and Iallreduce_pure of IMB-NBC, Allreduce_persist of IMB-MPI4.
struct NamedBenchmark {
    const Benchmark* benchmark =
        nullptr;       ///< of a table that lives as long as the program; null: one that isn't imported
    std::string call;  ///< the parameter `call` of what doesn't block, or is persistent; empty: neither
};
NamedBenchmark named(const std::string& title);
/// Why a title that names no benchmark is left out.
std::string_view why_left_out(std::string_view title);

/// Where the columns stand in a row.
struct Columns {
    std::optional<std::size_t> group, bytes, repetitions, least, mean, most, one_way, pure, megabytes, messages,
        defects;
    std::size_t width = 0;
};
Columns columns_of(const Line& titles);

}  // namespace plumbline::import::imb
