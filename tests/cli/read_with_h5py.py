#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reads a run file with h5py alone, as docs/reference/run-file.md describes it, and recomputes /summary from the samples.

Usage: read_with_h5py.py FILE.h5      prints "ok N cases"; exits with 1 on any mismatch
"""

import json
import math
import sys

import h5py
import numpy as np

TOLERANCE = 1e-12
PERCENTILES = {"p95_s": (0.95, 59), "p99_s": (0.99, 299)}


def seconds(one, name="samples"):
    """[sample][rank], from counts of a clock or as it is."""
    if name not in one:
        return one[name + "_s"][:]
    batch = one["batch"][:][:, None] if name == "samples" else 1
    return one[name][:] / (one[name].attrs["counts_per_second"] * batch)


def has(one, name):
    return name in one or name + "_s" in one


def timed(case):
    """Slowest rank's time and mean compute (or None) of each sample that is not a warm-up, all rounds in order."""
    slowest, compute = [], []
    for k in sorted(case["rounds"], key=int):
        one = case["rounds"][k]
        keep = one["warmup"][:] == 0
        samples = seconds(one)
        if samples.shape[0] == 0:
            continue
        slowest.append(samples.max(axis=1)[keep])
        check_starts(one, samples.shape)
        check_timeline(one)
        if "shares/compute_s" in one:
            compute.append(one["shares/compute_s"][:].mean(axis=1)[keep])
    join = lambda parts: np.concatenate(parts) if parts else np.array([])
    return join(slowest), join(compute) if compute else None


def check_starts(one, shape):
    """Offsets from the earliest rank, where the ranks share a clock."""
    if has(one, "start_offset"):
        offsets = seconds(one, "start_offset")
        if offsets.shape != shape or np.any(offsets.min(axis=1) != 0) or not one.attrs["clock_error_s"] >= 0:
            sys.exit(f"{one.name}: start_offset does not begin at the earliest rank, or has no clock_error_s")
    elif "clock_error_s" in one.attrs:
        sys.exit(f"{one.name}: the error of a clock without start_offset")


def check_timeline(one):
    """Steps of each rank follow one another and end within the sample."""
    if "timeline" not in one:
        return
    steps, sample = one["timeline"][:], one.attrs["timeline_sample"]
    if one["warmup"][sample] != 1 or len(np.unique(steps["rank"])) > one.attrs["timeline_ranks"]:
        sys.exit(f"{one.name}: the timeline is not of a flagged sample, or of other ranks than it says")
    for rank in np.unique(steps["rank"]):
        mine = steps[steps["rank"] == rank]
        offset = seconds(one, "start_offset")[sample, rank] if has(one, "start_offset") else 0.0
        end = offset + seconds(one)[sample, rank]
        if np.any(np.diff(mine["begin_s"]) < 0) or np.any(mine["end_s"] < mine["begin_s"]) or mine["end_s"].max() > end + 1e-9:
            sys.exit(f"{one.name}: the timeline of rank {rank} is out of order or longer than its sample")


def starts(case):
    """Start skews and late flags of the timed samples."""
    skews, late = [], 0
    for one in case["rounds"].values():
        keep = one["warmup"][:] == 0
        if has(one, "start_offset") and keep.any():
            skews.append(seconds(one, "start_offset").max(axis=1)[keep])
        if "late" in one:
            late += int(one["late"][:][keep].sum())
    return np.concatenate(skews) if skews else np.array([]), late


def observations(case):
    """What estimates are computed over: the samples, or from 6 rounds on each round's median; of several launches, theirs."""
    launches = {}
    for one in case["rounds"].values():
        if one["warmup"].shape[0]:
            launches.setdefault(one.attrs["launch"], []).append(seconds(one).max(axis=1)[one["warmup"][:] == 0])
    each = [np.array([np.median(times) for times in rounds]) if len(rounds) >= 6 else np.concatenate(rounds)
            for rounds in launches.values()]
    return each[0] if len(each) == 1 else np.array([np.median(values) for values in each])


def ideal_step_per_compute(header):
    """Step without communication / compute of one rank; None where the pattern has no such form."""
    if header["closed_forms"]:
        return header["closed_forms"].get("step_per_compute")
    if header["pattern"] == "data_parallel":
        return 1.0
    if header["pattern"] == "pipeline" and "microbatches" in header["parameters"]:
        microbatches = int(header["parameters"]["microbatches"])
        return (microbatches + header["ranks"] - 1) / microbatches
    return None


