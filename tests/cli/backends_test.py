"""The same scenario on several libraries, and what is said of those that can't be used."""
import json
import os
import pathlib
import subprocess

from support import CliTest, MPIEXEC, NOT_MEASURED, PASS, PLUMBLINE, PRODUCTS, SMALL, main


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
                cases = json.loads(self.call("show", f"{backend}.h5", "--format", "json").stdout)["cases"]
                self.assertEqual(len(cases), 5)
                missing = next((case["why"] for case in cases if case["status"] == "skipped"), None)
                if missing:
                    self.assertIn("needs OpenBLAS", missing)
                    self.skipTest(missing)
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
                ("gloo", "./foreign.so", "this program for"), ("mpi", "x.so", "LD_LIBRARY_PATH"), ("sim", "x.so", "built in")]
        for backend, library, reason in rows:
            with self.subTest(f"{backend} {library}"):
                process = self.call("run", "s.yaml", "-o", "x.h5", "--backend", backend, "--backend-library", library)
                self.assert_refused(process, backend, reason)
                listed = self.call("list", "backends", "--backend", backend, "--backend-library", library).stdout
                self.assertIn("not usable", listed)
                self.assertIn(reason, listed)


if __name__ == "__main__":
    main()
