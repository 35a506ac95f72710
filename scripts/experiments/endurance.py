#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a soak survives on this machine: faults in a row, deaths of its supervisor, a million steps.

    PLUMBLINE=build/dev/harness/plumbline scripts/experiments/endurance.py faults [COUNT]       200
    PLUMBLINE=build/dev/harness/plumbline scripts/experiments/endurance.py supervisor [COUNT]   100
    PLUMBLINE=build/dev/harness/plumbline scripts/experiments/endurance.py memory [STEPS]       1000000

Exit status 0 when nothing is lost. What it prints goes to docs/validation/endurance.md. Needs mpirun.
"""
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import time

PLUMBLINE = os.path.abspath(os.environ.get("PLUMBLINE", "plumbline"))
MPIRUN = ["mpirun", "-n", "2"]
SCENARIO = """
plumbline: 1
name: endurance
scale: {ranks: all}
oversubscribe: true
checkpoint: {every: 200ms, bytes_per_rank: 64KiB}
cases:
  - {pattern: data_parallel, compute: 500us, gradient_bytes: 16KiB}
"""
MASK = (1 << 64) - 1


def splitmix(x):
    x = ((x ^ (x >> 30)) * 0xbf58476d1ce4e5b9) & MASK
    x = ((x ^ (x >> 27)) * 0x94d049bb133111eb) & MASK
    return x ^ (x >> 31)


def digest_after(rank, steps):
    """The state of a rank that did each of `steps` steps once, in order."""
    state = 0
    for step in range(steps):
        state = splitmix(state ^ splitmix((rank + (step + 1) * 0x9e3779b97f4a7c15) & MASK))
    return state


def state_is_undisturbed(folder):
    for rank in range(2):
        newest = max((folder / f"checkpoints/rank-{rank:06}").glob("*.checkpoint"))
        header = newest.read_bytes()[:256].decode()
        steps = int(re.search(r" steps=(\d+)", header)[1])
        if int(re.search(r" digest=(\w+)", header)[1], 16) != digest_after(rank, steps):
            return False
    return True


def soak_of(folder):
    return json.loads(subprocess.run([PLUMBLINE, "show", folder, "--format", "json"], capture_output=True, check=True).stdout)


def faults(folder, count):
    (folder / "f.yaml").write_text(
        f"faults: [{{kind: random, of: [kill, kill_launcher, corrupt, missing, kill], every: 500ms, seed: 1, times: {count}}}]\n")
    subprocess.run([PLUMBLINE, "endure", folder / "s.yaml", "--for", "1h", "--until-recoveries", str(count), "-o", folder / "soak",
                    "--inject", folder / "f.yaml", "--hang-after", "10s", "--", *MPIRUN], check=False)
    soak = soak_of(folder / "soak")
    events = soak["events"]
    right = state_is_undisturbed(folder / "soak")
    times = sorted(e["recovery_s"] for e in events)
    print(f"{len(events)} interruptions, {soak['soak']['recoveries']} recoveries, {soak['soak']['steps']} steps, "
          f"not injected: {soak['soak']['interruptions']}, state as undisturbed: {right}, "
          f"recovery median {times[len(times) // 2]:.2f} s, longest {times[-1]:.2f} s")
    return right and soak["soak"]["recoveries"] >= count


def supervisor(folder, count):
    generator = random.Random(1)
    begin = [PLUMBLINE, "endure", folder / "s.yaml", "--for", "2h", "-o", folder / "soak", "--", *MPIRUN]
    lacking = 0
    for kill in range(count):
        command = begin if not (folder / "soak/journal.txt").exists() else [PLUMBLINE, "endure", "--resume", folder / "soak"]
        log = folder / "log.txt"
        with open(log, "w") as err:
            process = subprocess.Popen(command, stderr=err, stdout=err)
            time.sleep(generator.uniform(0.05, 1.5))
            process.kill()
            process.wait()
        reported = [line for line in log.read_text().splitlines() if re.search(r"plumbline: (launch|\d+ ranks on|goes on from|begins with)", line)]
        if not (folder / "soak/journal.txt").exists():
            continue
        journal = (folder / "soak/journal.txt").read_bytes()
        for line in reported:
            number = re.search(r"launch (\d+)", line)
            if number and journal.count(b"\tsegment\t") < int(number[1]):
                lacking += 1
            step = re.search(r"checkpoint of step (\d+)", line)
            if step and f"step={step[1]}".encode() not in journal:
                lacking += 1
        if kill % 10 == 9:
            print(f"{kill + 1} deaths", flush=True)
    process = subprocess.Popen([PLUMBLINE, "endure", "--resume", folder / "soak"])
    time.sleep(10)
    process.terminate()
    process.wait()
    soak = soak_of(folder / "soak")
    causes = [e["cause"] for e in soak["events"]]
    right = state_is_undisturbed(folder / "soak")
    print(f"{count} deaths of the supervisor: {causes.count('supervisor_died')} in the journal after its first step, "
          f"{soak['soak']['launches']} launches, reported and lacking: {lacking}, state as undisturbed: {right}")
    return right and lacking == 0


def memory(folder, steps):
    scenario = SCENARIO.replace("compute: 500us, gradient_bytes: 16KiB", "compute: 1us, gradient_bytes: 8, compute_kind: sleep")
    (folder / "s.yaml").write_text(scenario.replace("200ms", "5s"))
    process = subprocess.Popen([PLUMBLINE, "endure", folder / "s.yaml", "--for", "1h", "-o", folder / "soak", "--sweep-every", "10s", "--",
                                *MPIRUN])
    samples = []
    done = 0
    while done < steps and process.poll() is None:
        time.sleep(2)
        try:
            done = soak_of(folder / "soak")["soak"]["steps"]
            text = (folder / "soak/metrics.prom").read_text()
        except (subprocess.CalledProcessError, FileNotFoundError):
            continue
        sizes = {}
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
                if str(folder).encode() in b" ".join(words) and PLUMBLINE.encode() == words[0]:
                    kind = "rank" if b"--soak" in words else "supervisor"
                    size = int(re.search(r"VmRSS:\s+(\d+)", (entry / "status").read_text())[1])
                    sizes[kind] = max(sizes.get(kind, 0), size)
            except (OSError, TypeError):
                continue
        samples.append((done, sizes.get("rank"), sizes.get("supervisor")))
    process.terminate()
    process.wait()
    kept = [s for s in samples if s[1] and s[0] > 0]
    for s in kept[:: max(len(kept) // 12, 1)]:
        print(f"{s[0]:>10} steps: rank {s[1]} KiB, supervisor {s[2]} KiB")
    early = max(s[1] for s in kept[len(kept) // 10: len(kept) // 5 + 1])
    late = max(s[1] for s in kept[-max(len(kept) // 10, 1):])
    print(f"{done} steps: largest rank {early} KiB after a tenth, {late} KiB at the end")
    return late <= early * 1.02


def main():
    what = {"faults": (faults, 200), "supervisor": (supervisor, 100), "memory": (memory, 1_000_000)}
    if len(sys.argv) < 2 or sys.argv[1] not in what:
        print(__doc__)
        return 2
    run, usual = what[sys.argv[1]]
    with tempfile.TemporaryDirectory(prefix="plumbline-endurance-") as name:
        folder = pathlib.Path(name)
        (folder / "s.yaml").write_text(SCENARIO)
        return 0 if run(folder, int(sys.argv[2]) if len(sys.argv) > 2 else usual) else 1


if __name__ == "__main__":
    sys.exit(main())
