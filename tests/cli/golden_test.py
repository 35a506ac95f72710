# SPDX-License-Identifier: Apache-2.0
"""Text that people and scripts read, to the letter, on the simulated backend. PLUMBLINE_REGENERATE=1 accepts a change."""
import os
import pathlib
import re

from support import CliTest, main

GOLDEN = pathlib.Path(__file__).resolve().parent / "golden"

SCENARIO = """
plumbline: 1
name: golden
backend: sim
simulation: {ranks: 8, latency: 2us, bandwidth: 10GB/s, ranks_per_node: 4}
scale: {ranks: [1, 2, 4, 8]}
order: {shuffle: false}
batch: 1
cases:
  - {pattern: allreduce, bytes: [8, 4MiB]}
  - {pattern: alltoall, bytes: 1MiB}
  - {pattern: pipeline, schedule: 1f1b, microbatches: 8, activation_bytes: 1MiB, forward: 500us, backward: 1ms}
  - {pattern: data_parallel, compute: 10ms, gradient_bytes: 16MiB}
  - {pattern: pingpong, bytes: 1}
targets:
  - {name: linear-speedup, metric: weak_efficiency, where: {pattern: data_parallel}, base_ranks: 1, at_ranks: all, at_least: 0.90}
  - {name: across-nodes, metric: weak_efficiency, where: {pattern: data_parallel}, base_ranks: 1, at_ranks: all, at_least: 0.70, across_fabrics: true}
  - {name: bubble, metric: bubble_fraction, where: {pattern: pipeline}, at_ranks: 8, at_most: 0.5}
  - {name: retention, metric: busbw_retention, where: {pattern: allreduce, bytes: 4MiB}, base_ranks: 2, at_ranks: 4, at_least: 0.9}
  - {name: ghost, metric: busbw, where: {pattern: allgather}, at_least: 1}
"""

LINKS = """
plumbline: 1
name: links
backend: sim
simulation: {ranks: 6, faults: [{kind: node, node: 2, factor: 2}, {kind: link, nodes: [0, 4], way: out, factor: 1.25}, {kind: rank, rank: 1, factor: 1.5}]}
order: {shuffle: false}
batch: 1
cases:
  - {pattern: links, bytes: [8, 1MiB], compute: 1ms}
  - {pattern: links, bytes: 1MiB, traffic: both_ways}
"""


class Golden(CliTest):
    def compare(self, name, text):
        text = re.sub(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?( UTC|Z)?", "<time>", text)
        # Nine digits: the last ones of a virtual time depend on what was simulated before it.
        text = re.sub(r"\d+\.\d{10,}(e-?\d+)?", lambda number: f"{float(number[0]):.9g}", text)
        path = GOLDEN / name
        if os.environ.get("PLUMBLINE_REGENERATE"):
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        self.assertEqual(text, path.read_text(encoding="utf-8"))

    def test_outputs(self):
        self.write("s.yaml", SCENARIO)
        run = self.call("run", "s.yaml", "-o", "x.h5")
        self.compare("run.txt", run.stdout)
        # A slow machine has lines of a case that goes on, too, and times of minutes.
        finished = "".join(line for line in run.stderr.splitlines(keepends=True) if "samples so far" not in line)
        self.compare("progress.txt", re.sub(r"(\d %) .*?(left|in all) *", r"\1 TIME  ", finished))
        for command, form in (("show", "text"), ("show", "csv"), ("check", "text"), ("check", "json"), ("check", "junit")):
            with self.subTest(f"{command} {form}"):
                self.compare(f"{command}.{form}", self.call(command, "x.h5", "--format", form).stdout)
        self.compare("dry-run.txt", self.call("run", "s.yaml", "--dry-run").stdout)

    def test_diagnosis(self):
        self.write("links.yaml", LINKS)
        self.call("run", "links.yaml", "-o", "links.h5")
        self.compare("links-show.text", self.call("show", "links.h5").stdout)
        for form in ("text", "json"):
            with self.subTest(form):
                self.compare(f"diagnose.{form}", self.call("diagnose", "links.h5", "--format", form).stdout)

    def test_lists(self):
        self.compare("patterns.txt", self.call("list", "patterns").stdout)
        self.compare("metrics.txt", self.call("list", "metrics").stdout)


if __name__ == "__main__":
    main()
