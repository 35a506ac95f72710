# SPDX-License-Identifier: Apache-2.0
"""plumbline on links whose rate is known. Needs root, namespaces and tc. docs/validation/testcluster.md has the derivation.

A rate is a rate of time, so these are the only tests that look at time that passed: each figure is the median of its
samples, and a figure that is off is measured again (ATTEMPTS times at most) before it counts as wrong. The bar stays.
"""
import json
import os
import re
import subprocess

import h5py
import numpy as np

from testcluster_support import DONE, NetTest, main_with_cluster, testcluster

MIB = 2**20
MBIT = 1e6 / 8  # bytes per second
TOLERANCE = 0.03
ATTEMPTS = 5

# A full segment: 1500 bytes of IP packet less 20 (IP), 20 (TCP) and 12 (time stamps); tbf counts the Ethernet header too.
PAYLOAD, FRAME, ACKNOWLEDGEMENT = 1448, 1514, 66
FRAMING = FRAME / PAYLOAD
BURST = 64 * 1024

# All of a message at once, without asking first: see "One connection, two directions" in docs/validation/testcluster.md.
EAGER = {f"OMPI_MCA_btl_tcp_{name}": str(32 * MIB) for name in ("eager_limit", "rndv_eager_limit", "max_send_size")}
SEGMENTED_RING = {"OMPI_MCA_coll_tuned_use_dynamic_rules": "1", "OMPI_MCA_coll_tuned_allreduce_algorithm": "5"}

SCENARIO = """
plumbline: 1
name: planted
scale: {scale}
stop: {{warmup: 1, min_samples: {samples}, max_samples: {samples}, max_seconds: 60}}
cases:
  - {case}
"""


# At 95 % the interval of a fraction is made of three, which need seven samples each. Three rounds tell no machine states apart.
FRACTION_SCENARIO = """
plumbline: 1
name: fraction
probe: false
scale: {ranks: [2]}
stop: {warmup: 1, min_samples: 7, max_samples: 7, max_seconds: 60}
cases:
  - {pattern: pingpong, pairs: halves, bytes: [8, 4MiB]}
  - {pattern: sendrecv, bytes: 4MiB, scale: {ranks: [4]}}
"""
FRACTION_TARGETS = """
targets:
  - {name: near-the-wire, metric: fraction_of_ideal, where: {pattern: sendrecv}, at_least: 0.9}
"""


def wire_bytes(host="host1"):
    """What tbf has let out of a host so far: packets with their Ethernet headers."""
    shown = subprocess.run(["tc", "-s", "-n", f"pl-{host}", "qdisc", "show", "dev", "eth0", "root"], text=True, capture_output=True,
                           check=True).stdout
    return int(re.search(r"Sent ([0-9]+) bytes", shown)[1])


def seconds_of(one):
    """A round's samples, by rank: counts of the clock over all executions of a batch in the file."""
    counts = one["samples"]
    return counts[:] / (counts.attrs["counts_per_second"] * one["batch"][:][:, None])


