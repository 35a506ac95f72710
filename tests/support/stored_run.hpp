// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "collectives/util/error.hpp"
#include "results/store/store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <random>
#include <string>
#include <system_error>

/// A folder for run files, and records with a value in every field.
namespace plumbline::test {

/// Makes a folder for each test and removes it.
class StoreFolder : public ::testing::Test {
protected:
    StoreFolder()
    {
        std::string name = (std::filesystem::temp_directory_path() / "plumbline_store_XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    ~StoreFolder() override
    {
        std::error_code ignored;
        std::filesystem::remove_all(folder_, ignored);
    }
    std::filesystem::path file(const std::string& name = "run.h5") const { return folder_ / name; }
    std::filesystem::path parts(const std::string& name = "run.h5") const { return folder_ / (name + ".parts"); }

    std::filesystem::path folder_;
};

inline RunMetadata whole_info()
{
    RunMetadata info;
    info.plumbline_version = "1.2.3";
    info.name = "schnell 线性";
    info.scenario_text = "plumbline: 1\nname: quickstart\n";
    info.scenario_path = "scenarios/library/quickstart.yaml";
    info.started_unix_s = 1.75e9 + 0.125;
    info.ranks = 3;
    info.confidence = 0.99;
    info.backend = "sim";
    info.simulated = true;
    info.facts = {{"library", "Open MPI 4.1.4"}, {"empty", ""}};
    info.environment = {{"OMPI_MCA_btl", "tcp,self"}};
    info.hosts = {"h0", "a-much-longer-name"};
    info.places = {{.rank = 0, .node = 0, .pid = 17, .cores = "0-3,8", .device = "", .nic = "eth0"},
                   {.rank = 1, .node = 1, .pid = 18, .cores = "", .device = "GPU 0", .nic = ""}};
    info.clock = "CLOCK_MONOTONIC";
    info.synchronisation = "barrier";
    info.clock_cost_s = 2.5e-8;
    info.empty_operation_s = 6.25e-8;
    info.launches = {{.started_unix_s = info.started_unix_s, .clock_cost_s = 2.5e-8, .empty_operation_s = 6.25e-8},
                     {.started_unix_s = info.started_unix_s + 60, .clock_cost_s = 2e-8, .empty_operation_s = 6e-8}};
    info.planned_cases = 7;
    info.seed = 0xFFFFFFFFFFFFFFFFU;
    info.warnings = {"the machine is busy"};
    return info;
}

inline CaseHeader header(int id, int ranks = 3)
{
    CaseHeader header;
    header.id = id;
    header.what.pattern = "allreduce";
    header.what.bytes = 0x1'0000'0001U;
    header.what.dtype = DataType::bfloat16;
    header.what.op = ReduceOp::max;
    header.what.in_place = true;
    header.what.root = 1;
    header.what.ranks = ranks;
    header.what.nodes = 2;
    header.what.placement = Placement::random;
    header.what.subset = 4;
    header.what.parameters = {{"skew", "zipf"}, {"window", "16"}};
    header.verification = Verification::verified;
    header.verification_note = "first, last and one more";
    header.total_bytes = 0x1'0000'0000U;
    header.bus_factor = 4.0 / 3;
    for (int r = 0; r < ranks; ++r) {
        header.world_ranks.push_back(ranks - 1 - r);
    }
    return header;
}

inline SampleMatrix matrix(std::size_t samples, std::size_t ranks, double first)
{
    SampleMatrix result{.samples = samples, .ranks = ranks, .values = {}};
    for (std::size_t i = 0; i < samples * ranks; ++i) {
        result.values.push_back(first + 1e-6 * static_cast<double>(i * 7919 % 101));
    }
    return result;
}

inline Round round_of(int index, std::size_t samples = 10, std::size_t ranks = 3)
{
    Round round;
    round.index = index;
    round.position = 3 * index + 1;
    round.beside = index;
    round.started_unix_s = 1.75e9 + index;
    round.elapsed_s = 0.5;
    round.stop = StopReason::budget;
    round.seconds = matrix(samples, ranks, 1e-3 * (index + 1));
    round.warmup.assign(samples, 0);
    if (samples > 0) {
        round.warmup[0] = 1;
    }
    round.batch.assign(samples, 4);
    round.timeline = Timeline{.sample = 0,
                              .ranks = 2,
                              .steps_left_out = 1,
                              .steps = {{.rank = 0, .kind = "forward", .part = "compute", .end_s = 0.25},
                                        {.rank = 1,
                                         .step = 3,
                                         .kind = "allreduce",
                                         .part = "data",
                                         .microbatch = 2,
                                         .chunk = 1,
                                         .peer = 2,
                                         .bytes = 1U << 20U,
                                         .begin_s = 0.5,
                                         .end_s = 0.75}}};
    round.interference = {{.seconds = 0.5, .involuntary_switches = 3, .steal_s = 0.01}, {.seconds = 0.5}, {}};
    round.devices = {
        {.before = {.clock_hz = 1.41e9, .throttle_reasons = 0}, .after = {.clock_hz = 1.2e9, .throttle_reasons = 64}},
        {},
        {.before = {.power_w = 250}, .after = {.link_errors = 2}}};
    const bool in_windows = index % 2 == 1;  // the others: a barrier, and no clock that is shared
    round.synchronisation = in_windows ? "window" : "barrier";
    if (in_windows) {
        round.start_offset_s = matrix(samples, ranks, 0);
        round.clock_error_s = 2e-7;
        round.late.assign(samples, 0);
        round.late.back() = 1;
    }
    return round;
}

/// Times that no filter makes much smaller.
inline Round noisy_round(int index, std::size_t samples)
{
    Round round = round_of(index, samples);
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> seconds(1e-6, 1);
    std::ranges::generate(round.seconds.values, [&] { return seconds(random); });
    return round;
}

inline CaseHeader pipeline_header(int id)
{
    CaseHeader pipeline = header(id);
    pipeline.what.pattern = "pipeline";
    pipeline.what.parameters = {{"microbatches", "4"}, {"schedule", "gpipe"}};
    pipeline.total_bytes = 0;
    pipeline.bus_factor = std::nullopt;
    pipeline.closed_forms = {{"bubble_fraction", 1.0 / 3}, {"model_flops", 4.5e18}, {"tokens", 12288}};
    return pipeline;
}

inline Round pipeline_round(int index)
{
    Round round = round_of(index);
    round.shares["compute_s"] = matrix(10, 3, 0.6e-3 * (index + 1));
    // Fewer than the samples: they are executed in between.
    round.isolated["compute_s"] = matrix(4, 3, 0.5e-3 * (index + 1));
    round.isolated["communication_s"] = matrix(4, 3, 0.2e-3 * (index + 1));
    round.critical_rank = index;
    return round;
}

inline std::string read_bytes(const std::filesystem::path& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

inline void write_bytes(const std::filesystem::path& path, const std::string& bytes)
{
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// The ConfigError that opening gives; empty when there is none.
inline std::string open_error(const std::filesystem::path& path)
{
    try {
        [[maybe_unused]] const RunFile run(path);
        return "";
    } catch (const ConfigError& error) {
        return error.what();
    }
}

template <class Action>
std::string config_error(Action action)
{
    try {
        action();
        return "";
    } catch (const ConfigError& error) {
        return error.what();
    }
}

inline void expect_same_round(const std::filesystem::path& path, const CaseHeader& expected_header,
                              const Round& expected)
{
    const CaseRecord record = RunFile(path).load(expected_header.id);
    EXPECT_EQ(record.header, expected_header);
    EXPECT_THAT(record.rounds, ::testing::Contains(expected));
}

}  // namespace plumbline::test
