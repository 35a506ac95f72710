# SPDX-License-Identifier: Apache-2.0
"""What scripts/experiments/simgrid-check runs, and the time that must come out: closed forms in seconds.

n ranks, L = ceil(log2 n), S bytes in all, c = S / n. Hockney's model with the 16 bytes that SMPI puts before each
message: message(b) = latency + (b + 16) / bandwidth. Algorithms are pinned, since MPI libraries choose by size.
"""

import dataclasses
import math
from collections.abc import Callable

from platform_xml import Nic, Platform, Trunks, crossbar

EXACT = 1e-5
APPROXIMATE = 1e-3
HEADER = 16
KIB, MIB = 1024, 1024 * 1024

NIC = Nic(2.5e9)
DRIFT = 5e-3  # of the fastest and the slowest clock
GROUP = 8  # hosts of a leaf, ranks of a host
SLOW, FAR = 5, 7  # the ranks whose NIC is slow, or far away in one direction

# Plumbline's own barrier, or the library's of the same algorithm, lets all ranks of a crossbar go at one moment; the
# other two are checked for what they do.
TOGETHER = {"mode": "dissemination", "clock": "local"}
BARRIER = {"mode": "barrier", "clock": "local"}
WINDOW = {"mode": "window", "clock": "hca3"}

# The most ranks, by how many messages an operation has.
FEW_MESSAGES = 20_000
RANKS_SQUARED = 2048
ALL_AT_ONCE = 256


@dataclasses.dataclass(frozen=True)
class Expected:
    """A case of the scenario (its YAML) and the time that it must take."""

    pattern: dict
    seconds: float
    parts: dict = dataclasses.field(default_factory=dict)  # of the step: "data" -> seconds of each rank that is blocked in it

    @property
    def label(self) -> str:
        size = self.pattern.get("bytes", self.pattern.get("activation_bytes", 0))
        return f"{self.pattern['pattern']} {size} B"


@dataclasses.dataclass(frozen=True)
class Case:
    name: str
    form: str
    rows: Callable  # ranks, Platform -> list of Expected
    pins: tuple = ()
    platform: Callable = lambda ranks: crossbar(ranks, NIC)
    sync: dict = dataclasses.field(default_factory=lambda: TOGETHER)
    bar: float = EXACT
    ranks: int = 0  # where it always has this many
    fewest: int = 2
    most: int = RANKS_SQUARED  # FEW_MESSAGES, RANKS_SQUARED or ALL_AT_ONCE
    multiple_of: int = 1
    powers_of_2: bool = False
    environment: tuple = ()  # (name, value) of variables

    @property
    def is_plain(self) -> bool:
        """Whether it runs on the crossbar that --platform may replace."""
        return not self.ranks and self.platform(GROUP * GROUP) == crossbar(GROUP * GROUP, NIC)

    def start(self, ranks: int) -> tuple:
        """How samples start, and what must be pinned for it. Plumbline's barrier takes pages of each rank, which many
        ranks can't afford here."""
        if self.sync == TOGETHER and ranks > RANKS_SQUARED:
            return BARRIER, ("smpi/barrier:ompi_bruck",)
        return self.sync, ()

    def refusal(self, ranks: int) -> str:
        """Why it can't run at that many ranks; empty when it can."""
        if self.ranks:
            return ""
        if ranks < self.fewest:
            return f"its closed form holds from {self.fewest} ranks on"
        if ranks > self.most:
            return f"its messages grow with ranks squared, which takes hours above {self.most} ranks"
        if ranks % self.multiple_of:
            return f"its ranks come in groups of {self.multiple_of}"
        if self.powers_of_2 and ranks & (ranks - 1):
            return "its algorithm is for powers of two"
        return ""


def alpha(nic: Nic) -> float:
    return nic.up_s + nic.down_s


def message(size: float, nic: Nic) -> float:
    return alpha(nic) + (size + HEADER) / nic.bandwidth


def log2_ceil(n: int) -> int:
    return (n - 1).bit_length()


def affordable(n: int, size: int, small: int) -> int:
    """All ranks' buffers lie in this machine's memory."""
    return size if n <= RANKS_SQUARED else small


def pingpong(large: int) -> Callable:
    def rows(n: int, platform: Platform) -> list:
        return [Expected({"pattern": "pingpong", "bytes": size}, 2 * message(size, platform.nics[0]))
                for size in (8, affordable(n, large, 4 * KIB))]

    return rows


def barrier(n: int, platform: Platform) -> list:
    return [Expected({"pattern": "barrier"}, log2_ceil(n) * message(0, platform.nics[0]))]


def ring(n: int, platform: Platform) -> list:
    return [Expected({"pattern": "allreduce", "bytes": n * KIB}, 2 * (n - 1) * message(KIB, platform.nics[0]))]


