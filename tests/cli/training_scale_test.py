# SPDX-License-Identifier: Apache-2.0
"""docs/examples/training-at-scale.yaml and megascale-grid.yaml: linear speedup on a simulated cluster, and how a planted 4:1
oversubscription of its leaves bends it. What the files then say is worked out here from docs/explanation/training-traffic.md alone."""
import dataclasses
import json

from support import FAIL, NOT_MEASURED, ROOT, CliTest, main, seconds

EXAMPLES = ROOT / "docs/examples"
LATENCY, LINK, NIC_OF_RANK = 1e-6, 400e9, 50e9


def data_parallel_s(n, uplink):
    """16 buckets of 1 GB, each 12.5 ms of backward: one server, first come first served. 4 ranks a node, 8 a leaf."""
    def through(groups):
        return 2 * (groups - 1) / groups * 1e9
    bucket = 2 * (n - 1) * LATENCY + max(through(n) / LINK, through(n / 4) / (4 * NIC_OF_RANK), through(n / 8) / uplink)
    return 0.3 + bucket + 15 * max(0, bucket - 0.2 / 16)


@dataclasses.dataclass(frozen=True)
class Step:
    """The MegaScale model, a replica a leaf."""

    tensor: int
    pipeline: int
    microbatches: int
    flops: float

    @property
    def replica(self):
        return self.tensor * self.pipeline

    def bubble(self):
        return (self.pipeline - 1) / (self.microbatches + self.pipeline - 1)

    def parts_s(self, n, uplink):
        """(m+p-1)(F+B); a message to each further stage and back; the reduce-scatter of the last layer's gradients, or what
        piles up of all, and the all-gather of the parameters, for which a rank has its share of its leaf's up-links."""
        l, h, s, v = 96, 12288, 2048, 64000
        t, p, m, d = self.tensor, self.pipeline, self.microbatches, n // self.replica
        layer_s = 72 * s * h * h * (1 + s / (6 * h) + v / (12 * l * h)) / t / self.flops
        activation = s * h * 2
        allreduce = 2 * (t - 1) * LATENCY + 2 * (t - 1) / t * activation / LINK
        parameters = 12 * l * h * h * (1 + 13 / (12 * h) + (v + s) / (12 * l * h))
        share = min(NIC_OF_RANK, uplink / self.replica)

        def exchanged(layers):
            elements = int(parameters / l / t) * layers
            return (d - 1) * LATENCY + (d - 1) / d * (-(-elements // d) * d * 2) / share
        backward = layer_s * 2 / 3 + 2 * allreduce
        exposed = exchanged(1) + (l // p - 1) * max(0, exchanged(1) - backward)
        return {"compute": m * (l // p) * layer_s, "tensor": m * (l // p) * 4 * allreduce,
                "messages": 2 * (p - 1) * (LATENCY + activation / NIC_OF_RANK),
                "data": 0 if d == 1 else exposed + exchanged(l // p)}

    def seconds(self, n, uplink):
        parts = self.parts_s(n, uplink)
        work = (parts["compute"] + parts["tensor"]) / self.microbatches
        return (self.microbatches + self.pipeline - 1) * work + parts["messages"] + parts["data"]


SMALL_STEP = Step(tensor=4, pipeline=2, microbatches=2, flops=32e12)
GRID = Step(tensor=8, pipeline=8, microbatches=16, flops=200e12)


class OnSimulatedLeaves(CliTest):
    def measured(self, example, ranks, uplink):
        settings = (f"scale.ranks={list(ranks)}", f"simulation.ranks={max(ranks)}", f"simulation.leaf.bandwidth={uplink / 1e9:g}GB/s")
        run = self.call("run", EXAMPLES / example, "-o", "x.h5", "--force", timeout=500,
                        *(word for setting in settings for word in ("--set", setting)))
        self.assertEqual(run.returncode, 0, run.stderr)
        cases = json.loads(self.call("show", "x.h5", "--format", "json").stdout)["cases"]
        return {(case["pattern"], case["ranks"]): case["median_s"] for case in cases}

    def judged(self):
        process = self.call("check", "x.h5", "--targets", "sensecore-2023", "--format", "json")
        findings = json.loads(process.stdout)["findings"]
        return process.returncode, {(finding["target"], finding["verdict"]) for finding in findings}

    def assert_closed_forms(self, measured, uplink, forms):
        for (pattern, n), median_s in measured.items():
            self.assertAlmostEqual(median_s / forms[pattern](n, uplink), 1, delta=1e-9, msg=f"{pattern} {n}")

    def assert_bends(self, measured, uplink, forms, bent):
        """Below 90 % from the scale `bent` on, and in the closed forms too."""
        base = min(n for _, n in measured)
        for (pattern, n), median_s in measured.items():
            self.assertEqual(measured[pattern, base] / median_s < 0.9, n >= bent, f"{pattern} {n}")
            self.assertEqual(forms[pattern](base, uplink) / forms[pattern](n, uplink) < 0.9, n >= bent)


class TrainingAtScale(OnSimulatedLeaves):
    EXAMPLE, RANKS = "training-at-scale.yaml", (8, 16, 64)
    FORMS = {"data_parallel": data_parallel_s, "training_step": SMALL_STEP.seconds}

    def test_a_leaf_that_is_not_oversubscribed_bends_nothing(self):
        self.assert_closed_forms(self.measured(self.EXAMPLE, self.RANKS, 400e9), 400e9, self.FORMS)
        status, verdicts = self.judged()
        self.assertEqual(status, NOT_MEASURED, "30 days and recovery are not simulated")
        self.assertIn(("linear-speedup-data-parallel", "PASS"), verdicts)
        self.assertIn(("linear-speedup-training-step", "PASS"), verdicts)

    def test_four_to_one_bends_both_below_90_percent_where_the_closed_forms_do(self):
        measured = self.measured(self.EXAMPLE, self.RANKS, 100e9)
        self.assert_closed_forms(measured, 100e9, self.FORMS)
        self.assert_bends(measured, 100e9, self.FORMS, bent=64)
        status, verdicts = self.judged()
        self.assertEqual(status, FAIL)
        self.assertIn(("linear-speedup-data-parallel", "FAIL"), verdicts)
        self.assertIn(("linear-speedup-training-step", "FAIL"), verdicts)


class MegascaleGrid(OnSimulatedLeaves):
    """Tensor 8 x pipeline 8 x data 1 to 16."""
    EXAMPLE, RANKS = "megascale-grid.yaml", (64, 128, 256, 1024)
    FORMS = {"training_step": GRID.seconds}

    def assert_parts(self, uplink):
        """Of rank 0, whose stage ends last, and the bubble of the schedule, in each sample of the file."""
        import h5py
        with h5py.File(self.folder / "x.h5", "r") as run:
            for case in run["cases"].values():
                samples = seconds(case["rounds/0"])
                n = samples.shape[1]
                parts, step_s = GRID.parts_s(n, uplink), GRID.seconds(n, uplink)
                shares = {name: dataset[:, 0] for name, dataset in case["rounds/0/shares"].items()}
                for part in ("compute", "tensor", "data"):
                    for share_s in shares.get(f"{part}_s", [0.0]):
                        self.assertAlmostEqual(share_s, parts[part], delta=1e-9 * step_s, msg=f"{part} {n}")
                for i, compute_s in enumerate(shares["compute_s"]):
                    busy = compute_s + shares["tensor_s"][i]
                    without = samples[i, 0] - parts["messages"] - (shares["data_s"][i] if "data_s" in shares else 0)
                    self.assertAlmostEqual(1 - busy / without, GRID.bubble(), delta=1e-9, msg=f"bubble {n}")

    def test_bubble_and_exposed_times_are_the_closed_forms_up_to_1024_ranks(self):
        measured = self.measured(self.EXAMPLE, self.RANKS, 3200e9)
        self.assert_closed_forms(measured, 3200e9, self.FORMS)
        self.assert_parts(3200e9)
        self.assert_bends(measured, 3200e9, self.FORMS, bent=2048)
        self.assertIn(("linear-speedup-training-step", "PASS"), self.judged()[1])

    def test_four_to_one_bends_it_below_90_percent_from_four_replicas_on(self):
        measured = self.measured(self.EXAMPLE, self.RANKS, 800e9)
        self.assert_closed_forms(measured, 800e9, self.FORMS)
        self.assert_parts(800e9)
        self.assert_bends(measured, 800e9, self.FORMS, bent=256)
        self.assertIn(("linear-speedup-training-step", "FAIL"), self.judged()[1])


if __name__ == "__main__":
    main()
