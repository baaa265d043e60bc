# SPDX-License-Identifier: MIT
"""A process with TSan's runtime in it runs to its end under refsan, whatever
its threads, signals and children do; both tools say what they have to say."""

import subprocess
import unittest

import programs
from programs import hosts, interpreters
from refsan import sanitizers

BUSY = """
import os, signal, subprocess, sys, threading

def work(keep):
    keep.append([])
    demo.count(keep[-1], 5)

kept = []
for _ in range(20):
    threads = [threading.Thread(target=work, args=(kept,)) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
demo.count(kept.pop(), 1)

signal.signal(signal.SIGUSR1, lambda *_: demo.count([], 1))
os.kill(os.getpid(), signal.SIGUSR1)
child = os.fork()
if child == 0:
    demo.count([], 1)
    sys.exit(3)
assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 3
subprocess.run([sys.executable, "-s", "-c", "import demo; demo.detached([])"],
               env=ENVIRONMENT, check=False)
demo.detached([])
print("done")
"""


class TogetherTest(unittest.TestCase):
    maxDiff = None

    def check(self, done, said, host):
        words = f"{done.stdout}\n----\n{done.stderr}"
        self.assertEqual(done.stdout, said, words)
        self.assertEqual(done.returncode, 66, words)
        self.assertIn(host, done.stderr)
        self.assertNotIn("ThreadSanitizer", done.stderr)
        self.assertNotIn("without a summary", done.stderr)

    def busy(self, preload):
        """Its child is a Python with an environment of its own."""
        environment = {"PYTHONPATH": str(hosts.FOLDER), "LD_PRELOAD": preload,
                       "TSAN_OPTIONS": programs.TSAN_OPTIONS}
        return hosts.place(BUSY.replace("ENVIRONMENT", repr(environment)),
                           hosts.FOLDER)

    def test_preloaded(self):
        for runtime in programs.runtimes():
            program = [hosts.PYTHON, "-s", self.busy(runtime.path)]
            ways = {
                "around": programs.run(*program, LD_PRELOAD=runtime.path),
                "inside": programs.run(
                    "env", f"LD_PRELOAD={runtime.path}", *program),
            }
            for way, done in ways.items():
                with self.subTest(runtime.path, way=way):
                    self.check(done, "done\n", ", with TSan)")
                    self.assertIn("in 3 processes", done.stderr)

    def test_other_reports_of_tsan(self):
        """A child of a fork, in which a thread of its parent is left: a report
        without an access."""
        program = hosts.place("""
import os, threading
for _ in range(20):
    thread = threading.Thread(target=int)
    thread.start()
    child = os.fork()
    if child == 0:
        os._exit(3)
    thread.join()
    os.waitpid(child, 0)
print("done")
""", hosts.FOLDER)
        for runtime in programs.runtimes():
            for options in "", "report_thread_leaks=1":
                done = programs.run(
                    hosts.PYTHON, "-s", "-W", "ignore", program,
                    refsan=[f"--tsan={runtime.path}"], TSAN_OPTIONS=options)
                with self.subTest(runtime.path, options=options):
                    self.assertEqual(done.stdout, "done\n", done.stderr)
                    self.assertNotIn("CHECK failed", done.stderr)
                    if not options:
                        self.assertNotIn("ThreadSanitizer", done.stderr)

    def test_leaks_are_looked_for(self):
        """Not in the runtime's terabytes of shadow."""
        program = hosts.place("print('done')", hosts.FOLDER)
        for runtime in programs.runtimes():
            done = programs.run(hosts.PYTHON, "-s", program,
                                options="leaks=1", LD_PRELOAD=runtime.path)
            with self.subTest(runtime.path):
                self.assertIn("leaks looked for", done.stderr)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_one_extension(self):
        for runtime in programs.runtimes():
            compiler = "clang" if runtime.is_llvm else "gcc"
            if compiler not in programs.compilers():
                continue
            program = hosts.place(hosts.ERROR + "print('done')",
                                  hosts.FOLDER / compiler)
            folder = programs.instrumented(compiler, programs.TESTS /
                                       "options/support/demo.c", "demo.so")
            done = programs.run(hosts.PYTHON, "-s", program,
                                PYTHONPATH=str(folder),
                                LD_PRELOAD=runtime.path)
            with self.subTest(compiler):
                self.check(done, "done\n", ", with TSan)")

    def test_instrumented_python(self):
        """Configured --with-thread-sanitizer, where there is one."""
        for python in interpreters.find_watchful().values():
            folder = hosts.FOLDER / python.name
            folder.mkdir(exist_ok=True)
            subprocess.run(
                ["cc", "-O1", "-g", "-shared", "-fPIC", "-pthread",
                 f"-I{programs.TESTS}",
                 *[f"-I{path}" for path in python.includes], "-o",
                 folder / "demo.so",
                 programs.TESTS / "options/support/demo.c"], check=True)
            program = folder / "program.py"
            program.write_text("import demo\n" + hosts.ERROR +
                               "print('done')\n")
            for arguments in (), ("--tsan",):
                done = programs.run(python.path, "-s", program,
                                    refsan=arguments, PYTHONPATH=str(folder))
                with self.subTest(python.name, arguments=arguments):
                    self.check(done, "done\n", ", with TSan)")
                    self.assertEqual("TSan does not judge order" in
                                     done.stderr, bool(arguments))

    def test_both_speak(self):
        """Whichever ends the process."""
        for runtime in programs.runtimes():
            compiler = "clang" if runtime.is_llvm else "gcc"
            if compiler not in programs.compilers():
                continue
            folder = programs.instrumented(compiler, programs.TESTS /
                                       "tsan/racy.c", "racy.so")
            program = hosts.place(
                "import racy\ndemo.detached([])\nracy.race()\n", folder)
            for tsan, options, status in (
                    ("", "", 66), ("halt_on_error=1", "", 66),
                    ("exitcode=5", "", 5), ("exitcode=0", "exitcode=7", 7)):
                done = programs.run(
                    hosts.PYTHON, "-s", program, options=options,
                    PYTHONPATH=str(folder), LD_PRELOAD=runtime.path,
                    TSAN_OPTIONS=f"{programs.TSAN_OPTIONS}:{tsan}")
                with self.subTest(compiler, tsan=tsan, options=options):
                    self.assertEqual(done.returncode, status, done.stderr)
                    self.assertIn("WARNING: ThreadSanitizer: data race",
                                  done.stderr)
                    self.assertIn(hosts.TITLE, done.stderr)
                    self.assertIn("refsan: 1 error, ", done.stderr)
                    self.assertNotIn("without a summary", done.stderr)

    def test_embedded_host(self):
        for compiler in programs.compilers():
            program = hosts.FOLDER / f"registry-{compiler}"
            programs.link_embedded(compiler, programs.TESTS /
                                   "embedded/registry.c", program)
            done = programs.run(program)
            with self.subTest(compiler):
                self.check(done, "0 left\n", "embedded tier, with TSan:")
                self.assertIn("look_up", done.stderr)

    def test_there_is_a_runtime(self):
        """Or the tests above have shown nothing."""
        self.assertTrue(sanitizers.tsan_runtimes())


if __name__ == "__main__":
    unittest.main()
