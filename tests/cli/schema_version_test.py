# SPDX-License-Identifier: Apache-2.0
"""Files of other versions: newer ones get one clear sentence from every command that reads, older ones are read."""
import json
import os
import re

import h5py
import numpy as np

from support import INCONCLUSIVE, NOT_MEASURED, PASS, ROOT, CliTest, main, seconds

SCENARIO = """
plumbline: 1
name: version
backend: sim
simulation: {ranks: 4, ranks_per_node: 1}
batch: 1
stop: {min_samples: 10, max_samples: 10}
cases:
  - {pattern: allreduce, bytes: [8, 1MiB]}
targets:
  - {name: bw, metric: busbw, where: {pattern: allreduce, bytes: 1MiB}, at_least: 1}
"""

# Files that the program wrote when schema 1 was the present one, and what it said of them.
DATA = ROOT / "tests/cli/data"
READERS = (("show", "{}"), ("check", "{}"), ("report", "{}", "-o", "out.html"), ("compare", "{}", "{}"), ("compare", "good.h5", "{}"),
           ("diagnose", "{}"), ("project", "{}", "--ranks", "64"))

# What came after the first files of schema 1: attributes, datasets and columns that a reader has to do without.
LATER_ATTRIBUTES = ("stand_in",)
LATER_DATASETS = ("launches", "headers", "probes", "machine_states", "round_states", "environment/library_log")
LATER_COLUMNS = ("launches", "late", "interval_over", "unstable", "autocorrelation", "half_ratio", "machine_state", "rounds_left_out", "neighbour_s", "copy_s",
                 "overlap_fraction", "compute_slowdown", "communication_slowdown", "tensor_share", "pipeline_share", "data_share", "expert_share",
                 "mfu", "hfu", "tokens_per_s", "skew_factor", "critical_rank", "median_start_skew_s", "exposed_s", "isolated_s",
                 "congestion_impact", "congestion_impact_low", "congestion_impact_high", "congestion_impact_p99", "congestion_impact_p99_low",
                 "congestion_impact_p99_high")
LATER_OF_ROUND = ("timeline", "interference", "machine_s", "copy_s", "start_offset_s", "late", "isolated")
LATER_ROUND_ATTRIBUTES = ("launch", "critical_rank", "clock_error_s")


