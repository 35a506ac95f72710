# SPDX-License-Identifier: Apache-2.0
"""Ranks come up by whatever launcher the site has; a size that is announced is honoured or refused."""
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import time
import unittest

from support import BROKEN, MPIEXEC, PASS, PLUMBLINE, USAGE, CliTest, main

MODULES = pathlib.Path(PLUMBLINE).parent.parent / "modules"
HYDRA = shutil.which("mpiexec.mpich")

SHORT = """
plumbline: 1
name: short
backend: {backend}
scale: {{ranks: [all]}}
oversubscribe: true
stop: {{max_seconds: 20, min_samples: 6, max_samples: 6}}
cases:
  - {{pattern: allreduce, bytes: [64]}}
targets:
  - {{name: right, metric: wrong_data, at_most: 0}}
  - {{name: quick, metric: time, at_most: {bound}}}
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("localhost", 0))
        return probe.getsockname()[1]


def torch(rank, size, port, **more):
    return {"RANK": str(rank), "WORLD_SIZE": str(size), "MASTER_ADDR": "localhost", "MASTER_PORT": str(port), **more}


class Launchers(CliTest):
    def start(self, *arguments, environment):
        process = subprocess.Popen(self.command(*arguments), cwd=self.folder, text=True, env={**os.environ, **environment},
                                   stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def scenario(self, backend="gloo", bound="20s"):
        return self.write("s.yaml", SHORT.format(backend=backend, bound=bound))

    def needs_gloo(self):
        if not (MODULES / "plumbline-gloo.so").exists():
            self.skipTest("built without Gloo")

    def test_reading_commands_need_nothing_of_mpi(self):
        libraries = subprocess.run(["ldd", PLUMBLINE], text=True, capture_output=True, check=True).stdout
        for name in ("libmpi", "libopen-rte", "libopen-pal", "libmpich", "libgloo"):
            self.assertNotIn(name, libraries)

    def test_torchs_variables_start_ranks_without_mpi(self):
        self.needs_gloo()
        path, port = self.scenario(), free_port()
        token = {"PLUMBLINE_TOKEN": "of this launch alone"}
        others = [self.start("run", path, "-o", "x.h5", environment=torch(rank, 3, port, **token)) for rank in (2, 1)]
        first = self.call("run", path, "-o", "x.h5", environment=torch(0, 3, port, **token))
        self.assertEqual(first.returncode, PASS, first.stderr + first.stdout)
        self.assertNotIn("token", first.stderr)
        for other in others:
            self.assertEqual(other.wait(60), PASS)
        shown = json.loads(self.call("show", "x.h5", "--format", "json").stdout)
        self.assertEqual([case["ranks"] for case in shown["cases"]], [3])
        self.assertEqual(len(shown["run"]["hosts"]) if "run" in shown else 1, 1)

    def test_two_shells_need_rank_and_join_alone_and_a_verdict_may_be_kept_from_the_scheduler(self):
        self.needs_gloo()
        path, port = self.scenario(bound="1ns"), free_port()
        common = ["run", path, "-o", "x.h5", "--join", f"localhost:{port}"]
        other = self.start(*common, "--rank", "1/2", "--exit-status", "ran", environment={})
        first = self.call(*common, "--rank", "0/2", "--exit-status", "ran")
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertIn("FAIL", first.stdout)
        self.assertIn("without a token", first.stderr)
        self.assertEqual(other.wait(60), 0)
        self.assertEqual(self.call("check", "x.h5", "-q").returncode, 1)

    def test_a_rank_that_is_killed_ends_the_launch_with_its_name(self):
        self.needs_gloo()
        path, port = self.scenario(), free_port()
        longer = ["--set", "stop.max_samples=1000000", "--set", "stop.min_samples=1000000", "--set", "stop.max_seconds=300"]
        ranks = [self.start("run", path, "-o", "x.h5", *longer, "--progress", "none", environment=torch(rank, 3, port))
                 for rank in range(3)]
        deadline = time.monotonic() + 60
        while not (self.folder / "x.h5").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.5)
        ranks[2].send_signal(signal.SIGKILL)
        said = ""
        for process in ranks[:2]:
            said += process.communicate(timeout=100)[1]
            self.assertEqual(process.returncode, BROKEN, said)
        self.assertRegex(said, r"rank 2 .*(died|has left)")

    def test_mpich_starts_the_same_program(self):
        if HYDRA is None or not (MODULES / "plumbline-mpi-mpich.so").exists():
            self.skipTest("no MPICH beside this MPI")
        path = self.scenario(backend="mpi")
        run = subprocess.run([HYDRA, "-n", "2", PLUMBLINE, "run", path, "-o", "x.h5"], cwd=self.folder, text=True,
                             capture_output=True, timeout=120)
        self.assertEqual(run.returncode, PASS, run.stderr + run.stdout)
        shown = self.call("show", "x.h5", "--format", "json").stdout
        self.assertRegex(shown, r'"library": "MPICH \d')
        self.assertRegex(shown, r'"device": "ch\d:')

    def test_an_mpi_module_by_its_path(self):
        module = next(iter(sorted(MODULES.glob("plumbline-mpi-openmpi.so"))), None)
        if module is None:
            self.skipTest("no Open MPI")
        path = self.scenario(backend="mpi")
        self.assertEqual(self.call("run", path, "-o", "x.h5", "--launcher", f"mpi:{module}", ranks=2).returncode, PASS)
        self.write("no.so", "text")
        self.assert_refused(self.call("run", path, "-o", "y.h5", "--launcher", "mpi:no.so"), "no.so", "not a shared library")
        gloo = MODULES / "plumbline-gloo.so"
        if gloo.exists():
            self.assert_refused(self.call("run", path, "-o", "y.h5", "--launcher", f"mpi:{gloo}"), "plumbline_mpi_module")
        self.assertFalse((self.folder / "y.h5").exists())

    def test_what_cannot_be_honoured_is_refused_before_anything_runs(self):
        path = self.scenario()
        port = free_port()
        rows = [
            ({"OMPI_COMM_WORLD_SIZE": "2", "OMPI_COMM_WORLD_RANK": "0", "WORLD_SIZE": "8", "RANK": "0"}, [],
             ["OMPI_COMM_WORLD_SIZE announces 2 ranks and WORLD_SIZE 8", "--launcher"]),
            ({"WORLD_SIZE": "8"}, [], ["WORLD_SIZE announces 8 ranks and RANK isn't set"]),
            ({"WORLD_SIZE": "8", "RANK": "1"}, [], ["nothing says where rank 0 is met"]),
            ({"WORLD_SIZE": "eight", "RANK": "1"}, [], ["'eight'"]),
            ({"PMI_SIZE": "4"}, ["--launcher", "mpi"], ["MPI sees 1 rank where PMI_SIZE announces 4", "Use the mpirun of"]),
            ({"SLURM_STEP_NUM_TASKS": "4"}, [], ["SLURM_PROCID isn't set"]),
            (torch(0, 2, port), ["--join-within", "1s"], [f"rank 1 of 2 has not come to localhost:{port} within 1 s"]),
            (torch(1, 2, port), ["--join-within", "1s"], [f"localhost:{port}"]),
            (torch(0, 2, port), ["--join-within", "soon"], ["--join-within 'soon'"]),
            (torch(0, 2, port), ["--token-file", "none.txt"], ["none.txt", "can't be read"]),
            ({}, ["--launcher", "slurm"], ["--launcher 'slurm' is none"]),
            ({}, ["--rank", "0/2"], ["--rank 0/2 needs --join"]),
        ]
        for environment, options, sentences in rows:
            with self.subTest(environment=environment, options=options):
                self.assert_refused(self.call("run", path, "-o", "x.h5", *options, environment=environment), *sentences)
        self.assertFalse((self.folder / "x.h5").exists())

    def test_a_rank_with_another_token_is_refused_and_named(self):
        path, port = self.scenario(), free_port()
        stranger = self.start("run", path, "-o", "x.h5", "--join-within", "4s",
                              environment=torch(1, 2, port, PLUMBLINE_TOKEN="another"))
        first = self.call("run", path, "-o", "x.h5", "--join-within", "4s", environment=torch(0, 2, port, PLUMBLINE_TOKEN="one"))
        self.assertEqual(first.returncode, USAGE)
        self.assertIn("rank 1", first.stderr)
        _, said = stranger.communicate(timeout=60)
        self.assertEqual(stranger.returncode, USAGE)
        self.assertIn("token", said)

    def test_ranks_that_came_up_without_mpi_cannot_measure_it(self):
        path, port = self.scenario(backend="mpi"), free_port()
        other = self.start("run", path, "-o", "x.h5", environment=torch(1, 2, port))
        first = self.call("run", path, "-o", "x.h5", environment=torch(0, 2, port))
        self.assertEqual(first.returncode, USAGE)
        self.assertIn("the ranks came up without MPI (WORLD_SIZE announces them)", first.stderr)
        self.assertEqual(other.wait(60), USAGE)
        self.assertFalse((self.folder / "x.h5").exists())


if __name__ == "__main__":
    main()
