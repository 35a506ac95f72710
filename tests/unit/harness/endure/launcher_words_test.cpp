// SPDX-License-Identifier: Apache-2.0
#include "harness/endure/launcher_words.hpp"

#include "collectives/util/error.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <vector>

namespace plumbline::endure {
namespace {

using Words = std::vector<std::string>;

const Words rank{"/opt/plumbline", "run", "s.yaml"};

TEST(LauncherWords, WhatRanksRunFollowsTheLauncher)
{
    const Launcher mpirun = make_launcher({"mpirun", "-n", "4"}, 0, "");
    EXPECT_EQ(job_words(mpirun, {}, {}, "", rank), (Words{"mpirun", "-n", "4", "/opt/plumbline", "run", "s.yaml"}));
    const Launcher own = make_launcher({"/opt/plumbline", "launch", "-H", "a:2"}, 0, "");
    EXPECT_EQ(job_words(own, {}, {}, "", rank),
              (Words{"/opt/plumbline", "launch", "-H", "a:2", "--", "run", "s.yaml"}));
}

TEST(LauncherWords, ABadHostIsReplacedByTheNextSpare)
{
    const Launcher file = make_launcher({"mpirun", "-n", "4", "--hostfile", "h"}, 2,
                                        "a slots=2\n# a comment\nb slots=2\nc slots=2\nd slots=2\n");
    EXPECT_EQ(hosts_without(file, {}), (Words{"a slots=2", "b slots=2"}));
    EXPECT_EQ(hosts_without(file, {"b"}), (Words{"a slots=2", "c slots=2"}));
    EXPECT_EQ(hosts_without(file, {"b", "c"}), (Words{"a slots=2", "d slots=2"}));
    EXPECT_EQ(hosts_without(file, {"a", "b", "c"}), std::nullopt);
    EXPECT_EQ(job_words(file, {}, {}, "new", rank)[4], "new");
    const Launcher list = make_launcher({"mpirun", "-H", "a:2,b:2,c:2"}, 1, "");
    const Words after = hosts_without(list, {"a"}).value();
    EXPECT_EQ(job_words(list, after, {"a"}, "", rank)[2], "c:2,b:2");
    const Launcher srun = make_launcher({"srun", "-n", "4"}, 1, "");
    EXPECT_EQ(job_words(srun, hosts_without(srun, {"a"}).value(), {"a"}, "", rank)[1], "--exclude=a");
}

TEST(LauncherWords, SparesThatAreInUseAreRefused)
{
    EXPECT_THROW(make_launcher({"mpirun", "-n", "4"}, 1, ""), ConfigError);
    EXPECT_THROW(make_launcher({"mpirun", "-H", "a,b"}, 2, ""), ConfigError);
    EXPECT_THROW(make_launcher({"mpirun", "-H", "a:2,b:2,a:2"}, 1, ""), ConfigError);
    EXPECT_THROW(make_launcher({"mpirun", "-n", "6", "-H", "a:2,b:2,c:2"}, 1, ""), ConfigError);
    EXPECT_NO_THROW(make_launcher({"mpirun", "-n", "4", "-H", "a:2,b:2,c:2"}, 1, ""));
}

TEST(LauncherWords, LinesOfTheOutputNameTheRankAndItsHost)
{
    const auto died = symptom_in("plumbline: rank 1 (vm) died (it is inside allreduce #3)").value();
    EXPECT_EQ(died.cause, Cause::rank_died);
    EXPECT_EQ(died.rank, 1);
    EXPECT_EQ(died.host, "vm");
    const auto silent = symptom_in("node2: plumbline: rank 12 (node2) has been silent for 60 s (stopped, ...)").value();
    EXPECT_EQ(silent.cause, Cause::hang);
    EXPECT_EQ(silent.rank, 12);
    EXPECT_EQ(symptom_in("plumbline: rank 0 died (noticed by rank 1)")->cause, Cause::rank_died);
    const auto killed =
        symptom_in("mpirun noticed that process rank 3 with PID 0 on node n7 exited on signal 9 (Killed).").value();
    EXPECT_EQ(killed.rank, 3);
    EXPECT_EQ(killed.host, "n7");
    const auto thrown = symptom_in("plumbline: rank 2 of 4 on n7: MPI_Allreduce failed (code 1: x)").value();
    EXPECT_EQ(thrown.cause, Cause::job_ended);
    EXPECT_EQ(thrown.rank, 2);
    EXPECT_EQ(thrown.host, "n7");
    EXPECT_EQ(
        symptom_in("plumbline: every rank is inside x for 9 s, and none makes progress (the library hangs)")->cause,
        Cause::hang);
    EXPECT_EQ(symptom_in("plumbline: warning: the clock is coarse"), std::nullopt);
    EXPECT_EQ(symptom_in("something else"), std::nullopt);
}

TEST(SymptomIn, names_the_host_that_a_launcher_could_not_reach_or_lost)
{
    struct Row {
        std::string line, host;
        Cause cause;
        std::optional<int> rank;
    };
    const std::vector<Row> rows{
        {"plumbline: no ranks came up on node7 (ssh could not reach it or was cut off; its lines are above). Check",
         "node7",
         Cause::no_start,
         {}},
        {"ssh: connect to host node8 port 22: No route to host", "node8", Cause::no_start, {}},
        {"ssh: Could not resolve hostname node9: Name or service not known", "node9", Cause::no_start, {}},
        {"srun: error: Node failure on node10", "node10", Cause::no_start, {}},
        {"srun: error: node11: task 5: Killed", "node11", Cause::rank_died, 5},
        {"srun: error: node12: tasks 8-9: Segmentation fault (core dumped)", "node12", Cause::rank_died, 8},
    };
    for (const Row& row : rows) {
        const auto symptom = symptom_in(row.line);
        ASSERT_TRUE(symptom) << row.line;
        EXPECT_EQ(symptom->host, row.host);
        EXPECT_EQ(symptom->cause, row.cause) << row.line;
        EXPECT_EQ(symptom->rank, row.rank) << row.line;
    }
    EXPECT_FALSE(symptom_in("srun: Job step aborted: Waiting up to 32 seconds for job step to finish."));
}

}  // namespace
}  // namespace plumbline::endure
