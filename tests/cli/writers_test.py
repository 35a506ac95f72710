# SPDX-License-Identifier: Apache-2.0
"""One writer at a time; outputs that destroy nothing; disks, limits and streams that fail."""
import contextlib
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import time

import h5py

from support import BROKEN, PASS, PATIENCE, PLUMBLINE, USAGE, CliTest, main

CASES = """
plumbline: 1
name: many
backend: sim
rounds: 4
simulation: {ranks: 4, latency: 2us, bandwidth: 10GB/s, noise: 0.5}
stop: {min_samples: 100, max_samples: 100}
cases:
  - {pattern: allreduce, bytes: {from: 8, to: 64KiB, factor: 2}}
  - {pattern: alltoall, bytes: {from: 128, to: 1MiB, factor: 2}}
  - {pattern: broadcast, bytes: {from: 8, to: 64KiB, factor: 2}}
"""
QUICK = """
plumbline: 1
name: quick
backend: sim
simulation: {ranks: 4, latency: 2us, bandwidth: 10GB/s}
stop: {min_samples: 10, max_samples: 10}
cases:
  - {pattern: allreduce, bytes: [8, 1MiB]}
"""


def samples_of(part):
    with h5py.File(part) as run:
        return next(iter(next(iter(run["cases"].values()))["rounds"].values()))["samples_s"][:].tobytes()


