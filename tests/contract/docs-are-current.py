# SPDX-License-Identifier: MIT
"""The documents say what the tables and tests say."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent

sys.exit(subprocess.run(
    [sys.executable, ROOT / "scripts/docs", "--check"]).returncode)
