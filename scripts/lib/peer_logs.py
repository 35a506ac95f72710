# SPDX-License-Identifier: Apache-2.0
"""What IMB, OSU and Gloo's benchmark print, as microseconds by message size. Lines of others in between are passed over."""
import re

NUMBER = r"[0-9]+(?:\.[0-9]+)?"


class BrokenLog(Exception):
    """Why an output is not what the suite prints: a clause, without a full stop."""


def parse_imb(text: str, benchmark: str, ranks: int, sizes: list[int]) -> dict[int, float]:
    """t_avg of the table of `benchmark` at `ranks` processes: the mean over repetitions and processes."""
    rows, current, processes, header = {}, None, None, None
    for line in text.splitlines():
        if started := re.match(r"\s*# Benchmarking (\S+)", line):
            current, processes, header = started[1], None, None
        elif counted := re.match(r"\s*# #processes = ([0-9]+)", line):
            processes = int(counted[1])
        elif re.match(r"\s*#bytes\s+#repetitions", line):
            header = line.split()
        elif current == benchmark and processes == ranks and header is not None:
            add_row(rows, header, "t_avg[usec]", line)
    if not rows:
        raise BrokenLog(f"no table '# Benchmarking {benchmark}' with t_avg[usec] at {ranks} processes")
    return wanted(rows, sizes)


def parse_osu(text: str, sizes: list[int]) -> dict[int, float]:
    """Avg Latency(us): the mean over iterations and processes."""
    rows, header = {}, None
    for line in text.splitlines():
        if re.match(r"# Size\s+Avg Latency\(us\)", line):
            header = re.split(r"\s{2,}", line.removeprefix("# ").strip())
        elif header is not None:
            add_row(rows, header, "Avg Latency(us)", line)
    if not rows:
        raise BrokenLog("no table '# Size  Avg Latency(us)'")
    return wanted(rows, sizes)


def parse_gloo(text: str, size: int) -> float:
    """p50 of the table of one size, in nanoseconds there (--nanos): the median over the iterations of rank 0."""
    rows, header = {}, None
    for line in text.splitlines():
        if re.match(r"\s*size \(B\)\s+elements\s", line):
            header = re.split(r"\s{2,}", line.strip())
        elif header is not None:
            add_row(rows, header, "p50 (ns)", line)
    if not rows:
        raise BrokenLog("no table 'size (B)  elements  ...' with p50 (ns)")
    return wanted(rows, [size])[size] / 1000


def add_row(rows: dict[int, float], header: list[str], column: str, line: str) -> None:
    """Takes a line that has a number for every column, and no other."""
    fields = line.split()
    if column not in header or len(fields) != len(header) or not all(re.fullmatch(NUMBER, field) for field in fields):
        return
    size = int(float(fields[0]))
    if size in rows:
        raise BrokenLog(f"two rows for {size} bytes")
    rows[size] = float(fields[header.index(column)])


def wanted(rows: dict[int, float], sizes: list[int]) -> dict[int, float]:
    for size in sizes:
        if size not in rows:
            raise BrokenLog(f"no row for {size} bytes")
        if rows[size] <= 0:
            raise BrokenLog(f"the row for {size} bytes has a time of {rows[size]:g}")
    return {size: rows[size] for size in sizes}
