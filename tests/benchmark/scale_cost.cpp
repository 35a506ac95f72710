// SPDX-License-Identifier: Apache-2.0
/// scale_cost WHAT RANKS [FILE]: what one rank spends at a scale that is here only in numbers. One line: seconds, a
/// value that is named with each, and the peak memory in KiB. scripts/bench --scale runs it.
#include "collectives/operations/payload.hpp"
#include "collectives/operations/traffic.hpp"
#include "collectives/patterns/pairwise.hpp"
#include "collectives/util/hash.hpp"
#include "collectives/workloads/expert_parallel.hpp"
#include "results/diagnosis/diagnose.hpp"
#include "results/records/case_record.hpp"
#include "results/store/store.hpp"
#include "scenarios/plan/time_bound.hpp"
#include "scenarios/yaml/scenario.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <exception>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <numeric>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

constexpr int ranks_per_node = 8;

/// A rank of alltoallv's random traffic: its row, its column and what it would tell the others.
double random_alltoallv(int ranks)
{
    const TrafficMatrix traffic(SkewKind::random, ranks, 1 << 16U, 1, 1);
    const auto rank = ranks / 2;
    const auto sent = traffic.row(rank);
    const auto received = traffic.column(rank);
    return static_cast<double>(traffic.most_elements(rank)) / (65536.0 * ranks) +
           0 * static_cast<double>(sent.size() + received.size());
}

/// The same of a mixture of experts, one expert a rank.
double random_experts(int ranks)
{
    ExpertParallelSpec spec;
    spec.experts = ranks;
    spec.skew = SkewKind::random;
    const auto mine = received_to_agree_on(spec, ranks / 2, ranks);
    const Program program = expert_parallel_program(spec, ranks / 2, ranks, mine);
    return static_cast<double>(program.steps.size());
}

/// Nanoseconds of processor time to check an element of an allreduce of 16 MiB.
double verification(int ranks, DataType dtype)
{
    CollectiveCall call{
        .collective = Collective::allreduce, .dtype = dtype, .count = (std::uint64_t{16} << 20U) / size_of(dtype)};
    std::vector<std::byte> data(call.count * size_of(dtype));
    fill_expected(call, 0, ranks, 0, data);
    constexpr std::size_t window = 256 * 1024;  // as the harness looks at a buffer
    double least_s = 1e9;
    for (int run = 0; run < 5; ++run) {
        const std::clock_t begin = std::clock();
        for (std::size_t at = 0; at < data.size(); at += window) {
            if (check_output(call, 0, ranks, at / size_of(dtype), std::span(data).subspan(at, window))) {
                throw std::logic_error("right data do not pass");
            }
        }
        least_s = std::min(least_s, static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC);
    }
    return 1e9 * least_s / static_cast<double>(call.count);
}

/// A round of pattern links as the case root has it after a sweep, link by link 10 us and up to 5 % of noise; one node
/// in the middle is slow.
CaseRecord made_up_links(const PairwiseSpec& spec, const std::vector<int>& nodes)
{
    const PairwiseSchedule schedule(spec, nodes);
    const auto ranks = static_cast<int>(nodes.size());
    CaseRecord record;
    record.header.what.pattern = "links";
    record.header.what.bytes = spec.bytes.front();
    record.header.what.ranks = ranks;
    record.header.what.nodes = nodes.back() + 1;
    record.header.total_bytes = spec.bytes.front();
    record.header.bus_factor = 1;
    record.header.world_ranks.resize(nodes.size());
    std::iota(record.header.world_ranks.begin(), record.header.world_ranks.end(), 0);
    Round round;
    round.links = LinkRows{};
    round.seconds.ranks = nodes.size();
    const auto samples = static_cast<std::size_t>(2 * (spec.passes + 1) * schedule.rounds());
    round.seconds.values.reserve(samples * nodes.size());
    round.links->sends_to.reserve(samples * nodes.size());
    for (int pass = 0; pass <= spec.passes; ++pass) {
        for (int matching = 0; matching < schedule.rounds(); ++matching) {
            for (const int phase : {0, 1}) {
                for (int rank = 0; rank < ranks; ++rank) {
                    const auto peer = schedule.partner(matching, rank);
                    const bool sends = peer && schedule.phase(matching, rank) == phase;
                    const auto i = static_cast<std::uint64_t>(round.seconds.values.size());
                    const double slow = peer && (nodes[static_cast<std::size_t>(rank)] == nodes.back() / 2 ||
                                                 nodes[static_cast<std::size_t>(*peer)] == nodes.back() / 2)
                                            ? 1.5
                                            : 1.0;
                    const double noise = std::ldexp(static_cast<double>(hashed(7, i) >> 11U), -53);
                    round.seconds.values.push_back(std::round(1e4 * slow * (1 + 0.05 * noise)) / 1e9);
                    round.links->sends_to.push_back(sends ? *peer : -1);
                }
                round.links->stage.push_back(static_cast<std::uint8_t>(LinkStage::sweep));
                round.warmup.push_back(pass == 0 ? 1 : 0);
                round.batch.push_back(1);
                ++round.seconds.samples;
            }
        }
    }
    record.rounds.push_back(std::move(round));
    return record;
}

