# SPDX-License-Identifier: MIT
"""refsan doctor -m: what it says of packages made for the purpose, on the
newest default and the newest free-threaded interpreter that are found."""

import os
import pathlib
import subprocess
import sys
import unittest

from support import ROOT, RefsanTest

sys.path.insert(0, str(ROOT / "tests"))

import interpreters  # noqa: E402

INCLUDES = ('import sysconfig; print(sysconfig.get_path("include"), '
            'sysconfig.get_config_var("EXT_SUFFIX"))')

METHODS = """
#define PY_SSIZE_T_CLEAN
#include <Python.h>
static PyObject *
use(PyObject *self, PyObject *arg)
{
    %s
    Py_RETURN_NONE;
}
static PyMethodDef methods[] = {{"use", use, METH_O, NULL}, {NULL}};
"""
TWO_PHASES = METHODS + """
static PyModuleDef_Slot slots[] = {%s {0, NULL}};
static PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "x",
    .m_methods = methods, .m_slots = slots};
PyMODINIT_FUNC PyInit_%s(void) { return PyModuleDef_Init(&definition); }
"""
ONE_PHASE = METHODS + """
static PyModuleDef definition = {PyModuleDef_HEAD_INIT, .m_name = "x",
    .m_size = -1, .m_methods = methods};
PyMODINIT_FUNC PyInit_%s(void)
{
    PyObject *module = PyModule_Create(&definition);
    %s
    return module;
}
"""
EXPORTED = METHODS + """
PyABIInfo_VAR(abi);
static PySlot slots[] = {
    PySlot_STATIC_DATA(Py_mod_abi, &abi),
    PySlot_DATA(Py_mod_gil, %s),
    PySlot_STATIC_DATA(Py_mod_methods, methods),
    PySlot_END,
};
PyMODEXPORT_FUNC PyModExport_%s(void) { return slots; }
"""
NOT_USED = "{Py_mod_gil, Py_MOD_GIL_NOT_USED},"
INLINE = "Py_INCREF(arg); Py_DECREF(arg);"
CALLS = "Py_IncRef(arg); Py_DecRef(arg);"
SET_GIL = """
#ifdef Py_GIL_DISABLED
    PyUnstable_Module_SetGIL(module, Py_MOD_GIL_NOT_USED);
#endif"""


def find_interpreter(is_free_threaded):
    """The newest one that knows Py_mod_gil."""
    return max((it for it in interpreters.find().values()
                if it.is_free_threaded == is_free_threaded
                and it.version[:2] >= (3, 13)),
               key=lambda it: it.version, default=None)


