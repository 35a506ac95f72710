// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/operations/types.hpp"
#include "results/import/log_lines.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// What OSU calls its tests and their columns.
namespace plumbline::import::osu {

/// What the numbers of a test are.
enum class Measure : std::uint8_t {
    latency,         ///< of a collective
    one_way,         ///< half a round trip between two ranks
    one_way_stream,  ///< MB/s of a window of messages from one rank to the other
    both_ways,       ///< MB/s of a window of messages from each, both together
    many_streams,    ///< MB/s of such streams between several pairs, all together
};

/// A test of OSU.
struct Test {
    std::string_view title;  ///< between "# OSU MPI" and "Latency Test" or "Bandwidth Test"; that of two ranks has none
    Collective collective = Collective::pingpong;
    bool size_per_rank = false;  ///< OSU counts what one rank gives one other, S is that times the ranks
    std::string_view call = {};  ///< the parameter `call`; empty: the plain one
    Measure measure = Measure::latency;
};
/// How the operation is called; what is not blocking is a case of its own.
enum class Call : std::uint8_t { blocking, nonblocking, persistent };

/// The test that a title names.
struct FoundTest {
    Test test;
    Call call = Call::blocking;
    bool multi = false;  ///< osu_multi_lat, osu_mbw_mr: several pairs at once
};

/// "# OSU MPI Allreduce Latency Test v7.4", "# OSU MPI-CUDA Non-blocking Allreduce Latency Test v7.4", "# OSU MPI
/// Latency Persistent Test v7.4", "# OSU MPI Bandwidth Test (Version 2.2)": what stands between the library and the
/// version has to be all of a title that is known. "# OSU MPI_Put Latency Test" is one-sided.
std::optional<FoundTest> test_of(const Line& line);
/// Why a title that names no test is left out.
std::string_view why_left_out(std::string_view title);
/// "v7.4", "2.2": empty where the title has none.
std::string_view version_of(const Line& title);

/// Where "Min Latency(us)" and so on stand.
struct Columns {
    std::size_t width = 0;
    std::size_t percentiles = 0;  ///< the last of them, which some tests announce and don't print
    std::optional<std::size_t> size, time, bandwidth, messages, least, most, iterations, validation, sent;
};
/// Of "# Size   Avg Latency(us)"; nothing for a line that has no titles. A title ends with its unit, so that it doesn't
/// matter how many blanks stand between two.
std::optional<Columns> columns_of(const Line& line);

/// "MPI_FLOAT" -> float32; nothing for types that plumbline doesn't have.
std::optional<DataType> type_of(std::string_view name);

}  // namespace plumbline::import::osu
