# SPDX-License-Identifier: Apache-2.0
"""The main job on real ranks: run, show, check, read by others."""
import csv
import io
import json
import os
import subprocess
import sys

from support import FAIL, MPIEXEC, NOT_MEASURED, PASS, PATIENCE, PLUMBLINE, ROOT, SMALL, CliTest, main

EVERYTHING = """
plumbline: 1
name: everything
scale: {ranks: [1, 2, 3]}
stop: {max_seconds: 20, min_samples: 7, max_samples: 12, relative_ci: 0.5}
cases:
  - {pattern: allreduce, bytes: 4KiB, dtype: [float32, float64, float16, bfloat16, int32, int8, uint8, float8_e4m3, float8_e5m2], op: [sum, max, min], in_place: both}
  - {pattern: reduce_scatter, bytes: 4KiB, in_place: both}
  - {pattern: allgather, bytes: 4KiB, in_place: both}
  - {pattern: broadcast, bytes: 4KiB, root: 0}
  - {pattern: reduce, bytes: 4KiB, in_place: both}
  - {pattern: gather, bytes: 4KiB}
  - {pattern: scatter, bytes: 4KiB}
  - {pattern: alltoall, bytes: 4KiB, in_place: both}
  - {pattern: alltoallv, bytes: 4KiB, skew: {kind: hot, factor: 2, seed: 3}}
  - {pattern: sendrecv, bytes: 4KiB}
  - {pattern: pingpong, bytes: 4KiB}
  - {pattern: bidirectional, bytes: 4KiB, window: 4}
  - {pattern: barrier}
  - {pattern: pipeline, schedule: 1f1b, microbatches: 4, activation_bytes: 4KiB, forward: 100us, backward: 200us}
  - {pattern: pipeline, schedule: gpipe, microbatches: 4, activation_bytes: 4KiB, forward: 100us, backward: 200us}
  - {pattern: data_parallel, compute: 200us, gradient_bytes: 4KiB}
"""


def without_oversubscription():
    """The environment without what asks Open MPI for more ranks than cores (the tests' own does)."""
    return {name: value for name, value in os.environ.items() if name != "OMPI_MCA_rmaps_base_oversubscribe"}


class ShippedScenarios(CliTest):
    def test_their_own_targets_can_be_judged(self):
        for name in ("links", "allreduce-quick", "pipeline"):
            with self.subTest(name):
                process = self.call("run", name, "--backend", "sim", "--set", "simulation.ranks=4", "-o", f"{name}.h5", "--progress", "none")
                self.assertEqual(process.returncode, PASS, process.stdout + process.stderr)
                self.assertIn("verdict: PASS", process.stdout)


