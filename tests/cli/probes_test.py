# SPDX-License-Identifier: Apache-2.0
"""What docs/reference/run-file.md promises of every round of real ranks is there for the network probes too."""
import h5py
import numpy

from support import CliTest, main, seconds

SCENARIO = """
plumbline: 1
name: probes
stop: {max_seconds: 2, min_samples: 6, max_samples: 12}
sync: {mode: %s}
cases:
  - {pattern: links, bytes: 4KiB, passes: 2}
  - {pattern: bisect, bytes: 4KiB, repetitions: 15}
  - {pattern: allreduce, bytes: 4KiB}
"""
# Two victims and two aggressors on however many cores there are.
CONGESTION = """
plumbline: 1
name: congestion
oversubscribe: true
stop: {max_seconds: 2, min_samples: 6, max_samples: 12}
sync: {mode: dissemination}
cases:
  - {pattern: congestion, victim: latency, bytes: 8, aggressor: alltoall, splits: 2}
"""


class Probes(CliTest):
    def rounds_of(self, scenario, ranks):
        """The round of each case."""
        self.write("s.yaml", scenario)
        ran = self.call("run", "s.yaml", "-o", "x.h5", ranks=ranks)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        file = h5py.File(self.folder / "x.h5")
        self.addCleanup(file.close)
        return [case["rounds/0"] for case in file["cases"].values()]

    def assert_watched(self, round, ranks):
        interference = round["interference"][:]
        self.assertEqual(len(interference), ranks)
        self.assertTrue((interference["seconds"] > 0).all())
        self.assertTrue((interference["voluntary_switches"] + interference["involuntary_switches"] >= 0).all())
        self.assertGreater(round.attrs["elapsed_s"], 0)

    def test_every_round_of_real_ranks_has_what_happened_around_it(self):
        for round in self.rounds_of(SCENARIO % "barrier", 2):
            with self.subTest(round.name):
                self.assert_watched(round, 2)
                self.assertEqual(round["cache_line_latency_s"].shape, (2, 1))
                self.assertEqual(round["l1_copy_s"].shape, (2, 1))

    def test_congestion_is_watched_but_has_no_start_of_all_ranks(self):
        [round] = self.rounds_of(CONGESTION, 4)
        self.assert_watched(round, 4)
        self.assertFalse({"start_offset", "start_offset_s"} & set(round))
        self.assertEqual(round.attrs["synchronisation"], b"dissemination")

    def test_starts_are_compared_wherever_all_ranks_begin_a_sample_together(self):
        for round in self.rounds_of(SCENARIO % "dissemination", 2):
            with self.subTest(round.name):
                offsets = seconds(round, "start_offset")
                self.assertEqual(offsets.shape, seconds(round).shape)
                self.assertTrue((offsets.min(axis=1) == 0).all())
                self.assertTrue((offsets >= 0).all() and numpy.isfinite(offsets).all())
                self.assertEqual(round.attrs["clock_error_s"], 0)  # one node, one clock
                self.assertEqual(round.attrs["synchronisation"], b"dissemination")

    def test_late_starts_are_marked_where_there_are_start_windows(self):
        for round in self.rounds_of(SCENARIO % "window", 2):
            with self.subTest(round.name):
                late = round["late"][:]
                self.assertEqual(late.shape[0], round["warmup"].shape[0])
                self.assertTrue(numpy.isin(late, (0, 1)).all())


if __name__ == "__main__":
    main()
