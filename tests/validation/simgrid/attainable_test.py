# SPDX-License-Identifier: Apache-2.0
"""What `plumbline bounds` says that an algorithm attains, against SMPI clusters that run just that algorithm.

    attainable_test.py     2, 4 and 8 nodes of 8 ranks that share their node's ports; exit status 77 without SimGrid

algorithms.cpp sends the messages. Each rank has links of its own inside its node (of rate L), the ranks of a node share its ports (of
rate B together), and where there are leaves the nodes of one share its up-links (of rate K). A switch that reduces is a rank more, which
has no links but those of others.

The form of a pipelined algorithm is that of infinitely many chunks, whose latencies hide behind the others' bytes. Its two terms are
looked at by themselves: bytes on links without latency, as 2 T(2m) - T(m) chunks (the pipeline is filled in a time like 1/m, which T(4m)
shows); latency on links of unlimited rate, by one chunk.
"""
import dataclasses
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
PLUMBLINE = os.environ.get("PLUMBLINE", str(ROOT / "build/dev/harness/plumbline"))
A_NODE = 8
BYTES = 64 << 20
FEW_BYTES = 1 << 10
BETWEEN_S, INSIDE_S = 4e-6, 1e-6  # of a path: half in the links at each of its ends
UNLIMITED = 1e18
BAR = 1e-5
CHUNKS = (32, 64, 128)
OPTIONS = ("smpi/simulate-computation:no", "smpi/bw-factor:0:1", "smpi/lat-factor:0:1", "network/crosstraffic:0", "network/TCP-gamma:0",
           "smpi/wtime:0", "smpi/send-is-detached-thresh:0", "smpi/coll-selector:ompi", "contexts/stack-size:1024",
           # Lazily updated, flows of unlike paths from one host get more than a link has (3.32: 48 MiB over 2 GB/s in the time of 34).
           "network/optim:Full")

PLAIN = ("allreduce/ring", "allgather/ring", "reduce_scatter/ring", "allreduce/hierarchical", "allgather/hierarchical",
         "reduce_scatter/hierarchical", "alltoall/direct", "alltoall/pairwise", "alltoall/hierarchical", "broadcast/binomial",
         "reduce/binomial", "gather/binomial", "scatter/binomial", "gather/direct", "scatter/direct", "sendrecv/direct")
PIPELINED = ("allreduce/tree", "allreduce/nvls", "allreduce/sharp", "allreduce/sharp+nvls", "broadcast/ring", "reduce/ring")
ON_ONE_NODE = ("allreduce/nvls", "reduce_scatter/nvls", "allgather/nvls")
RAILS = "allreduce/ring:2"
REDUCES = {"nvls": ["inside"], "sharp": ["between"], "sharp+nvls": ["inside", "between"]}


@dataclasses.dataclass(frozen=True)
class Links:
    """Bytes per second, and seconds of a path."""
    inside: float = 25e9
    ports: float = 12.5e9  # of a node together
    a_node: int = 1        # ports, rank by rank
    leaf: float | None = None
    inside_s: float = INSIDE_S
    between_s: float = BETWEEN_S


LIMITS = {"ports": Links(), "inside": Links(inside=1.25e9, ports=25e9)}
LATENCY = Links(UNLIMITED, UNLIMITED)


