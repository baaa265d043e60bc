# SPDX-License-Identifier: MIT
"""halt_on_error: the process ends at the first error, after its report; a
warning does not end it."""

import support
from support import check

CODE = """\
demo.refused()
print('warned', flush=True)
demo.detached([])
print('went on', flush=True)
"""

for run in support.preloaded, support.watched:
    done = run(CODE, halt_on_error=1)
    check(done.stdout == "warned\n" and done.returncode == 66, done)
    check("refsan: refop-detached:" in done.stderr, done)
    check("halt_on_error=1: the process ends here" in done.stderr, done)
    done = run(CODE)
    check(done.stdout == "warned\nwent on\n", done)
check(support.preloaded(CODE, halt_on_error=1, exitcode=5).returncode == 5)
done = support.preloaded(CODE, halt_on_error=1, warnings_are_errors=1)
check(done.stdout == "", done)
