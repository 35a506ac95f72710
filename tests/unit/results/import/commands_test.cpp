// SPDX-License-Identifier: Apache-2.0
#include "results/import/commands.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace plumbline {
namespace {

struct SeenCommand {
    std::string program;
    int ranks = 0;  ///< 0: not said
    int nodes = 0;
    bool operator==(const SeenCommand&) const = default;
};

SeenCommand command(const std::string& text)
{
    SeenCommand seen;
    import::for_each_line(text + "\n", [&](const import::Line& line) {
        if (const auto found = import::command_in(line, "_perf")) {
            seen = {std::string(found->program), found->ranks.value_or(0), found->nodes.value_or(0)};
        }
    });
    return seen;
}

TEST(ImportCommands, OnlyWhatRunsAProgramIsOne)
{
    EXPECT_EQ(command("+ mpirun -np 16 --bind-to none /x/build/all_reduce_perf -g 1").program, "all_reduce_perf");
    EXPECT_EQ(command("# all_reduce_perf").program, "all_reduce_perf");
    EXPECT_EQ(command("Linking  /b/all_reduce.o > /b/all_reduce_perf").program, "");
    EXPECT_EQ(command("nvcc -o /b/all_reduce_perf all_reduce.cu").program, "");
    EXPECT_EQ(command("cp build/all_reduce_perf /usr/bin").program, "");
}

TEST(ImportCommands, RanksAndNodesAreTheLaunchersOwn)
{
    struct Row {
        const char* launcher;
        int ranks, nodes;
    };
    for (const Row& row : {Row{"mpirun -np 16 --bind-to none", 16, 0},
                           Row{"/opt/mpi/bin/mpiexec.hydra -n 16 -ppn 8", 16, 2},
                           Row{"mpirun -c 4", 4, 0},
                           Row{"mpirun -np 12 --map-by ppr:8:node", 12, 2},
                           Row{"srun --ntasks=4", 4, 0},
                           Row{"srun -n4 -c 16", 4, 0},
                           Row{"srun -N 2 --ntasks-per-node=8", 16, 2},
                           Row{"srun --nodes=2 -n 16", 16, 2},
                           Row{"aprun -n 32 -N 16", 32, 2},
                           Row{"flux run -N2 -n8", 8, 2},
                           Row{"$MPIRUN -np 8", 8, 0},
                           Row{"time mpirun -np 8", 8, 0},
                           Row{"salloc -n 99 mpirun -np 8", 8, 0},
                           Row{"mpirun -np 8 nice -n 10", 8, 0},
                           Row{"mpirun --hostfile h nice -n 10", 0, 0},
                           Row{"mpirun -np 8 numactl -N 1", 8, 0},
                           Row{"mpirun -np 2 ./bind.sh -n 3", 2, 0},
                           Row{"taskset -c 3", 0, 0},
                           Row{"nice -n 5", 0, 0},
                           Row{"", 0, 0}}) {
        EXPECT_EQ(command(row.launcher + std::string(" ./all_reduce_perf -b 8 -n 20")),
                  (SeenCommand{"all_reduce_perf", row.ranks, row.nodes}))
            << row.launcher;
    }
    EXPECT_EQ(command("mpirun -np 2 ./all_reduce_perf : -np 2 ./all_reduce_perf").ranks, 0) << "two programs";
}

TEST(ImportCommands, OptionsEndWhereTheShellJoinsAnother)
{
    import::for_each_line("./all_reduce_perf -d half --op=max -z1 | tee -a log\n", [](const import::Line& line) {
        EXPECT_EQ(import::option_after(line, 0, "-d", "--datatype"), "half");
        EXPECT_EQ(import::option_after(line, 0, "-o", "--op"), "max");
        EXPECT_EQ(import::option_after(line, 0, "-z", "--blocking"), "1");
        EXPECT_EQ(import::option_after(line, 0, "-a", "--average"), "") << "tee's";
    });
}

}  // namespace
}  // namespace plumbline