def nodes_a_leaf(nodes):
    return max(1, nodes // 4)


def with_leaves(nodes, oversubscribed=2.5):
    """Up-links of a leaf that carry so much less than its nodes' ports."""
    return Links(leaf=nodes_a_leaf(nodes) * Links().ports / oversubscribed)


def platform(nodes, links):
    """A host a rank and a switch. Ranks of a node talk over their own links, others over those of their nodes, and of their leaves."""
    ranks, leaf = nodes * A_NODE, nodes_a_leaf(nodes) if links.leaf else nodes
    leaves = -(-nodes // leaf)
    made, routes = [], {}

    def add_links(name, rate, latency_s):
        made.extend(f'<link id="{name}_{way}" bandwidth="{rate!r}Bps" latency="{latency_s!r}s"/>' for way in ("up", "down"))

    def add_route(source, target, *over):
        routes[source, target] = over

    def port(rank):
        return f"port{rank // A_NODE}.{rank % A_NODE * links.a_node // A_NODE}"

    for node in range(nodes):
        for one in range(links.a_node):
            add_links(f"port{node}.{one}", links.ports / links.a_node, links.between_s / 2)
    for rank in range(ranks):
        add_links(f"own{rank}", links.inside, links.inside_s / 2)
        add_route(f"r{rank}", f"r{ranks + rank // A_NODE}", f"own{rank}_up")
        add_route(f"r{ranks + rank // A_NODE}", f"r{rank}", f"own{rank}_down")
        above = ranks + nodes + rank // A_NODE // leaf
        add_route(f"r{rank}", f"r{above}", f"{port(rank)}_up")
        add_route(f"r{above}", f"r{rank}", f"{port(rank)}_down")
    for one in range(leaves):
        add_links(f"leaf{one}", links.leaf or UNLIMITED, 0.0)
        add_route(f"r{ranks + nodes + one}", f"r{ranks + nodes + leaves}", f"leaf{one}_up")
        add_route(f"r{ranks + nodes + leaves}", f"r{ranks + nodes + one}", f"leaf{one}_down")
    for a in range(ranks):
        for b in range(ranks):
            leaf_a, leaf_b = a // A_NODE // leaf, b // A_NODE // leaf
            if a != b and a // A_NODE == b // A_NODE:
                add_route(f"r{a}", f"r{b}", f"own{a}_up", f"own{b}_down")
            elif a != b:
                across = (f"leaf{leaf_a}_up", f"leaf{leaf_b}_down") if leaf_a != leaf_b else ()
                add_route(f"r{a}", f"r{b}", f"{port(a)}_up", *across, f"{port(b)}_down")
    hosts = [f"r{rank}" for rank in range(ranks + nodes + leaves + 1)]
    made.append(f'<link id="control" bandwidth="{UNLIMITED!r}Bps" latency="0s"/>')  # times are collected over it
    lines = [f'<host id="{host}" speed="1Gf"/>' for host in hosts] + made
    for a, b in itertools.permutations(hosts, 2):
        over = "".join(f'<link_ctn id="{name}"/>' for name in routes.get((a, b), ["control"]))
        lines.append(f'<route src="{a}" dst="{b}" symmetrical="NO">{over}</route>')
    return ('<?xml version="1.0"?>\n<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">\n<platform version="4.1">\n'
            '<zone id="all" routing="Full">\n' + "\n".join(lines) + "\n</zone>\n</platform>\n")


def attained(name, nodes, links, size):
    """What plumbline says. A ring over some of the ports is one over as many ports as there are."""
    operation, algorithm = name.split("/")
    kind, _, rails = algorithm.partition(":")
    kind = kind.partition("+")[0]
    command = [PLUMBLINE, "bounds", "--nodes", str(nodes), "--ranks-per-node", str(A_NODE), "--inside", f"{links.inside / 1e9!r}GB/s",
               "--inside-latency", f"{links.inside_s!r}s", "--bytes", str(size), "--format", "json"]
    if nodes > 1:
        command += ["--ports", f"{rails or links.a_node}x{links.ports / links.a_node / 1e9!r}GB/s", "--latency", f"{links.between_s!r}s"]
    if links.leaf:
        command += ["--leaf", f"{nodes_a_leaf(nodes)}x{links.leaf / 1e9!r}GB/s"]
    if algorithm in REDUCES:
        command += ["--reduces", ",".join(REDUCES[algorithm])]
    rows = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)["rows"]
    row = next(row for row in rows if row["operation"] == operation)
    return next(found for found in row["algorithms"] if found["algorithm"] == kind)["time_s"]


class Attainable(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="plumbline-attainable-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        subprocess.run(["smpicxx", "-O1", "-std=c++20", ROOT / "tests/validation/simgrid/algorithms.cpp", "-o", cls.folder / "algorithms"],
                       check=True)
        print(f"\n{'algorithm':<28}{'limit':<9}{'nodes':>6}{'SMPI [us]':>16}{'bounds [us]':>16}{'ratio-1':>11}")

    def simulated(self, name, nodes, links, size, chunks=()):
        """Seconds, for each number of chunks."""
        switches = nodes + (-(-nodes // nodes_a_leaf(nodes)) if links.leaf else 1) + 1
        ranks = nodes * A_NODE + (switches if name.split("/")[1] in REDUCES else 0)
        (self.folder / "platform.xml").write_text(platform(nodes, links), encoding="utf-8")
        (self.folder / "hosts").write_text("".join(f"r{rank}\n" for rank in range(ranks)), encoding="utf-8")
        leaf = nodes_a_leaf(nodes) if links.leaf else nodes
        done = subprocess.run(["smpirun", "-quiet", "-no-privatize", "-np", str(ranks), "-hostfile", "hosts", "-platform", "platform.xml",
                               "--log=root.threshold:error", *(f"--cfg={option}" for option in OPTIONS), "./algorithms", name, str(size),
                               str(nodes), str(A_NODE), str(leaf), *map(str, chunks)], cwd=self.folder, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        return [float(line) for line in done.stdout.split()]

    def compare(self, name, limit, nodes, measured, said):
        print(f"{name:<28}{limit:<9}{nodes:>6}{measured * 1e6:>16.6f}{said * 1e6:>16.6f}{measured / said - 1:>+11.1e}", flush=True)
        self.assertLessEqual(abs(measured / said - 1), BAR)

    def check(self, name, limit, nodes, links):
        with self.subTest(name=name, limit=limit, nodes=nodes):
            (measured,) = self.simulated(name, nodes, links, BYTES)
            self.compare(name, limit, nodes, measured, attained(name, nodes, links, BYTES))

    def check_pipelined(self, name, limit, nodes, links):
        with self.subTest(name=name, limit=limit, nodes=nodes):
            fluid = dataclasses.replace(links, inside_s=0.0, between_s=0.0)
            few, more, most = self.simulated(name, nodes, fluid, BYTES, CHUNKS)
            self.compare(name, limit, nodes, 2 * most - more, attained(name, nodes, fluid, BYTES))
            self.assertLessEqual(abs((2 * more - few) / (2 * most - more) - 1), BAR)

    def check_latency(self, name, nodes):
        with self.subTest(name=name, limit="latency", nodes=nodes):
            (measured,) = self.simulated(name, nodes, LATENCY, FEW_BYTES, [1])
            self.compare(name, "latency", nodes, measured, attained(name, nodes, LATENCY, FEW_BYTES))

    def test_every_form_is_what_a_cluster_takes_that_runs_just_that_algorithm(self):
        for limit, links in LIMITS.items():
            for nodes in (2, 4, 8):
                for name in PLAIN:
                    self.check(name, limit, nodes, links)

    def test_pipelined_forms_are_what_many_chunks_take(self):
        for nodes in (2, 4, 8):
            for name in PIPELINED:
                for limit, links in LIMITS.items():
                    self.check_pipelined(name, limit, nodes, links)
                self.check_latency(name, nodes)
        for name in ON_ONE_NODE:
            self.check_pipelined(name, "inside", 1, LIMITS["inside"])
            self.check_latency(name, 1)

    def test_leaves_that_are_oversubscribed_slow_what_crosses_them(self):
        for nodes in (2, 4, 8):
            for name in PLAIN:
                self.check(name, "leaf", nodes, with_leaves(nodes))
            for name in PIPELINED:
                self.check_pipelined(name, "leaf", nodes, with_leaves(nodes))

    def test_rings_over_two_of_four_ports_have_half_of_them(self):
        for limit, links in LIMITS.items():
            for nodes in (2, 4, 8):
                self.check(RAILS, limit, nodes, dataclasses.replace(links, a_node=4))


if __name__ == "__main__":
    if shutil.which("smpirun") is None or shutil.which("smpicxx") is None:
        print("skipped: SimGrid's smpirun was not found. Install libsimgrid-dev")
        sys.exit(77)
    unittest.main()
