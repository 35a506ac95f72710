// SPDX-License-Identifier: Apache-2.0
#include "results/store/store.hpp"

#include "collectives/util/error.hpp"
#include "results/summaries/observations.hpp"
#include "results/summaries/summarize.hpp"
#include "results/summaries/workload_summary.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace plumbline {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using Rounds = std::set<std::pair<int, int>>;

class Store : public ::testing::Test {
protected:
    Store()
    {
        std::string name = (fs::temp_directory_path() / "plumbline_store_XXXXXX").string();
        folder_ = ::mkdtemp(name.data());
    }
    ~Store() override
    {
        std::error_code ignored;
        fs::remove_all(folder_, ignored);
    }
    fs::path file(const std::string& name = "run.h5") const { return folder_ / name; }
    fs::path parts(const std::string& name = "run.h5") const { return folder_ / (name + ".parts"); }

    fs::path folder_;
};

RunMetadata whole_info()
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

CaseHeader header(int id, int ranks = 3)
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

SampleMatrix matrix(std::size_t samples, std::size_t ranks, double first)
{
    SampleMatrix result{.samples = samples, .ranks = ranks, .values = {}};
    for (std::size_t i = 0; i < samples * ranks; ++i) {
        result.values.push_back(first + 1e-6 * static_cast<double>(i * 7919 % 101));
    }
    return result;
}

Round round_of(int index, std::size_t samples = 10, std::size_t ranks = 3)
{
    Round round;
    round.index = index;
    round.position = 3 * index + 1;
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
Round noisy_round(int index, std::size_t samples)
{
    Round round = round_of(index, samples);
    std::mt19937_64 random(7);
    std::uniform_real_distribution<double> seconds(1e-6, 1);
    std::ranges::generate(round.seconds.values, [&] { return seconds(random); });
    return round;
}

CaseHeader pipeline_header(int id)
{
    CaseHeader pipeline = header(id);
    pipeline.what.pattern = "pipeline";
    pipeline.what.parameters = {{"microbatches", "4"}, {"schedule", "gpipe"}};
    pipeline.total_bytes = 0;
    pipeline.bus_factor = std::nullopt;
    pipeline.closed_forms = {{"bubble_fraction", 1.0 / 3}, {"model_flops", 4.5e18}, {"tokens", 12288}};
    return pipeline;
}

Round pipeline_round(int index)
{
    Round round = round_of(index);
    round.shares["compute_s"] = matrix(10, 3, 0.6e-3 * (index + 1));
    // Fewer than the samples: they are executed in between.
    round.isolated["compute_s"] = matrix(4, 3, 0.5e-3 * (index + 1));
    round.isolated["communication_s"] = matrix(4, 3, 0.2e-3 * (index + 1));
    round.critical_rank = index;
    return round;
}

std::string read_bytes(const fs::path& path)
{
    std::ifstream in(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

void write_bytes(const fs::path& path, const std::string& bytes)
{
    std::ofstream(path, std::ios::binary | std::ios::trunc) << bytes;
}

/// The ConfigError that opening gives; empty when there is none.
std::string open_error(const fs::path& path)
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

void expect_same_round(const fs::path& path, const CaseHeader& expected_header, const Round& expected)
{
    const CaseRecord record = RunFile(path).load(expected_header.id);
    EXPECT_EQ(record.header, expected_header);
    EXPECT_THAT(record.rounds, ::testing::Contains(expected));
}

TEST_F(Store, gives_back_what_was_stored_while_the_run_goes_on)
{
    const auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
    writer->store(header(4), round_of(0));
    writer->store(header(2), round_of(0));
    writer->store(header(2), round_of(1));
    const RunFile run(file());
    EXPECT_FALSE(run.complete());
    EXPECT_EQ(run.info(), whole_info());
    EXPECT_EQ(run.stored_rounds(), (Rounds{{2, 0}, {2, 1}, {4, 0}}));
    EXPECT_EQ(run.load(2), (CaseRecord{.header = header(2), .rounds = {round_of(0), round_of(1)}}));
    EXPECT_EQ(run.load(4), (CaseRecord{.header = header(4), .rounds = {round_of(0)}}));
}

TEST_F(Store, says_that_ranks_take_turns_on_cores_unless_the_hosts_are_simulated)
{
    for (const bool simulated : {false, true}) {
        RunMetadata info = whole_info();
        info.simulated = simulated;
        info.hosts = {"h0"};
        info.places.clear();
        for (int rank = 0; rank < 3; ++rank) {
            info.places.push_back({.rank = rank, .node = 0, .pid = 0, .cores = "0-1", .device = "", .nic = ""});
        }
        const auto path = file(simulated ? "simulated.h5" : "real.h5");
        const auto writer = RunWriter::create(path, info, IfExists::refuse);
        writer->store(header(0), round_of(0));
        writer->finish(true);
        const RunFile run(path);
        const RunData measured = run.measured();
        const auto sharing = measured.core_sharing ? measured.core_sharing(0) : std::nullopt;
        EXPECT_EQ(sharing, simulated ? std::nullopt : std::optional<std::string>("3 ranks share 2 cores"));
    }
}

TEST_F(Store, folds_a_finished_run_into_one_file)
{
    auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
    writer->store(pipeline_header(0), pipeline_round(0));
    writer->store(header(1), round_of(0));
    writer->store(pipeline_header(0), pipeline_round(1));
    writer->finish(true);
    writer.reset();
    EXPECT_FALSE(fs::exists(parts()));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder_), fs::directory_iterator()), 1);
    const RunFile run(file());
    EXPECT_TRUE(run.complete());
    EXPECT_EQ(run.info(), whole_info());
    EXPECT_EQ(run.load(0),
              (CaseRecord{.header = pipeline_header(0), .rounds = {pipeline_round(0), pipeline_round(1)}}));
    EXPECT_EQ(run.load(1), (CaseRecord{.header = header(1), .rounds = {round_of(0)}}));
}

