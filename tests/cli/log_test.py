# SPDX-License-Identifier: Apache-2.0
"""What a log collector reads: `run --log-json` and `--progress summary`."""
import json
import re

from support import PASS, ROOT, USAGE, CliTest, main

SCENARIO = """
plumbline: 1
name: logged
backend: sim
simulation: {ranks: 4, latency: 2us, bandwidth: 10GB/s, ranks_per_node: 2}
scale: {ranks: [2, 4]}
rounds: 2
batch: 1
cases:
  - {pattern: allreduce, bytes: [8, 1MiB]}
"""
FIELDS = {"begin": {"time", "event", "rounds", "cases", "bound_s"},
          "round": {"time", "event", "done", "rounds", "what", "case", "status", "why", "samples", "stop", "median_s", "ci_low_s", "ci_high_s"},
          "summary": {"time", "event", "done", "rounds", "failed", "elapsed_s", "left_s", "most_left_s", "now"},
          "message": {"time", "event", "level", "text"}}


class Log(CliTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SCENARIO)

    def objects(self, *arguments, status=PASS):
        made = self.call("run", *arguments, "--log-json")
        self.assertEqual(made.returncode, status, made.stderr)
        objects = [json.loads(line) for line in made.stderr.splitlines()]
        for each in objects:
            self.assertEqual(set(each), FIELDS[each["event"]])
        return objects

    def test_each_line_is_an_object_with_the_documented_fields(self):
        objects = self.objects("s.yaml", "-o", "x.h5")
        self.assertEqual([each["event"] for each in objects if each["event"] != "message"], ["begin"] + 8 * ["round"])
        self.assertEqual(objects[0]["rounds"], 8)
        self.assertEqual([each["done"] for each in objects if each["event"] == "round"], list(range(1, 9)))
        page = (ROOT / "docs/reference/cli.md").read_text(encoding="utf-8")
        for event, fields in FIELDS.items():
            row = re.search(rf"^\| `{event}` \|.*$", page, re.MULTILINE)[0]
            self.assertLessEqual(fields - {"time", "event"}, set(re.findall(r"`(\w+)`", row)), event)

    def test_a_refusal_is_an_object_too(self):
        self.objects("s.yaml", "-o", "x.h5")
        (refused,) = self.objects("s.yaml", "-o", "x.h5", status=USAGE)
        self.assertEqual((refused["event"], refused["level"]), ("message", "error"))
        self.assertIn("x.h5", refused["text"])

    def test_a_summary_is_a_line_at_the_end_of_a_run_below_a_minute(self):
        made = self.call("run", "s.yaml", "-o", "x.h5", "--progress", "summary")
        self.assertRegex(made.stderr, r"\A8 rounds of 4 cases, at most .*\n8 of 8 done in \d+ s\n\Z")
        (begin, summary) = self.objects("s.yaml", "-o", "y.h5", "--progress", "summary")
        self.assertEqual((begin["event"], summary["event"], summary["done"]), ("begin", "summary", 8))


if __name__ == "__main__":
    main()