def expected_numbers(header, case):
    """What /summary must hold: absent numbers are NaN."""
    times, compute = timed(case)
    absent = math.nan
    numbers = {"median_s": np.median(observations(case)), "min_s": times.min(), "max_s": times.max()}
    for name, (quantile, needed) in PERCENTILES.items():
        enough = times.size >= needed
        numbers[name] = np.sort(times)[math.ceil(quantile * times.size) - 1] if enough else absent
    total, factor = header["total_bytes"], header["bus_factor"]
    algbw = total / numbers["median_s"] if total > 0 and header["ranks"] > 1 and numbers["median_s"] > 0 else absent
    numbers["algbw_bytes_per_s"] = algbw
    numbers["busbw_bytes_per_s"] = absent if factor is None else algbw * factor
    skews, numbers["late"] = starts(case)
    numbers["median_start_skew_s"] = np.median(skews) if skews.size else absent
    ideal = ideal_step_per_compute(header)
    positive = times > 0
    numbers["bubble_fraction"] = (
        absent if compute is None else np.median(1 - compute[positive] / times[positive]))
    numbers["exposed_s"] = absent if compute is None or ideal is None else np.median(times - compute * ideal)
    return times.size, numbers


def close(expected, found):
    if math.isnan(expected) or math.isnan(found):
        return math.isnan(expected) and math.isnan(found)
    return abs(expected - found) <= TOLERANCE * max(1e-300, abs(expected), abs(found))


def in_its_state(case, row, states):
    """The case with the rounds that its summary is made of: those of one machine state."""
    state = row["machine_state"]
    keep = lambda k: state == -1 or states.get((row["id"], int(k)), 0) == state
    return {"rounds": {k: one for k, one in case["rounds"].items() if keep(k)}}


def check_case(row, case, states):
    header = json.loads(case.attrs["header"])
    for key in ("id", "bytes", "ranks", "nodes", "total_bytes"):
        if header[key] != row[key]:
            yield f"{key}: header says {header[key]}, summary {row[key]}"
    for key in ("pattern", "dtype", "status", "reason"):
        if header[key] != row[key].decode():
            yield f"{key}: header says {header[key]}, summary {row[key]}"
    if header["status"] != "measured":
        return
    view = in_its_state(case, row, states)
    if len(view["rounds"]) != row["rounds"] or len(case["rounds"]) - row["rounds"] != row["rounds_left_out"]:
        yield f"rounds: {len(view['rounds'])} of {len(case['rounds'])} in its state, {row['rounds']} in the summary"
    count, numbers = expected_numbers(header, view)
    if count != row["samples"]:
        yield f"samples: {count} in the rounds, {row['samples']} in the summary"
    for name, expected in numbers.items():
        if not close(float(expected), float(row[name])):
            yield f"{name}: {expected} from the samples, {row[name]} in the summary"


def check_units(file):
    missing = []

    def visit(name, thing):
        if isinstance(thing, h5py.Dataset):
            fields = len(thing.dtype.names) if thing.dtype.names else None
            units = thing.attrs.get("units")
            if units is None or "description" not in thing.attrs or (fields and len(units) != fields):
                missing.append(f"{name}: units or description are missing")

    file.visititems(visit)
    return missing


def main():
    with h5py.File(sys.argv[1], "r") as file:
        if file.attrs["plumbline_schema"] != 2:
            sys.exit(f"schema {file.attrs['plumbline_schema']} is not 2")
        problems = check_units(file)
        states = {(row["case_id"], row["round"]): row["state"] for row in file["round_states"][:]}
        for row in file["summary"][:]:
            name = f"{row['id']:06d}"
            problems += [f"case {name}: {text}" for text in check_case(row, file["cases"][name], states)]
        for row in file["scaling"][:]:
            if row["case_id"] not in file["summary"]["id"] or not row["efficiency"] > 0:
                problems.append(f"scaling row of case {row['case_id']} makes no sense")
        if problems:
            sys.exit("\n".join(problems))
        print(f"ok {file['summary'].shape[0]} cases")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main()
