# SPDX-License-Identifier: Apache-2.0
"""What a user sees of the command line itself: help, lists, colours, and what is installed beside the program."""
import os
import pathlib
import pty
import re
import shutil
import subprocess
import threading
import time
import unittest

from support import FAIL, PATIENCE, PLUMBLINE, ROOT, USAGE, CliTest, main

SHARE = pathlib.Path(os.environ["PLUMBLINE_SHARE"])
VERSION = os.environ["PLUMBLINE_VERSION"]
BASH = SHARE / "bash-completion/completions/plumbline"
ZSH = SHARE / "zsh/site-functions/_plumbline"
FISH = SHARE / "fish/vendor_completions.d/plumbline.fish"
COMMANDS = ["admit", "anonymise", "bounds", "check", "compare", "diagnose", "doctor", "endure", "help", "history", "import", "launch", "list", "project",
            "published", "report", "run", "show", "sign", "validate", "verify", "version"]

MIXED = """
plumbline: 1
name: mixed
backend: sim
simulation: {ranks: 4, latency: 2us, bandwidth: 10GB/s}
cases:
  - {pattern: allreduce, bytes: 1MiB}
targets:
  - {name: slow, metric: busbw, at_least: 1 GB/s}
  - {name: fast, metric: busbw, at_least: 1000 GB/s}
  - {name: ghost, metric: busbw, where: {pattern: alltoall}, at_least: 1}
"""
GREEN, RED, MAGENTA, PLAIN = "\x1b[32m", "\x1b[1;31m", "\x1b[35m", "\x1b[0m"


def drain(terminal):
    """A terminal that nobody reads makes its program wait."""
    try:
        while os.read(terminal, 65536):
            pass
    except OSError:
        pass


class Words(CliTest):
    def test_the_program_alone_says_what_to_do_first(self):
        process = self.call()
        self.assertEqual((process.returncode, process.stdout), (USAGE, ""))
        self.assertIn("plumbline run quickstart", process.stderr)
        self.assertIn("'plumbline help'", process.stderr)

    def test_help_and_version_have_two_spellings(self):
        for word, option in ((["help"], ["--help"]), (["version"], ["--version"]), (["help", "run"], ["run", "--help"])):
            first, second = self.call(*word), self.call(*option)
            self.assertEqual((first.returncode, first.stderr), (0, ""))
            self.assertEqual(first.stdout, second.stdout)
        self.assertRegex(self.call("version").stdout, rf"^plumbline {re.escape(VERSION)} \((commit [0-9a-f]{{12}}\+?|built without git), (g|clang)\+\+ [\d.]+\)\n$")

    def test_help_names_every_command(self):
        text = self.call("help").stdout
        self.assertEqual(sorted(re.findall(r"^  ([a-z]+)  ", text, re.M)), COMMANDS)

    def test_a_name_that_is_near_to_a_shipped_one_is_named_with_it(self):
        self.write("t.yaml", MIXED)
        self.call("run", "t.yaml", "-o", "x.h5")
        log = ROOT / "tests/cli/logs/nccl-tests.log"
        for arguments, wrong, near in (
                (("run", "quikstart"), "quikstart", "quickstart"),
                (("validate", "megascale-175"), "megascale-175", "megascale-175b"),
                (("check", "x.h5", "--targets", "ring-limits"), "ring-limits", "ring-limit"),
                (("published", "megascal-175b"), "megascal-175b", "megascale-175b"),
                (("run", "quickstart", "--backend", "nccll"), "nccll", "nccl"),
                (("list", "backends", "--backend", "gloom"), "gloom", "gloo"),
                (("import", "--from", "nccl-tests", "--pattern", "alreduce", log), "alreduce", "allreduce")):
            with self.subTest(arguments):
                self.assert_refused(self.call(*arguments), wrong, f"The nearest is '{near}'")

    def test_a_name_that_is_near_to_none_has_no_suggestion(self):
        for arguments in (("run", "banana"), ("validate", "banana"), ("published", "banana"), ("run", "quickstart", "--backend", "banana")):
            with self.subTest(arguments):
                self.assertNotIn("nearest", self.assert_refused(self.call(*arguments), "banana"))


