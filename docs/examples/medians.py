"""Run files with h5py and pandas alone: python3 medians.py FILE.h5...

Prints the median of each case from the samples themselves, and checks it against the file's own summary."""
import json
import sys

import h5py
import numpy as np
import pandas as pd


def cases(path):
    with h5py.File(path) as file:
        states = pd.DataFrame(file["round_states"][:])
        for row in file["summary"][:]:
            case = file[f"cases/{row['id']:06d}"]
            header = json.loads(case.attrs["header"])
            if header["status"] != "measured" or "reported" in header:
                continue
            mine = states[states["case_id"] == row["id"]]
            state = dict(zip(mine["round"], mine["state"]))
            rounds = [case["rounds"][k] for k in sorted(case["rounds"], key=int)
                      if row["machine_state"] in (-1, state.get(int(k), 0))]
            times = [r["samples_s"][:].max(axis=1)[r["warmup"][:] == 0] for r in rounds]  # slowest rank, no warm-ups
            values = [np.median(t) for t in times] if row["interval_over"] == b"rounds" else np.concatenate(times)
            yield {"file": path, "pattern": header["pattern"], "bytes": header["bytes"], "ranks": header["ranks"],
                   "samples": sum(map(len, times)), "median_s": np.median(values), "stored_s": row["median_s"]}


table = pd.DataFrame(row for path in sys.argv[1:] for row in cases(path))
print(table.drop(columns=["file", "stored_s"]).to_string(index=False))
assert np.allclose(table["median_s"], table["stored_s"], rtol=1e-12), "the summary says something else"
print("ok: the summary says the same")
