// SPDX-License-Identifier: Apache-2.0
#include "collectives/backends/mpi/session.hpp"

#include <gtest/gtest.h>

#include <map>
#include <string>

namespace plumbline::mpi {
namespace {

using Variables = std::map<std::string, std::string>;
Variables environment;

const char* fake_getenv(const char* name)
{
    const auto found = environment.find(name);
    return found == environment.end() ? nullptr : found->second.c_str();
}

struct Row {
    std::string what;
    Variables variables;
    int ranks;
    std::string who;
};

TEST(AnnouncedRanks, come_from_the_first_launcher_that_says_a_positive_number)
{
    const Row rows[] = {
        {"nothing set", {}, 0, ""},
        {"Open MPI", {{"OMPI_COMM_WORLD_SIZE", "4"}}, 4, "OMPI_COMM_WORLD_SIZE"},
        {"MPICH, Intel MPI", {{"PMI_SIZE", "12288"}}, 12288, "PMI_SIZE"},
        {"srun", {{"SLURM_STEP_NUM_TASKS", "8"}}, 8, "SLURM_STEP_NUM_TASKS"},
        {"jsrun", {{"JSM_NAMESPACE_SIZE", "42"}}, 42, "JSM_NAMESPACE_SIZE"},
        {"Flux", {{"FLUX_JOB_SIZE", "16"}}, 16, "FLUX_JOB_SIZE"},
        {"PALS on one node", {{"PALS_LOCAL_SIZE", "4"}, {"PALS_RANKID", "0"}}, 4, "PALS_LOCAL_SIZE"},
        {"PALS, a later rank", {{"PALS_RANKID", "7"}}, 8, "PALS_RANKID"},
        {"a plain salloc shell", {{"SLURM_NTASKS", "8"}}, 0, ""},
        {"mpirun -n 1 in a Slurm step",
         {{"SLURM_STEP_NUM_TASKS", "2"}, {"OMPI_COMM_WORLD_SIZE", "1"}},
         1,
         "OMPI_COMM_WORLD_SIZE"},
        {"a word", {{"OMPI_COMM_WORLD_SIZE", "four"}}, 0, ""},
        {"a number and more", {{"PMI_SIZE", "4x"}}, 0, ""},
        {"empty", {{"PMI_SIZE", ""}}, 0, ""},
        {"negative", {{"PMI_SIZE", "-4"}}, 0, ""},
        {"zero", {{"PMI_SIZE", "0"}}, 0, ""},
        {"too large for a rank", {{"PMI_SIZE", "99999999999"}}, 0, ""},
        {"nonsense, then a number", {{"PMI_SIZE", "x"}, {"SLURM_STEP_NUM_TASKS", "3"}}, 3, "SLURM_STEP_NUM_TASKS"},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        environment = row.variables;
        std::string who;
        EXPECT_EQ(announced_ranks(&fake_getenv, who), row.ranks);
        EXPECT_EQ(who, row.who);
    }
}

TEST(LibraryVersion, is_one_line_that_names_the_library)
{
    const std::string version = library_version();
    EXPECT_FALSE(version.empty());
    EXPECT_EQ(version.find('\n'), std::string::npos);
    // Open MPI's own text goes on with "package: ..." and build details.
    EXPECT_EQ(version.find("package"), std::string::npos);
}

}  // namespace
}  // namespace plumbline::mpi
