# SPDX-License-Identifier: Apache-2.0
"""plumbline under a real Slurm: by PMIx, PMI-2, without MPI; time limit, --signal, resubmission with --resume, scancel."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
import unittest

from slurm_cluster import HOSTS, SlurmCluster, skip, why_not

PLUMBLINE = os.environ["PLUMBLINE"]
ROOT = pathlib.Path(__file__).resolve().parents[3]
MODULES = pathlib.Path(PLUMBLINE).parent.parent / "modules"
PASS, USAGE = 0, 2

SHORT = """
plumbline: 1
name: short
scale: {ranks: [all]}
oversubscribe: true
stop: {max_seconds: 20, min_samples: 6, max_samples: 6}
cases:
  - {pattern: allreduce, bytes: [64]}
targets:
  - {name: right, metric: wrong_data, at_most: 0}
"""

# 100 cases of 3 s: no job of a minute ends it.
LONG = f"""
plumbline: 1
name: long
backend: gloo
scale: {{ranks: [all]}}
oversubscribe: true
stop: {{max_seconds: 3, min_samples: 6, max_samples: 1000000, relative_ci: 1e-9}}
cases:
  - {{pattern: allreduce, bytes: {[8 * n for n in range(1, 101)]}}}
"""

SOAK = """
plumbline: 1
name: soak
oversubscribe: true
checkpoint: {every: 1s, bytes_per_rank: 64KiB}
cases:
  - {pattern: allreduce, bytes: 64KiB}
