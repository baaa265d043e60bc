# SPDX-License-Identifier: MIT
"""Every option in options.def has tests/options/<name>.py, and no test is for
an option that is gone."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from refsan import tables  # noqa: E402

names = {option.name for option in tables.options()}
tested = {path.stem for path in (ROOT / "tests/options").glob("*.py")}
complaints = [f"no tests/options/{name}.py" for name in names - tested]
complaints += [f"tests/options/{name}.py: no such option"
               for name in tested - names]
sys.exit("\n".join(sorted(complaints)) or 0)
