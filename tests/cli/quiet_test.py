# SPDX-License-Identifier: Apache-2.0
"""--quiet: the exit status is the answer, as with grep -q."""
from support import FAIL, NOT_MEASURED, PASS, CliTest, main

SCENARIO = """
plumbline: 1
name: quiet
backend: sim
simulation: {{ranks: 2, latency: 2us, bandwidth: {bandwidth}}}
scale: {{ranks: [2]}}
batch: 1
stop: {{min_samples: 20, max_samples: 20}}
cases:
  - {{pattern: allreduce, bytes: 1MiB}}
targets:
  - {{name: bw, metric: busbw, where: {{pattern: allreduce}}, at_least: {least}}}
"""


class Quiet(CliTest):
    def measure(self, out, *more, bandwidth="10GB/s", least="1GB/s"):
        self.write("s.yaml", SCENARIO.format(bandwidth=bandwidth, least=least))
        return self.call("run", "s.yaml", "-o", out, *more)

    def assert_silent(self, process, status):
        self.assertEqual((process.returncode, process.stdout, process.stderr), (status, "", ""))

    def test_run_prints_the_verdict_and_nothing_else(self):
        good = self.measure("good.h5", "--quiet")
        self.assertEqual((good.returncode, good.stdout, good.stderr), (PASS, "verdict: PASS (simulated)\n", ""))
        bad = self.measure("bad.h5", "-q", "--progress", "live", least="1TB/s")
        self.assertEqual((bad.returncode, bad.stdout, bad.stderr), (FAIL, "verdict: FAIL (simulated)\n", ""))

    def test_a_quiet_run_still_says_what_is_wrong(self):
        self.assertEqual(self.measure("x.h5", "--quiet").returncode, PASS)
        self.assert_refused(self.measure("x.h5", "--quiet"), "x.h5", "--force")
        self.assert_refused(self.measure("y.h5", "--quiet", "--dry-run"), "--quiet", "--dry-run")

    def test_check_answers_by_its_status_and_still_writes_what_is_asked_for(self):
        self.measure("good.h5")
        self.measure("bad.h5", least="1TB/s")
        self.assert_silent(self.call("check", "good.h5", "--quiet"), PASS)
        self.assert_silent(self.call("check", "bad.h5", "-q"), FAIL)
        self.assert_silent(self.call("check", "bad.h5", "-q", "--format", "junit", "-o", "x.xml"), FAIL)
        self.assertIn("<testsuites>", (self.folder / "x.xml").read_text())
        self.assert_refused(self.call("check", "none.h5", "-q"), "none.h5")

    def test_compare_answers_by_its_status(self):
        self.measure("a.h5")
        self.measure("b.h5", bandwidth="5GB/s")
        self.assert_silent(self.call("compare", "a.h5", "b.h5", "-q", "--fail-if-worse", "5%"), FAIL)
        self.assert_silent(self.call("compare", "b.h5", "a.h5", "-q", "--fail-if-worse", "5%"), PASS)
        self.assert_silent(self.call("compare", "a.h5", "b.h5", "-q", "--format", "json", "-o", "c.json"), PASS)
        self.assertIn('"cases"', (self.folder / "c.json").read_text())
        self.assert_refused(self.call("compare", "a.h5", "-q"), "one file")

    def test_history_answers_by_its_status(self):
        (self.folder / "runs").mkdir()
        self.measure("runs/0.h5")
        self.assert_silent(self.call("history", "runs", "--quiet"), NOT_MEASURED)
        for night in range(1, 4):
            self.measure(f"runs/{night}.h5")
        self.assert_silent(self.call("history", "runs", "--quiet"), PASS)
        self.measure("runs/4.h5", bandwidth="5GB/s")
        self.assert_silent(self.call("history", "runs", "--quiet"), FAIL)
        self.assert_refused(self.call("history", "nowhere", "-q"), "nowhere")


if __name__ == "__main__":
    main()