TEST_F(Store, its_summary_is_what_the_samples_make_it)
{
    const auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
    writer->store(pipeline_header(0), pipeline_round(0));
    writer->store(pipeline_header(0), pipeline_round(1));
    writer->store(header(1), round_of(0));
    const RunFile run(file());
    const RunData measured = run.measured();
    ASSERT_EQ(run.cases().size(), 2U);
    for (const CaseSummary& row : run.cases()) {
        const CaseRecord record = run.load(row.header.id);
        EXPECT_EQ(row, summarize(record, whole_info().confidence));
        EXPECT_EQ(measured.observations(row.header.id), observations(record));
        EXPECT_EQ(measured.bubble_observations(row.header.id), bubble_observations(record));
    }
    EXPECT_TRUE(run.cases()[0].bubble_fraction.has_value());
    EXPECT_EQ(measured.bubble_observations(0).size(), 18U);
}

TEST_F(Store, is_a_file_without_cases_from_the_start)
{
    const auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
    EXPECT_TRUE(RunFile(file()).cases().empty());
    writer->finish(false);
    EXPECT_FALSE(RunFile(file()).complete());
    writer->finish(true);
    EXPECT_TRUE(RunFile(file()).complete());
    EXPECT_TRUE(RunFile(file()).stored_rounds().empty());
}

TEST_F(Store, keeps_skipped_cases_with_their_reason)
{
    CaseHeader skipped = header(0, 0);
    skipped.status = CaseStatus::skipped;
    skipped.why = "needs 3 GiB, \"1 GiB\" is free";
    const auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
    writer->store(skipped, round_of(0, 0, 0));
    writer->finish(true);
    expect_same_round(file(), skipped, round_of(0, 0, 0));
    EXPECT_EQ(RunFile(file()).cases().at(0).samples, 0U);
    EXPECT_FALSE(RunFile(file()).cases().at(0).median_s.has_value());
}

TEST_F(Store, does_not_forget_a_failed_round_after_a_good_one)
{
    CaseHeader failed = header(0);
    failed.status = CaseStatus::failed;
    failed.why = "wrong data on rank 1";
    const auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
    writer->store(failed, round_of(0));
    writer->store(header(0), round_of(1));
    EXPECT_EQ(RunFile(file()).cases().at(0).header.status, CaseStatus::failed);
    EXPECT_EQ(RunFile(file()).cases().at(0).header.why, "wrong data on rank 1");
}

TEST_F(Store, a_case_of_which_a_round_was_skipped_is_skipped_whichever_round_it_was)
{
    CaseHeader skipped = header(0);
    skipped.status = CaseStatus::skipped;
    skipped.why = "not enough memory";
    for (const bool first : {true, false}) {
        const std::string name = first ? "first.h5" : "last.h5";
        const auto writer = RunWriter::create(file(name), whole_info(), IfExists::refuse);
        if (first) {
            writer->store(skipped, round_of(0, 0, 0));
        }
        writer->store(header(0), round_of(1));
        if (!first) {
            writer->store(skipped, round_of(2, 0, 0));
        }
        writer->finish(true);
        EXPECT_EQ(RunFile(file(name)).cases().at(0).header.status, CaseStatus::skipped) << name;
        EXPECT_EQ(RunFile(file(name)).cases().at(0).header.why, "not enough memory") << name;
    }
}

