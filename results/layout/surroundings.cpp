// SPDX-License-Identifier: Apache-2.0
#include "results/layout/surroundings.hpp"

#include "results/layout/layout.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <optional>
#include <utility>

namespace plumbline::layout {
namespace {

/// What is looked at around a round, each a matrix [2][host].
struct LookedAt {
    const char* dataset;
    const char* what;
    std::vector<double> HostSnapshot::* member;
};
constexpr std::array looked_at{
    LookedAt{"cache_line_latency_s",
             "a cache line to a neighbouring rank, one way, right before and right after the round [2][host]",
             &HostSnapshot::cache_line_latency_s},
    LookedAt{"l1_copy_s", "4 KiB copied within a core's first cache, right before and right after the round [2][host]",
             &HostSnapshot::l1_copy_s}};

}  // namespace

void write_interference(hdf5::Contents& file, const std::string& path, const std::vector<Interference>& ranks)
{
    if (ranks.empty()) {
        return;
    }
    std::vector<double> seconds;
    for (const Interference& rank : ranks) {
        seconds.push_back(rank.seconds);
    }
    std::vector<hdf5::Column> columns{{"seconds", "s", seconds}};
    for (const InterferenceField& field : interference_fields) {
        std::vector<double> values;
        for (const Interference& rank : ranks) {
            values.push_back((rank.*field.member).value_or(absent));
        }
        columns.push_back({std::string(field.name), std::string(field.unit), std::move(values)});
    }
    hdf5::write_table(file, path + "/interference", columns,
                      "what the system did to each rank [rank]; what it doesn't tell is NaN");
}

void write_devices(hdf5::Contents& file, const std::string& path, const std::vector<DeviceReadings>& ranks)
{
    if (ranks.empty()) {
        return;
    }
    std::vector<hdf5::Column> columns;
    for (const DeviceField& field : device_fields) {
        std::vector<double> values;
        for (const DeviceReadings& rank : ranks) {
            values.push_back(field.of(rank).value_or(absent));
        }
        columns.push_back({std::string(field.name), std::string(field.unit), std::move(values)});
    }
    hdf5::write_table(file, path + "/devices", columns,
                      "each rank's device right before and right after the round [rank]; what it doesn't tell is NaN");
}

std::vector<DeviceReadings> read_devices(hid_t file, const std::string& path)
{
    if (!hdf5::exists(file, path + "/devices")) {
        return {};
    }
    const hdf5::Table table(file, path + "/devices");
    std::vector<DeviceReadings> ranks(table.rows());
    for (const DeviceField& field : device_fields) {
        const auto values = table.column<double>(std::string(field.name));
        for (std::size_t i = 0; i < ranks.size(); ++i) {
            field.of(ranks[i]) = std::isfinite(values[i]) ? std::optional(values[i]) : std::nullopt;
        }
    }
    return ranks;
}

std::vector<Interference> read_interference(hid_t file, const std::string& path)
{
    if (!hdf5::exists(file, path + "/interference")) {
        return {};
    }
    const hdf5::Table table(file, path + "/interference");
    std::vector<Interference> ranks(table.rows());
    const auto seconds = table.column<double>("seconds");
    for (std::size_t i = 0; i < ranks.size(); ++i) {
        ranks[i].seconds = seconds[i];
    }
    for (const InterferenceField& field : interference_fields) {
        const auto values = table.column<double>(std::string(field.name));
        for (std::size_t i = 0; i < ranks.size(); ++i) {
            ranks[i].*field.member = std::isfinite(values[i]) ? std::optional(values[i]) : std::nullopt;
        }
    }
    return ranks;
}

void write_machine(hdf5::Contents& file, const std::string& path, const SnapshotPair& machine)
{
    for (const LookedAt& each : looked_at) {
        std::vector<double> values = machine.before.*each.member;
        const std::vector<double>& after = machine.after.*each.member;
        const std::size_t hosts = values.size();
        if (hosts > 0 && after.size() == hosts) {
            values.insert(values.end(), after.begin(), after.end());
            const std::array shape{std::size_t{2}, hosts};
            hdf5::write_array<double>(file, fmt::format("{}/{}", path, each.dataset), values, shape, {"s", each.what});
        }
    }
}

SnapshotPair read_machine(hid_t file, const std::string& path)
{
    SnapshotPair machine;
    for (const LookedAt& each : looked_at) {
        const std::string dataset = fmt::format("{}/{}", path, each.dataset);
        if (!hdf5::exists(file, dataset)) {
            continue;
        }
        const auto both = hdf5::read_array<double>(file, dataset, 2);
        if (both.shape[0] != 2) {
            throw hdf5::Error(say("{} has an unexpected shape", dataset));
        }
        const auto middle = both.values.begin() + static_cast<std::ptrdiff_t>(both.shape[1]);
        (machine.before.*each.member).assign(both.values.begin(), middle);
        (machine.after.*each.member).assign(middle, both.values.end());
    }
    return machine;
}

}  // namespace plumbline::layout
