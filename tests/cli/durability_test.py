# SPDX-License-Identifier: Apache-2.0
"""Whatever kills the run: the file opens, finished cases are there, --resume completes it."""
import os
import random
import resource
import signal
import subprocess
import time

import h5py

from support import BROKEN, INCONCLUSIVE, PASS, PATIENCE, SMALL, CliTest, main

SLOW = """
plumbline: 1
name: slow
scale: {ranks: [all]}
stop: {max_seconds: 0.1, min_samples: 10000, max_samples: 10000}
rounds: 2
probe: false  # all rounds count, whatever the machine did meanwhile
cases:
  - {pattern: allreduce, bytes: {from: 8, to: 64KiB, factor: 2}}
targets:
  - {name: t, metric: time, where: {pattern: allreduce, bytes: 8}, at_most: 1s}
"""
ROUNDS = 28

# The second case's operation goes on for long after a signal.
SLEEPS = """
plumbline: 1
name: sleeps
scale: {ranks: [all]}
order: {shuffle: false}
rounds: 1
probe: false
stop: {min_samples: 6, max_samples: 6, max_seconds: 300}
cases:
  - {pattern: allreduce, bytes: 8}
  - {pattern: data_parallel, compute: 20s, gradient_bytes: 8, compute_kind: sleep}
"""

# On the simulator, since MPI itself dies of a full disk before it starts: the second case's samples don't fit.
FULL = """
plumbline: 1
name: full
backend: sim
simulation: {ranks: 4, noise: 0.5}
order: {shuffle: false}
scale: {ranks: [all]}
stop: {max_seconds: 1000, relative_ci: 0.0000001}
cases:
  - {pattern: allreduce, bytes: 8, stop: {max_samples: 20}}
  - {pattern: allreduce, bytes: 16, stop: {max_samples: 20000}}
  - {pattern: allreduce, bytes: 32, stop: {max_samples: 20}}
"""


def rounds_in(path):
    """Rounds with samples, read with h5py alone."""
    with h5py.File(path, "r") as run:
        return sum(round_["warmup"].shape[0] > 0 for case in run["cases"].values() for round_ in case["rounds"].values())


