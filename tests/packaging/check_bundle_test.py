# SPDX-License-Identifier: Apache-2.0
"""What scripts/packaging/check-bundle finds in what readelf says, and in a folder."""
import importlib.machinery
import importlib.util
import pathlib
import shutil
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
loader = importlib.machinery.SourceFileLoader("check_bundle", str(ROOT / "scripts/packaging/check-bundle"))
check_bundle = importlib.util.module_from_spec(importlib.util.spec_from_loader("check_bundle", loader))
loader.exec_module(check_bundle)

SYMBOL = "    12: 0000000000000000     0 FUNC    GLOBAL DEFAULT  UND %s (3)\n"
NEEDED = " 0x0000000000000001 (NEEDED)             Shared library: [%s]\n"


class Symbols(unittest.TestCase):
    def faults(self, symbol):
        return check_bundle.faults_of_symbols("plumbline", SYMBOL % symbol, "2.28")

    def test_versions_are_compared_by_number(self):
        self.assertEqual([self.faults(f"pow@GLIBC_{version}") for version in ("2.2.5", "2.3", "2.17", "2.28")], [[]] * 4)
        self.assertEqual(self.faults("pow@GLIBC_2.29"), ["plumbline asks for pow of glibc 2.29: 2.28 is the newest that it may"])
        self.assertEqual(len(self.faults("x@GLIBC_2.100") + self.faults("x@GLIBC_3.0") + self.faults("x@GLIBC_2.28.1")), 3)

    def test_another_librarys_and_glibcs_own_are_refused(self):
        self.assertEqual(self.faults("_ZNSs@GLIBCXX_3.4.30"), ["plumbline asks for _ZNSs of GLIBCXX_3.4.30: that library has to be inside"])
        self.assertEqual(self.faults("__x@GLIBC_PRIVATE"), ["plumbline asks for __x, which is glibc's own affair (GLIBC_PRIVATE)"])

    def test_what_it_has_itself_and_what_has_no_version_is_no_fault(self):
        self.assertEqual(self.faults("MPI_Init"), [])
        self.assertEqual(check_bundle.faults_of_symbols("x", "  13: 0000000000001000  1 FUNC GLOBAL DEFAULT  14 pow@@GLIBC_2.29\n", "2.28"), [])


class Libraries(unittest.TestCase):
    def test_only_glibcs_and_a_modules_own_mpi_are_needed(self):
        self.assertEqual(check_bundle.faults_of_libraries("plumbline", "".join(NEEDED % name for name in ("libc.so.6", "libm.so.6", "ld-linux-x86-64.so.2"))), [])
        self.assertEqual(check_bundle.faults_of_libraries("plumbline-mpi-openmpi.so", NEEDED % "libmpi.so.40"), [])
        for name, library in (("plumbline", "libmpi.so.40"), ("plumbline-mpi-mpich.so", "libmpi.so.40"), ("plumbline", "libstdc++.so.6")):
            self.assertEqual(check_bundle.faults_of_libraries(name, NEEDED % library), [f"{name} needs {library}, which is neither glibc's nor its MPI's"])

    def test_a_folder_to_search_is_refused(self):
        self.assertEqual(check_bundle.faults_of_libraries("plumbline", " 0x1d (RUNPATH)            Library runpath: [/opt/build]\n"),
                         ["plumbline looks for libraries in /opt/build (RUNPATH)"])


class Folder(unittest.TestCase):
    def test_what_is_missing_what_leads_outside_and_this_systems_own_programs_are_named(self):
        with tempfile.TemporaryDirectory() as name:
            folder = pathlib.Path(name)
            faults, objects = check_bundle.faults_of(folder, "2.28")
            self.assertEqual((objects, "bin/plumbline is missing" in faults, "there is no program in it" in faults), (0, True, True))
            (folder / "bin").mkdir()
            shutil.copy(shutil.which("g++"), folder / "bin/plumbline")  # links libm and glibc's alone, by their newest symbols
            (folder / "bin/away").symlink_to("/bin/sh")
            (folder / "bin/nowhere").symlink_to("nothing")
            faults, objects = check_bundle.faults_of(folder, "2.0")
            self.assertEqual(objects, 1)
            for part in ("away leads to /bin/sh", "nowhere leads to nothing", "2.0 is the newest that it may"):
                self.assertTrue(any(part in fault for fault in faults), part)


if __name__ == "__main__":
    unittest.main()