class Lists(CliTest):
    def test_scenarios_and_profiles_have_a_description_each_within_80_columns(self):
        for what, folder in (("scenarios", "library"), ("profiles", "profiles")):
            with self.subTest(what):
                text = self.call("list", what).stdout
                table, files = text.split("\n\n")
                names = sorted(path.stem for path in (ROOT / "scenarios" / folder).glob("*.yaml"))
                rows = dict(re.findall(r"^(\S+) {2,}(\S.*)$", table, re.M))
                self.assertEqual(sorted(rows), names)
                self.assertTrue(all(len(line) <= 80 for line in table.splitlines()), table)
                self.assertEqual(files, f"Files: {ROOT / 'scenarios' / folder}/NAME.yaml\n")

    def test_the_key_description_wins(self):
        self.assertRegex(self.call("list", "scenarios").stdout, r"quickstart +Allreduce, all-to-all, a pipeline and")

    def test_names_come_alone_where_they_are_asked_for(self):
        for what in ("scenarios", "profiles", "patterns", "backends", "metrics"):
            with self.subTest(what):
                listed = self.call("list", what).stdout
                names = self.call("list", what, "--names").stdout.splitlines()
                self.assertEqual(names, re.findall(r"^(?!Files:)(\S+) ", listed, re.M))


class Colours(CliTest):
    def setUp(self):
        super().setUp()
        self.write("s.yaml", MIXED)
        self.environment = {"TERM": "xterm", "NO_COLOR": ""}
        self.call("run", "s.yaml", "-o", "x.h5", environment=self.environment)

    def on_terminal(self, *arguments, environment=None, **streams):
        """What a terminal shows that has both streams, or those that `streams` leaves to it."""
        ours, theirs = pty.openpty()
        with subprocess.Popen(self.command(*arguments), cwd=self.folder, stdin=subprocess.DEVNULL,
                              **{"stdout": theirs, "stderr": theirs, **streams},
                              env={**os.environ, **self.environment, **(environment or {})}) as process:
            os.close(theirs)
            shown = b""
            try:
                while chunk := os.read(ours, 65536):
                    shown += chunk
            except OSError:  # Linux's end of a terminal
                pass
            self.status = process.wait(60)
        os.close(ours)
        return shown.decode().replace("\r\n", "\n")

    def test_a_terminal_shows_verdicts_and_errors_in_colour(self):
        shown = self.on_terminal("check", "x.h5")
        self.assertEqual(self.status, FAIL)
        for painted in (f"{GREEN}PASS{PLAIN} ", f"{RED}FAIL{PLAIN} ", f"{MAGENTA}NOT_MEASURED{PLAIN} ", f"verdict: {RED}FAIL{PLAIN}\n"):
            self.assertIn(painted, shown)
        self.assertTrue(self.on_terminal("check", "absent.h5").startswith(f"{RED}plumbline:{PLAIN} "))
        self.assertTrue(self.on_terminal("chekc").startswith(f"{RED}plumbline:{PLAIN} "))
        self.assertIn(f"verdict: {RED}FAIL{PLAIN}\n", self.on_terminal("run", "s.yaml", "-o", "y.h5"))

    def test_without_its_colours_a_terminal_shows_what_a_pipe_gets(self):
        for arguments in (("check", "x.h5"), ("show", "x.h5"), ("check", "x.h5", "--format", "json"), ("help",)):
            with self.subTest(arguments):
                plain = self.call(*arguments, environment=self.environment).stdout
                self.assertNotIn("\x1b", plain)
                self.assertEqual(re.sub(r"\x1b\[[0-9;]*m", "", self.on_terminal(*arguments)), plain)

    def test_no_color_and_a_dumb_terminal_are_honoured(self):
        for environment in ({"NO_COLOR": "1"}, {"TERM": "dumb"}, {"TERM": ""}):
            for arguments in (("check", "x.h5"), ("check", "absent.h5")):
                with self.subTest(f"{environment} {arguments}"):
                    self.assertNotIn("\x1b", self.on_terminal(*arguments, environment=environment))

    def test_stdout_is_plain_where_stderr_is_no_terminal(self):
        self.assertNotIn("\x1b", self.on_terminal("check", "x.h5", stderr=subprocess.DEVNULL))

    def test_the_option_has_the_last_word(self):
        self.assertNotIn("\x1b", self.on_terminal("check", "x.h5", "--color", "never"))
        piped = self.call("check", "x.h5", "--color", "always", environment={"NO_COLOR": "1", "TERM": "dumb"})
        self.assertIn(f"verdict: {RED}FAIL{PLAIN}\n", piped.stdout)
        self.assertIn(f"{RED}plumbline:{PLAIN} ", self.call("check", "absent.h5", "--color", "always").stderr)

    def test_documents_have_no_colours(self):
        for form in ("json", "junit"):
            self.assertNotIn("\x1b", self.call("check", "x.h5", "--format", form, "--color", "always").stdout)
        self.call("check", "x.h5", "--color", "always", "-o", "verdict.txt")
        self.assertNotIn("\x1b", (self.folder / "verdict.txt").read_text(encoding="utf-8"))


