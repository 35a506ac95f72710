# SPDX-License-Identifier: Apache-2.0
"""A run file is somebody else's file: what was altered, points elsewhere or can't be is refused in one sentence, by every command."""
import hashlib
import json
import os
import pathlib
import re
import resource
import socket
import zlib

import h5py
import numpy as np

from support import FAIL, PASS, PLUMBLINE, ROOT, USAGE, CliTest, main, reseal

SCENARIO = """
plumbline: 1
name: integrity
backend: sim
simulation: {ranks: 4, ranks_per_node: 2}
scale: {ranks: [2, 4]}
batch: 1
stop: {min_samples: 8, max_samples: 8}
cases:
  - {pattern: allreduce, bytes: 1MiB}
  - {pattern: links, bytes: 1KiB}
  - {pattern: data_parallel, compute: 10ms, gradient_bytes: 16MiB}
targets:
  - {name: fast, metric: time, where: {pattern: allreduce}, at_most: 1ns}
"""
ROUND = "cases/000000/rounds/0"
READERS = (("show",), ("check",), ("report", "-o", "out.html"), ("compare", "good.h5"), ("diagnose",), ("project", "--ranks", "64"), ("verify",))


def replace(run, path, data, **storage):
    kept = dict(run[path].attrs)
    del run[path]
    run.create_dataset(path, data=data, **storage)
    for name, value in kept.items():
        run[path].attrs[name] = value


def alter_times(run, factor):
    """The samples of all cases, in whichever form."""
    for case in run["cases"].values():
        for one in case["rounds"].values():
            name = "samples" if "samples" in one else "samples_s"
            one[name][...] = (one[name][:] * factor).astype(one[name].dtype)


def external_raw(run, target):
    creation = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    creation.set_external(target.encode(), 0, 100)
    kind = h5py.h5t.C_S1.copy()
    kind.set_size(100)
    del run["warnings"]
    h5py.h5d.create(run.id, b"warnings", kind, h5py.h5s.create_simple((1,)), creation)


def virtual(run, target):
    layout = h5py.VirtualLayout(shape=(1,), dtype="S20")
    layout[0] = h5py.VirtualSource(target, "t", shape=(1,))[0]
    del run["warnings"]
    run.create_virtual_dataset("warnings", layout)


def linked(run, path, link):
    del run[path]
    run[path] = link


def huge(run):
    replace(run, f"{ROUND}/warmup", np.zeros(0, "u1"), chunks=(1000,), maxshape=(None,))
    run[f"{ROUND}/warmup"].resize((2_000_000_000,))


def unwritten(run, path, shape, dtype, **storage):
    """A dataset of which nothing is stored: every element is its fill value."""
    del run[path]
    run.create_dataset(path, shape=shape, dtype=dtype, **storage)


def column(run, table, name, value):
    rows = run[table][:]
    rows[name] = value
    run[table][...] = rows


def summary_off(run):
    for name in ("median_s", "ci_low_s", "ci_high_s"):
        rows = run["summary"][:]
        rows[name] *= 1e-6
        run["summary"][...] = rows


def header(run, key, value):
    case = run["cases/000000"]
    what = json.loads(case.attrs["header"])
    what[key] = value
    text = json.dumps(what).encode()
    del case.attrs["header"]
    case.attrs.create("header", np.bytes_(text), dtype=h5py.string_dtype("utf-8", len(text)))


