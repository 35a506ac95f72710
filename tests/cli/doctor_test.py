# SPDX-License-Identifier: Apache-2.0
"""`doctor` says before a run what will break it, started as the run will be."""
import json
import os
import resource
import socket
import subprocess

import jsonschema

from support import FAIL, PASS, PATIENCE, ROOT, USAGE, CliTest, main


class Doctor(CliTest):
    def document(self, *arguments, ranks=None, status=PASS):
        made = self.call("doctor", "--format", "json", *arguments, ranks=ranks)
        self.assertEqual(made.returncode, status, made.stderr + made.stdout)
        document = json.loads(made.stdout)
        schema = json.loads((ROOT / "results/schemas/doctor.json").read_text(encoding="utf-8"))
        self.assertEqual([e.message for e in jsonschema.Draft202012Validator(schema).iter_errors(document)], [])
        self.assertEqual(document["breaks"], status == FAIL)
        return document

    def test_alone_it_examines_this_node(self):
        document = self.document()
        self.assertEqual(document["launch"]["ranks"], 1)
        facts = document["nodes"][0]["facts"]
        self.assertEqual(facts["kernel"], os.uname().release)
        self.assertEqual(document["nodes"][0]["hosts"], [socket.gethostname()])
        text = self.call("doctor")
        self.assertEqual(text.returncode, PASS, text.stderr)
        self.assertIn(f"kernel  {os.uname().release}".split()[1], text.stdout)
        self.assertEqual(text.stderr, "")

    def test_under_a_launcher_it_says_by_what_and_how_many(self):
        document = self.document(ranks=3)
        launch = document["launch"]
        self.assertEqual((launch["way"], launch["ranks"], launch["announced_by"]), ("mpi", 3, "OMPI_COMM_WORLD_SIZE"))
        self.assertTrue(launch["module"].endswith("plumbline-mpi-openmpi.so"), launch)
        self.assertIn("Open MPI", launch["library"])
        self.assertEqual(document["nodes"][0]["facts"]["ranks"], "3")
        made = subprocess.run(self.command("launch", "-H", "localhost:2", "--", "doctor", "--format", "json", "--oversubscribe"),
                              cwd=self.folder, text=True, capture_output=True, timeout=60 * PATIENCE)
        self.assertEqual(made.returncode, PASS, made.stderr)
        self.assertEqual(json.loads(made.stdout)["launch"]["way"], "tcp")

    def test_a_launch_that_cannot_be_had_breaks_a_run(self):
        environment = {**os.environ, "RANK": "0", "WORLD_SIZE": "2"}
        made = subprocess.run(self.command("doctor"), cwd=self.folder, text=True, capture_output=True, env=environment)
        self.assertEqual(made.returncode, FAIL, made.stderr)
        self.assertIn("launch  the ranks don't come up", made.stdout)
        self.assertIn("breaks    launch: WORLD_SIZE announces 2 ranks and nothing says where rank 0 is met", " ".join(made.stdout.split()).replace("breaks ", "breaks    "))
        other = subprocess.run(self.command("doctor"), cwd=self.folder, text=True, capture_output=True, env={**environment, "RANK": "1"})
        self.assertEqual((other.returncode, other.stdout), (FAIL, ""))
        self.assertEqual(len(other.stderr.splitlines()), 1)

    def test_what_will_break_a_run_is_status_1_and_says_what_to_do(self):
        def few_files():
            resource.setrlimit(resource.RLIMIT_NOFILE, (100, 100))
        made = subprocess.run(self.command("doctor"), cwd=self.folder, text=True, capture_output=True, preexec_fn=few_files)
        self.assertEqual(made.returncode, FAIL, made.stderr)
        self.assertIn("breaks    open files: a process may open 100 files.", made.stdout)
        self.assertIn("Raise the hard limit", made.stdout)
        missing = self.document("--backend", "hccl", status=FAIL)
        self.assertIn("backend hccl can't be used", missing["findings"][0]["problem"])
        quiet = self.call("doctor", "--backend", "hccl", "-q")
        self.assertEqual((quiet.returncode, quiet.stdout), (FAIL, ""))

    def test_wrong_usage_is_status_2(self):
        for arguments in (("--backend", "nvcl"), ("--backend", "sim"), ("--format", "xml"), ("extra",)):
            with self.subTest(arguments):
                made = self.call("doctor", *arguments)
                self.assertEqual((made.returncode, made.stdout), (USAGE, ""), made.stderr)


if __name__ == "__main__":
    main()
