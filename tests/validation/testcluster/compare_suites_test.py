# SPDX-License-Identifier: Apache-2.0
"""scripts/experiments/compare-suites against stand-ins that print logs of IMB's, OSU's and Gloo's form, and the parts it is made of. Needs no root."""
import contextlib
import importlib.machinery
import importlib.util
import io
import os
import pathlib
import re
import subprocess
import sys
import unittest

from testcluster_support import DONE, ROOT, NetTest

sys.path.insert(0, str(ROOT / "scripts/lib"))
from peer_logs import BrokenLog, parse_gloo, parse_imb, parse_osu  # noqa: E402
from spread import MachineStates, interquartile_spread, median_interval  # noqa: E402

PEERS = ROOT / "scripts/experiments/compare-suites"
peers_script = importlib.util.module_from_spec(spec := importlib.util.spec_from_loader(
    "peers", importlib.machinery.SourceFileLoader("peers", str(PEERS))))
spec.loader.exec_module(peers_script)
FAKE = pathlib.Path(__file__).resolve().parent / "fake_peers"
IMB, OSU, GLOO = FAKE / "imb_stand_in", FAKE / "osu_stand_in", FAKE / "gloo_stand_in"
QUICK = ["--sizes", "8,64", "--launches", 2, "--seconds", 0.2]

IMB_LOG = """
# Benchmarking Allreduce
# #processes = 2
# ( 2 additional processes waiting in MPI_Barrier)
#----------------------------------------------------------------
       #bytes #repetitions  t_min[usec]  t_max[usec]  t_avg[usec]
            8         1000         1.00         3.00         2.00
#----------------------------------------------------------------
# Benchmarking Allreduce
# #processes = 4
#----------------------------------------------------------------
       #bytes #repetitions  t_min[usec]  t_max[usec]  t_avg[usec]
            8         1000         5.00         7.00         6.00
"""


def peers(*arguments, how="", timeout=100):
    return subprocess.run([PEERS, *map(str, arguments)], text=True, capture_output=True, timeout=timeout,
                          env={**os.environ, "STAND_IN": how})


