# SPDX-License-Identifier: Apache-2.0
"""scripts/check_texts.py finds what lacks a language."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent.parent / "scripts"))
import check_texts  # noqa: E402  pylint: disable=wrong-import-position


class Texts(unittest.TestCase):
    def test_texts_of_a_source_are_those_that_are_said(self):
        source = '''
            // say("in a comment")
            why = say("missed by {:.1f} % "
                      "of \\"{}\\"", a, b);
            out << reader.say("something else"); x = count_said(n, "{} case", "{} cases");
        '''
        self.assertEqual(list(check_texts.texts_in(source)), ['missed by {} % of "{}"', "{} case", "{} cases"])

    def test_a_text_without_a_row_or_with_other_places_is_found(self):
        rows = check_texts.catalogue('msgid ""\nmsgstr "x"\n\nmsgid "a {} {}"\nmsgstr "{1} {0}"\n\nmsgid "b {}"\nmsgstr "c"\n\nmsgid "d"\nmsgstr ""\n')
        found = list(check_texts.problems({"a {} {}": "x.cpp", "new {}": "y.cpp", "{}: {}": "z.cpp"}, rows, "zh"))
        self.assertEqual(found, ["y.cpp: 'new {}' has no row in zh.po", "zh.po: 'b {}' has 1 places, its text 0", "zh.po: 'd' has no text"])

    def test_an_error_with_words_of_no_catalogue_is_found(self):
        source = '''
            throw ConfigError(say("a")); throw hdf5::Error("b"); throw ConfigError(fmt::format("c {}", d));
            throw std::logic_error("a defect"); throw BackendError("call", 1, text); throw ConfigError(*why);
        '''
        self.assertEqual(check_texts.english_alone(source), ["Error", "ConfigError"])

    def test_a_row_that_is_there_twice_is_refused(self):
        with self.assertRaises(ValueError):
            check_texts.catalogue('msgid "a"\nmsgstr "b"\nmsgid "a"\nmsgstr "c"\n')

    def test_every_text_of_the_program_has_a_row_in_every_catalogue(self):
        self.assertEqual(check_texts.main(), 0)


if __name__ == "__main__":
    unittest.main()
