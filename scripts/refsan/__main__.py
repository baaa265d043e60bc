# SPDX-License-Identifier: MIT
"""`python3 scripts/refsan`; `python3 -m refsan` where the path has it."""

import os
import sys

if not __package__:  # the folder was run: its parent has the package
    sys.path[0] = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))

from refsan.main import main  # noqa: E402

sys.exit(main())