TEST_F(Store, refuses_rounds_whose_parts_have_different_extents)
{
    const auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
    Round round = round_of(0);
    round.batch.pop_back();
    EXPECT_THROW(writer->store(header(0), round), std::logic_error);
    round = round_of(1);
    round.start_offset_s->ranks = 1;
    EXPECT_THROW(writer->store(header(0), round), std::logic_error);
    round = round_of(1);
    round.late.pop_back();
    EXPECT_THROW(writer->store(header(0), round), std::logic_error);
    EXPECT_TRUE(RunFile(file()).cases().empty());
}

TEST_F(Store, never_overwrites_unless_told_to)
{
    RunWriter::create(file(), whole_info(), IfExists::refuse);
    const std::string before = read_bytes(file());
    EXPECT_THAT(config_error([&] { RunWriter::create(file(), whole_info(), IfExists::refuse); }),
                HasSubstr("run.h5' exists"));
    EXPECT_EQ(read_bytes(file()), before);
    RunMetadata other = whole_info();
    other.name = "other";
    RunWriter::create(file(), other, IfExists::overwrite);
    EXPECT_EQ(RunFile(file()).info().name, "other");
}

TEST_F(Store, replaces_by_force_a_run_file_or_an_empty_one_and_nothing_else)
{
    write_bytes(file("empty.h5"), "");
    RunWriter::create(file("empty.h5"), whole_info(), IfExists::overwrite);
    EXPECT_EQ(open_error(file("empty.h5")), "");
    write_bytes(file(), "precious");
    fs::create_symlink(file("empty.h5"), file("link.h5"));
    for (const fs::path& taken : {file(), file("link.h5")}) {
        EXPECT_THAT(config_error([&] { RunWriter::create(taken, whole_info(), IfExists::overwrite); }),
                    HasSubstr(taken.filename().string() + "' exists and is no run file"));
    }
    EXPECT_EQ(read_bytes(file()), "precious");
    EXPECT_TRUE(fs::is_symlink(file("link.h5")));
}

TEST_F(Store, removes_nothing_from_a_folder_of_parts_that_is_no_part)
{
    fs::create_directory(parts());
    const struct {
        const char* name;
        const char* content;
        bool own;
    } rows[] = {{"notes", "mine", false},
                {"000000-0.h5", "precious", false},
                {"000000-0.h5", "", true},
                {"000000-0.h5", "\x89HDF\r\n\x1a\n cut", true},
                {"000000-0.h5.0123456789abcdef.0.tmp", "half", true},
                {"000000-0.h5.tmp", "mine", false}};
    for (const auto& row : rows) {
        SCOPED_TRACE(std::string(row.name) + ": " + row.content);
        fs::create_directory(parts());
        write_bytes(parts() / row.name, row.content);
        EXPECT_THAT(config_error([&] { RunWriter::create(file(), whole_info(), IfExists::refuse); }),
                    HasSubstr("run.h5.parts' exists"));
        EXPECT_EQ(read_bytes(parts() / row.name), row.content);
        const std::string refused = config_error([&] { RunWriter::create(file(), whole_info(), IfExists::overwrite); });
        EXPECT_EQ(refused.empty(), row.own) << refused;
        EXPECT_EQ(fs::exists(parts() / row.name), !row.own);
        EXPECT_EQ(fs::exists(file()), row.own);
        fs::remove_all(parts());
        fs::remove(file());
    }
}

TEST_F(Store, leaves_what_is_not_its_own_beside_a_complete_file)
{
    {
        auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
        writer->store(header(0), round_of(0));
        writer->finish(true);
    }
    fs::create_directory(parts());
    write_bytes(parts() / "notes", "mine");
    RunWriter::resume(file())->finish(true);
    EXPECT_EQ(read_bytes(parts() / "notes"), "mine");
}

TEST_F(Store, has_one_writer_at_a_time)
{
    auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
    writer->store(header(0), round_of(0));
    const std::string before = read_bytes(file());
    for (const auto& second : std::vector<std::function<void()>>{
             [&] { RunWriter::create(file(), whole_info(), IfExists::overwrite); }, [&] { RunWriter::resume(file()); },
             [&] { RunWriter::append(file(), {}); }}) {
        EXPECT_THAT(config_error(second), HasSubstr("is being written by process " + std::to_string(getpid())));
    }
    EXPECT_EQ(read_bytes(file()), before);
    EXPECT_EQ(RunFile(file()).stored_rounds(), (Rounds{{0, 0}}));
    writer.reset();
    EXPECT_FALSE(fs::exists(file("run.h5.lock")));
    RunWriter::resume(file());
}