class Kills(CliTest):
    def start(self, *more, ranks=None):
        return subprocess.Popen(self.command("run", "s.yaml", "-o", "x.h5", "--resume", "--progress", "none", *more, ranks=ranks),
                                cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def test_fifty_kills_at_random_moments_never_leave_a_file_that_does_not_open(self):
        self.write("s.yaml", SLOW)
        chance = random.Random(20261123)
        most = 0
        path = self.folder / "x.h5"
        for attempt in range(50):
            process = self.start()
            time.sleep(chance.uniform(0.1, 0.9))
            process.kill()
            process.communicate()
            if path.exists():
                now = rounds_in(path)
                self.assertGreaterEqual(now, most, f"attempt {attempt} lost a finished round")
                most = now
                self.assertIn(self.call("show", "x.h5").returncode, (0,))
        self.assertGreater(most, 0)
        process = self.call("run", "s.yaml", "-o", "x.h5", "--resume")
        self.assertEqual(process.returncode, PASS, process.stdout + process.stderr)
        self.assertEqual(rounds_in(path), ROUNDS)
        self.assertEqual([entry.name for entry in self.folder.glob("x.h5?*")], [])

    def wait_for_rounds(self, path, count):
        for _ in range(2400):
            if path.exists() and rounds_in(path) >= count:
                return
            time.sleep(0.05)
        self.fail("the run makes no progress")

    def test_the_death_of_any_rank_keeps_what_was_finished(self):
        self.write("s.yaml", SLOW)
        path = self.folder / "x.h5"
        kept = 0
        for victim in (0, 1):
            process = self.start(ranks=2)
            self.wait_for_rounds(path, kept + 3)
            os.kill(self.children_of(process.pid)[victim], signal.SIGKILL)
            process.communicate(timeout=60 * PATIENCE)
            self.assertNotEqual(process.returncode, 0)
            self.assertGreaterEqual(rounds_in(path), kept + 3)
            kept = rounds_in(path)
        process = self.call("run", "s.yaml", "-o", "x.h5", "--resume", ranks=2)
        self.assertEqual(process.returncode, PASS, process.stdout + process.stderr)
        self.assertEqual(rounds_in(path), ROUNDS)

    @staticmethod
    def children_of(pid):
        found = subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True, check=True)
        return [int(line) for line in found.stdout.split()]

    def test_who_is_killed_right_after_a_signal_has_said_what_is_stored(self):
        self.write("s.yaml", SLEEPS)
        path = self.folder / "x.h5"
        process = self.start()
        self.wait_for_rounds(path, 1)
        time.sleep(1)  # into the operation that goes on
        process.send_signal(signal.SIGTERM)
        said = process.stderr.readline()  # long before the operation ends
        process.send_signal(signal.SIGTERM)  # as Slurm sends it twice
        process.kill()
        process.communicate(timeout=60 * PATIENCE)
        self.assertRegex(said, r"a signal came: .* are in x\.h5; continue with --resume")
        self.assertEqual(rounds_in(path), 1)

    def test_an_interrupt_ends_in_order_and_says_what_was_kept(self):
        self.write("s.yaml", SLOW)
        path = self.folder / "x.h5"
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGUSR1):
            before = rounds_in(path) if path.exists() else 0
            process = self.start()
            self.wait_for_rounds(path, before + 1)
            process.send_signal(number)
            _, stderr = process.communicate(timeout=60 * PATIENCE)
            self.assertEqual(process.returncode, BROKEN, stderr)
            self.assertIn("interrupted", stderr)
            self.assertIn("--resume", stderr)
        before = rounds_in(self.folder / "x.h5")
        self.assertGreater(before, 0)
        process = self.call("run", "s.yaml", "-o", "x.h5", "--resume")
        self.assertEqual(process.returncode, PASS, process.stderr)
        self.assertIn("kept from the earlier launch", process.stderr)

    def test_a_full_disk_in_mid_run_keeps_what_was_stored(self):
        self.write("s.yaml", FULL)

        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

        process = self.call("run", "s.yaml", "-o", "x.h5", preexec_fn=small_files)
        self.assertEqual(process.returncode, BROKEN, process.stdout + process.stderr)
        self.assertIn("x.h5", process.stderr)
        self.assertIn("1 of 3 cases are kept", process.stderr)
        self.assertEqual(rounds_in(self.folder / "x.h5"), 1)
        self.assertEqual(self.call("show", "x.h5").returncode, 0)
        process = self.call("run", "s.yaml", "-o", "x.h5", "--resume")
        self.assertEqual(process.returncode, PASS, process.stderr)
        self.assertEqual(rounds_in(self.folder / "x.h5"), 3)

    def test_launches_add_up_in_one_file_and_an_interrupted_one_is_gone_on_with(self):
        path = self.folder / "x.h5"
        self.write("s.yaml", SLOW)
        self.assert_refused(self.call("run", "s.yaml", "-o", "x.h5", "--append"), "there is no such file", "without --append")
        for launch in range(2):
            process = self.call("run", "s.yaml", "-o", "x.h5", "--progress", "none", *["--append"] * min(launch, 1))
            self.assertEqual(process.returncode, (PASS, INCONCLUSIVE)[launch], process.stdout + process.stderr)
        self.assertIn("needs at least 6 launches for an interval, has 2 (run --append 4 more times)", process.stdout)
        self.assert_refused(self.call("run", "s.yaml", "-o", "x.h5", "--append", "--set", "stop.max_seconds=0.2"), "another scenario")

        # On a busy machine a launch may be done before it is killed: the file of two is there again for the next try.
        two_launches = path.read_bytes()
        for _ in range(5):
            path.write_bytes(two_launches)
            process = subprocess.Popen(self.command("run", "s.yaml", "-o", "x.h5", "--append", "--progress", "none"), cwd=self.folder,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            self.wait_for_rounds(path, 2 * ROUNDS + 3)
            process.kill()
            process.communicate()
            if rounds_in(path) < 3 * ROUNDS:
                break
        self.assert_refused(self.call("run", "s.yaml", "-o", "x.h5", "--append"), "interrupted", "--resume")
        resumed = self.call("run", "s.yaml", "-o", "x.h5", "--resume")
        self.assertEqual(resumed.returncode, INCONCLUSIVE, resumed.stderr)
        with h5py.File(path, "r") as run:
            self.assertEqual(len(run["launches"]), 3)
            for case in run["cases"].values():
                launches = [case["rounds"][str(k)].attrs["launch"] for k in range(6)]
                self.assertEqual(launches, [0, 0, 1, 1, 2, 2])
            self.assertEqual(set(run["summary"]["launches"]), {3})
            self.assertEqual(set(run["summary"]["interval_over"]), {b"launches"})

    def test_a_complete_file_is_judged_again_and_not_measured_again(self):
        self.write("s.yaml", SMALL)
        self.assertEqual(self.call("run", "s.yaml", "-o", "x.h5").returncode, PASS)
        before = (self.folder / "x.h5").read_bytes()
        process = self.call("run", "s.yaml", "-o", "x.h5", "--resume")
        self.assertEqual(process.returncode, PASS, process.stderr)
        self.assertEqual((self.folder / "x.h5").read_bytes(), before)


if __name__ == "__main__":
    main()
