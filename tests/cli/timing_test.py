# SPDX-License-Identifier: Apache-2.0
"""`timing: chained`, `calls: native` and the table of nccl-tests, on the libraries that there are."""
import csv
import io
import json
import os
import re

from support import NOT_MEASURED, PASS, CliTest, main

LIBRARY = os.environ["FAKE_NCCL"]

BOTH = """
plumbline: 1
name: both
order: {shuffle: false}
stop: {min_samples: 6, max_samples: 6, max_seconds: 20}
cases:
  - {pattern: allreduce, bytes: 4KiB, timing: [drained, {chained: 5}], in_place: both}
  - {pattern: alltoall, bytes: 4KiB, timing: [drained, chained], calls: [grouped, native]}
  - {pattern: gather, bytes: 4KiB, calls: native, in_place: both}
  - {pattern: scatter, bytes: 4KiB, calls: native, in_place: both}
"""

# Some that nccl-tests has a table for (the others are in nccl_table_test.cpp), and some that it hasn't.
TABLES = """
plumbline: 1
name: tables
backend: sim
simulation: {ranks: 8, ranks_per_node: 2, bandwidth: 20GB/s, launch: 10us}
order: {shuffle: false}
stop: {min_samples: 6, max_samples: 6}
cases:
  - {pattern: allreduce, bytes: [8, 64KiB], dtype: [float32, bfloat16], in_place: both, timing: chained}
  - {pattern: [PATTERN], bytes: [1KiB, 64KiB], timing: chained}
  - {pattern: pingpong, bytes: 8}
  - {pattern: barrier}
"""
PATTERNS = ["allgather", "broadcast", "alltoall"]


