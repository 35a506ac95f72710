// SPDX-License-Identifier: Apache-2.0
#include "results/summaries/reduced_round.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <numeric>

namespace plumbline {
namespace {

template <class Value>
SampleMatrix one_column(const SampleMatrix& matrix, Value value)
{
    SampleMatrix column{.samples = matrix.samples, .ranks = 1, .values = {}};
    column.values.reserve(matrix.samples);
    for (std::size_t i = 0; i < matrix.samples; ++i) {
        const auto row = matrix.row(i);
        column.values.push_back(row.empty() ? std::numeric_limits<double>::quiet_NaN() : value(row));
    }
    return column;
}

SampleMatrix largest(const SampleMatrix& matrix)
{
    return one_column(matrix, [](std::span<const double> row) { return *std::max_element(row.begin(), row.end()); });
}

SampleMatrix mean(const SampleMatrix& matrix)
{
    return one_column(matrix, [](std::span<const double> row) {
        return std::accumulate(row.begin(), row.end(), 0.0) / static_cast<double>(row.size());
    });
}

}  // namespace

Round reduced(const Round& round)
{
    Round small;
    small.index = round.index;
    small.launch = round.launch;
    small.position = round.position;
    small.beside = round.beside;
    small.started_unix_s = round.started_unix_s;
    small.elapsed_s = round.elapsed_s;
    small.stop = round.stop;
    small.seconds = largest(round.seconds);
    small.warmup = round.warmup;
    small.batch = round.batch;
    small.synchronisation = round.synchronisation;
    if (round.start_offset_s) {
        small.start_offset_s = largest(*round.start_offset_s);
    }
    small.clock_error_s = round.clock_error_s;
    small.late = round.late;
    for (const auto& [share, matrix] : round.shares) {
        small.shares[share] = mean(matrix);
    }
    for (const auto& [what, matrix] : round.isolated) {
        small.isolated[what] = mean(matrix);
    }
    small.critical_rank = round.critical_rank;
    small.machine = round.machine;
    small.congestion = round.congestion;
    return small;
}

}  // namespace plumbline
