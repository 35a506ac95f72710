# SPDX-License-Identifier: Apache-2.0
"""`plumbline import`: logs written for this project in each tool's format, with what is found in the wild around them."""
import json
import os
import pathlib
import shutil

import jsonschema

from support import FAIL, INCONCLUSIVE, NOT_MEASURED, PASS, CliTest, main

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
LOGS = {
    "nccl-tests.log": ["nccl-tests"],
    "nccl-tests-old-broadcast.log": ["nccl-tests", "--pattern", "broadcast"],
    "nccl-tests-two-tables-cut.log": ["rccl-tests"],
    "nccl-tests-split.log": ["nccl-tests"],
    "nccl-tests.json": ["nccl-tests"],
    "osu.log": ["osu", "--ranks", "4", "--nodes", "2"],
    "osu-types.log": ["osu", "--ranks", "4"],
    "imb.log": ["imb"],
    "hccl_test.log": ["hccl_test", "--ranks", "8"],
    "hccl_test-types.log": ["hccl_test", "--ranks", "8"],
    "nccl-tests-samples.json": ["nccl-tests"],
    "osu-messages.log": ["osu"],
    "imb-messages.log": ["imb"],
    "perftest.log": ["perftest"],
    "all_reduce_bench.log": ["all_reduce_bench"],
    "table.csv": ["table"],
    "table.json": ["table"],
}
COLUMNS = ["pattern", "dtype", "op", "in_place", "root", "bytes", "ranks", "nodes", "status", "coverage", "median_s", "ci_low_s", "ci_high_s", "reported_s", "busbw_GBps"]


