# SPDX-License-Identifier: Apache-2.0
"""JSON outputs against results/schemas, and the pandas example of the documentation."""
import json
import re
import subprocess
import sys

import jsonschema

from support import PASS, ROOT, CliTest, main

SCENARIO = """
plumbline: 1
name: schemas
backend: sim
simulation: {ranks: 4, latency: 2us, bandwidth: 10GB/s, ranks_per_node: 2}
scale: {ranks: [1, 2, 4]}
batch: 1
cases:
  - {pattern: allreduce, bytes: [8, 1MiB]}
  - {pattern: pipeline, schedule: 1f1b, microbatches: 4, activation_bytes: 1MiB, forward: 500us, backward: 1ms}
  - {pattern: data_parallel, compute: 10ms, gradient_bytes: 16MiB}
targets:
  - {name: linear, metric: weak_efficiency, where: {pattern: data_parallel}, base_ranks: 1, at_ranks: all, at_least: 0.5}
  - {name: ghost, metric: busbw, where: {pattern: allgather}, at_least: 1}
"""


class Schemas(CliTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SCENARIO)
        for name in ("a.h5", "b.h5"):
            self.call("run", "s.yaml", "-o", name)
            self.assertTrue((self.folder / name).exists())

    def assert_valid(self, schema, *arguments):
        made = self.call(*arguments, "--format", "json")
        document = json.loads(made.stdout)
        validator = jsonschema.Draft202012Validator(json.loads((ROOT / "results/schemas" / f"{schema}.json").read_text(encoding="utf-8")))
        self.assertEqual([f"{e.json_path}: {e.message}" for e in validator.iter_errors(document)], [])
        return document, validator

    def test_each_output_is_as_its_schema_says(self):
        self.write("imb.log", (ROOT / "tests/cli/logs/imb.log").read_text(encoding="utf-8"))
        self.call("import", "--from", "imb", "imb.log", "-o", "c.h5")
        for file in ("a.h5", "c.h5"):
            self.assert_valid("show", "show", file)
            self.assert_valid("check", "check", file)
            self.assert_valid("verify", "verify", file)
        self.assert_valid("compare", "compare", "a.h5", "b.h5", "--fail-if-worse", "5%", "--price", "1,2")
        self.assert_valid("compare", "compare", "c.h5", "c.h5")
        self.assert_valid("history", "history", ".")

    def test_a_schema_says_no_to_what_is_missing(self):
        document, validator = self.assert_valid("show", "show", "a.h5")
        del document["cases"][0]["median_s"]
        self.assertFalse(validator.is_valid(document))
        document, validator = self.assert_valid("check", "check", "a.h5")
        document["verdict"] = "GREEN"
        self.assertFalse(validator.is_valid(document))

    def test_the_pandas_example_finds_the_medians_of_the_file(self):
        made = subprocess.run([sys.executable, ROOT / "docs/examples/medians.py", "a.h5"], cwd=self.folder, text=True, capture_output=True)
        self.assertEqual(made.returncode, PASS, made.stderr)
        self.assertRegex(made.stdout, r"allreduce +1048576 +4")
        self.assertEqual(len(re.findall("ok", made.stdout)), 1)


if __name__ == "__main__":
    main()
