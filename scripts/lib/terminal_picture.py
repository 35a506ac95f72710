# SPDX-License-Identifier: Apache-2.0
"""Output of a program on a terminal, and a picture of it (SVG)."""
import fcntl
import html
import os
import pty
import re
import struct
import subprocess
import termios

FONT_SIZE = 14
CELL_WIDTH = 8.4
LINE_HEIGHT = 19
MARGIN = 20
TITLE_HEIGHT = 34
BACKGROUND = "#0d1117"
FOREGROUND = "#d4dae1"
PROMPT = "#7d8794"
COLOURS = {"31": "#ff7b72", "32": "#56d364", "33": "#e3b341", "34": "#79c0ff", "35": "#d2a8ff", "36": "#56d4dd"}


def output_on_terminal(command: str, columns: int, folder: str, environment: dict[str, str]) -> tuple[str, int]:
    """What a shell command prints on a terminal that is `columns` wide, colours included, and its exit status."""
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 50, columns, 0, 0))
    process = subprocess.Popen(["bash", "-c", command], cwd=folder, env=environment, stdin=terminal, stdout=terminal, stderr=terminal)
    os.close(terminal)
    printed = b""
    while True:
        try:
            part = os.read(main, 65536)
        except OSError:  # Linux says EIO where the last writer has closed a terminal.
            break
        if not part:
            break
        printed += part
    os.close(main)
    return printed.decode("utf-8").replace("\r\n", "\n"), process.wait()


def wrapped(line: str, columns: int) -> list[str]:
    """The line as a terminal of that width breaks it; colours take no column."""
    rows, row, used = [], "", 0
    for piece in re.findall(r"\x1b\[[0-9;]*[A-Za-z]|.", line):
        if not piece.startswith("\x1b"):
            if used == columns:
                rows.append(row)
                row, used = "", 0
            used += 1
        row += piece
    return [*rows, row]


def spans(row: str, style: str = "") -> tuple[list[tuple[int, str, str]], str]:
    """Of one row: (column, text, SGR codes) of each stretch in one style; and the style in which the row ends."""
    found, column = [], 0
    for piece in re.split(r"(\x1b\[[0-9;]*[A-Za-z])", row):
        code = re.fullmatch(r"\x1b\[([0-9;]*)m", piece)
        if code:
            style = "" if code[1] in ("", "0") else code[1]
        elif piece and not piece.startswith("\x1b"):
            found.append((column, piece, style))
            column += len(piece)
    return found, style


def text_element(x: float, y: float, text: str, attributes: str) -> str:
    return (f'<text x="{x:.1f}" y="{y:.1f}" textLength="{len(text) * CELL_WIDTH:.1f}" lengthAdjust="spacingAndGlyphs" {attributes}>'
            f"{html.escape(text)}</text>")


def row_elements(row: str, y: float, style: str) -> tuple[list[str], str]:
    found, style = spans(row, style)
    elements = []
    for column, text, codes in found:
        parts = codes.split(";")
        colour = next((COLOURS[part] for part in parts if part in COLOURS), FOREGROUND)
        weight = ' font-weight="bold"' if "1" in parts else ""
        # Browsers fold blanks: what several of them part is drawn at a place of its own.
        for words in re.finditer(r"\S+(?: \S+)*", text):
            elements.append(text_element(MARGIN + (column + words.start()) * CELL_WIDTH, y, words[0], f'fill="{colour}"{weight}'))
    return elements, style


def terminal_picture(title: str, sessions: list[tuple[str, str]], columns: int) -> str:
    """An SVG of (command, output) one after the other, in a window of so many columns."""
    elements, y = [], TITLE_HEIGHT + MARGIN
    for command, output in sessions:
        elements.append(text_element(MARGIN, y, "$", f'fill="{PROMPT}"'))
        elements.append(text_element(MARGIN + 2 * CELL_WIDTH, y, command, 'fill="#ffffff" font-weight="bold"'))
        y += LINE_HEIGHT
        style = ""
        for line in output.rstrip("\n").split("\n"):
            for row in wrapped(line, columns):
                made, style = row_elements(row, y, style)
                elements += made
                y += LINE_HEIGHT
        y += LINE_HEIGHT // 2
    width, height = 2 * MARGIN + columns * CELL_WIDTH, y - LINE_HEIGHT // 2
    lights = "".join(f'<circle cx="{MARGIN + 18 * i}" cy="{TITLE_HEIGHT / 2}" r="6" fill="{colour}"/>'
                     for i, colour in enumerate(("#ff5f57", "#febc2e", "#28c840")))
    return "\n".join([
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}" '
        f'font-family="\'DejaVu Sans Mono\', Menlo, Consolas, \'Liberation Mono\', monospace" font-size="{FONT_SIZE}">',
        f"<title>{html.escape(title)}</title>",
        f'<rect width="100%" height="100%" rx="10" fill="{BACKGROUND}"/>',
        lights,
        f'<text x="{width / 2:.0f}" y="{TITLE_HEIGHT / 2 + 5:.0f}" text-anchor="middle" fill="{PROMPT}" font-size="13">{html.escape(title)}</text>',
        *elements, "</svg>", ""])