class Parts(unittest.TestCase):
    def test_imb_rows_are_those_of_the_number_of_processes_asked_for(self):
        self.assertEqual(parse_imb(IMB_LOG, "Allreduce", 2, [8]), {8: 2.0})
        self.assertEqual(parse_imb(IMB_LOG, "Allreduce", 4, [8]), {8: 6.0})
        for benchmark, ranks, sizes in (("Allreduce", 3, [8]), ("Bcast", 2, [8]), ("Allreduce", 2, [16])):
            with self.subTest((benchmark, ranks, sizes)), self.assertRaises(BrokenLog):
                parse_imb(IMB_LOG, benchmark, ranks, sizes)

    def test_osu_has_two_columns_or_five(self):
        self.assertEqual(parse_osu("# Size       Avg Latency(us)\n8      2.52\n16     0.58\n", [8, 16]), {8: 2.52, 16: 0.58})
        full = "# Size       Avg Latency(us)   Min Latency(us)   Max Latency(us)  Iterations\n8   0.49   0.48  0.50   1000\n"
        self.assertEqual(parse_osu(full, [8]), {8: 0.49})
        for broken in ("", "8 2.52\n", "# Size       Avg Latency(us)\n", "# Size       Avg Latency(us)\n8 nan\n"):
            with self.subTest(broken), self.assertRaises(BrokenLog):
                parse_osu(broken, [8])

    def test_gloos_median_is_read_in_nanoseconds_of_the_size_asked_for(self):
        table = "   size (B)   elements   min (ns)   p50 (ns)   p99 (ns)   max (ns)   bandwidth (GB/s)   iterations\n"
        row = "         64         16      55000     140250    3592000    8386000              0.000         6344\n"
        self.assertEqual(parse_gloo(table + row, 64), 140.25)
        for broken, size in ((table, 64), (row, 64), (table + row, 128), ((table + row).replace("ns", "us"), 64)):
            with self.subTest(broken), self.assertRaises(BrokenLog):
                parse_gloo(broken, size)

    def test_the_interval_of_a_median_is_exact_and_needs_six_values(self):
        # P(all 6 on one side) = 2/64 = 3.1 %; with 5 it is 2/32 = 6.3 %. 15 values: the 4th of each end leave out 3.5 %.
        self.assertIsNone(median_interval([1.0] * 5))
        self.assertEqual(median_interval([6.0, 5, 4, 3, 2, 1]), (1, 6))
        self.assertEqual(median_interval([float(i) for i in range(1, 16)]), (4, 12))
        self.assertIsNone(median_interval([]))

    def test_the_spread_is_iqr_over_median(self):
        self.assertEqual(interquartile_spread([1.0, 2, 3, 4, 5]), 2 / 3)

    def test_machine_states_part_where_lines_gap_and_where_copies_take_longer(self):
        def states(*looks):
            cases = [{"neighbour_s": line, "copy_s": copy} for line, copy in looks]
            teller = MachineStates(cases)
            return [teller.of(case) for case in cases]

        self.assertEqual(states((55.0, None), (60, None), (75, None)), [0, 0, 0])
        self.assertEqual(states((240.0, None), (60, None), (30, None), (58, None), (250, None)), [4, 2, 0, 2, 4])
        self.assertEqual(states((55.0, 39.0), (60, 42), (58, 43), (57, 60)), [0, 0, 1, 1])
        self.assertEqual(states((None, 39.0), (None, 50)), [0, 1])
        self.assertEqual(states((None, None)), [0])

    def test_a_peers_launch_has_the_state_that_was_before_and_after_it(self):
        own, quick, peer = (peers_script.Launches(name) for name in ("plumbline", "quick", "IMB"))
        peer.times_us = [{8: 2.0}, {8: 3.0}, {8: 4.0}]
        looks = [[{8: {"neighbour_s": line, "copy_s": 39e-9}} for line in (50e-9, 52e-9, 240e-9, 245e-9)],
                 [{8: {"neighbour_s": line, "copy_s": copy}} for line, copy in ((51e-9, 60e-9), (53e-9, 39e-9), (241e-9, 39e-9))], []]
        peers_script.label_states([own, quick, peer], looks)
        self.assertEqual(own.states, [{8: 0}, {8: 0}, {8: 2}, {8: 2}])
        self.assertEqual(quick.states, [{8: 1}, {8: 0}, {8: 2}], "its own")
        self.assertEqual(peer.states, [{8: 0}, {8: None}, {8: 2}])
        self.assertEqual(peer.in_state(8, 0), {0: 2.0})
        peers_script.label_states([own, peer], [[{8: {"neighbour_s": None, "copy_s": None}}] * 4, []])
        self.assertEqual(peer.states, [{8: 0}] * 3)


