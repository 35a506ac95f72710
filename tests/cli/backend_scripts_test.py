# SPDX-License-Identifier: Apache-2.0
"""scripts/experiments/algorithms on real ranks, scripts/gpu-check on the stand-in, and what all scripts and the examples of the documents have to do."""
import json
import os
import re
import subprocess
import sys
import tarfile

from support import PASS, PATIENCE, ROOT, USAGE, CliTest, main


class Scripts(CliTest):
    def script(self, name, *arguments, **environment):
        return subprocess.run([sys.executable, "-B", ROOT / "scripts" / name, *map(str, arguments)], cwd=self.folder, text=True,
                              capture_output=True, timeout=200 * PATIENCE, env={**os.environ, **environment})

    def test_the_librarys_own_algorithms_stand_beside_its_default_with_the_setting_of_the_best(self):
        self.write("s.yaml", """
            plumbline: 1
            name: s
            scale: {ranks: [all]}
            probe: false
            stop: {min_samples: 6, max_samples: 6}
            cases:
              - {pattern: allreduce, bytes: 1KiB}
        """)
        process = self.script("experiments/algorithms", "s.yaml", "-n", 2, "-o", "out")
        self.assertEqual(process.returncode, 0, process.stderr)
        row = json.loads((self.folder / "out/algorithms.json").read_text(encoding="utf-8"))[0]
        self.assertGreaterEqual(set(row["times_s"]), {"recursive_doubling", "ring", "segmented_ring"})
        self.assertEqual(row["best_s"], min(row["times_s"].values()))
        self.assertIn(f"coll_tuned_allreduce_algorithm {row['number']}", row["setting"])
        self.assertIn(row["best"], process.stdout)
        again = self.script("experiments/algorithms", "s.yaml", "-n", 2, "-o", "out")
        self.assertEqual(again.returncode, 2)
        self.assertIn("out is not empty", again.stderr)

    def test_a_scenario_that_cannot_be_measured_or_has_nothing_to_choose_is_said(self):
        self.write("bad.yaml", "plumbline: 1\nname: s\ncases: []\n")
        self.assertEqual(self.script("experiments/algorithms", "bad.yaml", "-n", 1, "-o", "a").returncode, 2)
        self.write("p.yaml", "plumbline: 1\nname: s\nstop: {min_samples: 6, max_samples: 6}\ncases:\n  - {pattern: sendrecv, bytes: 8}\n")
        process = self.script("experiments/algorithms", "p.yaml", "-n", 1, "-o", "b")
        self.assertEqual(process.returncode, 2)
        self.assertIn("no collective on several ranks", process.stderr)

    def test_gpu_check_runs_all_of_it_and_leaves_one_archive_that_says_it_was_a_stand_in(self):
        process = self.script("gpu-check", "--library", os.environ["FAKE_NCCL"], "--devices", 2, "--largest", "64KiB", "-o", "c.tar.gz",
                              CONFORMANCE=os.environ["CONFORMANCE"])
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        with tarfile.open(self.folder / "c.tar.gz") as archive:
            summary = archive.extractfile("gpu-check/summary.txt").read().decode()
            self.assertIn("gpu-check/sweep.h5", archive.getnames())
        self.assertTrue(summary.startswith("STAND-IN"), summary)
        for step in ("conformance graphs on 2", "conformance split on 2", "conformance compared-on-device on 2", "conformance compared-on-host on 2",
                     "conformance of mpi on 2 devices", "scale sweep", "training step", "no case of the training step failed", "links", "what diagnose says"):
            self.assertIn(f"passed  {step}\n", summary)
        self.assertIn("passed  data of the scale sweep compared on the device: on the device, by NVRTC 13.0", summary)
        self.assertNotIn("FAILED", summary)
        self.assertIn("skipped nccl-tests beside it", summary)

    def test_gpu_check_puts_nccl_tests_beside_it_where_that_is(self):
        tool = self.folder / "all_reduce_perf"
        # A log of two ranks, with a size that the sweep has too: 4096 B in 25 us are 0.16 GB/s, times 1 on two ranks.
        rows = "-e '/float /s/0[.]04    0[.]06/0.16    0.16/' -e '/float /s/0[.]04    0[.]06/0.17    0.17/' -e 's/1024           256/4096          1024/'"
        edit = f"sed -e 's/-np 4 -H node1:2,node2:2/-np 2/' -e '/Rank  [23] /d' -e 's/12 FAILED/0 OK/' -e '/ 1048576 .*float/d' -e '/ 1073741824 .*float/d' {rows}"
        tool.write_text(f"#!/bin/sh\n[ $OMPI_COMM_WORLD_RANK != 0 ] || {edit} {ROOT}/tests/cli/logs/nccl-tests.log\n", encoding="utf-8")
        tool.chmod(0o755)
        process = self.script("gpu-check", "--library", os.environ["FAKE_NCCL"], "--devices", 2, "--largest", "64KiB", "--only", "sweep", "peers",
                              "-o", "c.tar.gz", CONFORMANCE=os.environ["CONFORMANCE"], PATH=f"{self.folder}:{os.environ['PATH']}")
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        with tarfile.open(self.folder / "c.tar.gz") as archive:
            summary = archive.extractfile("gpu-check/summary.txt").read().decode()
            beside = archive.extractfile("gpu-check/beside.txt").read().decode()
        self.assertIn("passed  what the library chose\n", summary)
        self.assertIn("passed  nccl-tests beside it: plumbline's times are ", summary)
        self.assertRegex(beside, r" 4096 two +[0-9.]+ +25[.]00 +[0-9.]+\n")
        self.assertRegex(beside, r" 4096 one +[0-9.]+ +24[.]50 ")

    def test_gpu_check_runs_on_huaweis_devices_too(self):
        process = self.script("gpu-check", "--backend", "hccl", "--library", os.environ["FAKE_HCCL"], "--devices", 2, "--largest", "64KiB",
                              "-o", "c.tar.gz", CONFORMANCE=os.environ["CONFORMANCE"])
        self.assertEqual(process.returncode, 0, process.stdout + process.stderr)
        with tarfile.open(self.folder / "c.tar.gz") as archive:
            summary = archive.extractfile("gpu-check/summary.txt").read().decode()
        for step in ("conformance plain on 2", "scale sweep", "training step", "links"):
            self.assertIn(f"passed  {step}\n", summary)

    def test_gpu_check_tells_a_step_that_failed(self):
        process = self.script("gpu-check", "--library", os.environ["FAKE_NCCL"], "--devices", 1, "--largest", "64KiB", "--only", "sweep",
                              "-o", "c.tar.gz", PLUMBLINE_FAKE="wrong call=ncclAllReduce")
        self.assertEqual(process.returncode, 1, process.stdout + process.stderr)
        self.assertIn("FAILED", process.stdout)

    def test_gpu_check_without_a_device_says_so(self):
        process = self.script("gpu-check", "--library", os.environ["FAKE_NCCL"], PLUMBLINE_FAKE="devices count=0")
        self.assertEqual(process.returncode, 2, process.stdout)
        self.assertIn("no device", process.stderr)

    def test_gpu_check_refuses_sizes_that_make_no_sweep_before_anything_runs(self):
        for largest in ("1KiB", "large"):
            process = self.script("gpu-check", "--library", os.environ["FAKE_NCCL"], "--largest", largest)
            self.assertEqual((process.returncode, process.stdout), (2, ""), process.stderr)
            self.assertIn(f"--largest {largest} is no size", process.stderr)

    def test_every_script_says_what_it_does_and_starts_nothing_when_asked_for_help_or_for_nonsense(self):
        scripts = sorted(path for folder in ("scripts", "scripts/experiments") for path in (ROOT / folder).iterdir()
                         if path.is_file() and path.suffix != ".py" and os.access(path, os.X_OK))
        self.assertGreater(len(scripts), 10)
        for script in scripts:
            with self.subTest(script.name):
                told = subprocess.run([script, "--help"], cwd=self.folder, text=True, capture_output=True, timeout=20 * PATIENCE)
                self.assertEqual((told.returncode, told.stderr), (PASS, ""))
                self.assertIn(script.name, told.stdout)
                wrong = subprocess.run([script, "--nonsense"], cwd=self.folder, text=True, capture_output=True, timeout=20 * PATIENCE)
                self.assertEqual((wrong.returncode, wrong.stdout), (USAGE, ""))
        self.assertEqual(list(self.folder.iterdir()), [])

    def test_the_examples_of_the_documents_are_valid(self):
        found = {}
        for page in (*ROOT.glob("README*.md"), *(ROOT / "docs").rglob("*.md")):
            for example in re.findall(r"```yaml\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL):
                if re.search(r"^(plumbline: 1|targets:)$", example, re.MULTILINE):  # else a part of one
                    found.setdefault(page.relative_to(ROOT).as_posix(), []).append(example)
        self.assertIn("docs/reference/scenario.md", found)
        self.assertIn("docs/how-to/write-a-contract.md", found)
        self.assertGreaterEqual(len(found), 6)
        for document, examples in found.items():
            for example in examples:
                self.write("e.yaml", example)
                valid = self.call("validate", "e.yaml")
                self.assertEqual(valid.returncode, PASS, document + valid.stderr)

    def test_every_key_that_a_scenario_takes_stands_in_its_reference(self):
        pages = {"reference.cpp": "reference/references.md", "soak_faults.cpp": "how-to/run-for-days.md"}
        sources = sorted((ROOT / "scenarios/yaml").glob("*.cpp"))
        self.assertGreater(len(sources), 5)
        for source in sources:
            told = (ROOT / "docs" / pages.get(source.name, "reference/scenario.md")).read_text(encoding="utf-8")
            for key in re.findall(r'"([a-z][a-z_0-9]*)"', source.read_text(encoding="utf-8")):
                self.assertRegex(told, rf"\b{key}\b", f"{key} of {source.name}")

    def test_the_example_of_medians_agrees_with_files_of_several_launches_and_says_where_there_is_nothing_to_compute(self):
        self.write("s.yaml", """
            plumbline: 1
            name: s
            backend: sim
            simulation: {ranks: 2, noise: 0.05}
            rounds: 6
            cases:
              - {pattern: allreduce, bytes: [8, 1MiB]}
              - {pattern: data_parallel, compute: 1ms, gradient_bytes: 1MiB}
        """)
        self.assertEqual(self.call("run", "s.yaml", "-o", "x.h5").returncode, PASS)
        self.assertEqual(self.call("run", "s.yaml", "-o", "x.h5", "--append").returncode, PASS)
        self.assertEqual(self.call("import", "--from", "nccl-tests", ROOT / "tests/cli/logs/nccl-tests.log", "-o", "i.h5").returncode, PASS)
        schema = (ROOT / "docs/reference/run-file.md").read_text(encoding="utf-8")
        self.write("schema.py", "import json" + schema.split("```python\nimport json")[1].split("```")[0])

        def python(*arguments):
            return subprocess.run([sys.executable, "-B", *arguments], cwd=self.folder, text=True, capture_output=True)
        medians = ROOT / "docs/examples/medians.py"
        both = python(medians, "x.h5", "i.h5")
        self.assertEqual(both.returncode, 0, both.stderr)
        self.assertIn("ok: the summary says the same", both.stdout)
        self.assertIn("no case with samples", python(medians, "i.h5").stderr)
        for file, lines in (("x.h5", 3), ("i.h5", 0)):
            script = python("schema.py", file)
            self.assertEqual(script.returncode, 0, script.stderr)
            self.assertEqual(len(script.stdout.splitlines()), lines)


if __name__ == "__main__":
    main()
