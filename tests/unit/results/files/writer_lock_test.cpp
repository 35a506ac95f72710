// SPDX-License-Identifier: Apache-2.0
#include "results/files/writer_lock.hpp"

#include "collectives/util/error.hpp"
#include "results/files/lock_owner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>
#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

namespace plumbline::files {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class WriterLockTest : public ::testing::Test {
protected:
    void SetUp() override
    {
        std::string name = (fs::temp_directory_path() / "plumbline_lock_XXXXXX").string();
        ASSERT_NE(mkdtemp(name.data()), nullptr);
        folder_ = name;
    }
    void TearDown() override { fs::remove_all(folder_); }

    fs::path file() const { return folder_ / "run.h5"; }
    void put(const fs::path& path, const std::string& text) const { std::ofstream(path) << text; }
    std::vector<std::string> entries() const
    {
        std::vector<std::string> names;
        for (const auto& entry : fs::directory_iterator(folder_)) {
            names.push_back(entry.path().filename().string());
        }
        return names;
    }
    std::string refusal() const
    {
        try {
            const WriterLock lock(file());
        } catch (const ConfigError& error) {
            return error.what();
        }
        return "";
    }

    fs::path folder_;
};

bool write_byte(int to, char byte)
{
    return write(to, &byte, 1) == 1;
}

/// A process that existed and doesn't any more.
LockOwner ended_process()
{
    const pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    waitpid(child, nullptr, 0);
    LockOwner owner = this_process();
    owner.pid = child;
    return owner;
}

TEST_F(WriterLockTest, is_a_file_beside_the_file_as_long_as_it_lives)
{
    {
        const WriterLock lock(file());
        EXPECT_EQ(entries(), std::vector<std::string>{"run.h5.lock"});
        EXPECT_TRUE(lock.is_held());
    }
    EXPECT_TRUE(entries().empty());
}

TEST_F(WriterLockTest, is_refused_to_a_second_writer_in_one_sentence)
{
    const WriterLock lock(file());
    EXPECT_THAT(refusal(), HasSubstr("run.h5' is being written by process " + std::to_string(getpid()) + " on "));
    EXPECT_THAT(refusal(), HasSubstr(", since 20"));
    EXPECT_EQ(entries(), std::vector<std::string>{"run.h5.lock"});
}

TEST_F(WriterLockTest, of_a_process_that_is_gone_is_taken_over_with_what_it_left)
{
    const LockOwner gone = ended_process();
    put(lock_of(file()), format_owner(gone));
    put(file().string() + "." + temporary_token(gone) + ".3.tmp", "half");
    put(folder_ / "run.h5.tmp", "mine");
    std::string line;
    {
        const WriterLock lock(file(), [&](const std::string& text) { line = text; });
        EXPECT_THAT(line, HasSubstr("was left by process " + std::to_string(gone.pid)));
        EXPECT_TRUE(lock.is_held());
        EXPECT_THAT(entries(), ::testing::UnorderedElementsAre("run.h5.lock", "run.h5.tmp"));
    }
    EXPECT_EQ(entries(), std::vector<std::string>{"run.h5.tmp"});
}

TEST_F(WriterLockTest, of_another_machine_or_of_nobody_stays)
{
    LockOwner elsewhere = this_process();
    elsewhere.boot_id = "another";
    elsewhere.host = "node\x1b";
    for (const std::string& content : {format_owner(elsewhere), std::string("mine"), std::string()}) {
        put(lock_of(file()), content);
        EXPECT_THAT(refusal(), HasSubstr("run.h5.lock'")) << content;
        std::ifstream in(lock_of(file()));
        EXPECT_EQ((std::string{std::istreambuf_iterator<char>(in), {}}), content);
    }
    fs::remove(lock_of(file()));
    fs::create_symlink(folder_ / "nowhere", lock_of(file()));
    EXPECT_THAT(refusal(), HasSubstr("no lock of plumbline's"));
    EXPECT_FALSE(fs::exists(folder_ / "nowhere"));
}

TEST_F(WriterLockTest, says_why_nothing_can_be_written)
{
    fs::remove(folder_);
    EXPECT_THAT(refusal(), HasSubstr("run.h5' (No such file or directory). Choose a folder that exists"));
}

TEST_F(WriterLockTest, whose_guard_is_not_a_dead_process_s_is_refused_naming_the_guard)
{
    LockOwner alive = this_process();
    alive.pid = getppid();
    alive.started_ticks = process_facts(getppid()).started_ticks.value();
    const struct {
        const char* what;
        std::string guard;
        std::string says;
    } rows[] = {
        {"foreign", "mine", "run.h5.lock.takeover' is there, and is no lock of plumbline's). Move that away"},
        {"empty", "", "run.h5.lock.takeover' is there, and is no lock of plumbline's). Move that away"},
        {"alive", format_owner(alive), "process " + std::to_string(alive.pid) + " on "},
    };
    for (const auto& row : rows) {
        put(lock_of(file()), format_owner(ended_process()));
        put(folder_ / "run.h5.lock.takeover", row.guard);
        const std::string sentence = refusal();
        EXPECT_THAT(sentence, HasSubstr(row.says)) << row.what;
        EXPECT_THAT(sentence, HasSubstr("run.h5.lock.takeover'")) << row.what;
        std::ifstream in(folder_ / "run.h5.lock.takeover");
        EXPECT_EQ((std::string{std::istreambuf_iterator<char>(in), {}}), row.guard) << row.what;
    }
    put(folder_ / "run.h5.lock.takeover", format_owner(ended_process()));
    EXPECT_EQ(refusal(), "") << "a guard of a process that is gone is in nobody's way";
    EXPECT_TRUE(entries().empty());
}

class StaleLock : public WriterLockTest, public ::testing::WithParamInterface<const char*> {};

TEST_P(StaleLock, is_taken_over_by_one_of_many)
{
    put(lock_of(file()), format_owner(ended_process()));
    if (std::string(GetParam()) == "guarded") {
        put(folder_ / "run.h5.lock.takeover", format_owner(ended_process()));
    }
    constexpr int writers = 8;
    std::vector<pid_t> children;
    int go[2];
    int done[2];
    ASSERT_EQ(pipe(go), 0);
    ASSERT_EQ(pipe(done), 0);
    for (int i = 0; i < writers; ++i) {
        children.push_back(fork());
        if (children.back() == 0) {
            close(go[1]);
            close(done[0]);
            char byte = 0;
            if (read(go[0], &byte, 1) < 0) {
                _exit(3);
            }
            try {
                const WriterLock lock(file());
                byte = 'y';
                if (write_byte(done[1], byte)) {
                    pause();  // the others ask while it is held
                }
            } catch (const ConfigError&) {
                write_byte(done[1], 'n');
            }
            _exit(0);
        }
    }
    close(go[1]);
    std::string answers(writers, '?');
    for (char& answer : answers) {
        ASSERT_EQ(read(done[0], &answer, 1), 1);
    }
    EXPECT_EQ(std::count(answers.begin(), answers.end(), 'y'), 1) << answers;
    for (const pid_t child : children) {
        kill(child, SIGKILL);
        waitpid(child, nullptr, 0);
    }
    const WriterLock lock(file());
    EXPECT_TRUE(lock.is_held());
    EXPECT_EQ(entries(), std::vector<std::string>{"run.h5.lock"});
}

INSTANTIATE_TEST_SUITE_P(Guard, StaleLock, ::testing::Values("bare", "guarded"),
                         [](const auto& row) { return std::string(row.param); });

}  // namespace
}  // namespace plumbline::files
