// SPDX-License-Identifier: Apache-2.0
#include "harness/launch/launch_start.hpp"

#include "collectives/util/error.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace plumbline::app {

void PrintTo(const LaunchStart& start, std::ostream* out)
{
    *out << "way " << static_cast<int>(start.way) << ", " << start.who << ", module '" << start.mpi_module << "', rank "
         << start.rank << " of " << start.size << " at '" << start.host << "' " << start.port;
}

namespace {

using Way = LaunchStart::Way;
using Environment = std::map<std::string, std::string>;

Variables in(const Environment& environment)
{
    return [&environment](const char* name) -> std::optional<std::string> {
        const auto found = environment.find(name);
        return found == environment.end() ? std::nullopt : std::optional(found->second);
    };
}

std::optional<std::string> mpi_is_there()
{
    return std::nullopt;
}
std::optional<std::string> no_mpi()
{
    return "libmpi.so.40 can't be loaded";
}

const Environment open_mpi{{"OMPI_COMM_WORLD_SIZE", "4"}, {"OMPI_COMM_WORLD_RANK", "1"}};
const Environment torch{{"RANK", "1"}, {"WORLD_SIZE", "4"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "7"}};
const Environment torch_of_1{{"RANK", "0"}, {"WORLD_SIZE", "1"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "7"}};
const Environment step{
    {"SLURM_STEP_NUM_TASKS", "4"}, {"SLURM_PROCID", "1"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "7"}};
const Environment pmi{{"PMI_SIZE", "4"}, {"PMI_RANK", "1"}};

Environment operator+(Environment a, const Environment& b)
{
    a.insert(b.begin(), b.end());
    return a;
}

LaunchStart tcp(const std::string& who)
{
    return {.way = Way::tcp, .who = who, .mpi_module = "", .rank = 1, .size = 4, .host = "a", .port = 7};
}
LaunchStart by_mpi(const std::string& who, int size, const std::string& module = "")
{
    return {.way = Way::mpi, .who = who, .mpi_module = module, .rank = 0, .size = size, .host = "", .port = 0};
}

struct Row {
    std::string what;
    LauncherOptions options;
    Environment environment;
    bool has_mpi;
    LaunchStart expected;
};

TEST(LaunchStart, follows_options_before_variables_and_mpi_before_tcp)
{
    const LauncherOptions none;
    const std::vector<Row> rows{
        {"alone", none, {}, true, by_mpi("", 1)},
        {"alone, and no MPI", none, {}, false, {}},
        {"mpirun", none, open_mpi, true, by_mpi("OMPI_COMM_WORLD_SIZE", 4)},
        {"torchrun", none, torch, true, tcp("WORLD_SIZE")},
        {"torchrun, and no MPI", none, torch, false, tcp("WORLD_SIZE")},
        {"torchrun of one", none, torch_of_1, false, {}},
        {"mpirun that sets torch's variables alike", none, open_mpi + torch, true, by_mpi("OMPI_COMM_WORLD_SIZE", 4)},
        {"mpirun in a pod of one", none, open_mpi + torch_of_1, true, by_mpi("OMPI_COMM_WORLD_SIZE", 4)},
        {"srun without PMI", none, step, true, tcp("SLURM_STEP_NUM_TASKS")},
        {"PMIx that tells no size", none, {{"PMIX_RANK", "5"}}, true, by_mpi("PMIX_RANK", 6)},
        {"srun with PMIx", none, step + Environment{{"PMIX_RANK", "1"}}, true, by_mpi("SLURM_STEP_NUM_TASKS", 4)},
        {"mpirun in a step of another size", none,
         open_mpi + Environment{{"SLURM_STEP_NUM_TASKS", "2"}, {"SLURM_PROCID", "0"}}, true,
         by_mpi("OMPI_COMM_WORLD_SIZE", 4)},
        {"mpirun -n 1 in a step of another size", none,
         Environment{{"OMPI_COMM_WORLD_SIZE", "1"}, {"OMPI_COMM_WORLD_RANK", "0"}} + step, true,
         by_mpi("OMPI_COMM_WORLD_SIZE", 1)},
        {"--launcher mpi where torch's variables alone announce ranks, which MPI then has to see",
         {.launcher = "mpi", .rank = "", .join = "", .token_file = ""},
         torch,
         true,
         by_mpi("WORLD_SIZE", 4)},
        {"PMI, no MPI, and where to meet", none, pmi + step, false, tcp("PMI_SIZE")},
        {"by hand",
         {.launcher = "auto", .rank = "1/4", .join = "a:7", .token_file = ""},
         open_mpi,
         true,
         tcp("--rank")},
        {"by hand, IPv6",
         {.launcher = "auto", .rank = "0/2", .join = "[fd00::1]:7", .token_file = ""},
         {},
         true,
         {.way = Way::tcp, .who = "--rank", .mpi_module = "", .rank = 0, .size = 2, .host = "fd00::1", .port = 7}},
        {"--launcher tcp under mpirun",
         {.launcher = "tcp", .rank = "", .join = "a:7", .token_file = ""},
         open_mpi,
         true,
         tcp("OMPI_COMM_WORLD_SIZE")},
        {"--join before MASTER_ADDR",
         {.launcher = "auto", .rank = "", .join = "b:9", .token_file = ""},
         torch,
         true,
         {.way = Way::tcp, .who = "WORLD_SIZE", .mpi_module = "", .rank = 1, .size = 4, .host = "b", .port = 9}},
        {"--launcher mpi under torchrun",
         {.launcher = "mpi", .rank = "", .join = "", .token_file = ""},
         open_mpi + Environment{{"WORLD_SIZE", "8"}, {"RANK", "3"}},
         true,
         by_mpi("OMPI_COMM_WORLD_SIZE", 4)},
        {"a step of PMI-2 around an mpirun", none,
         open_mpi +
             Environment{{"PMI_SIZE", "2"}, {"PMI_RANK", "0"}, {"SLURM_STEP_NUM_TASKS", "2"}, {"SLURM_PROCID", "0"}},
         true, by_mpi("OMPI_COMM_WORLD_SIZE", 4)},
        {"a shell of srun --pty around an mpirun", none, open_mpi + Environment{{"PMI_SIZE", "1"}, {"PMI_RANK", "0"}},
         true, by_mpi("OMPI_COMM_WORLD_SIZE", 4)},
        {"what an outer mpirun left, and the module of the inner one",
         {.launcher = "mpi:/opt/mpich.so", .rank = "", .join = "", .token_file = ""},
         Environment{{"OMPI_COMM_WORLD_SIZE", "1"}, {"OMPI_COMM_WORLD_RANK", "0"}} + pmi,
         true,
         by_mpi("PMI_SIZE", 4, "/opt/mpich.so")},
        {"mpirun in the script of a Slurm job", none,
         open_mpi + Environment{{"SLURM_NTASKS", "8"}, {"SLURM_PROCID", "0"}}, true, by_mpi("OMPI_COMM_WORLD_SIZE", 4)},
        {"the script of a job of one task", none, {{"SLURM_NTASKS", "1"}, {"SLURM_PROCID", "0"}}, false, {}},
        {"Slurm's tasks by hand, and where to meet",
         none,
         {{"SLURM_NTASKS", "4"}, {"SLURM_PROCID", "1"}, {"MASTER_ADDR", "a"}, {"MASTER_PORT", "7"}},
         true,
         tcp("SLURM_NTASKS")},
        {"a module of the site",
         {.launcher = "mpi:/opt/plumbline-mpi-site.so", .rank = "", .join = "", .token_file = ""},
         open_mpi,
         true,
         by_mpi("OMPI_COMM_WORLD_SIZE", 4, "/opt/plumbline-mpi-site.so")},
    };
    for (const Row& row : rows) {
        SCOPED_TRACE(row.what);
        EXPECT_EQ(choose_launch_start(row.options, in(row.environment), row.has_mpi ? mpi_is_there : no_mpi),
                  row.expected);
    }
}

struct BadRow {
    std::string what;
    LauncherOptions options;
    Environment environment;
    std::string sentence;
};

TEST(LaunchStart, refuses_what_can_only_be_a_smaller_launch_or_another)
{
    const LauncherOptions none;
    const std::vector<BadRow> rows{
        {"another size", none, open_mpi + Environment{{"WORLD_SIZE", "8"}, {"RANK", "1"}},
         "OMPI_COMM_WORLD_SIZE announces 4 ranks and WORLD_SIZE 8 (two launchers"},
        {"another rank", none, open_mpi + Environment{{"WORLD_SIZE", "4"}, {"RANK", "2"}}, "about this process's rank"},
        {"mpirun -n 1 of many pods", none,
         Environment{{"OMPI_COMM_WORLD_SIZE", "1"}, {"OMPI_COMM_WORLD_RANK", "0"}, {"WORLD_SIZE", "8"}, {"RANK", "0"}},
         "OMPI_COMM_WORLD_SIZE announces 1 rank"},
        {"mpirun -n 1 under Ascend's variables", none,
         Environment{{"OMPI_COMM_WORLD_SIZE", "1"}, {"RANK_SIZE", "8"}, {"RANK_ID", "0"}},
         "RANK_SIZE 8 (two launchers"},
        {"what an outer mpirun -n 1 left beside Hydra's", none,
         Environment{{"OMPI_COMM_WORLD_SIZE", "1"}, {"OMPI_COMM_WORLD_RANK", "0"}} + pmi,
         "OMPI_COMM_WORLD_SIZE announces 1 rank and PMI_SIZE 4 (two launchers"},
        {"two launchers of MPI of one size and other ranks", none,
         open_mpi + Environment{{"PMI_SIZE", "4"}, {"PMI_RANK", "0"}}, "about this process's rank"},
        {"the script of a Slurm job",
         none,
         {{"SLURM_NTASKS", "8"}, {"SLURM_PROCID", "0"}},
         "SLURM_NTASKS announces 8 ranks and this is one process alone"},
        {"no MPI", none, open_mpi,
         "OMPI_COMM_WORLD_SIZE announces 4 ranks to MPI (mpirun of Open MPI), and no MPI can be "
         "used here: libmpi.so.40 can't be loaded"},
        {"nowhere to meet", none, {{"WORLD_SIZE", "4"}, {"RANK", "1"}}, "nothing says where rank 0 is met"},
        {"PMIx that tells no size",
         {.launcher = "tcp", .rank = "", .join = "a:7", .token_file = ""},
         {{"PMIX_RANK", "1"}},
         "does not say which rank of how many"},
        {"PALS that tells no size",
         {.launcher = "tcp", .rank = "", .join = "a:7", .token_file = ""},
         {{"PALS_LOCAL_SIZE", "4"}, {"PALS_RANKID", "1"}},
         "does not say which rank of how many"},
        {"tcp without anything",
         {.launcher = "tcp", .rank = "", .join = "", .token_file = ""},
         {},
         "RANK and WORLD_SIZE aren't set"},
        {"no such launcher", {.launcher = "mpich", .rank = "", .join = "", .token_file = ""}, {}, "'mpich' is none"},
        {"by hand without a place",
         {.launcher = "auto", .rank = "0/2", .join = "", .token_file = ""},
         {},
         "needs --join"},
        {"rank beyond", {.launcher = "auto", .rank = "2/2", .join = "a:1", .token_file = ""}, {}, "--rank '2/2'"},
        {"no slash", {.launcher = "auto", .rank = "2", .join = "a:1", .token_file = ""}, {}, "--rank '2'"},
        {"no number", {.launcher = "auto", .rank = "x/2", .join = "a:1", .token_file = ""}, {}, "--rank 'x/2'"},
        {"no port", {.launcher = "auto", .rank = "0/2", .join = "a", .token_file = ""}, {}, "--join 'a'"},
        {"port 0", {.launcher = "auto", .rank = "0/2", .join = "a:0", .token_file = ""}, {}, "--join 'a:0'"},
        {"port too large", {.launcher = "auto", .rank = "0/2", .join = "a:65536", .token_file = ""}, {}, "'a:65536'"},
        {"IPv6 without brackets",
         {.launcher = "auto", .rank = "0/2", .join = "fd00::1:7", .token_file = ""},
         {},
         "in brackets"},
        {"mpi and by hand", {.launcher = "mpi", .rank = "0/2", .join = "a:1", .token_file = ""}, {}, "Leave one out"},
    };
    for (const BadRow& row : rows) {
        SCOPED_TRACE(row.what);
        try {
            choose_launch_start(row.options, in(row.environment), no_mpi);
            ADD_FAILURE() << "it was accepted";
        } catch (const ConfigError& error) {
            EXPECT_THAT(error.what(), testing::HasSubstr(row.sentence));
        }
    }
}

}  // namespace
}  // namespace plumbline::app
