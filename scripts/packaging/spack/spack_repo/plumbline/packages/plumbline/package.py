# SPDX-License-Identifier: Apache-2.0
"""For Spack 1.0 and newer. It builds the clone that it lies in:

    spack repo add scripts/packaging/spack/spack_repo/plumbline
    spack install plumbline ^openmpi
"""
import pathlib

from spack_repo.builtin.build_systems.cmake import CMakePackage, generator

from spack.package import *


class Plumbline(CMakePackage):
    """Measures the collective communication of a cluster, and ends with a verdict."""

    git = pathlib.Path(__file__).resolve().parents[7].as_uri()
    license("Apache-2.0")
    version("main", branch="main")

    generator("ninja")
    variant("gloo", default=True, description="The backend gloo")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    depends_on("cmake@3.21:", type="build")
    depends_on("pkgconfig", type="build")
    depends_on("boost@1.71:+context")
    depends_on("cli11@2.1:", type="build")
    depends_on("eigen@3.3:", type="build")
    depends_on("fmt@7.1:")
    depends_on("gloo", when="+gloo")
    depends_on("hdf5@1.10:~mpi")
    depends_on("libsodium@1.0.18:")
    depends_on("mpi")
    depends_on("nlohmann-json@3.9:", type="build")
    depends_on("sqlite@3.34:")
    depends_on("yaml-cpp@0.6.3:")
    conflicts("%gcc@:10", msg="C++20 as plumbline uses it begins with GCC 11")
    conflicts("%clang@:15", msg="C++20 as plumbline uses it begins with Clang 16")

    def cmake_args(self):
        return [
            self.define("PLUMBLINE_BUILD_TESTS", False),
            self.define("CMAKE_DISABLE_FIND_PACKAGE_Gloo", self.spec.satisfies("~gloo")),
        ]
