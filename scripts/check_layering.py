#!/usr/bin/env python3
"""Includes point one way: collectives <- results <- scenarios <- harness <- harness/app; each third party has one home."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROOMS = ["collectives", "results", "scenarios", "harness", "harness/app"]

# third party: (pattern of the include, places where it may stand)
HOMES = {
    "MPI": (r"<mpi(-ext)?\.h>", ["collectives/mpi/", "tests/mpi/", "tests/benchmark/host_backend_overhead.cpp"]),
    "Gloo": (r"<gloo/", ["collectives/gloo/", "tests/benchmark/host_backend_overhead.cpp"]),
    "HDF5": (r"<hdf5.*\.h>", ["results/hdf5_handles.hpp", "tests/unit/store_test.cpp"]),
    "SQLite": (r"<sqlite3\.h>", ["results/history/index_store.cpp"]),
    "YAML": (r"<yaml-cpp/", ["scenarios/yaml_tree.cpp"]),
    "CLI11": (r"<CLI/", ["harness/app/options.cpp"]),
    "Eigen": (r"<Eigen/", ["results/linear_fit.cpp"]),
    "JSON": (r"<nlohmann/", ["results/", "harness/record_wire.cpp", "tests/"]),
}
CALLS = {"MPI": (r"\bMPI_[A-Z][a-z]\w*\s*\(",
                 ["collectives/mpi/", "tests/mpi/", "tests/benchmark/host_backend_overhead.cpp"])}
ROOT_TEST = (r"\brank\(\) == 0\b", ["collectives/", "harness/app/", "tests/"])


def room_of(path: str) -> int:
    return max((i for i, room in enumerate(ROOMS) if path.startswith(room + "/")), default=-1)


def problems_in(path: str, text: str):
    room = room_of(path)
    in_tests = path.startswith("tests/")
    for number, line in enumerate(text.splitlines(), 1):
        where = f"{path}:{number}"
        included = re.match(r'\s*#include "([^"]+)"', line)
        if included and not in_tests and room_of(included[1]) > room:
            yield f"{where}: includes {included[1]} (a room further up). Move what is needed down"
        if included and re.match(r"collectives/(mpi|nccl|gloo|hccl)/", included[1]) and not (
                path.startswith(included[1].rsplit("/", 1)[0]) or path == "harness/app/launch.cpp" or in_tests):
            yield f"{where}: reaches into a backend. Go through collectives/backend.hpp"
        for name, (pattern, homes) in HOMES.items():
            if line.lstrip().startswith("#include") and re.search(pattern, line) and not path.startswith(tuple(homes)):
                yield f"{where}: {name} outside its home ({', '.join(homes)})"
        for name, (pattern, homes) in CALLS.items():
            if re.search(pattern, line.split("//")[0]) and not path.startswith(tuple(homes)):
                yield f"{where}: calls {name} outside its home ({', '.join(homes)})"
        pattern, homes = ROOT_TEST
        if re.search(pattern, line) and not path.startswith(tuple(homes)):
            yield f"{where}: tests for rank 0 in the logic. Choose a role object in harness/app instead"


def main() -> int:
    files = [p for room in ["collectives", "results", "scenarios", "harness", "tests"]
             for p in sorted((ROOT / room).rglob("*")) if p.suffix in (".cpp", ".hpp")]
    problems = [problem for file in files
                for problem in problems_in(file.relative_to(ROOT).as_posix(), file.read_text(encoding="utf-8"))]
    print("\n".join(problems) if problems else f"layering: {len(files)} files, no problem")
    return 1 if problems or not files else 0


if __name__ == "__main__":
    sys.exit(main())
