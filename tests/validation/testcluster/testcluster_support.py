# SPDX-License-Identifier: Apache-2.0
"""Calls scripts/experiments/testcluster as a user would, and says why where no cluster can be had."""
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
TESTCLUSTER = ROOT / "scripts/experiments/testcluster"
DONE, NOT_UP, USAGE = 0, 1, 2
SKIPPED = 77


def testcluster(*arguments, environment=None, timeout=120, **more):
    return subprocess.run([TESTCLUSTER, *map(str, arguments)], text=True, capture_output=True, timeout=timeout,
                          env={**os.environ, **(environment or {})}, **more)


class NetTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="plumbline-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.write_text(textwrap.dedent(text), encoding="utf-8")
        return path

    def assert_refused(self, process, name, *fragments):
        """Exit status 2, nothing on stdout, one sentence that names what matters."""
        self.assertEqual(process.returncode, USAGE, process.stderr + process.stdout)
        self.assertEqual(process.stdout, "")
        lines = process.stderr.splitlines()
        self.assertEqual(len(lines), 1, process.stderr)
        self.assertTrue(lines[0].startswith(f"{name}: "), lines[0])
        self.assertRegex(lines[0], r"\(.*\)\. [A-Z']")
        for fragment in fragments:
            self.assertIn(fragment, lines[0])


def skip(why):
    print(f"SKIPPED: {why}", flush=True)
    sys.exit(SKIPPED)


def main_with_cluster(module_name):
    """Runs the tests of a module that make a cluster. One that somebody else has up is left alone."""
    status = testcluster("status")
    if status.returncode == DONE:
        skip("a cluster is up already; remove it with 'scripts/experiments/testcluster down'")
    made = testcluster("up", "--hosts", 1, "--rate", "10mbit") if status.returncode == NOT_UP else status
    if made.returncode != DONE:
        skip(made.stderr.strip())
    try:
        testcluster("down")
        unittest.main(module=module_name)
    finally:
        testcluster("down")
