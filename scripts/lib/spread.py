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


def state_borders(neighbour_times: list[float]) -> list[float]:
    """Between machine states: the middle of each gap of a factor 2 or more between the sorted times of a cache line."""
    ordered = sorted(neighbour_times)
    return [math.sqrt(a * b) for a, b in zip(ordered, ordered[1:]) if b >= 2 * a]


def state_of(neighbour_time: float, borders: list[float]) -> int:
    """0 the fastest."""
    return sum(neighbour_time > border for border in borders)