TEST_F(Store, notices_at_the_next_round_that_its_file_is_gone)
{
    auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
    writer->store(header(0), round_of(0));
    EXPECT_EQ(kept_rounds(file()), 1U);
    fs::remove_all(folder_);
    EXPECT_EQ(kept_rounds(file()), 0U);
    EXPECT_THROW(writer->store(header(1), round_of(0)), StoreError);
    EXPECT_FALSE(fs::exists(folder_)) << "nothing is made anew";
}

TEST_F(Store, counts_as_kept_only_what_can_be_read_back)
{
    auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
    for (int index = 0; index < 3; ++index) {
        writer->store(header(0), round_of(index));
    }
    EXPECT_EQ(kept_rounds(file()), 3U);
    EXPECT_EQ(kept_rounds(file(), 1), 2U);
    write_bytes(parts() / "000000-1.h5", "damaged");
    EXPECT_EQ(kept_rounds(file()), 2U);
}

TEST_F(Store, says_before_anything_is_measured_that_it_cannot_write)
{
    write_bytes(file("plain"), "");
    const struct {
        fs::path path;
        const char* reason;
    } rows[] = {{folder_ / "missing" / "run.h5", "No such file or directory"},
                {file("plain") / "run.h5", "Not a directory"},
                {folder_, "it is a folder"}};
    for (const auto& row : rows) {
        const auto message = config_error([&] { RunWriter::create(row.path, whole_info(), IfExists::overwrite); });
        EXPECT_THAT(message, HasSubstr(row.reason));
        EXPECT_THAT(message, HasSubstr(row.path.string()));
    }
}

TEST_F(Store, resumes_an_interrupted_run)
{
    RunWriter::create(file(), whole_info(), IfExists::refuse)->store(header(0), round_of(0));
    const auto writer = RunWriter::resume(file());
    EXPECT_EQ(RunFile(file()).stored_rounds(), (Rounds{{0, 0}}));
    writer->store(header(0), round_of(1));
    writer->store(header(1), round_of(0));
    writer->finish(true);
    EXPECT_EQ(RunFile(file()).stored_rounds(), (Rounds{{0, 0}, {0, 1}, {1, 0}}));
    expect_same_round(file(), header(0), round_of(0));
    EXPECT_EQ(RunFile(file()).cases().at(0).samples, 18U);
}

TEST_F(Store, adopts_a_part_that_a_killed_run_had_not_indexed_yet)
{
    auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
    writer->store(header(0), round_of(0));
    const std::string index = read_bytes(file());
    writer->store(header(0), round_of(1));
    writer->store(header(1), round_of(0));
    writer.reset();
    write_bytes(file(), index);
    EXPECT_EQ(RunFile(file()).stored_rounds(), (Rounds{{0, 0}}));
    RunWriter::resume(file());
    const RunFile run(file());
    EXPECT_EQ(run.stored_rounds(), (Rounds{{0, 0}, {0, 1}, {1, 0}}));
    EXPECT_EQ(run.cases().at(0).samples, 18U);
    expect_same_round(file(), header(1), round_of(0));
}

TEST_F(Store, says_how_most_rounds_of_a_case_came_to_a_common_start)
{
    const auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
    for (const int index : {0, 1, 3}) {
        writer->store(header(0), round_of(index));  // a barrier, then two windows
    }
    writer->store(header(1), round_of(0));
    writer->finish(true);
    EXPECT_EQ(RunFile(file()).start_mode(0), "window");
    EXPECT_EQ(RunFile(file()).start_mode(1), "barrier");
}

TEST_F(Store, adopted_parts_do_not_forget_that_one_of_them_failed)
{
    CaseHeader failed = header(0);
    failed.status = CaseStatus::failed;
    failed.why = "wrong data on rank 1";
    for (const int bad : {0, 1}) {
        const std::string name = "bad" + std::to_string(bad) + ".h5";
        auto writer = RunWriter::create(file(name), whole_info(), IfExists::refuse);
        const std::string index = read_bytes(file(name));
        for (const int round : {0, 1}) {
            writer->store(round == bad ? failed : header(0), round_of(round));
        }
        writer.reset();
        write_bytes(file(name), index);
        RunWriter::resume(file(name))->finish(true);
        EXPECT_EQ(RunFile(file(name)).cases().at(0).header.status, CaseStatus::failed) << bad;
        EXPECT_EQ(RunFile(file(name)).cases().at(0).header.why, "wrong data on rank 1");
    }
}