class RealRanks(CliTest):
    def test_every_pattern_is_measured_and_verified_at_1_2_and_3_ranks(self):
        self.write("s.yaml", EVERYTHING)
        process = self.call("run", "s.yaml", "-o", "x.h5", ranks=3, timeout=240)
        self.assertEqual(process.returncode, PASS, process.stderr)
        shown = json.loads(self.call("show", "x.h5", "--format", "json").stdout)
        by_status = {}
        for case in shown["cases"]:
            by_status.setdefault(case["status"], []).append(case)
        self.assertEqual(by_status.get("failed", []), [])
        # Pairs need a partner: pingpong and bidirectional can't run on one rank.
        self.assertEqual({(case["pattern"], case["ranks"]) for case in by_status["skipped"]},
                         {("pingpong", 1), ("bidirectional", 1)})
        self.assertEqual(len(by_status["measured"]), 3 * (54 + 2 + 2 + 1 + 2 + 1 + 1 + 2 + 1 + 1 + 1 + 1 + 1 + 2 + 1) - 2)
        for case in by_status["measured"]:
            self.assertGreater(case["median_s"], 0, case)
            self.assertLessEqual(case["ci_low_s"], case["median_s"])
            self.assertLessEqual(case["median_s"], case["ci_high_s"])
            self.assertGreaterEqual(case["samples"], 6)
        reader = subprocess.run([sys.executable, ROOT / "tests/cli/read_with_h5py.py", self.folder / "x.h5"],
                                text=True, capture_output=True)
        self.assertEqual(reader.returncode, 0, reader.stdout + reader.stderr)
        self.assertIn("ok", reader.stdout)

    def test_the_schema_s_own_script_recomputes_the_medians(self):
        text = (ROOT / "docs/reference/run-file.md").read_text(encoding="utf-8")
        self.write("read.py", "import json" + text.split("```python\nimport json")[1].split("```")[0])
        for rounds, launches in ((1, 1), (6, 1), (2, 2)):
            with self.subTest(rounds=rounds, launches=launches):
                self.write("s.yaml", SMALL + f"rounds: {rounds}\n")
                for launch in range(launches):
                    self.call("run", "s.yaml", "-o", "x.h5", "--append" if launch else "--force", ranks=2)
                script = subprocess.run([sys.executable, "read.py", "x.h5"], cwd=self.folder, text=True, capture_output=True)
                self.assertEqual(script.returncode, 0, script.stderr)
                self.assertEqual(len(script.stdout.splitlines()), 8, script.stdout)

    def test_a_table_of_sizes_is_kept_in_the_file_and_a_changed_one_is_another_measurement(self):
        import h5py
        self.write("table.txt", "# bytes\n100 200\n300 400\n")
        self.write("s.yaml", "plumbline: 1\nname: s\nstop: {min_samples: 6, max_samples: 6}\nscale: {ranks: [2]}\ncases:\n"
                             "  - {pattern: alltoallv, dtype: uint8, skew: {kind: matrix, file: table.txt}}\n")
        process = self.call("run", "s.yaml", "-o", "x.h5", ranks=2)
        self.assertEqual(process.returncode, PASS, process.stdout + process.stderr)
        with h5py.File(self.folder / "x.h5") as file:
            rows = {row["name"].decode(): row["value"].decode() for row in file["inputs"][:]}
        self.assertEqual(rows, {"table.txt": "# bytes\n100 200\n300 400\n"})
        self.write("table.txt", "100 200\n300 401\n")
        self.assert_refused(self.call("run", "s.yaml", "-o", "x.h5", "--append", ranks=2), "a file that the scenario refers to has changed")

    def test_targets_decide_the_exit_status(self):
        rows = [("at_least: 0.0001", PASS, "PASS"), ("at_least: 1000000", FAIL, "FAIL")]
        for bound, status, word in rows:
            with self.subTest(bound):
                self.write("s.yaml", SMALL + "targets:\n  - {name: bw, metric: busbw, where: {pattern: alltoall}, at_ranks: all, "
                           + bound + "}\n")
                process = self.call("run", "s.yaml", "-o", "x.h5", "--force", ranks=2)
                self.assertEqual(process.returncode, status, process.stdout + process.stderr)
                self.assertIn(f"verdict: {word}", process.stdout)
                again = self.call("check", "x.h5")
                self.assertEqual(again.returncode, status)
                self.assertIn(f"verdict: {word}", again.stdout)

    def test_the_speedup_line_and_its_target(self):
        self.write("s.yaml", SMALL + "targets:\n  - {name: linear-speedup, metric: weak_efficiency, where: {pattern: "
                   "data_parallel}, base_ranks: 1, at_ranks: all, at_least: 0.01}\n"
                   "probe: false  # one round each: a machine that changed in between would be INCONCLUSIVE\n")
        process = self.call("run", "s.yaml", "-o", "x.h5", ranks=2)
        self.assertEqual(process.returncode, PASS, process.stdout + process.stderr)
        self.assertIn("linear speedup:", process.stdout)
        self.assertRegex(process.stdout, r"PASS +linear-speedup.* \[[0-9.]+, [0-9.]+\]")

    def test_no_efficiency_is_claimed_of_ranks_that_take_turns_on_cores(self):
        cores = len(os.sched_getaffinity(0))
        ranks = cores + 2
        self.write("s.yaml", f"""
            plumbline: 1
            name: s
            probe: false
            scale: {{ranks: [1, all]}}
            stop: {{min_samples: 7, max_samples: 7}}
            cases:
              - {{pattern: data_parallel, compute: 200us, gradient_bytes: 4KiB}}
            targets:
              - {{name: linear, metric: weak_efficiency, where: {{pattern: data_parallel}}, at_ranks: all, at_least: 0.0001}}
              - {{name: soon, metric: time, where: {{pattern: data_parallel}}, at_ranks: all, at_most: 100s}}
        """)
        process = self.call("run", "s.yaml", "-o", "x.h5", ranks=ranks)
        self.assertEqual(process.returncode, NOT_MEASURED, process.stdout + process.stderr)
        self.assertRegex(process.stdout, rf"NOT_MEASURED +linear: .* no weak_efficiency can be claimed of the case on {ranks} ranks: "
                                         rf"{ranks} ranks share {cores} cores? and take turns there")
        self.assertRegex(process.stdout, r"PASS +soon")
        self.assertNotIn("linear speedup", process.stdout)
        shown = self.call("show", "x.h5")
        self.assertIn(f"warning: {ranks} ranks share {cores} core", shown.stdout)
        self.assertEqual(json.loads(self.call("show", "x.h5", "--format", "json").stdout)["scaling"], [])

    def test_two_ranks_on_one_core_are_refused_before_anything_is_written_unless_asked_for(self):
        self.write("s.yaml", SMALL)
        core = min(os.sched_getaffinity(0))
        bound = ["taskset", "-c", str(core), PLUMBLINE, "run", "s.yaml", "-o", "x.h5"]
        launch = lambda *more: subprocess.run([MPIEXEC, "-n", "2", *bound, *more], cwd=self.folder, text=True,
                                              capture_output=True, timeout=120 * PATIENCE, env=without_oversubscription())
        refused = launch()
        self.assert_refused(refused, "ranks 0 and 1", f"core {core}", "--bind-to core", "oversubscribe: true")
        self.assertFalse((self.folder / "x.h5").exists())
        asked = launch("--set", "oversubscribe=true")
        self.assertEqual(asked.returncode, PASS, asked.stderr)
        self.assertIn("plumbline: warning: 2 ranks share 1 core on", asked.stderr)
        self.assertEqual(len(json.loads(self.call("show", "x.h5", "--format", "json").stdout)["run"]["warnings"]), 1)

    def test_a_bidirectional_case_alone_gives_a_file_without_targets_that_passes_nothing(self):
        self.write("s.yaml", "plumbline: 1\nname: s\ncases:\n  - {pattern: bidirectional, bytes: 8}\n"
                   "targets:\n  - {name: t, metric: busbw, where: {pattern: bidirectional}, at_least: 1}\n")
        process = self.call("run", "s.yaml", "-o", "x.h5")
        self.assertEqual(process.returncode, NOT_MEASURED, process.stdout)
        self.assertIn("skipped", process.stdout)

    def test_formats_of_show_and_check_agree(self):
        self.write("s.yaml", SMALL)
        self.assertEqual(self.call("run", "s.yaml", "-o", "x.h5", ranks=2).returncode, PASS)
        shown = json.loads(self.call("show", "x.h5", "--format", "json").stdout)
        rows = list(csv.DictReader(io.StringIO(self.call("show", "x.h5", "--format", "csv").stdout)))
        self.assertEqual(len(rows), len(shown["cases"]))
        for row, case in zip(rows, shown["cases"]):
            self.assertEqual(row["pattern"], case["pattern"])
            self.assertEqual(float(row["median_s"]), case["median_s"])
        keys = {"id", "pattern", "bytes", "ranks", "nodes", "dtype", "status", "why", "samples", "median_s", "ci_low_s",
                "ci_high_s", "algbw_GBps", "busbw_GBps"}
        self.assertLessEqual(keys, set(shown["cases"][0]))
        judged = json.loads(self.call("check", "x.h5", "--format", "json").stdout)
        self.assertIsNone(judged["verdict"], "no targets, no verdict")
        self.assertIn('skipped="1"', self.call("check", "x.h5", "--format", "junit").stdout)
        self.assertEqual(self.call("report", "x.h5").stdout, "wrote x.html (measured, not judged: no targets)\n")
        self.assertIn("<testsuite", self.call("check", "x.h5", "--format", "junit").stdout)

    def test_dry_run_measures_nothing(self):
        self.write("s.yaml", SMALL)
        process = self.call("run", "s.yaml", "-o", "x.h5", "--dry-run", ranks=2)
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn("memory per rank at most", process.stdout)
        self.assertIn("time at most", process.stdout)
        self.assertEqual(list(self.folder.glob("x.h5*")), [])

    def test_piped_progress_has_no_control_characters(self):
        self.write("s.yaml", SMALL)
        process = self.call("run", "s.yaml", "-o", "x.h5", ranks=2)
        self.assertNotIn("\x1b", process.stderr + process.stdout)
        self.assertNotIn("\r", process.stderr)
        self.assertIn("[1/8]", process.stderr)

    def test_lists_are_there_without_a_launch(self):
        for what, expected in (("patterns", "alltoallv"), ("backends", "mpi"), ("metrics", "weak_efficiency"),
                               ("scenarios", "quickstart"), ("profiles", "sensecore-2023")):
            process = self.call("list", what)
            self.assertEqual(process.returncode, 0)
            self.assertIn(expected, process.stdout)


