#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The walls of the house: which folder may include which, where third parties live, where a test stands, how wide the seam is.

    scripts/check_layering.py [FOLDER]     exit status 0 when nothing is wrong [FOLDER: this checkout]
"""
import pathlib
import re
import sys

# From bottom to top. A folder sees itself and the floors below it; folders of one floor don't see each other.
# FOLDER/* stands for every folder in it that has no place of its own.
FLOORS = [
    ["collectives/util"],
    ["collectives/operations"],
    ["collectives/patterns"],
    ["collectives/api"],
    ["collectives/backends/host", "collectives/backends/sim", "collectives/control", "collectives/workloads"],
    ["collectives/backends/device", "collectives/backends/gloo"],
    ["collectives/backends/cuda", "collectives/backends/hccl"],
    ["collectives/backends/mpi", "collectives/backends/nccl", "collectives/backends/*"],
    ["results/statistics", "results/texts", "results/util"],
    ["results/files"],
    ["results/hdf5", "results/endurance", "results/machines"],
    ["results/records"],
    ["results/summaries"],
    ["results/bounds", "results/layout"],
    ["results/diagnosis", "results/import", "results/references", "results/store", "results/verdicts"],
    ["results/comparison", "results/explanation", "results/projection"],
    ["results/history", "results/printers"],
    ["results/report"],
    ["scenarios/model"],
    ["scenarios/plan", "scenarios/yaml"],
    ["harness/command_line", "harness/host/system", "harness/util"],
    ["harness/host", "harness/sync", "harness/watchdog"],
    ["harness/launch", "harness/sampling"],
    ["harness/probes"],
    ["harness/run"],
    ["harness/endure"],
    ["harness/app/doctor", "harness/app/launch", "harness/app/run"],
    ["harness/app/admit", "harness/app/document", "harness/app/endure", "harness/app/nights"],
    ["harness/app"],
]
FLOOR_OF = {folder: number for number, floor in enumerate(FLOORS) for folder in floor}
ROOMS = ["collectives", "results", "scenarios", "harness"]
MOST_FILES = 35  # code files of a folder, some 17 modules

# A library's own headers are for its folder and for who brings backends up; these are for all backends, or for models of clusters.
SHARED_BY_BACKENDS = ["collectives/backends/" + name for name in ("cuda", "device", "host", "sim")]
LAUNCH = "harness/launch"

# third party: (pattern of the include, places where it may stand)
HOMES = {
    "MPI": (r"<mpi(-ext)?\.h>", ["collectives/backends/mpi/", "tests/mpi/", "tests/benchmark/host_backend_overhead.cpp",
                                   "tests/validation/simgrid/algorithms.cpp"]),
    "Gloo": (r"<gloo/", ["collectives/backends/gloo/", "tests/benchmark/host_backend_overhead.cpp",
                              "tests/validation/simgrid/algorithms.cpp"]),
    "HDF5": (r"<hdf5.*\.h>", ["results/hdf5/hdf5_handles.hpp", "tests/unit/results/store/store_test.cpp",
                             "tests/unit/results/store/verify_test.cpp",
                             "tests/fuzz/run_file_fuzz.cpp"]),
    "libsodium": (r"<sodium", ["collectives/control/handshake.cpp", "results/util/"]),
    "Boost": (r"<boost/", ["collectives/backends/sim/fibers.cpp", "results/statistics/failure_rates.cpp"]),
    "SQLite": (r"<sqlite3\.h>", ["results/history/index_store.cpp"]),
    "YAML": (r"<yaml-cpp/", ["scenarios/yaml/tree.cpp"]),
    "CLI11": (r"<CLI/", ["harness/command_line/option_kinds.hpp", "harness/app/add_measuring_commands.cpp",
                          "harness/app/add_reading_commands.cpp", "harness/app/options.cpp"]),
    "Eigen": (r"<Eigen/", ["results/statistics/linear_fit.cpp"]),
    "JSON": (r"<nlohmann/", ["results/", "harness/run/record_transport.cpp", "tests/"]),
}
CALLS = {"MPI": (r"\bMPI_[A-Z][a-z]\w*\s*\(",
                 ["collectives/backends/mpi/", "tests/mpi/", "tests/benchmark/host_backend_overhead.cpp",
                              "tests/validation/simgrid/algorithms.cpp"])}
# What a backend implements: virtual functions of these classes, destructors not counted. What one library alone has is
# an interface of its own that they give a pointer to.
SEAM = {"collectives/api/backend.hpp": "Backend", "collectives/api/group.hpp": "Group"}
MOST_VIRTUALS = 24
ROOT_TEST = (r"\brank\(\) == 0\b", ["collectives/", "harness/app/", "harness/launch/", "tests/"])

# A pattern's name is text for people and files. What differs by pattern is a column of the table in its home.
PATTERN_HOMES = ("collectives/patterns/", "tests/")
PATTERN_NAMES = ("|".join([
    "allreduce", "reduce_scatter", "allgather", "broadcast", "reduce", "gather", "scatter", "alltoall", "alltoallv", "sendrecv", "pingpong",
    "bidirectional", "barrier", "pipeline", "data_parallel", "tensor_parallel", "decode", "expert_parallel", "training_step", "links",
    "congestion", "bisect", "unidirectional", "exchange"]))
PATTERN_TESTS = [
    r'\bpattern(\(\))?\s*[=!]=\s*("|name\()',           # what.pattern == "links", pattern != name(...)
    r'("|\bname\([^()]*\))\s*[=!]=\s*[\w.>-]*\bpattern\b',  # "links" == what.pattern
    rf'[=!]=\s*"({PATTERN_NAMES})"',                     # names[i] == "links"
    rf'"({PATTERN_NAMES})"(sv)?\s*[=!]=',                # "links" == names[i]
    r'\bfind\w*\([^()]*,\s*[\w.>-]*\bpattern\s*[,)]',   # find(names, what.pattern)
    r'\bholds_alternative<\w+Spec>',                    # a spec's type asked for where its row says it
]


def folder_of(path: str) -> str:
    return path.rpartition("/")[0]


def floor_of(folder: str):
    """The number of the folder's floor; nothing where it has none."""
    return FLOOR_OF.get(folder, FLOOR_OF.get(f"{folder_of(folder)}/*"))


