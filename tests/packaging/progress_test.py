# SPDX-License-Identifier: Apache-2.0
"""How setup and quickstart show that they are alive: a line each tenth of the way where nobody redraws, else one line drawn again."""
import os
import pathlib
import pty
import subprocess
import unittest

PROGRESS = pathlib.Path(__file__).resolve().parents[2] / "scripts/lib/progress.bash"
COMMAND = ["bash", "-c", f". {PROGRESS}; show_progress build"]
NINJA = "".join(f"[{percent:3}%] Building CXX object a/{percent}.o\nwarning\n" for percent in range(1, 101))
APT = "dlstatus:1:0.0:Retrieving file 1 of 2\ndlstatus:2:100.0:Retrieving file 2 of 2\npmstatus:a:5.0:Unpacking a: all\npmstatus:a:100.0:Installed a\nReading lists\n"


class Progress(unittest.TestCase):
    def piped(self, text):
        return subprocess.run(COMMAND, input=text, text=True, capture_output=True, check=True).stderr.splitlines()

    def test_a_build_is_a_line_each_tenth(self):
        lines = self.piped(NINJA)
        self.assertEqual(lines, ["build:   1 %  a/1.o"] + [f"build: {percent:3} %  a/{percent}.o" for percent in range(10, 101, 10)])

    def test_packages_are_fetched_and_installed(self):
        self.assertEqual(self.piped(APT), ["build:   0 %  Retrieving file 1 of 2", "build: 100 %  Retrieving file 2 of 2", "build:   5 %  Unpacking a: all",
                                           "build: 100 %  Installed a"])

    def test_what_has_no_progress_says_nothing(self):
        self.assertEqual(self.piped("error: x\n[a] b\n"), [])

    def test_on_a_terminal_one_line_is_drawn_again_and_taken_away(self):
        ours, theirs = pty.openpty()
        subprocess.run(COMMAND, input=NINJA, text=True, stderr=theirs, check=True, env={**os.environ, "TERM": "xterm", "COLUMNS": "20"})
        os.close(theirs)
        said = b""
        while True:
            try:
                part = os.read(ours, 65536)
            except OSError:
                break
            if not part:
                break
            said += part
        os.close(ours)
        self.assertNotIn(b"\n", said)
        drawn = said.decode().split("\r\x1b[K")
        self.assertEqual((drawn[0], drawn[1], drawn[100], drawn[101]), ("", "build:   1 %  a/1.o", "build: 100 %  a/100", ""))


if __name__ == "__main__":
    unittest.main()
