# SPDX-License-Identifier: Apache-2.0
"""Calls the program as a user would."""
import hashlib
import json
import os
import pathlib
import re
import subprocess
import tempfile
import textwrap
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PLUMBLINE = os.environ["PLUMBLINE"]
MPIEXEC = os.environ["MPIEXEC"]

PATIENCE = int(os.environ.get("PLUMBLINE_PATIENCE", 3))  # times a limit that is there to end what hangs (scripts/cmake/PlumblineTest.cmake)

PASS, FAIL, USAGE, INCONCLUSIVE, NOT_MEASURED, BROKEN = 0, 1, 2, 3, 4, 5

SMALL = """
plumbline: 1
name: small
scale: {ranks: [1, all]}
stop: {max_seconds: 20, min_samples: 10, max_samples: 20, relative_ci: 0.5}
cases:
  - {pattern: allreduce, bytes: [8, 64KiB]}
  - {pattern: alltoall, bytes: 64KiB}
  - {pattern: data_parallel, compute: 1ms, gradient_bytes: 64KiB}
"""


# Real matrix products beside what they disturb, one product about half a million operations.
PRODUCTS = """
plumbline: 1
name: products
scale: {ranks: [1, 2]}
stop: {max_seconds: 20, min_samples: 6, max_samples: 6}
cases:
  - {pattern: data_parallel, compute: 2ms, gradient_bytes: 64KiB, compute_kind: gemm, gemm: {size: 64, flops: 1e9}}
  - {pattern: data_parallel, forward: 1ms, backward: 4ms, gradient_bytes: 1MiB, first_bucket_bytes: 256KiB, bucket_bytes: 256KiB, compute_kind: gemm,
     gemm: {size: 64, flops: 1e9}}
  - pattern: training_step
    model: {layers: 2, hidden: 64, heads: 4, sequence: 16, vocabulary: 128}
    tensor: 2
    batch_per_replica: 2
    compute_flops: 1e9
    peak_flops: 2e9
    compute_kind: gemm
    dtype: float32
    scale: {ranks: [2]}
"""


def seconds(of_round, name="samples"):
    """Times [sample][rank] of a round, `samples` or `start_offset`, of either form (docs/reference/run-file.md)."""
    if name not in of_round:
        return of_round[name + "_s"][:]
    counts = of_round[name]
    batch = of_round["batch"][:][:, None] if name == "samples" else 1
    return counts[:] / (counts.attrs["counts_per_second"] * batch)


def reseal(run, *paths):
    """Makes the manifest of an h5py file, open for writing, say what these objects hold by now, as somebody who alters a file on purpose
    would: by the code of docs/reference/run-file.md."""
    import h5py
    import numpy
    page = (ROOT / "docs/reference/run-file.md").read_text(encoding="utf-8")
    names = {"h5py": h5py, "hashlib": hashlib, "np": numpy}
    exec(re.search(r"```python\n(def kind.*?)```", page, re.DOTALL)[1], names)
    rows = run["manifest"][:]
    for row in rows:
        path = row["path"].decode()
        if path in paths:
            row["sha256"] = names["sha256"](run[path], ["content_sha256"] if path == "/" else []).encode()
    run["manifest"][...] = rows
    lines = "".join(f"{row['sha256'].decode()}  {row['path'].decode()}\n" for row in sorted(rows, key=lambda row: row["path"]))
    run.attrs.modify("content_sha256", numpy.bytes_(hashlib.sha256(lines.encode()).hexdigest()))


class CliTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="plumbline-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def call(self, *arguments, ranks=None, launcher="mpi", environment=None, timeout=120, **more):
        """The finished process of `plumbline ARGUMENTS`; when `ranks` is given, under mpiexec or plumbline's own launcher ("tcp")."""
        return subprocess.run(self.command(*arguments, ranks=ranks, launcher=launcher), cwd=self.folder, text=True, capture_output=True,
                              timeout=timeout * PATIENCE, env={**os.environ, "LC_ALL": "C.UTF-8", **(environment or {})}, **more)

    def ranks_of(self, scenario, ranks=None, environment=None):
        """What diagnose says of ranks after a run of `scenario` (JSON); its text is in self.text."""
        path = self.write("s.yaml", scenario)
        run = self.call("run", path, "-o", "x.h5", "--force", ranks=ranks, environment=environment)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.text = self.call("diagnose", "x.h5").stdout
        return json.loads(self.call("diagnose", "x.h5", "--format", "json").stdout)["ranks"]

    @staticmethod
    def command(*arguments, ranks=None, launcher="mpi"):
        launchers = {"mpi": [MPIEXEC, "-n", str(ranks), PLUMBLINE], "tcp": [PLUMBLINE, "launch", "-H", f"localhost:{ranks}", "--"]}
        return [*([PLUMBLINE] if ranks is None else launchers[launcher]), *map(str, arguments)]

    def assert_refused(self, process, *fragments):
        """Exit status 2, nothing on stdout, one sentence that names what matters."""
        self.assertEqual(process.returncode, USAGE, process.stderr + process.stdout)
        self.assertEqual(process.stdout, "")
        sentences = [line for line in process.stderr.splitlines() if line.startswith("plumbline:")]
        self.assertEqual(len(sentences), 1, process.stderr)
        for fragment in fragments:
            self.assertIn(fragment, sentences[0])
        return sentences[0]


main = unittest.main