TEST_F(Store, an_index_that_is_renewed_now_and_then_lacks_nothing_after_resume_or_finish)
{
    Rounds all;
    auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse, {.pace = IndexPace::twentieth_of_time});
    for (int id = 0; id < 5; ++id) {
        for (int index = 0; index < 3; ++index) {
            writer->store(header(id), round_of(index));
            all.emplace(id, index);
        }
    }
    writer.reset();
    EXPECT_NO_THROW(RunFile{file()}) << "whether it lags or not";
    RunWriter::resume(file())->finish(true);
    EXPECT_EQ(RunFile(file()).stored_rounds(), all);

    writer =
        RunWriter::create(file("finished.h5"), whole_info(), IfExists::refuse, {.pace = IndexPace::twentieth_of_time});
    for (const auto& [id, index] : all) {
        writer->store(header(id), round_of(index));
    }
    writer->finish(false);
    EXPECT_EQ(RunFile(file("finished.h5")).stored_rounds(), all);
    EXPECT_EQ(RunFile(file("finished.h5")).cases().at(4).rounds, 3);
}

TEST_F(Store, summarises_the_machine_state_that_holds_most_rounds_also_when_that_turns_out_late)
{
    constexpr double near = 60e-9;
    constexpr double far = 230e-9;
    const std::vector<double> looks{near, near, far, far, far, far};
    auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
    const HostProbe probe{
        .position = 2,
        .at_unix_s = 1.75e9,
        .ranks = {{.rank = 0, .alone_best_s = 1e-4, .cache_line_latency_s = far, .l1_copy_s = 39e-9}, {.rank = 1}}};
    writer->note(probe);
    for (int index = 0; index < 5; ++index) {
        Round round = round_of(index);
        const auto at = static_cast<std::size_t>(index);
        round.machine = {.before = {.cache_line_latency_s = {looks[at]}, .l1_copy_s = {39e-9}},
                         .after = {.cache_line_latency_s = {looks[at + 1]}, .l1_copy_s = {40e-9}}};
        writer->store(header(0), round);
        if (index == 1) {
            EXPECT_EQ(RunFile(file()).cases().at(0).machine_state, 0);
            EXPECT_EQ(RunFile(file()).cases().at(0).rounds_left_out, 1U) << "the round in which it changed";
            writer.reset();
            writer = RunWriter::resume(file());
        }
    }
    writer->finish(true);
    const RunFile run(file());
    EXPECT_EQ(run.machine_states().of_round, (std::vector{0, -1, 1, 1, 1}));
    EXPECT_EQ(run.machine_states().typical, (std::vector<TypicalSnapshot>{{near, 39.5e-9}, {far, 39.5e-9}}));
    EXPECT_EQ(run.cases().at(0).machine_state, 1);
    EXPECT_EQ(run.cases().at(0).rounds, 3);
    EXPECT_EQ(run.cases().at(0).rounds_left_out, 2U);
    EXPECT_EQ(run.load(0).rounds.size(), 5U) << "nothing is thrown away";
    EXPECT_EQ(run.measured().observations(0),
              observations(in_one_state(run.load(0), run.machine_states().of_round, 1)));
    expect_same_round(file(), header(0), run.load(0).rounds.at(3));
}

TEST_F(Store, leaves_out_parts_that_are_unfinished_damaged_or_of_another_run)
{
    RunMetadata other = whole_info();
    other.started_unix_s += 1;
    RunWriter::create(file("other.h5"), other, IfExists::refuse)->store(header(5), round_of(0));
    RunWriter::create(file(), whole_info(), IfExists::refuse)->store(header(0), round_of(0));
    const std::string part = read_bytes(parts() / "000000-0.h5");
    write_bytes(parts() / "000001-0.h5.0123456789abcdef.0.tmp", part.substr(0, part.size() / 2));
    write_bytes(parts() / "000002-0.h5", part.substr(0, part.size() / 2));
    write_bytes(parts() / "000003-0.h5", part);
    fs::copy(parts("other.h5") / "000005-0.h5", parts() / "000005-0.h5");
    RunWriter::resume(file());
    EXPECT_EQ(RunFile(file()).stored_rounds(), (Rounds{{0, 0}}));
    EXPECT_FALSE(fs::exists(parts() / "000001-0.h5.0123456789abcdef.0.tmp"));
}

