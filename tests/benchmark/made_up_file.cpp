// SPDX-License-Identifier: Apache-2.0
// Writes a run file of made-up samples and prints the seconds it took: 100 cases x 200 samples x 4,096 ranks by
// default.
#include "results/store/store.hpp"

#include <fmt/format.h>
#include <chrono>
#include <cstdlib>
#include <numeric>
#include <string>

int main(int argc, char** argv)
{
    using namespace plumbline;
    if (argc < 2) {
        fmt::print(stderr, "usage: made_up_file FILE.h5 [CASES SAMPLES RANKS]\n");
        return 2;
    }
    const int cases = argc > 4 ? std::atoi(argv[2]) : 100;
    const int samples = argc > 4 ? std::atoi(argv[3]) : 200;
    const int ranks = argc > 4 ? std::atoi(argv[4]) : 4096;

    RunMetadata info;
    info.name = "made-up";
    info.plumbline_version = PLUMBLINE_VERSION;
    info.ranks = ranks;
    info.planned_cases = cases;
    info.simulated = true;
    info.backend = "sim";
    info.targets_text = "targets: [{name: t, metric: time, where: {pattern: allreduce}, at_most: 1}]\n";
    info.hosts = {"made-up"};
    for (int rank = 0; rank < ranks; ++rank) {
        info.places.push_back({.rank = rank, .node = 0, .pid = rank, .cores = "0", .device = "", .nic = ""});
    }

    const auto begin = std::chrono::steady_clock::now();
    const auto writer = RunWriter::create(argv[1], info, IfExists::overwrite);
    const auto columns = static_cast<std::size_t>(ranks);
    const auto rows = static_cast<std::size_t>(samples);
    for (int id = 0; id < cases; ++id) {
        CaseHeader header;
        header.id = id;
        header.what.pattern = "allreduce";
        header.what.bytes = static_cast<std::uint64_t>(id + 1) * 4096;
        header.what.ranks = ranks;
        header.what.nodes = 1;
        header.total_bytes = header.what.bytes;
        header.bus_factor = 2.0 * (ranks - 1) / ranks;
        header.world_ranks.resize(columns);
        std::iota(header.world_ranks.begin(), header.world_ranks.end(), 0);
        Round round;
        round.seconds = {rows, columns, std::vector<double>(rows * columns)};
        for (std::size_t i = 0; i < rows * columns; ++i) {
            round.seconds.values[i] =
                1e-3 + 1e-7 * static_cast<double>((i * 7919 + static_cast<std::size_t>(id)) % 1000);
        }
        round.warmup.assign(rows, 0);
        round.batch.assign(rows, 1);
        writer->store(header, round);
    }
    writer->finish(true);
    fmt::print("{:.3f}\n", std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count());
}
