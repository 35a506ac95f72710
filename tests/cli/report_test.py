# SPDX-License-Identifier: Apache-2.0
"""`plumbline report`: one page, looked at in a real browser."""
import collections
import hashlib
import os
import pathlib
import subprocess

from browser import Browser
from support import PASS, CliTest, main

SCENARIO = """
plumbline: 1
name: "{name}"
backend: sim
simulation: {{ranks: 4, latency: 2us, bandwidth: 10GB/s, ranks_per_node: 4}}
scale: {{ranks: [1, 2, 4]}}
batch: 1
cases:
  - {{pattern: allreduce, bytes: {{from: 8, to: 4MiB, factor: 8}}}}
  - {{pattern: pipeline, schedule: 1f1b, microbatches: 4, activation_bytes: 1MiB, forward: 500us, backward: 1ms}}
  - {{pattern: data_parallel, compute: 10ms, gradient_bytes: 16MiB}}
targets:
  - {{name: linear-speedup, metric: weak_efficiency, where: {{pattern: data_parallel}}, base_ranks: 1, at_ranks: all, at_least: 0.50}}
  - {{name: "<img src=x onerror=alert(2)>", metric: busbw, where: {{pattern: allreduce, bytes: 2MiB}}, at_least: 0.001}}
"""
HOSTILE = "</script><script>window.hacked = 1</script><img src=x onerror='window.hacked = 2'>"


