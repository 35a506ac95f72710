// SPDX-License-Identifier: Apache-2.0
#include "results/store/store.hpp"

#include "collectives/util/error.hpp"
#include "results/summaries/observations.hpp"
#include "results/summaries/summarize.hpp"
#include "results/summaries/workload_summary.hpp"
#include "tests/support/stored_run.hpp"

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
using test::config_error;
using test::expect_same_round;
using test::header;
using test::pipeline_header;
using test::pipeline_round;
using test::read_bytes;
using test::round_of;
using test::whole_info;
using test::write_bytes;
using ::testing::HasSubstr;
using Rounds = std::set<std::pair<int, int>>;

class Store : public test::StoreFolder {};

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

}  // namespace
}  // namespace plumbline
