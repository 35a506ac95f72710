# SPDX-License-Identifier: Apache-2.0
"""pattern: congestion as a user runs it, on a simulated crossbar where nobody shares anything: every impact is 1."""
import json

import h5py

from support import NOT_MEASURED, PASS, CliTest, main, seconds

SCENARIO = """
plumbline: 1
name: congestion
backend: sim
simulation: {ranks: %d, latency: 2us, bandwidth: 10GB/s}
scale: {ranks: all}
stop: {max_samples: 60}
cases:
  - {pattern: congestion, victim: allreduce, bytes: 8, aggressor: [incast, none], victims: 50%%}
targets:
  - {name: calm, metric: congestion_impact, where: {pattern: congestion, aggressor: incast}, at_most: 1.5}
"""


class Congestion(CliTest):
    def run_on(self, ranks):
        self.write("s.yaml", SCENARIO % ranks)
        return self.call("run", "s.yaml", "-o", "x.h5")

    def test_is_measured_shown_and_judged(self):
        ran = self.run_on(8)
        self.assertEqual(ran.returncode, PASS, ran.stderr)
        self.assertIn("PASS", ran.stdout)
        self.assertIn("1.00x [1.00, 1.00]", ran.stdout)
        [beside, control] = json.loads(self.call("show", "x.h5", "--format", "json").stdout)["cases"]
        for case in (beside, control):
            self.assertAlmostEqual(case["congestion_impact"], 1, delta=1e-9)
            self.assertAlmostEqual(case["congestion_impact_high"], 1, delta=1e-9)
            self.assertIsNone(case["congestion_impact_p99"])
            self.assertIsNone(case["algbw_GBps"])
        self.assertEqual(beside["parameters"]["aggressor"], "incast")
        [finding] = json.loads(self.call("check", "x.h5", "--format", "json").stdout)["findings"]
        self.assertEqual((finding["verdict"], finding["metric"]), ("PASS", "congestion_impact"))

    def test_the_file_says_who_was_what(self):
        self.run_on(8)
        with h5py.File(self.folder / "x.h5") as run:
            rows = run["cases/000000/rounds/0/congestion"]
            role, aggressor_s = rows["role"][:], rows["aggressor_s"][:]
            self.assertEqual(role.shape, (6, 8))
            self.assertTrue(((role == 1).sum(axis=1) == 4).all())
            self.assertTrue((aggressor_s[role == 2] > 0).all())
            stage = rows["stage"][:]
            self.assertTrue(((stage == 1) == (run["cases/000000/rounds/0/warmup"][:] == 0)).all())
            samples = seconds(run["cases/000000/rounds/0"])
            self.assertTrue((samples[rows["split"][:] == 0][:, role[0] == 2] == 0).all())

    def test_too_few_ranks_are_a_skipped_case_with_a_reason(self):
        ran = self.run_on(3)
        self.assertEqual(ran.returncode, NOT_MEASURED)
        self.assertIn("congestion needs 2 nodes of victims and 2 of aggressors (there are 3 nodes)", ran.stdout)


if __name__ == "__main__":
    main()
