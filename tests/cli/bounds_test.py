# SPDX-License-Identifier: Apache-2.0
"""What links allow and algorithms attain: the command bounds, contracts judged before measuring, published values."""
import csv
import io
import json

from support import ROOT, CliTest, main

TENDER = """
links: {{ranks_per_node: 8, intra_node: {{bandwidth: 450GB/s}}, inter_node: {{ports: {ports}, bandwidth: 400Gbit/s}}}}
targets:
  - {{name: allreduce, metric: busbw, where: {{pattern: allreduce}}, at_ranks: 16, at_least: 491.84}}
  - {{name: alltoall, metric: busbw, where: {{pattern: alltoall}}, at_ranks: 16, at_least: 76.54}}
"""
RING = """
links: {ranks_per_node: 8, inter_node: {ports: 4, bandwidth: 400Gbit/s}, intra_node: {bandwidth: 450GB/s}}
targets:
  - {name: ring, metric: busbw, algorithm: ring, where: {pattern: allreduce}, at_ranks: 16, at_least: 300}
  - {name: somewhere, metric: busbw, where: {pattern: allreduce}, at_least: 300}
"""
MEASURED = """
plumbline: 1
name: beside-links
backend: sim
simulation: {ranks: 16, ranks_per_node: 8, latency: 1us, bandwidth: 450GB/s, nic: 400GB/s}
batch: 1
verify: false
stop: {warmup: 1, min_samples: 7, max_samples: 7}
cases:
  - {pattern: allreduce, bytes: [64KiB, 4MiB], scale: {ranks: 16}}
links: {intra_node: {bandwidth: 450GB/s}, inter_node: {ports: 8, bandwidth: 400Gbit/s}}
targets:
  - {name: ring, metric: fraction_of_attainable, algorithm: ring, where: {bytes: 4MiB}, at_least: 0.9}
"""
OWN = """
references:
  - name: own-2x2
    busbw: 350 GB/s
    pattern: allreduce
    bytes: 1GiB
    nodes: 2
    devices_per_node: 2
    device: {device}
    links: {{intra_node: {{bandwidth: 450GB/s}}, inter_node: {{ports: 8, bandwidth: 400Gbit/s}}}}
    links_source: order
    statistic: median
    source: "acceptance protocol, annex 2"
    date: 2026-03
"""


class Bounds(CliTest):
    def test_the_table_has_what_links_allow_and_attain_in_80_columns(self):
        options = ("bounds", "--nodes", 2, "--ranks-per-node", 8, "--ports", "4x400Gbit/s")
        text = self.call(*options).stdout
        self.assertIn("allreduce          375.0  links between nodes  ring            200.0      53 %\n", text)
        self.assertIn("all-to-all          46.9  links between nodes  direct           46.9     100 %\n", text)
        sized = self.call(*options, "--latency", "3us", "--bytes", "8,64MiB,16GiB", "--reduces", "between", "--leaf", "1x100Gbit/s").stdout
        for line in (text + sized).splitlines():
            self.assertLessEqual(len(line), 80, line)

    def test_the_same_numbers_are_there_for_programs(self):
        options = ("bounds", "--nodes", 4, "--ranks-per-node", 8, "--ports", "8x400Gbit/s", "--inside", "900GB/s", "--bytes", "1GiB")
        document = json.loads(self.call(*options, "--format", "json").stdout)
        row = document["rows"][0]
        ring = next(found for found in row["algorithms"] if found["algorithm"] == "ring")
        self.assertAlmostEqual(row["bound_busbw_GBps"], 400 * 31 / 32 * 4 / 3)
        self.assertAlmostEqual(ring["busbw_GBps"], 400)
        self.assertAlmostEqual(ring["time_s"], 2 * 31 / 32 * 2**30 / 400e9)
        self.assertIn("reduces: true", next(found for found in row["algorithms"] if found["algorithm"] == "nvls")["why"])
        rows = list(csv.DictReader(io.StringIO(self.call(*options, "--format", "csv").stdout)))
        self.assertAlmostEqual(float(rows[0]["busbw_GBps"]), 400)
        self.assertEqual(sum(len(row["algorithms"]) for row in document["rows"]), len(rows))

    def test_what_can_not_be_is_one_sentence(self):
        two = ("bounds", "--nodes", 2, "--ranks-per-node", 8)
        for arguments, says in (((*two, "--ports", "4x400"), "--ports"), ((*two, "--ports", "0x400Gbit/s"), "no count"), (two, "--ports is missing"),
                                ((*two, "--ports", "x"), "--ports"),
                                (("bounds", "--nodes", 1, "--ranks-per-node", 8), "--inside is missing"),
                                (("bounds", "--nodes", 1, "--ranks-per-node", 1, "--inside", "1GB/s"), "are 1 ranks"),
                                ((*two, "--ports", "1GB/s", "--latency", "2us"), "--bytes"),
                                ((*two, "--ports", "1GB/s", "--bytes", "8,much"), "--bytes 'much'"),
                                ((*two, "--ports", "1GB/s", "--leaf", "1GB/s"), "--leaf"),
                                ((*two, "--ports", "1GB/s", "--reduces", "outside"), "outside"),
                                (("bounds", "--nodes", 1000000, "--ranks-per-node", 1000000, "--ports", "1GB/s"), "ranks")):
            with self.subTest(arguments=arguments):
                self.assert_refused(self.call(*arguments), says)