# What is done to a good file, and what every reader then says.
ALTERED = {
    "another file's bytes": (lambda run: external_raw(run, "/etc/passwd"), "/warnings lies in another file"),
    "a virtual dataset": (lambda run: virtual(run, "secret.h5"), "/warnings is a virtual dataset"),
    "an external link": (lambda run: linked(run, "warnings", h5py.ExternalLink("secret.h5", "/t")), "/warnings leads into another file, 'secret.h5'"),
    "a link into a FIFO": (lambda run: linked(run, "warnings", h5py.ExternalLink("fifo", "/t")), "/warnings leads into another file, 'fifo'"),
    "a soft link": (lambda run: linked(run, "warnings", h5py.SoftLink("/scenario")), "/warnings is a soft link"),
    "two names of an object": (lambda run: run.__setitem__("again", run["warnings"]), "has several names in the file"),
    "a filter": (lambda run: replace(run, "warnings", np.zeros(300, "S9"), compression="lzf"), "/warnings needs the filter 32000"),
    "texts of any length": (lambda run: replace(run, "warnings", ["x"], dtype=h5py.string_dtype()), "/warnings has a type that no run file has"),
    "more than it holds": (huge, "warmup claims more data than a file of this size is believed to hold"),
    "a text of two billion": (lambda run: unwritten(run, "scenario", (), "S2000000000"), "/scenario claims more data than a file of this size is believed to hold"),
    "one value for all": (lambda run: unwritten(run, f"{ROUND}/samples_s", (11, 2), "f8", chunks=True, fillvalue=1e-3), "samples_s has no data stored"),
    "other targets": (lambda run: replace(run, "targets", np.bytes_(run["targets"][()].replace(b"1ns", b"1s "))), "contradicts itself (/targets, sha256: the file says "),
    "another scenario": (lambda run: replace(run, "scenario", np.bytes_(run["scenario"][()].replace(b"1MiB", b"2MiB"))), "contradicts itself (/scenario, sha256: the file says "),
    "a flag that is off": (lambda run: run.attrs.modify("simulated", 0), "contradicts itself (/, sha256: the file says "),
    "a summary that is off": (summary_off, "contradicts itself (case 0, median_s: the file says "),
    "a bandwidth that is off": (lambda run: column(run, "summary", "busbw_bytes_per_s", 1e12), "contradicts itself (case 0, busbw_bytes_per_s: the file says 1"),
    "a count that is off": (lambda run: column(run, "summary", "samples", 9), "contradicts itself (case 0, samples: the file says 9"),
    "another status": (lambda run: column(run, "summary", "status", b"skipped"), "contradicts itself (case 0, status: the file says skipped"),
    "samples that are off": (lambda run: alter_times(run, 2), "contradicts itself (case 0, median_s: the file says "),
    "a header that is off": (lambda run: header(run, "total_bytes", 7), "contradicts itself (case 0, header: the file says "),
    "NaN": (lambda run: replace(run, f"{ROUND}/samples_s", run[f"{ROUND}/samples_s"][:] * np.nan), "/cases/000000/rounds/0: samples holds the impossible time nan s"),
    "infinity": (lambda run: alter_times(run, np.inf), "impossible time inf s"),
    "negative times": (lambda run: alter_times(run, -1), "impossible time -"),
    "a part below nothing": (lambda run: replace(run, "cases/000004/rounds/0/shares/compute_s", run["cases/000004/rounds/0/shares/compute_s"][:] * -1),
                             "/cases/000004/rounds/0: compute_s holds the impossible time -"),
    "a start before there were clocks": (lambda run: run[ROUND].attrs.modify("started_unix_s", -1e300), "it has an impossible start or length"),
    "a column too few": (lambda run: replace(run, f"{ROUND}/samples_s", run[f"{ROUND}/samples_s"][:, :1]), "rounds/0"),
    "batches of nothing": (lambda run: replace(run, f"{ROUND}/batch", run[f"{ROUND}/batch"][:] * 0), "a sample is of 0 executions"),
    "another type": (lambda run: replace(run, f"{ROUND}/samples_s", run[f"{ROUND}/samples_s"][:].astype("f2")), "samples_s has an unexpected shape or type"),
    "a host that there isn't": (lambda run: column(run, "environment/ranks", "node", 1000), "/environment/ranks puts rank 0 on host 1000 of 2"),
    "one rank twice": (lambda run: column(run, "environment/ranks", "rank", 0), "/environment/ranks has rank 0 where rank 1 is"),
    "a round that is another": (lambda run: run[ROUND].attrs.modify("index", 5), "rounds/0 says that it is round 5"),
    "a name that is no round": (lambda run: run["cases/000000/rounds"].move("0", "007"), "has the impossible name '007'"),
    "a group for samples": (lambda run: (run.__delitem__(f"{ROUND}/samples_s"), run.create_group(f"{ROUND}/samples_s")), "rounds/0"),
}


