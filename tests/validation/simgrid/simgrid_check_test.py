# SPDX-License-Identifier: Apache-2.0
"""What scripts/experiments/simgrid-check says of wrong input, and that it can say no. Needs no SimGrid."""
import importlib.machinery
import importlib.util
import io
import pathlib
import subprocess
import sys
import tempfile
import unittest
from contextlib import redirect_stdout

ROOT = pathlib.Path(__file__).resolve().parents[3]
SELFCHECK = ROOT / "scripts/experiments/simgrid-check"
sys.path.insert(0, str(ROOT / "tests/validation/simgrid"))

from cases import ALL_CASES, NIC  # noqa: E402
from platform_xml import Nic, Platform, Trunks, crossbar, read_crossbar  # noqa: E402


def load_selfcheck():
    loader = importlib.machinery.SourceFileLoader("selfcheck", str(SELFCHECK))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("selfcheck", loader))
    loader.exec_module(module)
    return module


def case(name):
    return next(case for case in ALL_CASES if case.name == name)


class BadInput(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="plumbline-truth-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def refused(self, *arguments, path="/usr/bin:/bin"):
        """The one line that a refusal is."""
        done = subprocess.run([sys.executable, "-B", SELFCHECK, *map(str, arguments)], env={"PATH": path}, capture_output=True,
                              text=True, timeout=60)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr

    def test_an_oracle_that_there_is_not(self):
        self.assertEqual(self.refused("--oracle", "delphi"),
                         "simgrid-check: no oracle 'delphi' (there is smpi). Write --oracle smpi\n")

    def test_no_simgrid_is_never_a_pass(self):
        self.assertIn("SimGrid's smpirun was not found", self.refused("--oracle", "smpi", path=str(self.folder)))

    def test_a_case_that_there_is_not(self):
        self.assertIn("no case 'rings' (there are pingpong,", self.refused("--oracle", "smpi", "--case", "rings"))

    def test_nothing_that_can_run_at_that_many_ranks(self):
        message = self.refused("--oracle", "smpi", "--case", "pairwise", "--ranks", "12")
        self.assertIn("nothing can be checked at 12 ranks (its algorithm is for powers of two)", message)

    def test_platforms(self):
        rows = {
            "fewer hosts than ranks": (crossbar(4, NIC).xml(), "has 4 hosts (this check runs 64 ranks)"),
            "hosts that differ": (Platform((NIC,) * 63 + (Nic(1e9),)).xml(), "its hosts are not alike"),
            "another unit": (crossbar(64, NIC).xml().replace("Bps", "kBps"), "a number and 'Bps' are read"),
            "no platform": ("hello", "can't be read as a platform"),
        }
        for what, (text, sentence) in rows.items():
            with self.subTest(what):
                path = self.folder / "platform.xml"
                path.write_text(text, encoding="utf-8")
                self.assertIn(sentence, self.refused("--oracle", "smpi", "--platform", path))
        self.assertIn("can't be read", self.refused("--oracle", "smpi", "--platform", self.folder / "absent.xml"))


class KnownAnswers(unittest.TestCase):
    def seconds(self, name, ranks):
        one = case(name)
        return one.rows(ranks, one.platform(ranks))[-1].seconds

    def test_closed_forms_worked_by_hand(self):
        # 64 MiB at 25 GB/s, 2 us: 2 (2e-6 + 67,108,880 / 25e9)
        self.assertAlmostEqual(self.seconds("pingpong-64MiB", 2), 5372.7104e-6, 13)
        # 63 steps of 2 us + 1040 / 2.5e9
        self.assertAlmostEqual(self.seconds("pairwise", 64), 152.208e-6, 13)
        self.assertAlmostEqual(self.seconds("ring", 64), 304.416e-6, 13)
        # 6 latencies of 2 us and 21 headers of 6.4 ns
        self.assertAlmostEqual(self.seconds("barrier-start", 64) - self.seconds("pairwise", 64), 12.1344e-6, 13)
        # 56 x 8 messages of 1040 B through 5 GB/s, 4 us
        self.assertAlmostEqual(self.seconds("leaves-1:4", 64), 97.184e-6, 13)

    def test_a_result_that_is_off_is_a_miss(self):
        selfcheck = load_selfcheck()
        one = case("ring")
        row = one.rows(64, one.platform(64))[0]
        for off, good in ((0, True), (9e-6, True), (1.1e-5, False), (-1.1e-5, False)):
            with self.subTest(off), redirect_stdout(io.StringIO()):
                self.assertEqual(selfcheck.print_rows(one, row, 64, [row.seconds, row.seconds * (1 + off)], {}), good)
        with redirect_stdout(io.StringIO()):
            self.assertFalse(selfcheck.print_rows(one, row, 64, [], {}))

    def test_a_part_of_a_step_that_is_off_on_one_rank_is_a_miss(self):
        selfcheck = load_selfcheck()
        one = case("step-2x4")
        row = one.rows(64, one.platform(64))[0]
        self.assertEqual(set(row.parts), {"compute", "tensor", "data"})
        for off, good in ((0, True), (1.1e-5, False)):
            parts = {part: [list(seconds), list(seconds)] for part, seconds in row.parts.items()}
            parts["data"][1][63] *= 1 + off
            with self.subTest(off), redirect_stdout(io.StringIO()):
                self.assertEqual(selfcheck.print_rows(one, row, 64, [row.seconds], parts), good)

    def test_a_platform_that_is_written_is_read_again(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder) / "platform.xml"
            made = crossbar(5, Nic(1.5e9, 1e-6, 3e-6))
            path.write_text(made.xml(), encoding="utf-8")
            self.assertEqual(read_crossbar(path, 5), made)
            self.assertEqual(read_crossbar(path, 3), crossbar(3, made.nics[0]))

    def test_ranks_of_a_host_stand_together(self):
        self.assertEqual(Platform((NIC, NIC), 2).host_file(), "h0\nh0\nh1\nh1\n")
        joined = Platform((NIC,) * 4, trunks=Trunks(2, 1e9)).xml()
        self.assertEqual(joined.count("<zoneRoute"), 2)
        self.assertEqual(joined.count("<host "), 4)


if __name__ == "__main__":
    unittest.main()
