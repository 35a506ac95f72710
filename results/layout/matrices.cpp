// SPDX-License-Identifier: Apache-2.0
#include "results/layout/matrices.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <optional>
#include <utility>
#include <vector>

namespace plumbline::layout {
namespace {

constexpr double nanoseconds = 1e9;
constexpr const char* counts_attribute = "counts_per_second";

std::string counts_path(const std::string& name_s)
{
    return name_s.substr(0, name_s.size() - std::string_view("_s").size());
}

/// Counts by which a row's values are divided to get seconds. Exact: 1e9 has 21 significant bits, a batch 32.
double counts_in_a_second(double counts_per_second, std::span<const std::uint32_t> batch, std::size_t sample)
{
    return batch.empty() ? counts_per_second : counts_per_second * batch[sample];
}

/// The counts that the times are, to the last bit; nothing where some are not.
std::optional<std::vector<std::int64_t>> counts_of(const SampleMatrix& times, std::span<const std::uint32_t> batch)
{
    constexpr double most = 9e15;  // below, each integer is a double
    std::vector<std::int64_t> counts;
    counts.reserve(times.values.size());
    for (std::size_t sample = 0; sample < times.samples; ++sample) {
        const double in_a_second = counts_in_a_second(nanoseconds, batch, sample);
        for (const double seconds : times.row(sample)) {
            const double count = std::nearbyint(seconds * in_a_second);
            if (!(std::abs(count) < most) || count / in_a_second != seconds || (count == 0 && std::signbit(seconds))) {
                return std::nullopt;
            }
            counts.push_back(static_cast<std::int64_t>(count));
        }
    }
    return counts;
}

}  // namespace

void write_matrix(hdf5::Contents& file, const std::string& path, const SampleMatrix& matrix,
                  const hdf5::Description& description)
{
    const std::array shape{matrix.samples, matrix.ranks};
    hdf5::write_array<double>(file, path, matrix.values, shape, description);
}

SampleMatrix read_matrix(hid_t file, const std::string& path)
{
    auto array = hdf5::read_array<double>(file, path, 2);
    return {.samples = array.shape[0], .ranks = array.shape[1], .values = std::move(array.values)};
}

void write_times(hdf5::Contents& file, const std::string& name_s, const SampleMatrix& times,
                 std::span<const std::uint32_t> batch, std::string_view description)
{
    const auto counts = counts_of(times, batch);
    if (!counts) {
        write_matrix(file, name_s, times, {"s", description});
        return;
    }
    const std::array shape{times.samples, times.ranks};
    const hdf5::Description as_counts{.units = "count", .text = description, .counts_per_second = nanoseconds};
    const bool narrow = std::ranges::all_of(*counts, [](std::int64_t count) {
        return count >= std::numeric_limits<std::int32_t>::min() && count <= std::numeric_limits<std::int32_t>::max();
    });
    if (narrow) {
        const std::vector<std::int32_t> narrowed(counts->begin(), counts->end());
        hdf5::write_array<std::int32_t>(file, counts_path(name_s), narrowed, shape, as_counts);
    } else {
        hdf5::write_array<std::int64_t>(file, counts_path(name_s), *counts, shape, as_counts);
    }
}

bool has_times(hid_t file, const std::string& name_s)
{
    return hdf5::exists(file, counts_path(name_s)) || hdf5::exists(file, name_s);
}

SampleMatrix read_times(hid_t file, const std::string& name_s, std::span<const std::uint32_t> batch)
{
    const std::string path = counts_path(name_s);
    if (!hdf5::exists(file, path)) {
        return read_matrix(file, name_s);
    }
    const auto counts = hdf5::read_array<std::int64_t>(file, path, 2);
    const double counts_per_second = hdf5::read_real_attribute(hdf5::open_dataset(file, path).get(), counts_attribute);
    SampleMatrix times{.samples = counts.shape[0], .ranks = counts.shape[1], .values = {}};
    if (!(counts_per_second > 0) || !std::isfinite(counts_per_second) ||
        (!batch.empty() && batch.size() != times.samples)) {
        throw hdf5::Error(say("{} doesn't fit its clock or its batches", path));
    }
    times.values.reserve(counts.values.size());
    for (std::size_t sample = 0; sample < times.samples; ++sample) {
        const double in_a_second = counts_in_a_second(counts_per_second, batch, sample);
        for (std::size_t rank = 0; rank < times.ranks; ++rank) {
            times.values.push_back(static_cast<double>(counts.values[sample * times.ranks + rank]) / in_a_second);
        }
    }
    return times;
}

}  // namespace plumbline::layout