class Contracts(CliTest):
    def test_one_that_physics_forbids_is_refused_with_the_arithmetic_of_each_target(self):
        self.write("tender.yaml", TENDER.format(ports=4))
        process = self.call("validate", "tender.yaml")
        self.assertEqual((process.returncode, process.stdout), (2, ""))
        self.assertIn("tender.yaml:4: target 'allreduce' can't be met over these links (491.84 GB/s of allreduce at 2 nodes of 8 needs 262 GB/s a "
                      "node; 4 ports of 400 Gbit/s give 200: at most 375.0, or 5.3 ports)", process.stderr)
        self.assertIn("tender.yaml:5: target 'alltoall'", process.stderr)

    def test_one_that_the_links_allow_is_valid(self):
        self.write("tender.yaml", TENDER.format(ports=8).replace("450GB/s}", "450GB/s, reduces: true}"))
        process = self.call("validate", "tender.yaml")
        self.assertEqual((process.returncode, process.stderr), (0, ""))

    def test_above_what_the_algorithm_attains_is_a_warning(self):
        self.write("tender.yaml", RING)
        process = self.call("validate", "tender.yaml")
        self.assertEqual(process.returncode, 0, process.stderr)
        self.assertIn("target 'ring' asks for much: 300 GB/s of allreduce at 2 nodes of 8 is more than a flat ring attains, 200.0; physics allows "
                      "375.0", process.stderr)
        self.assertIn("target 'somewhere' is not held against the links: its scale is not stated", process.stderr)
        self.assert_refused(self.call("validate", "tender.yaml", "--set", "a=1"), "profile")

    def test_a_scenario_s_own_targets_are_held_against_its_links_too(self):
        tender = TENDER.format(ports=4)
        self.write("s.yaml", "plumbline: 1\nname: s\ncases:\n  - {pattern: allreduce, bytes: 1MiB}\n  - {pattern: alltoall, bytes: 1MiB}\n" + tender)
        process = self.call("validate", "s.yaml")
        self.assertEqual(process.returncode, 2)
        self.assertIn("or 5.3 ports", process.stderr)

    def test_ranks_that_are_not_placed_compactly_are_not_judged_by_what_compact_ones_reach(self):
        scenario = """
            plumbline: 1
            name: spread
            backend: sim
            simulation: {ranks: 16, ranks_per_node: 4, bandwidth: 20GB/s, nic: 50GB/s}
            scale: {ranks: [4], placement: %s}
            links: {ranks_per_node: 4, intra_node: {bandwidth: 20GB/s}, inter_node: {bandwidth: 50GB/s}}
            cases:
              - {pattern: allreduce, bytes: 64MiB}
            targets:
              - {name: lim, metric: busbw, where: {pattern: allreduce}, at_ranks: 4, at_least: 45GB/s}
        """
        self.write("s.yaml", scenario % "compact")
        self.assert_refused(self.call("validate", "s.yaml"), "target 'lim'", "20 are stated (intra_node.bandwidth): at most 20.0")
        self.write("s.yaml", scenario % "spread")
        valid = self.call("validate", "s.yaml")
        self.assertEqual(valid.returncode, 0, valid.stderr)
        self.assertIn("its targets are not held against the links", valid.stderr)


