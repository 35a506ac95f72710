# SPDX-License-Identifier: Apache-2.0
"""What the scripts that start plumbline share."""
from __future__ import annotations

import os
import pathlib
import shutil
import sys
from collections.abc import Callable

ROOT = pathlib.Path(__file__).resolve().parents[2]
USAGE = 2


class Problem(Exception):
    """The user's, in one sentence: problem (why). suggestion."""


def report_problems(name: str, main: Callable[[], int]) -> int:
    """The exit status of `main`; a problem is one line on stderr and status 2."""
    try:
        status = main()
        sys.stdout.flush()
        return status
    except Problem as problem:
        sys.stdout.flush()
        print(f"{name}: {problem}", file=sys.stderr)
        return USAGE
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # whoever read stdout is gone, as `head` is
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or the interpreter complains at its end
        return 141


def find_program(name: str) -> str:
    """The absolute path of an executable. 'plumbline' is also looked for where this clone builds it, or beside an installed script."""
    found = shutil.which(name)
    if found is None and name == "plumbline":
        built = [os.environ.get("PLUMBLINE", ""), *(str(ROOT / f"build/{preset}/harness/plumbline") for preset in ("release", "dev")),
                 str(ROOT.parents[1] / "bin/plumbline")]
        found = next((path for path in built if path and os.access(path, os.X_OK)), None)
        if found is None:
            raise Problem("no 'plumbline' was found (neither on PATH, nor in $PLUMBLINE, nor built in this clone). Build it with "
                          "'cmake --build --preset release'")
    if found is None:
        raise Problem(f"no '{name}' can be run here (no such program, or it is not executable). Check the path")
    return os.path.abspath(found)
