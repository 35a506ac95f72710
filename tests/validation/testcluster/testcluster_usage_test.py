# SPDX-License-Identifier: Apache-2.0
"""What scripts/experiments/testcluster refuses before it touches anything: needs no root."""
import os
import unittest

from testcluster_support import NetTest, testcluster

BAD_UP = [
    # arguments, what the sentence names
    (["--hosts", 0, "--rate", "200mbit"], ["0 hosts", "1 to 16"]),
    (["--hosts", -1, "--rate", "200mbit"], ["-1 hosts"]),
    (["--hosts", 17, "--rate", "200mbit"], ["17 hosts", "1 to 16"]),
    (["--hosts", 4, "--rate", "fast"], ["'fast' is no rate", "200mbit"]),
    (["--hosts", 4, "--rate", "200"], ["'200' is no rate"]),
    (["--hosts", 4, "--rate", "-5mbit"], None),
    (["--hosts", 4, "--rate", "200MB/s"], ["'200MB/s' is no rate"]),
    (["--hosts", 4, "--rate", "0mbit"], ["'0mbit' is outside"]),
    (["--hosts", 4, "--rate", "100gbit"], ["'100gbit' is outside"]),
    (["--hosts", 4, "--rate", "200mbit", "--slow", "host5=100mbit"], ["there is no 'host5'", "host1 to host4"]),
    (["--hosts", 4, "--rate", "200mbit", "--slow", "host0=100mbit"], ["there is no 'host0'"]),
    (["--hosts", 4, "--rate", "200mbit", "--slow", "node1=100mbit"], ["there is no 'node1'"]),
    (["--hosts", 4, "--rate", "200mbit", "--slow", "host3"], ["'--slow host3' has no rate", "host3=100mbit"]),
    (["--hosts", 4, "--rate", "200mbit", "--slow", "host3=quick"], ["'quick' is no rate"]),
    (["--hosts", 4, "--rate", "200mbit", "--slow", "host3=300mbit"], ["host3 can't be slow at 300mbit"]),
    (["--hosts", 4, "--rate", "200mbit", "--slow-link", "host1=50mbit"], ["'host1' is no link"]),
    (["--hosts", 4, "--rate", "200mbit", "--slow-link", "host1-host1=50mbit"], ["both ends are the same"]),
    (["--hosts", 4, "--rate", "200mbit", "--slow-link", "host1-host9=50mbit"], ["there is no 'host9'"]),
    (["--hosts", 4, "--rate", "200mbit", "--slow-link", "host1-host2"], ["has no rate"]),
    (["--hosts", 4, "--rate", "200mbit", "--slow-out", "host5=50mbit"], ["there is no 'host5'"]),
    (["--hosts", 4, "--rate", "200mbit", "--slow-in", "host1=500mbit"], ["host1 (receiving) can't be slow at 500mbit"]),
    (["--hosts", 2, "--rate", "200mbit", "--slow-leaf", "host1,host2=50mbit"], ["nothing is left outside"]),
    (["--hosts", "many", "--rate", "200mbit"], None),
    (["--hosts", 4], None),
    (["--rate", "200mbit"], None),
]


class Usage(NetTest):
    def test_a_cluster_that_makes_no_sense_is_refused_in_one_sentence(self):
        for arguments, fragments in BAD_UP:
            with self.subTest(arguments):
                process = testcluster("up", *arguments)
                if fragments is None:
                    self.assertEqual(process.returncode, 2)  # argparse says what is missing
                else:
                    self.assert_refused(process, "testcluster", *fragments)

    def test_nothing_to_run_is_refused(self):
        for arguments in (["run"], ["run", "--"], ["run", "-n", "2"]):
            with self.subTest(arguments):
                self.assert_refused(testcluster(*arguments), "testcluster", "nothing to run")

    def test_without_root_every_command_says_so(self):
        plain_user = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
        for arguments in (["up", "--hosts", 2, "--rate", "10mbit"], ["down"], ["status"], ["run", "--", "true"]):
            with self.subTest(arguments):
                self.assert_refused(testcluster(*arguments, cwd="/", **plain_user), "testcluster", "need root", "sudo")


if __name__ == "__main__":
    unittest.main()
