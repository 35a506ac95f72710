# SPDX-License-Identifier: Apache-2.0
"""docs/examples/deploy: manifests are what their kinds want, and say nothing that the program doesn't know; scripts run."""
import json
import os
import re
import socket
import subprocess

import yaml

from support import PASS, PATIENCE, PLUMBLINE, ROOT, CliTest, main

DEPLOY = ROOT / "docs/examples/deploy"
KINDS = {"mpijob.yaml": [("kubeflow.org/v2beta1", "MPIJob")], "pytorchjob.yaml": [("kubeflow.org/v1", "PyTorchJob")],
         "jobset.yaml": [("jobset.x-k8s.io/v1alpha2", "JobSet")], "volcano.yaml": [("batch.volcano.sh/v1alpha1", "Job")],
         "kueue.yaml": [("kueue.x-k8s.io/v1beta1", kind) for kind in ("ResourceFlavor", "ClusterQueue", "LocalQueue")]}
SHORT = """
plumbline: 1
name: short
backend: gloo
scale: {ranks: [all]}
oversubscribe: true
stop: {max_seconds: 20, min_samples: 6, max_samples: 6}
cases:
  - {pattern: allreduce, bytes: [64]}
"""


def documents(name):
    return list(yaml.safe_load_all((DEPLOY / name).read_text(encoding="utf-8")))


def pods(node):
    """All pod specs below a node."""
    if isinstance(node, dict):
        if "containers" in node:
            yield node
        for value in node.values():
            yield from pods(value)
    elif isinstance(node, list):
        for value in node:
            yield from pods(value)


class Manifests(CliTest):
    def test_all_of_them_are_looked_at(self):
        self.assertEqual({path.name for path in DEPLOY.glob("*.yaml")}, set(KINDS))

    def test_have_the_kinds_that_they_are_named_after(self):
        for name, kinds in KINDS.items():
            with self.subTest(name):
                made = documents(name)
                self.assertEqual([(each["apiVersion"], each["kind"]) for each in made], kinds)
                for each in made:
                    self.assertRegex(each["metadata"]["name"], r"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\Z")

    def test_pods_mount_what_they_define_and_ask_for_what_they_need(self):
        for name in KINDS:
            for pod in pods(documents(name)):
                with self.subTest(name):
                    volumes = {volume["name"] for volume in pod.get("volumes", [])}
                    for container in pod["containers"]:
                        mounts = {mount["name"]: mount["mountPath"] for mount in container.get("volumeMounts", [])}
                        self.assertLessEqual(set(mounts), volumes)
                        if "resources" in container:  # the launcher of an MPIJob measures nothing
                            self.assertIn("/dev/shm", mounts.values())
                            self.assertIn("IPC_LOCK", container["securityContext"]["capabilities"]["add"])

    def test_commands_use_options_that_the_program_has(self):
        known = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", self.call("run", "--help").stdout))
        for name in KINDS:
            for pod in pods(documents(name)):
                for container in pod["containers"]:
                    words = container.get("args", [])
                    with self.subTest(name, words=words):
                        self.assertLessEqual({word for word in words if word.startswith("-")}, known)
                        if words:
                            self.assertEqual(words[:2], ["run", "acceptance"])

    def test_ranks_of_a_pod_are_its_devices_and_pods_are_counted_right(self):
        for name in ("pytorchjob.yaml", "jobset.yaml", "volcano.yaml"):
            for pod in pods(documents(name)):
                (container,) = pod["containers"]
                self.assertEqual(int(container["command"][1]), container["resources"]["limits"]["nvidia.com/gpu"], name)
                self.assertTrue(container["command"][0].endswith("/share/plumbline/examples/deploy/pod-ranks"))
        (jobset,) = documents("jobset.yaml")
        (job,) = jobset["spec"]["replicatedJobs"]
        spec = job["template"]["spec"]
        variables = {entry["name"]: entry.get("value") for entry in spec["template"]["spec"]["containers"][0]["env"]}
        self.assertEqual(int(variables["WORLD_SIZE"]), spec["parallelism"])
        self.assertEqual(spec["parallelism"], spec["completions"])
        self.assertEqual(variables["MASTER_ADDR"], f"{jobset['metadata']['name']}-{job['name']}-0-0.{jobset['metadata']['name']}")
        (mpijob,) = documents("mpijob.yaml")
        workers = mpijob["spec"]["mpiReplicaSpecs"]["Worker"]
        command = mpijob["spec"]["mpiReplicaSpecs"]["Launcher"]["template"]["spec"]["containers"][0]["command"]
        self.assertEqual(int(command[command.index("-n") + 1]), workers["replicas"] * mpijob["spec"]["slotsPerWorker"])
        (volcano,) = documents("volcano.yaml")
        self.assertEqual(volcano["spec"]["minAvailable"], sum(task["replicas"] for task in volcano["spec"]["tasks"]))


class Scripts(CliTest):
    def test_shell_scripts_are_such(self):
        for name in ("job.sbatch", "pyxis.sbatch", "pod-ranks"):
            self.assertEqual(subprocess.run(["bash", "-n", DEPLOY / name], capture_output=True).returncode, 0, name)

    def test_two_pods_of_two_ranks_are_four_ranks(self):
        self.write("s.yaml", SHORT)
        with socket.socket() as probe:
            probe.bind(("localhost", 0))
            port = str(probe.getsockname()[1])
        started = [subprocess.Popen([DEPLOY / "pod-ranks", "2", PLUMBLINE, "run", "s.yaml", "-o", "x.h5"], cwd=self.folder, text=True,
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                    env={**os.environ, "RANK": str(pod), "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": port,
                                         "PLUMBLINE_TOKEN": "of this test"}) for pod in (0, 1)]
        ends = [process.communicate(timeout=60 * PATIENCE) for process in started]
        self.assertEqual([process.returncode for process in started], [PASS, PASS], ends)
        shown = json.loads(self.call("show", "x.h5", "--format", "json").stdout)
        self.assertEqual([case["ranks"] for case in shown["cases"]], [4])

    def test_pod_ranks_ends_with_the_worst_status_and_refuses_what_it_cannot_do(self):
        pod = {**os.environ, "RANK": "0", "WORLD_SIZE": "1"}
        worst = subprocess.run([DEPLOY / "pod-ranks", "3", "sh", "-c", "exit $((RANK * 2))"], env=pod)
        self.assertEqual(worst.returncode, 4)
        alone = {name: value for name, value in pod.items() if name != "RANK"}
        for arguments, environment in ((["0", "true"], pod), (["x", "true"], pod), ([], pod), (["2"], pod), (["2", "true"], alone)):
            with self.subTest(arguments):
                made = subprocess.run([DEPLOY / "pod-ranks", *arguments], text=True, capture_output=True, env=environment)
                self.assertEqual((made.returncode, len(made.stderr.splitlines())), (2, 1), made.stderr)

    def test_the_crontab_has_five_fields_before_each_command(self):
        most = (59, 23, 31, 12, 7)
        jobs = 0
        for line in (DEPLOY / "crontab").read_text(encoding="utf-8").splitlines():
            if not line or line.startswith("#") or re.match(r"[A-Z]+=", line):
                continue
            *fields, command = line.split(maxsplit=5)
            self.assertEqual(len(fields), 5)
            for field, high in zip(fields, most):
                self.assertTrue(field == "*" or int(field) <= high, line)
            self.assertNotIn("%", command)  # cron makes line feeds of them
            jobs += 1
        self.assertEqual(jobs, 2)


if __name__ == "__main__":
    main()
