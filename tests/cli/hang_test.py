# SPDX-License-Identifier: Apache-2.0
"""Ranks that are stopped, killed or late under a real mpirun are named, and what was finished is kept."""
import os
import pathlib
import signal
import subprocess
import time

from support import BROKEN, PATIENCE, CliTest, main

SCENARIO = """
plumbline: 1
name: hang
scale: {ranks: all}
oversubscribe: true
order: {shuffle: false}
cases:
  - {pattern: barrier, stop: {max_samples: 20, min_samples: 10}}
  - {pattern: allreduce, bytes: 8, stop: {max_seconds: 100, min_samples: 9000000, max_samples: 9000000}}
"""

# Between MPI and the program: the rank of LATE_RANK sleeps for a minute before it enters its 200th MPI_Allreduce.
LATE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
int MPI_Allreduce(const void* a, void* b, int c, void* d, void* e, void* f)
{
    static int calls = 0;
    const char* rank = getenv("OMPI_COMM_WORLD_RANK");
    int (*real)(const void*, void*, int, void*, void*, void*) = dlsym(RTLD_NEXT, "MPI_Allreduce");
    if (rank && atoi(rank) == 1 && ++calls == 200) {
        sleep(60);
    }
    return real(a, b, c, d, e, f);
}
"""


class Hang(CliTest):
    def run_until_busy(self, environment=None):
        self.write("s.yaml", SCENARIO)
        process = subprocess.Popen(self.command("run", "s.yaml", "-o", "x.h5", "--hang-after", "6s", ranks=3),
                                   cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                   env={**os.environ, **(environment or {})})
        self.addCleanup(process.kill)
        until = time.monotonic() + 60
        while not list(self.folder.glob("x.h5.parts/000000-0.h5")) and time.monotonic() < until:
            time.sleep(0.1)
        time.sleep(1.5)  # so that the watchdogs have told where they are
        return process

    @staticmethod
    def process_of(rank, launcher):
        for child in subprocess.run(["pgrep", "-P", str(launcher.pid)], text=True, capture_output=True).stdout.split():
            variables = pathlib.Path(f"/proc/{child}/environ").read_bytes().split(b"\0")
            if f"OMPI_COMM_WORLD_RANK={rank}".encode() in variables:
                return int(child)
        raise AssertionError(f"no rank {rank} under {launcher.pid}")

    def end_of(self, process):
        _, err = process.communicate(timeout=60 * PATIENCE)
        self.assertEqual(process.returncode, BROKEN, err)
        self.assertIn("finished cases are kept in x.h5", err)
        shown = self.call("show", "x.h5").stdout
        self.assertIn("1 of 2 planned cases", shown)
        return err

    def test_a_stopped_rank_is_named(self):
        process = self.run_until_busy()
        os.kill(self.process_of(2, process), signal.SIGSTOP)
        self.assertRegex(self.end_of(process), r"rank 2 \(\S+\) has been silent for \d+ s")

    def test_a_stopped_rank_0_is_named_by_another(self):
        process = self.run_until_busy()
        os.kill(self.process_of(0, process), signal.SIGSTOP)
        self.assertIn("rank 0 has been silent for", self.end_of(process))

    def test_a_killed_rank_is_named(self):
        process = self.run_until_busy()
        os.kill(self.process_of(1, process), signal.SIGKILL)
        _, err = process.communicate(timeout=60 * PATIENCE)
        # mpirun's status is that of whichever ended first.
        self.assertIn(process.returncode, (BROKEN, 128 + signal.SIGKILL), err)
        self.assertRegex(err, r"rank 1 \(\S+\) died")

    def test_a_late_rank_is_named_with_what_it_has_not_entered(self):
        source = self.write("late.c", LATE)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", "late.so", source, "-ldl"], cwd=self.folder, check=True)
        process = self.run_until_busy({"LD_PRELOAD": str(self.folder / "late.so")})
        err = self.end_of(process)
        self.assertIn("allreduce, 8 B, 3 ranks", err)
        self.assertRegex(err, r"rank 1 \(\S+\)")


if __name__ == "__main__":
    main()
