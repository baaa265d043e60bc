# SPDX-License-Identifier: MIT
"""Core files made on the spot: of a program that crashes, by the kernel where
it writes them into the working directory, and by gdb. What is not possible
here is skipped, visibly."""

import json
import os
import pathlib
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests/cli")]

import in_process  # noqa: E402

LIBRARY = os.environ.get("REFSAN_LIBRARY", str(ROOT / "build/librefsan.so"))
SOURCE = ROOT / "tests/bugs/crash-dead-object-kept-pointer.c"
SKIPPED = 77
SECONDS = 250
# Little memory, so that cores are small. An option of mimalloc's is in KiB.
SMALL = {"depot_mb": 1, "ring_entries": 256, "life_entries": 1024,
         "records": 1024}
MIMALLOC = {"MIMALLOC_ARENA_RESERVE": "32768"}
# A thread waits while the main one uses what it has dropped.
PROGRAM = """\
import t
import _thread

def wait(ready, never):
    ready.release(), never.acquire()

def drop_and_use():
    node = t.make()
    t.keep(node)
    del node
    t.drop()
    before_use()
    t.use()

def main():
    ready, never = _thread.allocate_lock(), _thread.allocate_lock()
    ready.acquire(), never.acquire()
    _thread.start_new_thread(wait, (ready, never))
    ready.acquire()
    drop_and_use()

"""


def interpreter():
    """PYTHON, or skips the script."""
    python = os.environ.get("PYTHON")
    if not python:
        print("no Python 3.15 here")
        sys.exit(SKIPPED)
    return python


def kernel_writes_here():
    """Does a core go into the working directory?"""
    try:
        pattern = pathlib.Path("/proc/sys/kernel/core_pattern").read_text()
    except OSError:
        return False
    limit = resource.getrlimit(resource.RLIMIT_CORE)[1]
    return "/" not in pattern and not pattern.startswith("|") and (
        pattern.strip() != "" and limit == resource.RLIM_INFINITY)


NEEDS_KERNEL = unittest.skipUnless(
    kernel_writes_here(), "the kernel does not write cores into the working "
                          "directory")
NEEDS_GDB = unittest.skipUnless(shutil.which("gdb"), "no gdb here")


def include_of(python):
    return subprocess.run(
        [python, "-c", "import sysconfig; "
                       "print(sysconfig.get_path('include'))"],
        text=True, capture_output=True, check=True).stdout.strip()


def build_module(python, folder, source=SOURCE, name="t"):
    subprocess.run(
        [os.environ.get("CC", "cc"), "-O1", "-g", "-shared", "-fPIC",
         "-fno-omit-frame-pointer", "-pthread", "-Wl,--build-id",
         f"-I{ROOT / 'tests'}", f"-I{ROOT / 'include'}",
         f"-I{include_of(python)}", "-o", str(folder / f"{name}.so"),
         str(source)], check=True)


def write_program(folder, before_use="pass", end="main()"):
    path = folder / "run.py"
    path.write_text(
        PROGRAM + f"def before_use():\n    {before_use}\n\n{end}\n")
    return path


def environment(options):
    kept = {name: value for name, value in os.environ.items()
            if not name.startswith(("PYTHON", "REFSAN_", "LD_PRELOAD",
                                    "PYTEST_"))}
    return {**kept, **MIMALLOC, "LD_PRELOAD": LIBRARY,
            "REFSAN_OPTIONS": ":".join(
                f"{name}='{value}'" for name, value in options.items())}


def by_kernel(command, folder, coredump_filter=None, **options):
    """(the core, what the process was)."""
    def allow():
        resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY,) * 2)
        if coredump_filter is not None:
            pathlib.Path("/proc/self/coredump_filter").write_text(
                hex(coredump_filter))

    done = subprocess.run(
        [str(word) for word in command], cwd=folder, text=True,
        capture_output=True, timeout=SECONDS, preexec_fn=allow,
        env=environment({**SMALL, **options}))
    found = [path for path in folder.iterdir()
             if path.name == "core" or path.name.startswith("core.")]
    if len(found) != 1:
        raise AssertionError(f"{found} {done}")
    path = folder / f"of-kernel-{len(list(folder.iterdir()))}"
    found[0].rename(path)
    return path, done


def by_gdb(command, folder, **options):
    """The core that generate-core-file writes where the program stops."""
    path = folder / "of-gdb"
    said = environment({**SMALL, **options})
    settings = [f"set environment {name} {said[name]}"
                for name in ("LD_PRELOAD", "REFSAN_OPTIONS", *MIMALLOC)]
    words = ["set startup-with-shell off", *settings,
             "handle SIGUSR1 stop nopass", "run",
             f"generate-core-file {path}", "kill"]
    done = subprocess.run(
        ["gdb", "-nx", "-batch", *(part for word in words
                                   for part in ("-ex", word)),
         "--args", *map(str, command)],
        cwd=folder, text=True, capture_output=True, timeout=SECONDS,
        env={**os.environ, "DEBUGINFOD_URLS": ""})
    if not path.exists():
        raise unittest.SkipTest("gdb cannot run a program here: "
                                + done.stderr.strip()[-200:])
    return path


class Cores:
    """Made once for all tests of a script."""

    def __init__(self, python):
        self.python, self.folder = python, None

    def make(self):
        if self.folder is None:
            self.folder = pathlib.Path(tempfile.mkdtemp())
            build_module(self.python, self.folder)
            self.program = write_program(self.folder)
            self.known = {}

    def kernel(self, **options):
        """(core, live finding or None)."""
        self.make()
        key = tuple(sorted(options.items()))
        if key not in self.known:
            live = self.folder / f"live-{len(self.known)}.jsonl"
            core, done = by_kernel(
                [self.python, "-s", self.program], self.folder,
                jsonl_path=live, neutralise=0, **options)
            if done.returncode != -signal.SIGSEGV:
                raise AssertionError(done)
            self.known[key] = core, (
                json.loads(live.read_text()) if live.exists() else None)
        return self.known[key]

    def remove(self):
        if self.folder is not None:
            shutil.rmtree(self.folder)


class CoreTest(in_process.InProcessTest):
    def core(self, path, *arguments, status=0):
        """What `refsan triage core PATH` says, and the record it writes."""
        out = self.folder / "said.jsonl"
        out.unlink(missing_ok=True)
        done = self.refsan("triage", "core", path, "--jsonl", out, *arguments,
                           environment={"COLUMNS": "80"})
        self.assertEqual(done.returncode, status, done.stderr)
        self.assertNotIn("Traceback", done.stderr)
        row = json.loads(out.read_text()) if out.exists() else None
        return done, row

    def refused(self, path, words, *arguments):
        """One clear sentence, and the status of mistakes."""
        done, row = self.core(path, *arguments, status=2)
        self.assertIsNone(row)
        self.assertEqual(done.stdout, "")
        self.assertRegex(done.stderr, f"^refsan: [^\n]*{words}[^\n]*\n$")
