# SPDX-License-Identifier: Apache-2.0
"""scripts/check_docs.py finds what is planted in a small set of pages, and nothing where nothing is."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/check_docs.py"
SOUND = {
    "README.md": "# Project\n\n[docs](docs/README.md), [web](https://example.org/nowhere) ![picture](docs/a.svg)\n",
    "docs/README.md": "# Index\n\n[one](how-to/one.md) and [a heading](how-to/one.md#what-it-is-for-two-words)\n",
    "docs/how-to/one.md": "# One\n\n## What it is for: two `words`\n\n[up](../README.md)\n",
    "docs/how-to/one.zh-CN.md": "# 一\n\n[index](../README.md)\n",
    "docs/a.svg": "<svg/>\n",
}


class Pages(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        for path, text in SOUND.items():
            self.write(path, text)

    def write(self, path, text):
        (self.root / path).parent.mkdir(parents=True, exist_ok=True)
        (self.root / path).write_text(text, encoding="utf-8")

    def add(self, path, line):
        self.write(path, SOUND[path] + line + "\n")

    def check(self):
        made = subprocess.run([sys.executable, "-B", SCRIPT, self.root], text=True, capture_output=True)
        self.assertEqual(made.stderr, "")
        return made.returncode, made.stdout

    def test_sound_pages_pass(self):
        self.assertEqual(self.check(), (0, "docs: 4 pages, no problem\n"))

    def test_a_planted_fault_is_named_with_file_and_line(self):
        for path, line, said in (
                ("README.md", "[gone](docs/gone.md)", "README.md:4: dead link to docs/gone.md (there is no such file)"),
                ("README.md", "a [link that\nwraps](docs/gone.md)", "README.md:4: dead link to docs/gone.md"),
                ("README.md", "[out](../../etc/passwd)", "README.md:4: dead link"),
                ("docs/README.md", "[x](how-to/one.md#no-such)",
                 "dead link to how-to/one.md#no-such (that page has no such heading)"),
                ("docs/how-to/one.md", '<img src="b.png">', "docs/how-to/one.md:6: dead link to b.png"),
                ("docs/how-to/one.md", "x" * 101, "docs/how-to/one.md:6: 101 columns (at most 100)"),
                ("docs/how-to/one.zh-CN.md", "字" * 51, "docs/how-to/one.zh-CN.md:4: 102 columns (at most 100)"),
                ("docs/how-to/one.md", f"| {'x' * 160} |", "docs/how-to/one.md:6: 164 columns (at most 160)"),
                ("docs/how-to/one.md", f"```\n{'x' * 161}\n```", "docs/how-to/one.md:7: 161 columns (at most 160)")):
            with self.subTest(line=line[:40]):
                self.add(path, line)
                status, output = self.check()
                self.assertEqual(status, 1)
                self.assertIn(said, output)
                self.assertEqual(len(output.splitlines()), 1, output)
                self.write(path, SOUND[path])

    def test_what_a_page_shows_is_no_link(self):
        self.add("README.md", "`[a](b.md)`\n\n```\n[a](b.md)\n```")
        self.assertEqual(self.check()[0], 0)

    def test_a_row_of_a_table_and_code_may_be_wider_than_prose(self):
        self.add("README.md", f"| {'x' * 150} |\n\n```\n{'x' * 150}\n```")
        self.assertEqual(self.check()[0], 0)

    def test_a_page_that_the_index_does_not_name_is_found(self):
        self.write("docs/how-to/two.md", "# Two\n")
        self.write("docs/how-to/three.zh-CN.md", "# 三\n")
        status, output = self.check()
        self.assertEqual(status, 1)
        self.assertEqual(output.splitlines(), ["docs/how-to/three.zh-CN.md: docs/README.md doesn't name it",
                                               "docs/how-to/two.md: docs/README.md doesn't name it"])

    def test_a_folder_of_code_that_the_guide_does_not_name_is_found(self):
        self.write("scripts/check_layering.py", 'FLOORS = [["low/a"], ["low/b", "high/c"]]\n')
        self.write("CONTRIBUTING.md", "| `low/a` | x |\n| `high/c` | y |\n")
        status, output = self.check()
        self.assertEqual(status, 1)
        self.assertEqual(output, "CONTRIBUTING.md: doesn't say what low/b is for. Give it a row in its table\n")

    def test_a_floor_that_the_picture_of_the_architecture_lacks_or_has_elsewhere_is_found(self):
        self.write("scripts/check_layering.py", 'FLOORS = [["low/a"], ["low/b", "high/c"]]\n')
        index = SOUND["docs/README.md"] + "[architecture](explanation/architecture.md)\n"
        for picture, status in (("b · c    x\na    y\n", 0), ("a\nb · c\n", 1), ("b\na\n", 1),
                                ("b · c · d\na\n", 1)):
            with self.subTest(picture=picture):
                self.write("docs/README.md", index)
                self.write("docs/explanation/architecture.md", f"# Architecture\n\n```\n{picture}```\n")
                found, output = self.check()
                self.assertEqual(found, status, output)
                self.assertEqual("its picture lacks" in output, status == 1)

    def test_nothing_to_look_at_is_no_success(self):
        for path in SOUND:
            (self.root / path).unlink()
        self.assertEqual(self.check()[0], 1)


if __name__ == "__main__":
    unittest.main()