/// What is found in such a round; the number of findings.
double links(int ranks, std::optional<int> peers, const std::filesystem::path& file)
{
    PairwiseSpec spec;
    spec.bytes = {65536};
    spec.peers = peers;
    spec.passes = 5;
    std::vector<int> nodes;
    for (int rank = 0; rank < ranks; ++rank) {
        nodes.push_back(peers ? rank / ranks_per_node : rank);
    }
    CaseRecord record = made_up_links(spec, nodes);
    const auto suspects = find_suspects(pairwise_samples_of(record, RankNodes(nodes)));
    if (!file.empty()) {
        RunMetadata info;
        info.name = "links";
        info.plumbline_version = "made-up";
        info.ranks = ranks;
        info.planned_cases = 1;
        info.simulated = true;
        info.backend = "sim";
        for (int rank = 0; rank < ranks; ++rank) {
            info.places.emplace_back().rank = rank;
            info.places.back().node = nodes[static_cast<std::size_t>(rank)];
        }
        for (int node = 0; node <= nodes.back(); ++node) {
            info.hosts.push_back("node" + std::to_string(node));
        }
        const auto writer = RunWriter::create(file, info, IfExists::overwrite);
        writer->store(record.header, record.rounds.front());
        writer->finish(true);
    }
    return static_cast<double>(suspects.size());
}

/// Rounds of 768 that are left out, of so many hosts one look in a thousand of which finds other work on a core.
double machine_states(int hosts)
{
    constexpr std::size_t rounds = 768;
    std::vector<SnapshotPair> probes(rounds);
    std::uint64_t drawn = 0;
    for (SnapshotPair& round : probes) {
        for (HostSnapshot* const look : {&round.before, &round.after}) {
            for (int host = 0; host < hosts; ++host) {
                const bool off = hashed(11, drawn++) % 1000 == 0;
                look->cache_line_latency_s.push_back(60e-9 + 1e-12 * static_cast<double>(hashed(12, drawn) % 1000));
                look->l1_copy_s.push_back((off ? 80e-9 : 40e-9) +
                                          1e-13 * static_cast<double>(hashed(13, drawn) % 1000));
            }
        }
    }
    const MachineStates states = find_states(probes);
    return static_cast<double>(rounds - states.rounds_in(states.common));
}

/// Upper bound in seconds of the time that a scenario takes on so many ranks of a cluster: a small call among all in
/// 50 us, 5 GB/s between ranks and 1 GB/s to fill or check.
double acceptance_bound(int ranks, const std::string& scenario)
{
    const Scenario read = load_scenario(scenario, {});
    Topology topology;
    for (int rank = 0; rank < ranks; ++rank) {
        topology.node_of_rank.push_back(rank / ranks_per_node);
    }
    constexpr LaunchRates rates{.call_s = 50e-6, .bytes_per_s = 5e9, .memory_bytes_per_s = 1e9, .measured = true};
    return bound_time(make_plan(read, topology), read, rates).total_s();
}

/// Of this process since it began; 0 where the system doesn't tell.
long peak_kib()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with("VmHWM:")) {
            return std::atol(line.c_str() + 6);
        }
    }
    return 0;
}

using Measure = std::function<double(int ranks, const char* file)>;

const std::map<std::string_view, Measure>& measures()
{
    static const std::map<std::string_view, Measure> all{
        {"random-alltoallv", [](int ranks, const char*) { return random_alltoallv(ranks); }},
        {"random-experts", [](int ranks, const char*) { return random_experts(ranks); }},
        {"verify-float32", [](int ranks, const char*) { return verification(ranks, DataType::float32); }},
        {"verify-bfloat16", [](int ranks, const char*) { return verification(ranks, DataType::bfloat16); }},
        {"links-peers", [](int ranks, const char* file) { return links(ranks, 8, file); }},
        {"links-nodes", [](int nodes, const char* file) { return links(nodes, std::nullopt, file); }},
        {"acceptance", [](int ranks, const char* file) { return acceptance_bound(ranks, file); }},
        {"states", [](int ranks, const char*) { return machine_states(ranks / ranks_per_node); }},
        {"nothing", [](int, const char*) { return 0.0; }},
    };
    return all;
}

}  // namespace
}  // namespace plumbline

int main(int argc, char** argv)
{
    using namespace plumbline;
    const auto found = argc == 3 || argc == 4 ? measures().find(argv[1]) : measures().end();
    const int ranks = argc > 2 ? std::atoi(argv[2]) : 0;
    if (found == measures().end() || ranks < 1) {
        std::fputs("usage: scale_cost WHAT RANKS [FILE]\n", stderr);
        for (const auto& [name, measure] : measures()) {
            std::fprintf(stderr, "  %s\n", std::string(name).c_str());
        }
        return 2;
    }
    try {
        const auto begin = std::chrono::steady_clock::now();
        const double value = found->second(ranks, argc > 3 ? argv[3] : "");
        const std::chrono::duration<double> spent = std::chrono::steady_clock::now() - begin;
        std::printf("%.6f %.6g %ld\n", spent.count(), value, peak_kib());
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "scale_cost: %s\n", error.what());
        return 2;
    }
}
