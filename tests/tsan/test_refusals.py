# SPDX-License-Identifier: MIT
"""What --tsan cannot be: one sentence each; and what doctor says of it."""

import os
import subprocess
import sys
import unittest

import programs
from programs import hosts
from refsan import sanitizers


class RefusalTest(unittest.TestCase):
    def said(self, path, **environment):
        """Before anything is run."""
        done = programs.run("echo", "ran", refsan=[f"--tsan={path}"],
                            **environment)
        self.assertEqual(done.stdout, "", done.stderr)
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        self.assertIn(f"refsan: --tsan: {path}: ", done.stderr)
        self.assertNotEqual(done.returncode, 0)
        return done.stderr

    def made(self, name, contents):
        path = hosts.FOLDER / name
        path.write_bytes(contents)
        return path

    def test_paths(self):
        runtime = programs.runtimes()[0]
        with open(runtime.path, "rb") as file:
            library = file.read()
        other = bytearray(library)
        other[18:20] = b"\xb7\0" if library[18] != 0xb7 else b"\x3e\0"
        for path, words in (
                (hosts.FOLDER / "none.so", "there is no such file"),
                (self.made("text.so", b"/* GNU ld script */"),
                 "it is no shared library"),
                (hosts.FOLDER / "demo.so", "it has no __tsan_init"),
                (self.made("a b.so", library), "no path with a space"),
                (self.made("other.so", bytes(other)), "cannot preload it")):
            with self.subTest(words):
                self.assertIn(words, self.said(path))

    def test_a_runtime_that_ends_every_program(self):
        source = self.made("fatal.c", b"""
            #include <stdio.h>
            #include <unistd.h>
            void __tsan_init(void) {}
            __attribute__((constructor)) static void start(void)
            {
                fputs("FATAL: ThreadSanitizer: unexpected memory mapping\\n",
                      stderr);
                _exit(66);
            }""")
        library = hosts.FOLDER / "fatal.so"
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o",
                        library, source], check=True)
        said = self.said(library)
        self.assertIn("ends with status 66: FATAL: ThreadSanitizer: "
                      "unexpected memory mapping", said)

    def test_one_that_hides_its_functions(self):
        source = self.made("bare.c", b"void __tsan_init(void) {}")
        library = hosts.FOLDER / "bare.so"
        subprocess.run([os.environ.get("CC", "cc"), "-shared", "-fPIC", "-o",
                        library, source], check=True)
        done = programs.run(hosts.PYTHON, "-c", "print('done')",
                            refsan=[f"--tsan={library}"])
        self.assertEqual(done.stdout, "done\n", done.stderr)
        self.assertIn("TSan does not judge order for refsan: the TSan runtime "
                      "in this process hides the functions", done.stderr)

    def test_options_that_tsan_does_not_know(self):
        """It goes on without them, and so does refsan."""
        for runtime in programs.runtimes():
            done = programs.run(hosts.PYTHON, "-c", "print('done')",
                                refsan=[f"--tsan={runtime.path}"],
                                TSAN_OPTIONS="no_such_option=1")
            with self.subTest(runtime.path):
                self.assertEqual(done.stdout, "done\n", done.stderr)
                self.assertIn("order by TSan", done.stderr)

    def test_options_that_tsan_refuses(self):
        for runtime in programs.runtimes():
            for options, words in (
                    ("halt_on_error=maybe", "Invalid value for bool option"),
                    ("suppressions=/none", "failed to read suppressions")):
                said = self.said(runtime.path, TSAN_OPTIONS=options)
                with self.subTest(runtime.path, options=options):
                    self.assertIn(
                        f"it does not take TSAN_OPTIONS={options}: ", said)
                    self.assertIn(words, said)

    def test_two_runtimes(self):
        """The one that is preloaded would be asked; it serves without a
        name."""
        runtimes = programs.runtimes()
        for one, other in zip(runtimes, reversed(runtimes)):
            if one == other:
                continue
            said = self.said(one.path, LD_PRELOAD=other.path)
            done = programs.run(hosts.PYTHON, "-c", "print('done')",
                                refsan=["--tsan"], LD_PRELOAD=other.path)
            with self.subTest(one.path):
                self.assertIn("LD_PRELOAD has another TSan runtime: name that "
                              f"one ({other.path}), or take it out", said)
                self.assertEqual(done.stdout, "done\n", done.stderr)
                self.assertIn("order by TSan", done.stderr)

    def test_an_extension_of_the_other_compiler(self):
        """Python cannot import it; refsan says why, and what to do."""
        for runtime in programs.runtimes():
            compiler = "gcc" if runtime.is_llvm else "clang"
            if compiler not in programs.compilers():
                continue
            folder = programs.instrumented(
                compiler, programs.TESTS / "tsan/racy.c", "racy.so")
            done = programs.run(hosts.PYTHON, "-s", "-c", "import racy",
                                refsan=[f"--tsan={runtime.path}"],
                                PYTHONPATH=str(folder))
            with self.subTest(compiler):
                self.assertIn(
                    f"racy.so was built with {compiler}'s TSan, and ",
                    done.stderr)
                self.assertIn("name the other one with --tsan=PATH",
                              done.stderr)

    def test_shells_do_without(self):
        runtime = programs.runtimes()[-1]
        done = programs.run(
            "sh", "-c", f"{hosts.PYTHON} -c 'import os; print(1, flush=True);"
            " os.system(\"echo 2\")'; echo 3",
            refsan=[f"--tsan={runtime.path}"])
        self.assertEqual(done.stdout, "1\n2\n3\n", done.stderr)
        self.assertIn("order by TSan", done.stderr)

    def test_doctor(self):
        done = subprocess.run(
            [sys.executable, hosts.REFSAN, "doctor", "--", hosts.PYTHON],
            text=True, capture_output=True, timeout=100)
        self.assertIn("sanitizers", done.stdout)
        for runtime in sanitizers.tsan_runtimes():
            self.assertIn(runtime.words, done.stdout)
            self.assertIn("TSan's reports get the Python frames",
                          " ".join(done.stdout.split()))


if __name__ == "__main__":
    unittest.main()