def sanitized():
    return b"__asan_init" in pathlib.Path(PLUMBLINE).read_bytes()


class Integrity(CliTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.good = None

    def setUp(self):
        super().setUp()
        if Integrity.good is None:
            self.write("s.yaml", SCENARIO)
            self.assertEqual(self.call("run", "s.yaml", "-o", "good.h5", "-q").returncode, FAIL)
            Integrity.good = (self.folder / "good.h5").read_bytes()
        (self.folder / "good.h5").write_bytes(Integrity.good)
        with h5py.File(self.folder / "secret.h5", "w") as secret:
            secret.create_dataset("t", data=np.array([b"SECRET"]))
        os.mkfifo(self.folder / "fifo")

    def altered(self, how, name="bad.h5"):
        path = self.folder / name
        path.write_bytes(Integrity.good)
        with h5py.File(path, "r+") as run:
            how(run)

    def test_what_was_altered_is_refused_by_name(self):
        for what, row in ALTERED.items():
            how, says = row
            with self.subTest(what):
                self.altered(how)
                checked = self.call("check", "bad.h5", timeout=20)
                self.assertEqual(checked.returncode, USAGE, checked.stdout + checked.stderr)
                self.assertEqual(checked.stdout, "")
                self.assertIn(says, checked.stderr)
                self.assertEqual(checked.stderr.count("\n"), 1)
                self.assertRegex(checked.stderr, r"^plumbline: .*'bad\.h5'.* \(.*\)\. [A-Z].*$")

    def test_every_reader_refuses_alike(self):
        for what in ("another file's bytes", "a link into a FIFO", "a summary that is off", "NaN"):
            how, says = ALTERED[what]
            self.altered(how)
            for command, *more in READERS:
                with self.subTest(f"{what}: {command}"):
                    read = self.call(command, "bad.h5", *more, timeout=20)
                    self.assertEqual(read.returncode, USAGE, read.stdout + read.stderr)
                    self.assertNotIn("SECRET", read.stdout + read.stderr)
                    self.assertIn(says.removeprefix("contradicts itself ("), read.stdout + read.stderr)
            self.assertFalse((self.folder / "out.html").exists())
        (self.folder / "good.h5").rename(self.folder / "none")
        listed = self.call("history", ".", timeout=20)
        self.assertEqual(listed.returncode, USAGE, listed.stderr)
        self.assertIn("samples holds the impossible time", listed.stderr)

    def test_a_name_of_no_file_is_refused_by_every_command(self):
        os.mkdir(self.folder / "folder")
        os.symlink("nowhere", self.folder / "dangling")
        os.symlink("/dev/zero", self.folder / "zero")
        os.symlink("fifo", self.folder / "to-fifo")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(self.folder / "socket"))
        commands = [*READERS, ("validate",), ("diagnose", "--format", "json"), ("history",), ("import", "--from", "osu"), ("report", "good.h5"),
                    ("check", "good.h5", "--targets"), ("run", "-o", "x.h5")]
        for name in ("fifo", "folder", "dangling", "zero", "to-fifo", "socket"):
            for command, *more in commands:
                with self.subTest(f"{command} {more} {name}"):
                    if (command, name) == ("history", "folder"):
                        continue
                    told = self.call(command, *more, name, timeout=20)
                    self.assertEqual((told.returncode, told.stdout), (USAGE, ""), told.stderr)
                    self.assertIn(name, told.stderr)
                    if name != "dangling":
                        self.assertNotIn("no such file", told.stderr)
                    self.assertEqual(told.stderr.count("\n"), 1, told.stderr)
        self.assertFalse((self.folder / "x.h5").exists())

    def test_a_small_file_takes_little_memory(self):
        """Much that packs to next to nothing: more than a reader is to keep, in one case or in all."""
        def zeros(run, case, rows, columns):
            extents = (1 << 20, columns)
            bomb = run.create_dataset(f"cases/{case:06}/rounds/0/samples_s", shape=(rows, columns), dtype="f8", chunks=extents, compression=9)
            chunk = zlib.compress(bytes(8 * extents[0] * columns), 9)
            for first in range(0, rows, extents[0]):
                bomb.id.write_direct_chunk((first, 0), chunk)

        def of_one_case(run):
            zeros(run, 900, 1 << 20, 48)

        def of_all(run):
            for case in range(900, 912):
                zeros(run, case, 1 << 22, 1)

        def sparse(run):
            run.create_dataset("cases/000900/rounds/0/samples_s", shape=(1 << 22, 2), dtype="f8", chunks=(1024, 2), compression=9)[:1024] = 0

        for what, how, says in (("one case", of_one_case, "claims more data than"), ("all cases", of_all, "claims, with what is before it, more data"),
                                ("chunks that aren't there", sparse, "bytes stored, which can't hold 8388608 elements")):
            with self.subTest(what):
                self.altered(how)
                # Sanitizers want terabytes of addresses.
                limit = None if sanitized() else lambda: resource.setrlimit(resource.RLIMIT_AS, (900 << 20, 900 << 20))
                shown = self.call("show", "bad.h5", timeout=60, preexec_fn=limit)
                self.assert_refused(shown, "'bad.h5'", says)

    def test_a_good_file_holds_and_says_what_was_verified(self):
        verified = self.call("verify", "good.h5")
        self.assertEqual(verified.returncode, PASS, verified.stderr)
        with h5py.File(self.folder / "good.h5") as run:
            content, objects = run.attrs["content_sha256"].decode(), len(run["manifest"])
            samples = int(run["summary"]["samples"].sum())
        self.assertRegex(verified.stdout, rf"^good.h5 holds: 6 cases, 6 rows, {samples} samples and \d scaling rows recomputed; "
                                          rf"{objects} objects hashed, content {content}\n$")
        self.assertEqual(self.call("verify", "good.h5", "-q").stdout, "")

    def test_each_thing_that_does_not_hold_is_named(self):
        def several(run):
            summary_off(run)
            run["warnings"].attrs["units"] = np.bytes_(b"apples")
            del run["scenario"]
            run.create_dataset("scenario", data=np.bytes_(b"another"))
            column(run, "scaling", "efficiency", 0.5)
        self.altered(several)
        verified = self.call("verify", "bad.h5", "--format", "json")
        self.assertEqual(verified.returncode, USAGE)
        found = {(each["where"], each["field"]) for each in json.loads(verified.stdout)["contradictions"]}
        self.assertLessEqual({("/summary", "sha256"), ("/warnings", "sha256"), ("/scenario", "sha256"), ("/scaling", "sha256"), ("case 0", "median_s"),
                              ("/scaling row 0", "efficiency")}, found)
        text = self.call("verify", "bad.h5").stdout
        self.assertRegex(text, r"(?m)^case 0, median_s: the file says [\d.e-]+, what it is made of says [\d.e-]+$")
        self.assertRegex(text, r"\nbad.h5 does not hold: \d+ contradictions\n$")

    def test_nobody_vouches_for_what_was_altered(self):
        def moved(run):
            run[f"{ROUND}/start_offset"][0, 1] += 1  # of a warm-up: nothing in the summary follows from it
        self.altered(moved)
        self.assertEqual(self.call("sign", "--new-key", "k").returncode, PASS)
        for command in (("anonymise", "bad.h5", "-o", "a.h5"), ("sign", "bad.h5", "--key", "k")):
            with self.subTest(command[0]):
                self.assert_refused(self.call(*command), "'bad.h5' contradicts itself", "start_offset")
        self.assertFalse((self.folder / "a.h5").exists() or (self.folder / "bad.h5.signed.json").exists())

    def test_a_changed_byte_of_data_is_noticed(self):
        with h5py.File(self.folder / "good.h5") as run:
            chunked = [(one.name, one.id.get_chunk_info(0)) for one in self.datasets(run) if one.chunks]
        self.assertGreaterEqual(len(chunked), 2)
        for name, chunk in chunked:
            with self.subTest(name):
                damaged = bytearray(Integrity.good)
                damaged[chunk.byte_offset + chunk.size // 2] ^= 0x10
                (self.folder / "bad.h5").write_bytes(damaged)
                self.assertEqual(self.call("verify", "bad.h5").returncode, USAGE)

    @staticmethod
    def datasets(run):
        found = []
        run.visititems(lambda _, one: found.append(one) if isinstance(one, h5py.Dataset) else None)
        return found

    def test_the_reference_says_how_each_hash_is_made(self):
        """The code of docs/reference/run-file.md against the file's own manifest."""
        page = (ROOT / "docs/reference/run-file.md").read_text(encoding="utf-8")
        code = re.search(r"```python\n(def kind.*?)```", page, re.DOTALL)[1]
        names = {"h5py": h5py, "hashlib": hashlib, "np": np}
        exec(code, names)  # the page's own code
        with h5py.File(self.folder / "good.h5") as run:
            rows = {row["path"].decode(): row["sha256"].decode() for row in run["manifest"][:]}
            for path, expected in rows.items():
                self.assertEqual(names["sha256"](run[path], ["content_sha256"] if path == "/" else []), expected, path)
            lines = "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(rows.items()))
            self.assertEqual(hashlib.sha256(lines.encode()).hexdigest(), run.attrs["content_sha256"].decode())
            self.assertEqual(set(rows) - {one.name for one in self.datasets(run)},
                             {"/", *(group for group in rows if isinstance(run[group], h5py.Group))})

    def test_what_a_log_said_is_held_against_the_manifest(self):
        self.write("imb.log", (ROOT / "tests/cli/logs/imb.log").read_text(encoding="utf-8"))
        self.assertEqual(self.call("import", "--from", "imb", "imb.log", "-o", "log.h5").returncode, PASS)
        self.assertEqual(self.call("verify", "log.h5").returncode, PASS)
        self.assertEqual(self.call("show", "log.h5").returncode, PASS)
        with h5py.File(self.folder / "log.h5", "r+") as run:
            self.assertEqual(len(run["cases"]), 0)
            what = json.loads(run["headers"][0])
            what["reported"]["time_s"] /= 10
            texts = [json.dumps(what).encode(), *run["headers"][1:]]
            replace(run, "headers", np.array(texts))
        self.assert_refused(self.call("show", "log.h5"), "'log.h5' contradicts itself", "sha256")

    def test_a_part_is_read_only_where_it_is_the_runs_own(self):
        self.write("long.yaml", SCENARIO)
        import h5py as h5
        self.call("run", "long.yaml", "-o", "cut.h5", "-q")
        with h5.File(self.folder / "cut.h5", "r+") as run:
            run.attrs.modify("complete", 0)
            reseal(run, "/")
            part = self.folder / "cut.h5.parts"
            part.mkdir()
            with h5.File(part / "000000-0.h5", "w") as other:
                other.attrs["run_started_unix_s"] = run.attrs["started_unix_s"]
                other.attrs["part_schema"] = 2
                run.copy(ROUND, other, name=ROUND)
            linked(run, ROUND, h5.ExternalLink("cut.h5.parts/000000-0.h5", "/" + ROUND))
        self.assertEqual(self.call("check", "cut.h5").returncode, FAIL)
        own = part / "000000-0.h5"
        stranger = self.folder / "stranger.h5"
        own.rename(stranger)
        own.symlink_to(stranger)
        self.assert_refused(self.call("check", "cut.h5"), "cut.h5.parts/000000-0.h5", "no plain file in a plain folder")
        own.unlink()
        os.mkfifo(own)
        self.assert_refused(self.call("check", "cut.h5", timeout=20), "no plain file in a plain folder")
        own.unlink()
        stranger.rename(own)
        with h5.File(own, "r+") as other:
            other.attrs["run_started_unix_s"] = 1.0
        self.assert_refused(self.call("check", "cut.h5"), "it is of another run")


if __name__ == "__main__":
    main()
