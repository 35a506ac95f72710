# SPDX-License-Identifier: Apache-2.0
"""Bad input: one clear sentence, the right exit status, nothing lost."""
import os

from support import CliTest, NOT_MEASURED, ROOT, SMALL, USAGE, main


class Scenarios(CliTest):
    # (what is wrong, change to the small scenario, what the sentence must name)
    ROWS = [
        ("unknown key", ("stop: {max_seconds", "stop: {max_second"), ["max_second", "max_seconds", "s.yaml:"]),
        ("unknown pattern", ("pattern: allreduce", "pattern: alreduce"), ["alreduce", "allreduce", "s.yaml:"]),
        ("wrong type", ("min_samples: 10", "min_samples: ten"), ["min_samples", "ten"]),
        ("negative size", ("bytes: [8, 64KiB]", "bytes: [-8]"), ["-8", "bytes"]),
        ("overflowing size", ("bytes: [8, 64KiB]", "bytes: 99999999999999999999"), ["bytes", "99999999999999999999"]),
        ("ranks above the launch", ("ranks: [1, all]", "ranks: [64]"), ["64"]),
        ("no ranks", ("ranks: [1, all]", "ranks: [0]"), ["ranks", "0"]),
        ("confidence", ("relative_ci: 0.5", "confidence: 95"), ["confidence", "95"]),
        ("no YAML", ("scale: {ranks", "scale: {{ranks"), ["s.yaml:"]),
        ("wrong version", ("plumbline: 1", "plumbline: 7"), ["7"]),
        ("key of another pattern", ("pattern: alltoall, bytes: 64KiB", "pattern: alltoall, bytes: 64KiB, op: sum"), ["op", "alltoall"]),
    ]

    def test_each_mistake_is_named(self):
        for label, (old, new), fragments in self.ROWS:
            with self.subTest(label):
                self.assertIn(old, SMALL)
                path = self.write("s.yaml", SMALL.replace(old, new))
                self.assert_refused(self.call("run", path, "-o", "x.h5", "--backend", "sim"), *fragments)
                self.assertFalse((self.folder / "x.h5").exists())

    def test_validate_says_the_same_as_run(self):
        path = self.write("s.yaml", SMALL.replace("pattern: allreduce", "pattern: alreduce"))
        self.assert_refused(self.call("validate", path), "alreduce", "allreduce")
        path = self.write("s.yaml", SMALL)
        self.assertEqual(self.call("validate", path).returncode, 0)

    # Of workloads: (what is wrong, the case, further settings, what the sentence must name)
    STEP = "pattern: training_step, model: megascale-175b, tensor: 8, compute_flops: 1e12, "
    WORKLOADS = [
        ("a grid that doesn't multiply to the ranks", STEP + "pipeline: 2, batch_per_replica: 8", "scale: {ranks: [24]}",
         ["s.yaml:4:", "'cases[0]'", "24 ranks", "tensor 8 x pipeline 2 = 16", "16 and 32"]),
        ("layers that don't divide", STEP + "pipeline: 7, batch_per_replica: 8", "",
         ["s.yaml:4:", "'cases[0].pipeline' is '7'", "96 layers", "6 and 8"]),
        ("experts that don't divide", "pattern: expert_parallel, experts: 8, top_k: 2", "scale: {ranks: [3]}",
         ["s.yaml:4:", "'cases[0]'", "8 experts", "3 ranks", "6 and 9"]),
        ("a routing file of another shape", "pattern: expert_parallel, skew: {kind: matrix, file: routing.txt}", "scale: {ranks: [4]}",
         ["s.yaml:4:", "'cases[0]'", "routing.txt", "4 x 4", "2 ranks"]),
        ("no peak for mfu", STEP + "batch_per_replica: 8, compute_kind: gemm", "targets: [{name: m, metric: mfu, at_least: 50%}]",
         ["s.yaml:4:", "'cases[0].peak_flops'", "mfu", "312e12"]),
        ("an unreachable scale", STEP + "batch_per_replica: 8",
         "scale: {ranks: [8, 16]}\ntargets: [{name: w, metric: weak_efficiency, at_ranks: 64, at_least: 90%}]",
         ["s.yaml:6:", "'targets[0].at_ranks' is '64'", "16"]),
        ("a micro-batch that doesn't divide", STEP + "microbatch: 3, batch_per_replica: 8", "",
         ["s.yaml:4:", "'cases[0].batch_per_replica' is '8'", "microbatch 3", "6 and 9"]),
        ("a batch that doesn't divide", STEP + "global_batch: 9", "scale: {ranks: [16]}",
         ["s.yaml:4:", "'cases[0]'", "global_batch 9", "2 replicas", "8 and 10"]),
        ("buckets without end", "pattern: data_parallel, forward: 1ms, backward: 1ms, gradient_bytes: 16GB, bucket_bytes: 25", "",
         ["s.yaml:4:", "'cases[0].bucket_bytes' is '25'", "639958058 buckets", "100000", "25MiB"]),
        ("tokens beside a routing file", "pattern: expert_parallel, tokens: 64, skew: {kind: matrix, file: routing.txt}", "",
         ["s.yaml:4:", "'cases[0].tokens'", "skew.file", "Remove it"]),
        ("experts beside a routing file", "pattern: expert_parallel, experts: 64, skew: {kind: matrix, file: routing.txt}", "",
         ["s.yaml:4:", "'cases[0].experts'", "skew.file", "Remove it"]),
    ]

    def test_validate_names_what_can_be_known_of_a_workload(self):
        self.write("routing.txt", "0 8\n8 0\n")
        for label, case, rest, fragments in self.WORKLOADS:
            with self.subTest(label):
                self.write("s.yaml", f"plumbline: 1\nname: s\ncases:\n  - {{{case}}}\n{rest}\n")
                sentence = self.assert_refused(self.call("validate", "s.yaml"), *fragments)
                self.assertIn("). ", sentence, "problem (why). suggestion")

    def test_validate_knows_all_when_told_the_ranks(self):
        self.write("s.yaml", f"plumbline: 1\nname: s\ncases:\n  - {{{self.STEP} batch_per_replica: 8}}\n")
        self.assertEqual(self.call("validate", "s.yaml").returncode, 0)
        self.assertEqual(self.call("validate", "s.yaml", "--ranks", 16).returncode, 0)
        self.assert_refused(self.call("validate", "s.yaml", "--ranks", 12), "12 ranks", "8 and 16")

    def test_scenarios_that_are_shipped_are_valid(self):
        for path in [ROOT / "scenarios/library/quickstart.yaml", *(ROOT / "scenarios/library").glob("*.yaml"), *(ROOT / "docs/examples").glob("*.yaml")]:
            with self.subTest(path.name):
                for arguments in ((), ("--ranks", 64)):
                    process = self.call("validate", path, *arguments)
                    self.assertEqual(process.returncode, 0, process.stderr)

    def test_a_file_without_samples_has_nothing_to_diagnose(self):
        self.call("import", "--from", "osu", ROOT / "tests/cli/logs/osu.log", "--ranks", 4, "--nodes", 2,
                  "-o", "osu.h5")
        self.assert_refused(self.call("diagnose", "osu.h5"), "osu.h5", "nothing to diagnose")
        path = self.write("s.yaml", SMALL)
        self.call("run", path, "-o", "x.h5", "--backend", "sim")
        self.assertIn("links: not measured", self.call("diagnose", "x.h5").stdout)
        self.assert_refused(self.call("diagnose", "no-such.h5"), "no-such.h5")
        self.assert_refused(self.call("diagnose", "x.h5", "--floor", "fast"), "--floor", "fast")

    def test_under_mpirun_the_sentence_comes_once(self):
        path = self.write("s.yaml", SMALL.replace("ranks: [1, all]", "ranks: [64]"))
        self.assert_refused(self.call("run", path, ranks=2), "64", "2")

    def test_a_missing_scenario(self):
        self.assert_refused(self.call("run", "no-such.yaml"), "no-such.yaml", "plumbline list scenarios")

    def test_overrides_are_checked_too(self):
        path = self.write("s.yaml", SMALL)
        self.assert_refused(self.call("run", path, "--set", "stop.max_second=1"), "max_second")
        self.assert_refused(self.call("run", path, "--set", "nonsense"), "nonsense")

    def test_an_unknown_backend(self):
        path = self.write("s.yaml", SMALL)
        self.assert_refused(self.call("run", path, "--backend", "nccll"), "nccll", "mpi")


