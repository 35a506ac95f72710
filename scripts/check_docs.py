#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Pages in Markdown: no dead link, no line that is cut off or has to be scrolled, every page in the index.

    scripts/check_docs.py [FOLDER]     exit status 0 when nothing is wrong [FOLDER: this checkout]

Looks at README*.md, CONTRIBUTING.md, CHANGELOG.md and all pages below docs/. A link is dead when its file, or the heading that its
#fragment names, isn't there; addresses of the web are not looked up.
"""
import importlib.util
import pathlib
import re
import sys
import unicodedata

PROSE = 100  # columns of a line: a Chinese character takes two
WIDE = 160   # of rows of tables and of code, which can't be wrapped
LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(\s*<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\s*\)|(?:src|href)=\"([^\"]+)\"")
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


def lines_of(text: str):
    """(number, line, whether it is in a block of code)"""
    fence = None
    for number, line in enumerate(text.splitlines(), 1):
        mark = re.match(r"\s*(```+|~~~+)", line)
        if mark and (fence is None or line.strip() == fence):
            fence = mark[1] if fence is None else None
            yield number, line, True
        else:
            yield number, line, fence is not None


def anchors_of(text: str) -> set:
    """The fragments that a page offers: GitHub's names of its headings, and explicit ones."""
    names, seen = set(), {}
    for _, line, code in lines_of(text):
        heading = None if code else re.match(r"#{1,6}\s+(.*?)\s*#*$", line)
        if heading:
            plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).replace("`", "").lower()
            name = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
            names.add(name if name not in seen else f"{name}-{seen[name]}")
            seen[name] = seen.get(name, 0) + 1
        names.update(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", line))
    return names


def links_of(text: str):
    """(number of the line where it begins, link); a link may go over the end of a line."""
    prose = "\n".join("" if code else re.sub(r"`[^`]*`", "", line) for _, line, code in lines_of(text))
    for match in LINK.finditer(prose):
        yield 1 + prose.count("\n", 0, match.start()), match[1] or match[2]


def problem_of_link(page: pathlib.Path, root: pathlib.Path, link: str):
    if ELSEWHERE.match(link) or link.startswith("//"):
        return None
    target, _, fragment = link.partition("#")
    path = (page.parent / target).resolve() if target else page
    if not path.is_relative_to(root) or not path.exists():
        return f"dead link to {link} (there is no such file)"
    if fragment and path.suffix == ".md" and fragment not in anchors_of(path.read_text(encoding="utf-8")):
        return f"dead link to {link} (that page has no such heading)"
    return None


def problem_of_width(line: str, code: bool):
    most = WIDE if code or line.lstrip().startswith("|") else PROSE
    columns = sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
    return f"{columns} columns (at most {most}). Wrap it" if columns > most else None


def problems_in_page(page: pathlib.Path, root: pathlib.Path):
    where, text = page.relative_to(root).as_posix(), page.read_text(encoding="utf-8")
    for number, line, code in lines_of(text):
        if problem := problem_of_width(line, code):
            yield f"{where}:{number}: {problem}"
    for number, link in links_of(text):
        if problem := problem_of_link(page, root, link):
            yield f"{where}:{number}: {problem}"


def problems_of_index(pages: list, root: pathlib.Path):
    """docs/README.md leads to every page below docs; a translation stands beside its page."""
    index = root / "docs/README.md"
    if index not in pages:
        yield "docs/README.md: missing. It is the index of all pages"
        return
    text = index.read_text(encoding="utf-8")
    named = {(index.parent / link.partition("#")[0]).resolve() for _, link in links_of(text)}
    for page in pages:
        if page.is_relative_to(root / "docs") and page.parent != root / "docs" and page not in named:
            original = page.with_name(re.sub(r"\.zh-CN\.md$", ".md", page.name))
            if original == page or original not in pages:
                yield f"{page.relative_to(root).as_posix()}: docs/README.md doesn't name it"


def floors(root: pathlib.Path) -> list:
    """Of folders of code, from bottom to top, as scripts/check_layering.py has them; none where it isn't there."""
    walls = root / "scripts/check_layering.py"
    if not walls.exists():
        return []
    spec = importlib.util.spec_from_file_location("check_layering", walls)
    layering = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(layering)
    return layering.FLOORS


def problems_of_folders(root: pathlib.Path):
    """CONTRIBUTING.md says what each folder of code is for, and the architecture's picture has all floors in order."""
    guide, picture = root / "CONTRIBUTING.md", root / "docs/explanation/architecture.md"
    if guide.exists():
        lines = guide.read_text(encoding="utf-8").splitlines()
        named = {word for line in lines for word in re.findall(r"`([^`]+)`", line)}
        for folder in (folder for floor in floors(root) for folder in floor if folder not in named):
            yield f"CONTRIBUTING.md: doesn't say what {folder} is for. Give it a row in its table"
    if picture.exists():
        lines = [line.strip() for line in picture.read_text(encoding="utf-8").splitlines()]
        for floor in reversed(floors(root)):
            names = " · ".join(folder.partition("/")[2] for folder in floor)
            at = next((i for i, line in enumerate(lines) if line == names or line.startswith(names + "  ")), None)
            if at is None:
                where = picture.relative_to(root).as_posix()
                yield f"{where}: its picture lacks '{names}' here. Draw the floors as check_layering.py has them"
                return
            lines = lines[at + 1:]


def main() -> int:
    root = (pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    pages = [*sorted(root.glob("README*.md")), *root.glob("CONTRIBUTING.md"), *root.glob("CHANGELOG.md"), *sorted((root / "docs").rglob("*.md"))]
    problems = [problem for page in pages for problem in problems_in_page(page, root)]
    problems += [*problems_of_index(pages, root), *problems_of_folders(root)]
    print("\n".join(problems) if problems else f"docs: {len(pages)} pages, no problem")
    return 1 if problems or not pages else 0


if __name__ == "__main__":
    sys.exit(main())