class PlantedRate(NetTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(testcluster, "down")

    def measure(self, case, scale, samples=5, environment=None):
        self.write("s.yaml", SCENARIO.format(case=case, scale=scale, samples=samples))
        process = testcluster("run", "--", "plumbline", "run", "s.yaml", "-o", "x.h5", "--force", "--progress", "none",
                              environment=environment, cwd=self.folder)
        self.assertEqual(process.returncode, DONE, process.stdout + process.stderr)
        return h5py.File(self.folder / "x.h5", "r")

    def measure_one(self, case, ranks, samples=5, **more):
        """Median, and the wire's bytes of host1 for one execution: what a launch with more samples sends beyond one with fewer.
        Each launch sends as much besides, to look at its network."""
        sent, executions = [], []
        for count in (1, samples):
            before = wire_bytes()
            with self.measure(case, f"{{ranks: [{ranks}]}}", samples=count, **more) as file:
                executions.append(int(file["cases/000000/rounds/0/batch"][:].sum()))
                median = float(file["summary"]["median_s"][0])
            sent.append(wire_bytes() - before)
        self.assertGreater(executions[1], executions[0])
        return median, (sent[1] - sent[0]) / (executions[1] - executions[0])

    def assert_within(self, attempt, expected, what):
        """`attempt` measures anew each time it is called."""
        seen = []
        for _ in range(ATTEMPTS):
            seen.append(attempt() / expected)
            print(f"{what}: {seen[-1]:.4f} of what is known", flush=True)
            if abs(seen[-1] - 1) <= TOLERANCE:
                return
        self.fail(f"{what}: {seen} of what is known")

    def up(self, mbit, *more):
        """A cluster of four hosts; its rate in bytes per second."""
        process = testcluster("up", "--hosts", 4, "--rate", f"{mbit}mbit", *more)
        self.assertEqual(process.returncode, DONE, process.stderr)
        return mbit * MBIT

    def test_pingpong_reads_the_planted_rate(self):
        rate = self.up(200)
        size = 4 * MIB
        counted = []

        def attempt():
            median, wire = self.measure_one("{pattern: pingpong, pairs: halves, bytes: 4MiB}", ranks=2)
            counted.append(wire)
            return 2 * size / median

        # The link rests while the other direction is busy: each message finds the whole burst.
        seconds = 2 * (size * FRAMING - BURST) / rate
        self.assert_within(attempt, 2 * size / seconds, "pingpong, 4 MiB, busbw")
        # Framing is no assumption: host1 sends one message and acknowledges the other with every second segment or less.
        for wire in counted:
            self.assertGreater(wire, size * FRAMING)
            self.assertLess(wire, 1.005 * size * (FRAMING + ACKNOWLEDGEMENT / (2 * PAYLOAD)))

    def test_patterns_that_send_and_receive_at_once_read_the_planted_rate(self):
        # Four busy ranks and their packets share this machine's cores. A slow link waits for them: its burst lasts 10 ms.
        rate = self.up(50)
        rows = [("sendrecv", "{pattern: sendrecv, bytes: 4MiB}", 4),
                ("bidirectional", "{pattern: bidirectional, pairs: halves, window: 1, bytes: 4MiB}", 2)]
        for name, case, ranks in rows:
            with self.subTest(name):
                self.assert_within(lambda: self.measured_over_expected_rate(case, ranks, 4 * MIB, rate), 1, f"{name}, 4 MiB, busbw")

    def measured_over_expected_rate(self, case, ranks, payload, rate):
        """Of one direction; acknowledgements share it, and are counted in this very run."""
        median, wire = self.measure_one(case, ranks=ranks, environment=EAGER)
        self.assertGreater(wire, payload * FRAMING)
        self.assertLess(wire, 1.005 * payload * (FRAMING + ACKNOWLEDGEMENT / (2 * PAYLOAD)))
        # How much of the burst has come back since the last sample is not known: between none and all of it, 0.75 % either way.
        seconds = (wire - BURST / 2) / rate
        return seconds / median

    def test_a_planted_slow_host_and_a_planted_slow_link_show_in_the_samples_of_each_rank(self):
        rate = self.up(100, "--slow", "host3=50mbit", "--slow-link", "host1-host4=25mbit")
        size = MIB

        def rate_of(pair):
            return rate / 4 if pair == {"host1", "host4"} else rate / 2 if "host3" in pair else rate

        def attempt():
            """The worst ratio of any pair: measured over known round trip, on the rank that sends first."""
            worst, pairs = 1.0, set()
            # With this seed the seven draws of 2 of 4 ranks hold all six pairs.
            scale = "{ranks: [2], placement: random, subsets: 7, seed: 12}"
            with self.measure("{pattern: pingpong, bytes: 1MiB}", scale, samples=4) as file:
                hosts = [name.decode() for name in file["environment/hosts"][:]]
                node = {row["rank"]: row["node"] for row in file["environment/ranks"][:]}
                for case in file["cases"].values():
                    pair = frozenset(hosts[node[rank]] for rank in case["world_ranks"][:])
                    pairs.add(pair)
                    one = case["rounds/0"]
                    timed = seconds_of(one)[one["warmup"][:] == 0]
                    seconds = 2 * (size * FRAMING - BURST) / rate_of(pair)
                    ratio = float(np.median(timed[:, 0])) / seconds
                    print(f"  {' and '.join(sorted(pair))}: {ratio:.4f}", flush=True)
                    worst = max(worst, ratio, key=lambda value: abs(value - 1))
            self.assertEqual(len(pairs), 6)
            return worst

        self.assert_within(attempt, 1, "the pair that is furthest off")

    def test_a_segmented_ring_allreduce_reaches_80_percent_of_the_wire(self):
        rate = self.up(200)
        seen = []
        for _ in range(ATTEMPTS):
            median, _wire = self.measure_one("{pattern: allreduce, bytes: 16MiB}", ranks=4, samples=4, environment=SEGMENTED_RING)
            seen.append(2 * 3 / 4 * 16 * MIB / median / rate)
            print(f"segmented ring, 16 MiB, busbw: {seen[-1]:.3f} of the wire", flush=True)
            if seen[-1] >= 0.80:
                return
        self.fail(f"busbw over the wire's rate: {seen}")

    def fractions_of_ideal(self, rows):
        """A launch with a pingpong between host1 and host2 and a ring over all; judged by what that pingpong says of the links."""
        self.write("s.yaml", FRACTION_SCENARIO)
        self.write("t.yaml", FRACTION_TARGETS)
        process = testcluster("run", "--", "plumbline", "run", "s.yaml", "-o", "x.h5", "--force", "--progress", "none",
                              environment=EAGER, cwd=self.folder)
        self.assertEqual(process.returncode, DONE, process.stdout + process.stderr)
        checked = subprocess.run([os.environ["PLUMBLINE"], "check", "x.h5", "--targets", "t.yaml", "--format", "json"], text=True,
                                 capture_output=True, cwd=self.folder)
        (finding,) = json.loads(checked.stdout)["findings"]
        rows.append(finding)
        return finding

    def test_fraction_of_ideal_is_known_and_a_slow_host_halves_it(self):
        size = 4 * MIB
        # The round trips find the burst each time; the ring about half of it, and up to 2.2 % of acknowledgements in its way.
        ring = size * (FRAMING + ACKNOWLEDGEMENT / (4 * PAYLOAD)) - BURST / 2
        known = (size * FRAMING - BURST) / ring
        for slow, share in ((), 1), (("--slow", "host3=25mbit"), 0.5):
            with self.subTest(slow=slow):
                self.up(50, *slow)
                rows = []
                self.assert_within(lambda: self.fractions_of_ideal(rows)["estimate"], share * known, f"fraction_of_ideal {slow}")
                self.assertLess(rows[-1]["ci_low"], rows[-1]["estimate"])
                self.assertLess(rows[-1]["ci_low"], 1)
                self.assertEqual(rows[-1]["verdict"], "PASS" if share == 1 else "FAIL")
                self.assertIn("links between nodes", rows[-1]["basis"])
                testcluster("down")


if __name__ == "__main__":
    main_with_cluster("__main__")