class CommandLine(CliTest):
    def test_usage_errors(self):
        for arguments in ([], ["frobnicate"], ["run"], ["show"], ["show", "a", "--format", "xml"], ["run", "a", "--resume", "--force"]):
            with self.subTest(arguments):
                process = self.call(*arguments)
                self.assertEqual(process.returncode, USAGE)
                self.assertTrue(process.stderr.startswith("plumbline: "), process.stderr)
                self.assertEqual(process.stdout, "")

    def test_help_and_version_are_no_errors(self):
        for arguments in (["--help"], ["run", "--help"], ["--version"]):
            process = self.call(*arguments)
            self.assertEqual((process.returncode, process.stderr), (0, ""))


class Files(CliTest):
    def measured(self, name="good.h5"):
        path = self.write("s.yaml", SMALL)
        process = self.call("run", path, "-o", name, "--backend", "sim")
        self.assertEqual(process.returncode, 0, process.stderr)
        return self.folder / name

    def test_an_existing_file_is_never_overwritten_without_force(self):
        good = self.measured()
        before = good.read_bytes()
        self.assert_refused(self.call("run", "s.yaml", "-o", "good.h5", "--backend", "sim"), "good.h5", "--force")
        self.assertEqual(good.read_bytes(), before)
        self.assertEqual(self.call("run", "s.yaml", "-o", "good.h5", "--backend", "sim", "--force").returncode, 0)

    def test_a_missing_or_unwritable_folder_is_found_before_measuring(self):
        path = self.write("s.yaml", SMALL)
        process = self.call("run", path, "-o", "missing/x.h5", ranks=2)
        self.assert_refused(process, "missing")
        self.assertNotIn("[1/", process.stderr)
        self.assert_refused(self.call("run", path, "-o", "/proc/x.h5", "--backend", "sim"), "/proc")
        (self.folder / "folder.h5").mkdir()
        self.assert_refused(self.call("run", path, "-o", "folder.h5", "--backend", "sim"), "folder.h5")

    def test_foreign_and_truncated_files(self):
        good = self.measured().read_bytes()
        rows = {"empty.h5": b"", "text.h5": b"hello\n", "half.h5": good[: len(good) // 2], "head.h5": good[:100],
                "short.h5": good[:-1]}
        for name, content in rows.items():
            (self.folder / name).write_bytes(content)
            for command in ("show", "check"):
                with self.subTest(f"{command} {name}"):
                    self.assert_refused(self.call(command, name), name)
        self.assert_refused(self.call("show", "absent.h5"), "absent.h5")
        self.assert_refused(self.call("run", "s.yaml", "-o", "text.h5", "--resume", "--backend", "sim"), "text.h5")
        self.assertEqual((self.folder / "text.h5").read_bytes(), b"hello\n")

    def test_only_the_same_measurement_can_be_resumed(self):
        self.measured()
        process = self.call("run", "s.yaml", "-o", "good.h5", "--backend", "sim", "--resume", "--set", "simulation.ranks=5")
        self.assert_refused(process, "good.h5", "resume")

    def test_targets_that_match_no_case_are_not_measured_and_never_green(self):
        targets = """
        targets:
          - {name: ghost, metric: busbw, where: {pattern: allgather}, at_least: 1}
        """
        self.measured()
        self.write("t.yaml", targets)
        process = self.call("check", "good.h5", "--targets", "t.yaml")
        self.assertEqual(process.returncode, NOT_MEASURED, process.stdout + process.stderr)
        self.assertIn("NOT_MEASURED", process.stdout)
        self.assertNotIn("PASS", process.stdout)

    def test_a_wrong_bound_on_hangs_touches_no_file(self):
        good = self.measured()
        before = good.read_bytes()
        path = self.write("s.yaml", SMALL)
        for options in (("--force",), ("--append",)):
            self.assert_refused(self.call("run", path, "-o", "good.h5", "--backend", "sim", *options, "--hang-after", "0.5s"), "--hang-after", "0.5s")
            self.assertEqual(good.read_bytes(), before)
        self.assert_refused(self.call("run", path, "-o", "new.h5", "--backend", "sim", "--hang-after", "soon"), "soon")
        self.assertFalse((self.folder / "new.h5").exists())

    def test_a_command_that_is_none_is_named_with_the_nearest(self):
        self.assert_refused(self.call("chekc", "x.h5"), "'chekc'", "'check'")

    def test_no_document_takes_the_place_of_measurements(self):
        self.measured()
        self.measured("other.h5")
        kept = {name: (self.folder / name).read_bytes() for name in ("good.h5", "other.h5")}
        for command in (("check", "good.h5"), ("history", "."), ("report", "good.h5"), ("compare", "good.h5", "good.h5"),
                        ("diagnose", "good.h5")):
            for name in kept:
                with self.subTest(f"{command[0]} -o {name}"):
                    if "-o" in self.call(command[0], "--help").stdout:
                        self.assert_refused(self.call(*command, "-o", name), name)
                    self.assertEqual((self.folder / name).read_bytes(), kept[name])
        self.write("t.yaml", "targets:\n  - {name: t, metric: time, at_most: 1 s}\n")
        self.assert_refused(self.call("check", "good.h5", "--targets", "t.yaml", "-o", "t.yaml"), "t.yaml")

    def test_an_output_of_check_that_cannot_be_written(self):
        self.measured()
        self.assert_refused(self.call("check", "good.h5", "-o", "missing/out.txt"), "missing/out.txt")


class Launchers(CliTest):
    def test_a_process_that_the_launcher_counts_among_others_but_mpi_sees_alone(self):
        path = self.write("s.yaml", SMALL)
        clean = {key: value for key, value in os.environ.items() if not key.startswith(("OMPI_COMM", "PMIX_RANK"))}
        self.assertEqual(clean.get("PMI_SIZE"), None)
        process = self.call("run", path, "-o", "x.h5", environment={"PMI_SIZE": "4", "PMI_RANK": "1"})
        self.assert_refused(process, "PMI_SIZE", "4")
        self.assertFalse((self.folder / "x.h5").exists())


if __name__ == "__main__":
    main()
