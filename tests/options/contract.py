# SPDX-License-Identifier: MIT
"""contract: which rule for making objects immortal the program must keep.
The object is a list with two references, both of the thread that made it."""

import support
from support import FOLDER, check

SOURCE = """\
#include "ext.h"

PyAPI_FUNC(void) _Py_SetImmortal(PyObject *);

static PyObject *
immortalize(PyObject *self, PyObject *registry)
{
    PyObject *object = PyList_New(0);

    PyList_Append(registry, object);
    _Py_SetImmortal(object);
    return object;
}

EXT_MODULE(demo, EXT_O(immortalize))
"""

source = FOLDER / "contract.c"
source.write_text(SOURCE)
support.build(str(source))
for contract, status in ("3.15", 66), ("relaxed", 0), ("3.14", 0):
    done = support.preloaded("demo.immortalize([])", contract=contract)
    check(("immortalize-shared" in done.stderr) == (status != 0), done)
    check(done.returncode == status, done)