class OneWriter(CliTest):
    def setUp(self):
        super().setUp()
        self.write("many.yaml", CASES)
        self.write("quick.yaml", QUICK)

    def start(self, *arguments):
        """A run that has stored some rounds and stands still."""
        process = subprocess.Popen([PLUMBLINE, "run", "many.yaml", "-o", "a.h5", "--progress", "none", *arguments], cwd=self.folder,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        parts = self.folder / "a.h5.parts"
        while not (self.folder / "a.h5.lock").exists() or not parts.is_dir() or len(list(parts.iterdir())) < 8:
            self.assertIsNone(process.poll())
            time.sleep(0.01)
        process.send_signal(signal.SIGSTOP)
        return process

    def test_a_second_writer_is_refused_and_nothing_is_lost(self):
        first = self.start()
        shutil.copy(self.folder / "quick.yaml", self.folder / "log.txt")
        for second in (["run", "many.yaml", "-o", "a.h5", "--resume"], ["run", "many.yaml", "-o", "a.h5", "--append"],
                       ["run", "many.yaml", "-o", "a.h5", "--force"]):
            process = self.call(*second)
            self.assertEqual(process.returncode, USAGE, process.stderr)
            self.assertIn(f"'a.h5' is being written by process {first.pid} on ", process.stderr)
            self.assertEqual(len(process.stderr.splitlines()), 1, process.stderr)
        first.send_signal(signal.SIGCONT)
        _, err = first.communicate(timeout=100 * PATIENCE)
        self.assertEqual((first.returncode, err), (PASS, ""))
        self.assertFalse((self.folder / "a.h5.lock").exists())
        self.assertEqual(len(self.call("show", "a.h5", "--format", "csv").stdout.splitlines()), 1 + 42)

    def test_a_lock_goes_at_an_interruption_and_is_taken_over_after_a_kill(self):
        first = self.start()
        first.send_signal(signal.SIGINT)
        first.send_signal(signal.SIGCONT)
        first.communicate(timeout=100 * PATIENCE)
        self.assertEqual(first.returncode, BROKEN)
        self.assertFalse((self.folder / "a.h5.lock").exists())
        second = self.start("--resume")
        second.kill()
        second.communicate(timeout=100 * PATIENCE)
        self.assertTrue((self.folder / "a.h5.lock").exists())
        third = self.call("run", "many.yaml", "-o", "a.h5", "--resume", "--progress", "none")
        self.assertEqual(third.returncode, PASS, third.stderr)
        self.assertIn(f"'a.h5.lock' was left by process {second.pid} on ", third.stderr)
        self.assertEqual(sorted(p.name for p in self.folder.iterdir()), ["a.h5", "many.yaml", "quick.yaml"])

    def test_a_crash_says_what_is_kept_and_leaves_a_lock_that_is_taken_over(self):
        first = self.start()
        first.send_signal(signal.SIGSEGV)
        first.send_signal(signal.SIGCONT)
        _, err = first.communicate(timeout=100 * PATIENCE)
        self.assertEqual((first.returncode, err), (BROKEN, "plumbline: broken by signal 11 (a defect, or memory that ran out). Rounds that were "
                                                           "stored are kept: go on by --resume\n"))
        resumed = self.call("run", "many.yaml", "-o", "a.h5", "--resume", "--progress", "none")
        self.assertEqual(resumed.returncode, PASS, resumed.stderr)
        self.assertIn(f"'a.h5.lock' was left by process {first.pid} on ", resumed.stderr)
        with subprocess.Popen([PLUMBLINE, "import", "--from", "osu", "-", "-o", "b.h5"], cwd=self.folder, stdin=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as reading:
            while "pipe" not in pathlib.Path(f"/proc/{reading.pid}/wchan").read_text():  # it waits for the log
                self.assertIsNone(reading.poll())
                time.sleep(0.01)
            reading.send_signal(signal.SIGBUS)
            reading.wait(timeout=100 * PATIENCE)
            self.assertIn("broken by signal 07 (a defect, or memory that ran out). A run file that was begun is unfinished", reading.stderr.read())

    def test_what_is_damaged_of_an_unfinished_run_is_dropped_by_name_and_measured_again(self):
        first = self.start()
        first.send_signal(signal.SIGINT)
        first.send_signal(signal.SIGCONT)
        first.communicate(timeout=100 * PATIENCE)
        self.assertEqual(self.call("sign", "--new-key", "k").returncode, PASS)
        self.assert_refused(self.call("sign", "a.h5", "--key", "k"), "unfinished", "--resume")
        parts = self.folder / "a.h5.parts"
        torn, gone, emptied, altered, lacking, *sound = sorted(parts.iterdir())
        kept = {part.name: samples_of(part) for part in sound}
        torn.write_bytes(torn.read_bytes()[:2000])
        gone.unlink()
        emptied.write_bytes(b"")
        with h5py.File(altered, "r+") as run:  # reads well, but its manifest says otherwise
            next(iter(next(iter(run["cases"].values()))["rounds"].values())).attrs.modify("elapsed_s", 123.0)
        with h5py.File(lacking, "r+") as run:  # the same, and the index's summary says otherwise too
            one = next(iter(next(iter(run["cases"].values()))["rounds"].values()))
            for name in [name for name in one if name.startswith("start_")]:
                del one[name]
        self.assert_refused(self.call("show", "a.h5"), "a part of 'a.h5'", "go on by 'plumbline run --resume', which measures its round again")
        before = (self.folder / "a.h5").read_bytes()
        self.assert_refused(self.call("run", "many.yaml", "-o", "a.h5", "--append"), "its last one was interrupted", "--resume first")
        self.assertEqual((self.folder / "a.h5").read_bytes(), before)
        shutil.move(parts, self.folder / "elsewhere")
        self.assert_refused(self.call("run", "many.yaml", "-o", "a.h5", "--resume"), "is missing", "Keep the folder 'a.h5.parts' beside the file")
        shutil.move(self.folder / "elsewhere", parts)
        resumed = self.call("run", "many.yaml", "-o", "a.h5", "--resume", "--progress", "none")
        self.assertEqual(resumed.returncode, PASS, resumed.stderr)
        for part in (torn, gone, emptied, altered, lacking):
            case, at = (int(number) for number in part.stem.split("-"))
            self.assertRegex(resumed.stderr, rf"warning: round {at} of case {case} can't be read \('a\.h5\.parts/{part.name}': .*\): it is measured again")
        self.assertEqual(resumed.stderr.count("\n"), 5, resumed.stderr)
        self.assertEqual(self.call("verify", "a.h5", "-q").returncode, PASS)
        self.assertFalse(parts.exists())
        with h5py.File(self.folder / "a.h5") as run:
            self.assertEqual(sum(len(case["rounds"]) for case in run["cases"].values()), 168)
            self.assertEqual(sum(b"was lost, and dropped" in line for line in run["warnings"]), 5)
            for name, samples in kept.items():
                case, at = name.removesuffix(".h5").split("-")
                self.assertEqual(run[f"cases/{case}/rounds/{at}/samples_s"][:].tobytes(), samples)

    def test_something_else_in_a_parts_place_is_named_and_stays(self):
        first = self.start()
        first.send_signal(signal.SIGINT)
        first.send_signal(signal.SIGCONT)
        first.communicate(timeout=100 * PATIENCE)
        part = sorted((self.folder / "a.h5.parts").iterdir())[0]
        good = part.read_bytes()
        for kind, make in (("a folder", part.mkdir), ("a link", lambda: part.symlink_to("nowhere")), ("a FIFO", lambda: os.mkfifo(part))):
            with self.subTest(kind):
                part.unlink()
                make()
                self.assert_refused(self.call("run", "many.yaml", "-o", "a.h5", "--resume", timeout=20), f"'a.h5.parts/{part.name}' is in the way",
                                    "Move it away, and go on by --resume")
                part.rmdir() if kind == "a folder" else part.unlink()
                part.write_bytes(good)

    def test_a_long_plan_tells_a_log_at_each_case_what_is_done_and_left(self):
        run = self.call("run", "many.yaml", "-o", "a.h5", "--progress", "plain")
        lines = [line for line in run.stderr.splitlines() if line.startswith("[")]
        self.assertEqual(len(lines), 168)
        self.assertEqual([lines[i].split("%")[0].split("]")[1].strip() for i in (41, 83, 125)], ["25", "50", "75"])
        self.assertTrue(all(" left " in line for line in lines[:-1]), lines)

    def test_a_forced_run_killed_at_any_step_is_the_old_file_or_the_new_one(self):
        """Right before each call that changes the folder, until the new run has stored a round."""
        self.write("other.yaml", QUICK.replace("name: quick", "name: other").replace("[8, 1MiB]", "[16, 32, 64]"))
        self.killed(["run", "other.yaml", "-o", "a.h5", "--progress", "none"], 15)
        old = {"a.h5", *(f"a.h5.parts/{part.name}" for part in (self.folder / "a.h5.parts").iterdir())}
        self.assertGreaterEqual(len(old), 2)
        contents = {name: (self.folder / name).read_bytes() for name in old}
        seen = set()
        for step in range(1, 1000):
            for entry in self.folder.glob("a.h5*"):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            (self.folder / "a.h5.parts").mkdir()
            for name, content in contents.items():
                (self.folder / name).write_bytes(content)
            self.killed(["run", "quick.yaml", "-o", "a.h5", "--force", "--progress", "none"], step)
            with h5py.File(self.folder / "a.h5") as run:
                is_old = run.attrs["name"] == b"other"
                rounds = len(run["cases"]) if "cases" in run else 0
            seen.add(is_old)
            if is_old:
                self.assertEqual({name: (self.folder / name).read_bytes() for name in old}, contents, f"step {step}")
                continue
            resumed = self.call("run", "quick.yaml", "-o", "a.h5", "--resume", "--progress", "none")
            self.assertEqual(resumed.returncode, PASS, f"step {step}: {resumed.stderr}")
            self.assertEqual(self.call("verify", "a.h5", "-q").returncode, PASS)
            with h5py.File(self.folder / "a.h5") as run:
                self.assertEqual(len(run["cases"]), 2, f"step {step}")
            self.assertEqual(sorted(entry.name for entry in self.folder.glob("a.h5?*")), [], f"step {step}")
            if rounds > 0:
                break
        self.assertEqual(seen, {True, False})

    def test_a_run_killed_at_any_step_of_its_fold_too_goes_on_with_all_that_it_had(self):
        """Right before each call that changes the folder, from the first to the removal of the last part."""
        rounds_seen = set()
        for step in range(1, 1000):
            for entry in self.folder.glob("a.h5*"):
                shutil.rmtree(entry) if entry.is_dir() else entry.unlink()
            run = ["run", "quick.yaml", "-o", "a.h5", "--set", "rounds=2", "--progress", "none"]
            process = self.call(*run, environment={"LD_PRELOAD": os.environ["KILLED_AT_STEP"], "KILL_AT_STEP": str(step)})
            if process.returncode == PASS:
                break
            self.assertEqual(process.returncode, -signal.SIGKILL, process.stderr)
            before = self.starts_of_rounds()
            rounds_seen.add((len(before), (self.folder / "a.h5.parts").exists()))
            resumed = self.call(*run, "--resume")
            self.assertEqual(resumed.returncode, PASS, f"step {step}: {resumed.stderr}")
            after = self.starts_of_rounds()
            self.assertEqual(len(after), 4, f"step {step}")
            self.assertEqual({key: after[key] for key in before}, before, f"step {step}: measured again, or lost")
            self.assertEqual(self.call("verify", "a.h5", "-q").returncode, PASS)
            self.assertEqual(sorted(entry.name for entry in self.folder.glob("a.h5?*")), [], f"step {step}")
        self.assertIn((4, True), rounds_seen, "killed while it folded, and while it removed the parts")

    def starts_of_rounds(self):
        """When each round began, by its path: a round that is measured again begins later."""
        if not (self.folder / "a.h5").exists():
            return {}
        with h5py.File(self.folder / "a.h5") as run:
            return {(case, number): round_.attrs["started_unix_s"] for case, group in run.get("cases", {}).items()
                    for number, round_ in group["rounds"].items()}

    def killed(self, arguments, step):
        process = self.call(*arguments, environment={"LD_PRELOAD": os.environ["KILLED_AT_STEP"], "KILL_AT_STEP": str(step)})
        self.assertEqual(process.returncode, -signal.SIGKILL, process.stderr)

    def test_a_folder_that_is_removed_under_a_run_is_noticed(self):
        first = self.start()
        shutil.rmtree(self.folder / "a.h5.parts")
        (self.folder / "a.h5").unlink()
        (self.folder / "a.h5.lock").unlink()
        first.send_signal(signal.SIGCONT)
        _, err = first.communicate(timeout=100 * PATIENCE)
        self.assertEqual(first.returncode, BROKEN)
        # Noticed by the lock, or by the part that can't be written: whichever comes first.
        self.assertRegex(err, r"'a\.h5' or its lock 'a\.h5\.lock' is gone|cannot write 'a\.h5\S*' \(No such file or directory\)")
        self.assertIn("None of 168 rounds of 42 cases is kept in a.h5", err)
        self.assertFalse((self.folder / "a.h5").exists())

    def quick(self, output="q.h5"):
        process = self.call("run", "quick.yaml", "-o", output, "--progress", "none")
        self.assertEqual(process.returncode, PASS, process.stderr)

    def test_outputs_replace_only_their_own_kind(self):
        self.quick()
        nights = self.folder / "nights"
        nights.mkdir()
        shutil.copy(self.folder / "q.h5", nights)
        shutil.copy(self.folder / "q.h5", self.folder / "r.h5")
        commands = {"report": ["report", "q.h5"], "check": ["check", "q.h5"], "json": ["check", "q.h5", "--format", "json"],
                    "junit": ["check", "q.h5", "--format", "junit"], "compare": ["compare", "q.h5", "r.h5"],
                    "compare-json": ["compare", "q.h5", "r.h5", "--format", "json"], "history": ["history", "nights"],
                    "prometheus": ["history", "nights", "--format", "prometheus"], "history-junit": ["history", "nights", "--format", "junit"]}
        for name, command in commands.items():
            with self.subTest(name):
                usual = self.call(*command, "-o", name)
                self.assertNotIn(usual.returncode, (USAGE, BROKEN), usual.stderr)
                again = self.call(*command, "-o", name)
                self.assertEqual(again.returncode, usual.returncode, again.stderr)
                self.write("mine", "2026-02-03 baseline * x\n")
                refused = self.call(*command, "-o", "mine")
                self.assertEqual(refused.returncode, USAGE)
                self.assertIn("'mine' exists and is not what this command writes", refused.stderr)
                self.assertEqual((self.folder / "mine").read_text(), "2026-02-03 baseline * x\n")
                self.write("empty", "")
                self.assertEqual(self.call(*command, "-o", "empty").returncode, usual.returncode)
        os.mkfifo(self.folder / "fifo")
        for command in (commands["report"], commands["json"], commands["history"]):
            self.assert_refused(self.call(*command, "-o", "fifo", timeout=20), "'fifo' can't be written (a FIFO or socket that nobody reads)")
        with subprocess.Popen(["cp", "fifo", "copy"], cwd=self.folder) as reader:
            end = None
            while end is None:
                self.assertIsNone(reader.poll())
                with contextlib.suppress(OSError):  # nobody reads yet
                    end = os.open(self.folder / "fifo", os.O_WRONLY | os.O_NONBLOCK)
            self.assertEqual(self.call(*commands["report"], "-o", "fifo", timeout=20).returncode, PASS)
            os.close(end)
        self.assertEqual((self.folder / "copy").read_bytes(), (self.folder / "report").read_bytes())
        self.assertFalse(list(self.folder.glob("*.lock")) + list(self.folder.glob("*.tmp")))
        for other in ("report", "quick.yaml"):
            before = (self.folder / other).read_bytes()
            forced = self.call("run", "quick.yaml", "-o", other, "--force")
            self.assertEqual(forced.returncode, USAGE)
            self.assertEqual((self.folder / other).read_bytes(), before)

    def test_temporary_files_are_neither_followed_nor_overwritten(self):
        self.write("victim", "precious")
        os.symlink("victim", self.folder / "q.h5.tmp")
        self.quick()
        self.write("x.json.tmp", "mine")
        self.call("check", "q.h5", "--format", "json", "-o", "x.json")
        self.assertEqual((self.folder / "victim").read_text(), "precious")
        self.assertEqual((self.folder / "x.json.tmp").read_text(), "mine")

    def test_a_damaged_index_of_a_history_is_named_and_rebuilt(self):
        nights = self.folder / "nights"
        nights.mkdir()
        for night in range(3):
            self.quick(f"nights/{night}.h5")
        usual = self.call("history", "nights")
        self.assertEqual(usual.stderr, "")
        index = nights / ".plumbline-history.sqlite"
        good = index.read_bytes()
        for name, change in (("a value", "UPDATE cases SET median = -median WHERE rowid = 1"), ("a table", "DROP TABLE gaps"),
                             ("a type", "UPDATE cases SET low = 'x'"), ("a version", "PRAGMA user_version = 3")):
            with self.subTest(name):
                index.write_bytes(good)
                with contextlib.closing(sqlite3.connect(index)) as database:
                    database.execute(change)
                    database.commit()
                mended = self.call("history", "nights")
                self.assertEqual((mended.returncode, mended.stdout), (usual.returncode, usual.stdout))
                self.assertIn("the index 'nights/.plumbline-history.sqlite' is rebuilt (", mended.stderr)
                self.assertEqual(self.call("history", "nights").stderr, "")

    def test_what_a_scenario_says_does_not_steer_the_terminal(self):
        hostile = "=A1\\e[31m\\u202Ex"
        self.write("s.yaml", QUICK.replace("name: quick", f'name: "{hostile}"'))
        outputs = [self.call("run", "s.yaml", "-o", "e.h5"), self.call("show", "e.h5"), self.call("show", "e.h5", "--format", "csv"),
                   self.call("check", "e.h5", "--format", "junit"), self.call("check", "e.h5"), self.call("compare", "e.h5", "none\x1b.h5"),
                   self.call("report", "e.h5", "-o", "e.html")]
        texts = [output.stdout + output.stderr for output in outputs] + [(self.folder / "e.html").read_text(encoding="utf-8")[-4000:]]
        for text in texts:
            self.assertNotIn("\x1b", text)
            self.assertNotIn("\u202e", text)

    def shell(self, command):
        return subprocess.run(["bash", "-c", command], cwd=self.folder, env={**os.environ, "P": PLUMBLINE}, capture_output=True, text=True,
                              timeout=100 * PATIENCE, check=False)

    def test_streams_and_limits_that_fail_are_a_sentence_and_a_status(self):
        self.quick()
        self.write("real.yaml", "plumbline: 1\nname: real\ncases:\n  - {pattern: barrier}\n")
        for command, status, sentence in (
                ("$P run quick.yaml -o b.h5 --progress none > /dev/full", BROKEN, "stdout can't be written (closed or full). The results are in b.h5"),
                ("$P run quick.yaml -o c.h5 --progress none >&-", BROKEN, "stdout can't be written (closed or full). The results are in c.h5"),
                ("$P show q.h5 > /dev/full", BROKEN, "stdout can't be written"),
                ("$P show q.h5 >&-", BROKEN, "stdout can't be written"),
                ("$P --help > /dev/full", BROKEN, "stdout can't be written"),
                ("$P --version >&-", BROKEN, "stdout can't be written"),
                ("$P validate quick.yaml > /dev/full", BROKEN, "stdout can't be written"),
                ("$P run quick.yaml --dry-run > /dev/full", BROKEN, "stdout can't be written"),
                ("$P run quick.yaml -o d.h5 2>&- > text; s=$?; cat text >&2; exit $s", PASS, "wrote d.h5"),
                ("$P run quick.yaml -o e.h5 --progress plain 2> >(head -c 1 > /dev/null) > text; s=$?; cat text >&2; exit $s", PASS, "wrote e.h5"),
                ("ulimit -f 8; $P run many.yaml -o f.h5 --progress none", USAGE, "cannot write 'f.h5' (File too large)"),
                ("ulimit -f 200; $P run many.yaml -o g.h5 --progress none", BROKEN, "File too large"),
                ("ulimit -f 8; $P report q.h5 -o h.html", USAGE, "cannot write 'h.html' (File too large)"),
                ("ulimit -v 60000; $P run quick.yaml -o i.h5 --progress none", USAGE, "the memory limit of 60000 KiB is too small"),
                ("ulimit -v 60000; $P show q.h5", USAGE, "the memory limit of 60000 KiB is too small"),
                ("$P run real.yaml -o j.h5 --progress none", BROKEN, "MPI could not start"),
                ("$P run quick.yaml --progress none -o " + 300 * "n", USAGE, "File name too long")):
            with self.subTest(command[:60]):
                process = self.shell(("OMPI_MCA_pml=nosuch " if "real.yaml" in command else "") + command)
                self.assertEqual(process.returncode, status, process.stderr)
                self.assertIn(sentence, process.stderr)
        self.assertEqual(self.call("show", "b.h5").returncode, PASS)
        self.assertEqual(self.call("show", "c.h5").returncode, PASS, "its standard output is not among its contents")
        self.assertFalse(list(self.folder.glob("*.tmp")) + list(self.folder.glob("*.lock")))


if __name__ == "__main__":
    main()
