# SPDX-License-Identifier: Apache-2.0
"""pattern: congestion over real TCP on links whose rate is known. Needs root, namespaces and tc.

Two ranks a host. Where each host holds a victim and an aggressor, an incast fills the NIC of the host of its root, and the
victims that talk to that host must wait; where whole hosts are one or the other, victims and aggressors share nothing but
a switch that is never full. These cores are few: what sharing them costs is in every figure, and bounded by the control.
"""
import json
import os
import subprocess

from testcluster_support import DONE, NetTest, main_with_cluster, testcluster

SCENARIO = """
plumbline: 1
name: congestion
scale: {ranks: [all]}
stop: {min_samples: 24, max_samples: 48, max_seconds: 20}
oversubscribe: true
probe: false
cases:
  - {pattern: congestion, victim: bandwidth, aggressor: [incast, none], bytes: 16KiB, aggressor_bytes: 1MiB, victims: 50%, level: rank}
  - {pattern: congestion, victim: bandwidth, aggressor: [incast, none], bytes: 16KiB, aggressor_bytes: 1MiB, victims: 50%, level: node}
targets:
  - {name: calm, metric: congestion_impact, where: {pattern: congestion, aggressor: incast}, at_most: 1.2}
"""
SHARED, SHARED_CONTROL, APART, APART_CONTROL = range(4)


class Congestion(NetTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(testcluster, "down")
        self.assertEqual(testcluster("up", "--hosts", 4, "--rate", "50mbit").returncode, DONE)

    def test_an_incast_onto_the_victims_hosts_shows_and_one_elsewhere_does_not(self):
        self.write("s.yaml", SCENARIO)
        ran = testcluster("run", "-n", 8, "--", "plumbline", "run", "s.yaml", "-o", "x.h5", "--progress", "none", cwd=self.folder,
                          timeout=280)
        self.assertIn("calm", ran.stdout, ran.stderr)
        shown = subprocess.run([os.environ["PLUMBLINE"], "show", "x.h5", "--format", "json"], text=True, capture_output=True,
                               cwd=self.folder, check=True)
        cases = json.loads(shown.stdout)["cases"]
        for case in cases:
            print(f"{case['parameters']}: alone {case['isolated_s']:.4f} s, impact {case['congestion_impact']:.2f} "
                  f"[{case['congestion_impact_low']:.2f}, {case['congestion_impact_high']:.2f}]", flush=True)
        # Three senders beside the victims' own message: who shares that link fairly waits four times as long, in every split.
        self.assertGreater(cases[SHARED]["congestion_impact"], 2)
        self.assertGreater(cases[SHARED]["congestion_impact_low"], 1.25)
        for which in (SHARED_CONTROL, APART, APART_CONTROL):
            self.assertLess(cases[which]["congestion_impact"], 1.25)
        judged = subprocess.run([os.environ["PLUMBLINE"], "check", "x.h5", "--format", "json"], text=True, capture_output=True,
                                cwd=self.folder)
        verdicts = [finding["verdict"] for finding in json.loads(judged.stdout)["findings"]]
        self.assertEqual(verdicts[0], "FAIL")


if __name__ == "__main__":
    main_with_cluster("__main__")
