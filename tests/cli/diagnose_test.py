# SPDX-License-Identifier: Apache-2.0
"""Who is slow, from a run file: on simulated clusters to the digit. Ranks that really sleep are in stragglers_test.py."""
import json
import xml.etree.ElementTree

from support import CliTest, FAIL, INCONCLUSIVE, PASS, main

SIMULATED = """
plumbline: 1
name: simulated
backend: sim
simulation: {ranks: 6, latency: 2us, bandwidth: 10GB/s%s}
sync: {mode: barrier}
order: {shuffle: false}
stop: {max_samples: 20, min_samples: 20}
batch: 1
cases:
  - {pattern: allreduce, bytes: 8}
  - {pattern: allgather, bytes: 24}
  - {pattern: data_parallel, compute: 1ms, gradient_bytes: 64KiB}
"""


class Diagnose(CliTest):
    def test_of_a_healthy_cluster_nobody_is_named(self):
        found = self.ranks_of(SIMULATED % "")
        self.assertEqual(found["findings"], [])
        self.assertEqual(found["judged_cases"], {"arrives_late": 3, "computes_long": 1, "transfers_long": 2})
        self.assertIn("links: not measured", self.text)
        self.assertIn("none of: arrives late (3 cases), computes long (1 case), transfers long (2 cases)", self.text)

    def test_a_run_of_links_says_whom_it_names_and_fail_makes_it_a_status(self):
        links = """
            plumbline: 1
            name: links
            backend: sim
            simulation: {ranks: 6%s}
            batch: 1
            cases: [{pattern: links, bytes: 1MiB}]
            """
        self.write("good.yaml", links % "")
        good = self.call("run", "good.yaml")
        self.assertEqual(good.returncode, PASS)
        self.assertIn("diagnosis: nobody stands out\n", good.stdout)
        self.assertIn("measured, not judged (no targets)\n", good.stdout)
        self.assertNotIn("PASS", good.stdout)
        self.assertEqual(self.call("diagnose", "links.h5", "--fail").returncode, PASS)
        self.write("bad.yaml", links % ", faults: [{kind: node, node: 2, factor: 2}]")
        bad = self.call("run", "bad.yaml", "-o", "bad.h5", "-q")
        self.assertEqual(bad.stdout, "diagnosis: 1 named: sim2 NIC ('plumbline diagnose bad.h5' says how slow)\n"
                                     "measured, not judged (no targets, simulated)\n")
        self.assertEqual(self.call("diagnose", "bad.h5").returncode, PASS)
        self.assertEqual(self.call("diagnose", "bad.h5", "--fail").returncode, FAIL)
        for name, failures in (("links.h5", "0"), ("bad.h5", "1")):
            suite = xml.etree.ElementTree.fromstring(self.call("diagnose", name, "--format", "junit").stdout).find("testsuite")
            self.assertEqual((suite.get("tests"), suite.get("failures"), suite.get("skipped")), ("2", failures, "1"))
        self.assertIn("sim2 NIC", suite.find(".//failure").get("message"))
        for language, word, name in (("en", "1 named", "sim2 NIC"), ("zh", "指出 1 处", "sim2 的网卡")):
            self.assertEqual(self.call("diagnose", "bad.h5", "--format", "html", "-o", "d.html", "--lang", language, "--fail").returncode, FAIL)
            page = (self.folder / "d.html").read_text(encoding="utf-8")
            self.assertIn(word, page)
            self.assertIn(name, page)
        self.assert_refused(self.call("diagnose", "bad.h5", "--format", "html", "-o", "bad.h5"), "bad.h5")

    def test_a_late_rank_is_named_with_its_delay(self):
        [late] = self.ranks_of(SIMULATED % ", faults: [{kind: late, rank: 4, delay: 500us}]")["findings"]
        self.assertEqual((late["kind"], late["how"], late["members"]), ("rank", "arrives_late", [4]))
        for number in ("excess_s", "excess_low_s", "excess_high_s"):
            self.assertAlmostEqual(late[number], 500e-6, delta=1e-12)
        self.assertEqual((late["slow_cases"], late["cases"]), (3, 3))
        self.assertIn("rank 4 (sim4) arrives late: +500 us", self.text)

    def test_a_rank_that_computes_long_is_named_with_the_time(self):
        [slow] = self.ranks_of(SIMULATED % ", faults: [{kind: rank, rank: 2, factor: 1.25}]")["findings"]
        self.assertEqual((slow["how"], slow["members"]), ("computes_long", [2]))
        self.assertAlmostEqual(slow["excess_s"], 250e-6, delta=1e-12)
        self.assertAlmostEqual(slow["reference_s"], 1e-3, delta=1e-12)

    def test_a_ring_where_a_tree_would_do_is_a_broken_guideline(self):
        # The simulator's allreduce is a ring, 2(n-1)(alpha + S/(n beta)); reduce and broadcast are 3 alpha + S/beta at 8 ranks.
        self.write("s.yaml", """
            plumbline: 1
            name: guidelines
            backend: sim
            simulation: {ranks: 8, latency: 1us, bandwidth: 10GB/s}
            scale: {ranks: all}
            batch: 1
            stop: {max_samples: 20, min_samples: 20}
            cases:
              - {pattern: allreduce, bytes: [1KiB, 1MiB]}
              - {pattern: reduce, bytes: [1KiB, 1MiB]}
              - {pattern: broadcast, bytes: [1KiB, 1MiB]}
            """)
        self.call("run", "s.yaml", "-o", "x.h5")
        found = json.loads(self.call("diagnose", "x.h5", "--format", "json").stdout)["guidelines"]
        [broken] = found["broken"]
        self.assertEqual((broken["rule"], broken["kind"]), ("allreduce <= reduce + broadcast", "composition"))
        self.assertAlmostEqual(broken["left_s"], 14 * (1e-6 + 1024 / 8 / 10e9), delta=1e-12)
        self.assertAlmostEqual(broken["right_s"], 2 * (3e-6 + 1024 / 10e9), delta=1e-12)
        self.assertGreater(found["compared"], 6)

    ON_FAIL = """
        plumbline: 1
        name: on-fail
        backend: sim
        simulation: {ranks: 8, latency: 1us, bandwidth: 10GB/s%s}
        scale: {ranks: all}
        stop: {max_samples: 20, min_samples: 20}
        cases:
          - {pattern: allreduce, bytes: 2MiB}
        targets:
          - {name: fast, metric: busbw, where: {pattern: allreduce}, at_least: 9}
        """

    def test_a_failed_bandwidth_target_is_followed_by_the_culprit_s_name(self):
        self.write("s.yaml", self.ON_FAIL % ", faults: [{kind: node, node: 3, factor: 2}]")
        run = self.call("run", "s.yaml", "-o", "x.h5", "--diagnose-on-fail")
        self.assertEqual(run.returncode, FAIL, run.stderr)
        self.assertIn("sim3 NIC: -50 % [-50, -50] bandwidth in 7 of 7 pairs, both directions", run.stdout)
        self.assertIn("0 other suspects", run.stdout)
        cases = json.loads(self.call("show", "x.h5", "--format", "json").stdout)["cases"]
        self.assertEqual([(case["id"], case["pattern"], case["bytes"]) for case in cases],
                         [(0, "allreduce", 2 << 20), (1, "links", 256 << 10)])
        self.assertIn(self.call("diagnose", "x.h5").stdout, run.stdout)
        # From then on the verdict says it too.
        checked = self.call("check", "x.h5")
        self.assertEqual(checked.returncode, FAIL)
        self.assertIn("; diagnose names sim3 NIC (-50 % [-50, -50] bandwidth) on the nodes of this case", checked.stdout)

    def test_it_can_be_resumed_and_appended_to(self):
        self.write("s.yaml", self.ON_FAIL % ", faults: [{kind: node, node: 3, factor: 2}]")
        self.call("run", "s.yaml", "-o", "x.h5", "--diagnose-on-fail")
        again = self.call("run", "s.yaml", "-o", "x.h5", "--diagnose-on-fail", "--resume")
        self.assertEqual(again.returncode, FAIL, again.stderr)
        self.assertIn("sim3 NIC: -50 %", again.stdout)
        more = self.call("run", "s.yaml", "-o", "x.h5", "--diagnose-on-fail", "--append")
        self.assertEqual(more.returncode, INCONCLUSIVE, "no interval over two launches")
        self.assertIn("sim3 NIC: -50 %", self.call("diagnose", "x.h5").stdout)
        self.assertEqual(len(json.loads(self.call("show", "x.h5", "--format", "json").stdout)["cases"]), 2)

    def test_without_a_failed_target_or_the_option_nothing_more_is_measured(self):
        self.write("s.yaml", self.ON_FAIL % "")
        well = self.call("run", "s.yaml", "-o", "well.h5", "--diagnose-on-fail")
        self.assertEqual(well.returncode, PASS, well.stdout)
        self.assertNotIn("links", well.stdout)
        self.write("s.yaml", self.ON_FAIL % ", faults: [{kind: node, node: 3, factor: 2}]")
        plain = self.call("run", "s.yaml", "-o", "plain.h5")
        self.assertEqual(plain.returncode, FAIL)
        self.assertNotIn("links", plain.stdout)

    def test_under_mpirun_all_ranks_agree_to_measure_the_links(self):
        self.write("s.yaml", """
            plumbline: 1
            name: on-fail
            scale: {ranks: [2]}
            oversubscribe: true
            stop: {max_samples: 20, min_samples: 20}
            cases:
              - {pattern: allreduce, bytes: 64KiB}
            targets:
              - {name: impossible, metric: busbw, where: {pattern: allreduce}, at_least: 100000}
            """)
        run = self.call("run", "s.yaml", "-o", "x.h5", "--diagnose-on-fail", "--set", "sync.mode=barrier", ranks=3)
        self.assertEqual(run.returncode, FAIL, run.stderr)
        self.assertIn("case 1, links, 64 KiB, 3 ranks", run.stdout)

    BISECT = """
        plumbline: 1
        name: bisect
        backend: sim
        simulation: {ranks: 32, ranks_per_node: %d, latency: 1us, bandwidth: 10GB/s, faults: [{%s}]}
        scale: {ranks: all}
        cases:
          - {pattern: bisect, bytes: 1MiB}
        """

    def bisected(self, per_node, fault):
        self.write("s.yaml", self.BISECT % (per_node, fault))
        run = self.call("run", "s.yaml", "-o", "x.h5", "--force")
        self.assertEqual(run.returncode, PASS, run.stderr)
        [case] = json.loads(self.call("diagnose", "x.h5", "--format", "json").stdout)["cases"]
        return case, self.call("diagnose", "x.h5").stdout

    def test_bisection_names_a_slow_node_in_log2_n_plus_2_group_tests(self):
        case, text = self.bisected(1, "kind: node, node: 21, factor: 1.25")
        [found] = case["findings"]
        self.assertEqual((found["kind"], found["members"], found["members_are"]), ("node", [21], "nodes"))
        self.assertAlmostEqual(found["change"], 1 / 1.25 - 1, delta=1e-9)
        self.assertLessEqual(case["group_tests"], 7)
        self.assertIn("sim21 NIC: -20 % [-20, -20] bandwidth in a ring with one that is known to be good", text)

    def test_bisection_splits_nodes_with_all_their_ranks(self):
        case, _ = self.bisected(4, "kind: node, node: 6, factor: 2")
        self.assertEqual([(found["kind"], found["members"]) for found in case["findings"]], [("node", [6])])

    def test_bisection_looks_across_the_boundary_of_two_healthy_halves(self):
        case, text = self.bisected(1, "kind: link, nodes: [15, 16], factor: 2")
        self.assertEqual([(found["kind"], found["members"]) for found in case["findings"]], [("link", [15, 16])])
        case, text = self.bisected(1, f"kind: leaf, nodes: {list(range(16))}, factor: 2")
        self.assertEqual([(found["kind"], found["members"]) for found in case["findings"]], [("leaf", list(range(16)))])
        self.assertIn("boundary between {sim0 to sim15} and {sim16 to sim31}", text)

    def test_bisection_under_mpirun_ends_and_checks_its_data(self):
        self.write("s.yaml", """
            plumbline: 1
            name: bisect
            scale: {ranks: all}
            oversubscribe: true
            cases:
              - {pattern: bisect, bytes: 64KiB, repetitions: 20}
            """)
        run = self.call("run", "s.yaml", "-o", "x.h5", ranks=5)
        self.assertEqual(run.returncode, PASS, run.stderr)
        self.assertIn("data verified in 1 of 1 case that can be checked", run.stdout)
        self.assertNotIn("isn't complete", self.call("diagnose", "x.h5").stdout)


if __name__ == "__main__":
    main()