class Report(CliTest):
    def measure(self, name, out):
        self.write("s.yaml", SCENARIO.format(name=name))
        run = self.call("run", "s.yaml", "-o", out, "--force")
        self.assertEqual(run.returncode, PASS, run.stderr + run.stdout)

    def browse(self, page):
        browser = Browser.shared()
        browser.open(self.folder / page)
        return browser

    def test_a_page_shows_verdict_charts_and_checksum_and_switches_language(self):
        self.measure(HOSTILE, "x.h5")
        made = self.call("report", "x.h5", "-o", "x.html")
        self.assertEqual((made.returncode, made.stdout), (PASS, "wrote x.html (verdict: PASS)\n"), made.stderr)
        page = self.browse("x.html")

        self.assertEqual(page.console(), [])
        self.assertIsNone(page.run("return window.hacked || null"))
        self.assertEqual(page.text("h1"), "Acceptance report: communication performance")
        self.assertEqual(page.one(".verdict").get_attribute("data-verdict"), "PASS")
        self.assertIn("<img src=x onerror=alert(2)>", page.text("main"))
        self.assertIn(hashlib.sha256((self.folder / "x.h5").read_bytes()).hexdigest(), page.text("main"))
        names = [figure.get_attribute("data-figure") for figure in page.all("figure")]
        for name in ("allreduce-bandwidth", "allreduce-time", "allreduce-busbw_retention"):
            self.assertIn(name, names)
        self.assertTrue(any(name.endswith("weak_efficiency") for name in names), names)
        self.assertTrue(any(name.startswith("samples-") for name in names), names)
        self.assertGreater(len(page.all("[data-figure='allreduce-time'] .mark-symbol path")), 10)

        page.hover("[data-figure='allreduce-time'] .chart .mark-symbol.role-mark path")
        page.wait(lambda: "allreduce" in page.text("#tip"))

        self.assertFalse(page.one("[data-figure='allreduce-time'] .data").is_displayed())
        page.all("[data-figure='allreduce-time'] button")[0].click()
        self.assertIn("64 B", page.text("[data-figure='allreduce-time'] .data"))

        self.assertIn("<svg", page.driver.execute_async_script(
            "const done = arguments[0]; download = (name, type, text) => done(text);"
            "document.querySelectorAll(\"[data-figure='allreduce-time'] button\")[1].click();"))
        table = page.driver.execute_async_script(
            "const done = arguments[0]; download = (name, type, text) => done(text);"
            "document.querySelectorAll(\"[data-figure='allreduce-time'] button\")[2].click();")
        self.assertTrue(table.startswith("\ufeffseries,ranks,bytes,median_s,"), table[:80])

        page.one("#language").click()
        for words in ("通信性能验收测试报告", "验收结论：模拟，通过", "线性加速比", "总线带宽"):
            self.assertIn(words, page.text("main"))
        self.assertEqual(page.run("return document.documentElement.lang"), "zh-CN")
        printed = page.pdf_text(self.folder / "x.pdf")
        self.assertIn("验收结论", printed)
        self.assertIn("数据并行", printed)
        self.assertIn("microbatches: 4", printed)
        self.assertEqual(page.console(), [])

    def test_a_run_without_targets_is_not_judged_and_what_nothing_measures_stands_apart(self):
        self.write("s.yaml", SCENARIO.format(name="plain").split("targets:")[0])
        self.assertEqual(self.call("run", "s.yaml", "-o", "x.h5", "-q").stdout, "measured, not judged (no targets, simulated)\n")
        self.call("report", "x.h5", "-o", "x.html")
        page = self.browse("x.html")
        self.assertEqual(page.console(), [])
        self.assertEqual(page.one(".verdict").get_attribute("data-verdict"), "NONE")
        self.assertEqual(page.text(".verdict"), "Verdict: NOT JUDGED\nMeasured, not judged (no targets).")
        self.assertNotIn("PASS", page.text("h1") + page.text(".verdict"))
        page.one("#language").click()
        self.assertIn("未判定", page.text(".verdict"))

        self.write("c.yaml", """
            targets:
              - {name: fast, metric: busbw, where: {pattern: allreduce}, at_least: 1000, definition: as the annex says}
              - {name: thirty-days, unmeasured: thirty days without a stop}
            """)
        self.call("report", "x.h5", "--targets", "c.yaml", "-o", "y.html")
        page = self.browse("y.html")
        self.assertEqual(page.one(".verdict").get_attribute("data-verdict"), "FAIL")
        text = page.text("main")
        for words in ("Asked for, and not measured by this program:", "thirty-days: thirty days without a stop", "fast: FAIL at all 14 cases, worst at",
                      "fast: as the annex says", "missed by 100 % of the bound"):
            self.assertIn(words, text)

    def test_ideal_lines_are_drawn_where_the_run_measured_or_states_its_links(self):
        sweep = "  - {pattern: allreduce, bytes: {from: 8, to: 4MiB, factor: 8}}\n"
        scenario = ("plumbline: 1\nname: ideal\nbackend: sim\nsimulation: {ranks: 4, ranks_per_node: 1, latency: 2us, bandwidth: 10GB/s}\n"
                    "scale: {ranks: [2, 4]}\nbatch: 1\ncases:\n" + sweep)
        for name, more, note in (("unknown", "", None), ("measured", "  - {pattern: pingpong, bytes: [8, 16MiB]}\n", "measured point to point in this run"),
                                 ("stated", "links: {inter_node: {bandwidth: 12.5GB/s}}\n", "between nodes 12.5 GB/s, as stated")):
            with self.subTest(name):
                self.write("s.yaml", scenario + more)
                self.assertEqual(self.call("run", "s.yaml", "-o", f"{name}.h5").returncode, PASS)
                self.assertEqual(self.call("report", f"{name}.h5", "-o", f"{name}.html").returncode, PASS)
                page = self.browse(f"{name}.html")
                for kind in ("bandwidth", "time"):
                    figure = f"[data-figure='allreduce-{kind}']"
                    lines = page.all(f"{figure} .ideal-lines .mark-line path")
                    self.assertEqual(len([line for line in lines if line.get_attribute("stroke-dasharray")]), 2 if note else 0)
                    self.assertEqual("Dashed" in page.text(figure), bool(note))
                    ring = {"measured": "100 % of a flat ring's 9.813 over these links; the physical bound without in-network reduction is 10.",
                            "stated": "79 % of a flat ring's 12.5 over these links; the physical bound without in-network reduction is 12.5."}
                    if kind == "bandwidth":
                        self.assertIn(ring.get(name, ""), page.text(figure))
                    self.assertIn(note or "", page.text(figure))
                # What the pingpongs themselves could do at best is not told by their own times.
                self.assertEqual(page.all("[data-figure^='pingpong'] .ideal-lines .mark-line path"), [])
                self.assertEqual(page.console(), [])

    def test_links_are_a_picture_of_pairs(self):
        self.write("s.yaml", """
            plumbline: 1
            name: pairs
            backend: sim
            simulation: {ranks: 6, ranks_per_node: 1, latency: 2us, bandwidth: 10GB/s}
            cases:
              - {pattern: links, bytes: [8, 1MiB]}
        """)
        self.assertEqual(self.call("run", "s.yaml", "-o", "x.h5").returncode, PASS)
        self.assertEqual(self.call("report", "x.h5", "-o", "x.html").returncode, PASS)
        page = self.browse("x.html")
        names = [figure.get_attribute("data-figure") for figure in page.all("figure")]
        self.assertIn("pairs-0", names)
        self.assertIn("pairs-1", names)
        # Every ordered pair of six, and the empty ground.
        self.assertEqual(len(page.all("[data-figure='pairs-1'] .mark-rect.role-mark path")), 6 * 5 + 1)
        self.assertIn("GB/s of each link", page.text("[data-figure='pairs-1'] .chart"))
        self.assertEqual(page.console(), [])

    def test_the_page_loads_nothing_and_starts_in_the_language_asked_for(self):
        self.measure("plain", "x.h5")
        self.measure("later", "y.h5")
        self.call("report", "x.h5", "y.h5", "--lang", "zh", "-o", "both.html")
        text = (self.folder / "both.html").read_text(encoding="utf-8")
        self.assertNotRegex(text, r"<(link|img|iframe|script[^>]*\ssrc)\b")
        self.assertIn("default-src 'none'", text)
        page = self.browse("both.html")
        self.assertEqual(page.text("h1"), "通信性能验收测试报告")
        self.assertTrue(any(f.get_attribute("data-figure").startswith("history-") for f in page.all("figure")))
        page.run("const s = document.querySelector('#bar select'); s.value = 1; s.dispatchEvent(new Event('change'))")
        self.assertIn("later", page.all("h1")[1].text)
        self.assertEqual(page.console(), [])

    def test_a_file_of_two_launches_says_launches_and_how_long_they_took_together(self):
        self.write("s.yaml", SCENARIO.format(name="twice"))
        self.call("run", "s.yaml", "-o", "x.h5")
        self.call("run", "s.yaml", "-o", "x.h5", "--append")
        self.assertEqual(self.call("report", "x.h5", "-o", "x.html").returncode, PASS)
        page = self.browse("x.html")
        text = page.text("main")
        self.assertIn(" in 2 launches", text)
        self.assertIn("too few launches for an interval", text)
        self.assertNotIn("too few samples", text)
        self.assertNotIn("interval wider than asked", text)
        page.one("#language").click()
        for words in ("2 次启动共", "启动次数过少"):
            self.assertIn(words, page.text("main"))
        self.assertEqual(page.console(), [])

    def test_an_imported_log_has_values_as_reported_and_no_word_of_intervals(self):
        log = pathlib.Path(__file__).parent / "logs/nccl-tests.log"
        self.assertEqual(self.call("import", "--from", "nccl-tests", log, "-o", "x.h5").returncode, PASS)
        self.assertEqual(self.call("report", "x.h5", "-o", "x.html").returncode, PASS)
        self.assertNotIn("wider than asked", self.call("show", "x.h5").stdout)
        page = self.browse("x.html")
        self.assertIn("as reported, no samples", page.text("main"))
        for words in ("interval wider than asked", "too few"):
            self.assertNotIn(words, page.text("main"))
        self.assertEqual(page.console(), [])

    def test_five_hundred_cases_fit_in_three_megabytes(self):
        sizes = ", ".join(str(8 * n) for n in range(1, 168))
        self.write("many.yaml", f"""
            plumbline: 1
            name: many
            backend: sim
            simulation: {{ranks: 4, latency: 2us, bandwidth: 10GB/s}}
            scale: {{ranks: [1, 2, 4]}}
            stop: {{min_samples: 100, max_samples: 100}}
            batch: 1
            cases:
              - {{pattern: allreduce, bytes: [{sizes}]}}
            """)
        self.assertEqual(self.call("run", "many.yaml", "-o", "x.h5").returncode, PASS)
        self.assertEqual(self.call("report", "x.h5", "-o", "x.html").returncode, PASS)
        self.assertLess((self.folder / "x.html").stat().st_size, 3_000_000)

    def test_twelve_thousand_ranks_are_a_page_of_three_megabytes_with_tables_that_say_what_they_leave_out(self):
        subprocess.run([os.environ["MADE_UP_FILE"], self.folder / "x.h5", "3", "6", "12288", "8"], check=True, stdout=subprocess.DEVNULL)
        self.assertEqual(self.call("report", "x.h5", "-o", "x.html").returncode, PASS)
        self.assertLess((self.folder / "x.html").stat().st_size, 3_000_000)
        page = self.browse("x.html")
        self.assertEqual(page.console(), [])
        text = page.text("main")
        for words in ("12288", "and 1528 more", "500 of 1,536 rows are shown.", "one dot a host"):
            self.assertIn(words, text)
        for name in ("host-noise", "switches"):
            figure = f"[data-figure='{name}']"
            self.assertEqual(len(page.all(f"{figure} .chart .mark-symbol.role-mark path")), 1536)
            page.all(f"{figure} button")[0].click()
            rows = page.all(f"{figure} .data tbody tr")
            self.assertEqual(len(rows), 500)
            self.assertRegex(rows[0].text, r"^node\d{5}.cluster.example \d+ ")

    def test_the_machine_is_a_picture_of_leaves_nodes_devices_and_ports_at_every_width_and_on_paper(self):
        subprocess.run([os.environ["MADE_UP_FILE"], self.folder / "x.h5", "1", "6", "48", "8"], check=True, stdout=subprocess.DEVNULL)
        self.assertEqual(self.call("report", "x.h5", "-o", "x.html").returncode, PASS)
        page = self.browse("x.html")
        picture = "[data-figure='topology'] svg.topology"
        # 6 nodes on 2 leaves: 8 devices and 2 ports each, but for the last one, which lost a device and whose second port is down.
        self.assertEqual([e.text for e in page.all(f"{picture} .leaf text")], ["leaf1", "leaf2"])
        self.assertEqual([e.text for e in page.all(f"{picture} .node .name")], [f"node{i:05d}.cluster.example" for i in range(6)])
        self.assertEqual((len(page.all(f"{picture} .device")), len(page.all(f"{picture} .port")), len(page.all(f"{picture} .port.down"))), (47, 12, 1))
        # Each device is joined to the port beside it, half of them to each.
        ends = page.run(f"return [...document.querySelectorAll(\"{picture} .node\")].map(n => [...n.querySelectorAll('.near')].map(l => l.getAttribute('y2')))")
        self.assertEqual([sorted(collections.Counter(of_node).values()) for of_node in ends], [[4, 4]] * 5 + [[3, 4]])
        text = page.text("main")
        for words in ("5 of 6 nodes are alike", "node00005.cluster.example: number of devices is 7, not 8, state of mlx5_1 port 1 is DOWN, not ACTIVE, 0000:1e:00.0 is missing", "NVIDIA H200", "1650000000017", "28.39.1002", "leaf1 swp1"):
            self.assertIn(words, text)
        for width in (1440, 390):
            page.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500})
            try:
                self.assertLessEqual(page.run("return document.documentElement.scrollWidth"), width)
                boxes = page.run(f"const s = document.querySelector(\"{picture}\"); const o = s.getBoundingClientRect();"
                                 "return [...s.querySelectorAll('rect, text')].map(e => e.getBoundingClientRect()).filter(b => b.width && (b.left < o.left - 1 || b.right > o.right + 1 || b.bottom > o.bottom + 1)).length")
                self.assertEqual(boxes, 0)
                # No text leaves its box.
                wide = page.run(f"return [...document.querySelectorAll(\"{picture} .device, {picture} .port\")].filter(g => g.querySelector('text').getBBox().width > g.querySelector('rect').getBBox().width - 6).length")
                self.assertEqual(wide, 0)
            finally:
                page.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        printed = page.pdf_text(self.folder / "x.pdf")
        for words in ("leaf2", "node00003", "1650000000017"):
            self.assertIn(words, printed)

    def test_wrong_input_is_refused_and_nothing_is_overwritten(self):
        self.measure("plain", "x.h5")
        before = (self.folder / "x.h5").read_bytes()
        self.assert_refused(self.call("report", "x.h5", "-o", "x.h5"), "x.h5", "what the page is made of")
        self.assertEqual((self.folder / "x.h5").read_bytes(), before)
        self.assert_refused(self.call("report", "x.h5", "-o", "no/such/folder/x.html"), "no/such/folder/x.html", "cannot write")
        self.assert_refused(self.call("report", "missing.h5"), "missing.h5")
        (self.folder / "cut.h5").write_bytes(before[:len(before) // 2])
        self.assert_refused(self.call("report", "cut.h5"), "cut.h5")
        self.assertEqual(list(self.folder.glob("*.html*")), [])


if __name__ == "__main__":
    main()