class BesideLinks(CliTest):
    def test_show_says_what_a_ring_attains_and_what_physics_allows(self):
        self.write("s.yaml", MEASURED)
        run = self.call("run", "s.yaml", "-o", "x.h5")
        self.assertIn("fraction_of_attainable", run.stdout, run.stderr)
        text = self.call("show", "x.h5").stdout
        self.assertRegex(text, r"GB/s = \d+ % of a flat ring's 400 on these ports;\n    the physical bound without in-network reduction is 482.1\n")
        self.write("slow.yaml", MEASURED.replace("450GB/s}, inter_node", "1GB/s}, inter_node"))
        self.call("run", "slow.yaml", "-o", "slow.h5")
        self.assertIn("above the physical bound 1.071 of these links, a measurement error", self.call("show", "slow.h5").stdout)
        self.assertNotIn("64 KiB, 16 ranks on 2 nodes\n    ", text)
        rows = json.loads(self.call("show", "x.h5", "--format", "json").stdout)["expectations"]
        self.assertEqual([row["case_id"] for row in rows], [0, 1])
        for row in rows:
            self.assertEqual(row["algorithm"], "ring")
            self.assertAlmostEqual(row["attainable_busbw_GBps"], 400)
            self.assertAlmostEqual(row["busbw_GBps"] / row["bound_busbw_GBps"], row["of_bound"])
        self.assertEqual(self.call("report", "x.h5", "-o", "x.html").returncode, 0)
        page = (self.folder / "x.html").read_text(encoding="utf-8")
        self.assertIn('"attainable_by":"ring"', page.replace(" ", ""))

    def test_what_is_faster_than_a_ring_is_no_share_of_one(self):
        # 2 nodes of 4: a ring passes 2 x 7/8 S through the ports, the simulator's own form S.
        self.write("s.yaml", """
            plumbline: 1
            name: faster
            backend: sim
            simulation: {ranks: 8, ranks_per_node: 4, latency: 1us, bandwidth: 100GB/s, nic: 50GB/s}
            scale: {ranks: [8]}
            batch: 1
            verify: false
            stop: {warmup: 1, min_samples: 7, max_samples: 7}
            links: {intra_node: {bandwidth: 100GB/s}, inter_node: {bandwidth: 50GB/s}}
            cases:
              - {pattern: allreduce, bytes: 64MiB}
        """)
        self.call("run", "s.yaml", "-o", "x.h5")
        text = self.call("show", "x.h5").stdout
        self.assertRegex(text, r"\n    8[0-9.]+ GB/s, more than a flat ring's 50 on these ports: another algorithm ran;\n    the physical bound without "
                               r"in-network reduction is 87.5\n")
        (row,) = json.loads(self.call("show", "x.h5", "--format", "json").stdout)["expectations"]
        self.assertEqual((row["faster_than"], row["algorithm"], row["attainable_busbw_GBps"], row["of_attainable"]), ("ring", None, None, None))
        self.assertEqual(self.call("report", "x.h5", "-o", "x.html").returncode, 0)
        page = (self.folder / "x.html").read_text(encoding="utf-8").replace(" ", "")
        self.assertIn('"outdone_by":"ring"', page)
        self.assertNotIn('"attainable_by"', page)


class References(CliTest):
    def setUp(self):
        super().setUp()
        self.assertEqual(self.call("import", ROOT / "tests/cli/logs/nccl-tests.log", "--from", "nccl-tests", "-o", "x.h5").returncode, 0)
        self.own = self.folder / "own"
        self.own.mkdir()

    def own_reference(self, device="H100", change=lambda text: text):
        (self.own / "own.yaml").write_text(change(OWN.format(device=device)), encoding="utf-8")

    def test_are_listed_with_their_source_and_bound(self):
        names = self.call("list", "references", "--names").stdout.split()
        self.assertIn("h100-1x8-allreduce-8gib", names)
        text = self.call("list", "references").stdout
        self.assertIn("NVIDIA/dgxc-benchmarking", text)
        self.own_reference()
        self.assertIn("own-2x2", self.call("list", "references", "--names", "--references", "own").stdout.split())
        self.assert_refused(self.call("list", "metrics", "--references", "own"), "--references does not apply to metrics")
        self.assert_refused(self.call("list", "references", "--references", "nowhere"), "nowhere")

    def test_a_like_case_is_shown_as_a_share_of_the_published_and_of_the_attainable(self):
        self.own_reference()
        process = self.call("check", "x.h5", "--reference", "own-2x2", "--references", "own")
        self.assertEqual((process.returncode, process.stderr), (0, ""))
        self.assertIn("322.1 GB/s = 92 % of the published 350.0 (2x2 H100, 1 GiB, own-2x2)", process.stdout)
        self.assertIn("54 % of attainable: 600.0 by a double binary tree over its links (order)", process.stdout)
        self.assertIn("the log's device is not known; published is H100", process.stdout)
        self.assertIn("published: acceptance protocol, annex 2; 2026-03;", process.stdout)

    def test_unlike_conditions_are_refused_with_the_difference(self):
        self.assert_refused(self.call("check", "x.h5", "--reference", "h100-1x8-allreduce-1gib"), "nodes: 2, published 1", "ranks: 4, published 8")
        self.assert_refused(self.call("check", "x.h5", "--reference", "h100-1x8-allreduce-1gi"), "h100-1x8-allreduce-1gib")
        self.write("s.yaml", MEASURED)
        self.call("run", "s.yaml", "-o", "sim.h5")
        self.assert_refused(self.call("check", "sim.h5", "--reference", "h100-1x8-allreduce-1gib"), "simulated")

    def test_one_without_a_source_or_of_a_name_that_is_taken_is_an_error(self):
        self.own_reference(change=lambda text: text.replace('    source: "acceptance protocol, annex 2"\n', ""))
        self.assert_refused(self.call("list", "references", "--references", "own"), "own.yaml", "'source'")
        self.own_reference(change=lambda text: text.replace("own-2x2", "h100-1x8-allreduce-8gib"))
        self.assert_refused(self.call("list", "references", "--references", "own"), "a name stands for one value")


if __name__ == "__main__":
    main()