class Shared(CliTest):
    """What stands in <prefix>/share."""

    def test_there_is_a_man_page_of_the_program_and_of_each_command(self):
        for folder in ("man/man1", "man/zh_CN/man1"):
            pages = sorted(path.name for path in (SHARE / folder).iterdir())
            self.assertEqual(pages, sorted(["plumbline.1", *(f"plumbline-{name}.1" for name in COMMANDS)]), folder)

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_man_pages_in_chinese_are_right_roff_whose_lines_break(self):
        for path in (SHARE / "man/zh_CN/man1").iterdir():
            with self.subTest(path.name):
                page = subprocess.run(["groff", "-K", "utf8", "-man", "-Tutf8", "-P-cbou", "-ww", path], capture_output=True, text=True, check=True)
                self.assertEqual(page.stderr, "")
                for section in ("名称", "概要", "说明", "选项", "退出状态", "另请参阅"):
                    self.assertRegex(page.stdout, f"(?m)^{section}$")
                self.assertNotIn("Exit status", page.stdout)

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_man_pages_are_right_roff_that_names_version_and_options(self):
        for path in (SHARE / "man/man1").iterdir():
            with self.subTest(path.name):
                page = subprocess.run(["groff", "-man", "-Tascii", "-P-cbou", "-ww", path], capture_output=True, text=True, check=True)
                self.assertEqual(page.stderr, "")
                self.assertIn(f"plumbline {VERSION}", page.stdout)
                for section in ("NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXIT STATUS", "SEE ALSO"):
                    self.assertRegex(page.stdout, f"(?m)^{section}$")
                command = path.stem.partition("-")[2]
                for option in re.findall(r"^  (?:-.,)?(--\S+)", self.call(command, "--help").stdout if command else "", re.M):
                    self.assertIn(option, page.stdout)

    # (what is typed, what is offered for its last word; a folder with a.h5, b.yaml, c.log and d/)
    ROWS = [
        ("plumbline che", {"check"}),
        ("plumbline help hi", {"history"}),
        ("plumbline run --back", {"--backend", "--backend-library"}),
        ("plumbline run quick", {"quickstart"}),
        ("plumbline run --backend ncc", {"nccl"}),
        ("plumbline check a.h5 --targets ring", {"ring-limit", "ring-limit-node"}),
        ("plumbline list pr", {"profiles"}),
        ("plumbline import --from nccl", {"nccl-tests"}),
        ("plumbline show a", {"a.h5"}),
        ("plumbline show a.h5 --format cs", {"csv"}),
        ("plumbline import --from osu c", {"c.log"}),
    ]

    def offered(self, script, *arguments):
        for name in ("a.h5", "b.yaml", "c.log"):
            (self.folder / name).touch()
        (self.folder / "d").mkdir(exist_ok=True)
        process = subprocess.run([*script, *arguments], cwd=self.folder, capture_output=True, text=True, timeout=60 * PATIENCE,
                                 env={**os.environ, "PATH": f"{pathlib.Path(PLUMBLINE).parent}:{os.environ['PATH']}", "HOME": str(self.folder)})
        self.assertEqual(process.stderr, "")
        return process.stdout.split("\n")[:-1]

    def test_bash_completes(self):
        script = f'source "{BASH}"; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _plumbline; printf "%s\\n" "${{COMPREPLY[@]}}"'
        more = [("plumbline show a.h5 --format = j", {"json"}), ("plumbline show a.h5 --format =", {"text", "json", "csv", "nccl-tests", "prometheus"}),
                ("plumbline run --set x", {""})]
        for typed, expected in [*self.ROWS, *more]:
            with self.subTest(typed):
                self.assertEqual(set(self.offered(["bash", "-c", script, "bash"], *typed.split())), expected)
        self.assertEqual(set(self.offered(["bash", "-c", script, "bash"], "plumbline", "show", "")), {"a.h5", "d"})
        self.assertEqual(self.offered(["bash", "-c", script, "bash"], "plumbline", "history", ""), ["d"])
        self.assertTrue(set(COMMANDS) < set(self.offered(["bash", "-c", script, "bash"], "plumbline", "")))

    @unittest.skipUnless(shutil.which("fish"), "fish is not installed")
    def test_fish_completes(self):
        for typed, expected in self.ROWS:
            with self.subTest(typed):
                offered = self.offered(["fish", "--no-config", "-c", f"source {FISH}; complete -C '{typed}'"])
                self.assertEqual({line.split("\t")[0] for line in offered}, expected)

    @unittest.skipUnless(shutil.which("zsh"), "zsh is not installed")
    def test_zsh_completes(self):
        """zsh completes in a terminal alone: a key of its own writes the line as it then stands to a file."""
        out = self.folder / "line"
        ours, theirs = pty.openpty()
        for name in ("a.h5", "b.yaml", "c.log"):
            (self.folder / name).touch()
        environment = {**os.environ, "PATH": f"{pathlib.Path(PLUMBLINE).parent}:{os.environ['PATH']}", "HOME": str(self.folder), "TERM": "dumb"}
        shell = subprocess.Popen(["zsh", "-f", "-i"], cwd=self.folder, stdin=theirs, stdout=theirs, stderr=theirs, env=environment)
        os.close(theirs)
        threading.Thread(target=drain, args=(ours,), daemon=True).start()
        setup = (f'fpath=("{ZSH.parent}" $fpath); autoload -Uz compinit; compinit -u -D; unsetopt auto_menu auto_list; '
                 f'keep() {{ print -r -- $BUFFER >"{out}.new"; mv "{out}.new" "{out}"; BUFFER= }}; zle -N keep; bindkey "^X^K" keep\n')
        os.write(ours, setup.encode())
        try:
            for typed, expected in self.ROWS:
                with self.subTest(typed):
                    os.write(ours, f"{typed}\t\x18\x0b".encode())
                    line = self.line_in(out)
                    completed = os.path.commonprefix(sorted(expected)) + (" " if len(expected) == 1 else "")
                    self.assertEqual(line, f"{typed.rpartition(' ')[0]} {completed}")
        finally:
            shell.kill()
            shell.wait()
            os.close(ours)

    def line_in(self, path, seconds=30):
        for _ in range(10 * seconds):
            if path.exists():
                line = path.read_text(encoding="utf-8").rstrip("\n")
                path.unlink()
                return line
            time.sleep(0.1)
        self.fail("zsh wrote nothing")


if __name__ == "__main__":
    main()
