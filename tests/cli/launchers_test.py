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

import h5py

from support import BROKEN, MPIEXEC, PASS, PATIENCE, PLUMBLINE, USAGE, CliTest, main

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


# Between Gloo and the system: a port scanner finds each of the first STRANGERS ports of Gloo's pairs before the peer does. It leaves at once,
# or says something of its own, or stays and says nothing.
STRANGER = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
int listen(int fd, int backlog)
{
    static int left = -1;
    int (*real)(int, int) = dlsym(RTLD_NEXT, "listen");
    int result = real(fd, backlog);
    Dl_info caller;
    if (left < 0) {
        left = atoi(getenv("STRANGERS"));
    }
    if (left > 0 && dladdr(__builtin_return_address(0), &caller) && strstr(caller.dli_fname, "gloo")) {
        struct sockaddr_storage at;
        socklen_t size = sizeof at;
        int stranger = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        --left;
        getsockname(fd, (struct sockaddr*)&at, &size);
        connect(stranger, (struct sockaddr*)&at, size);
        if (!strcmp(getenv("STRANGER_DOES"), "talks")) {
            write(stranger, "GET / HTTP/1.1\\r\\nHost: a scanner that says a lot, more than Gloo's header has\\r\\n\\r\\n", 77);
        }
        if (strcmp(getenv("STRANGER_DOES"), "stays")) {
            close(stranger);
        }
    }
    return result;
}
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

    def test_a_stranger_that_finds_a_port_of_gloos_first_does_not_end_the_launch(self):
        self.needs_gloo()
        source = self.write("stranger.c", STRANGER)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", "stranger.so", source, "-ldl"], cwd=self.folder, check=True)
        # On both ranks, since only one of two listens to the end. None is left for the second attempt, or for none.
        for does, strangers, status in (("leaves", 1, PASS), ("talks", 1, PASS), ("stays", 1, PASS), ("leaves", 1000, BROKEN)):
            with self.subTest((does, strangers)):
                path, port = self.scenario(), free_port()
                preload = {"LD_PRELOAD": str(self.folder / "stranger.so"), "STRANGERS": str(strangers), "STRANGER_DOES": does}
                other = self.start("run", path, "-o", "x.h5", environment=torch(1, 2, port, **preload))
                first = self.call("run", path, "-o", "x.h5", "--force", environment=torch(0, 2, port, **preload))
                self.assertEqual(first.returncode, status, first.stderr + first.stdout)
                self.assertEqual(other.wait(60), status)
                self.assertEqual("4 attempts failed" in first.stderr, status == BROKEN, first.stderr)

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
            said += process.communicate(timeout=100 * PATIENCE)[1]
            self.assertEqual(process.returncode, BROKEN, said)
        self.assertRegex(said, r"rank 2 .*(died|has left)")

    def test_a_rank_that_is_stopped_is_named_and_the_others_end(self):
        self.needs_gloo()
        path, port = self.scenario(), free_port()
        longer = ["--set", "stop.max_samples=1000000", "--set", "stop.min_samples=1000000", "--set", "stop.max_seconds=300"]
        ranks = [self.start("run", path, "-o", "x.h5", *longer, "--progress", "none", "--hang-after", "6s", environment=torch(rank, 3, port))
                 for rank in range(3)]
        deadline = time.monotonic() + 60
        while not (self.folder / "x.h5").exists() and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(1.5)
        os.kill(ranks[2].pid, signal.SIGSTOP)
        _, err = ranks[0].communicate(timeout=60 * PATIENCE)
        self.assertRegex(err, r"rank 2 \(\S+\) has been silent for \d+ s")
        os.kill(ranks[2].pid, signal.SIGCONT)  # it learns that the launch is over
        self.assertEqual([rank.wait(30) for rank in ranks], [BROKEN] * 3)

    def test_mpich_starts_the_same_program(self):
        if HYDRA is None or not (MODULES / "plumbline-mpi-mpich.so").exists():
            self.skipTest("no MPICH beside this MPI")
        path = self.scenario(backend="mpi")
        run = subprocess.run([HYDRA, "-n", "2", PLUMBLINE, "run", path, "-o", "x.h5"], cwd=self.folder, text=True,
                             capture_output=True, timeout=120 * PATIENCE)
        self.assertEqual(run.returncode, PASS, run.stderr + run.stdout)
        shown = self.call("show", "x.h5", "--format", "json").stdout
        self.assertRegex(shown, r'"library": "MPICH \d')
        self.assertRegex(shown, r'"device": "ch\d:')

    def test_mpichs_algorithms_are_measured_in_one_launch_and_what_one_does_not_take_is_left_out(self):
        if HYDRA is None:
            self.skipTest("there is no MPICH")
        path = self.write("a.yaml", """
            plumbline: 1
            name: algorithms
            backend: mpi
            scale: {ranks: [all]}
            oversubscribe: true
            probe: false
            sync: {mode: dissemination}
            stop: {max_seconds: 1, min_samples: 2, max_samples: 2}
            cases:
              - {pattern: allgather, bytes: 1KiB, algorithms: all}
              - {pattern: allreduce, bytes: 4, algorithms: [default, reduce_scatter_allgather]}
        """)
        made = subprocess.run([HYDRA, "-n", "3", PLUMBLINE, "run", path, "-o", "x.h5"], cwd=self.folder, text=True, capture_output=True, timeout=100 * PATIENCE)
        self.assertEqual(made.returncode, PASS, made.stderr + made.stdout)
        shown = json.loads(self.call("show", "x.h5", "--format", "json").stdout)
        cases = {(case["pattern"], case["ranks"], case["parameters"].get("algorithm", "default")): case for case in shown["cases"]}
        self.assertEqual({name for pattern, _, name in cases if pattern == "allgather"}, {"default", "brucks", "recursive_doubling", "ring"})
        # MPICH itself would run these by another algorithm, without a word.
        refused = {key for key, case in cases.items() if case["status"] == "skipped" or case["status"] == "failed"}
        self.assertEqual(refused, {("allgather", 3, "recursive_doubling"), ("allreduce", 3, "reduce_scatter_allgather")})
        self.assertIn("a power of two", cases["allgather", 3, "recursive_doubling"]["why"])
        for key in set(cases) - refused:
            self.assertEqual((cases[key]["status"], cases[key]["coverage"]), ("measured", "verified"), key)
        (row, *_) = shown["algorithms"]
        self.assertRegex(row["setting"], r"^MPIR_CVAR_ALLGATHER_DEVICE_COLLECTIVE=0 MPIR_CVAR_ALLGATHER_INTRA_ALGORITHM=\w+$")

    def test_an_mpi_module_by_its_path(self):
        module = next(iter(sorted(MODULES.glob("plumbline-mpi-openmpi.so"))), None)
        if module is None:
            self.skipTest("no Open MPI")
        path = self.scenario(backend="mpi")
        secret = {"MPICH_API_TOKEN": "hush", "I_MPI_PROXY": "http://me:hush@proxy", "NCCL_TOKEN": "hush", "UCX_PROXY": "http://me:hush@proxy"}
        made = self.call("run", path, "-o", "x.h5", "--launcher", f"mpi:{module}", ranks=2, environment=secret)
        self.assertEqual(made.returncode, PASS, made.stderr)
        facts = json.loads(self.call("show", "x.h5", "--format", "json").stdout)["run"]["facts"]
        self.assertEqual((facts["I_MPI_PROXY"], facts.get("MPICH_API_TOKEN")), ("http://***@proxy", None))
        with h5py.File(self.folder / "x.h5") as file:
            variables = dict(file["environment/variables"][:].tolist())
        self.assertEqual((variables[b"UCX_PROXY"], variables.get(b"NCCL_TOKEN")), (b"http://***@proxy", None))
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
            (torch(0, 4, port), ["--launcher", "mpi"], ["MPI sees 1 rank where WORLD_SIZE announces 4"]),
            ({"SLURM_STEP_NUM_TASKS": "4"}, [], ["SLURM_PROCID isn't set"]),
            ({"SLURM_NTASKS": "4", "SLURM_PROCID": "0"}, [], ["SLURM_NTASKS announces 4 ranks", "Start it by srun"]),
            ({"OMPI_COMM_WORLD_SIZE": "1", "OMPI_COMM_WORLD_RANK": "0", "PMI_SIZE": "4", "PMI_RANK": "0"}, [], ["two launchers"]),
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
        _, said = stranger.communicate(timeout=60 * PATIENCE)
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

    def test_launch_starts_ranks_of_this_machine_and_by_ssh_and_passes_statuses_on(self):
        self.needs_gloo()
        path = self.scenario()
        here = self.call("launch", "-H", "localhost:3", "--", "run", path, "-o", "x.h5")
        self.assertEqual(here.returncode, PASS, here.stderr + here.stdout)
        self.assertIn("3 ranks on 1 host", here.stdout)
        # In place of ssh: a shell that is told host and command. The second host's name is this machine's loopback too.
        ssh = self.write("ssh", "#!/bin/sh\necho \"$1\" >> reached\nexec sh -c \"$2\"\n")
        ssh.chmod(0o755)
        self.write("hosts", "ip6-localhost slots=2\nip6-loopback:1\n")
        if "ip6-loopback" in pathlib.Path("/etc/hosts").read_text(encoding="utf-8"):
            far = self.call("launch", "--hostfile", "hosts", "--ssh", ssh, "-x", "NCCL_OF_THIS_TEST=1", "--", "run", path, "-o", "y.h5",
                            "--exit-status", "ran")
            self.assertEqual(far.returncode, PASS, far.stderr + far.stdout)
            self.assertEqual((self.folder / "reached").read_text(encoding="utf-8").split(), ["ip6-localhost", "ip6-loopback"])
            self.assertIn("NCCL_OF_THIS_TEST", self.call("show", "y.h5", "--format", "json").stdout)
        failing = self.call("launch", "-H", "localhost:2", "--", "run", path, "-o", "z.h5", "--set", "targets=[{name: q, metric: time, at_most: 1ns}]")
        self.assertEqual(failing.returncode, 1, failing.stderr + failing.stdout)

    def test_what_collectors_read_of_a_launch_are_objects_alone(self):
        self.needs_gloo()
        path = self.scenario()
        refused = self.call("launch", "-H", "localhost:2", "--program", "./none", "--", "run", path, "--log-json")
        self.assertEqual(refused.returncode, USAGE)
        (line,) = [json.loads(line) for line in refused.stderr.splitlines()]
        self.assertIn("no ranks came up on localhost", line["text"])
        # Each rank warns of a variable that its library's loader can't use: not plumbline's own line.
        foreign = self.call("launch", "-H", "localhost:2", "-x", "LD_PRELOAD=/no/such.so", "--", "run", path, "-o", "x.h5", "--log-json")
        self.assertEqual(foreign.returncode, PASS, foreign.stderr)
        lines = [json.loads(line) for line in foreign.stderr.splitlines()]
        self.assertIn("[rank 1] ERROR: ld.so", " ".join(line.get("text", "") for line in lines), foreign.stderr)

    def test_launch_leaves_nothing_behind(self):
        self.needs_gloo()
        path = self.scenario()
        for number, expected in ((signal.SIGTERM, BROKEN), (signal.SIGKILL, -signal.SIGKILL)):
            with self.subTest(signal=number):
                mark = f"x{number}.h5"
                launch = self.start("launch", "-H", "localhost:2", "--", "run", path, "-o", mark, "--set", "stop.max_samples=1000000",
                                    "--set", "stop.min_samples=1000000", "--set", "stop.max_seconds=300", environment={})
                deadline = time.monotonic() + 60
                while not (self.folder / mark).exists() and time.monotonic() < deadline:
                    time.sleep(0.05)
                launch.send_signal(number)
                self.assertEqual(launch.wait(60), expected)
                while self.running(mark) and time.monotonic() < deadline + 60:
                    time.sleep(0.1)
                self.assertEqual(self.running(mark), [])

    @staticmethod
    def running(mark):
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            try:
                if entry.name.isdigit() and mark in (entry / "cmdline").read_text(encoding="utf-8").split("\0"):
                    found.append(entry.name)
            except OSError:
                pass
        return found

    def test_launch_refuses_what_starts_no_ranks(self):
        self.write("bad", "node1 slot=8\n")
        rows = [
            (["launch", "-H", "localhost:2", "--", "show", "x.h5"], ["launch starts the ranks of a run"]),
            (["launch", "--", "run", "s.yaml"], ["-H node1:8,node2:8 or --hostfile"]),
            (["launch", "-H", "localhost:0", "--", "run", "s.yaml"], ["-H: 'localhost:0'"]),
            (["launch", "--hostfile", "bad", "--", "run", "s.yaml"], ["bad:1: 'slot=8'"]),
            (["launch", "--hostfile", "none", "--", "run", "s.yaml"], ["none"]),
            (["launch", "-H", "localhost,node2", "--", "run", "s.yaml"], ["'localhost' stands beside"]),
            (["launch", "-H", "localhost", "-x", "NO_SUCH_VARIABLE", "--", "run", "s.yaml"], ["no such variable"]),
            (["launch", "-H", "node1:1,node2:1", "--ssh", "./none", "--", "run", "s.yaml"], ["no ranks came up on node1", "no ssh"]),
            (["launch", "-H", "localhost", "--program", "./none", "--", "run", "s.yaml"], ["no ranks came up on localhost", "--program"]),
        ]
        for arguments, sentences in rows:
            with self.subTest(arguments=arguments):
                self.assert_refused(self.call(*arguments), *sentences)


if __name__ == "__main__":
    main()
