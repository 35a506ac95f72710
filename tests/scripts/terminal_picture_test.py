# SPDX-License-Identifier: Apache-2.0
"""scripts/lib/terminal_picture.py shows on a picture what a terminal shows: every character at its column, in its colour."""
import os
import pathlib
import re
import sys
import unittest
import xml.etree.ElementTree

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts/lib"))
from terminal_picture import COLOURS, FOREGROUND, output_on_terminal, spans, terminal_picture, wrapped  # noqa: E402


def texts(picture):
    """(x, y, text, fill) of each text of an SVG but its title."""
    svg = xml.etree.ElementTree.fromstring(picture)
    return [(float(e.get("x")), float(e.get("y")), e.text, e.get("fill")) for e in svg.iter("{http://www.w3.org/2000/svg}text")][1:]


class TerminalPicture(unittest.TestCase):
    def test_colours_take_no_column(self):
        self.assertEqual(wrapped("\x1b[31mabcde\x1b[0mfg", 4), ["\x1b[31mabcd", "e\x1b[0mfg"])
        self.assertEqual(wrapped("", 4), [""])
        self.assertEqual(wrapped("abcd", 4), ["abcd"])

    def test_a_style_lasts_until_it_is_reset_also_across_rows(self):
        found, style = spans("ab\x1b[1;31mcd")
        self.assertEqual((found, style), ([(0, "ab", ""), (2, "cd", "1;31")], "1;31"))
        found, style = spans("ef\x1b[0mgh", style)
        self.assertEqual((found, style), ([(0, "ef", "1;31"), (2, "gh", "")], ""))

    def test_words_that_several_blanks_part_stand_at_their_columns(self):
        drawn = texts(terminal_picture("t", [("run", "a b   c\n\x1b[31mFAIL\x1b[0m  d<e")], 40))
        self.assertEqual([(text, fill) for _, _, text, fill in drawn[2:]],
                         [("a b", FOREGROUND), ("c", FOREGROUND), ("FAIL", COLOURS["31"]), ("d<e", FOREGROUND)])
        cell = (drawn[3][0] - drawn[2][0]) / 6
        self.assertAlmostEqual(drawn[5][0] - drawn[4][0], 6 * cell, places=1)
        self.assertEqual(drawn[2][1], drawn[3][1])
        self.assertGreater(drawn[4][1], drawn[3][1])

    def test_a_picture_is_as_high_as_its_rows(self):
        def height(output):
            return int(re.search(r'height="(\d+)"', terminal_picture("t", [("run", output)], 10))[1])
        row = height("a\nb") - height("a")
        self.assertGreater(row, 0)
        self.assertEqual(height("a" * 21) - height("a"), 2 * row)

    def test_a_program_finds_a_terminal_of_the_width_asked_for(self):
        output, status = output_on_terminal("test -t 1 && stty size; exit 3", 77, "/", dict(os.environ))
        self.assertEqual((output, status), ("50 77\n", 3))


if __name__ == "__main__":
    unittest.main()
