# SPDX-License-Identifier: Apache-2.0
"""The document that is signed: in both languages, with the parts of an acceptance, on a screen, a phone and paper."""
import json
import re

from browser import Browser
from support import FAIL, NOT_MEASURED, PASS, USAGE, CliTest, main

# A FAIL, a PASS, a target without a case, a skipped case and a workload.
SCENARIO = """
plumbline: 1
name: site
backend: sim
simulation: {ranks: 8, ranks_per_node: 4, latency: 2us, bandwidth: 10GB/s}
scale: {ranks: [2, 4, 8]}
batch: 1
cases:
  - {pattern: allreduce, bytes: [64KiB, 4MiB]}
  - {pattern: pingpong, bytes: 1}
  - {pattern: data_parallel, compute: 10ms, gradient_bytes: 16MiB}
targets:
  - {name: 带宽, metric: busbw, where: {pattern: allreduce, bytes: 4MiB}, at_ranks: all, at_least: 500}
  - {name: 扩展, metric: weak_efficiency, where: {pattern: data_parallel}, base_ranks: 2, at_ranks: all, at_least: 0.1, across_fabrics: true}
  - {name: 缺项, metric: busbw, where: {pattern: allgather}, at_least: 1}
"""
ABOUT = """
acceptance:
  project: 某智算中心
  contract: HT-1
  parties: {client: 甲方, contractor: 乙方, tester: 丙方, witness: 丁方}
  basis: [GB/T 1, 合同附件]
  clauses: {带宽: 3.2.1}
  deviations: [只测了一次]
"""
# Names and what stands in a scenario are no sentences: three English words in a row are.
SENTENCE = re.compile(r"[A-Za-z']{2,}[ ,]+[A-Za-z']{2,}[ ,]+[A-Za-z']{2,}")
NAMES = ("on the cores", "AMD ", "Intel", "alpha-beta", "CLOCK_MONOTONIC", "half-normal", "float32 sum")


def english_sentences(text):
    return [line for line in text.splitlines() if SENTENCE.search(line) and not any(name in line for name in NAMES)]


