# SPDX-License-Identifier: MIT
"""--require: the run fails unless a module was watched as it should be; and
tiers by module where they differ, over all processes."""

import json
import subprocess
import sys

from runs import (FOLDER, FOUND, REFSAN, RunTest, compile_module, main,
                  on_each)
from test_gil import IMPORTS, OLD

COUNTS = """
#include "ext.h"
static PyObject *
detached(PyObject *self, PyObject *arg)
{
    (void)self;
    Py_BEGIN_ALLOW_THREADS
    Py_IncRef(arg);
    Py_END_ALLOW_THREADS
    return PyLong_FromLong(0);
}
static PyObject *
keep(PyObject *self, PyObject *arg)
{
    static PyObject *kept;
    (void)self;
    Py_XSETREF(kept, Py_NewRef(arg));
    return PyLong_FromLong(0);
}
EXT_MODULE(NAME, EXT_O(detached) EXT_O(keep))
"""


class ModulesTest(RunTest):
    @classmethod
    def setUpClass(cls):
        cls.folders = {}
        for python in FOUND:
            cls.folders[python.name] = [
                compile_module(python, COUNTS.replace("NAME", "plain"),
                               "plain"),
                compile_module(python, COUNTS.replace("NAME", "rebuilt"),
                               "rebuilt",
                               compiler=[sys.executable, REFSAN, "cc"]),
                compile_module(python, OLD, "old")]

    def run_code(self, python, code, *requirements, **more):
        options = [word for requirement in requirements
                   for word in ("--require", requirement)]
        return self.refsan(
            python.path, "-I", "-Wignore", "-c", IMPORTS + code,
            *self.folders[python.name],
            options=[*options, *more.pop("options", ())], **more).stderr


class Require(ModulesTest):
    @on_each(FOUND)
    def test_met(self, python):
        self.run_code(python, "import plain, rebuilt", "plain",
                      "plain=stock", "rebuilt=instrumented")
        if python.is_free_threaded:
            self.run_code(python, "import plain", "plain=stock,nogil",
                          "plain,nogil")

    @on_each(FOUND)
    def test_in_a_child(self, python):
        code = ("import subprocess\n"
                "subprocess.run([sys.executable, '-I', '-c', 'import sys;"
                "sys.path[:0] = sys.argv[1:]; import rebuilt',"
                "*sys.argv[1:]], env={})")
        self.run_code(python, code, "rebuilt=instrumented")

    @on_each(FOUND)
    def test_not_met(self, python):
        for requirement, sentence in (
                ("nothing", "nothing was not loaded in any watched "
                 "process"),
                ("lain", "lain was not loaded in any watched process"),
                ("plain=instrumented", "plain was watched as stock, not "
                 "instrumented: build it with refsan cc"),
                ("rebuilt=stock", "rebuilt was watched as instrumented, "
                 "not stock")):
            err = self.run_code(python, "import plain, rebuilt",
                                requirement, status=67)
            self.assertIn(f"refsan: required: {sentence}\n", err)

    @on_each(FOUND)
    def test_the_gil(self, python):
        err = self.run_code(python, "import plain, old, _elementtree",
                            "plain,nogil", status=67)
        words = ("plain ran with the GIL: it was switched on for "
                 if python.is_free_threaded else
                 "plain ran with a GIL: CPython 3.15")
        self.assertIn(f"refsan: required: {words}", err)

    def test_a_failure_stays_one(self):
        self.run_code(FOUND[0], "sys.exit(5)", "nothing", status=5)

    def test_packages(self):
        package = FOLDER / FOUND[0].name / "pack/site-packages/top/inner"
        package.mkdir(parents=True, exist_ok=True)
        source = f"{self.folders[FOUND[0].name][0]}/plain.so"
        (package / "plain.so").write_bytes(open(source, "rb").read())
        code = f"sys.path.insert(0, {str(package.parent.parent)!r})\n"
        for name, status in (("top", 0), ("top.inner", 0), ("plain", 0),
                             ("top.inner.plain", 0), ("inner.plain", 0),
                             ("inner", 67), ("site-packages", 67)):
            with self.subTest(name):
                self.run_code(FOUND[0], code + "import top.inner.plain", name,
                              status=status)

    def test_command_lines(self):
        for words in "", "a=b", "a,gil", "=stock", "a=stock,", ",nogil":
            done = subprocess.run(
                [sys.executable, REFSAN, "run", "--require", words, "true"],
                text=True, capture_output=True)
            self.assertEqual(done.returncode, 2, words)
            self.assertIn("--require needs MODULE", done.stderr)


class Tiers(ModulesTest):
    @on_each(FOUND)
    def test_they_are_named_where_they_differ(self, python):
        err = self.run_code(python, "import plain, rebuilt")
        self.assertRegex(err, r"refsan: instrumented: rebuilt; stock, "
                         r"where inline counting is not seen \(build them "
                         r"with refsan cc\): plain")
        self.assertNotIn("; stock, where",
                         self.run_code(python, "import plain"))

    @on_each(FOUND)
    def test_findings_have_that_of_the_module(self, python):
        path = FOLDER / f"{python.name}.jsonl"
        path.unlink(missing_ok=True)
        self.run_code(python, "import plain, rebuilt\n"
                      "plain.detached([])\nrebuilt.detached([])",
                      options=["--jsonl", str(path)], status=66)
        self.assertEqual([json.loads(line)["tier"] for line
                          in path.read_text().splitlines()],
                         ["stock", "instrumented"])


if __name__ == "__main__":
    main()
