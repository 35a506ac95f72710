# SPDX-License-Identifier: Apache-2.0
"""What scripts/experiments/diagnosis-trials plants, counts and refuses; no cluster is made."""
import json
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts/lib"))
from link_trials import KINDS, Cell, Fault, draw_fault, next_cell, share_interval  # noqa: E402

TRIALS = ROOT / "scripts/experiments/diagnosis-trials"


def line(named, fault=None, **more):
    return {"planted": fault is not None, "busy": True, "hosts": 4, "rate_mbit": 50, "number": 0, "fault": fault, "status": 0,
            "named": named, "changes": [-0.3] * len(named or []), "runnable_before": 3.0, "loops": 1, "seconds": 20.0, **more}


class ShareInterval(unittest.TestCase):
    def test_ends_are_where_what_was_counted_has_the_probability_of_a_tail(self):
        # 0 of n: (1 - high)^n = 2.5 %; n of n: low^n = 2.5 %; 1 of 2: 1 - (1 - low)^2 = 2.5 %, mirrored.
        for n in (1, 40, 100):
            low, high = share_interval(0, n)
            self.assertEqual(low, 0)
            self.assertAlmostEqual(high, 1 - 0.025 ** (1 / n), 9)
            self.assertAlmostEqual(share_interval(n, n)[0], 0.025 ** (1 / n), 9)
            self.assertEqual(share_interval(n, n)[1], 1)
        low, high = share_interval(1, 2)
        self.assertAlmostEqual(low, 1 - 0.975 ** 0.5, 9)
        self.assertAlmostEqual(high, 0.975 ** 0.5, 9)
        self.assertEqual(share_interval(0, 0), (0, 1))


class Trials(unittest.TestCase):
    def test_a_fault_is_named_as_diagnose_names_it(self):
        self.assertEqual([Fault(kind, ("host2", "host5") if kind == "link" else ("host2",)).name for kind in KINDS],
                         ["host2 NIC", "host2 NIC, sending", "host2 NIC, receiving", "link host2 - host5"])
        self.assertEqual(Fault("link", ("host2", "host5")).options(35_000_000), ["--slow-link", "host2-host5=35000000bit"])
        self.assertEqual(Fault("sending", ("host2",)).options(35_000_000), ["--slow-out", "host2=35000000bit"])

    def test_a_seed_draws_the_same_hosts_again_and_all_are_drawn(self):
        self.assertEqual(draw_fault("7", "link", 4), draw_fault("7", "link", 4))
        drawn = {draw_fault(str(seed), "node", 4).hosts for seed in range(100)}
        self.assertEqual(drawn, {("host1",), ("host2",), ("host3",), ("host4",)})

    def test_the_kind_with_the_fewest_launches_is_next_until_all_have_enough(self):
        first, second = Cell(False, True, 4, 50), Cell(False, True, 5, 50)
        self.assertEqual(next_cell([first, second], {}, 2), first)
        self.assertEqual(next_cell([first, second], {first: 1}, 2), second)
        self.assertIsNone(next_cell([first, second], {first: 2, second: 2}, 2))

    def test_the_table_counts_the_named_and_the_wrongly_named_and_says_which(self):
        with tempfile.TemporaryDirectory() as name:
            lines = [line([]), line(["host1 NIC"]), line(["host2 NIC"], "host2 NIC"), line(["host2 NIC", "host3 NIC"], "host2 NIC"),
                     line([], "host2 NIC"), line(None, status=5)]
            text = "".join(json.dumps(one) + "\n" for one in lines) + '{"planted": tr'
            (pathlib.Path(name) / "trials.jsonl").write_text(text, encoding="utf-8")
            shown = subprocess.run([TRIALS, "-o", name, "--table"], text=True, capture_output=True)
            self.assertEqual(shown.returncode, 0, shown.stderr)
            self.assertIn("| nothing | busy | all | all |  | 1 of 2 [1.3, 98.7] % | 4.0, 4.0 | 20 |", shown.stdout)
            self.assertIn("1 launches failed", shown.stdout)
            self.assertIn("| 30 % | busy | all | all | 2 of 3 [9.4, 99.2] % | 1 of 3 [0.8, 90.6] % |", shown.stdout)
            self.assertIn("nothing was planted, named: host1 NIC [-0.3]", shown.stdout)
            self.assertIn("host2 NIC was planted, named: nobody []", shown.stdout)

    def test_what_makes_no_sense_is_refused_in_one_sentence(self):
        for arguments, fragment in ((["--hosts", "many"], "'many' are no numbers of hosts"), (["--launches", "0"], "nothing to do"),
                                    (["--states", "calm"], "'calm' is no choice of states"), (["--rates", "0"], "'0' are no rates")):
            with self.subTest(arguments), tempfile.TemporaryDirectory() as name:
                refused = subprocess.run([TRIALS, "-o", name, *arguments], text=True, capture_output=True)
                self.assertEqual(refused.returncode, 2, refused.stderr)
                self.assertEqual(len(refused.stderr.splitlines()), 1, refused.stderr)
                self.assertIn(fragment, refused.stderr)


if __name__ == "__main__":
    unittest.main()