"""

JOB = """#!/bin/sh
#SBATCH --job-name=plumbline --nodes=3 --ntasks-per-node=1 --output={folder}/%j.log {more}
srun --mpi=none {plumbline} run long.yaml -o long.h5 {resume} --progress plain
echo "ended with $?"
"""

cluster = None


class Slurm(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="plumbline-test-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "short.yaml").write_text(SHORT, encoding="utf-8")
        (self.folder / "long.yaml").write_text(LONG, encoding="utf-8")

    def srun(self, *options, program=(), environment=None):
        return cluster.call("srun", "--nodes=3", "--ntasks-per-node=1", *options, PLUMBLINE, *program, cwd=self.folder, environment=environment)

    def shown(self, name="x.h5"):
        return json.loads(subprocess.run([PLUMBLINE, "show", name, "--format", "json"], cwd=self.folder, text=True, capture_output=True, check=True).stdout)

    def assert_ran_on_three_hosts(self, made):
        self.assertEqual(made.returncode, PASS, made.stderr + made.stdout)
        self.assertIn("3 ranks on 3 hosts", made.stdout)
        self.assertEqual([case["ranks"] for case in self.shown()["cases"]], [3])

    def test_by_pmix(self):
        self.assert_ran_on_three_hosts(self.srun("--mpi=pmix", program=("run", "short.yaml", "-o", "x.h5")))

    def test_by_pmi2_with_mpichs_module(self):
        if not (MODULES / "plumbline-mpi-mpich.so").exists():
            self.skipTest("built without MPICH")
        self.assert_ran_on_three_hosts(self.srun("--mpi=pmi2", program=("run", "short.yaml", "-o", "x.h5")))

    def test_without_mpi_over_tcp(self):
        self.assert_ran_on_three_hosts(self.srun("--mpi=none", program=("run", "short.yaml", "-o", "x.h5", "--backend", "gloo"),
                                                 environment={"PLUMBLINE_TOKEN": "of this job"}))

    def test_a_pmi_that_the_module_does_not_speak_is_refused(self):
        openmpi = f"mpi:{MODULES}/plumbline-mpi-openmpi.so"
        made = self.srun("--mpi=pmi2", program=("run", "short.yaml", "-o", "x.h5", "--launcher", openmpi))
        self.assertEqual(made.returncode, USAGE, made.stderr)
        self.assertIn("srun --mpi=pmix", made.stderr)
        self.assertFalse((self.folder / "x.h5").exists())

    def test_doctor_examines_all_nodes_in_one_launch(self):
        made = self.srun("--mpi=none", program=("doctor", "--backend", "gloo", "--format", "json"))
        document = json.loads(made.stdout)
        self.assertEqual(document["launch"]["announced_by"], "SLURM_STEP_NUM_TASKS")
        self.assertEqual(sorted(host for group in document["nodes"] for host in group["hosts"]), HOSTS)
        self.assertEqual(made.returncode, PASS, document["findings"])

    def test_the_example_of_a_job_runs_and_goes_on(self):
        example = ROOT / "docs/examples/deploy/job.sbatch"
        variables = {"SCENARIO": "short.yaml", "BACKEND": "gloo", "MPI": "none", "PLUMBLINE": PLUMBLINE}
        for _ in range(2):  # the second time with --resume, which finds nothing to do
            made = cluster.call("sbatch", "--parsable", "--nodes=3", "--ntasks-per-node=1", example, cwd=self.folder, environment=variables)
            self.assertEqual(made.returncode, 0, made.stderr)
            self.log_at_its_end(made.stdout.strip(), ("COMPLETED",))
            log = (self.folder / f"plumbline-{made.stdout.strip()}.log").read_text(encoding="utf-8")
            self.assertIn("plumbline ended with 0", log)
            self.assertIn("launch  3 ranks on 3 nodes, over TCP", log)
            self.assertIn('"event":"summary"', log)
        self.assertEqual([case["ranks"] for case in self.shown("short.yaml.h5")["cases"]], [3])
        for name in ("job.sbatch", "pyxis.sbatch"):
            with self.subTest(name):
                tested = cluster.call("sbatch", "--test-only", "--nodes=3", "--ntasks-per-node=1", "--gpus-per-node=0", ROOT / "docs/examples/deploy" / name)
                self.assertEqual(tested.returncode, 0, tested.stderr)

    def submit(self, more, resume=""):
        job = self.folder / "job.sh"
        job.write_text(JOB.format(folder=self.folder, more=more, plumbline=PLUMBLINE, resume=resume), encoding="utf-8")
        made = cluster.call("sbatch", "--parsable", job, cwd=self.folder, environment={"PLUMBLINE_TOKEN": "of this job"})
        self.assertEqual(made.returncode, 0, made.stderr)
        return made.stdout.strip()

    def state(self, job):
        told = cluster.call("scontrol", "show", "job", job).stdout
        found = re.search(r"JobState=(\S+)", told)
        return found[1] if found else told

    def log_at_its_end(self, job, states, seconds=150):
        cluster.wait_for(lambda: self.state(job) in ("COMPLETED", "FAILED", "TIMEOUT", "CANCELLED", "NODE_FAIL"), f"end of job {job}", seconds)
        self.assertIn(self.state(job), states)
        time.sleep(1)
        log = self.folder / f"{job}.log"
        return log.read_text(encoding="utf-8") if log.exists() else ""

    def measured(self):
        return len(self.shown("long.h5")["cases"])

    def wait_for_round(self, job, more_than):
        def stored():
            return self.state(job) == "RUNNING" and (self.folder / "long.h5").exists() and self.measured() > more_than
        cluster.wait_for(stored, "stored round", 60)

    def test_time_limit_signal_and_scancel_end_a_job_in_order_and_the_next_goes_on(self):
        # SIGTERM, twice, at the limit of a minute; srun's own status is that of a step that was ended.
        log = self.log_at_its_end(self.submit("--time=1"), ("TIMEOUT", "FAILED", "COMPLETED"))
        self.assertIn("--resume", log)
        self.assertNotIn("killed", log.lower().replace("tasks killed", ""))
        first = self.measured()
        self.assertGreater(first, 0)
        # SIGUSR1 some time before the limit.
        job = self.submit("--time=1 --signal=USR1@50", "--resume")
        log = self.log_at_its_end(job, ("COMPLETED", "FAILED"))
        self.assertRegex(log, r"ended with \d+")
        self.assertIn("--resume", log)
        second = self.measured()
        self.assertGreaterEqual(second, first)
        # By hand.
        job = self.submit("--time=5", "--resume")
        self.wait_for_round(job, second)
        self.assertEqual(cluster.call("scancel", job).returncode, 0)
        log = self.log_at_its_end(job, ("CANCELLED",))
        third = self.measured()
        self.assertGreater(third, second)
        self.assertEqual(subprocess.run([PLUMBLINE, "verify", "long.h5", "-q"], cwd=self.folder).returncode, 0)

    def test_a_soak_is_one_batch_job_that_comes_back_by_srun_and_leaves_out_the_node_that_failed(self):
        (self.folder / "soak.yaml").write_text(SOAK, encoding="utf-8")
        (self.folder / "faults.yaml").write_text("faults:\n  - {kind: kill_launcher, at: 2s}\n  - {kind: stop, rank: 1, at: 6s}\n", encoding="utf-8")
        for pmi, nodes, spares in (("pmix", 2, ("--spares", "1")), ("none", 3, ())):
            with self.subTest(pmi):
                soak = f"soak-{pmi}"
                words = ["endure", "soak.yaml", "--for", "5min", "--until-recoveries", "2", "-o", soak, "--inject", "faults.yaml", "--hang-after", "5s", *spares,
                         "--set", f"backend={'mpi' if pmi == 'pmix' else 'gloo'}", "--", "srun", f"--nodes={nodes}", f"--ntasks={nodes}", f"--mpi={pmi}"]
                script = self.folder / f"{soak}.sh"
                script.write_text(f"#!/bin/sh\n#SBATCH --nodes=3 --output={self.folder}/%j.log\nexec {PLUMBLINE} {' '.join(words)}\n", encoding="utf-8")
                made = cluster.call("sbatch", "--parsable", script, cwd=self.folder, environment={"PLUMBLINE_TOKEN": "of this job"})
                self.assertEqual(made.returncode, 0, made.stderr)
                log = self.log_at_its_end(made.stdout.strip(), ("COMPLETED",))
                shown = self.shown(soak)
                self.assertEqual([(event["injected"], event["cause"]) for event in shown["events"]], [("kill_launcher", "launcher_died"), ("stop", "hang")], log)
                self.assertEqual((shown["soak"]["recoveries"], shown["events"][1]["rank"]), (2, 1), log)
                if spares:
                    self.assertIn("host2", shown["events"][1]["isolated"])


if __name__ == "__main__":
    if why := why_not():
        skip(why)
    with SlurmCluster() as cluster:
        unittest.main()
