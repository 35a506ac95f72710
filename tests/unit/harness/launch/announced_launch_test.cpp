// SPDX-License-Identifier: Apache-2.0
#include "harness/launch/announced_launch.hpp"

#include "collectives/util/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace plumbline::app {
namespace {

using Environment = std::map<std::string, std::string>;

Variables in_environment(const Environment& environment)
{
    return [&environment](const char* name) -> std::optional<std::string> {
        const auto found = environment.find(name);
        return found == environment.end() || found->second.empty() ? std::nullopt : std::optional(found->second);
    };
}

struct MpiRow {
    std::string what;
    Environment environment;
    int size;
    std::optional<int> rank;
    std::string variable;
};

TEST(AnnouncedToMpi, is_what_the_first_launcher_says_that_gives_a_positive_number)
{
    const std::vector<MpiRow> rows{
        {"nothing set", {}, 0, std::nullopt, ""},
        {"Open MPI", {{"OMPI_COMM_WORLD_SIZE", "4"}, {"OMPI_COMM_WORLD_RANK", "3"}}, 4, 3, "OMPI_COMM_WORLD_SIZE"},
        {"MPICH, Intel MPI", {{"PMI_SIZE", "12288"}, {"PMI_RANK", "7"}}, 12288, 7, "PMI_SIZE"},
        {"MVAPICH", {{"MV2_COMM_WORLD_SIZE", "2"}, {"PMI_SIZE", "2"}}, 2, std::nullopt, "MV2_COMM_WORLD_SIZE"},
        {"jsrun", {{"JSM_NAMESPACE_SIZE", "42"}, {"JSM_NAMESPACE_RANK", "0"}}, 42, 0, "JSM_NAMESPACE_SIZE"},
        {"Flux, which offers PMI", {{"FLUX_JOB_SIZE", "16"}, {"PMI_SIZE", "16"}}, 16, std::nullopt, "FLUX_JOB_SIZE"},
        {"PALS on one node", {{"PALS_LOCAL_SIZE", "4"}, {"PALS_RANKID", "0"}}, 4, 0, "PALS_LOCAL_SIZE"},
        {"PALS, a later rank", {{"PALS_RANKID", "7"}}, 8, 7, "PALS_RANKID"},
        {"aprun before PALS", {{"ALPS_APP_PE", "7"}}, 8, 7, "ALPS_APP_PE"},
        {"srun --mpi=pmix", {{"PMIX_RANK", "1"}, {"SLURM_STEP_NUM_TASKS", "8"}}, 8, 1, "SLURM_STEP_NUM_TASKS"},
        {"PMIx that tells no size", {{"PMIX_RANK", "1"}}, 0, 1, "PMIX_RANK"},
        {"a step of srun, with nothing for MPI", {{"SLURM_STEP_NUM_TASKS", "8"}}, 0, std::nullopt, ""},
        {"a plain salloc shell", {{"SLURM_NTASKS", "8"}}, 0, std::nullopt, ""},
        {"mpirun -n 1 in a step of Slurm",
         {{"SLURM_STEP_NUM_TASKS", "2"}, {"OMPI_COMM_WORLD_SIZE", "1"}},
         1,
         std::nullopt,
         "OMPI_COMM_WORLD_SIZE"},
        {"a word", {{"OMPI_COMM_WORLD_SIZE", "four"}}, 0, std::nullopt, ""},
        {"a number and more", {{"PMI_SIZE", "4x"}}, 0, std::nullopt, ""},
        {"empty", {{"PMI_SIZE", ""}}, 0, std::nullopt, ""},
        {"negative", {{"PMI_SIZE", "-4"}}, 0, std::nullopt, ""},
        {"zero", {{"PMI_SIZE", "0"}}, 0, std::nullopt, ""},
        {"too large for a rank", {{"PMI_SIZE", "99999999999"}}, 0, std::nullopt, ""},
        {"nonsense, then a number", {{"OMPI_COMM_WORLD_SIZE", "x"}, {"PMI_SIZE", "3"}}, 3, std::nullopt, "PMI_SIZE"},
    };
    for (const MpiRow& row : rows) {
        SCOPED_TRACE(row.what);
        const auto found = announced_to_mpi(in_environment(row.environment));
        ASSERT_EQ(found.has_value(), !row.variable.empty());
        if (found) {
            EXPECT_EQ(found->size, row.size);
            EXPECT_EQ(found->rank, row.rank);
            EXPECT_EQ(found->size_variable, row.variable);
        }
    }
}

struct PlainRow {
    std::string what;
    Environment environment;
    int size;
    int rank;
    std::string host;
    int port;
};

TEST(AnnouncedToAll, is_rank_size_and_where_rank_0_is_met)
{
    const Environment torch{{"RANK", "3"}, {"WORLD_SIZE", "8"}, {"MASTER_ADDR", "job-0"}, {"MASTER_PORT", "29500"}};
    Environment torchrun = torch;
    torchrun["TORCHELASTIC_USE_AGENT_STORE"] = "True";
    Environment last_port = torchrun;
    last_port["MASTER_PORT"] = "65535";
    // As torchrun 1.13 sets them.
    const Environment standalone{{"GROUP_RANK", "0"},
                                 {"GROUP_WORLD_SIZE", "1"},
                                 {"LOCAL_RANK", "1"},
                                 {"LOCAL_WORLD_SIZE", "2"},
                                 {"MASTER_ADDR", "localhost"},
                                 {"MASTER_PORT", "38327"},
                                 {"OMP_NUM_THREADS", "1"},
                                 {"RANK", "1"},
                                 {"ROLE_NAME", "default"},
                                 {"ROLE_RANK", "1"},
                                 {"ROLE_WORLD_SIZE", "2"},
                                 {"TORCHELASTIC_MAX_RESTARTS", "3"},
                                 {"TORCHELASTIC_RESTART_COUNT", "0"},
                                 {"TORCHELASTIC_RUN_ID", "652fd8a3"},
                                 {"TORCHELASTIC_USE_AGENT_STORE", "False"},
                                 {"WORLD_SIZE", "2"}};
    Environment restarted = standalone;
    restarted["TORCHELASTIC_RESTART_COUNT"] = "2";
    restarted["MASTER_PORT"] = "41277";
    Environment second_node = standalone;
    second_node["GROUP_RANK"] = "1";
    second_node["GROUP_WORLD_SIZE"] = "2";
    second_node["LOCAL_RANK"] = "0";
    second_node["LOCAL_WORLD_SIZE"] = "1";
    second_node["MASTER_ADDR"] = "node1";
    second_node["MASTER_PORT"] = "29733";
    second_node["TORCHELASTIC_USE_AGENT_STORE"] = "True";
    const Environment slurm{{"SLURM_STEP_NUM_TASKS", "4"},
                            {"SLURM_PROCID", "1"},
                            {"SLURM_STEP_NODELIST", "gpu[07-09,12],login"},
                            {"SLURM_JOB_ID", "1000"},
                            {"SLURM_STEP_ID", "2"}};
    Environment both = slurm;
    both.insert(torch.begin(), torch.end());
    const std::vector<PlainRow> rows{
        {"torch's variables", torch, 8, 3, "job-0", 29500},
        {"torchrun, whose own store has the port", torchrun, 8, 3, "job-0", 29501},
        {"torchrun at the last port that there is", last_port, 8, 3, "job-0", 65534},
        {"torchrun --standalone", standalone, 2, 1, "localhost", 38327},
        {"a restart of torchrun's, which draws another port", restarted, 2, 1, "localhost", 41277},
        {"torchrun on the second of two nodes", second_node, 2, 1, "node1", 29734},
        {"a step of srun: 20000 + (1000 x 97 + 2) mod 10000", slurm, 4, 1, "gpu07", 27002},
        {"torchrun in a step of srun", both, 8, 3, "job-0", 29500},
        {"Ascend's ranks, several of each task of a step",
         {{"RANK_SIZE", "8"},
          {"RANK_ID", "5"},
          {"MASTER_ADDR", "a"},
          {"MASTER_PORT", "1"},
          {"SLURM_STEP_NUM_TASKS", "2"},
          {"SLURM_PROCID", "1"}},
         8,
         5,
         "a",
         1},
        {"Ascend", {{"RANK_SIZE", "2"}, {"RANK_ID", "1"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "1"}}, 2, 1, "a", 1},
    };
    for (const PlainRow& row : rows) {
        SCOPED_TRACE(row.what);
        const auto found = announced_to_all(in_environment(row.environment));
        ASSERT_TRUE(found);
        EXPECT_EQ(found->size, row.size);
        EXPECT_EQ(found->rank, row.rank);
        EXPECT_EQ(found->host, row.host);
        EXPECT_EQ(found->port, row.port);
    }
    EXPECT_FALSE(announced_to_all(in_environment({})));
    EXPECT_FALSE(announced_to_all(in_environment({{"SLURM_NTASKS", "8"}, {"SLURM_PROCID", "0"}}))) << "a job's script";
    EXPECT_FALSE(announced_to_all(in_environment({{"RANK", "3"}}))) << "a name that anybody may use";
}

struct UnannouncedRow {
    Environment environment;
    std::string sentence;
};

TEST(AnnouncedToAll, refuses_half_an_announcement)
{
    const std::vector<UnannouncedRow> rows{
        {{{"WORLD_SIZE", "8"}}, "WORLD_SIZE announces 8 ranks and RANK isn't set"},
        {{{"RANK", "0"}, {"MASTER_ADDR", "a"}}, "WORLD_SIZE isn't"},
        {{{"WORLD_SIZE", "8"}, {"RANK", "8"}}, "RANK is 8 where WORLD_SIZE announces 8 ranks (the last one is 7)"},
        {{{"WORLD_SIZE", "eight"}}, "WORLD_SIZE is 'eight'"},
        {{{"WORLD_SIZE", "8"}, {"RANK", "-1"}}, "RANK is '-1'"},
        {{{"WORLD_SIZE", "0"}, {"RANK", "0"}}, "WORLD_SIZE is '0'"},
        {{{"WORLD_SIZE", "2"}, {"RANK", "0"}, {"MASTER_PORT", "x"}}, "MASTER_PORT is 'x'"},
        {{{"SLURM_STEP_NUM_TASKS", "4"}}, "SLURM_PROCID isn't set"},
        {{{"RANK_SIZE", "4"}}, "RANK_ID isn't set"},
        {{{"WORLD_SIZE", "2"}, {"RANK", "0"}, {"RANK_SIZE", "8"}, {"RANK_ID", "0"}},
         "WORLD_SIZE announces 2 ranks and RANK_SIZE 8 (two launchers, torchrun"},
        {{{"WORLD_SIZE", "8"}, {"RANK", "0"}, {"RANK_SIZE", "8"}, {"RANK_ID", "3"}}, "about this process's rank"},
        {{{"WORLD_SIZE", "1"}, {"RANK", "0"}, {"SLURM_STEP_NUM_TASKS", "4"}, {"SLURM_PROCID", "0"}},
         "WORLD_SIZE announces 1 rank and SLURM_STEP_NUM_TASKS 4"},
        {{{"SLURM_STEP_NUM_TASKS", "4"}, {"SLURM_PROCID", "0"}, {"RANK_SIZE", "2"}, {"RANK_ID", "0"}},
         "SLURM_STEP_NUM_TASKS announces 4 ranks and RANK_SIZE 2"},
    };
    for (const UnannouncedRow& row : rows) {
        SCOPED_TRACE(row.sentence);
        try {
            announced_to_all(in_environment(row.environment));
            FAIL() << "it was accepted";
        } catch (const ConfigError& error) {
            EXPECT_THAT(error.what(), testing::HasSubstr(row.sentence));
        }
    }
}

/// Every pair of launchers whose variables stand beside each other: of another size, and alike.
TEST(Contradict, holds_for_all_pairs_of_another_size_and_none_that_are_alike)
{
    const std::vector<std::pair<std::string, std::string>> to_mpi{
        {"OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK"},
        {"MV2_COMM_WORLD_SIZE", "MV2_COMM_WORLD_RANK"},
        {"JSM_NAMESPACE_SIZE", "JSM_NAMESPACE_RANK"},
        {"FLUX_JOB_SIZE", "FLUX_TASK_RANK"},
        {"PMI_SIZE", "PMI_RANK"},
        {"PALS_SIZE", "PALS_RANKID"},
    };
    const auto announced = [](const auto& names, const char* size) {
        return Environment{{names.first, size}, {names.second, "1"}};
    };
    int pairs = 0;
    for (const auto& one : to_mpi) {
        for (const auto& other : to_mpi) {
            for (const char* size : {"4", "1"}) {
                SCOPED_TRACE(one.first + " " + other.first + " " + size);
                Environment both = announced(one, "4");
                both.merge(announced(other, "8"));
                both.insert_or_assign(one.first, size);
                const auto all = all_announced_to_mpi(in_environment(both));
                ASSERT_EQ(all.size(), one == other ? 1U : 2U);
                const bool is_shell_of_one = all.size() == 2 && all[1].size == 1;  // around the one that counts
                EXPECT_EQ(contradict(all.front(), all.back()), one != other && !is_shell_of_one);
                ++pairs;
            }
            Environment alike = announced(one, "8");
            alike.merge(announced(other, "8"));
            const auto all = all_announced_to_mpi(in_environment(alike));
            EXPECT_FALSE(contradict(all.front(), all.back()));
        }
    }
    EXPECT_EQ(pairs, 72);
}

TEST(Contradict, takes_a_size_that_is_a_least_one_for_that)
{
    const Environment pals{{"PALS_LOCAL_SIZE", "4"}, {"PALS_RANKID", "3"}};
    Environment more = pals;
    more.merge(Environment{{"WORLD_SIZE", "8"}, {"RANK", "3"}});
    EXPECT_FALSE(contradict(*announced_to_mpi(in_environment(more)), *announced_to_all(in_environment(more))));
    Environment fewer = pals;
    fewer.merge(Environment{{"WORLD_SIZE", "2"}, {"RANK", "1"}});
    EXPECT_TRUE(contradict(*announced_to_mpi(in_environment(fewer)), *announced_to_all(in_environment(fewer))));
}

TEST(AnnouncedToJobScript, is_what_slurm_sets_where_there_is_no_step)
{
    const Environment script{{"SLURM_NTASKS", "8"}, {"SLURM_PROCID", "0"}};
    const auto found = announced_to_job_script(in_environment(script));
    ASSERT_TRUE(found);
    EXPECT_EQ(found->size, 8);
    EXPECT_FALSE(announced_to_job_script(in_environment({{"SLURM_NTASKS", "8"}}))) << "a shell of salloc";
    Environment step = script;
    step["SLURM_STEP_NUM_TASKS"] = "1";
    EXPECT_FALSE(announced_to_job_script(in_environment(step)));
}

TEST(FirstHost, of_a_list_as_slurm_writes_it)
{
    const std::vector<std::pair<std::string, std::optional<std::string>>> rows{
        {"node1", "node1"},          {"node[01-16,20],login", "node01"},
        {"node[7,9-12]", "node7"},   {"login,node[1-2]", "login"},
        {"r[1-2]n[03-04]", "r1n03"}, {"r[1-2]-ib", "r1-ib"},
        {"node[1-2", std::nullopt},  {"", std::nullopt},
    };
    for (const auto& [list, host] : rows) {
        EXPECT_EQ(first_host(list), host) << list;
    }
}

}  // namespace
}  // namespace plumbline::app