class Peers(NetTest):
    def test_all_three_are_compared_in_one_table(self):
        for how in ("", "mixed", "full"):
            with self.subTest(how):
                process = peers("--imb", IMB, "--osu", OSU, *QUICK, how=how)
                self.assertEqual(process.returncode, DONE, process.stderr)
                # The stand-ins say 1 + bytes / 1000 and 2 + bytes / 500 microseconds. Where the machine's state changed in between, nothing
                # is compared.
                ratio = r"[0-9.]+ ~?\[[0-9., ]+\]"
                for size, imb, osu in ((8, "1.01", "2.02"), (64, "1.06", "2.13")):
                    self.assertRegex(process.stdout, rf"(?m)^ +{size} +[0-9.]+ +([0-9.]+ +{ratio}|- +-) +({imb} +{ratio}|- +-) +({osu} +{ratio}|- +-)")
                self.assertRegex(process.stdout, r"plumbline +[0-9.]+ s +[0-9.-]+ %.*\n +quick +[0-9.]+ s +[0-9.-]+ %.*\n +IMB +[0-9.]+ s +[0-9.-]+ %"
                                 r".*\n +OSU +[0-9.]+ s +[0-9.-]+ %")

    def test_backend_gloo_is_compared_with_gloos_own_benchmark(self):
        process = peers("--gloo-benchmark", GLOO, *QUICK)
        self.assertEqual(process.returncode, DONE, process.stderr)
        self.assertIn("the peers' p50 of rank 0", process.stdout)
        ratio = r"[0-9.]+ ~?\[[0-9., ]+\]"  # the stand-in says 3 us + a nanosecond a byte
        for size, gloo in ((8, "3.01"), (64, "3.06")):
            self.assertRegex(process.stdout, rf"(?m)^ +{size} +[0-9.]+ +([0-9.]+ +{ratio}|- +-) +({gloo} +{ratio}|- +-)")

    def test_a_ratio_is_of_launches_side_by_side_in_one_state(self):
        own, osu = peers_script.Launches("plumbline"), peers_script.Launches("OSU")
        own.times_us, own.wall_s = [{8: time} for time in (1.0, 2.0, 4.0, 4.0, 4.0, 4.0, 9.0)], [3.0] * 7
        osu.times_us, osu.wall_s = [{8: time} for time in (2.0, 4.0, 5.0, 5.0, 4.0, 5.0)], [0.5] * 6
        own.states, osu.states = [{8: 0}] * 6 + [{8: 2}], [{8: 0}] * 5 + [{8: None}]
        said = io.StringIO()
        with contextlib.redirect_stdout(said):
            peers_script.print_comparison([own, osu], [8], 6, 2)
        self.assertIn("2 machine states seen (plumbline's cases in each: 6, 1)", said.getvalue())
        self.assertRegex(said.getvalue(), r"(?m)^ +8 +4\.00 +4\.00 +0\.800 ~\[0\.500, 1\.000\]$")
        self.assertRegex(said.getvalue(), r"(?m)^  plumbline +3\.00 s +37\.5 %  \(all launches.*: 25\.0 %\)$")

    def test_a_peer_that_prints_something_else_is_refused_in_one_sentence(self):
        for option, program in (("--imb", IMB), ("--osu", OSU), ("--gloo-benchmark", GLOO)):
            for how, fragment in (("other", "no table"), ("short", "no row for 64 bytes"), ("zero", "a time of 0"),
                                  ("twice", "two rows for 8 bytes"), ("fails", "failed (exit status 1; it said: stand-in: no such device")):
                with self.subTest((option, how)):
                    self.assert_refused(peers(option, program, *QUICK, "--launches", 1, how=how), "compare-suites", fragment)

    def test_wrong_usage_is_refused_in_one_sentence(self):
        rows = [([], "nothing to compare with"),
                (["--imb", "/no/such/IMB-MPI1"], "/no/such/IMB-MPI1"),
                (["--osu", str(PEERS.parent)], "not executable"),
                (["--osu", OSU, "--sizes", "8,9"], "'9' is no size"),
                (["--osu", OSU, "--sizes", "2"], "'2' is no size"),
                (["--osu", OSU, "--sizes", "eight"], "'eight' is no size"),
                (["--osu", OSU, "--gloo-benchmark", GLOO], "one after the other"),
                (["--gloo-benchmark", "/no/such/benchmark"], "/no/such/benchmark"),
                (["--osu", OSU, "--launches", 0], "--launches 0"),
                (["--osu", OSU, "--ranks", 1], "--ranks 1"),
                (["--osu", OSU, "--rounds", 0], "--rounds 0"),
                (["--osu", OSU, "--seconds", 0], "--seconds")]
        for arguments, fragment in rows:
            with self.subTest(arguments):
                self.assert_refused(peers(*arguments), "compare-suites", fragment)


if __name__ == "__main__":
    unittest.main()
