# SPDX-License-Identifier: MIT
"""verbosity: 1 says what is watched, 2 every module, and shows the
interpreter's own frames."""

import support
from support import check

for run in support.preloaded, support.watched:
    text = run("demo.detached([])").stderr
    check("refsan: watching" not in text and "demo.so\n" not in text, text)
    text = run("demo.detached([])", verbosity=1).stderr
    check("refsan: watching CPython 3." in text, text)
    check("refsan: hooked" not in text, text)
    loud = run("demo.detached([])", verbosity=2).stderr
    check("refsan: watching CPython 3." in loud, loud)
    check(f"slots of {support.FOLDER}/demo.so\n" in loud, loud)
    check(len(support.own_stack(loud)) > len(support.own_stack(text)), loud)
