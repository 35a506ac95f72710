// SPDX-License-Identifier: Apache-2.0
#include "harness/command_line/examples.hpp"

#include <array>

namespace plumbline::app {

namespace {

struct ExampleRow {
    std::string_view command;
    std::string_view purpose;
    std::string_view line;
};

constexpr std::array rows{
    ExampleRow{"run", "Measure the shipped quickstart with 4 ranks of this machine",
               "mpirun -n 4 plumbline run quickstart"},
    ExampleRow{"run", "The same, and no alarm of the launcher about a verdict",
               "mpirun -n 4 plumbline run quickstart --exit-status ran"},
    ExampleRow{"run", "Measure again what failed or was skipped",
               "mpirun -n 4 plumbline run acceptance --only failed --of site.h5"},
    ExampleRow{"run", "Measure 16 nodes of 8 devices under Slurm, over NCCL",
               "srun -N 16 --ntasks-per-node 8 plumbline run acceptance --backend nccl"},
    ExampleRow{"run", "Look at the plan on a simulated cluster, measure nothing",
               "plumbline run pipeline --backend sim --dry-run"},
    ExampleRow{"run", "Go on where an interrupted launch stopped",
               "mpirun -n 4 plumbline run acceptance -o site.h5 --resume"},
    ExampleRow{"doctor", "Examine this node", "plumbline doctor"},
    ExampleRow{"doctor", "Examine all nodes before an acceptance over NCCL",
               "srun -N 16 --ntasks-per-node 8 plumbline doctor --backend nccl"},
    ExampleRow{"launch", "Start 16 ranks on two hosts by ssh",
               "plumbline launch -H node1:8,node2:8 -- run acceptance --backend nccl"},
    ExampleRow{"launch", "Start 4 on this machine, without MPI",
               "plumbline launch -H localhost:4 -- run quickstart --backend gloo"},
    ExampleRow{"validate", "Check a scenario before the nodes are there", "plumbline validate acceptance --ranks 1024"},
    ExampleRow{"validate", "Check what an override makes of it",
               "plumbline validate quickstart --set stop.max_seconds=1"},
    ExampleRow{"list", "See which scenarios came with the program", "plumbline list scenarios"},
    ExampleRow{"list", "See which libraries can be measured here", "plumbline list backends"},
    ExampleRow{"list", "Look at one of several installed libraries",
               "plumbline list backends --backend nccl --backend-library /opt/libnccl.so.2"},
    ExampleRow{"check", "Judge a run against its own targets", "plumbline check site.h5"},
    ExampleRow{"check", "Judge it against a contract's targets", "plumbline check site.h5 --targets contract.yaml"},
    ExampleRow{"check", "Hand the verdict to a CI system", "plumbline check site.h5 --format junit -o verdict.xml"},
    ExampleRow{"verify", "Check that a file is what was measured", "plumbline verify site.h5"},
    ExampleRow{"endure", "Train for 30 days, and come back from whatever stops it",
               "plumbline endure site.yaml --for 30d -o soak -- mpirun -n 8 --hostfile h"},
    ExampleRow{"endure", "Go on after the supervisor's machine was restarted", "plumbline endure --resume soak"},
    ExampleRow{"verify", "List what doesn't hold, for a program", "plumbline verify site.h5 --format json"},
    ExampleRow{"verify", "Check that file, targets and report are what was signed",
               "plumbline verify site.h5 --manifest site.h5.signed.json --key my.key.pub"},
    ExampleRow{"verify", "Check an anonymised file against the one that it was made of",
               "plumbline verify public.h5 --original site.h5"},
    ExampleRow{"sign", "Make a key pair, once", "plumbline sign --new-key my.key"},
    ExampleRow{"sign", "Sign a run file, its contract and its page",
               "plumbline sign site.h5 --targets c.yaml --report site.html --key my.key"},
    ExampleRow{"anonymise", "Hand a run on without names", "plumbline anonymise site.h5 -o public.h5"},
    ExampleRow{"anonymise", "Make it anew", "plumbline anonymise site.h5 -o public.h5 --force"},
    ExampleRow{"show", "Print the cases as a table", "plumbline show site.h5"},
    ExampleRow{"show", "Read them into a spreadsheet", "plumbline show site.h5 --format csv > site.csv"},
    ExampleRow{"report", "Write site.html", "plumbline report site.h5"},
    ExampleRow{"report", "Write an acceptance report in Chinese as PDF",
               "plumbline report site.h5 --about acceptance.yaml --lang zh --format pdf"},
    ExampleRow{"report", "Write one page on two runs, in Chinese first",
               "plumbline report a.h5 b.h5 --lang zh -o both.html"},
    ExampleRow{"diagnose", "Measure all links, and name the slow ones",
               "mpirun -n 4 plumbline run links && plumbline diagnose links.h5"},
    ExampleRow{"diagnose", "Name each link below a rate that was promised",
               "plumbline diagnose links.h5 --floor 20GB/s"},
    ExampleRow{"admit", "Say which nodes may join, by a run of links", "plumbline admit links.h5 --good node[01-08]"},
    ExampleRow{"admit", "Launch known-good nodes and candidates, and write commands of Slurm",
               "plumbline admit --good node[01-08] --format slurm -- srun -w node[01-12]"},
    ExampleRow{"compare", "Put two runs side by side", "plumbline compare before.h5 after.h5"},
    ExampleRow{"compare", "Fail where a case got worse by more than 5 %",
               "plumbline compare before.h5 after.h5 --fail-if-worse 5%"},
    ExampleRow{"compare", "Compare two offers by price and power of a node",
               "plumbline compare a.h5 b.h5 --price 210e3,190e3 --power 10.2,9.8"},
    ExampleRow{"history", "Say what changed over the runs of a folder", "plumbline history nights"},
    ExampleRow{"history", "Hand the trends to Prometheus",
               "plumbline history nights --format prometheus -o plumbline.prom"},
    ExampleRow{"project", "Predict the step time at 1024 ranks", "plumbline project site.h5 --ranks 1024"},
    ExampleRow{"project", "Judge the prediction against a shipped profile",
               "plumbline project site.h5 --ranks 1024 --targets sensecore-2023"},
    ExampleRow{"bounds", "What 2 nodes with 4 ports each can reach",
               "plumbline bounds --nodes 2 --ranks-per-node 8 --ports 4x400Gbit/s"},
    ExampleRow{"bounds", "The same at two sizes",
               "plumbline bounds --nodes 2 --ranks-per-node 8 --ports 200GB/s --bytes 8,1GiB"},
    ExampleRow{"published", "Recompute a published table of training speeds", "plumbline published megascale-175b"},
    ExampleRow{"published", "Compare it with another one", "plumbline published megascale-175b megatron-lm-175b"},
    ExampleRow{"import", "Take over a log of nccl-tests",
               "plumbline import --from nccl-tests all_reduce.log -o nccl.h5"},
    ExampleRow{"import", "Take over what a program prints, with what its log lacks",
               "osu_allreduce | plumbline import --from osu --ranks 64 --nodes 8 -"},
    ExampleRow{"help", "See what 'run' takes", "plumbline help run"},
    ExampleRow{"version", "Print the version", "plumbline version"},
};

}  // namespace

std::vector<Example> examples_of(std::string_view command)
{
    std::vector<Example> examples;
    for (const ExampleRow& row : rows) {
        if (row.command == command) {
            examples.push_back({.purpose = std::string(row.purpose), .line = std::string(row.line)});
        }
    }
    return examples;
}

std::vector<Example> first_steps()
{
    return {{.purpose = "Measure for half a minute with 4 ranks, and end with a verdict",
             .line = "mpirun -n 4 plumbline run quickstart"},
            {.purpose = "See the result as a page", .line = "plumbline report quickstart.h5"},
            {.purpose = "See what else can be measured", .line = "plumbline list scenarios"}};
}

}  // namespace plumbline::app