def slow_ring(n: int, platform: Platform) -> list:
    """All wait for the slow NIC in each step. It also leaves the L rounds of the barrier before (1 byte each) late, in
    all but one of them by what its own messages take longer."""
    fast, slow = platform.nics[0], platform.nics[SLOW]
    skew_s = (log2_ceil(n) - 1) * (message(1, slow) - message(1, fast))
    return [Expected({"pattern": "allreduce", "bytes": n * KIB}, 2 * (n - 1) * message(KIB, slow) + skew_s)]


def rabenseifner(n: int, platform: Platform) -> list:
    """Halving and doubling among the largest power of two; the others hand in all of it before and get it after."""
    nic, size = platform.nics[0], affordable(n, MIB, 32 * KIB)
    steps = n.bit_length() - 1
    seconds = sum(2 * message(size / 2**k, nic) for k in range(1, steps + 1))
    left_over_s = 0 if n == 2**steps else 2 * message(size, nic)
    return [Expected({"pattern": "allreduce", "bytes": size}, seconds + left_over_s)]


def alltoall(n: int, seconds: float) -> list:
    return [Expected({"pattern": "alltoall", "bytes": n * KIB}, seconds)]


def pairwise(n: int, platform: Platform) -> list:
    return alltoall(n, (n - 1) * message(KIB, platform.nics[0]))


def pairwise_after_tree(n: int, platform: Platform) -> list:
    """Down the binomial tree a rank sends to all of its children at once, L of them from the root, L - 1 from the child
    with the largest subtree, and so on: the root is out L latencies and L (L + 1) / 2 headers before the last."""
    nic, steps = platform.nics[0], log2_ceil(n)
    exit_skew_s = steps * alpha(nic) + steps * (steps + 1) / 2 * HEADER / nic.bandwidth
    return alltoall(n, (n - 1) * message(KIB, nic) + exit_skew_s)


def pairwise_shared(n: int, platform: Platform) -> list:
    nic, g = platform.nics[0], platform.ranks_per_host
    return alltoall(n, (n - 1) * (alpha(nic) + g * (KIB + HEADER) / nic.bandwidth))


def bruck(n: int, platform: Platform) -> list:
    return alltoall(n, log2_ceil(n) * message(n * KIB / 2, platform.nics[0]))


def oversubscribed(n: int, platform: Platform) -> list:
    """All messages at once: what leaves a NIC, or a leaf of k hosts, shares its link fairly."""
    nic, trunks = platform.nics[0], platform.trunks
    through_nic = alpha(nic) + (n - 1) * (KIB + HEADER) / nic.bandwidth
    across = trunks.hosts * (n - trunks.hosts)
    through_trunk = alpha(nic) + 2 * trunks.latency_s + across * (KIB + HEADER) / trunks.bandwidth
    return alltoall(n, max(through_nic, through_trunk))


def far_pingpong(n: int, platform: Platform) -> list:
    """Any clock that is compared by messages is off by half of what their ways differ (here in one rank's case)."""
    nic, far = platform.nics[0], platform.nics[FAR]
    detour_s = alpha(far) - alpha(nic)
    return [Expected({"pattern": "pingpong", "bytes": 8}, 2 * message(8, nic) + detour_s + detour_s / 2)]


def drifting_pingpong(n: int, platform: Platform) -> list:
    """Starts are common although no two clocks agree; each rank's time is by its own clock, and the slowest rank's counts."""
    return [Expected({"pattern": "pingpong", "bytes": size}, 2 * message(size, platform.nics[0]) * (1 + DRIFT)) for size in (8, 64 * KIB)]


def pipeline(schedule: str, exposed: Callable) -> Callable:
    """(m + p - 1)(f + b) for m micro-batches and p stages, and the messages that no compute hides."""
    forward_s, backward_s = 1e-3, 2e-3

    def rows(p: int, platform: Platform) -> list:
        made = []
        for m, size in ((8, 8), (8, affordable(p, 64 * KIB, KIB)), (affordable(p, 48, 9), KIB)):
            pattern = {"pattern": "pipeline", "schedule": schedule, "microbatches": m, "activation_bytes": size,
                       "forward": f"{forward_s}s", "backward": f"{backward_s}s"}
            compute_s = (m + p - 1) * (forward_s + backward_s)
            made.append(Expected(pattern, compute_s + exposed(m, p) * message(size, platform.nics[0])))
        return made

    return rows


def blocking_step(n: int, platform: Platform) -> list:
    """Compute, and a ring whose slowest hop sets its pace."""
    compute_s, size = 5e-3, n * 4 * KIB
    pattern = {"pattern": "data_parallel", "compute": f"{compute_s}s", "gradient_bytes": size}
    return [Expected(pattern, compute_s + 2 * (n - 1) * message(4 * KIB, platform.nics[0]))]