class Doctor:
    """The tests, for one interpreter."""
    interpreter = None

    @classmethod
    def setUpClass(cls):
        cls.python = cls.interpreter.path
        cls.is_free_threaded = cls.interpreter.is_free_threaded
        cls.include, cls.suffix = subprocess.run(
            [cls.python, "-c", INCLUDES], check=True, text=True,
            stdout=subprocess.PIPE).stdout.split()

    def setUp(self):
        super().setUp()
        self.package = self.folder / "site/pkg"
        self.package.mkdir(parents=True)
        (self.package / "__init__.py").touch()
        self.environment["PYTHONPATH"] = str(self.package.parent)

    def build(self, name, source, *flags, suffix=None):
        path = self.package / (name + (suffix or self.suffix))
        subprocess.run(
            [os.environ.get("CC", "cc"), "-shared", "-fPIC", "-O1",
             *flags, f"-I{self.include}", "-x", "c", "-", "-o", str(path)],
            input=source, text=True, check=True)
        return path

    def doctor(self, name="pkg", status=0):
        done = self.refsan("doctor", "-m", name, "--python", self.python)
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        if status == 0:
            self.assertEqual(done.stderr, "")
        return done

    def facts(self, name, said):
        """label -> words of the group that has the module."""
        group = next(part for part in said.split("\n\n")
                     if name in part.split("\n")[0].replace(",", "").split())
        return {line[2:13].strip(): line[14:]
                for line in group.splitlines()[1:]}

    def sentence(self, name, status):
        """The one line of a refusal."""
        done = self.doctor(name, status)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        return done.stderr

    # ---- Modules

    def test_two_phases(self):
        self.build("no", TWO_PHASES % (INLINE, NOT_USED, "no"))
        self.build("plain", TWO_PHASES % (INLINE, "", "plain"))
        said = self.doctor().stdout
        self.assertEqual(self.facts("pkg.no", said)["GIL"],
                         "not needed (Py_mod_gil is Py_MOD_GIL_NOT_USED)")
        self.assertEqual(
            self.facts("pkg.plain", said)["GIL"],
            "needed (no Py_mod_gil): importing it switches the GIL on"
            if self.is_free_threaded else "no Py_mod_gil in this build")

    def test_slots_that_are_exported(self):
        """PyModExport_, which 3.15 has."""
        if self.interpreter.version < (3, 15):
            self.skipTest("there is no PyModExport_ before 3.15")
        for name, value in ("no", "Py_MOD_GIL_NOT_USED"), (
                "yes", "Py_MOD_GIL_USED"):
            self.build(name, EXPORTED % (INLINE, value, name))
        said = self.doctor().stdout
        self.assertEqual(self.facts("pkg.no", said)["GIL"],
                         "not needed (Py_mod_gil is Py_MOD_GIL_NOT_USED)")
        self.assertEqual(self.facts("pkg.yes", said)["GIL"],
                         "needed (Py_mod_gil is Py_MOD_GIL_USED)")

    def test_one_phase(self):
        """The first one switches the GIL on, and nobody can say it of the
        next."""
        self.build("a", ONE_PHASE % (INLINE, "a", SET_GIL))
        self.build("b", ONE_PHASE % (INLINE, "b", ""))
        self.build("c", ONE_PHASE % (INLINE, "c", SET_GIL))
        said = self.doctor().stdout
        if not self.is_free_threaded:
            for name in "abc":
                self.assertEqual(
                    self.facts(f"pkg.{name}", said)["GIL"],
                    "unknown: only its free-threaded build can say it")
            return
        self.assertEqual([self.facts(f"pkg.{name}", said)["GIL"]
                          for name in "abc"], [
            "not needed (PyUnstable_Module_SetGIL)",
            "needed: importing it switches the GIL on",
            "unknown: another module has switched the GIL on before"])

    def test_counting_and_tier(self):
        instrument = f"-I{ROOT / 'include/refsan/instrument'}"
        self.build("inline", TWO_PHASES % (INLINE, NOT_USED, "inline"))
        self.build("calls", TWO_PHASES % (CALLS, NOT_USED, "calls"))
        self.build("told", TWO_PHASES % (INLINE, NOT_USED, "told"),
                   instrument)
        self.build("both", TWO_PHASES % (INLINE + CALLS, NOT_USED, "both"))
        self.build("later", TWO_PHASES % (
            INLINE + "extern int refsan_abi_999 __attribute__((weak)); "
            "if (&refsan_abi_999) Py_RETURN_FALSE;", NOT_USED, "later"))
        said = self.doctor().stdout
        tiers = {name: self.facts(f"pkg.{name}", said)["tier"]
                 for name in ("inline", "calls", "told", "later")}
        self.assertEqual([tiers["inline"], tiers["calls"], tiers["told"]],
                         ["stock", "stock", "instrumented"])
        self.assertIn("version 999", tiers["later"])
        self.assertIn("in line", self.facts("pkg.inline", said)["counts"])
        self.assertIn("by function calls",
                      self.facts("pkg.calls", said)["counts"])
        words = " ".join(said.split())
        for part in ("every reference operation, with its file and line "
                     "(pkg.told)", "each is a call (pkg.calls)",
                     "all counting by function call (pkg.both)",
                     "not seen Py_INCREF"):
            self.assertIn(part, words)

    def test_all_is_seen(self):
        """Nothing is said to be missed of calls alone."""
        self.build("calls", TWO_PHASES % (CALLS, NOT_USED, "calls"))
        said = self.doctor().stdout
        self.assertIn("seen        every reference operation", said)
        self.assertNotIn("not seen", said)

    def test_functions(self):
        self.build("a", TWO_PHASES % (
            "PyDict_GetItem(arg, arg); PyDict_Next(arg, NULL, NULL, NULL); "
            "PyFunction_GetCode(arg);", NOT_USED, "a"))
        self.build("b", TWO_PHASES % (
            "PyDict_GetItem(arg, arg);"
            "extern int PyUnstable_SetImmortal(PyObject *);"
            "if (arg == (PyObject *)self) PyUnstable_SetImmortal(arg);",
            NOT_USED, "b"), "-Wl,-z,lazy")
        said = self.doctor().stdout
        self.assertIn("\n  borrows     PyDict_GetItem: pkg.a, pkg.b\n"
                      "              PyDict_Next: pkg.a\n"
                      "  unwatched   PyFunction_GetCode: pkg.a\n"
                      "  immortality PyUnstable_SetImmortal: pkg.b\n", said)

    def test_debug_information(self):
        source = TWO_PHASES % (INLINE, NOT_USED, "%s")
        self.build("full", source % "full", "-g")
        self.build("names", source % "names")
        self.build("none", source % "none", "-s")
        for name in "split", "lost":
            path = self.build(name, source % name, "-g")
            subprocess.run(["objcopy", "--only-keep-debug", path,
                            f"{path}.debug"], check=True)
            subprocess.run(["objcopy", "--strip-all",
                            f"--add-gnu-debuglink={path}.debug", path],
                           check=True)
        os.unlink(f"{path}.debug")
        said = self.doctor().stdout
        self.assertEqual(
            [self.facts(f"pkg.{name}", said)["debug info"]
             for name in ("full", "names", "none")],
            ["yes", "no, but function names", "no, stripped"])
        words = " ".join(said.split())
        self.assertIn(f"in {self.package.resolve()}/split{self.suffix}.debug",
                      words)
        self.assertIn("no, stripped, split off to "
                      f"lost{self.suffix}.debug, which is not here", words)

    @unittest.skipUnless(os.uname().machine == "x86_64",
                         "frame pointers are read on x86-64")
    def test_frame_pointers(self):
        source = TWO_PHASES % (INLINE, NOT_USED, "%s")
        self.build("with_", source % "with_", "-fno-omit-frame-pointer")
        self.build("without", source % "without", "-fomit-frame-pointer")
        self.build("bare", source % "bare", "-fomit-frame-pointer",
                   "-fno-asynchronous-unwind-tables", "-nostartfiles")
        said = self.doctor().stdout
        self.assertEqual(self.facts("pkg.with_", said)["stacks"],
                         "unwind tables, with frame pointers")
        self.assertEqual(self.facts("pkg.without", said)["stacks"],
                         "unwind tables, no frame pointers")
        self.assertEqual(self.facts("pkg.bare", said)["stacks"],
                         "no unwind tables; frame pointers unknown")

    def test_toolkits(self):
        marks = {"Cython 3.1.4": "\\0_cython_3_1_4", "PyO3 0.25.1":
                 "/pyo3-0.25.1/src", "pybind11 11":
                 "__pybind11_internals_v11_", "nanobind 18":
                 "nb_internals_v18_", "Cython": "\\0cython_runtime"}
        source = TWO_PHASES % (INLINE, NOT_USED, "%s") + (
            '__attribute__((used)) static const char mark[] = "%s";')
        for number, mark in enumerate(marks.values()):
            self.build(f"m{number}", source % (f"m{number}", mark))
        said = self.doctor().stdout
        self.assertEqual([self.facts(f"pkg.m{number}", said)["made with"]
                          for number in range(len(marks))], list(marks))

    def test_stable_abi_and_single_module(self):
        self.build("only", TWO_PHASES % (CALLS, NOT_USED, "only"),
                   suffix=".abi3.so" if not self.is_free_threaded else None)
        os.rename(self.package, self.package.with_name("away"))
        self.environment["PYTHONPATH"] = str(self.package.with_name("away"))
        said = self.doctor("only").stdout
        self.assertIn("1 extension module\n", said)
        self.assertEqual(
            self.facts("only", said)["tier"], "stock" if
            self.is_free_threaded else "stock, stable ABI (abi3)")

    # ---- What is not as it should be

    def test_what_is_no_module_is_left_out(self):
        self.build("it", TWO_PHASES % (INLINE, NOT_USED, "it"))
        self.build("helper", "int helper(void) { return 0; }", suffix=".so")
        self.build("it", TWO_PHASES % (INLINE, NOT_USED, "it"),
                   suffix=".cpython-26-x86_64-linux-gnu.so")
        self.assertIn("\n  modules     1 extension module; 1 file for other "
                      "interpreters left out\n", self.doctor().stdout)

    def test_modules_that_cannot_be_imported(self):
        source = TWO_PHASES % (INLINE, "{Py_mod_exec, run}," + NOT_USED,
                               "%s")
        before = "#include <Python.h>\n#include <stdlib.h>\n" \
                 "static int run(PyObject *m) { %s }\n"
        self.build("dies", before % "abort();" + source % "dies")
        self.build("exits", before % "_Exit(3);" + source % "exits")
        self.build("fails", before % (
            'PyErr_SetString(PyExc_ImportError, "no libweather\\nat all"); '
            "return -1;") + source % "fails")
        self.build("works", before % "return 0;" + source % "works")
        said = self.doctor().stdout
        self.assertIn("  no import   pkg.dies: importing it kills the "
                      "process: SIGABRT\n", said)
        self.assertIn("  no import   pkg.exits: importing it ends the "
                      "process with status 3\n", said)
        self.assertIn("  no import   pkg.fails: ImportError: no "
                      "libweather\n", said)
        self.assertEqual(self.facts("pkg.works", said)["GIL"],
                         "not needed (Py_mod_gil is Py_MOD_GIL_NOT_USED)")
        self.assertEqual(self.facts("pkg.dies", said)["GIL"],
                         "unknown: it cannot be imported")

    def test_broken_files(self):
        whole = self.build("whole", TWO_PHASES % (INLINE, NOT_USED, "whole"))
        contents = whole.read_bytes()
        for name, part in {"empty": b"", "text": b"words\n" * 99,
                           "half": contents[:len(contents) // 2]}.items():
            (self.package / (name + self.suffix)).write_bytes(part)
        done = self.doctor()
        words = " ".join(done.stdout.split())
        for name, why in {"empty": "is empty", "text":
                          "is no 64-bit ELF file", "half":
                          "is an ELF file whose end is missing, or that is "
                          "damaged"}.items():
            self.assertIn(f"broken {self.package}/{name}{self.suffix} {why}",
                          words)
        self.assertIn("\n  pkg.whole\n", done.stdout)
        whole.unlink()
        self.assertIn("broken", self.doctor(status=67).stdout)

    def test_every_cut(self):
        """Wherever a file ends, its reader does."""
        from refsan.inspecting.extension import Extension
        whole = self.build("whole", TWO_PHASES % (INLINE, NOT_USED, "whole"))
        contents, damaged = whole.read_bytes(), 0
        for length in range(0, len(contents), 97):
            whole.write_bytes(contents[:length])
            extension = Extension("whole", str(whole))
            damaged += extension.damage is not None
            if not extension.damage:
                extension.debug, extension.frames, extension.toolkits
        self.assertGreater(damaged, len(contents) // 97 - 5)

    def test_refusals(self):
        self.assertEqual(
            self.sentence("no_such_package", 2),
            f"refsan: {self.python} has no package no_such_package\n")
        self.assertIn("has no package pkg.inner",
                      self.sentence("pkg.inner", 2))
        self.assertEqual(
            self.sentence("pkg", 67),
            "refsan: pkg has no extension modules: there is nothing for "
            "refsan to watch in it\n")
        self.assertEqual(
            self.sentence("sys", 67),
            "refsan: sys is built into the interpreter: refsan doctor "
            "without -m answers for it\n")


DEFAULT, FREE_THREADED = find_interpreter(False), find_interpreter(True)


@unittest.skipUnless(DEFAULT, "there is no default build, 3.13 or later")
class Default(Doctor, RefsanTest):
    interpreter = DEFAULT


@unittest.skipUnless(FREE_THREADED, "there is no free-threaded interpreter")
class FreeThreaded(Doctor, RefsanTest):
    interpreter = FREE_THREADED


class Interpreters(RefsanTest):
    def test_refusals(self):
        for python, status, words in (
                ("no-such-python", 127, "cannot run no-such-python: No such "
                                        "file or directory"),
                ("true", 67, "true does not answer as a Python does")):
            for more in [], ["-m", "json"]:
                done = self.refsan("doctor", *more, "--python", python)
                self.assertEqual(
                    (done.returncode, done.stdout, done.stderr),
                    (status, "", f"refsan: {words}\n"))

    def test_one_interpreter(self):
        done = self.refsan("doctor", "--python", "a", "--", "b")
        self.assertEqual((done.returncode, done.stderr), (
            2, "refsan: one interpreter at a time: --python, or after --\n"))


if __name__ == "__main__":
    unittest.main()
