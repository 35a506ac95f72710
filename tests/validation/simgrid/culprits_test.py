# SPDX-License-Identifier: Apache-2.0
"""Whom `plumbline diagnose` names on simulated clusters (SimGrid's SMPI) with a planted slow NIC, a slow leaf, or neither.

  culprits_test.py RANKS      77, which CTest takes for a skip, where this machine has no SimGrid
"""
import dataclasses
import importlib.machinery
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/validation/simgrid"))
from platform_xml import Nic, Platform, Trunks  # noqa: E402

SKIPPED = 77
NIC = Nic(2.5e9)
HOSTS_OF_A_LEAF = 8
FAT = Trunks(HOSTS_OF_A_LEAF, HOSTS_OF_A_LEAF * NIC.bandwidth)  # full bisection: nobody waits for a trunk
SIZE = 1024 * 1024
SCENARIO = json.dumps({
    "plumbline": 1, "name": "culprits", "scale": {"ranks": ["all"]}, "batch": 1, "sync": {"mode": "dissemination", "clock": "local"},
    "stop": {"max_seconds": 1e6}, "cases": [{"pattern": "links", "bytes": SIZE, "passes": 1}]})


@dataclasses.dataclass(frozen=True)
class Planted:
    """What must be named: its kind and members, and nothing else. The change of the rate is between two bounds."""

    name: str
    platform: Platform
    kind: str = ""
    members: tuple = ()
    change: tuple = (0, 0)


def selfcheck():
    loader = importlib.machinery.SourceFileLoader("selfcheck", str(ROOT / "scripts/experiments/simgrid-check"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("selfcheck", loader))
    sys.modules["selfcheck"] = module
    loader.exec_module(module)
    return module


def planted(ranks: int) -> list:
    slow_node, slow_leaf = ranks // 2 + 5, 2
    half = dataclasses.replace(NIC, bandwidth=NIC.bandwidth / 2)
    nics = tuple(half if i == slow_node else NIC for i in range(ranks))
    # One message at a time at half the rate; the latency, which stays, and the empty answer are less than 1 % of it.
    node = Planted("slow node", Platform(nics, trunks=FAT), "node", (slow_node,), (-0.51, -0.49))
    # All eight of the leaf share a trunk of three NICs wherever they all talk to others, which is most of the rounds.
    narrow = dataclasses.replace(FAT, slow=((slow_leaf, 3 * NIC.bandwidth),))
    first = slow_leaf * HOSTS_OF_A_LEAF
    leaf = Planted("slow leaf", Platform((NIC,) * ranks, trunks=narrow), "leaf", tuple(range(first, first + HOSTS_OF_A_LEAF)),
                   (-0.64, -0.40))
    return [Planted("nothing", Platform((NIC,) * ranks, trunks=FAT)), node, leaf]


def objection(case: Planted, findings: list) -> str:
    """What is wrong with what was named; empty when it is right."""
    if [(f["kind"], tuple(f["members"])) for f in findings] != ([(case.kind, case.members)] if case.kind else []):
        return "not what was planted"
    if case.kind and not case.change[0] <= findings[0]["change"] <= case.change[1]:
        return f"its change is not from {case.change[0]} to {case.change[1]}"
    return ""


def main() -> int:
    if shutil.which("smpirun") is None:
        print("skipped: SimGrid's smpirun was not found. Install libsimgrid-dev")
        return SKIPPED
    ranks, oracle = int(sys.argv[1]), selfcheck()
    program, good = oracle.build(), True
    with tempfile.TemporaryDirectory(prefix="plumbline-culprits-") as scratch:
        for case in planted(ranks):
            folder = pathlib.Path(scratch) / case.name.replace(" ", "-")
            folder.mkdir()
            begin = time.monotonic()
            file = oracle.simulate(program, (), case.platform, SCENARIO, folder)
            took = time.monotonic() - begin
            said = subprocess.run([os.environ["PLUMBLINE"], "diagnose", file, "--format", "json"], text=True, capture_output=True)
            if said.returncode != 0:
                print(f"{case.name}: diagnose ended with status {said.returncode}: {said.stderr}")
                return 1
            findings = json.loads(said.stdout)["cases"][0]["findings"]
            wrong = objection(case, findings)
            good = good and not wrong
            print(f"{ranks} ranks, {case.name} ({took:.0f} s): {'; '.join(f['text'] for f in findings) or 'none named'}"
                  f"{' -- WRONG: ' + wrong if wrong else ''}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