class Document(CliTest):
    def measured(self):
        self.write("s.yaml", SCENARIO)
        run = self.call("run", "s.yaml", "-o", "x.h5", "--lang", "zh")
        self.assertEqual(run.returncode, FAIL, run.stderr)
        return run

    def test_the_terminal_says_nothing_in_english_to_who_reads_chinese(self):
        run = self.measured()
        self.assertEqual(english_sentences(run.stderr), [])
        for text in (run.stdout, self.call("check", "x.h5", "--lang", "zh").stdout, self.call("show", "x.h5", "--lang", "zh").stdout):
            self.assertEqual(english_sentences(text), [])
        by_locale = self.call("check", "x.h5", environment={"LC_ALL": "zh_CN.UTF-8"})
        self.assertEqual(by_locale.returncode, FAIL)
        self.assertEqual(by_locale.stdout, self.call("check", "x.h5", "--lang", "zh").stdout)
        for words in ("不通过", "带宽：总线带宽", "要求 ≥ 500 GB/s", "比要求值差", "没有“全收集（allgather）”的用例", "模拟结果", "结论：不通过"):
            self.assertIn(words, by_locale.stdout)
        self.assertIn("verdict: FAIL", self.call("check", "x.h5").stdout)
        # Formats for programs are the same in every language.
        formats = [self.call("check", "x.h5", "--format", "json", environment={"LC_ALL": locale}).stdout for locale in ("C", "zh_CN.UTF-8")]
        self.assertEqual(*formats)
        self.assert_refused(self.call("check", "x.h5", "--lang", "fr"), "fr")

    def test_progress_fits_a_line_and_says_per_cent_time_and_bandwidth(self):
        # A case that takes longer than 10 s has lines of what is there so far, too.
        lines = [line for line in self.measured().stderr.splitlines() if line.startswith("[") and "已有" not in line]
        self.assertEqual(len(lines), 12)
        for line in lines[:-1]:
            self.assertRegex(line, r"^\[ *\d+/12\] +\d+ % ")
        self.assertIn("100 %", lines[-1])
        self.assertTrue(any(re.search(r"allreduce.*GB/s", line) for line in lines), lines)
        measured = [line for line in lines if "跳过" not in line]
        self.assertLessEqual(max(len(line) + len(re.findall(r"[\u3000-\u9fff\uff00-\uffef]", line)) for line in measured), 80)

    def test_a_page_has_the_parts_of_an_acceptance_and_explains_its_fail_at_every_width(self):
        self.measured()
        self.write("about.yaml", ABOUT)
        made = self.call("report", "x.h5", "--about", "about.yaml", "--lang", "zh", "-o", "x.html")
        self.assertEqual((made.returncode, made.stdout), (PASS, "已写入 x.html（结论：不通过）\n"), made.stderr)
        browser = Browser.shared()
        browser.open(self.folder / "x.html")
        self.assertEqual(browser.console(), [])
        text = browser.text("main")
        for words in ("某智算中心", "HT-1", "委托方", "见证方", "丁方", "合同附件", "3.2.1", "只测了一次", "不达标：总线带宽", "从最小规模起就不达标",
                      "验收结论：模拟，不通过", "没有“全收集（allgather）”的用例", "盖章"):
            self.assertIn(words, text)
        self.assertNotIn("bytes=", text.split("实际执行的场景")[0])
        self.assertEqual(english_sentences(browser.run("return [...document.querySelectorAll('#main')].map(m => { const c = m.cloneNode(true); "
                                                       "c.querySelectorAll('pre').forEach(p => p.remove()); document.body.append(c); const t = c.innerText; c.remove(); return t; })[0]")), [])
        for width in (1440, 390):
            with self.subTest(width):
                browser.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500})
                try:
                    self.assertLessEqual(browser.run("return document.documentElement.scrollWidth"), width)
                    # Verdict, value and bound of each target lie within the window, however its table scrolls.
                    out = browser.run("return [...document.querySelectorAll('table.cards tbody tr')].flatMap(r => [...r.cells].slice(0, 4))"
                                      ".filter(c => c.innerText && c.getBoundingClientRect().right > innerWidth + 1).map(c => c.innerText)")
                    self.assertEqual(out, [])
                finally:
                    browser.driver.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
        printed = browser.pdf_text(self.folder / "x.pdf")
        pages = printed.rstrip("\f").split("\f")
        self.assertGreater(len(pages), 3)
        for number, page in enumerate(pages, 1):
            self.assertIn(f"第 {number} 页，共 {len(pages)} 页", page)
            self.assertIn("site ", page.splitlines()[0])
        browser.one("#language").click()
        for words in ("Client", "not met: busbw", "simulated, FAIL", "≥ "):
            self.assertIn(words, browser.text("main"))
        self.assertNotIn(">= ", browser.text("main"))
        # It is judged of no machine: nothing in it has the colour of a verdict.
        colours = browser.run("return [...document.querySelectorAll('main .PASS, main .FAIL')].map(e => getComputedStyle(e).color)")
        grey = browser.run("return getComputedStyle(document.querySelector('.verdict.NONE')).color")
        self.assertEqual(set(colours), {grey})

    def test_blank_lines_stand_on_paper_where_nothing_was_stated(self):
        self.measured()
        self.call("report", "x.h5", "--lang", "zh", "-o", "x.html")
        browser = Browser.shared()
        browser.open(self.folder / "x.html")
        self.assertNotIn("合同编号", browser.text("main"))
        self.assertIn("合同编号", browser.pdf_text(self.folder / "x.pdf"))

    def test_other_formats_of_a_report(self):
        self.measured()
        self.write("about.yaml", ABOUT)
        for form, begins in (("md", "<!-- plumbline report -->\n# 通信性能验收测试报告\n"), ("csv", "\ufeff测试,合同条款,指标,")):
            for _ in range(2):  # its own kind is replaced
                made = self.call("report", "x.h5", "--about", "about.yaml", "--lang", "zh", "--format", form)
                self.assertEqual(made.returncode, PASS, made.stderr)
            text = (self.folder / f"x.{form}").read_text(encoding="utf-8")
            self.assertTrue(text.startswith(begins), text[:60])
            self.assertIn("≥ 500 GB/s", text)
        self.assertEqual(self.call("report", "x.h5", "--format", "pdf", "-o", "x.pdf").returncode, PASS)
        self.assertTrue((self.folder / "x.pdf").read_bytes().startswith(b"%PDF-"))
        self.write("mine.pdf", "%PDF-mine")
        self.assert_refused(self.call("report", "x.h5", "--format", "pdf", "-o", "mine.pdf"), "mine.pdf")
        self.assert_refused(self.call("report", "x.h5", "--format", "pdf", "-o", "y.pdf", environment={"PATH": "/nowhere"}), "Chromium")
        self.assert_refused(self.call("report", "x.h5", "--about", "none.yaml"), "none.yaml")
        self.write("about.yaml", "acceptance: {projekt: x}\n")
        self.assert_refused(self.call("report", "x.h5", "--about", "about.yaml"), "about.yaml:1", "project")

    def test_a_signature_holds_for_what_was_signed_alone(self):
        self.measured()
        self.call("report", "x.h5", "-o", "x.html")
        self.assertEqual(self.call("sign", "--new-key", "k").returncode, PASS)
        self.assertEqual((self.folder / "k").stat().st_mode & 0o777, 0o600)
        self.assert_refused(self.call("sign", "--new-key", "k"), "k", "never replaced")
        signed = self.call("sign", "x.h5", "--report", "x.html", "--key", "k", "--signer", "丙方")
        self.assertEqual(signed.returncode, PASS, signed.stderr)
        manifest = json.loads((self.folder / "x.h5.signed.json").read_text(encoding="utf-8"))
        self.assertEqual((manifest["verdict"], [file["role"] for file in manifest["files"]]), ("FAIL", ["run", "report"]))
        check = ("verify", "x.h5", "--manifest", "x.h5.signed.json")
        held = self.call(*check, "--key", "k.pub")
        self.assertEqual(held.returncode, PASS, held.stdout)
        self.assertIn("signed by 丙方 with key", held.stdout)
        unknown = self.call(*check)  # anybody can make a manifest that says so
        self.assertEqual(unknown.returncode, PASS, unknown.stdout)
        self.assertNotIn("signed by", unknown.stdout)
        self.assertIn("the manifest alone says '丙方'. Hold it against the signer's public key", unknown.stdout)
        self.assert_refused(self.call("sign", "x.h5", "--key", "k"), "x.h5.signed.json", "never replaced")

        self.call("sign", "--new-key", "other")
        self.assertEqual(self.call(*check, "--key", "other.pub").returncode, USAGE)
        page = (self.folder / "x.html").read_text(encoding="utf-8")
        self.write("x.html", page.replace("FAIL", "PASS"))
        changed = self.call(*check)
        self.assertEqual(changed.returncode, USAGE)
        self.assertIn("x.html, sha256", changed.stdout)
        (self.folder / "x.html").write_text(page, encoding="utf-8")
        for altered in (dict(manifest, verdict="PASS"), dict(manifest, files=manifest["files"][1:])):
            self.write("x.h5.signed.json", json.dumps(altered))
            self.assertEqual(self.call(*check).returncode, USAGE, altered)
        self.write("x.h5.signed.json", "{}")
        self.assert_refused(self.call(*check), "x.h5.signed.json")
        self.assert_refused(self.call("sign", "x.h5", "--key", "s.yaml"), "s.yaml", "no secret key")
        self.assert_refused(self.call("sign", "x.h5"), "--key")
        (self.folder / "k").chmod(0o640)
        self.assert_refused(self.call("sign", "x.h5", "--key", "k", "-o", "y.json"), "open to others (mode 0640)", "chmod 600")
        self.write("alone.pub", "somebody's\n")
        self.assert_refused(self.call("sign", "--new-key", "alone"), "alone.pub", "never replaced")
        self.assertFalse((self.folder / "alone").exists(), "a secret that nobody was told of")

    def test_an_anonymised_file_keeps_its_verdict_and_verifies_against_the_original(self):
        self.write("s.yaml", SCENARIO + "acceptance: {project: 某智算中心}\n")
        self.call("run", "s.yaml", "-o", "x.h5")
        host = self.call("show", "x.h5", "--format", "json").stdout
        host = json.loads(host)["run"]["hosts"][0]
        made = self.call("anonymise", "x.h5", "-o", "a.h5")
        self.assertEqual(made.returncode, PASS, made.stderr)
        self.assertIn("(verdict: FAIL)", made.stdout)
        self.assertEqual(self.call("check", "a.h5").stdout, self.call("check", "x.h5").stdout)
        self.assertEqual(self.call("verify", "a.h5", "--original", "x.h5").returncode, PASS)
        shown = json.loads(self.call("show", "a.h5", "--format", "json").stdout)
        self.assertNotIn(host, shown["run"]["hosts"])
        self.assertNotIn("某智算中心".encode(), (self.folder / "a.h5").read_bytes())
        self.call("run", "s.yaml", "-o", "y.h5", "--set", "seed=7")
        self.assertEqual(self.call("verify", "a.h5", "--original", "y.h5").returncode, USAGE)
        self.assertEqual(self.call("verify", "x.h5", "--original", "y.h5").returncode, USAGE)
        self.assert_refused(self.call("anonymise", "x.h5", "-o", "a.h5"), "a.h5")
        self.assert_refused(self.call("anonymise", "x.h5", "-o", "./x.h5", "--force"), "is the original")

    def test_what_failed_or_was_skipped_is_measured_again_into_a_file_of_its_own(self):
        self.measured()
        before = (self.folder / "x.h5").read_bytes()
        again = self.call("run", "s.yaml", "--only", "failed", "--of", "x.h5")
        self.assertEqual(again.returncode, NOT_MEASURED, again.stderr)
        cases = json.loads(self.call("show", "x.again.h5", "--format", "json").stdout)["cases"]
        self.assertEqual([(case["pattern"], case["ranks"]) for case in cases], [("pingpong", 2), ("pingpong", 4), ("pingpong", 8)])
        self.assertEqual((self.folder / "x.h5").read_bytes(), before)
        self.write("s.yaml", SCENARIO.replace("  - {pattern: pingpong, bytes: 1}\n", ""))
        self.assert_refused(self.call("run", "s.yaml", "--only", "failed", "--of", "x.h5"), "x.h5", "every case")
        self.assert_refused(self.call("run", "s.yaml", "--only", "failed", "--of", "none.h5"), "none.h5")


if __name__ == "__main__":
    main()