TEST_F(Store, drops_rounds_that_can_not_be_read_and_keeps_the_others)
{
    {
        const auto first = RunWriter::create(file(), whole_info(), IfExists::refuse);
        first->store(header(0), round_of(0));
        first->store(header(0), round_of(1));
        first->store(header(1), round_of(0));
    }
    const std::string part = read_bytes(parts() / "000000-1.h5");
    write_bytes(parts() / "000000-1.h5", part.substr(0, part.size() / 2));
    fs::remove(parts() / "000001-0.h5");
    const auto writer = RunWriter::resume(file());
    ASSERT_EQ(writer->dropped_rounds().size(), 2U);
    EXPECT_THAT(writer->dropped_rounds().at({0, 1}), HasSubstr("'run.h5.parts/000000-1.h5': "));
    EXPECT_THAT(writer->dropped_rounds().at({1, 0}), HasSubstr("it is missing"));
    EXPECT_EQ(RunFile(file()).stored_rounds(), (Rounds{{0, 0}}));
    EXPECT_EQ(RunFile(file()).cases().at(0).samples, 9U);
    writer->store(header(0), round_of(1));
    writer->store(header(1), round_of(0));
    writer->finish(true);
    EXPECT_FALSE(fs::exists(parts()));
    EXPECT_EQ(RunFile(file()).stored_rounds(), (Rounds{{0, 0}, {0, 1}, {1, 0}}));
    EXPECT_EQ(RunFile(file()).info().warnings.size(), whole_info().warnings.size() + 2);
    expect_same_round(file(), header(0), round_of(0));
}

TEST_F(Store, does_not_replace_what_is_no_part_of_it)
{
    RunMetadata other = whole_info();
    other.started_unix_s += 1;
    RunWriter::create(file("other.h5"), other, IfExists::refuse)->store(header(0), round_of(0));
    RunWriter::create(file(), whole_info(), IfExists::refuse)->store(header(0), round_of(0));
    fs::copy_file(parts("other.h5") / "000000-0.h5", parts() / "000000-0.h5", fs::copy_options::overwrite_existing);
    const std::string before = read_bytes(parts() / "000000-0.h5");
    EXPECT_THAT(config_error([&] { RunWriter::resume(file()); }),
                HasSubstr("000000-0.h5' is in the way (it is not a part of this run). Move it away"));
    EXPECT_EQ(read_bytes(parts() / "000000-0.h5"), before);
}

TEST_F(Store, leaves_a_complete_file_as_it_is_until_something_is_stored)
{
    auto first = RunWriter::create(file(), whole_info(), IfExists::refuse);
    first->store(header(0), round_of(0));
    first->finish(true);
    first.reset();
    const std::string bytes = read_bytes(file());

    auto untouched = RunWriter::resume(file());
    untouched->finish(true);
    untouched.reset();
    EXPECT_EQ(read_bytes(file()), bytes);
    EXPECT_FALSE(fs::exists(parts()));

    const auto writer = RunWriter::resume(file());
    writer->store(header(1), round_of(0));
    EXPECT_FALSE(RunFile(file()).complete());
    EXPECT_EQ(RunFile(file()).stored_rounds(), (Rounds{{0, 0}, {1, 0}}));
    writer->finish(true);
    EXPECT_TRUE(RunFile(file()).complete());
    expect_same_round(file(), header(0), round_of(0));
    expect_same_round(file(), header(1), round_of(0));
}

TEST_F(Store, resumes_an_interrupted_file_under_a_new_name)
{
    RunWriter::create(file(), whole_info(), IfExists::refuse)->store(header(0), round_of(0));
    fs::rename(file(), file("renamed.h5"));
    const auto writer = RunWriter::resume(file("renamed.h5"));
    fs::remove_all(parts());
    writer->finish(true);
    expect_same_round(file("renamed.h5"), header(0), round_of(0));
}

TEST_F(Store, lists_cases_without_their_parts_and_names_the_part_that_is_missing)
{
    RunWriter::create(file(), whole_info(), IfExists::refuse)->store(header(3), round_of(0));
    fs::remove_all(parts());
    const RunFile run(file());
    EXPECT_EQ(run.cases().at(0).samples, 9U);
    const auto message = config_error([&] { run.load(3); });
    EXPECT_THAT(message, HasSubstr("run.h5.parts/000003-0.h5"));
    EXPECT_THAT(message, HasSubstr("Keep the folder 'run.h5.parts' beside the file"));
    EXPECT_THAT(config_error([&] { RunWriter::resume(file()); }), HasSubstr("000003-0.h5"));
}

TEST_F(Store, names_a_part_that_is_damaged)
{
    RunWriter::create(file(), whole_info(), IfExists::refuse)->store(header(3), round_of(0));
    const fs::path part = parts() / "000003-0.h5";
    write_bytes(part, read_bytes(part).substr(0, 600));
    const RunFile run(file());
    EXPECT_THAT(config_error([&] { run.load(3); }), HasSubstr("cannot read 'run.h5.parts/000003-0.h5'"));
}

