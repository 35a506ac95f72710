# SPDX-License-Identifier: Apache-2.0
"""Run files with h5py and pandas alone: python3 medians.py FILE.h5...

Prints the median of each case from the samples themselves, and checks it against the file's own summary."""
import json
import sys

import h5py
import numpy as np
import pandas as pd


def seconds(r):  # [sample][rank]: counts of a clock, or of a simulated clock seconds as they are
    if "samples_s" in r:
        return r["samples_s"][:]
    return r["samples"][:] / (r["samples"].attrs["counts_per_second"] * r["batch"][:][:, None])


def timed(r):  # the slowest rank's time of each sample, no warm-ups
    return seconds(r).max(axis=1)[r["warmup"][:] == 0]


def of_one_launch(rounds):  # samples of one burst are no independent witnesses: from 6 rounds on, these are
    return [np.median(timed(r)) for r in rounds] if len(rounds) >= 6 else np.concatenate([timed(r) for r in rounds])


def cases(path):
    with h5py.File(path) as file:
        states = pd.DataFrame(file["round_states"][:])
        for row in file["summary"][:]:
            case = file["cases"].get(f"{row['id']:06d}")
            if case is None:  # a log's value has no samples
                continue
            header = json.loads(case.attrs["header"])
            if header["status"] != "measured":
                continue
            mine = states[states["case_id"] == row["id"]]
            state = dict(zip(mine["round"], mine["state"]))
            rounds = [case["rounds"][k] for k in sorted(case["rounds"], key=int)
                      if row["machine_state"] in (-1, state.get(int(k), 0))]
            launches = {}
            for r in rounds:
                launches.setdefault(r.attrs.get("launch", 0), []).append(r)
            each = [np.median(of_one_launch(of)) for of in launches.values()]
            values = each if len(each) > 1 else of_one_launch(rounds)
            yield {"file": path, "pattern": header["pattern"], "bytes": header["bytes"], "ranks": header["ranks"],
                   "samples": sum(len(timed(r)) for r in rounds), "launches": len(each), "median_s": np.median(values),
                   "stored_s": row["median_s"]}


table = pd.DataFrame(row for path in sys.argv[1:] for row in cases(path))
if table.empty:
    sys.exit("no case with samples (imported files have the log's values alone)")
print(table.drop(columns=["file", "stored_s"]).to_string(index=False))
assert np.allclose(table["median_s"], table["stored_s"], rtol=1e-12), "the summary says something else"
print("ok: the summary says the same")
