// SPDX-License-Identifier: Apache-2.0
#include "results/store/store.hpp"

#include "collectives/util/error.hpp"
#include "results/summaries/observations.hpp"
#include "results/summaries/summarize.hpp"
#include "results/summaries/workload_summary.hpp"
#include "tests/support/child_process.hpp"
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
using test::noisy_round;
using test::open_error;
using test::read_bytes;
using test::round_of;
using test::whole_info;
using test::write_bytes;
using ::testing::HasSubstr;
using Rounds = std::set<std::pair<int, int>>;

class StoreWriter : public test::StoreFolder {};

TEST_F(StoreWriter, refuses_rounds_whose_parts_have_different_extents)
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

TEST_F(StoreWriter, never_overwrites_unless_told_to)
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

TEST_F(StoreWriter, replaces_by_force_a_run_file_or_an_empty_one_and_nothing_else)
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

TEST_F(StoreWriter, removes_nothing_from_a_folder_of_parts_that_is_no_part)
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

TEST_F(StoreWriter, leaves_what_is_not_its_own_beside_a_complete_file)
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

TEST_F(StoreWriter, has_one_writer_at_a_time)
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

TEST_F(StoreWriter, notices_at_the_next_round_that_its_file_is_gone)
{
    auto writer = RunWriter::create(file(), whole_info(), IfExists::refuse);
    writer->store(header(0), round_of(0));
    EXPECT_EQ(kept_rounds(file()), 1U);
    fs::remove_all(folder_);
    EXPECT_EQ(kept_rounds(file()), 0U);
    EXPECT_THROW(writer->store(header(1), round_of(0)), StoreError);
    EXPECT_FALSE(fs::exists(folder_)) << "nothing is made anew";
}

TEST_F(StoreWriter, counts_as_kept_only_what_can_be_read_back)
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

TEST_F(StoreWriter, says_before_anything_is_measured_that_it_cannot_write)
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

TEST_F(StoreWriter, reports_a_full_disk_and_keeps_what_was_stored)
{
    for (const rlim_t limit : {rlim_t{0}, rlim_t{100}, rlim_t{5000}, rlim_t{40'000}}) {
        const fs::path path = file("full" + std::to_string(limit) + ".h5");
        const int status = test::in_child([&] { return store_until_full(path, limit); });
        ASSERT_TRUE(WIFEXITED(status)) << "ended by a signal, limit " << limit;
        EXPECT_EQ(WEXITSTATUS(status), 0) << limit;
        EXPECT_EQ(RunFile(path).stored_rounds(), (Rounds{{0, 0}}));
        expect_same_round(path, header(0), round_of(0));
        const auto leftovers = fs::directory_iterator(path.string() + ".parts");
        EXPECT_EQ(std::distance(leftovers, fs::directory_iterator()), 1);
    }
}

TEST_F(StoreWriter, keeps_index_and_parts_when_the_disk_is_full_at_the_end)
{
    const int status = test::in_child([&] {
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

TEST_F(StoreWriter, opens_with_every_stored_round_after_sigkill_at_random_moments)
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