TEST_F(Store, answers_bad_files_with_one_sentence_that_names_the_file)
{
    RunWriter::create(file("good.h5"), whole_info(), IfExists::refuse)->store(header(0), round_of(0));
    RunMetadata newer = whole_info();
    newer.schema = 3;
    RunWriter::create(file("newer.h5"), newer, IfExists::refuse);
    write_bytes(file("empty.h5"), "");
    write_bytes(file("text.h5"), "id,pattern\n0,allreduce\n");
    fs::copy(parts("good.h5") / "000000-0.h5", file("foreign.h5"));
    const std::string good = read_bytes(file("good.h5"));
    write_bytes(file("cut.h5"), good.substr(0, good.size() - 1));
    const struct {
        fs::path path;
        const char* says;
    } rows[] = {{file("missing.h5"), "No such file or directory"},
                {folder_, "it is not a file"},
                {file("empty.h5"), "it is not HDF5"},
                {file("text.h5"), "it is not HDF5"},
                {file("foreign.h5"), "without the attribute plumbline_schema"},
                {file("newer.h5"), "has schema 3"},
                {file("cut.h5"), "truncated file"}};
    for (const auto& row : rows) {
        const auto message = open_error(row.path);
        EXPECT_THAT(message, HasSubstr(row.says));
        EXPECT_THAT(message, HasSubstr(row.path.string()));
    }
}

TEST_F(Store, refuses_a_file_cut_at_any_length)
{
    const auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
    writer->store(header(0), round_of(0));
    writer->finish(true);
    const std::string whole = read_bytes(file());
    for (std::size_t length = 0; length < whole.size(); length += 97) {
        write_bytes(file("cut.h5"), whole.substr(0, length));
        EXPECT_NE(open_error(file("cut.h5")), "") << length << " of " << whole.size() << " bytes";
    }
}

TEST_F(Store, has_no_case_that_is_not_in_it)
{
    RunWriter::create(file(), whole_info(), IfExists::refuse)->store(header(0), round_of(0));
    EXPECT_THAT(config_error([&] { RunFile(file()).load(9); }), HasSubstr("has no case 9"));
}

/// Runs `body` in a child process, which ends as a program does (with every exit handler); returns wait()'s status.
template <class Body>
int in_child(Body body)
{
    const pid_t child = ::fork();
    if (child == 0) {
        std::exit(body());
    }
    int status = -1;
    ::waitpid(child, &status, 0);
    return status;
}

/// Opens and reads copies of `whole` that differ from it in one byte: 0 when some were read and some refused.
int read_with_changed_bytes(const fs::path& copy, const std::string& whole)
{
    constexpr std::size_t stride = 199;
    std::size_t opened = 0;
    std::size_t refused = 0;
    for (std::size_t at = 0; at < whole.size(); at += stride) {
        std::string changed = whole;
        changed[at] = static_cast<char>(~changed[at]);
        write_bytes(copy, changed);
        const auto message = config_error([&] {
            const RunFile run(copy);
            for (const auto& row : run.cases()) {
                run.load(row.header.id);
                run.measured().bubble_observations(row.header.id);
            }
        });
        (message.empty() ? opened : refused) += 1;
    }
    return opened > 0 && refused > 0 ? 0 : 1;
}

