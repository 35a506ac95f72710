#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every text that the program says to people has a row in every catalogue (results/texts/languages), with the same places for values.

Texts are the literals of say("...") and of count_said(n, "...", "..."). No error that carries a sentence is thrown with other
words. `--missing` prints rows for those that lack one.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
LANGUAGES = ["zh"]  # of each: its name and whatever follows, such as zh_errors.po
ROOMS = ["collectives", "results", "scenarios", "harness"]
LITERALS = r'((?:"(?:[^"\\]|\\.)*"\s*)+)'
SAID = re.compile(r"(?<![.>\w])say\(\s*" + LITERALS)
COUNTED = re.compile(r"\bcount_said\([^;]*?" + LITERALS + r",\s*" + LITERALS)
PLACE = re.compile(r"\{[^{}]*\}")
ESCAPES = {"n": "\n", "t": "\t"}


def joined(literals: str) -> str:
    """The text of adjacent literals."""
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"', literals)
    return re.sub(r"\\(.)", lambda match: ESCAPES.get(match[1], match[1]), "".join(parts))


def texts_in(source: str):
    """The keys that a source says, formats of numbers left out; see sentence.hpp."""
    source = re.sub(r"^\s*///?.*$", "", source, flags=re.MULTILINE)
    for match in SAID.finditer(source):
        yield PLACE.sub("{}", joined(match[1]))
    for match in COUNTED.finditer(source):
        yield joined(match[1])
        yield joined(match[2])


THROWN = re.compile(r"\bthrow\s+(?:\w+::)*(\w+)\(\s*(?:fmt::format\(\s*)?\"")
CARRY_SENTENCES = {"ConfigError", "StoreError", "LockedError", "FieldError", "WireError", "DecodeError", "Error"}


def english_alone(source: str):
    """The errors that a source throws with words of no catalogue."""
    return [match[1] for match in THROWN.finditer(source) if match[1] in CARRY_SENTENCES]


def catalogue(po: str) -> dict:
    """msgid -> msgstr. Raises ValueError for a msgid that is there twice."""
    rows = {}
    for key, text in re.findall(r"^msgid " + LITERALS + r"msgstr " + LITERALS, po, re.MULTILINE):
        if joined(key) in rows:
            raise ValueError(f"'{joined(key)}' is there twice")
        rows[joined(key)] = joined(text)
    rows.pop("", None)
    return rows


def places(text: str) -> int:
    """How many values a text has a place for, "{1}" or in order."""
    return len(set(PLACE.findall(text)) - {"{}"}) + text.count("{}")


def problems(said: dict, rows: dict, language: str):
    for text, path in said.items():
        if text not in rows and re.search(r"[A-Za-z]", PLACE.sub("", text)):
            yield f"{path}: '{text}' has no row in {language}.po"
    for key, text in rows.items():
        if not text:
            yield f"{language}.po: '{key}' has no text"
        elif places(key) != places(text):
            yield f"{language}.po: '{key}' has {places(key)} places, its text {places(text)}"


def said_in(root: pathlib.Path) -> dict:
    said = {}
    for room in ROOMS:
        for path in sorted((root / room).rglob("*.[ch]pp")):
            for text in texts_in(path.read_text(encoding="utf-8")):
                said.setdefault(text, path.relative_to(root))
    return said


def quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def main() -> int:
    said = said_in(ROOT)
    found = []
    for room in ROOMS:
        for path in sorted((ROOT / room).rglob("*.[ch]pp")):
            found += [f"{path.relative_to(ROOT)}: a {error} is thrown with English words alone. say() them"
                      for error in english_alone(path.read_text(encoding="utf-8"))]
    for language in LANGUAGES:
        paths = sorted((ROOT / "results/texts/languages").glob(f"{language}*.po"))
        rows = catalogue("\n".join(path.read_text(encoding="utf-8") for path in paths))
        if "--missing" in sys.argv:
            for text in said:
                if text not in rows and re.search(r"[A-Za-z]", PLACE.sub("", text)):
                    print(f"msgid {quoted(text)}\nmsgstr \"\"\n")
            return 0
        found += problems(said, rows, language)
    for problem in found:
        print(problem, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
