# SPDX-License-Identifier: Apache-2.0
"""What scripts/packaging/make-sbom finds inside of a build: the packages whose files it read, no others, each with its licence."""
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

SCRIPT = pathlib.Path(__file__).resolve().parents[2] / "scripts/packaging/make-sbom"
BUILD = """rule cc
  command = cc -MD -MF $out.d -isystem ROOT/usr/include -c $in -o $out
  depfile = $out.d
  deps = gcc
rule link
  command = ar rcs $out $in && test -e ROOT/usr/lib/liblinked.a
build used.o: cc used.c
build all.a: link used.o | ROOT/usr/lib/libyaml-cpp.a
default all.a
"""


class Bill(unittest.TestCase):
    def setUp(self):
        for tool in ("dpkg-deb", "dpkg-query", "ninja", "cc"):
            if shutil.which(tool) is None:
                self.skipTest(f"no {tool}")
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.sysroot = pathlib.Path(folder.name, "sysroot")
        self.build = self.sysroot / "build"
        self.build.mkdir(parents=True)

    def package(self, name, path, text="", where="newer"):
        tree = self.sysroot / "trees" / name
        for file, content in ((path, text), (f"usr/share/doc/{name}/copyright", f"licence of {name}\n"),
                              ("DEBIAN/control", f"Package: {name}\nVersion: 1.2-3\nArchitecture: all\nMaintainer: x <x@x>\nDescription: x\n")):
            (tree / file).parent.mkdir(parents=True, exist_ok=True)
            (tree / file).write_text(content)
        (self.sysroot / "packages" / where).mkdir(parents=True, exist_ok=True)
        deb = self.sysroot / "packages" / where / f"{name}_1.2-3_all.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "-b", tree, deb], check=True, capture_output=True)
        subprocess.run(["dpkg-deb", "-x", deb, self.sysroot / "root"], check=True)

    def bill(self):
        root = self.sysroot.resolve() / "root"
        (root / "usr/lib").mkdir(parents=True, exist_ok=True)
        (root / "usr/lib/liblinked.a").touch()
        (self.build / "used.c").write_text("#include <zlib.h>\n")
        (self.build / "build.ninja").write_text(BUILD.replace("ROOT", str(root)))
        subprocess.run(["ninja", "-C", self.build], check=True, capture_output=True)
        return subprocess.run([sys.executable, SCRIPT, self.build, self.sysroot, "0.1.0", self.sysroot / "out"], text=True, capture_output=True)

    def test_packages_whose_headers_or_libraries_were_read_are_inside_and_no_others(self):
        self.package("zlib1g-dev", "usr/include/zlib.h", "int z;\n")
        self.package("libyaml-cpp-dev", "usr/lib/libyaml-cpp.a")
        self.package("libsodium-dev", "usr/include/sodium.h")
        self.package("libc6-dev", "usr/include/libc.h", where="older")
        done = self.bill()
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        bill = json.loads((self.sysroot / "out/plumbline.cdx.json").read_text())
        names = [one["name"] for one in bill["components"]]
        self.assertEqual(sorted(names), ["libc6-dev", "libgcc-12-dev", "libstdc++-12-dev", "libyaml-cpp-dev", "zlib1g-dev"])
        zlib = next(one for one in bill["components"] if one["name"] == "zlib1g-dev")
        self.assertEqual((zlib["version"], zlib["licenses"], zlib["purl"]), ("1.2-3", [{"license": {"id": "Zlib"}}], "pkg:deb/debian/zlib1g-dev@1.2-3?distro=bookworm"))
        self.assertEqual((bill["bomFormat"], bill["specVersion"], bill["metadata"]["component"]["version"]), ("CycloneDX", "1.5", "0.1.0"))
        self.assertEqual(sorted(bill["dependencies"][0]["dependsOn"]), sorted(one["bom-ref"] for one in bill["components"]))
        self.assertEqual((self.sysroot / "out/licences/zlib1g-dev").read_text(), "licence of zlib1g-dev\n")

    def test_a_package_without_a_stated_licence_is_an_error(self):
        self.package("libyaml-cpp-dev", "usr/lib/libyaml-cpp.a")
        self.package("libsurprise-dev", "usr/include/zlib.h", "int z;\n")
        done = self.bill()
        self.assertEqual(done.returncode, 1)
        self.assertIn("reads files of libsurprise-dev (its licence stands nowhere). Add a row", done.stderr)


if __name__ == "__main__":
    unittest.main()