class Timing(CliTest):
    def shown(self, output="x.h5"):
        return json.loads(self.call("show", output, "--format", "json").stdout)["cases"]

    def run_on(self, backend, scenario, ranks=3, faults="", output="x.h5", more=()):
        self.write("s.yaml", scenario)
        library = ["--backend-library", LIBRARY] if backend == "nccl" else []
        return self.call("run", "s.yaml", "-o", output, "--backend", backend, *library, *more, ranks=ranks,
                         environment={"PLUMBLINE_FAKE": faults})

    def test_both_timings_and_both_ways_of_calling_are_measured_in_one_launch_and_told_apart(self):
        process = self.run_on("nccl", BOTH)
        self.assertEqual(process.returncode, NOT_MEASURED, process.stderr)
        cases = self.shown()
        self.assertEqual({case["status"] for case in cases}, {"measured"}, [case["why"] for case in cases])
        self.assertEqual({case["coverage"] for case in cases}, {"verified"})
        told = [(case["pattern"], case["timing"], case["parameters"]) for case in cases]
        chained = {"timing": "chained", "chain": "20"}
        self.assertEqual(told[:8], [
            ("allreduce", "drained", {}), ("allreduce", "chained", {"timing": "chained", "chain": "5"}),
            ("allreduce", "drained", {}), ("allreduce", "chained", {"timing": "chained", "chain": "5"}),
            ("alltoall", "drained", {}), ("alltoall", "chained", chained),
            ("alltoall", "drained", {"calls": "native"}), ("alltoall", "chained", {"calls": "native", **chained})])
        rows = list(csv.DictReader(io.StringIO(self.call("show", "x.h5", "--format", "csv").stdout)))
        self.assertEqual([row["timing"] for row in rows[:2]], ["drained", "chained"])
        import h5py
        with h5py.File(self.folder / "x.h5", "r") as run:
            self.assertEqual(set(run["cases/000001/rounds/0/batch"][:]), {5})
            self.assertEqual(set(run["cases/000005/rounds/0/batch"][:]), {20})

    def test_wrong_data_at_the_end_of_a_chain_and_in_a_native_call_fails_the_case(self):
        process = self.run_on("nccl", BOTH, faults="wrong call=ncclAllReduce rank=1;wrong call=ncclAlltoAll rank=2")
        self.assertEqual(process.returncode, NOT_MEASURED, process.stderr)  # a stand-in's
        failed = [(case["pattern"], case["parameters"].get("calls"), case["timing"])
                  for case in self.shown() if case["status"] == "failed"]
        self.assertEqual(failed, [("allreduce", None, "drained"), ("allreduce", None, "chained")] * 2 +
                         [("alltoall", "native", "drained"), ("alltoall", "native", "chained")])

    def test_an_older_library_has_no_native_calls_and_says_its_version(self):
        self.run_on("nccl", BOTH, faults="version value=22703", ranks=2)
        skipped = [case for case in self.shown() if case["status"] == "skipped"]
        self.assertEqual([case["pattern"] for case in skipped], ["alltoall", "alltoall", "gather", "gather", "scatter", "scatter"])
        self.assertIn("this library has no ncclAlltoAll (NCCL has it from 2.28.0 on, and this is 2.27.3)", skipped[0]["why"])

    def test_mpi_chains_collectives_and_no_pairs_and_gloo_chains_nothing(self):
        scenario = """
            plumbline: 1
            name: s
            order: {shuffle: false}
            stop: {min_samples: 6, max_samples: 6}
            cases:
              - {pattern: allreduce, bytes: 4KiB, timing: [drained, chained], in_place: both}
              - {pattern: sendrecv, bytes: 4KiB, timing: chained}
              - {pattern: alltoall, bytes: 4KiB, calls: native}
        """
        self.assertEqual(self.run_on("mpi", scenario, ranks=2).returncode, PASS)
        cases = self.shown()
        self.assertEqual([case["status"] for case in cases], ["measured"] * 4 + ["skipped"] * 2, cases)
        self.assertIn("no collective of MPI's, so it has no single non-blocking form). Use timing: drained", cases[4]["why"])
        self.assertIn("leave 'calls' out", cases[5]["why"])
        self.assertEqual(self.run_on("gloo", scenario, ranks=2, output="y.h5").returncode, PASS)
        self.assertEqual([case["status"] for case in self.shown("y.h5")],
                         ["measured", "skipped", "measured", "skipped", "skipped", "skipped"])
        self.assertIn("nothing queues). Use timing: drained", self.shown("y.h5")[1]["why"])

    def test_no_command_holds_chains_against_drained_operations(self):
        for timing, output in (("drained", "x.h5"), ("chained", "y.h5")):
            self.write("s.yaml", f"""
                plumbline: 1
                name: s
                backend: sim
                cases:
                  - {{pattern: allreduce, bytes: 1MiB, timing: {timing}}}
                targets:
                  - {{name: bw, metric: busbw, where: {{pattern: allreduce}}, at_ranks: all, at_least: 1GB/s}}
            """)
            run = self.call("run", "s.yaml", "-o", output)
            self.assertEqual(run.returncode, PASS if timing == "drained" else NOT_MEASURED, run.stdout + run.stderr)
        self.assertIn("only cases of chained operations match. Add 'timing: chained' to its 'where'", run.stdout)
        compared = self.call("compare", "x.h5", "y.h5")
        self.assertIn("timing", compared.stdout + compared.stderr)
        self.assertNotIn("slower", compared.stdout)
        self.assertEqual(len(json.loads(self.call("history", ".", "--format", "json").stdout)["series"]), 2)

    def test_the_table_of_nccl_tests_is_read_back_with_the_same_numbers(self):
        self.write("s.yaml", TABLES.replace("  - {pattern: [PATTERN], bytes: [1KiB, 64KiB], timing: chained}\n", "".join(
            f"  - {{pattern: {pattern}, bytes: [1KiB, 64KiB], timing: chained}}\n" for pattern in PATTERNS)))
        self.assertEqual(self.call("run", "s.yaml", "-o", "x.h5").returncode, PASS)
        table = self.call("show", "x.h5", "--format", "nccl-tests")
        self.assertEqual(table.returncode, PASS, table.stderr)
        self.write("table.log", table.stdout)
        self.assertEqual(table.stdout.count("# Collective test starting: "), 1 + len(PATTERNS))
        self.assertEqual(table.stdout.count("# Out of bounds values : 0 OK"), 1 + len(PATTERNS))
        self.assertIn("# timing: chained, 20 operations are enqueued and waited for once, as nccl-tests does with -n 20", table.stdout)
        self.assertIn("# left out: ping-pong", table.stdout)
        self.assertIn("# left out: barrier", table.stdout)
        self.assertIn("Judge rows, never this line", table.stdout)
        brought = self.call("import", "--from", "nccl-tests", "table.log", "-o", "y.h5")
        self.assertEqual((brought.returncode, brought.stderr), (PASS, ""))
        key = ["pattern", "total_bytes", "dtype", "op", "ranks", "nodes"]

        def numbers(case, time_s):
            in_place = case["in_place"] or case["pattern"] == "broadcast"
            return tuple(case[name] for name in key) + (in_place, case["coverage"], case["bus_factor"]), time_s * 1e6

        here = dict(numbers(case, case["median_s"]) for case in self.shown() if case["pattern"] not in ("pingpong", "barrier"))
        there = dict(numbers(case, case["reported_s"]) for case in self.shown("y.h5"))
        self.assertEqual(set(here), set(there))
        self.assertEqual(len(here), 8 + 2 * len(PATTERNS))
        for identity, mine in here.items():
            printed = 0.005 if mine < 10000 else 0.05 if mine < 100000 else 0.5  # half of a unit of what fits seven columns
            self.assertAlmostEqual(mine, there[identity], delta=1.001 * printed, msg=f"{identity}")

    def test_the_table_of_nccl_tests_counts_wrong_data_and_says_what_it_leaves_out(self):
        self.run_on("nccl", BOTH.replace("bytes: 4KiB, timing: [drained, {chained: 5}]", "bytes: [4KiB, 8KiB]"),
                    faults="wrong call=ncclAllReduce after=40 rank=1")
        table = self.call("show", "x.h5", "--format", "nccl-tests").stdout
        self.assertIn("# stand-in: a library for tests", table)
        self.assertRegex(table, r"# Out of bounds values : [1-4] FAILED")
        self.assertRegex(table, r"# left out: allreduce, .* \(failed: wrong data on rank 1")
        self.assertIn("# timing: drained", table)
        rows = [line.split() for line in table.splitlines() if re.match(r" +4092 +341 ", line)]
        self.assertTrue(all(len(row) == 13 for row in rows) and rows, table)


if __name__ == "__main__":
    main()
