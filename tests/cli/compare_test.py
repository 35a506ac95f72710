# SPDX-License-Identifier: Apache-2.0
"""`plumbline compare`: two simulated vendors, whose ratio is known."""
import json

from browser import Browser
from support import FAIL, NOT_MEASURED, PASS, CliTest, main

VENDOR = """
plumbline: 1
name: {name}
backend: sim
simulation: {{ranks: 4, latency: 2us, bandwidth: {bandwidth}}}
scale: {{ranks: [2, 4]}}
batch: 1
stop: {{min_samples: 20, max_samples: 20}}
cases:
  - {{pattern: allreduce, bytes: {{from: 8, to: 64MiB, factor: 16}}}}
  - {{pattern: {other}, bytes: 1MiB}}
"""


class Compare(CliTest):
    def setUp(self):
        super().setUp()
        for out, bandwidth, other in (("a.h5", "10GB/s", "alltoall"), ("b.h5", "20GB/s", "allgather")):
            self.write("s.yaml", VENDOR.format(name=out[0], bandwidth=bandwidth, other=other))
            self.assertEqual(self.call("run", "s.yaml", "-o", out).returncode, PASS)

    def test_twice_the_bandwidth_is_twice_the_speed_where_bandwidth_bounds(self):
        made = self.call("compare", "a.h5", "b.h5", "--format", "json", "--price", "100,50", "--power", "10,10")
        self.assertEqual(made.returncode, PASS, made.stderr)
        result = json.loads(made.stdout)
        regimes = {r["regime"]: r for r in result["regimes"]}
        bandwidth = regimes["bandwidth-bound"]
        self.assertAlmostEqual(bandwidth["highest_ratio"], 2, delta=0.02)
        self.assertAlmostEqual(bandwidth["ratio_per_price"], 2 * bandwidth["geometric_mean_ratio"], delta=1e-9)
        self.assertAlmostEqual(regimes["latency-bound"]["geometric_mean_ratio"], 1, delta=0.05)
        self.assertEqual({u["why"] for u in result["unmatched"]}, {"no such case in b.h5", "no such case in a.h5"})

    def test_a_vendor_has_a_name(self):
        made = self.call("compare", "a.h5", "b.h5", "--name", "B=vendor two", "--format", "json")
        self.assertEqual({u["why"] for u in json.loads(made.stdout)["unmatched"]}, {"no such case in vendor two", "no such case in a.h5"})
        for wrong in ("C=x", "B", "B=", "=x", "b=x"):
            self.assert_refused(self.call("compare", "a.h5", "b.h5", "--name", wrong), "--name", "A=vendor-one")

    def test_three_vendors_are_told_apart_in_a_line_each_and_tokens_for_money_and_energy_are_numbers(self):
        decode = "cases:\n  - {{pattern: decode, layers: 8, activation_bytes: 1MB, tokens: 8, sequences: 8}}\n"
        for out, bandwidth, latency in (("a", "10GB/s", "8us"), ("b", "40GB/s", "2us"), ("c", "12.4GB/s", "8us")):
            self.write("s.yaml", VENDOR.replace("2us", latency).replace("cases:\n", decode).format(name="v", bandwidth=bandwidth, other="alltoall"))
            self.assertEqual(self.call("run", "s.yaml", "-o", f"{out}3.h5").returncode, PASS)
        names = ("--name", "A=one", "--name", "B=two", "--name", "C=three")
        made = self.call("compare", "a3.h5", "b3.h5", "c3.h5", *names, "--price", "A=1200000CNY,B=1200000CNY,C=1620000CNY", "--power", "A=10.2kW", "--power", "B=10.2kW", "--power", "C=10200W")
        self.assertEqual(made.returncode, PASS, made.stderr)
        said = " ".join(made.stdout.split())
        self.assertIn("beside one, two is 4 x faster where bandwidth counts,", said)
        self.assertRegex(said, r"beside one, three is 1\.23 x faster where bandwidth counts,.* equal in latency,.* 10 % dearer a GB/s, 19 % less power a GB/s")
        self.assertRegex(said, "fastest: two where bandwidth counts, .*two in latency")
        self.assertRegex(said, r"decode, .*: two [\d,]+ tokens/s beside [\d,]+ \(\+300 %\), [\d,]+ tokens/s for a million CNY beside [\d,]+ \(\+300 %\), [\d,]+ tokens a kWh beside [\d,]+ \(\+300 %\)")
        self.assertLess(said.index("like is compared with like"), said.index("beside one, two"))
        lost = self.call("compare", "b3.h5", "c3.h5", "--fail-if-worse", "5%")
        self.assertRegex(" ".join(lost.stdout.split()), r"verdict: FAIL \(worse by over 5 %: FAIL\) allreduce.*: c3.h5 at 0\.2\d+ of b3.h5")

    def test_text_fits_a_terminal_and_a_limit_gives_the_exit_status(self):
        made = self.call("compare", "b.h5", "a.h5", "--fail-if-worse", "5%")
        self.assertEqual(made.returncode, FAIL, made.stdout + made.stderr)
        self.assertIn("verdict: FAIL", made.stdout)
        self.assertLessEqual(max(map(len, made.stdout.splitlines())), 110)
        self.assertEqual(self.call("compare", "b.h5", "a.h5").returncode, PASS)
        self.assertEqual(self.call("compare", "a.h5", "b.h5", "--fail-if-worse", "0.05").returncode, NOT_MEASURED)

    def test_the_page_shows_ratios(self):
        self.assertEqual(self.call("compare", "a.h5", "b.h5", "--format", "html", "-o", "c.html").returncode, PASS)
        page = Browser()
        self.addCleanup(page.close)
        page.open(self.folder / "c.html")
        self.assertEqual(page.text("h1"), "Comparison of runs")
        self.assertEqual(page.run("return document.title"), "plumbline: comparison of a.h5 and b.h5")
        self.assertIn("like is compared with like", page.text("#fairness"))
        self.assertIn("b.h5 is 1.9 x faster where bandwidth counts", page.text("#answer"))
        self.assertEqual(page.one("figure").get_attribute("data-figure"), "ratio-b-allreduce")
        self.assertIn("bandwidth-bound", page.text("main"))
        page.one("#language").click()
        self.assertIn("带宽受限", page.text("main"))
        self.assertEqual(page.console(), [])

    def test_wrong_input_is_refused(self):
        self.assert_refused(self.call("compare", "a.h5"), "one file")
        self.assert_refused(self.call("compare", "a.h5", "b.h5", "--price", "1"), "--price has 1 numbers for 2 files")
        self.assert_refused(self.call("compare", "a.h5", "b.h5", "--price", "1,0"), "--price 0 is not positive")
        for wrong, said in ((("--price", "A=1CNY,B=2USD"), "in 'CNY' and in 'USD'"), (("--price", "A=1,C=3"), "names no file"), (("--price", "A=x,B=2"), "is no number"),
                            (("--power", "A=10hp,B=9kW"), "no unit of power"), (("--price", "A=1,A=2"), "two values")):
            self.assert_refused(self.call("compare", "a.h5", "b.h5", *wrong), said)
        for wrong in ("5x", "150%", "-1", "nan"):
            self.assert_refused(self.call("compare", "a.h5", "b.h5", "--fail-if-worse", wrong), wrong)
        self.write("s.yaml", "plumbline: 1\nname: c\nbackend: sim\nsimulation: {ranks: 2, latency: 2us, bandwidth: 1GB/s}\n"
                             "scale: {ranks: [2]}\ncases:\n  - {pattern: broadcast, bytes: 8}\n")
        self.assertEqual(self.call("run", "s.yaml", "-o", "c.h5").returncode, PASS)
        self.assert_refused(self.call("compare", "a.h5", "c.h5"), "no case of 'a.h5' can be compared", "no such case in c.h5")


if __name__ == "__main__":
    main()
