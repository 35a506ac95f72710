# SPDX-License-Identifier: Apache-2.0
"""`doctor` on hosts of their own: an address that every host has, a variable that one host lacks, ports behind a wall. Needs root."""
import json
import os
import subprocess

from testcluster_support import DONE, NetTest, main_with_cluster, testcluster

PLUMBLINE = os.environ["PLUMBLINE"]
HOSTS = [f"host{n}" for n in range(1, 5)]


def inside(host, *command, **more):
    return subprocess.run(["ip", "netns", "exec", f"pl-{host}", *command], text=True, capture_output=True, check=True, **more)


class Doctor(NetTest):
    @classmethod
    def setUpClass(cls):
        made = testcluster("up", "--hosts", 4, "--rate", "1gbit")
        assert made.returncode == DONE, made.stderr
        cls.addClassCleanup(testcluster, "down")

    def document(self, *arguments):
        made = testcluster("run", "-n", 4, "--", *arguments, PLUMBLINE, "doctor", "--format", "json", "--oversubscribe")
        self.assertNotEqual(made.stdout, "", made.stderr)
        return json.loads(made.stdout[made.stdout.index("{"):])

    def test_nodes_that_are_alike_are_folded(self):
        document = self.document()
        self.assertEqual([group["count"] for group in document["nodes"]], [4])
        self.assertEqual(document["nodes"][0]["hosts"], HOSTS)
        self.assertFalse(document["breaks"], document["findings"])
        self.assertEqual([f for f in document["findings"] if f["about"] in ("network", "time")], [])

    def test_an_address_that_all_hosts_have_leads_nowhere(self):
        for host in HOSTS:
            inside(host, "ip", "link", "add", "docker0", "type", "bridge")
            self.addCleanup(inside, host, "ip", "link", "del", "docker0")
            inside(host, "ip", "addr", "add", "172.31.0.1/16", "dev", "docker0")
            inside(host, "ip", "link", "set", "docker0", "up")
        found = [f for f in self.document()["findings"] if f["about"] == "interface docker0"]
        self.assertEqual([(f["severity"], f["hosts"]) for f in found], [("disturbs", HOSTS)])
        self.assertIn("NCCL_SOCKET_IFNAME=^docker0", found[0]["advice"])

    def test_a_variable_that_one_host_has_is_named(self):
        shell = 'if [ "$(hostname)" = host3 ]; then export NCCL_ALGO=Ring; fi; exec "$@"'
        found = [f for f in self.document("sh", "-c", shell, "sh")["findings"] if f["about"] == "variable NCCL_ALGO"]
        self.assertEqual([(f["severity"], f["hosts"]) for f in found], [("disturbs", ["host3"])])
        self.assertIn("missing on 3 of 4 nodes and Ring on host3", found[0]["problem"])


if __name__ == "__main__":
    main_with_cluster("__main__")
