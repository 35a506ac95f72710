// SPDX-License-Identifier: Apache-2.0
/// made_up_file FILE.h5 [CASES SAMPLES RANKS [RANKS_PER_HOST]]: writes a run file of made-up samples and prints the
/// seconds it took; 100 cases x 200 samples x 4,096 ranks by default, on one host. With RANKS_PER_HOST it has all that
/// a real run of so many has: hosts, devices, probes of the hosts, what the system did to each rank, and samples in
/// nanoseconds that follow no pattern.
#include "collectives/util/hash.hpp"
#include "results/machines/node_inventory.hpp"
#include "results/store/store.hpp"

#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <numeric>
#include <string>

namespace plumbline {
namespace {

struct Shape {
    std::string path;
    int cases = 100;
    int samples = 200;
    int ranks = 4096;
    int ranks_per_host = 0;  ///< 0: all on one host, samples alone
};

/// Of so many hosts at most each says what it is made of.
constexpr int most_machines = 64;

/// 8 devices beside 2 ports; of the last host one device is gone and one port is down. Half of the hosts on each leaf.
std::string made_up_machine(int node, int nodes)
{
    const bool last = node == nodes - 1;
    const int leaf = 2 * node < nodes ? 1 : 2;
    NodeInventory machine;
    machine.properties = {{"processor", "AMD EPYC 9654"}, {"kernel", "6.1.0"}};
    machine.leaf = fmt::format("leaf{}", leaf);
    for (int i = 0; i < (last ? 7 : 8); ++i) {
        machine.devices.push_back(
            {.address = fmt::format("0000:{:02x}:00.0", 23 + i),
             .model = "NVIDIA H200",
             .uuid = fmt::format("GPU-5a1d{:04x}-0000-0000-0000-0000000000{:02x}", node, i),
             .serial = fmt::format("16500000{:05}", 100 * node + 17 + i),
             .driver = "nvidia 550.54.15",
             .firmware = "96.00.A5.00.01",
             .error_correction = "on",
             .path = fmt::format("/devices/pci0000:{0:02x}/0000:{0:02x}:01.0/0000:{1:02x}:00.0", i / 4, 23 + i),
             .numa_node = i / 4});
    }
    for (int i = 0; i < 2; ++i) {
        machine.ports.push_back(
            {.name = fmt::format("mlx5_{} port 1", i),
             .model = "Mellanox Technologies MT2910 Family [ConnectX-7]",
             .rate = "400 Gb/s",
             .layer = "InfiniBand",
             .state = last && i == 1 ? "DOWN" : "ACTIVE",
             .firmware = "28.39.1002",
             .driver = "mlx5_core",
             .path = fmt::format("/devices/pci0000:{0:02x}/0000:{0:02x}:01.0/0000:{1:02x}:00.0", i, 64 + i),
             .numa_node = i,
             .neighbour = fmt::format("leaf{} swp{}", leaf, 2 * node + i + 1)});
    }
    return format_inventory(machine);
}

RunMetadata made_up_run(const Shape& shape)
{
    RunMetadata info;
    info.name = "made-up";
    info.plumbline_version = PLUMBLINE_VERSION;
    info.ranks = shape.ranks;
    info.planned_cases = shape.cases;
    info.simulated = true;
    info.backend = "sim";
    info.targets_text = "targets: [{name: t, metric: time, where: {pattern: allreduce}, at_most: 1}]\n";
    if (shape.ranks_per_host == 0) {
        info.hosts = {"made-up"};
    }
    for (int rank = 0; rank < shape.ranks; ++rank) {
        const int node = shape.ranks_per_host == 0 ? 0 : rank / shape.ranks_per_host;
        const int local = shape.ranks_per_host == 0 ? 0 : rank % shape.ranks_per_host;
        if (static_cast<std::size_t>(node) == info.hosts.size()) {
            info.hosts.push_back(fmt::format("node{:05}.cluster.example", node));
        }
        info.places.push_back({.rank = rank, .node = node, .pid = rank, .cores = "0", .device = "", .nic = ""});
        if (shape.ranks_per_host != 0) {
            info.places.back().cores = fmt::format("{}-{}", 16 * local, 16 * local + 15);
            info.places.back().device = fmt::format("{}: NVIDIA H100 80GB HBM3", local);
            info.places.back().nic = fmt::format("mlx5_{}", local);
        }
    }
    const int nodes = static_cast<int>(info.hosts.size());
    for (int node = 0; shape.ranks_per_host != 0 && nodes <= most_machines && node < nodes; ++node) {
        info.machines.push_back(made_up_machine(node, nodes));
    }
    return info;
}

/// In [0, 1).
double drawn(std::uint64_t stream, std::uint64_t index)
{
    return std::ldexp(static_cast<double>(hashed(stream, index) >> 11U), -53);
}

/// 1 ms, each rank up to 1 % apart, and up to 0.5 % of noise with a longer tail, to the nanosecond.
double made_up_seconds(std::uint64_t id, std::uint64_t sample, std::uint64_t rank)
{
    const double u = drawn(id, sample << 20U | rank);
    const double seconds = 1e-3 * (1 + 0.01 * drawn(~std::uint64_t{0}, rank)) * (1 + 0.005 * u / (1.05 - u));
    return std::round(1e9 * seconds) / 1e9;
}

Round made_up_round(const Shape& shape, int id)
{
    const auto columns = static_cast<std::size_t>(shape.ranks);
    const auto rows = static_cast<std::size_t>(shape.samples);
    Round round;
    round.position = id;
    round.seconds = {rows, columns, std::vector<double>(rows * columns)};
    for (std::size_t i = 0; i < rows * columns; ++i) {
        round.seconds.values[i] =
            shape.ranks_per_host == 0
                ? 1e-3 + 1e-7 * static_cast<double>((i * 7919 + static_cast<std::size_t>(id)) % 1000)
                : made_up_seconds(static_cast<std::uint64_t>(id), i / columns, i % columns);
    }
    round.warmup.assign(rows, 0);
    round.batch.assign(rows, 1);
    if (shape.ranks_per_host != 0) {
        for (int rank = 0; rank < shape.ranks; ++rank) {
            const double u = drawn(static_cast<std::uint64_t>(id) + 1000, static_cast<std::uint64_t>(rank));
            round.interference.push_back({.seconds = 1,
                                          .involuntary_switches = std::floor(10 * u),
                                          .voluntary_switches = std::floor(100 * u),
                                          .minor_faults = std::floor(30 * u),
                                          .major_faults = 0,
                                          .migrations = 0,
                                          .steal_s = 0,
                                          .frequency_hz = 3.4e9});
        }
    }
    return round;
}

HostProbe made_up_probe(const Shape& shape, int position)
{
    HostProbe probe{.position = position, .at_unix_s = 1.7e9 + position, .ranks = {}};
    for (int rank = 0; rank < shape.ranks; ++rank) {
        const double u = drawn(static_cast<std::uint64_t>(position) + 2000, static_cast<std::uint64_t>(rank));
        probe.ranks.push_back({.rank = rank,
                               .alone_best_s = 1e-3,
                               .alone_median_s = 1e-3 * (1 + 0.001 * u),
                               .together_best_s = 1e-3,
                               .together_median_s = 1e-3 * (1 + 0.01 * u),
                               .cache_line_latency_s = 6e-8 * (1 + 0.01 * u),
                               .l1_copy_s = 4e-8});
    }
    return probe;
}

/// An acceptance probes its hosts at the end of each of 16 rounds of some 50 cases at this scale.
constexpr int rounds_between_probes = 50;

/// Returns the processor time of storing alone.
double write(const Shape& shape)
{
    std::clock_t stored = 0;
    const auto writer =
        RunWriter::create(shape.path, made_up_run(shape), IfExists::overwrite, {.pace = IndexPace::twentieth_of_time});
    for (int id = 0; id < shape.cases; ++id) {
        CaseHeader header;
        header.id = id;
        header.what.pattern = "allreduce";
        header.what.bytes = static_cast<std::uint64_t>(id + 1) * 4096;
        header.what.ranks = shape.ranks;
        header.what.nodes = shape.ranks_per_host == 0 ? 1 : (shape.ranks - 1) / shape.ranks_per_host + 1;
        header.total_bytes = header.what.bytes;
        header.bus_factor = 2.0 * (shape.ranks - 1) / shape.ranks;
        header.world_ranks.resize(static_cast<std::size_t>(shape.ranks));
        std::iota(header.world_ranks.begin(), header.world_ranks.end(), 0);
        if (shape.ranks_per_host != 0 && id % rounds_between_probes == 0) {
            writer->note(made_up_probe(shape, id));
        }
        const Round round = made_up_round(shape, id);
        const std::clock_t begin = std::clock();
        writer->store(header, round);
        stored += std::clock() - begin;
    }
    const std::clock_t begin = std::clock();
    writer->finish(true);
    return static_cast<double>(stored + std::clock() - begin) / CLOCKS_PER_SEC;
}

}  // namespace
}  // namespace plumbline

int main(int argc, char** argv)
{
    using namespace plumbline;
    if (argc != 2 && argc != 5 && argc != 6) {
        fmt::print(stderr, "usage: made_up_file FILE.h5 [CASES SAMPLES RANKS [RANKS_PER_HOST]]\n");
        return 2;
    }
    try {
        Shape shape;
        shape.path = argv[1];
        if (argc > 4) {
            shape.cases = std::stoi(argv[2]);
            shape.samples = std::stoi(argv[3]);
            shape.ranks = std::stoi(argv[4]);
        }
        if (argc > 5) {
            shape.ranks_per_host = std::stoi(argv[5]);
        }
        const auto begin = std::chrono::steady_clock::now();
        const double stored_s = write(shape);
        fmt::print("{:.3f}\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
        if (shape.ranks_per_host != 0) {
            fmt::print("{:.3f}\n", stored_s);
        }
        return 0;
    } catch (const std::exception& error) {
        fmt::print(stderr, "made_up_file: {}\n", error.what());
        return 2;
    }
}
