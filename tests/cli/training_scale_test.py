"""docs/examples/training-at-scale.yaml: linear speedup on a simulated cluster, and how a planted 4:1 oversubscription of its leaves bends
it. What the file then says is worked out here from docs/training.md alone."""
import json

from support import ROOT, CliTest, FAIL, NOT_MEASURED, main

EXAMPLE = ROOT / "docs/examples/training-at-scale.yaml"
RANKS = (8, 16, 64)
LATENCY, LINK, NIC = 1e-6, 400e9, 200e9
OF_NODE, OF_LEAF = 4, 8


def data_parallel_s(n, uplink):
    """16 buckets of 1 GB, each 12.5 ms of backward: one server, first come first served."""
    def through(groups):
        return 2 * (groups - 1) / groups * 1e9
    bucket = 2 * (n - 1) * LATENCY + max(through(n) / LINK, through(n / OF_NODE) / NIC, through(n / OF_LEAF) / uplink)
    return 0.3 + bucket + 15 * max(0, bucket - 0.2 / 16)


def training_step_s(n, uplink):
    """Tensor 4, pipeline 2, data n/8, one replica a leaf, 2 micro-batches: (m+p-1)(F+B), a message there and back, the reduce-scatter of the
    last layer's gradients and the all-gather of all parameters, for which a rank has an eighth of its leaf's up-links."""
    l, h, s, v, t, p, m, d = 96, 12288, 2048, 64000, 4, 2, 2, n // OF_LEAF
    layer_s = 72 * l * s * h * h * (1 + s / (6 * h) + v / (12 * l * h)) / l / t / 32e12
    activation = s * h * 2
    allreduce = 2 * (t - 1) * LATENCY + 2 * (t - 1) / t * activation / LINK
    parameters = 12 * l * h * h * (1 + 13 / (12 * h) + (v + s) / (12 * l * h))
    share = min(NIC / OF_NODE, uplink / OF_LEAF)

    def exchanged(layers):
        elements = int(parameters / l / t) * layers
        return (d - 1) * LATENCY + (d - 1) / d * (-(-elements // d) * d * 2) / share
    backward = layer_s * 2 / 3 + 2 * allreduce
    gradients = 0 if d == 1 else exchanged(1) + (l // p - 1) * max(0, exchanged(1) - backward) + exchanged(l // p)
    return (m + p - 1) * (l // p) * (layer_s + 4 * allreduce) + 2 * (LATENCY + activation / (NIC / OF_NODE)) + gradients


class TrainingAtScale(CliTest):
    def measured(self, uplink):
        settings = (f"scale.ranks={list(RANKS)}", "simulation.ranks=64", f"simulation.leaf.bandwidth={uplink / 1e9:g}GB/s")
        run = self.call("run", EXAMPLE, "-o", "x.h5", "--force", *(word for setting in settings for word in ("--set", setting)))
        self.assertEqual(run.returncode, 0, run.stderr)
        cases = json.loads(self.call("show", "x.h5", "--format", "json").stdout)["cases"]
        return {(case["pattern"], case["ranks"]): case["median_s"] for case in cases}

    def judged(self):
        process = self.call("check", "x.h5", "--targets", "sensecore-2023", "--format", "json")
        findings = json.loads(process.stdout)["findings"]
        return process.returncode, {(finding["target"], finding["verdict"]) for finding in findings}

    def assert_closed_forms(self, measured, uplink):
        for n in RANKS:
            for pattern, seconds in (("data_parallel", data_parallel_s), ("training_step", training_step_s)):
                self.assertAlmostEqual(measured[pattern, n] / seconds(n, uplink), 1, delta=1e-9, msg=f"{pattern} {n}")

    def test_a_leaf_that_is_not_oversubscribed_bends_nothing(self):
        self.assert_closed_forms(self.measured(400e9), 400e9)
        status, verdicts = self.judged()
        self.assertEqual(status, NOT_MEASURED, "30 days and recovery are not simulated")
        self.assertIn(("linear-speedup-data-parallel", "PASS"), verdicts)
        self.assertIn(("linear-speedup-training-step", "PASS"), verdicts)

    def test_four_to_one_bends_both_below_90_percent_where_the_closed_forms_do(self):
        measured = self.measured(100e9)
        self.assert_closed_forms(measured, 100e9)
        for pattern, seconds in (("data_parallel", data_parallel_s), ("training_step", training_step_s)):
            bends = {n: measured[pattern, 8] / measured[pattern, n] < 0.9 for n in RANKS}
            self.assertEqual(bends, {n: seconds(8, 100e9) / seconds(n, 100e9) < 0.9 for n in RANKS})
            self.assertEqual(bends, {8: False, 16: False, 64: True})
        status, verdicts = self.judged()
        self.assertEqual(status, FAIL)
        self.assertIn(("linear-speedup-data-parallel", "FAIL"), verdicts)
        self.assertIn(("linear-speedup-training-step", "FAIL"), verdicts)


if __name__ == "__main__":
    main()
