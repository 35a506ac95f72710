// SPDX-License-Identifier: Apache-2.0
#include "results/files/lock_owner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

namespace plumbline::files {
namespace {

LockOwner somebody()
{
    return {.host = "node3",
            .machine_id = "m3",
            .boot_id = "boot",
            .pid_namespace = "pid:[1]",
            .time_namespace = "time:[2]",
            .pid = 17,
            .started_ticks = 4200,
            .since_unix_s = 1.75e9};
}

template <class Change>
LockOwner changed(Change change)
{
    LockOwner owner = somebody();
    change(owner);
    return owner;
}

TEST(LockOwner, is_read_back_as_it_was_written)
{
    EXPECT_EQ(parse_owner(format_owner(somebody())), somebody());
    LockOwner bare;
    bare.pid = 1;
    EXPECT_EQ(parse_owner(format_owner(bare)), bare);
}

TEST(LockOwner, is_not_read_from_anything_else)
{
    const std::string text = format_owner(somebody());
    for (const std::string& other :
         {std::string(), std::string("mine"), text.substr(1), text + "colour=red\n", text + "pid=-1\n",
          text + "pid=seventeen\n", text + "no equals sign\n", std::string("plumbline lock 1\nhost=node3\n")}) {
        EXPECT_EQ(parse_owner(other), std::nullopt) << other;
    }
}

TEST(LockOwner, is_gone_only_where_that_is_certain)
{
    const ProcessFacts it_runs{.exists = true, .started_ticks = 4200};
    const ProcessFacts another_has_its_number{.exists = true, .started_ticks = 4201};
    const ProcessFacts none{};
    constexpr double booted_before = 1.7e9;
    constexpr double booted_after = 1.8e9;
    const struct {
        const char* what;
        LockOwner here;
        ProcessFacts facts;
        double booted_unix_s;
        OwnerState expected;
    } rows[] = {
        {"it runs", somebody(), it_runs, booted_before, OwnerState::alive},
        {"no such process", somebody(), none, booted_before, OwnerState::gone},
        {"the number was given anew", somebody(), another_has_its_number, booted_before, OwnerState::gone},
        {"starts of another time namespace count otherwise", changed([](auto& o) { o.time_namespace = "time:[9]"; }),
         another_has_its_number, booted_before, OwnerState::alive},
        {"another container of this machine", changed([](auto& o) { o.pid_namespace = "pid:[9]"; }), none,
         booted_before, OwnerState::unknown},
        {"this machine was restarted since", changed([](auto& o) { o.boot_id = "later"; }), none, booted_after,
         OwnerState::rebooted},
        {"another machine of that name", changed([](auto& o) { o.boot_id = "other"; }), none, booted_before,
         OwnerState::unknown},
        {"another machine of that name, by its identity", changed([](auto& o) {
             o.boot_id = "other";
             o.machine_id = "m9";
         }),
         none, booted_after, OwnerState::unknown},
        {"another machine", changed([](auto& o) {
             o.boot_id = "other";
             o.host = "node4";
         }),
         none, booted_after, OwnerState::unknown},
        {"a kernel without a boot id", changed([](auto& o) { o.boot_id = ""; }), none, booted_after,
         OwnerState::unknown},
    };
    for (const auto& row : rows) {
        EXPECT_EQ(state_of(somebody(), row.here, row.facts, row.booted_unix_s), row.expected) << row.what;
    }
    const LockOwner nameless = changed([](auto& o) { o.host = "localhost"; });
    EXPECT_EQ(state_of(nameless, changed([](auto& o) {
                           o.host = "localhost";
                           o.boot_id = "other";
                       }),
                       none, booted_after),
              OwnerState::unknown)
        << "many machines are called that";
}

TEST(LockOwner, of_this_process_is_alive_and_of_one_that_ended_gone)
{
    EXPECT_EQ(state_of(this_process()), OwnerState::alive);
    const pid_t child = fork();
    if (child == 0) {
        _exit(0);
    }
    siginfo_t info{};
    ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &info, WEXITED | WNOWAIT), 0);
    LockOwner ended = this_process();
    ended.pid = child;
    EXPECT_FALSE(process_facts(child).exists) << "nobody has reaped it yet";
    EXPECT_EQ(state_of(ended), OwnerState::gone);
    waitpid(child, nullptr, 0);
    EXPECT_EQ(state_of(ended), OwnerState::gone);
}

TEST(LockOwner, is_described_without_control_characters)
{
    EXPECT_EQ(describe(changed([](auto& o) { o.host = "a\x1b[31mb"; })),
              "process 17 on a [31mb, since 2025-06-15 15:06:40 UTC");
}

}  // namespace
}  // namespace plumbline::files
