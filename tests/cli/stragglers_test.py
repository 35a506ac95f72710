# SPDX-License-Identifier: Apache-2.0
"""Ranks that really sleep are named from the samples of a real launch. Needs a machine with little else to do: a name needs
enough samples that show it."""
import subprocess

from support import CliTest, main

# Between MPI and the program: rank 1 leaves every barrier 2 ms after the others.
SLEEPS = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
int MPI_Barrier(void* comm)
{
    const char* rank = getenv("OMPI_COMM_WORLD_RANK");
    int (*real)(void*) = dlsym(RTLD_NEXT, "MPI_Barrier");
    const int result = real(comm);
    if (rank && atoi(rank) == 1) {
        usleep(2000);
    }
    return result;
}
"""

# Rank 1 leaves both collectives 2 ms after their data is there.
LEAVES_LATE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
static void rest(void)
{
    const char* rank = getenv("OMPI_COMM_WORLD_RANK");
    if (rank && atoi(rank) == 1) {
        usleep(2000);
    }
}
int MPI_Allreduce(const void* a, void* b, int c, void* d, void* e, void* f)
{
    int (*real)(const void*, void*, int, void*, void*, void*) = dlsym(RTLD_NEXT, "MPI_Allreduce");
    const int result = real(a, b, c, d, e, f);
    rest();
    return result;
}
int MPI_Alltoall(const void* a, int b, void* c, void* d, int e, void* f, void* g)
{
    int (*real)(const void*, int, void*, void*, int, void*, void*) = dlsym(RTLD_NEXT, "MPI_Alltoall");
    const int result = real(a, b, c, d, e, f, g);
    rest();
    return result;
}
"""

COLLECTIVES = """
plumbline: 1
name: ranks
scale: {ranks: all}
oversubscribe: true
sync: {mode: barrier}
order: {shuffle: false}
stop: {max_seconds: 20, min_samples: 40, max_samples: 40}
cases:
  - {pattern: allreduce, bytes: [8, 64KiB]}
  - {pattern: alltoall, bytes: 1KiB}
"""


class Stragglers(CliTest):
    def named_with(self, preloaded):
        source = self.write("preloaded.c", preloaded)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", "preloaded.so", source, "-ldl"], cwd=self.folder, check=True)
        return self.ranks_of(COLLECTIVES, 4, {"LD_PRELOAD": str(self.folder / "preloaded.so")})["findings"]

    def test_a_rank_that_leaves_collectives_late_transfers_long_under_mpirun(self):
        named = [(finding["how"], finding["members"]) for finding in self.named_with(LEAVES_LATE)]
        self.assertEqual(named, [("transfers_long", [1])], self.text)

    def test_a_rank_that_sleeps_before_each_collective_is_named_under_mpirun(self):
        found = self.named_with(SLEEPS)
        named = [(finding["how"], finding["members"]) for finding in found]
        self.assertIn(("arrives_late", [1]), named, self.text)
        self.assertEqual(len(named), 1, self.text)


if __name__ == "__main__":
    main()