def is_library(folder: str) -> bool:
    """Whether it is the backend of one communication library."""
    return folder_of(folder) == "collectives/backends" and folder not in SHARED_BY_BACKENDS


def problem_of_include(path: str, included: str):
    """Why a file of `path` may not include the project's header `included`; nothing where it may."""
    folder, other = folder_of(path), folder_of(included)
    if path.startswith("tests/") or folder == other:
        return None
    if is_library(other) and folder != LAUNCH:
        return f"includes {included} (a backend's own header). Go through collectives/api/backend.hpp"
    if floor_of(folder) is None or floor_of(other) is None:
        return None  # said once for the folder
    if floor_of(other) >= floor_of(folder):
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
        if not path.startswith(PATTERN_HOMES) and any(re.search(pattern, line.split("//")[0]) for pattern in PATTERN_TESTS):
            yield f"{where}: asks for a pattern by its name. Look it up: a column of pattern_info() in {PATTERN_HOMES[0]}pattern.hpp"
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
        if floor_of(folder) is None:
            yield f"{folder}: has code but no floor. Give it one in scripts/check_layering.py, or move its files"
        if files > MOST_FILES:
            yield f"{folder}: {files} files of code (at most {MOST_FILES}). A folder is missing in it"
    for folder in FLOOR_OF:
        if folder not in count and not folder.endswith("/*"):
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


def virtuals_of(name: str, text: str):
    """Virtual functions that the class declares, without its destructor; nothing where there is no such class."""
    body = re.search(rf"^class {name}\b[^;{{]*{{$(.*?)^}};", text, re.MULTILINE | re.DOTALL)
    return len(re.findall(r"^ +virtual (?!~)", body[1], re.MULTILINE)) if body else None


def problems_of_seam(texts: dict[str, str]):
    """`texts`: path -> text of each header of the seam that is there."""
    counts = {path: virtuals_of(name, texts.get(path, "")) for path, name in SEAM.items()}
    for path, count in counts.items():
        if count is None:
            yield f"{path}: no class {SEAM[path]}. Say in scripts/check_layering.py where it is now"
    total = sum(count or 0 for count in counts.values())
    if total > MOST_VIRTUALS:
        yield (f"{' and '.join(SEAM)}: {total} virtual functions (at most {MOST_VIRTUALS}). "
               "Make what one library alone has an interface of its own")


def problems_of_licence(root: pathlib.Path):
    """Each source says its licence in its first lines (SPDX)."""
    for room in (*ROOMS, "tests", "scripts"):
        for path in sorted((root / room).rglob("*")):
            if path.suffix in (".cpp", ".hpp", ".py", ".cmake") or path.name == "CMakeLists.txt":
                if "SPDX-License-Identifier: Apache-2.0" not in path.read_text(encoding="utf-8")[:200]:
                    yield f"{path.relative_to(root).as_posix()}: no licence in its first lines. Begin it with 'SPDX-License-Identifier: Apache-2.0'"


def main() -> int:
    root = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parent.parent
    files = {p.relative_to(root).as_posix(): p for room in [*ROOMS, "tests"] for p in sorted((root / room).rglob("*"))
             if p.suffix in (".cpp", ".hpp", ".yaml", ".json", ".js", ".html", ".css")}
    code = {path: p for path, p in files.items() if p.suffix in (".cpp", ".hpp")}
    problems = [problem for path, p in code.items() for problem in problems_in_file(path, p.read_text(encoding="utf-8"))]
    problems += [*problems_of_folders(list(code)), *problems_of_data(list(files)), *problems_of_tests(list(code)),
                 *problems_of_seam({path: code[path].read_text(encoding="utf-8") for path in SEAM if path in code}), *problems_of_licence(root)]
    print("\n".join(problems) if problems else f"layering: {len(code)} files, no problem")
    return 1 if problems or not code else 0


if __name__ == "__main__":
    sys.exit(main())
