# SPDX-License-Identifier: Apache-2.0
"""scripts/experiments/simgrid-check with the arguments given; 77, which CTest takes for a skip, where this machine has no SimGrid."""
import pathlib
import shutil
import subprocess
import sys

if shutil.which("smpirun") is None:
    print("skipped: SimGrid's smpirun was not found. Install libsimgrid-dev")
    sys.exit(77)
ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.exit(subprocess.run([sys.executable, "-B", ROOT / "scripts/experiments/simgrid-check", *sys.argv[1:]]).returncode)
