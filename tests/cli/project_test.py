# SPDX-License-Identifier: Apache-2.0
"""`plumbline project`: exit statuses, and the words for what it does not judge. The simulated step of 1 ms and a growing allreduce is
some 83 % efficient on 8 ranks."""
import h5py

from support import FAIL, INCONCLUSIVE, NOT_MEASURED, PASS, CliTest, main, reseal

GROWING = """
plumbline: 1
name: growing
backend: sim
simulation: {ranks: 8, ranks_per_node: 8}
scale: {ranks: [1, 2, 4, 8]}
batch: 1
stop: {warmup: 1, min_samples: 7, max_samples: 7}
cases:
  - {pattern: data_parallel, compute: 1ms, gradient_bytes: 1MiB}
"""
COLLECTIVES = GROWING.replace("data_parallel, compute: 1ms, gradient_bytes", "allreduce, bytes")
ONE_NODE_AND_MORE = GROWING.replace("ranks_per_node: 8", "ranks_per_node: 2")
NODES = "its base (1 rank) lies on one node and larger scales on several (another fabric)"


def targets(*rows):
    return "targets:\n" + "".join(f"  - {{name: t{index}, {row}}}\n" for index, row in enumerate(rows))


def efficiency(bound, more=""):
    return f"metric: weak_efficiency, where: {{pattern: data_parallel}}, at_least: {bound}{more}"


class Project(CliTest):
    def measure(self, scenario, *settings):
        self.write("s.yaml", scenario)
        sets = [word for setting in settings for word in ("--set", setting)]
        run = self.call("run", "s.yaml", "-o", "x.h5", "--force", "-q", *sets)
        self.assertEqual(run.returncode, PASS, run.stderr)

    def project(self, status, *rows, ranks=16):
        """stdout of a projection to 16 ranks that ends with `status`, against targets of these rows where there are any."""
        more = ("--targets", self.write("t.yaml", targets(*rows))) if rows else ()
        process = self.call("project", "x.h5", "--ranks", ranks, *more)
        self.assertEqual((process.returncode, process.stderr), (status, ""), process.stdout)
        return process.stdout

    def test_the_interval_against_the_named_base_decides_the_exit_status(self):
        self.measure(GROWING)
        self.assertIn("PASS t0: weak_efficiency 0.", self.project(PASS, efficiency(0.5)))
        self.assertIn("FAIL t0: weak_efficiency 0.", self.project(FAIL, efficiency(0.95)))
        text = self.project(PASS, efficiency(0.85, ", base_ranks: 8"))  # of 1 rank it is less
        self.assertIn("16 ranks (base 8 ranks: 1.20 ms; work per rank fixed)", text)
        self.assertIn("no verdict t0: data parallel", self.project(NOT_MEASURED, efficiency(0.5, ", base_ranks: 3")))
        self.assertIn("extrapolated, not accepted", self.project(NOT_MEASURED, efficiency(0.5), ranks=33))

    def test_without_targets_there_is_nothing_to_meet(self):
        for scenario, words in ((GROWING, "predicted "), (COLLECTIVES, "no workload was measured")):
            self.measure(scenario)
            text = self.project(PASS)
            self.assertIn(words, text)
            self.assertNotIn("verdict", text)

    def test_a_target_that_nothing_projected_speaks_to_is_not_met(self):
        self.measure(COLLECTIVES)
        self.assertIn("no verdict t0: data parallel: no workload was measured", self.project(NOT_MEASURED, efficiency(0.5)))
        self.measure(GROWING)
        bandwidth = "metric: busbw, where: {pattern: allreduce}, at_least: 1"
        self.assertIn("busbw is not projected", self.project(NOT_MEASURED, bandwidth))
        text = self.project(NOT_MEASURED, efficiency(0.5), bandwidth)
        self.assertIn("PASS t0: weak_efficiency", text)
        self.assertIn("applies to 8 ranks, not to 16", self.project(NOT_MEASURED, efficiency(0.5, ", at_ranks: 8")))
        self.assertIn("PASS", self.project(PASS, efficiency(0.5, ", at_ranks: all"), efficiency(0.5, ", at_ranks: 16")))

    def test_below_6_samples_nothing_passes_or_fails(self):
        self.measure(GROWING, "stop.min_samples=5", "stop.max_samples=5")
        for bound in (0.5, 0.95):
            text = self.project(INCONCLUSIVE, efficiency(bound))
            self.assertIn("INCONCLUSIVE t0: weak_efficiency 0.", text)
            self.assertIn("no interval: needs at least 6 samples for an interval, has 5 (write stop.min_samples: 6) on 1 rank", text)
            self.assertIn("predicted 1.23 ms [none]", text)

    def test_one_node_is_no_base_for_many_unasked(self):
        self.measure(ONE_NODE_AND_MORE)
        self.assertIn(NODES, self.project(NOT_MEASURED, efficiency(0.1)))
        self.assertIn("across nodes", self.project(PASS, efficiency(0.1, ", across_fabrics: true")))
        self.assertIn("PASS", self.project(PASS, efficiency(0.1, ", base_ranks: 4")))

    def test_a_stand_in_and_a_run_that_was_cut_short_are_not_green(self):
        self.measure(GROWING)
        with h5py.File(self.folder / "x.h5", "r+") as run:
            run.attrs.modify("complete", 0)
            reseal(run, "/")
        self.project(PASS)
        text = self.project(NOT_MEASURED, efficiency(0.5))
        self.assertIn("PASS t0: ", text)
        self.assertIn("NOT_MEASURED complete-run: the whole run: the run stopped before its plan was done", text)
        with h5py.File(self.folder / "x.h5", "r+") as run:
            run.attrs.modify("fake_library", 1)
            reseal(run, "/")
        for rows in ((), (efficiency(0.5),)):
            text = self.project(NOT_MEASURED, *rows)
            self.assertIn("the library was a stand-in for tests", text)
            self.assertNotIn("PASS", text)

    def test_a_scale_that_was_measured_is_refused(self):
        self.measure(GROWING)
        self.assert_refused(self.call("project", "x.h5", "--ranks", 8), "--ranks 8", "The nearest valid value is 9")


if __name__ == "__main__":
    main()
