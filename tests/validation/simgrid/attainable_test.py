# SPDX-License-Identifier: Apache-2.0
"""What `plumbline bounds` says that an algorithm attains, against SMPI clusters that run just that algorithm.

    attainable_test.py     2, 4 and 8 nodes of 8 ranks that share their node's ports; exit status 77 without SimGrid

algorithms.cpp sends the messages. Each rank has links of its own inside its node (of rate L), and the ranks of a node
share its ports (of rate B). SMPI puts 16 bytes before each message. Where all messages are of one size those are a
larger array; where they are of several sizes, or nothing else tells them apart, they are so much latency.
"""
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
HEADER = 16
BYTES = 64 << 20
BETWEEN_S, INSIDE_S = 4e-6, 1e-6  # of a path: half in each of its two links
BAR = 1e-5
OPTIONS = ("smpi/simulate-computation:no", "smpi/bw-factor:0:1", "smpi/lat-factor:0:1", "network/crosstraffic:0", "network/TCP-gamma:0",
           "smpi/wtime:0", "smpi/send-is-detached-thresh:0", "smpi/coll-selector:ompi", "contexts/stack-size:1024")

# operation/algorithm -> headers of what passes a rank's links, and a node's ports, in a step; None: a larger array says it.
ALGORITHMS = {
    "allreduce/ring": None, "allgather/ring": None, "reduce_scatter/ring": None,
    "alltoall/direct": None, "alltoall/pairwise": None,
    "allreduce/hierarchical": lambda nodes: (1, A_NODE), "allgather/hierarchical": lambda nodes: (1, A_NODE),
    "alltoall/hierarchical": lambda nodes: (A_NODE - 1, A_NODE * (nodes - 1)),
    "broadcast/binomial": lambda nodes: (1, 1),
}


def platform(nodes, inside, ports):
    """A host a rank; ranks of a node over their own links, others over those of their nodes."""
    hosts, links, routes = [], [], []
    for node in range(nodes):
        for way in ("up", "down"):
            links.append(f'<link id="port_{way}{node}" bandwidth="{ports!r}Bps" latency="{BETWEEN_S / 2!r}s"/>')
    for rank in range(nodes * A_NODE):
        hosts.append(f'<host id="r{rank}" speed="1Gf"/>')
        for way in ("up", "down"):
            links.append(f'<link id="own_{way}{rank}" bandwidth="{inside!r}Bps" latency="{INSIDE_S / 2!r}s"/>')
    for a in range(nodes * A_NODE):
        for b in range(nodes * A_NODE):
            if a != b:
                near = a // A_NODE == b // A_NODE
                first, second = (f"own_up{a}", f"own_down{b}") if near else (f"port_up{a // A_NODE}", f"port_down{b // A_NODE}")
                routes.append(f'<route src="r{a}" dst="r{b}" symmetrical="NO"><link_ctn id="{first}"/><link_ctn id="{second}"/></route>')
    return ('<?xml version="1.0"?>\n<!DOCTYPE platform SYSTEM "https://simgrid.org/simgrid.dtd">\n<platform version="4.1">\n'
            '<zone id="all" routing="Full">\n' + "\n".join([*hosts, *links, *routes]) + "\n</zone>\n</platform>\n")


def attained(name, nodes, inside, ports):
    operation, algorithm = name.split("/")
    headers = ALGORITHMS[name]
    size = BYTES if headers else BYTES + HEADER * nodes * A_NODE
    near, far = headers(nodes) if headers else (0, 0)
    command = [PLUMBLINE, "bounds", "--nodes", str(nodes), "--ranks-per-node", str(A_NODE), "--ports", f"{ports / 1e9!r}GB/s", "--inside",
               f"{inside / 1e9!r}GB/s", "--latency", f"{BETWEEN_S + far * HEADER / ports!r}s", "--inside-latency",
               f"{INSIDE_S + near * HEADER / inside!r}s", "--bytes", str(size), "--format", "json"]
    rows = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)["rows"]
    row = next(row for row in rows if row["operation"] == operation)
    return next(found for found in row["algorithms"] if found["algorithm"] == algorithm)["time_s"]


class Attainable(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="plumbline-attainable-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        subprocess.run(["smpicxx", "-O1", "-std=c++20", ROOT / "tests/validation/simgrid/algorithms.cpp", "-o", cls.folder / "algorithms"],
                       check=True)

    def simulated(self, name, nodes, inside, ports):
        (self.folder / "platform.xml").write_text(platform(nodes, inside, ports), encoding="utf-8")
        (self.folder / "hosts").write_text("".join(f"r{rank}\n" for rank in range(nodes * A_NODE)), encoding="utf-8")
        done = subprocess.run(["smpirun", "-quiet", "-no-privatize", "-np", str(nodes * A_NODE), "-hostfile", "hosts", "-platform",
                               "platform.xml", "--log=root.threshold:error", *(f"--cfg={option}" for option in OPTIONS), "./algorithms",
                               name, str(BYTES), str(A_NODE)], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)
        return float(done.stdout.split()[-1])

    def test_every_form_is_what_a_cluster_takes_that_runs_just_that_algorithm(self):
        print(f"\n{'algorithm':<24}{'limit':<9}{'nodes':>6}{'SMPI [us]':>16}{'bounds [us]':>16}{'ratio-1':>11}")
        for limit, inside, ports in (("ports", 25e9, 12.5e9), ("inside", 1.25e9, 25e9)):
            for name in ALGORITHMS:
                for nodes in (2, 4, 8):
                    with self.subTest(name=name, limit=limit, nodes=nodes):
                        measured, said = self.simulated(name, nodes, inside, ports), attained(name, nodes, inside, ports)
                        print(f"{name:<24}{limit:<9}{nodes:>6}{measured * 1e6:>16.6f}{said * 1e6:>16.6f}{measured / said - 1:>+11.1e}", flush=True)
                        self.assertLessEqual(abs(measured / said - 1), BAR)


if __name__ == "__main__":
    if shutil.which("smpirun") is None or shutil.which("smpicxx") is None:
        print("skipped: SimGrid's smpirun was not found. Install libsimgrid-dev")
        sys.exit(77)
    unittest.main()
