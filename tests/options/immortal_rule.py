# SPDX-License-Identifier: MIT
"""immortal_rule: what a PyUnstable_SetImmortal that refsan provides says of an
object with two references, both of its owner. Needs a Python before 3.15."""

import sys

import support
from support import FOLDER, check

sys.path.insert(0, str(support.TESTS))

import interpreters  # noqa: E402

SOURCE = """\
#include "ext.h"

PyAPI_FUNC(int) PyUnstable_SetImmortal(PyObject *);

static PyObject *
immortalize(PyObject *self, PyObject *list)
{
    PyObject *object = PyList_New(0);
    int is_done;

    if (object == NULL || PyList_Append(list, object) < 0)
        return NULL;
    is_done = PyUnstable_SetImmortal(object);
    Py_DECREF(object);
    return PyLong_FromLong(is_done);
}

EXT_MODULE(demo, EXT_O(immortalize))
"""

older = [interpreter for interpreter in interpreters.find().values()
         if interpreter.version < (3, 15)]
if not older:
    print("no Python before 3.15 is here")
    sys.exit(77)
source = FOLDER / "older.c"
source.write_text(SOURCE)
for interpreter in older:
    support.build(str(source), interpreter.includes[0])
    support.PYTHON = interpreter.path
    for rule, answer in ("documented", "0"), ("relaxed", "1"):
        done = support.preloaded("print(demo.immortalize([]))",
                                 immortal_rule=rule)
        check(done.stdout == f"{answer}\n", done)
