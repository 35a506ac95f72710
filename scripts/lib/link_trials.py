# SPDX-License-Identifier: Apache-2.0
"""What a launch of scripts/experiments/diagnosis-trials plants, what has to be named then, and how trials are counted."""
import dataclasses
import math
import random

KINDS = ("node", "sending", "receiving", "link")


@dataclasses.dataclass(frozen=True)
class Fault:
    kind: str
    hosts: tuple[str, ...]

    @property
    def name(self) -> str:
        """As `plumbline diagnose` names it."""
        if self.kind == "link":
            return f"link {self.hosts[0]} - {self.hosts[1]}"
        return f"{self.hosts[0]} NIC" + ("" if self.kind == "node" else f", {self.kind}")

    def options(self, rate: int) -> list[str]:
        """Of `testcluster up`, for what is left of a link: bits per second."""
        option = {"node": "--slow", "sending": "--slow-out", "receiving": "--slow-in", "link": "--slow-link"}[self.kind]
        return [option, f"{'-'.join(self.hosts)}={rate}bit"]


def draw_fault(seed: str, kind: str, hosts: int) -> Fault:
    """Of a kind, on hosts that the seed draws."""
    drawn = sorted(random.Random(seed).sample(range(1, hosts + 1), 2 if kind == "link" else 1))
    return Fault(kind, tuple(f"host{index}" for index in drawn))


@dataclasses.dataclass(frozen=True)
class Cell:
    """Launches that are alike."""
    planted: bool
    busy: bool
    hosts: int
    rate_mbit: int


def next_cell(cells: list[Cell], done: dict[Cell, int], launches: int) -> Cell | None:
    """The one with the fewest launches, in the order given; nothing when all have as many as asked for."""
    fewest = min(cells, key=lambda cell: done.get(cell, 0))
    return fewest if done.get(fewest, 0) < launches else None


def share_interval(count: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """Exact (Clopper and Pearson 1934) interval of a probability, from how often it came true; (0, 1) without a trial."""
    if trials == 0:
        return 0.0, 1.0
    tail = (1 - confidence) / 2

    def at_most(most: int, share: float) -> float:
        return sum(math.comb(trials, k) * share**k * (1 - share)**(trials - k) for k in range(most + 1))

    def solve(is_below) -> float:
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if is_below(middle) else (low, middle)
        return (low + high) / 2

    return (0.0 if count == 0 else solve(lambda share: 1 - at_most(count - 1, share) < tail),
            1.0 if count == trials else solve(lambda share: at_most(count, share) > tail))
