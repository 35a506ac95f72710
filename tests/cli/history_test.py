# SPDX-License-Identifier: Apache-2.0
"""`plumbline history` and scripts/nightly, on simulated nights."""
import http.server
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import threading
import time
import xml.etree.ElementTree

from browser import Browser
from support import BROKEN, FAIL, INCONCLUSIVE, NOT_MEASURED, PASS, PATIENCE, PLUMBLINE, ROOT, USAGE, CliTest, main

NIGHT = """
plumbline: 1
name: night
backend: sim
simulation: {{ranks: 2, latency: 2us, bandwidth: {bandwidth}}}
scale: {{ranks: [2]}}
batch: 1
stop: {{min_samples: 10, max_samples: 10}}
cases:
  - {{pattern: allreduce, bytes: 1MiB}}
targets:
  - {{name: bw, metric: busbw, where: {{pattern: allreduce}}, at_least: 1}}
"""


class History(CliTest):
    def night(self, number, bandwidth="10GB/s", more=""):
        """`more`: a line of cases beside the allreduce."""
        (self.folder / "runs").mkdir(exist_ok=True)
        self.write("s.yaml", NIGHT.format(bandwidth=bandwidth).replace("cases:\n", f"cases:\n{more}"))
        self.assertEqual(self.call("run", "s.yaml", "-o", f"runs/{number:02}.h5").returncode, PASS)

    def history(self, *more):
        return self.call("history", "runs", *more)

    def test_times_that_can_not_be_in_the_cache_are_read_again_from_the_files(self):
        for number in range(6):
            self.night(number)
        before = self.history()
        self.assertEqual(before.returncode, PASS, before.stderr)
        for value in ("-median", "0", "1e400", "'x'"):
            with self.subTest(value):
                cache = sqlite3.connect(self.folder / "runs/.plumbline-history.sqlite")
                cache.execute(f"update cases set median = {value} where file in (select id from files where file in ('02.h5', '05.h5'))")
                cache.commit()
                cache.close()
                read = self.call("history", "runs", timeout=20)
                self.assertEqual(read.returncode, PASS, read.stderr)
                self.assertIn("the index 'runs/.plumbline-history.sqlite' is rebuilt (", read.stderr)
                after = self.history()
                self.assertEqual(after.stdout, before.stdout)

    def test_what_is_no_file_is_skipped_with_a_line(self):
        self.night(0)
        runs = self.folder / "runs"
        os.mkfifo(runs / "fifo.h5")
        (runs / "folder.h5").mkdir()
        os.symlink("nowhere", runs / "dangling.h5")
        os.symlink("/dev/zero", runs / "zero.h5")
        os.symlink("fifo.h5", runs / "to-fifo.h5")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(runs / "socket.h5"))
        kinds = {"fifo": "a FIFO", "folder": "a folder", "dangling": "a link to nothing", "zero": "a device", "to-fifo": "a FIFO", "socket": "a socket"}
        read = self.call("history", "runs", timeout=20)
        self.assertEqual(read.returncode, NOT_MEASURED, read.stderr)
        for name, kind in kinds.items():
            self.assertIn(f"'{name}.h5' is skipped (it is {kind})", read.stdout)
        told = json.loads(self.history("--format", "json").stdout)
        self.assertEqual(len(told["warnings"]), len(kinds))
        (runs / "00.h5").unlink()
        self.assert_refused(self.call("history", "runs", timeout=20), "no run file in 'runs'", "is skipped (it is")

    def test_a_slower_night_is_found_named_and_accepted(self):
        self.night(0)
        alone = self.history()
        self.assertEqual(alone.returncode, NOT_MEASURED)
        self.assertIn("too short to show a change", alone.stdout)
        for number in range(1, 6):
            self.night(number)
        self.assertEqual(self.history().returncode, PASS)
        for number in range(6, 9):
            self.night(number, "8GB/s")
        found = self.history()
        self.assertEqual(found.returncode, FAIL, found.stdout + found.stderr)
        self.assertIn("slower       allreduce, 1 MiB, 2 ranks", found.stdout)
        self.assertIn("06.h5", found.stdout)
        events = json.loads(self.history("--format", "json").stdout)["events"]
        self.assertEqual([event["kind"] for event in events], ["slower"])
        suite = xml.etree.ElementTree.fromstring(self.history("--format", "junit").stdout).find("testsuite")
        self.assertEqual(suite.get("failures"), "1")
        self.history("--format", "prometheus", "-o", "p.prom")
        self.assertRegex((self.folder / "p.prom").read_text(), r'(?m)^plumbline_slower\{case="allreduce, 1 MiB, 2 ranks on 2 nodes",hosts=".*"\} 1$')
        self.write("runs/accepted.txt", f"{events[0]['day']} acknowledge allreduce* a slower link was ordered\n")
        accepted = self.history()
        self.assertEqual(accepted.returncode, PASS, accepted.stdout)
        self.assertIn("a slower link was ordered", accepted.stdout)

    def events(self):
        return [(event["kind"], event["case"]) for event in json.loads(self.history("--format", "json").stdout)["events"]]

    def test_a_slowdown_that_recovers_in_part_is_not_forgotten(self):
        for number in range(5):
            self.night(number)
        for number in range(5, 8):
            self.night(number, "8GB/s")
        for number in range(8, 11):
            self.night(number, "8.5GB/s")
        found = self.history()
        self.assertEqual(found.returncode, FAIL, found.stdout + found.stderr)
        self.assertRegex(found.stdout, r"\(\+1[0-9.]+ %\) since [0-9-]+ [0-9:]+ \(05.h5\)")
        self.assertIn("(08.h5)", found.stdout)
        self.assertEqual([kind for kind, _ in self.events()], ["slower", "faster"])

    def test_a_case_that_is_no_longer_measured_is_named_until_it_is_given_up(self):
        for number in range(5):
            self.night(number, more="  - {pattern: allgather, bytes: 1KiB}\n")
        self.assertEqual(self.history().returncode, PASS)
        self.night(5)
        lost = self.history()
        self.assertEqual(lost.returncode, NOT_MEASURED, lost.stdout + lost.stderr)
        self.assertRegex(lost.stdout, r"missing +allgather, 1 KiB, 2 ranks on 2 nodes\n.*, in 5 runs; not measured since .*\(05.h5\), 1 run; no such case")
        suite = xml.etree.ElementTree.fromstring(self.history("--format", "junit").stdout).find("testsuite")
        self.assertEqual((suite.get("failures"), suite.get("errors"), suite.find(".//error").get("type")), ("0", "1", "NOT_MEASURED"))
        metrics = self.history("--format", "prometheus").stdout
        self.assertNotRegex(metrics, 'plumbline_median_seconds{case="allgather')
        self.assertRegex(metrics, '(?m)^plumbline_missing{case="allgather.*} 1$')
        self.history("--format", "html", "-o", "h.html")
        page = Browser.shared()
        page.open(self.folder / "h.html")
        self.assertEqual(page.one(".verdict").get_attribute("data-verdict"), "NOT_MEASURED")
        self.assertIn("no such case in the last run", page.text("main"))
        self.assertEqual(page.console(), [])
        day = json.loads(self.history("--format", "json").stdout)["events"][0]["day"]
        self.write("runs/accepted.txt", f"{day} acknowledge allgather* of no interest any more\n")
        given_up = self.history()
        self.assertEqual(given_up.returncode, PASS, given_up.stdout)
        self.assertIn("of no interest any more", given_up.stdout)

    def test_cases_that_differ_in_a_parameter_are_series_of_their_own(self):
        step = "  - {{pattern: pipeline, schedule: 1f1b, microbatches: 2, activation_bytes: 1KiB, forward: {0}us, backward: 1ms}}\n"
        both = step.format(500) + step.format(900)
        for number in range(4):
            self.night(number, more=both)
        name = "pipeline 1f1b, 1 KiB, 2 micro-batches, 2 ranks on 2 nodes, forward_s "
        told = json.loads(self.history("--format", "json").stdout)
        self.assertEqual(sorted(series["case"] for series in told["series"])[1:], [name + "0.0005", name + "0.0009"])
        self.assertEqual((told["verdict"], told["events"]), ("PASS", []))
        for number in range(4, 8):
            self.night(number, more=both.replace("500us", "600us"))
        self.assertEqual(self.history().returncode, NOT_MEASURED)
        self.assertEqual(self.events(), [("missing", name + "0.0005")])

    def test_a_page_shows_the_strip_the_changes_and_any_series_by_choice(self):
        for number in range(6):
            self.night(number)
        for number in range(6, 9):
            self.night(number, "8GB/s")
        self.write("runs/accepted.txt", "2020-01-01 baseline other* </script><script>window.hacked = 1</script>\n")
        made = self.history("--format", "html", "-o", "h.html")
        self.assertEqual((made.returncode, made.stdout), (FAIL, ""), made.stderr)
        page = Browser.shared()
        page.open(self.folder / "h.html")
        self.assertEqual(page.text("h1"), "Nights in a row")
        self.assertEqual(page.one(".verdict").get_attribute("data-verdict"), "FAIL")
        self.assertIn("06.h5", page.text("main"))
        # The strip, the series that changed, and one by choice.
        self.assertEqual(len(page.all("figure")), 3)
        self.assertEqual(len(page.all("[data-figure='history-strip'] .mark-rect.role-mark path")), 9 + 1)
        page.run("[...document.querySelectorAll(\"[data-figure='history-strip'] .mark-rect.role-mark path\")].pop().id = 'newest'")
        page.hover("#newest")
        page.wait(lambda: "+" in page.text("#tip") and "08.h5" in page.text("#tip"))
        page.one("#language").click()
        self.assertIn("历史回归", page.text("main"))
        self.assertIn("变慢", page.text("main"))
        self.assertEqual(page.console(), [])

    def test_wrong_input_is_refused(self):
        self.assert_refused(self.call("history", "nowhere"), "nowhere", "not a folder")
        (self.folder / "runs").mkdir()
        self.assert_refused(self.history(), "no run file in 'runs'")
        self.night(0)
        self.write("a.txt", "tomorrow forgive everything\n")
        self.assert_refused(self.history("--accepted", "a.txt"), "a.txt:1:")

    def nightly(self, *arguments, script=ROOT / "scripts/nightly", **environment):
        return subprocess.run([script, *arguments], cwd=self.folder, text=True, capture_output=True, timeout=120 * PATIENCE,
                              env={**os.environ, "PLUMBLINE": PLUMBLINE, "TEXTFILES": str(self.folder), **environment})

    def test_a_night_runs_checks_and_reports_and_exits_with_the_worst(self):
        self.write("s.yaml", NIGHT.format(bandwidth="10GB/s"))
        good = self.nightly("s.yaml", "nights")
        self.assertEqual(good.returncode, PASS, good.stderr + good.stdout)
        kept = sorted(path.suffix for path in (self.folder / "nights").iterdir() if not path.name.startswith("."))
        self.assertEqual(kept, sorted([".h5", ".html", ".html", ".json", ".log", ".txt", ".xml", ".xml"]))
        self.assertTrue((self.folder / "plumbline.prom").exists())
        # A launcher that starts plumbline itself, as 'plumbline launch' does.
        own = self.write("plumbline-there", f'#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec {PLUMBLINE} "$@"\n')
        own.chmod(0o755)
        launched = self.nightly("s.yaml", "launched", "--", str(own), "launch", "-H", "node1:8")
        self.assertEqual(launched.returncode, PASS, launched.stderr + launched.stdout)
        with open("/dev/full", "w", encoding="utf-8") as full:
            unheard = subprocess.run([ROOT / "scripts/nightly", "s.yaml", "nights"], cwd=self.folder, stdout=full, stderr=subprocess.PIPE, text=True,
                                     timeout=120 * PATIENCE, check=False, env={**os.environ, "PLUMBLINE": PLUMBLINE})
        self.assertEqual(unheard.returncode, BROKEN)
        self.assertIn("nightly: stdout can't be written", unheard.stderr)
        self.write("s.yaml", NIGHT.format(bandwidth="10GB/s").replace("at_least: 1", "at_least: 100"))
        bad = self.nightly("s.yaml", "bad")
        self.assert_one_verdict(bad, "bad", "FAIL", FAIL)
        self.assertIn("contract: FAIL (bw)\nchange: not yet", bad.stdout)
        self.write("s.yaml", "plumbline: 1\ncasses: []\n")
        broken = self.nightly("s.yaml", "broken")
        self.assertEqual(broken.returncode, USAGE, broken.stderr)
        self.assertIn("casses", broken.stderr)
        self.assertEqual(self.nightly().returncode, USAGE)

    def assert_one_verdict(self, night, folder, verdict, status):
        """What is printed, the status, the page, JUnit and the metrics say the same."""
        self.assertEqual(night.returncode, status, night.stdout + night.stderr)
        self.assertEqual(re.findall(r"verdict: (\w+)", night.stdout), [verdict])
        page = (self.folder / folder / "index.html").read_text()
        self.assertEqual(json.loads(re.search(r'id="data">(.*?)</script>', page, re.S)[1])["verdict"], verdict)
        self.assertIn(f'plumbline_status{{of="night"}} {status}\n', (self.folder / "plumbline.prom").read_text())
        junit = xml.etree.ElementTree.parse(self.folder / folder / "history.xml")
        red = sum(int(suite.get("failures")) + int(suite.get("errors")) for suite in junit.iter("testsuite"))
        self.assertEqual(red > 0, status != PASS)

    def test_a_night_has_one_verdict_and_says_whether_it_is_of_the_contract_or_of_change(self):
        for number in range(5):
            self.night(number)
        tell = ("--on-change", 'echo "$PLUMBLINE_VERDICT: $PLUMBLINE_SUMMARY" >> told.txt; cat > told.json')
        slow = self.nightly(*tell, "s.yaml", "runs", "--", self.launcher("slow", "true"))
        self.assert_one_verdict(slow, "runs", "FAIL", FAIL)
        self.assertIn("contract: PASS\nchange: FAIL (1 series is slower)\nverdict: FAIL (change: 1 series is slower)\n", slow.stdout)
        told = json.loads((self.folder / "told.json").read_text())
        self.assertEqual((told["verdict"], told["night"]["contract"], len(told["events"])), ("FAIL", "PASS", 1))
        # The same again is no news; a run that broke is, and so is that all is well again.
        for name, verdict, status, news in (("slow", "FAIL", FAIL, 1), ("broken", "BROKEN", BROKEN, 2), ("good", "PASS", PASS, 3)):
            if name == "broken":
                broken = self.write("broken", "#!/bin/sh\nexit 7\n")
                broken.chmod(0o755)
            time.sleep(1.1)  # a night is named by its second
            if name == "good":
                for path in (self.folder / "runs").glob("20*.h5"):
                    path.unlink()
            again = self.nightly(*tell, "s.yaml", "runs", "--", str(self.folder / name)) if name != "good" else self.nightly(*tell, "s.yaml", "runs")
            self.assert_one_verdict(again, "runs", verdict, status)
            self.assertEqual(len((self.folder / "told.txt").read_text().splitlines()), news, name)
        failing = self.call("history", "runs", "--on-change", "exit 3")
        self.assertEqual((failing.returncode, failing.stderr), (PASS, ""), "nothing to tell")

    def test_news_go_to_a_webhook_and_are_told_again_where_nobody_took_them(self):
        for number in range(5):
            self.night(number)
        self.night(5, "5GB/s")
        taken = []

        class Hook(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                taken.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(503 if len(taken) == 1 else 200)
                self.end_headers()

            def log_message(self, *_):
                pass

        with http.server.HTTPServer(("127.0.0.1", 0), Hook) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            address = f"http://127.0.0.1:{server.server_port}/hooks/key"
            refused = self.history("--webhook", address)
            self.assertEqual(refused.returncode, FAIL)
            self.assertIn("--webhook (by curl) failed (status 22): what changed is told again the next time", refused.stderr)
            self.assertEqual([self.history("--webhook", address).stderr for _ in range(2)], ["", ""])
            server.shutdown()
        self.assertEqual([told["verdict"] for told in taken], ["FAIL", "FAIL"])
        self.assertIn("slowed on", taken[1]["text"])
        for address in ("ftp://x", "http://a b", "--"):
            self.assert_refused(self.history(f"--webhook={address}"), "is no address")

    def test_the_dashboard_asks_for_metrics_that_are_there(self):
        dashboard = json.loads((ROOT / "docs/examples/deploy/grafana-dashboard.json").read_text())
        sources = (ROOT / "results/report/history_output.cpp").read_text() + (ROOT / "results/endurance/soak_text.cpp").read_text()
        asked = set(re.findall(r"plumbline_\w+", json.dumps([dashboard["panels"], dashboard["templating"]])))
        self.assertGreater(len(asked), 10)
        self.assertEqual([metric for metric in asked if f'"{metric}"' not in sources and metric + "{" not in sources and metric + " " not in sources], [])
        panels = dashboard["panels"]
        self.assertEqual(len({panel["id"] for panel in panels}), len(panels))
        cells = [(x, y) for panel in panels for at in [panel["gridPos"]] for x in range(at["x"], at["x"] + at["w"]) for y in range(at["y"], at["y"] + at["h"])]
        self.assertEqual(len(cells), len(set(cells)), "no panel lies on another")
        self.assertLessEqual(max(x for x, _ in cells), 23)

    def test_a_launcher_that_never_starts_the_program_is_a_broken_run_and_no_verdict(self):
        self.write("s.yaml", NIGHT.format(bandwidth="10GB/s"))
        for status in (PASS, FAIL, INCONCLUSIVE, NOT_MEASURED):
            with self.subTest(status):
                launcher = self.write("refuses", f"#!/usr/bin/env bash\necho 'mpirun has detected an attempt to run as root.' >&2\nexit {status}\n")
                launcher.chmod(0o755)
                refused = self.nightly("s.yaml", "refused", "--", str(launcher))
                self.assertEqual(refused.returncode, BROKEN, refused.stderr)
                self.assertIn(f"the run broke: status {status}, and no run file was written", refused.stderr)
                self.assertIn("an attempt to run as root", refused.stderr)
        self.assertEqual(self.nightly("s.yaml", "absent", "--", "no-such-launcher").returncode, BROKEN)
        self.assertEqual(list(self.folder.glob("*/*.html")), [])

    def test_it_finds_the_program_beside_itself_or_in_bin_with_the_environment_that_cron_gives(self):
        self.write("s.yaml", NIGHT.format(bandwidth="10GB/s"))
        (self.folder / "bin").mkdir()
        (self.folder / "scripts").mkdir()
        for place in ("bin/plumbline-nightly", "scripts/nightly"):
            shutil.copy(ROOT / "scripts/nightly", self.folder / place)
        cron = {"PATH": "/usr/bin:/bin", "PLUMBLINE": ""}
        lost = self.nightly("s.yaml", "lost", script=self.folder / "bin/plumbline-nightly", **cron)
        self.assertEqual(lost.returncode, USAGE)
        self.assertIn("no program 'plumbline'", lost.stderr)
        (self.folder / "bin/plumbline").symlink_to(PLUMBLINE)
        for place in ("bin/plumbline-nightly", "scripts/nightly"):
            found = self.nightly("s.yaml", place.replace("/", "-"), script=self.folder / place, **cron)
            self.assertEqual(found.returncode, PASS, found.stderr + found.stdout)

    def test_help_is_its_head_and_starts_nothing(self):
        told = self.nightly("--help")
        self.assertEqual((told.returncode, told.stderr), (PASS, ""))
        self.assertIn("scripts/nightly [--on-change COMMAND] [--webhook URL] SCENARIO FOLDER [-- LAUNCHER...]", told.stdout)
        self.assertEqual(self.nightly("s.yaml", "runs", "mpirun").returncode, USAGE, "a launcher without --")
        self.assertEqual(self.nightly("--nonsense", "runs").returncode, USAGE)
        self.assertEqual(list(self.folder.iterdir()), [])

    def launcher(self, name, condition):
        """A launcher under which the network is slow whenever `condition`, in bash, is true."""
        script = self.write(name, f'#!/usr/bin/env bash\nif {condition}; then exec "$@" --set simulation.bandwidth=5GB/s; fi\nexec "$@"\n')
        script.chmod(0o755)
        return str(script)

    def test_a_drop_of_one_night_is_run_again_at_once_and_alarms_only_if_it_stays(self):
        for number in range(5):
            self.night(number)
        once = self.launcher("once", "[[ ! -e seen ]] && touch seen")
        noise = self.nightly("s.yaml", "runs", "--", once)
        self.assertEqual(noise.returncode, PASS, noise.stdout + noise.stderr)
        self.assertIn("run again to confirm it", noise.stderr)
        self.assertEqual(len(list((self.folder / "runs").glob("*-again.h5"))), 1)
        for path in (self.folder / "runs").glob("20*.h5"):
            path.unlink()
        always = self.launcher("always", "true")
        fault = self.nightly("s.yaml", "runs", "--", always)
        self.assertEqual(fault.returncode, FAIL, fault.stdout + fault.stderr)
        self.assertEqual(len(list((self.folder / "runs").glob("*-again.h5"))), 1)
        self.assertRegex(fault.stdout, "2 since|2 runs in a row")
        quiet = self.nightly("s.yaml", "other")
        self.assertEqual(quiet.returncode, PASS, quiet.stdout + quiet.stderr)
        self.assertEqual(list((self.folder / "other").glob("*-again.h5")), [])


if __name__ == "__main__":
    main()