class Profiles(CliTest):
    def test_every_shipped_scenario_and_profile_is_valid(self):
        for what, word in (("scenarios", "valid ("), ("profiles", "valid profile (")):
            names = self.call("list", what, "--names").stdout.splitlines()
            self.assertTrue(names)
            for name in names:
                process = self.call("validate", name)
                self.assertEqual(process.returncode, PASS, process.stderr)
                self.assertIn(word, process.stdout)

    def test_published_rows_are_checked_and_another_batch_is_no_speedup(self):
        both = self.call("published", "megascale-175b", "megatron-lm-175b")
        self.assertEqual(both.returncode, PASS, both.stderr)
        for line in (r"12288 +6.34 s +55.2 % +55.8 % +93.3 % \[91.4, 95.1\] PASS", r"1024 +8.90 s +59.0 % +59.7 % +90.3 % \[88.5, 92.1\] INCONCLUSIVE",
                     r"12288 +8.57 s +41.2 % +41.2 % +84.6 % \[82.9, 86.3\] FAIL", r"12288 ranks, batch 6144: 1.34 times by MFU"):
            self.assertRegex(both.stdout, line)
        self.assertEqual(both.stdout.count("contradiction in row"), 4, both.stdout)
        named = self.call("published", "megascale-175b", "--base-ranks", "256")
        self.assertRegex(named.stdout, "1024 .* 90.3 %")
        self.assertRegex(named.stdout, "12288 .* no speedup: batch 6144 is other work than the base's 768")
        self.assert_refused(self.call("published", "megascale-175b", "--base-ranks", "257"), "not a row of megascale-175b (it has 256, 512,")

    def test_every_command_that_judges_knows_shipped_profiles_by_name(self):
        self.write("s.yaml", "plumbline: 1\nname: s\nbackend: sim\nsimulation: {ranks: 2}\nscale: {ranks: [all]}\n"
                             "cases:\n  - {pattern: allreduce, bytes: 8}\n")
        self.assertEqual(self.call("run", "s.yaml", "-o", "x.h5").returncode, PASS)
        checked = self.call("check", "x.h5", "--targets", "sensecore-2023")
        self.assertEqual(checked.returncode, NOT_MEASURED, checked.stderr)
        self.assertIn("linear-speedup-training-step", checked.stdout)
        reported = self.call("report", "x.h5", "--targets", "sensecore-2023", "-o", "x.html")
        self.assertEqual(reported.returncode, PASS, reported.stderr)
        self.assertIn("linear-speedup-training-step", (self.folder / "x.html").read_text(encoding="utf-8"))
        for command in (["check", "x.h5"], ["report", "x.h5", "-o", "y.html"]):
            with self.subTest(command):
                self.assert_refused(self.call(*command, "--targets", "sensecore"), "sensecore: no such file", "sensecore-2023")

if __name__ == "__main__":
    main()
