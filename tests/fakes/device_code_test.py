# SPDX-License-Identifier: Apache-2.0
"""The text that is compiled for devices at run time, given to a compiler for them: it needs nothing but itself and is CUDA.
No device is here to run it; the stand-in runs the same text on the host."""
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
FILES = os.environ["DEVICE_CODE"].split()
COMPILER = shutil.which("clang++-19") or shutil.which("clang++")

# What NVRTC knows by itself, as far as it is used.
WORDS = """
#define __CUDACC_RTC__ 1
#define __device__ __attribute__((device))
#define __global__ __attribute__((global))
#define __uint_as_float(bits) __builtin_bit_cast(float, bits)
#define __float_as_uint(value) __builtin_bit_cast(unsigned, value)
struct Place { unsigned x; };
__device__ extern const Place gridDim, blockDim, blockIdx, threadIdx;
__device__ unsigned long long atomicMin(unsigned long long* value, unsigned long long other);
#include "collectives/backends/nccl/check_kernel.hpp"
"""


def compiled(folder: pathlib.Path, files, standard: str) -> subprocess.CompletedProcess:
    for file in files:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / file, folder / file)
    (folder / "plumbline.cu").write_text(WORDS, encoding="utf-8")
    return subprocess.run([COMPILER, "-x", "cuda", "--cuda-device-only", "--cuda-gpu-arch=sm_90", "-nocudainc", "-nocudalib", "-nostdinc",
                           "-nostdinc++", f"-std={standard}", "-Wall", "-Wextra", "-Werror", "-Wno-unknown-cuda-version", "-O2", "-S", "-o", "-",
                           "-I", folder, folder / "plumbline.cu"], text=True, capture_output=True, timeout=120)


class DeviceCode(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def test_it_compiles_for_a_device_by_itself_to_one_kernel_a_type(self):
        for standard in ("c++17", "c++20"):
            process = compiled(self.folder, FILES, standard)
            self.assertEqual(process.returncode, 0, process.stderr)
            types = re.search(r"enum class DataType[^{]*\{(.*?)\};", (ROOT / "collectives/operations/data_type.hpp").read_text(encoding="utf-8"), re.S)
            names = re.findall(r"^\s*(\w+),", types[1], re.M)
            self.assertEqual(re.findall(r"\.entry plumbline_check_(\w+)\(", process.stdout), names)

    def test_without_one_of_its_files_it_does_not(self):
        for file in FILES:
            with self.subTest(file):
                folder = self.folder / file.replace("/", "-")
                self.assertNotEqual(compiled(folder, [one for one in FILES if one != file], "c++17").returncode, 0)


if __name__ == "__main__":
    if COMPILER is None:
        raise SystemExit(77)
    unittest.main()
