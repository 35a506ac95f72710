# SPDX-License-Identifier: Apache-2.0
"""The same scenario on several libraries, and what is said of those that can't be used."""
import json
import os
import pathlib
import subprocess

from support import MPIEXEC, NOT_MEASURED, PASS, PATIENCE, PLUMBLINE, PRODUCTS, SMALL, CliTest, main


class Libraries(CliTest):
    def usable(self, backend):
        listed = self.call("list", "backends", "--backend", backend).stdout
        if "not usable" in listed.splitlines()[0]:
            self.skipTest(listed)

    def measured(self, path):
        shown = json.loads(self.call("show", path, "--format", "json").stdout)
        return {(case["pattern"], case["bytes"], case["ranks"], json.dumps(case.get("parameters"))) for case in shown["cases"] if case["status"] == "measured"}

    def test_one_scenario_runs_unchanged_on_mpi_and_on_gloo(self):
        self.usable("gloo")
        self.write("s.yaml", SMALL)
        for backend in ("mpi", "gloo"):
            process = self.call("run", "s.yaml", "-o", f"{backend}.h5", "--backend", backend, ranks=2)
            self.assertEqual(process.returncode, PASS, process.stderr)
            self.assertIn(f"backend {backend}", process.stdout)
        self.assertEqual(self.measured("gloo.h5"), self.measured("mpi.h5"))

    def test_a_pipeline_with_large_messages_runs_on_gloo(self):
        self.usable("gloo")
        self.write("s.yaml", """
            plumbline: 1
            name: pipeline
            backend: gloo
            scale: {ranks: [all]}
            stop: {max_seconds: 20, min_samples: 6, max_samples: 6}
            cases:
              - {pattern: pipeline, schedule: 1f1b, microbatches: 4, activation_bytes: 1MiB, forward: 100us, backward: 200us}
              - {pattern: pipeline, schedule: gpipe, microbatches: 4, activation_bytes: 1MiB, forward: 100us, backward: 200us}
        """)
        process = self.call("run", "s.yaml", "-o", "x.h5", ranks=3)
        self.assertEqual(process.returncode, PASS, process.stderr)
        self.assertEqual(len(self.measured("x.h5")), 2)

    def test_matrix_products_disturb_communication_on_mpi_and_on_gloo(self):
        self.write("s.yaml", PRODUCTS)
        for backend in ("mpi", "gloo"):
            with self.subTest(backend):
                self.usable(backend)
                process = self.call("run", "s.yaml", "-o", f"{backend}.h5", "--backend", backend, ranks=2)
                self.assertEqual(process.returncode, PASS, process.stderr + process.stdout)
                shown = json.loads(self.call("show", f"{backend}.h5", "--format", "json").stdout)
                cases = shown["cases"]
                self.assertEqual(len(cases), 5)
                missing = next((case["why"] for case in cases if case["status"] == "skipped"), None)
                if missing:
                    self.assertIn("needs OpenBLAS", missing)
                    self.skipTest(missing)
                self.assertRegex(shown["run"]["facts"]["matrix products"], "OpenBLAS [0-9.]+.*, one thread a rank")
                for case in cases:
                    self.assertEqual(case["status"], "measured", case["why"])
                    self.assertEqual(case["compute_slowdown"] is not None, case["ranks"] == 2, case)

    def test_options_reach_the_backend_and_wrong_ones_are_refused_before_anything_is_measured(self):
        self.usable("gloo")
        self.write("s.yaml", SMALL + "backend: gloo\n")
        rows = [("backend_options.algoritm=ring", "algoritm", "algorithm"),
                ("backend_options.algorithm=tree", "tree", "ring"),
                ("backend_options.timeout=soon", "soon", "60s")]
        for setting, *fragments in rows:
            with self.subTest(setting):
                self.assert_refused(self.call("run", "s.yaml", "-o", "x.h5", "--set", setting, ranks=2), *fragments)
                self.assertFalse((self.folder / "x.h5").exists())
        process = self.call("run", "s.yaml", "-o", "x.h5", "--set", "backend_options.interface=none0", ranks=2)
        self.assert_refused(process, "rank 0", "none0")
        process = self.call("run", "s.yaml", "-o", "x.h5", "--set", "backend_options.algorithm=ring", ranks=2)
        self.assertEqual(process.returncode, PASS, process.stderr)

    def test_a_library_that_cannot_be_used_is_named_with_the_reason(self):
        self.write("s.yaml", SMALL)
        self.write("text.so", "hello\n")
        foreign = bytearray(pathlib.Path(PLUMBLINE).read_bytes()[:4096])
        foreign[18:20] = b"\xb7\x00" if foreign[18] != 0xb7 else b"\x3e\x00"
        (self.folder / "foreign.so").write_bytes(foreign)
        rows = [("gloo", "absent.so", "No such file"), ("gloo", "./text.so", "not a shared library"),
                ("gloo", "./foreign.so", "this program for"), ("mpi", "x.so", "--launcher mpi:PATH"), ("sim", "x.so", "built in")]
        for backend, library, reason in rows:
            with self.subTest(f"{backend} {library}"):
                process = self.call("run", "s.yaml", "-o", "x.h5", "--backend", backend, "--backend-library", library)
                self.assert_refused(process, backend, reason)
                listed = self.call("list", "backends", "--backend", backend, "--backend-library", library).stdout
                self.assertIn("not usable", listed)
                self.assertIn(reason, " ".join(listed.split()))

    ALGORITHMS = """
        plumbline: 1
        name: algorithms
        scale: {ranks: [all]}
        probe: false
        stop: {min_samples: 12, max_samples: 12}
        cases:
          - {pattern: allreduce, bytes: 1KiB, algorithms: all}
          - {pattern: pingpong, bytes: 1KiB}
    """

    def shown(self, path):
        return json.loads(self.call("show", path, "--format", "json").stdout)

    def by_algorithm(self, shown):
        return {case["parameters"].get("algorithm", "default"): case for case in shown["cases"] if case["pattern"] == "allreduce"}

    def test_each_algorithm_of_the_mpi_is_measured_in_one_launch_and_the_best_stands_beside_the_default(self):
        self.write("s.yaml", self.ALGORITHMS)
        process = self.call("run", "s.yaml", "-o", "x.h5", ranks=2)
        self.assertEqual(process.returncode, PASS, process.stderr)
        shown = self.shown("x.h5")
        cases = self.by_algorithm(shown)
        self.assertGreaterEqual(set(cases), {"default", "recursive_doubling", "ring", "segmented_ring"})
        for case in cases.values():
            self.assertEqual((case["status"], case["coverage"]), ("measured", "verified"), case)
        row, = shown["algorithms"]
        self.assertEqual(row["tried"], len(cases) - 1)
        self.assertEqual(row["best_s"], min(case["median_s"] for name, case in cases.items() if name != "default"))
        self.assertRegex(row["setting"], "^OMPI_MCA_coll_tuned_use_dynamic_rules=1 OMPI_MCA_coll_tuned_allreduce_algorithm=[1-9]$")
        self.assertIn("algorithms of the library's own beside its default choice", process.stdout)
        self.assertIn(row["text"], self.call("show", "x.h5").stdout)
        again = self.call("run", "s.yaml", "-o", "x.h5", "--resume", ranks=2)
        self.assertEqual(again.returncode, PASS, again.stderr)
        # A target on the default that nothing could meet: its FAIL says so of all algorithms.
        self.write("t.yaml", "targets:\n  - {name: fast, metric: busbw, where: {pattern: allreduce}, at_least: 1000000}\n")
        checked = self.call("check", "x.h5", "--targets", "t.yaml")
        self.assertIn(f"; none of {len(cases) - 1} other algorithms of the library passes, the best is", checked.stdout)

    def test_an_algorithm_that_the_library_does_not_have_is_refused_before_anything_is_measured(self):
        self.write("s.yaml", self.ALGORITHMS)
        process = self.call("run", "s.yaml", "-o", "x.h5", "--set", "cases.0.algorithms=[rign]", ranks=2)
        self.assert_refused(process, "rign", "recursive_doubling", "The nearest is 'ring'")
        self.assertFalse((self.folder / "x.h5").exists())

    def test_a_backend_without_algorithms_measures_the_default_and_says_why_no_other(self):
        self.write("s.yaml", self.ALGORITHMS)
        process = self.call("run", "s.yaml", "-o", "x.h5", "--backend", "sim")
        self.assertEqual(process.returncode, PASS, process.stderr)
        cases = self.by_algorithm(self.shown("x.h5"))
        self.assertEqual(cases["default"]["status"], "measured")
        self.assertEqual(cases["all"]["status"], "skipped")
        self.assertIn("backend sim can't be told", cases["all"]["why"])

    def test_what_the_user_has_set_of_open_mpis_algorithms_is_not_changed_behind_his_back(self):
        self.write("s.yaml", self.ALGORITHMS)
        forced = {"OMPI_MCA_coll_tuned_allreduce_algorithm": "1"}  # of no effect as long as dynamic rules are off
        process = self.call("run", "s.yaml", "-o", "x.h5", ranks=2, environment=forced)
        self.assertEqual(process.returncode, PASS, process.stderr)
        self.assertIn("OMPI_MCA_coll_tuned_allreduce_algorithm is set", self.by_algorithm(self.shown("x.h5"))["all"]["why"])

    def test_gloos_algorithms_are_measured_in_one_launch(self):
        self.usable("gloo")
        self.write("s.yaml", self.ALGORITHMS)
        process = self.call("run", "s.yaml", "-o", "x.h5", "--backend", "gloo", ranks=2)
        self.assertEqual(process.returncode, PASS, process.stderr)
        shown = self.shown("x.h5")
        cases = self.by_algorithm(shown)
        self.assertEqual({name: case["status"] for name, case in cases.items()},
                         {"default": "measured", "ring": "measured", "bcube": "measured", "halving_doubling": "skipped"})
        self.assertIn("in place", cases["halving_doubling"]["why"])
        self.assertIn(shown["algorithms"][0]["setting"], ("backend_options.algorithm=ring", "backend_options.algorithm=bcube"))

    def in_two_folders(self, *arguments):
        """Two ranks, of which the second doesn't see the scenario."""
        (self.folder / "elsewhere").mkdir(exist_ok=True)
        one = lambda folder: ["-n", "1", "--wdir", str(folder), PLUMBLINE, "run", *arguments]
        return subprocess.run([MPIEXEC, *one(self.folder), ":", *one(self.folder / "elsewhere")], cwd=self.folder, text=True,
                              capture_output=True, timeout=120 * PATIENCE)

    def test_the_backend_is_the_one_that_rank_0_names_where_others_do_not_see_the_scenario(self):
        self.usable("gloo")
        self.write("s.yaml", SMALL + "backend: gloo\n")
        process = self.in_two_folders("s.yaml", "-o", str(self.folder / "x.h5"))
        self.assertEqual(process.returncode, PASS, process.stderr)
        self.assertIn("backend gloo", process.stdout)

    def test_a_rank_that_does_not_see_the_scenario_could_not_ask_for_algorithms_in_time_and_that_is_said(self):
        self.write("s.yaml", self.ALGORITHMS)
        process = self.in_two_folders("s.yaml", "-o", str(self.folder / "x.h5"))
        self.assertEqual(process.returncode, PASS, process.stderr)
        why = self.by_algorithm(self.shown("x.h5"))["all"]["why"]
        self.assertIn("on a rank that doesn't see the scenario", why)
        self.assertIn("mpirun -x OMPI_MCA_coll_tuned_use_dynamic_rules=1", why)

    def test_a_scenario_with_an_error_is_what_is_reported_even_where_a_library_is_named(self):
        self.write("s.yaml", "plumbline: 1\nnam: s\ncases:\n  - {pattern: barrier}\n")
        process = self.call("run", "s.yaml", "--backend-library", "x.so", ranks=2)
        self.assert_refused(process, "s.yaml", "nam")

    def test_a_backend_that_is_not_there_is_said_once(self):
        self.write("s.yaml", SMALL)
        self.assert_refused(self.call("run", "s.yaml", "--backend", "ncll", ranks=2), "ncll", "nccl")


if __name__ == "__main__":
    main()
