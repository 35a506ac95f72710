# SPDX-License-Identifier: Apache-2.0
"""scripts/experiments/testcluster from nothing to nothing. Needs root, namespaces and tc."""
import os
import pathlib
import shutil
import subprocess

from testcluster_support import DONE, NOT_UP, NetTest, main_with_cluster, testcluster

FOUR = ["up", "--hosts", 4, "--rate", "200mbit", "--slow", "host3=100mbit", "--slow-link", "host4-host1=50mbit"]


def output(*command):
    return subprocess.run(command, text=True, capture_output=True, check=True).stdout


def traces():
    """What a cluster leaves on the machine."""
    namespaces = [line for line in output("ip", "netns", "list").splitlines() if line.startswith("pl-")]
    runtime = pathlib.Path(os.environ.get("XDG_RUNTIME_DIR") or "/tmp")
    links = output("ip", "-o", "link", "show")
    return namespaces + [str(path) for path in [*pathlib.Path("/etc/netns").glob("pl-*"), *runtime.glob("plumbline-testcluster")]], links


class Cluster(NetTest):
    def setUp(self):
        super().setUp()
        self.addCleanup(testcluster, "down")

    def test_up_twice_is_harmless_and_another_one_is_refused(self):
        self.assertEqual(testcluster(*FOUR).returncode, DONE)
        again = testcluster(*FOUR)
        self.assertEqual(again.returncode, DONE, again.stderr)
        self.assertIn("up already", again.stdout)
        another = testcluster("up", "--hosts", 2, "--rate", "10mbit")
        self.assert_refused(another, "testcluster", "another cluster is up", "'scripts/experiments/testcluster down'")
        status = testcluster("status")
        self.assertEqual(status.returncode, DONE)
        self.assertIn("4 hosts at 200mbit, but host3 at 100mbit, host1-host4 at 50mbit", status.stdout)

    def test_down_leaves_no_trace_and_twice_is_harmless(self):
        before = traces()
        self.assertEqual(testcluster(*FOUR).returncode, DONE)
        self.assertEqual(len([name for name in traces()[0] if name.startswith("pl-")]), 5)
        down = testcluster("down")
        self.assertEqual((down.returncode, down.stdout), (DONE, "testcluster: removed\n"), down.stderr)
        self.assertEqual(traces(), before)
        again = testcluster("down")
        self.assertEqual(again.returncode, DONE)
        self.assertIn("no cluster is up", again.stdout)

    def test_a_failed_up_is_cleaned_up(self):
        before = traces()
        broken = self.folder / "bin"
        broken.mkdir()
        tc = broken / "tc"
        tc.write_text(f"""#!/bin/sh
case "$*" in *host2*) echo 'Specified qdisc kind is unknown.' >&2; exit 2;; esac
exec {shutil.which("tc")} "$@"
""", encoding="utf-8")
        tc.chmod(0o755)
        process = testcluster("up", "--hosts", 2, "--rate", "10mbit", environment={"PATH": f"{broken}:{os.environ['PATH']}"})
        self.assert_refused(process, "testcluster", "Specified qdisc kind is unknown", "tbf")
        self.assertEqual(testcluster("status").returncode, NOT_UP)
        self.assertEqual(traces(), before)

    def test_half_a_cluster_is_no_cluster_and_the_next_up_repairs_it(self):
        self.assertEqual(testcluster(*FOUR).returncode, DONE)
        subprocess.run(["ip", "netns", "del", "pl-host2"], check=True)
        status = testcluster("status")
        self.assertEqual(status.returncode, NOT_UP)
        self.assertIn("are left", status.stdout)
        self.assert_refused(testcluster("run", "--", "true"), "testcluster", "no cluster is up")
        self.assertEqual(testcluster(*FOUR).returncode, DONE)
        self.assertEqual(testcluster("status").returncode, DONE)

    def test_down_ends_what_still_runs_on_it(self):
        self.assertEqual(testcluster("up", "--hosts", 1, "--rate", "10mbit").returncode, DONE)
        sleeper = subprocess.Popen(["ip", "netns", "exec", "pl-host1", "sleep", "600"])
        self.addCleanup(sleeper.kill)
        self.assertEqual(testcluster("down").returncode, DONE)
        self.assertEqual(sleeper.wait(10), -15)

    def test_every_host_has_a_name_of_its_own_and_ranks_fill_hosts_evenly(self):
        self.assertEqual(testcluster(*FOUR).returncode, DONE)
        process = testcluster("run", "-n", 6, "--", "hostname")
        self.assertEqual(process.returncode, DONE, process.stderr)
        self.assertEqual(sorted(process.stdout.split()), ["host1", "host1", "host2", "host2", "host3", "host4"])

    def test_run_gives_the_exit_status_of_the_command(self):
        self.assertEqual(testcluster("up", "--hosts", 2, "--rate", "100mbit").returncode, DONE)
        self.assertEqual(testcluster("run", "--", "sh", "-c", "exit 3").returncode, 3)
        self.assertEqual(testcluster("run", "--", "plumbline", "run", "no-such-scenario.yaml").returncode, 2)
        self.assert_refused(testcluster("run", "--", "/no/such/program"), "testcluster", "/no/such/program")
        self.assert_refused(testcluster("run", "-n", 0, "--", "true"), "testcluster", "0 ranks")

    def test_run_without_a_cluster_is_refused(self):
        self.assert_refused(testcluster("run", "--", "true"), "testcluster", "no cluster is up", "'scripts/experiments/testcluster up'")


if __name__ == "__main__":
    main_with_cluster("__main__")