class Import(CliTest):
    def bring(self, name, *more):
        shutil.copy(HERE / "logs" / name, self.folder / name)
        return self.call("import", "--from", *LOGS[name], name, "-o", "x.h5", "--force", *more)

    def test_each_log_gives_the_cases_that_are_in_it(self):
        found = []
        for name in LOGS:
            made = self.bring(name)
            self.assertEqual(made.returncode, PASS, f"{name}: {made.stderr}")
            found += [f"{name}: {made.stdout.strip()}", *made.stderr.splitlines()]
            for case in json.loads(self.call("show", "x.h5", "--format", "json").stdout)["cases"]:
                found.append("  " + " ".join(f"{column}={case[column]}" for column in COLUMNS) +
                             "".join(f" {key}={value}" for key, value in case["parameters"].items()) +
                             (f" why={case['why']}" if case["why"] else ""))
        golden = HERE / "golden" / "import.txt"
        text = "\n".join(found) + "\n"
        if os.environ.get("PLUMBLINE_REGENERATE"):
            golden.write_text(text, encoding="utf-8")
        self.assertEqual(text, golden.read_text(encoding="utf-8"))

    def test_secrets_of_the_environment_are_not_taken_over(self):
        self.bring("nccl-tests.json")
        self.assertNotIn(b"hunter2", (self.folder / "x.h5").read_bytes())

    def test_targets_are_judged_on_points_only_when_the_user_says_so(self):
        self.write("t.yaml", "targets:\n  - {name: bw, metric: busbw, where: {pattern: broadcast, bytes: 128MiB}, at_least: 19}\n")
        self.bring("nccl-tests-old-broadcast.log", "--targets", "t.yaml")
        refused = self.call("check", "x.h5")
        self.assertEqual(refused.returncode, NOT_MEASURED, refused.stdout)
        self.assertIn("--allow-point-values", refused.stdout)
        allowed = self.call("check", "x.h5", "--allow-point-values")
        self.assertEqual(allowed.returncode, PASS, allowed.stdout)
        self.assertIn("verdict: PASS (on point values: no samples, no intervals)", allowed.stdout)

    def test_wrong_data_fails_a_log_whatever_its_targets_say(self):
        self.write("t.yaml", "targets:\n  - {name: bw, metric: busbw, where: {pattern: allreduce, bytes: 1MiB}, at_least: 19}\n")
        self.bring("nccl-tests.log", "--targets", "t.yaml")  # its in-place data of 1 GiB was wrong
        for arguments in ((), ("--allow-point-values",)):
            failed = self.call("check", "x.h5", *arguments)
            self.assertEqual(failed.returncode, FAIL, failed.stdout)
            self.assertIn("FAIL          right-data", failed.stdout)
            self.assertIn("1 of 6 cases had wrong data", failed.stdout)

    def test_the_table_says_what_the_numbers_are(self):
        self.bring("imb.log")
        table = self.call("show", "x.h5").stdout
        self.assertIn("as reported, without samples: mean of the repetitions, slowest rank (t_max)", table)
        self.assertIn("[none]", table)
        for word in ("0 hosts", "median", "slowest rank's", "one launch"):
            self.assertNotIn(word, table)
        self.assertEqual(self.call("report", "x.h5").returncode, PASS)

    def test_two_logs_stand_side_by_side_as_point_values(self):
        for name in ("a", "b"):
            self.write(f"{name}.csv", "pattern,bytes,ranks,time_us,estimator\n"
                       f"allreduce,1024,4,{'10' if name == 'a' else '20'},mean of {name}\nallgather,1024,4,5,mean of {name}\n")
            self.call("import", "--from", "table", f"{name}.csv", "-o", f"{name}.h5")
        compared = self.call("compare", "a.h5", "b.h5", "--fail-if-worse", "5%")
        self.assertEqual(compared.returncode, INCONCLUSIVE, compared.stderr)
        self.assertRegex(compared.stdout, r"allreduce .* 0.500 \[none\] - +point value")
        self.assertIn("point value: of a log, without samples; no interval, and no difference is shown\n  A: mean of a\n  B: mean of b\n", compared.stdout)
        cases = json.loads(self.call("compare", "a.h5", "b.h5", "--format", "json").stdout)["cases"]
        self.assertEqual([(c["ratio"], c["ci_low"], c["point_value"]) for c in cases], [(0.5, None, True), (1.0, None, True)])
        self.assertEqual(self.call("compare", "a.h5", "b.h5", "--format", "html", "-o", "c.html").returncode, PASS)

    def test_the_schema_of_the_table_and_the_importer_agree(self):
        validator = jsonschema.Draft202012Validator(json.loads((ROOT / "results/schemas/import-table.json").read_text(encoding="utf-8")))
        good = json.loads((HERE / "logs" / "table.json").read_text(encoding="utf-8"))
        self.assertTrue(validator.is_valid(good))
        for change in ({"ranks": 0}, {"tim_us": 1}, {"time_us": -1}, {"samples_us": None}, {"in_place": "maybe"}):
            bad = json.loads(json.dumps(good))
            bad["cases"][0].update(change)
            self.write("bad.json", json.dumps(bad))
            self.assertFalse(validator.is_valid(bad), change)
            self.assert_refused(self.call("import", "--from", "table", "bad.json", "-o", "bad.h5"), next(iter(change)))
        self.assertEqual(list(self.folder.glob("bad.h5*")), [])

    def test_a_pattern_of_logs_alone_can_be_judged_and_not_run(self):
        self.write("t.yaml", "targets:\n  - {name: bw, metric: busbw, where: {pattern: unidirectional, bytes: 64KiB}, at_least: 48}\n")
        self.bring("perftest.log", "--targets", "t.yaml")
        judged = self.call("check", "x.h5", "--allow-point-values")
        self.assertEqual(judged.returncode, PASS, judged.stdout)
        self.write("s.yaml", "plumbline: 1\nname: s\ncases:\n  - {pattern: unidirectional, bytes: 8}\n")
        self.assert_refused(self.call("validate", "s.yaml"), "of other suites' logs alone")

    def test_a_log_comes_from_a_pipe_too(self):
        made = self.call("import", "--from", "imb", "-", "-o", "y.h5", input=(HERE / "logs/imb.log").read_text(encoding="utf-8"))
        self.assertEqual((made.returncode, made.stdout), (PASS, "wrote y.h5: 4 cases of imb, without samples\n"), made.stderr)

    def test_wrong_input_is_refused(self):
        (self.folder / "x.log").write_bytes(os.urandom(5000))
        self.assert_refused(self.call("import", "--from", "osu", "x.log"), "no result of osu in the log")
        self.assert_refused(self.call("import", "--from", "osu", "no.log"), "no.log")
        self.assert_refused(self.call("import", "--from", "nope", "x.log"), "nope")
        self.assertEqual(list(self.folder.glob("*.h5*")), [])
        self.bring("imb.log")
        self.assert_refused(self.call("import", "--from", "imb", "imb.log", "-o", "x.h5"), "x.h5")


if __name__ == "__main__":
    main()