@dataclasses.dataclass(frozen=True)
class Step:
    """A training step by GPipe whose gradients are reduced at its end: the published model's layers and heads, of few
    and short sequences, in float32, since all ranks' buffers lie in this machine's memory."""

    tensor: int
    pipeline: int
    layers: int = 96
    hidden: int = 128
    sequence: int = 16
    vocabulary: int = 1024
    microbatches: int = 2
    flops: float = 2e10  # of a rank in a second

    def pattern(self) -> dict:
        model = {"layers": self.layers, "hidden": self.hidden, "heads": 128, "sequence": self.sequence, "vocabulary": self.vocabulary}
        return {"pattern": "training_step", "model": model, "tensor": self.tensor, "pipeline": self.pipeline, "schedule": "gpipe",
                "grid_order": "tensor-pipeline-data", "batch_per_replica": self.microbatches, "compute_flops": self.flops,
                "dtype": "float32", "sharding": "none", "gradients": "exposed"}

    def compute_s(self) -> float:
        """Of a layer, forward and backward, each in two halves; a simulated sleep lasts whole nanoseconds."""
        l, h, s, v = self.layers, self.hidden, self.sequence, self.vocabulary
        forward_s = 72 * s * h * h * (1 + s / (6 * h) + v / (12 * l * h)) / 3 / self.tensor / self.flops
        return 2 * (math.ceil(forward_s / 2 * 1e9) + math.ceil(forward_s * 1e9)) / 1e9

    def expected(self, ranks: int, nic: Nic, across: Callable) -> Expected:
        """f and b with their rings in tensor teams of t, two each way a layer, all of it (m+p-1) times; messages of A bytes
        between the stages; a ring in each data team of d, whose messages of G/d bytes take across(G/d). A stage's last
        message leaves together with the first of that ring (which is not shorter): each waits for the other's bytes."""
        l, h, s, v, t, p, m = self.layers, self.hidden, self.sequence, self.vocabulary, self.tensor, self.pipeline, self.microbatches
        d, layers, activation = ranks // (t * p), l // p, s * h * 4
        compute_s = layers * self.compute_s()
        tensor_s = layers * 4 * 2 * (t - 1) * message(activation / t, nic)
        elements = int(12 * h * h * (1 + 13 / (12 * h) + (v + s) / (12 * l * h)) / t) * layers
        data_s = 2 * (d - 1) * across(-(-elements // d) * 4)
        shared_s = (activation + HEADER) / nic.bandwidth if d > 1 else 0
        messages_s = (2 * (m + p - 2) * message(activation, nic) + (p - 1) * shared_s) if p > 1 else 0
        parts = {"compute": [m * compute_s] * ranks, "tensor": [m * tensor_s] * ranks}
        if d > 1:
            parts["data"] = [data_s + (shared_s if rank // t % p > 0 else 0) for rank in range(ranks)]
        return Expected(self.pattern(), (m + p - 1) * (compute_s + tensor_s) + messages_s + data_s, parts)


def split(tensor: int, pipeline: int, layers: int) -> Callable:
    def rows(n: int, platform: Platform) -> list:
        nic = platform.nics[0]
        return [Step(tensor, pipeline, layers).expected(n, nic, lambda size: message(size, nic))]

    return rows


def split_over_leaves(n: int, platform: Platform) -> list:
    """A leaf is a tensor team, and all its ranks reduce at once, each with one rank of every leaf."""
    nic, trunks = platform.nics[0], platform.trunks
    rate = min(nic.bandwidth, trunks.bandwidth / GROUP)
    return [Step(GROUP, 1, layers=8).expected(n, nic, lambda size: alpha(nic) + 2 * trunks.latency_s + (size + HEADER) / rate)]


def leaves(bandwidth: float) -> Callable:
    return lambda ranks: Platform((NIC,) * ranks, trunks=Trunks(GROUP, bandwidth))


def one_other(rank: int, nic: Nic) -> Callable:
    return lambda ranks: Platform((NIC,) * rank + (nic,) + (NIC,) * (ranks - rank - 1))


def oversubscription(factor: int) -> Case:
    return Case(f"leaves-1:{factor}", f"alltoall, {GROUP} hosts a leaf, trunk for {GROUP // factor} of them: max over NIC "
                "(n-1)(c+16)/B, trunk k(n-k)(c+16)/T, plus the path's latency", oversubscribed,
                ("smpi/alltoall:basic_linear",), leaves(GROUP // factor * NIC.bandwidth), fewest=32, most=ALL_AT_ONCE, multiple_of=GROUP)


def oversubscribed_step(factor: int) -> Case:
    return Case(f"step-leaves-1:{factor}", f"training_step, tensor {GROUP} = a leaf, trunk for {GROUP // factor} of its hosts: m(f+b) + "
                "2(d-1)(latency + (G/d+16)/min(B, T/k))", split_over_leaves, (RING,), leaves(GROUP // factor * NIC.bandwidth),
                fewest=2 * GROUP, most=ALL_AT_ONCE, multiple_of=GROUP)


RING = "smpi/allreduce:lr"
PAIR = "smpi/alltoall:pair"
EAGER = "smpi/send-is-detached-thresh:65536"

ALL_CASES = (
    Case("pingpong", "2 message(S)", pingpong(64 * KIB), most=FEW_MESSAGES),
    Case("pingpong-64MiB", "2 message(S) over 25 GB/s", pingpong(64 * MIB), (), lambda n: crossbar(n, Nic(25e9)), ranks=2),
    Case("barrier", "L message(0)", barrier, ("smpi/barrier:ompi_bruck",), most=FEW_MESSAGES),
    Case("ring", "2(n-1) message(c)", ring, (RING,)),
    Case("rabenseifner", "sum over k of 2 message(S/2^k); not a power of two: and 2 message(S)", rabenseifner,
         ("smpi/allreduce:rab_rdb",), most=FEW_MESSAGES),
    Case("pairwise", "(n-1) message(c)", pairwise, (PAIR,), powers_of_2=True),
    Case("bruck", "L message(S/2)", bruck, ("smpi/alltoall:bruck",), powers_of_2=True),
    Case("gpipe", "(m+p-1)(f+b) + 2(m+p-2) message(S)", pipeline("gpipe", lambda m, p: 2 * (m + p - 2)), most=FEW_MESSAGES),
    Case("1f1b", "as gpipe, one message less", pipeline("1f1b", lambda m, p: 2 * (m + p - 2) - 1), most=FEW_MESSAGES),
    Case("data-parallel", "compute + 2(n-1) message(c)", blocking_step, (RING,)),
    Case("step-2x4", "training_step, tensor 2, pipeline 4, data d = n/8: (m+p-1)(f+b) + 2(m+p-2) message(A) + 2(d-1) message(G/d) + "
         "(p-1)(A+16)/B, with 2 x 2(t-1) message(A/t) a layer in each of f and b", split(2, 4, 16), (RING,), fewest=GROUP, most=1024, multiple_of=GROUP),
    Case("step-8x8", "the same, tensor 8, pipeline 8, data d = n/64", split(8, 8, 96), (RING,), fewest=64, most=1024, multiple_of=64),
    oversubscribed_step(1),
    oversubscribed_step(4),
    oversubscription(1),
    oversubscription(2),
    oversubscription(4),
    Case("shared-nic", f"alltoall, g = {GROUP} ranks share a NIC: (n-1)(latency + g(c+16)/B)", pairwise_shared, (PAIR,),
         lambda n: Platform((NIC,) * (n // GROUP), GROUP), multiple_of=GROUP, powers_of_2=True),
    Case("slow-nic", "ring, one NIC of half the rate: 2(n-1) message(c) of that NIC, and (L-1) 1-byte messages' "
         "difference, by which it starts late", slow_ring, (RING,),
         one_other(SLOW, Nic(NIC.bandwidth / 2)), fewest=GROUP),
    Case("barrier-start", "pairwise, started by a tree barrier of the library: plus its exit skew, L latencies and "
         "L(L+1)/2 headers, which is the bias of sync mode barrier", pairwise_after_tree,
         (PAIR, EAGER, "smpi/barrier:ompi_tree"), sync=BARRIER, powers_of_2=True),
    Case("window-start", "pairwise, started by a window: without that bias", pairwise, (PAIR,), sync=WINDOW, powers_of_2=True),
    Case("asymmetric-path", "pingpong, one way of one rank 4 us longer: plus those 4 us, and half of them because its "
         "clock can't be known better; bar 1e-3: a window opens on a whole nanosecond", far_pingpong, (),
         one_other(FAR, Nic(NIC.bandwidth, up_s=5e-6)), WINDOW, APPROXIMATE, fewest=GROUP),
    Case("clock-drift", "pingpong by clocks that run at 1 - D to 1 + D of the time, D = 0.5 %, and are up to 6 ms apart: 2 message(S) "
         "times 1 + D, which is what the fastest clock says; bar 1e-3 as above", drifting_pingpong, (), sync=WINDOW, bar=APPROXIMATE,
         fewest=GROUP, environment=(("PLUMBLINE_SIMULATED_DRIFT", str(DRIFT)),)),
)