class SchemaVersion(CliTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SCENARIO)
        self.assertEqual(self.call("run", "s.yaml", "-o", "good.h5", "-q").returncode, PASS)

    def copy(self, name, of=None):
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes((of or self.folder / "good.h5").read_bytes())
        return path

    def made_older(self, name):
        """The file as the first version would have written it."""
        path = self.copy(name, DATA / "schema_1_links.h5")
        with h5py.File(path, "r+") as run:
            for attribute in LATER_ATTRIBUTES:
                del run.attrs[attribute]
            for dataset in LATER_DATASETS:
                if dataset in run:
                    del run[dataset]
            rows = run["summary"]
            kept = [column for column in rows.dtype.names if column not in LATER_COLUMNS]
            self.assertLess(len(kept), len(rows.dtype.names))
            values = rows[:][kept]
            del run["summary"]
            run.create_dataset("summary", data=values, dtype=[(column, values.dtype[column]) for column in kept])
            for case in run["cases"].values():
                for of_round in case["rounds"].values():
                    for dataset in LATER_OF_ROUND:
                        if dataset in of_round:
                            del of_round[dataset]
                    for attribute in LATER_ROUND_ATTRIBUTES:
                        if attribute in of_round.attrs:
                            del of_round.attrs[attribute]
        return path

    def test_a_newer_file_gets_one_sentence_from_every_command_that_reads(self):
        with h5py.File(self.copy("newer.h5"), "r+") as run:
            run.attrs.modify("plumbline_schema", 3)
        for command in READERS:
            with self.subTest(" ".join(command)):
                self.assert_refused(self.call(*(word.format("newer.h5") for word in command)), "'newer.h5' has schema 3", "reads up to 2",
                                    "Use a newer plumbline")
        self.assertFalse((self.folder / "out.html").exists())
        for more in ("--resume", "--append"):
            self.assert_refused(self.call("run", "s.yaml", "-o", "newer.h5", more), "'newer.h5' has schema 3")

    def test_a_folder_of_newer_files_alone_is_refused_and_one_among_others_is_named(self):
        with h5py.File(self.copy("runs/newer.h5"), "r+") as run:
            run.attrs.modify("plumbline_schema", 3)
        self.assert_refused(self.call("history", "runs"), "newer.h5' has schema 3")
        for night in range(4):
            self.copy(f"runs/{night}.h5")
        listed = self.call("history", "runs")
        self.assertEqual(listed.returncode, PASS, listed.stderr)
        self.assertEqual((listed.stdout + listed.stderr).count("newer.h5' has schema 3"), 1)

    def assert_said_before(self, kept, said):
        if os.environ.get("PLUMBLINE_REGENERATE"):
            (DATA / kept).write_text(said, encoding="utf-8")
        self.assertEqual(said, (DATA / kept).read_text(encoding="utf-8"))

    def test_a_file_of_schema_1_says_what_it_said_before(self):
        for name in ("schema_1", "schema_1_links"):
            self.copy(f"{name}.h5", DATA / f"{name}.h5")
            for command, kept in ((("show", "--format", "json"), "show.json"), (("check",), "check.txt"), (("diagnose",), "diagnose.txt")):
                with self.subTest(f"{name} {kept}"):
                    read = self.call(command[0], f"{name}.h5", *command[1:])
                    self.assertEqual(read.returncode, PASS, read.stderr)
                    self.assert_said_before(f"{name}.{kept}", read.stdout)
            report = self.call("report", f"{name}.h5", "-o", "page.html")
            self.assertEqual(report.returncode, PASS, report.stderr)
            page = (self.folder / "page.html").read_text(encoding="utf-8")
            data = json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)[1])
            self.assert_said_before(f"{name}.report.json", json.dumps(data["runs"][0]["cases"], sort_keys=True) + "\n")

    def move_to_this_machine(self, run):
        """A launch is added on the machine that measured the others: as if that had been this one."""
        with h5py.File(self.folder / "good.h5") as good:
            here = dict(good["environment/facts"][:].tolist())
        facts = [(name, here[name] if name in (b"kernel", b"processor", b"processors online") else value)
                 for name, value in run["environment/facts"][:].tolist()]
        described = dict(run["environment/facts"].attrs)
        del run["environment/facts"]
        run.create_dataset("environment/facts", data=np.array(facts, dtype=[("name", "S64"), ("value", "S256")])).attrs.update(described)

    def test_another_launch_brings_a_file_of_schema_1_to_the_present_one(self):
        self.copy("x.h5", DATA / "schema_1_links.h5")
        with h5py.File(self.folder / "x.h5", "r+") as run:
            self.write("links.yaml", run["scenario"][()].decode())
            self.move_to_this_machine(run)
            before = run["cases/000000/rounds/0/samples_s"][:]
        appended = self.call("run", "links.yaml", "-o", "x.h5", "--append", "-q")
        self.assertEqual(appended.returncode, INCONCLUSIVE, appended.stderr)  # two launches are too few for an interval
        with h5py.File(self.folder / "x.h5") as run:
            self.assertEqual(run.attrs["plumbline_schema"], 2)
            first = run["cases/000000/rounds/0"]
            self.assertTrue(np.array_equal(seconds(first), before))
            self.assertIn("send_peer", first)
            self.assertNotIn("sends_to", first)
            self.assertEqual(len(run["cases/000000/rounds"]), 2)

    def test_a_file_of_the_first_version_is_read_by_every_command(self):
        self.made_older("older.h5")
        self.copy("good.h5", DATA / "schema_1_links.h5")
        for command in READERS:
            status = NOT_MEASURED if command[0] == "project" else PASS  # the target's metric is not projected
            with self.subTest(" ".join(command)):
                read = self.call(*(word.format("older.h5") for word in command))
                self.assertEqual(read.returncode, status, read.stderr + read.stdout)
                self.assertEqual(read.stderr, "")
        self.assertEqual(self.call("show", "older.h5", "--format", "csv").stdout.count("allreduce"), 2)
        self.assertEqual(self.call("check", "older.h5").stdout, (DATA / "schema_1_links.check.txt").read_text(encoding="utf-8"))
        for night in range(4):
            self.made_older(f"runs/{night}.h5")
        self.assertEqual(self.call("history", "runs").returncode, PASS)


if __name__ == "__main__":
    main()
