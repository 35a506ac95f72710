#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The walls of the house: which folder may include which, where third parties live, and where a test stands.

    scripts/check_layering.py [FOLDER]     exit status 0 when nothing is wrong [FOLDER: this checkout]
"""
import pathlib
import re
import sys

# From bottom to top. A folder sees itself and the floors below it; folders of one floor don't see each other.
FLOORS = [
    ["collectives/util"],
    ["collectives/operations", "collectives/patterns"],
    ["collectives/api"],
    ["collectives/backends/host", "collectives/backends/sim", "collectives/workloads"],
    ["collectives/backends/device", "collectives/backends/gloo"],
    ["collectives/backends/cuda", "collectives/backends/hccl"],
    ["collectives/backends/mpi", "collectives/backends/nccl"],
    ["results/statistics", "results/util"],
    ["results/records"],
    ["results/summaries"],
    ["results/diagnosis", "results/import", "results/store", "results/verdicts"],
    ["results/comparison", "results/projection"],
    ["results/history", "results/printers"],
    ["results/report"],
    ["scenarios/model"],
    ["scenarios/plan", "scenarios/yaml"],
    ["harness/util"],
    ["harness/host", "harness/sync", "harness/watchdog"],
    ["harness/launch", "harness/sampling"],
    ["harness/probes"],
    ["harness/run"],
    ["harness/app"],
]
FLOOR_OF = {folder: number for number, floor in enumerate(FLOORS) for folder in floor}
ROOMS = ["collectives", "results", "scenarios", "harness"]
MOST_FILES = 35  # code files of a folder, some 17 modules

# A backend's own headers are for itself and for who brings backends up.
BACKENDS = ["collectives/backends/" + library for library in ("gloo", "hccl", "mpi", "nccl")]
LAUNCH = "harness/launch"

# third party: (pattern of the include, places where it may stand)
HOMES = {
    "MPI": (r"<mpi(-ext)?\.h>", ["collectives/backends/mpi/", "tests/mpi/", "tests/benchmark/host_backend_overhead.cpp"]),
    "Gloo": (r"<gloo/", ["collectives/backends/gloo/", "tests/benchmark/host_backend_overhead.cpp"]),
    "HDF5": (r"<hdf5.*\.h>", ["results/store/hdf5_handles.hpp", "tests/unit/results/store/store_test.cpp"]),
    "SQLite": (r"<sqlite3\.h>", ["results/history/index_store.cpp"]),
    "YAML": (r"<yaml-cpp/", ["scenarios/yaml/tree.cpp"]),
    "CLI11": (r"<CLI/", ["harness/app/options.cpp"]),
    "Eigen": (r"<Eigen/", ["results/statistics/linear_fit.cpp"]),
    "JSON": (r"<nlohmann/", ["results/", "harness/run/record_transport.cpp", "tests/"]),
}
CALLS = {"MPI": (r"\bMPI_[A-Z][a-z]\w*\s*\(",
                 ["collectives/backends/mpi/", "tests/mpi/", "tests/benchmark/host_backend_overhead.cpp"])}
ROOT_TEST = (r"\brank\(\) == 0\b", ["collectives/", "harness/app/", "harness/launch/", "tests/"])


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def problem_of_include(path: str, included: str):
    """Why a file of `path` may not include the project's header `included`; nothing where it may."""
    folder, other = folder_of(path), folder_of(included)
    if path.startswith("tests/") or folder == other:
        return None
    if other in BACKENDS and folder != LAUNCH:
        return f"includes {included} (a backend's own header). Go through collectives/api/backend.hpp"
    if folder not in FLOOR_OF or other not in FLOOR_OF:
        return None  # said once for the folder
    if FLOOR_OF[other] >= FLOOR_OF[folder]:
        return f"includes {included} ({other} is not below {folder}). Move what is needed down"
    return None


def problems_in_file(path: str, text: str):
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{path}:{number}"
        included = re.match(r'\s*#include "([^"]+)"', line)
        if included and (problem := problem_of_include(path, included[1])):
            yield f"{where}: {problem}"
        for name, (pattern, homes) in HOMES.items():
            if line.lstrip().startswith("#include") and re.search(pattern, line) and not path.startswith(tuple(homes)):
                yield f"{where}: {name} outside its home ({', '.join(homes)})"
        for name, (pattern, homes) in CALLS.items():
            if re.search(pattern, line.split("//")[0]) and not path.startswith(tuple(homes)):
                yield f"{where}: calls {name} outside its home ({', '.join(homes)})"
        pattern, homes = ROOT_TEST
        if re.search(pattern, line) and not path.startswith(tuple(homes)):
            yield f"{where}: tests for rank 0 in the logic. Choose a role object in harness/app instead"


def problems_of_folders(paths: list[str]):
    count = {}
    for path in paths:
        folder = folder_of(path)
        count[folder] = count.get(folder, 0) + 1
    for folder, files in sorted(count.items()):
        if folder.split("/")[0] not in ROOMS:
            continue
        if folder not in FLOOR_OF:
            yield f"{folder}: has code but no floor. Give it one in scripts/check_layering.py, or move its files"
        if files > MOST_FILES:
            yield f"{folder}: {files} files of code (at most {MOST_FILES}). A folder is missing in it"
    for folder in FLOOR_OF:
        if folder not in count:
            yield f"{folder}: has a floor but no code. Take it off the list in scripts/check_layering.py"


def problems_of_data(paths: list[str]):
    """Data lies apart from code."""
    code = {folder_of(path) for path in paths if path.endswith((".cpp", ".hpp"))}
    for path in paths:
        if path.endswith((".yaml", ".json", ".js", ".html", ".css")) and folder_of(path) in code and not path.startswith("tests/"):
            yield f"{path}: data beside code. Give it a folder of its own"


def problems_of_tests(paths: list[str]):
    """tests/unit/FOLDER/foo_test.cpp tests FOLDER/foo.cpp or FOLDER/foo.hpp."""
    for path in paths:
        if not path.startswith("tests/unit/") or not path.endswith(".cpp"):
            continue
        stem = path.removeprefix("tests/unit/").removesuffix(".cpp").removesuffix("_test")
        if not path.endswith("_test.cpp"):
            yield f"{path}: is no test by its name. Call it foo_test.cpp, or move it to tests/support"
        elif f"{stem}.cpp" not in paths and f"{stem}.hpp" not in paths:
            yield f"{path}: there is no {stem}.cpp or .hpp. A test stands where its source stands"


def main() -> int:
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent
    files = {p.relative_to(root).as_posix(): p for room in [*ROOMS, "tests"] for p in sorted((root / room).rglob("*"))
             if p.suffix in (".cpp", ".hpp", ".yaml", ".json", ".js", ".html", ".css")}
    code = {path: p for path, p in files.items() if p.suffix in (".cpp", ".hpp")}
    problems = [problem for path, p in code.items() for problem in problems_in_file(path, p.read_text(encoding="utf-8"))]
    problems += [*problems_of_folders(list(code)), *problems_of_data(list(files)), *problems_of_tests(list(code))]
    print("\n".join(problems) if problems else f"layering: {len(code)} files in {len(FLOOR_OF)} folders, no problem")
    return 1 if problems or not code else 0


if __name__ == "__main__":
    sys.exit(main())
