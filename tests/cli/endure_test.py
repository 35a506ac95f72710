# SPDX-License-Identifier: Apache-2.0
"""Soaks of real ranks: faults are noticed, named, recovered from, and no step is lost or done twice."""
import json
import os
import pathlib
import re
import signal
import subprocess
import time
import unittest

import h5py
import jsonschema
import numpy

from support import CliTest, BROKEN, INCONCLUSIVE, MPIEXEC, NOT_MEASURED, PASS, PLUMBLINE, ROOT, main, reseal

SCENARIO = """
plumbline: 1
name: endured
scale: {ranks: all}
oversubscribe: true
checkpoint: {every: 300ms, bytes_per_rank: 64KiB}
cases:
  - {pattern: allreduce, bytes: 64KiB}
  - {pattern: data_parallel, compute: 1ms, gradient_bytes: 64KiB}
targets:
  - {name: stops, metric: interruptions, at_most: 0}
  - {name: wrong, metric: wrong_data, at_most: 0}
"""


# Between MPI and the program: what rank 1 receives of the data that is verified is wrong, as long as a file is there.
WRONG = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>
int MPI_Allreduce(const void* a, void* b, int count, void* d, void* e, void* f)
{
    int (*real)(const void*, void*, int, void*, void*, void*) = dlsym(RTLD_NEXT, "MPI_Allreduce");
    int status = real(a, b, count, d, e, f);
    const char* rank = getenv("OMPI_COMM_WORLD_RANK");
    if (rank && atoi(rank) == 1 && count == 16384 && unlink(getenv("WRONG_ONCE")) == 0) {
        ((char*)b)[100] ^= 1;
    }
    return status;
}
"""


def splitmix(x):
    mask = (1 << 64) - 1
    x = ((x ^ (x >> 30)) * 0xbf58476d1ce4e5b9) & mask
    x = ((x ^ (x >> 27)) * 0x94d049bb133111eb) & mask
    return x ^ (x >> 31)


def digest_after(rank, steps):
    """The state of a rank that did each of `steps` steps once, in order: of an undisturbed run."""
    mask = (1 << 64) - 1
    state = 0
    for step in range(steps):
        state = splitmix(state ^ splitmix((rank + (step + 1) * 0x9e3779b97f4a7c15) & mask))
    return state


class Endure(CliTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", SCENARIO)

    def endure(self, *options, launcher=(MPIEXEC, "-n", "2"), timeout=120):
        return self.call("endure", *options, *(["--", *launcher] if launcher else []), timeout=timeout)

    def soak(self, folder="soak"):
        told = json.loads(self.call("show", folder, "--format", "json").stdout)
        schema = json.loads((ROOT / "results/schemas/soak.json").read_text(encoding="utf-8"))
        self.assertEqual([f"{list(error.path)}: {error.message}" for error in jsonschema.Draft202012Validator(schema).iter_errors(told)], [])
        return told

    def assert_state_is_undisturbed(self, ranks=2, folder="soak/checkpoints"):
        """The newest checkpoint of each rank is what an undisturbed run would have written, bit by bit."""
        newest = set()
        for rank in range(ranks):
            files = sorted((self.folder / folder / f"rank-{rank:06}").glob("*.checkpoint"))
            self.assertIn(len(files), (1, 2))
            header = files[-1].read_bytes()[:256].decode()
            steps = int(re.search(r" steps=(\d+)", header)[1])
            self.assertEqual(int(re.search(r" digest=(\w+)", header)[1], 16), digest_after(rank, steps), header)
            newest.add(steps)
        self.assertEqual(len(newest), 1)
        return newest.pop()

    def test_faults_are_named_recovered_from_and_leave_no_trace_in_the_state(self):
        self.write("f.yaml", """
            faults:
              - {kind: slow_load, delay: 500ms}
              - {kind: kill, rank: 1, at: 1s}
              - {kind: kill_launcher, at: 2s}
              - {kind: corrupt, rank: 0, at: 4s}
              - {kind: missing, rank: 1, at: 5s}
              - {kind: stop, rank: 1, at: 6s}
            """)
        done = self.endure("s.yaml", "--for", "60s", "--until-recoveries", "5", "-o", "soak", "--inject", "f.yaml",
                           "--hang-after", "5s", "--verify-every", "2")
        self.assertEqual(done.returncode, PASS, done.stdout + done.stderr)
        soak = self.soak()
        events = soak["events"]
        self.assertEqual([e["injected"] for e in events], ["kill", "kill_launcher", "corrupt", "missing", "stop"])
        self.assertEqual(events[0]["cause"], "rank_died")
        self.assertEqual(events[0]["rank"], 1)
        self.assertEqual(events[1]["cause"], "launcher_died")
        self.assertIn("of rank 0 is corrupt at byte", events[2]["notes"])
        self.assertIn("of rank 1 is missing", events[3]["notes"])
        self.assertEqual((events[4]["cause"], events[4]["rank"]), ("hang", 1))
        self.assertEqual({e["host"] for e in events if e["rank"] is not None}, {os.uname().nodename})  # of rank 0 too
        for event in events:
            moments = [event["moments_unix_s"][f"t{m}"] for m in range(9)]
            self.assertEqual(moments, sorted(moments))
            self.assertGreater(event["load_s"], 0.4)  # a lower bound: the load sleeps half a second
            self.assertEqual(event["lost_steps"], event["steps_before"] - event["step_loaded"])
        self.assertEqual(soak["soak"]["interruptions"], 0)
        self.assertEqual(soak["soak"]["recoveries"], 5)
        self.assertGreater(soak["soak"]["verified"], 0)
        self.assertEqual(self.assert_state_is_undisturbed(), soak["soak"]["steps"])

        # The same folder, read by others.
        strict = self.write("t.yaml", """
            targets:
              - {name: r, metric: recovery_time, at_most: 30min, quantile: 95%, confidence: 95%}
            """)
        check = self.call("check", "soak", "--targets", strict)
        self.assertEqual(check.returncode, INCONCLUSIVE)
        self.assertIn("59 without a miss, so 54 are lacking", check.stdout)
        metrics = (self.folder / "soak/metrics.prom").read_text()
        self.assertIn('plumbline_injected_interruptions_total{soak="endured"} 5\n', metrics)
        for language, word in (("en", "Endurance and recovery"), ("zh", "稳定性与故障恢复")):
            page = self.call("report", "soak", "--lang", language, "-o", f"{language}.html")
            self.assertEqual(page.returncode, 0, page.stderr)
            self.assertIn(word, (self.folder / f"{language}.html").read_text())
        again = self.endure("--resume", "soak", launcher=())
        self.assert_refused(again, "soak is over")
        self.look_at_run_file(soak)

    def look_at_run_file(self, soak):
        """The run file of the soak says to h5py what the journal says, and every command takes it as any other."""
        with h5py.File(self.folder / "soak/soak.h5") as file:
            group = file["soak"]
            self.assertEqual(group["journal"][:].tobytes(), (self.folder / "soak/journal.txt").read_bytes())
            self.assertEqual(sorted(group), ["events", "hours", "journal", "segments", "step_times", "sweeps"])
            for name, table in group.items():
                self.assertIn("description", table.attrs)
                self.assertEqual(len(numpy.atleast_1d(table.attrs["units"])), len(table.dtype.names or [0]), name)
            events = group["events"][:]
            for row, event in zip(events, soak["events"], strict=True):
                self.assertEqual((row["cause"].decode(), row["rank"] if event["rank"] is not None else None), (event["cause"], event["rank"]))
                self.assertEqual([row[f"t{m}_unix_s"] for m in range(9)], [event["moments_unix_s"][f"t{m}"] for m in range(9)])
                self.assertEqual((row["recovery_s"], row["lost_steps"]), (event["recovery_s"], event["lost_steps"]))
            segments = group["segments"][:]
            self.assertEqual([s["ended_by"].decode() for s in segments], [e["cause"] for e in soak["events"]] + ["over"])
            self.assertTrue((segments["launched_unix_s"] < segments["connected_unix_s"]).all())
            self.assertEqual(group["hours"]["steps"].sum(), soak["soak"]["steps"])
            self.assertEqual([(s["what"].decode(), s["busbw_bytes_per_s"] / 1e9) for s in group["sweeps"][:]],
                             [(s["what"], p["busbw_GBps"]) for s in soak["sweeps"] for p in s["points"]])
            self.assertEqual(len(file["summary"]), len(soak["sweeps"]))
        self.assertEqual(self.soak("soak/soak.h5"), soak)
        self.assertEqual(self.call("check", "soak/soak.h5").returncode, PASS)
        self.assertEqual(self.call("sign", "--new-key", "key").returncode, 0)
        self.assertEqual(self.call("sign", "soak", "--key", "key").returncode, 0)
        self.assertIn("signed with key", self.call("verify", "soak", "--manifest", "soak/soak.h5.signed.json", "--key", "key.pub").stdout)
        self.assertIn("allreduce", self.call("compare", "soak", "soak/soak.h5").stdout)
        hidden = self.call("anonymise", "soak", "-o", "hidden.h5")
        self.assertEqual(hidden.returncode, 0, hidden.stderr)
        told = self.call("show", "hidden.h5", "--format", "json").stdout
        self.assertNotIn(f'"{os.uname().nodename}"', told)
        self.assertIn('"host1"', told)
        self.assert_refused(self.call("run", "s.yaml", "-o", "soak/soak.h5", "--resume"), "is the run file of a soak")
        # Who alters a table, and its hash, still contradicts the journal.
        with h5py.File(self.folder / "soak/soak.h5", "r+") as file:
            rows = file["soak/events"][:]
            rows["recovery_s"] = 0.001
            file["soak/events"][...] = rows
            reseal(file, "/soak/events")
        altered = self.call("check", "soak/soak.h5")
        self.assert_refused(altered, "contradicts itself (/soak/events row 0, recovery_s")

    def test_a_supervisor_that_was_killed_goes_on_with_all_that_it_had_reported(self):
        reported = []
        process = subprocess.Popen([PLUMBLINE, "endure", "s.yaml", "--for", "4s", "-o", "soak", "--", MPIEXEC, "-n", "2"],
                                   cwd=self.folder, text=True, stderr=subprocess.PIPE)
        self.addCleanup(process.stderr.close)
        while "begins with step 0" not in "".join(reported):
            reported.append(process.stderr.readline())
        time.sleep(1)
        self.assert_secret_is_on_no_command_line("soak/secret")
        process.kill()
        process.wait()
        self.assertFalse((self.folder / "soak/soak.h5").exists())
        self.assertEqual(self.call("show", "soak").returncode, 0)
        with h5py.File(self.folder / "soak/soak.h5") as file:  # what there was when it was killed
            self.assertEqual(file["soak/segments"]["ended_by"].tolist(), [b""])
        done = self.endure("--resume", "soak", launcher=())
        with h5py.File(self.folder / "soak/soak.h5") as file:
            self.assertEqual(file["soak/segments"]["ended_by"].tolist(), [b"supervisor_died", b"over"])
        soak = self.soak()
        self.assertEqual([e["cause"] for e in soak["events"]], ["supervisor_died"])
        self.assertEqual(done.returncode, 1, done.stdout)  # an interruption that nobody meant
        self.assertIn("stops: interruptions 1 <= 0", done.stdout)
        self.assert_state_is_undisturbed()

    def assert_secret_is_on_no_command_line(self, path):
        """Every user of a host reads /proc/*/cmdline; the ranks know the secret by their environment."""
        secret = self.folder / path
        self.assertEqual(secret.stat().st_mode & 0o777, 0o600)
        word = secret.read_bytes().strip()
        self.assertGreaterEqual(len(word), 16)
        ranks = 0
        for process in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                line = (process / "cmdline").read_bytes()
                ranks += str(secret).encode() in line and b"--soak" in line and word in (process / "environ").read_bytes()
            except OSError:
                continue  # it has ended, or is another user's
            self.assertNotIn(word, line)
        self.assertGreaterEqual(ranks, 2)

    def test_a_signal_pauses_a_soak_in_order(self):
        process = subprocess.Popen([PLUMBLINE, "endure", "s.yaml", "--for", "4s", "--verify-every", "1", "-o", "soak", "--", MPIEXEC, "-n", "2"],
                                   cwd=self.folder, text=True, stderr=subprocess.PIPE)
        self.addCleanup(process.stderr.close)
        while "begins with step 0" not in process.stderr.readline():
            pass
        time.sleep(0.5)
        other = self.call("endure", "--resume", "soak")
        self.assert_refused(other, "another supervisor works in soak")
        process.terminate()
        self.assertEqual(process.wait(), NOT_MEASURED)
        self.assertEqual(self.call("check", "soak").returncode, NOT_MEASURED)
        journal = (self.folder / "soak/journal.txt").read_bytes()
        self.write("s.yaml", SCENARIO.replace("1ms", "2ms"))
        self.assert_refused(self.endure("--resume", "soak", launcher=()), "soak is the journal of another scenario")
        self.assertEqual((self.folder / "soak/journal.txt").read_bytes(), journal)
        self.write("s.yaml", SCENARIO)
        done = self.endure("--resume", "soak", launcher=())
        self.assertEqual(done.returncode, PASS, done.stdout + done.stderr)
        self.assertEqual([(e["cause"], e["lost_steps"]) for e in self.soak()["events"]], [("paused", 0)])
        self.assert_state_is_undisturbed()

    def test_a_silent_corruption_ends_the_segment_names_the_rank_and_is_counted(self):
        self.write("s.yaml", SCENARIO.replace("gradient_bytes: 64KiB", "gradient_bytes: 16KiB"))
        self.write("wrong.c", WRONG)
        subprocess.run(["cc", "-shared", "-fPIC", "-o", "wrong.so", "wrong.c", "-ldl"], cwd=self.folder, check=True)
        marker = self.write("once", "")
        done = self.endure("s.yaml", "--for", "2s", "-o", "soak", "--verify-every", "5", "--sweep-every", "never", launcher=(
            MPIEXEC, "-n", "2", "-x", f"LD_PRELOAD={self.folder}/wrong.so", "-x", f"WRONG_ONCE={marker}"))
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        soak = self.soak()
        self.assertEqual([(e["cause"], e["rank"]) for e in soak["events"]], [("wrong_data", 1)])
        self.assertIn("wrong data on rank 1, element 25: expected", soak["events"][0]["what"])
        self.assertEqual(soak["soak"]["wrong_data"], 1)
        self.assertRegex(done.stdout, r"FAIL +wrong: wrong_data 1 <= 0")
        self.assert_state_is_undisturbed()

    def test_a_job_that_never_gets_on_is_given_up_with_a_reason(self):
        self.write("start.sh", '#!/bin/sh\ntest -e once || { touch once; exec "$@"; }\nexit 7\n').chmod(0o755)
        self.write("f.yaml", "faults: [{kind: kill, rank: 0, at: 500ms}]\n")
        done = self.endure("s.yaml", "--for", "60s", "-o", "soak", "--inject", "f.yaml",
                           "--give-up-after", "2", launcher=("./start.sh",))
        self.assertEqual(done.returncode, BROKEN, done.stdout + done.stderr)
        self.assertIn("2 failures in a row without a new step", done.stderr)
        self.assertEqual(self.call("check", "soak").returncode, 1)

    def test_where_nobody_is_named_the_links_are_measured_and_a_spare_takes_the_slow_hosts_place(self):
        self.write("slow.yaml", """
            plumbline: 1
            name: slow
            backend: sim
            simulation: {ranks: 4, bandwidth: 50GB/s, noise: 0.02, faults: [{kind: node, node: 1, factor: 1.7}]}
            scale: {ranks: all}
            stop: {max_seconds: 1}
            cases: [{pattern: links, bytes: 4MiB, compute: 1ms}]
            """)
        self.assertEqual(self.call("run", "slow.yaml", "-o", "planted.h5", "-q").returncode, 0)
        # The job's first launch goes in a moment, without a word; the survey of its hosts is the planted one.
        self.write("start.sh", """\
            #!/bin/sh
            echo "$2" >> hosts.txt
            shift 2
            case "$*" in *"pattern: links"*) for last; do :; done; cp planted.h5 "$last"; exit 0;; esac
            "$MPIEXEC" -n 2 "$@" > /dev/null 2>&1 &
            test -e died || { touch died; sleep 5; kill -9 $!; exit 7; }
            wait $!
            """).chmod(0o755)
        done = self.endure("s.yaml", "--for", "6s", "--sweep-every", "never", "-o", "soak", "--spares", "1",
                           launcher=("./start.sh", "-H", "sim0,sim1,sim2"))
        self.assertIn("measures the links of its hosts for up to 60.0 s, since nobody is named", done.stderr)
        events = self.soak()["events"]
        self.assertEqual([(e["rank"], e["isolated"]) for e in events], [(None, "sim1")], done.stderr)
        self.assertRegex(events[0]["notes"], r"^sim1 was taken out: sim1 NIC is 1\.\d\d times slower")
        self.assertEqual((self.folder / "hosts.txt").read_text().split(), ["sim0,sim1", "sim0,sim1", "sim0,sim2"])

    def test_bad_input_is_one_sentence_and_nothing_is_touched(self):
        self.write("none.yaml", SCENARIO.replace("checkpoint:", "description:").replace("{every: 300ms, bytes_per_rank: 64KiB}", "x"))
        self.write("large.yaml", SCENARIO.replace("64KiB}\ncases", "4000000GiB}\ncases"))
        self.write("bad-faults.yaml", "faults: [{kind: kil, rank: 0, at: 1s}]\n")
        (self.folder / "full").mkdir()
        self.write("full/other.txt", "mine")
        before = sorted(self.folder.rglob("*"))
        rows = [
            (["none.yaml", "--for", "60s", "-o", "soak"], None, "has no checkpoint section"),
            (["large.yaml", "--for", "60s", "-o", "soak"], None, "can't hold two checkpoints"),
            (["s.yaml", "--for", "500ms", "-o", "soak"], None, "below two checkpoints"),
            (["s.yaml", "--for", "soon", "-o", "soak"], None, "is no time"),
            (["s.yaml", "--for", "60s", "-o", "soak"], ["mpirrun", "-n", "2"], "mpirrun: there is no such launcher"),
            (["s.yaml", "--for", "60s", "-o", "soak"], [], "needs what starts the ranks"),
            (["s.yaml", "--for", "60s", "-o", "full"], None, "full is not empty"),
            (["s.yaml", "--for", "60s", "-o", "soak", "--spares", "1"], None, "--spares needs the hosts by name"),
            (["s.yaml", "--for", "60s", "-o", "soak", "--spares", "1"], [MPIEXEC, "-n", "2", "-H", "a:1,b:1"],
             "the spares are in use"),
            (["s.yaml", "--for", "60s", "-o", "soak", "--inject", "bad-faults.yaml"], None, "The nearest valid value is 'kill'"),
            (["--resume", "full"], [], "full is no soak"),
        ]
        for options, launcher, words in rows:
            with self.subTest(words):
                refused = self.endure(*options, launcher=(MPIEXEC, "-n", "2") if launcher is None else launcher)
                self.assert_refused(refused, words)
                self.assertEqual(sorted(self.folder.rglob("*")), before)


if __name__ == "__main__":
    main()
