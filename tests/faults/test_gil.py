# SPDX-License-Identifier: MIT
"""A module without Py_mod_gil switches the GIL on: who and when is said."""

import json
import subprocess

from runs import (FOLDER, FOUND, FREE_THREADED, LIBRARY, RunTest,
                  clean_environment, compile_module, main, on_each)

OLD = """
#include <Python.h>
static PyModuleDef_Slot slots[] = {{0, NULL}};
static PyModuleDef module = {
    .m_base = PyModuleDef_HEAD_INIT, .m_name = "old", .m_slots = slots};
PyMODINIT_FUNC
PyInit_old(void)
{
    return PyModuleDef_Init(&module);
}
"""
NEW = """
#include "ext.h"
static PyObject *
detached(PyObject *self, PyObject *arg)
{
    (void)self;
    Py_BEGIN_ALLOW_THREADS
    Py_IncRef(arg); /* a bug, so that there is a finding */
    Py_END_ALLOW_THREADS
    return PyLong_FromLong(0);
}
EXT_MODULE(new, EXT_O(detached))
"""
SAID = "refsan: the GIL was switched on for {}/old.so"
IMPORTS = "import sys; sys.path[:0] = sys.argv[1:]\n"


class Gil(RunTest):
    def modules(self, python):
        return (compile_module(python, OLD, "old"),
                compile_module(python, NEW, "new"))

    def run_code(self, python, code, *flags, **more):
        return self.refsan(python.path, "-I", *flags, "-Wignore", "-c",
                           IMPORTS + code, *self.modules(python), **more)

    @on_each(FREE_THREADED)
    def test_it_is_said_when_it_happens_and_at_the_end(self, python):
        """"When": before the thread that is created next runs."""
        code = ("import new, old, threading\n"
                "print(sys._is_gil_enabled(), file=sys.stderr, flush=True)\n"
                "thread = threading.Thread(target=int)\n"
                "thread.start(); thread.join()\n"
                "import _elementtree\n")
        old, _ = self.modules(python)
        lines = self.run_code(python, code).stderr.splitlines()
        self.assertIn("True", lines)
        said = [line for line in lines
                if line.startswith(SAID.format(old))]
        self.assertEqual(len(said), 2, lines)
        self.assertIn("races are not looked for from then on", said[0])
        self.assertIn("races were not looked for from then on", said[1])

    @on_each(FREE_THREADED)
    def test_it_is_said_when_nothing_else_happens(self, python):
        old, _ = self.modules(python)
        done = self.run_code(python, "import new, old")
        self.assertIn(SAID.format(old), done.stderr)

    @on_each(FREE_THREADED)
    def test_the_runtime_alone_says_it(self, python):
        old, new = self.modules(python)
        done = subprocess.run(
            [python.path, "-I", "-Wignore", "-c", IMPORTS + "import old",
             old, new], text=True, capture_output=True,
            env=clean_environment(LD_PRELOAD=LIBRARY))
        self.assertEqual(done.stderr.count(SAID.format(old)), 2,
                         done.stderr)

    @on_each(FOUND)
    def test_findings_tell(self, python):
        for name, code in (("on", "import old, new, _elementtree"),
                           ("off", "import new")):
            path = FOLDER / f"{python.name}.{name}.jsonl"
            path.unlink(missing_ok=True)
            self.run_code(python, code + "\nnew.detached([])", status=66,
                          options=["--jsonl", str(path)])
            found = json.loads(path.read_text().splitlines()[0])
            self.assertEqual(found["gil"], name == "on" or
                             not python.is_free_threaded)

    @on_each(FOUND)
    def test_nothing_is_said_without_reason(self, python):
        code = "import new, _elementtree" if python.is_free_threaded \
            else "import new, old"
        self.assertNotIn("GIL", self.run_code(python, code).stderr)

    @on_each(FREE_THREADED)
    def test_the_user_wants_one(self, python):
        done = self.run_code(python, "import new", "-Xgil=1")
        self.assertIn("refsan: the GIL is on, as PYTHON_GIL=1 or -X gil=1 "
                      "asks for: races are not looked for\n", done.stderr)
        done = self.run_code(python, "import old, new", "-Xgil=0")
        self.assertNotIn("GIL", done.stderr)


if __name__ == "__main__":
    main()
