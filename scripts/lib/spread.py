# SPDX-License-Identifier: Apache-2.0
"""Statistics over launches."""
import math
import statistics


def median_interval(values: list[float], confidence: float = 0.95) -> tuple[float, float] | None:
    """Exact order-statistics interval of the median; nothing where there are too few values (below 6 at 95 %).

    With n values, the k-th smallest and k-th largest leave out the median with probability 2 P(Bin(n, 1/2) < k).
    """
    n = len(values)
    best = 0
    below = 0
    for k in range(1, n // 2 + 1):
        below += math.comb(n, k - 1)
        if 2 * below / 2**n <= 1 - confidence:
            best = k
    if best == 0:
        return None
    ordered = sorted(values)
    return ordered[best - 1], ordered[n - best]


def interquartile_spread(values: list[float]) -> float:
    """(Q3 - Q1) / median of at least two values."""
    first, middle, third = statistics.quantiles(values, n=4, method="inclusive")
    return (third - first) / middle


class MachineStates:
    """Tells the machine state of a case by what plumbline saw around its rounds, as results/records/machine_state.hpp does within a run: where
    the cores are to each other (the sorted lines part at gaps of a factor 1.6 or more), and whether one is shared with other work (a copy
    within it takes more than 1.1 times the quickest)."""

    def __init__(self, cases: list[dict]):
        """Of all cases that are to be compared; neighbour_s and copy_s of each may be None."""
        lines = sorted(case["neighbour_s"] for case in cases if case["neighbour_s"] is not None)
        self.borders = [math.sqrt(a * b) for a, b in zip(lines, lines[1:]) if b >= 1.6 * a]
        self.quickest_copy = min((case["copy_s"] for case in cases if case["copy_s"] is not None), default=None)

    def of(self, case: dict) -> int:
        """0 the fastest; what was not looked at counts as such."""
        line, copy = case["neighbour_s"], case["copy_s"]
        apart = 0 if line is None else sum(line > border for border in self.borders)
        return 2 * apart + (copy is not None and copy > 1.1 * self.quickest_copy)
