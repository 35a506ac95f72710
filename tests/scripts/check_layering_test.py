# SPDX-License-Identifier: Apache-2.0
"""scripts/check_layering.py finds each violation that is planted in a copy of the tree, and nothing where none is."""
import importlib.machinery
import importlib.util
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "scripts/check_layering.py"


def load():
    loader = importlib.machinery.SourceFileLoader("check_layering", str(SCRIPT))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_layering", loader))
    loader.exec_module(module)
    return module


LAYERING = load()
FOLDERS = [folder for floor in LAYERING.FLOORS for folder in floor]


class Walls(unittest.TestCase):
    """Each wall by itself: all pairs of folders."""

    def test_a_folder_sees_itself_and_the_floors_below_alone(self):
        for number, floor in enumerate(LAYERING.FLOORS):
            for folder in floor:
                for other in FOLDERS:
                    below = LAYERING.FLOOR_OF[other] < number or other == folder
                    backend = LAYERING.is_library(other) and folder not in (other, LAYERING.LAUNCH)
                    with self.subTest(folder=folder, includes=other):
                        problem = LAYERING.problem_of_include(f"{folder}/planted.cpp", f"{other}/planted.hpp")
                        self.assertEqual(problem is None, below and not backend, problem)

    def test_each_third_party_is_refused_outside_its_home(self):
        headers = {"MPI": "mpi.h", "Gloo": "gloo/context.h", "HDF5": "hdf5.h", "SQLite": "sqlite3.h", "YAML": "yaml-cpp/yaml.h",
                   "CLI11": "CLI/CLI.hpp", "libsodium": "sodium.h", "Boost": "boost/context/fiber.hpp", "Eigen": "Eigen/Dense", "JSON": "nlohmann/json.hpp"}
        self.assertEqual(headers.keys(), LAYERING.HOMES.keys())
        for name, header in headers.items():
            with self.subTest(name):
                found = list(LAYERING.problems_in_file("collectives/util/planted.cpp", f"#include <{header}>\n"))
                self.assertEqual(len(found), 1, found)
                self.assertIn(f"collectives/util/planted.cpp:1: {name} outside its home", found[0])
                home = LAYERING.HOMES[name][1][0]
                self.assertEqual(list(LAYERING.problems_in_file(home + ("x.cpp" if home.endswith("/") else ""), f"#include <{header}>\n")), [])

    def test_no_pattern_is_asked_for_by_its_name_outside_the_table_of_patterns(self):
        asked = ['if (what.pattern == "links") {', 'if (c.what.pattern != name(Collective::pingpong)) {', 'return "bisect" == what.pattern;',
                 'if (names[index] == "congestion") {', 'return "decode" == names[i];', "std::ranges::find(patterns, what.pattern)",
                 "return std::holds_alternative<PairwiseSpec>(pattern);"]
        fine = ['what.pattern = name(NetworkProbe::links);', "return a.pattern == b.pattern;", '{"links", links_json(run)},', "// pattern == \"links\"",
                "pattern_info(what.pattern).probe == NetworkProbe::links", 'root.find("links")']
        for line in asked:
            with self.subTest(line):
                found = list(LAYERING.problems_in_file("results/records/planted.cpp", line + "\n"))
                self.assertEqual(len(found), 1, found)
                self.assertIn("results/records/planted.cpp:1: asks for a pattern by its name", found[0])
                self.assertEqual(list(LAYERING.problems_in_file("collectives/patterns/planted.cpp", line + "\n")), [])
        for line in fine:
            with self.subTest(line):
                self.assertEqual(list(LAYERING.problems_in_file("results/records/planted.cpp", line + "\n")), [])

    def test_the_rule_knows_every_pattern(self):
        tables = (ROOT / "collectives/patterns/pattern.cpp").read_text() + (ROOT / "collectives/operations/types.cpp").read_text()
        self.assertEqual(set(re.findall(r'\.name = "(\w+)"', tables)), set(LAYERING.PATTERN_NAMES.split("|")))