TEST_F(Store, survives_any_changed_byte)
{
    const auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
    writer->store(pipeline_header(0), pipeline_round(0));
    writer->finish(true);
    const std::string whole = read_bytes(file());
    // Without exit handlers: HDF5 itself leaks a little on damaged metadata, which is not what is tested.
    const int status = in_child([&]() -> int { ::_exit(read_with_changed_bytes(file("changed.h5"), whole)); });
    ASSERT_TRUE(WIFEXITED(status)) << "ended by a signal";
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

/// Stores rounds below a file size limit until that fails: 0 when the error is as it should be.
int store_until_full(const fs::path& path, rlim_t limit)
{
    std::signal(SIGXFSZ, SIG_IGN);
    const auto writer = RunWriter::create(path, whole_info(), IfExists::refuse);
    writer->store(header(0), round_of(0));
    const rlimit small{.rlim_cur = limit, .rlim_max = RLIM_INFINITY};
    ::setrlimit(RLIMIT_FSIZE, &small);
    try {
        writer->store(header(1), noisy_round(0, 4000));
    } catch (const StoreError& error) {
        const std::string message = error.what();
        const bool good =
            message.find("000001-0.h5") != std::string::npos && message.find("File too large") != std::string::npos;
        return good ? 0 : 1;
    }
    return 2;
}

TEST_F(Store, reports_a_full_disk_and_keeps_what_was_stored)
{
    for (const rlim_t limit : {rlim_t{0}, rlim_t{100}, rlim_t{5000}, rlim_t{40'000}}) {
        const fs::path path = file("full" + std::to_string(limit) + ".h5");
        const int status = in_child([&] { return store_until_full(path, limit); });
        ASSERT_TRUE(WIFEXITED(status)) << "ended by a signal, limit " << limit;
        EXPECT_EQ(WEXITSTATUS(status), 0) << limit;
        EXPECT_EQ(RunFile(path).stored_rounds(), (Rounds{{0, 0}}));
        expect_same_round(path, header(0), round_of(0));
        const auto leftovers = fs::directory_iterator(path.string() + ".parts");
        EXPECT_EQ(std::distance(leftovers, fs::directory_iterator()), 1);
    }
}

TEST_F(Store, keeps_index_and_parts_when_the_disk_is_full_at_the_end)
{
    const int status = in_child([&] {
        std::signal(SIGXFSZ, SIG_IGN);
        const auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
        writer->store(header(0), noisy_round(0, 1000));
        writer->store(header(1), noisy_round(0, 1000));
        const rlimit small{.rlim_cur = 50'000, .rlim_max = RLIM_INFINITY};
        ::setrlimit(RLIMIT_FSIZE, &small);
        try {
            writer->finish(true);
        } catch (const StoreError&) {
            return 0;
        }
        return 1;
    });
    ASSERT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
    EXPECT_FALSE(fs::exists(file("run.h5.tmp")));
    EXPECT_EQ(RunFile(file()).stored_rounds(), (Rounds{{0, 0}, {1, 0}}));
    RunWriter::resume(file())->finish(true);
    expect_same_round(file(), header(1), noisy_round(0, 1000));
}

constexpr int rounds_of_victim = 4;

/// The process that is killed: says one byte after create(), each store() and finish().
[[noreturn]] void victim(const fs::path& path, int tell)
{
    const auto say = [&] { return ::write(tell, "x", 1) == 1; };
    const auto writer = RunWriter::create(path, whole_info(), IfExists::refuse);
    bool heard = say();
    for (int k = 0; k < rounds_of_victim && heard; ++k) {
        writer->store(header(k / 2), round_of(k % 2));
        heard = say();
    }
    writer->finish(true);
    heard = heard && say();
    ::_exit(heard ? 0 : 1);
}

/// Lets the victim run for `patience` (as long as it takes when negative), then kills it; returns what it said.
int run_victim(const fs::path& path, std::chrono::microseconds patience)
{
    int pipe_ends[2];
    if (::pipe(pipe_ends) != 0) {
        return -1;
    }
    const pid_t child = ::fork();
    if (child == 0) {
        ::close(pipe_ends[0]);
        victim(path, pipe_ends[1]);
    }
    ::close(pipe_ends[1]);
    if (patience.count() >= 0) {
        std::this_thread::sleep_for(patience);
        ::kill(child, SIGKILL);
    }
    int said = 0;
    for (char byte = 0; ::read(pipe_ends[0], &byte, 1) == 1;) {
        ++said;
    }
    ::waitpid(child, nullptr, 0);
    ::close(pipe_ends[0]);
    return said;
}

TEST_F(Store, opens_with_every_stored_round_after_sigkill_at_random_moments)
{
    const auto start = std::chrono::steady_clock::now();
    ASSERT_EQ(run_victim(file("unharmed.h5"), std::chrono::microseconds(-1)), rounds_of_victim + 2);
    const auto whole_life =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start).count();

    std::mt19937 random(20240607);
    std::uniform_int_distribution<std::int64_t> moment(0, whole_life);
    for (int attempt = 0; attempt < 20; ++attempt) {
        const fs::path path = file("killed" + std::to_string(attempt) + ".h5");
        const int said = run_victim(path, std::chrono::microseconds(moment(random)));
        if (said == 0 && !fs::exists(path)) {
            continue;
        }
        const Rounds kept = RunFile(path).stored_rounds();
        for (int k = 0; k < std::min(said - 1, rounds_of_victim); ++k) {
            EXPECT_TRUE(kept.contains({k / 2, k % 2})) << "attempt " << attempt << ", round " << k;
        }
        for (const auto& [id, index] : kept) {
            expect_same_round(path, header(id), round_of(index));
        }
        RunWriter::resume(path)->finish(true);
        EXPECT_GE(RunFile(path).stored_rounds().size(), kept.size());
        EXPECT_TRUE(RunFile(path).complete());
    }
}

}  // namespace
}  // namespace plumbline
