# SPDX-License-Identifier: Apache-2.0
"""Which nodes may join: `plumbline admit`, on simulated clusters with planted faults."""
import json
import shlex
import subprocess

from support import BROKEN, CliTest, FAIL, NOT_MEASURED, PASS, PLUMBLINE, main

CLUSTER = """
plumbline: 1
name: admission
backend: sim
simulation: {ranks: 16, latency: 2us, bandwidth: 10GB/s, noise: 0.01%s}
batch: 1
cases: [{pattern: links, bytes: 4MiB, compute: 1ms}]
"""
FAULTS = ", faults: [{kind: node, node: 12, factor: 1.1}, {kind: direction, node: 14, way: out, factor: 1.3}, {kind: rank, rank: 15, factor: 1.2}]"
GOOD = ("--good", "sim[0-9]")


class Admit(CliTest):
    def run_cluster(self, faults=FAULTS):
        self.write("c.yaml", CLUSTER % faults)
        self.call("run", "c.yaml", "-o", "c.h5", "-q")

    def test_candidates_are_judged_and_every_format_says_the_same(self):
        self.run_cluster()
        told = self.call("admit", "c.h5", *GOOD)
        self.assertEqual(told.returncode, FAIL, told.stderr)
        self.assertIn("may join: 3 nodes, sim[10-11,13]\n", told.stdout)
        self.assertRegex(told.stdout, r"sim12 rejected: \w+.* \+10\.\d % \[.*\] time over \d+ links")
        self.assertRegex(told.stdout, r"sim14 rejected: sending \+(29|30)\.\d % ")
        self.assertRegex(told.stdout, r"sim15 rejected: compute \+(19|20)\.\d % ")
        self.assertTrue(told.stdout.endswith("verdict: FAIL\n"))
        nodes = {node["host"]: node["admission"] for node in json.loads(self.call("admit", "c.h5", *GOOD, "--format", "json").stdout)["nodes"]}
        self.assertEqual(nodes, {"sim10": "joins", "sim11": "joins", "sim12": "rejected", "sim13": "joins", "sim14": "rejected", "sim15": "rejected"})
        self.assertEqual(self.call("admit", "c.h5", *GOOD, "--format", "list").stdout.split(), ["sim10", "sim11", "sim13"])
        self.assertIn("可以加入", self.call("admit", "c.h5", *GOOD, "--lang", "zh").stdout)
        good = self.call("admit", "c.h5", *GOOD, "--candidates", "sim[10-11]")
        self.assertEqual(good.returncode, PASS, good.stdout)
        absent = self.call("admit", "c.h5", *GOOD, "--candidates", "sim10,elsewhere")
        self.assertEqual(absent.returncode, NOT_MEASURED)
        self.assertIn("elsewhere not measured", absent.stdout)

    def test_commands_of_slurm_and_kubernetes_are_words_of_a_shell(self):
        self.run_cluster()
        slurm = [shlex.split(line) for line in self.call("admit", "c.h5", *GOOD, "--format", "slurm").stdout.splitlines()[1:]]
        self.assertEqual(slurm[0], ["scontrol", "update", "NodeName=sim[10-11,13]", "State=RESUME"])
        self.assertEqual([words[2:4] for words in slurm[1:]], [[f"NodeName=sim{n}", "State=DRAIN"] for n in (12, 14, 15)])
        self.assertTrue(all(words[4].startswith("Reason=plumbline admit: rejected: ") for words in slurm[1:]))
        log = self.folder / "kubectl.log"
        kubectl = self.write("kubectl", f'#!/bin/sh\necho "$*" >> {log}\n')
        kubectl.chmod(0o755)
        commands = self.call("admit", "c.h5", *GOOD, "--format", "kubernetes").stdout
        subprocess.run(["sh", "-e"], input=commands, text=True, check=True, env={"PATH": f"{self.folder}:/usr/bin:/bin"})
        asked = log.read_text().splitlines()
        self.assertIn("label node sim10 plumbline/admitted=true --overwrite", asked)
        self.assertIn("taint node sim12 plumbline/admitted=rejected:NoSchedule --overwrite", asked)
        self.assertEqual(len(asked), 12)

    def launcher(self):
        """Starts the simulated cluster in place of what it is asked to run."""
        script = self.write("launcher", f'#!/usr/bin/env bash\nshift 3\nexec {PLUMBLINE} run c.yaml "$@"\n')
        script.chmod(0o755)
        return str(script)

    def test_one_launch_measures_and_judges(self):
        self.write("c.yaml", CLUSTER % FAULTS)
        script = self.launcher()
        told = self.call("admit", *GOOD, "-o", "kept.h5", "--", "env", script)
        self.assertEqual(told.returncode, FAIL, told.stderr)
        self.assertIn("may join: 3 nodes, sim[10-11,13]\n", told.stdout)
        self.assertEqual(self.call("admit", "kept.h5", *GOOD).stdout, told.stdout)
        self.assert_refused(self.call("admit", *GOOD, "-o", "kept.h5", "--", "env", script), "'kept.h5' is there already")

    def test_a_prolog_ends_with_0_or_1_and_one_line(self):
        self.write("c.yaml", CLUSTER % FAULTS)
        script = self.launcher()
        fit = self.call("admit", *GOOD, "--candidates", "sim10", "--prolog", "--", "env", script)
        self.assertEqual((fit.returncode, fit.stdout, fit.stderr), (0, "", ""))
        unfit = self.call("admit", *GOOD, "--candidates", "sim[10-12]", "--prolog", "--", "env", script)
        self.assertEqual((unfit.returncode, unfit.stdout, len(unfit.stderr.splitlines())), (1, "", 1))
        self.assertIn("sim12: rejected: ", unfit.stderr)
        hangs = self.write("hangs", "#!/bin/sh\nexec sleep 600\n")
        hangs.chmod(0o755)
        late = self.call("admit", *GOOD, "--prolog", "--within", "1s", "--", str(hangs), timeout=60)
        self.assertEqual(late.returncode, 1)
        self.assertIn("the launch was not done within 1 s", late.stderr)
        broken = self.call("admit", *GOOD, "--", "false", "x")
        self.assertEqual(broken.returncode, BROKEN)
        self.assertIn("the launch broke, status 1", broken.stderr)

    def test_what_can_not_be_judged_is_refused_in_a_sentence(self):
        self.run_cluster("")
        self.write("a.yaml", CLUSTER.replace("links, bytes: 4MiB, compute: 1ms", "allreduce, bytes: 8") % "")
        self.call("run", "a.yaml", "-o", "a.h5", "-q")
        for words, said in ((("c.h5", "--good", "sim[0-"), "no list of nodes"), (("c.h5", "--good", "sim0"), "names 1 node"),
                            (("c.h5", "--good", "sim0,sim77"), "names 'sim77', which is not in c.h5"), (("c.h5", "--good", "sim[0-15]"), "no candidate"),
                            (("c.h5", *GOOD, "--candidates", "sim3"), "at once"), (("c.h5", *GOOD, "--max-slowdown", "5"), "is not a share"),
                            (("c.h5", *GOOD, "--within", "3s"), "of a launch"), (("a.h5", *GOOD), "no measured case of pattern links"),
                            (("missing.h5", *GOOD), "missing.h5"), ((*GOOD, "--", "nolauncher", "-n", "3"), "isn't found"),
                            ((*GOOD, "--within", "0s", "--", "true", "x"), "no time"), (("c.h5",), "--good"),
                            (("c.h5", "--good", "sim[0-999999999]"), "no list of nodes"), (("c.h5", "--good", ""), "no list of nodes")):
            with self.subTest(words):
                self.assert_refused(self.call("admit", *words), said)


if __name__ == "__main__":
    main()