class Planted(unittest.TestCase):
    """The script as it is called, on a copy of the tree."""

    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.scratch.cleanup)
        cls.tree = pathlib.Path(cls.scratch.name) / "tree"
        for room in (*LAYERING.ROOMS, "tests"):
            shutil.copytree(ROOT / room, cls.tree / room, ignore=shutil.ignore_patterns("__pycache__"))

    def check(self):
        return subprocess.run([sys.executable, SCRIPT, self.tree], text=True, capture_output=True, timeout=60)

    def plant(self, path: str, text: str, licence="// SPDX-License-Identifier: Apache-2.0\n"):
        file = self.tree / path
        self.assertFalse(file.exists())
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(licence + text, encoding="utf-8")
        made = file.parent
        self.addCleanup(lambda: made.rmdir() if not any(made.iterdir()) else None)
        self.addCleanup(file.unlink)

    def test_the_tree_as_it_is_has_no_problem(self):
        process = self.check()
        self.assertEqual((process.returncode, process.stdout.splitlines()[-1].endswith("no problem")), (0, True), process.stdout)

    def test_what_is_planted_is_found_and_named(self):
        rows = [
            ("results/statistics/planted.hpp", '#include "results/records/record.hpp"\n', "results/records is not below results/statistics"),
            ("results/store/planted.cpp", '#include "results/report/page.hpp"\n', "results/report is not below results/store"),
            ("scenarios/plan/planted1.cpp", '#include "scenarios/yaml/reader.hpp"\n', "scenarios/yaml is not below scenarios/plan"),
            ("harness/sampling/planted.cpp", '#include "harness/run/plan_executor.hpp"\n', "harness/run is not below harness/sampling"),
            ("collectives/api/planted.hpp", '#include "collectives/workloads/program.hpp"\n', "collectives/workloads is not below collectives/api"),
            ("harness/run/planted2.cpp", '#include "collectives/backends/mpi/session.hpp"\n', "a backend's own header"),
            ("harness/run/planted3.cpp", '#include "collectives/backends/planted/module.hpp"\n', "a backend's own header"),
            ("collectives/backends/planted/group.cpp", '#include "results/util/text.hpp"\n', "results/util is not below"),
            ("harness/run/planted4.cpp", "int main() { MPI_Barrier(comm); }\n", "calls MPI outside its home"),
            ("harness/run/planted5.cpp", "bool root = world.rank() == 0;\n", "tests for rank 0 in the logic"),
            ("results/verdicts/planted.cpp", 'bool probe = what.pattern == "links";\n', "asks for a pattern by its name"),
            ("results/newroom/planted.cpp", "int x;\n", "results/newroom: has code but no floor"),
            ("scenarios/plan/planted.yaml", "a: 1\n", "data beside code"),
            ("tests/unit/results/planted_test.cpp", "int x;\n", "A test stands where its source stands"),
            ("tests/unit/results/records/helper.cpp", "int x;\n", "is no test by its name"),
        ]
        case = Planted("plant")
        for path, text, _ in rows:
            case.plant(path, text)
        rows.append(("results/util/unlicensed.hpp", "#pragma once\n", "no licence in its first lines"))
        case.plant(*rows[-1][:2], licence="")
        process = self.check()
        case.doCleanups()
        self.assertEqual(process.returncode, 1, process.stdout)
        for path, _, expected in rows:
            with self.subTest(expected):
                of_room = [line for line in process.stdout.splitlines() if line.startswith((path, path.rpartition("/")[0] + ":"))]
                self.assertIn(expected, "\n".join(of_room), process.stdout)

    def test_another_backend_needs_no_place_on_the_list(self):
        case = Planted("plant")
        case.plant("collectives/backends/planted/group.hpp", '#include "collectives/api/group.hpp"\n')
        process = self.check()
        case.doCleanups()
        self.assertEqual(process.returncode, 0, process.stdout)

    def test_a_folder_with_too_many_files_is_found(self):
        case = Planted("plant")
        for number in range(LAYERING.MOST_FILES + 1):
            case.plant(f"results/util/planted{number}.hpp", "#pragma once\n")
        process = self.check()
        case.doCleanups()
        self.assertEqual(process.returncode, 1)
        self.assertIn("A folder is missing in it", process.stdout)

    def test_a_seam_with_one_virtual_function_too_many_is_found(self):
        path = self.tree / "collectives/api/group.hpp"
        text = path.read_text(encoding="utf-8")
        self.addCleanup(path.write_text, text, encoding="utf-8")
        there = sum(LAYERING.virtuals_of(name, (self.tree / header).read_text(encoding="utf-8")) for header, name in LAYERING.SEAM.items())
        room = LAYERING.MOST_VIRTUALS - there
        head = "class Group {\npublic:\n"
        self.assertEqual(text.count(head), 1)
        for planted, status in ((room, 0), (room + 1, 1)):
            with self.subTest(planted):
                path.write_text(text.replace(head, head + "    virtual void planted() = 0;\n" * planted), encoding="utf-8")
                process = self.check()
                self.assertEqual(process.returncode, status, process.stdout)
        self.assertIn("25 virtual functions (at most 24)", process.stdout)

    def test_a_seam_without_its_class_is_found(self):
        self.assertEqual(LAYERING.virtuals_of("Group", "class Group;\nclass GroupHealth {\n    virtual void look() = 0;\n};\n"), None)
        self.assertEqual(LAYERING.virtuals_of("Group", "class Group {\n    virtual ~Group();\n    virtual int a() = 0;\n};\nclass B {\n    virtual int b();\n};\n"), 1)
        self.assertIn("no class Group", "\n".join(LAYERING.problems_of_seam({})))

    def test_a_floor_without_code_is_found(self):
        (self.tree / "harness/probes").rename(self.tree / "elsewhere")
        process = self.check()
        (self.tree / "elsewhere").rename(self.tree / "harness/probes")
        self.assertEqual(process.returncode, 1)
        self.assertIn("harness/probes: has a floor but no code", process.stdout)


if __name__ == "__main__":
    unittest.main()
