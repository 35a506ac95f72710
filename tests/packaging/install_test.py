# SPDX-License-Identifier: Apache-2.0
"""What `cmake --install` lays down: everything beside the program, and a tree that works wherever it is moved to."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

LIBDIR = os.environ["LIBDIR"]


class Installed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        first = pathlib.Path(cls.folder.name, "first")
        subprocess.run([os.environ["CMAKE"], "--install", os.environ["BUILD"], "--prefix", first], check=True, capture_output=True)
        cls.prefix = pathlib.Path(cls.folder.name, "moved here")
        first.rename(cls.prefix)

    def run_installed(self, name, *words):
        return subprocess.run([self.prefix / "bin" / name, *words], text=True, capture_output=True, cwd=self.folder.name,
                              env={"PATH": "/usr/bin:/bin", "HOME": self.folder.name})

    def test_what_belongs_beside_the_program_is_there(self):
        wanted = ["share/doc/plumbline/" + name for name in ("LICENSE", "NOTICE", "README.md", "README.zh-CN.md", "docs/README.md", "docs/how-to/install.md",
                                                             "docs/how-to/install.zh-CN.md")]
        wanted += ["share/plumbline/" + name for name in ("schemas/show.json", "examples/slow-node.yaml", "scenarios/library/quickstart.yaml", "nightly.conf",
                                                          "source/CMakeLists.txt", "source/collectives/backends/mpi/module.cpp")]
        wanted += ["share/man/man1/plumbline-run.1", "share/man/zh_CN/man1/plumbline-run.1", "share/bash-completion/completions/plumbline", "share/zsh/site-functions/_plumbline",
                   "share/fish/vendor_completions.d/plumbline.fish", f"{LIBDIR}/plumbline", "lib/systemd/system/plumbline-nightly.service",
                   "lib/systemd/system/plumbline-nightly.timer", "lib/systemd/system/plumbline-endure@.service"]
        self.assertEqual([name for name in wanted if not (self.prefix / name).exists()], [])
        self.assertEqual(len(list((self.prefix / "share/modulefiles/plumbline").iterdir())), 1)

    @unittest.skipUnless(shutil.which("systemd-analyze"), "systemd-analyze is not installed (package systemd)")
    def test_systemd_takes_its_units(self):
        units = pathlib.Path(self.folder.name, "units")
        units.mkdir()
        for unit in (self.prefix / "lib/systemd/system").iterdir():
            shutil.copy(unit, units / unit.name.replace("@.", "@name."))  # an instance of a template
        self.assertEqual(len(list(units.iterdir())), 3)
        looked = subprocess.run(["systemd-analyze", "verify", "--man=no", *sorted(units.iterdir())], text=True, capture_output=True)
        ours = [line for line in looked.stderr.splitlines() if "plumbline" in line]
        self.assertEqual((looked.returncode, ours), (0, []), looked.stderr)
        bad = units / "plumbline-bad.service"
        bad.write_text("[Service]\nExecStart=plumbline endure\nRestart=sometimes\n")
        looked = subprocess.run(["systemd-analyze", "verify", "--man=no", bad], text=True, capture_output=True)
        self.assertIn("sometimes", looked.stderr)  # it would have been said

    def test_a_moved_program_finds_its_scenarios_and_modules(self):
        done = self.run_installed("plumbline", "validate", "quickstart")
        self.assertEqual(done.returncode, 0, done.stderr)
        shown = self.run_installed("plumbline", "list", "backends").stdout
        if (self.prefix / LIBDIR / "plumbline/plumbline-gloo.so").exists():
            self.assertNotIn("built without it", shown)
        self.assertNotIn("no module of MPI beside this program", shown)
        self.assertRegex(self.run_installed("plumbline", "--version").stdout, r"plumbline \d+\.\d+\.\d+")

    def test_each_program_beside_it_explains_itself(self):
        for name in ("plumbline-nightly", "plumbline-gpu-check", "plumbline-build-mpi-module"):
            done = self.run_installed(name, "--help")
            self.assertEqual((done.returncode, done.stderr), (0, ""), name)
            self.assertTrue(done.stdout, name)

    def test_links_of_the_pages_lead_to_pages_that_are_there_too(self):
        docs = self.prefix / "share/doc/plumbline"
        dead = []
        for page in docs.rglob("*.md"):
            for target in re.findall(r"\]\(([^)#:\s]+\.(?:md|yaml|py|png|svg))[)#]", page.read_text(encoding="utf-8")):
                if not (page.parent / target).exists():
                    dead.append(f"{page.relative_to(docs)}: {target}")
        self.assertEqual(dead, [])

    def test_the_source_of_a_module_is_whole(self):
        """Every header that it includes of plumbline's own is in it."""
        source = self.prefix / "share/plumbline/source"
        included = {header for path in source.rglob("*.[ch]pp") for header in re.findall(r'#include "(collectives/[^"]+)"', path.read_text(encoding="utf-8"))}
        self.assertGreater(len(included), 100)
        self.assertEqual(sorted(header for header in included if not (source / header).exists()), [])

    def test_the_module_file_is_of_the_tree_that_it_lies_in(self):
        modulefile, = (self.prefix / "share/modulefiles/plumbline").iterdir()
        tclsh = shutil.which("tclsh")
        if tclsh is None:
            self.skipTest("no tclsh")
        stub = f"""set ModulesCurrentModulefile {{{modulefile}}}
proc module-whatis {{text}} {{}}
proc conflict {{name}} {{}}
proc prepend-path {{name path}} {{puts "$name $path"}}
proc append-path {{name path}} {{}}
source $ModulesCurrentModulefile
"""
        said = subprocess.run([tclsh], input=stub, text=True, capture_output=True, check=True).stdout
        self.assertEqual(said.splitlines(), [f"PATH {self.prefix}/bin", f"MANPATH {self.prefix}/share/man"])


if __name__ == "__main__":
    unittest.main()
