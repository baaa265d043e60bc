# SPDX-License-Identifier: MIT
"""follow: a program that is started without LD_PRELOAD is watched, or not."""

import support
from support import check

CODE = """\
import subprocess, sys
code = "import sys; sys.path.insert(0, sys.argv[1]); import demo; \
demo.detached([])"
subprocess.run([sys.executable, "-I", "-c", code, sys.argv[0].rsplit("/", 1)[0]],
               env={})
"""
for run in support.preloaded, support.watched:
    text = run(CODE).stderr
    check("refsan: refop-detached:" in text, text)
    text = run(CODE, follow=0).stderr
    check("refop-detached" not in text, text)
    check("0 errors" in text, text)
