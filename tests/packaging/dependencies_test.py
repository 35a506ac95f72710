# SPDX-License-Identifier: Apache-2.0
"""What cmake says where a compiler or a library is too old, or missing: one sentence, before anything is compiled."""
import pathlib
import subprocess
import tempfile
import unittest

MODULE = pathlib.Path(__file__).resolve().parents[2] / "scripts/cmake/PlumblineDependencies.cmake"


def configure(text, *words):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        (folder / "CMakeLists.txt").write_text(f"cmake_minimum_required(VERSION 3.21)\nproject(x LANGUAGES NONE)\n{text}\n")
        for library, version in (("old", "1.2"), ("new", "1.10")):
            (folder / f"{library}-config.cmake").write_text("")
            (folder / f"{library}-config-version.cmake").write_text(f'set(PACKAGE_VERSION {version})\nset(PACKAGE_VERSION_COMPATIBLE TRUE)\n')
        done = subprocess.run(["cmake", "-S", folder, "-B", folder / "build", f"-DCMAKE_PREFIX_PATH={folder}", *words], text=True, capture_output=True)
        return done.returncode, " ".join(done.stderr.split())


class Dependencies(unittest.TestCase):
    def compiler(self, name, version):
        return configure(f'set(CMAKE_CXX_COMPILER_ID {name})\nset(CMAKE_CXX_COMPILER_VERSION {version})\nset(CMAKE_CXX_COMPILER c++)\ninclude({MODULE})')

    def test_compilers_from_gcc_11_and_clang_16_on_are_taken(self):
        for name, version in (("GNU", "11.1.0"), ("GNU", "15.2"), ("Clang", "16.0.6"), ("IntelLLVM", "1")):
            self.assertEqual(self.compiler(name, version), (0, ""), name)

    def test_an_older_compiler_is_refused_with_what_to_do(self):
        for name, called, version, least in (("GNU", "GCC", "10.2.1", 11), ("Clang", "Clang", "15.0.7", 16)):
            status, said = self.compiler(name, version)
            self.assertEqual(status, 1)
            self.assertIn(f"c++ is {called} {version} (C++20 as plumbline uses it begins with {called} {least}). Choose a newer one: ", said)

    def test_libraries_that_are_missing_or_too_old_are_refused_with_their_packages(self):
        self.assertEqual(configure(f'include({MODULE})\nplumbline_need(new 1.9 "libnew-dev; new-devel; new")'), (0, ""))
        status, said = configure(f'include({MODULE})\nplumbline_need(old 1.9 "libold-dev; old-devel; old")')
        self.assertEqual(status, 1)
        self.assertIn("old is 1.2 (plumbline is built with 1.9 or newer). Install a newer one (libold-dev; old-devel; old), or give its place: "
                      "-DCMAKE_PREFIX_PATH=FOLDER", said)
        status, said = configure(f'include({MODULE})\nplumbline_need(absent 1.9 "libabsent-dev; absent-devel; absent")')
        self.assertEqual(status, 1)
        self.assertIn("absent was not found (plumbline is built with it). Install it (libabsent-dev; absent-devel; absent)", said)


if __name__ == "__main__":
    unittest.main()
