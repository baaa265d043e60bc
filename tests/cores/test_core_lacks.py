# SPDX-License-Identifier: MIT
"""refsan triage core: the same words, whatever of files is in the core, or on
the machine, and also of gdb's cores."""

import os
import pathlib
import shutil
import sys
import unittest
import unittest.mock

import making
from making import CoreTest

from refsan.triaging.cores import modules, note

PYTHON = making.interpreter()
EVERYTHING = 0x7f  # coredump_filter: also what is as it is in files
NO_HEADERS = 0x23  # … without the first pages of files
Cores = making.Cores(PYTHON)


def tearDownModule():
    Cores.remove()


@making.NEEDS_KERNEL
class TestWhatCoresLack(CoreTest):
    def made(self, coredump_filter):
        Cores.make()
        core, _ = making.by_kernel(
            [PYTHON, "-s", Cores.program], Cores.folder,
            coredump_filter=coredump_filter, crash=0, neutralise=0)
        self.addCleanup(core.unlink)
        return core

    def elsewhere(self, core):
        """No program and no library is there as it was loaded."""
        with unittest.mock.patch.object(modules.Modules, "_file",
                                        lambda self, path: None):
            return self.core(core)

    def test_without_headers(self):
        core = self.made(NO_HEADERS)
        _, said = self.core(core)
        self.assertEqual(said["kind"], "crash-dead-object")
        self.assertEqual(said["suppress"], "crash-dead-object:node_str")
        # Without the note refsan's memory is known by what it begins with.
        with unittest.mock.patch.object(note.Note, "_by_note",
                                        return_value=()):
            done, said = self.elsewhere(core)
        self.assertEqual(said["object"]["type"], "t.Node")
        self.assertEqual(said["object"]["state"], "dead")
        self.assertIn("crashed while using t.Node", done.stdout)

    def test_by_its_note(self):
        core, _ = Cores.kernel(crash=0)
        with unittest.mock.patch.object(note.Note, "_by_magic",
                                        side_effect=AssertionError):
            _, said = self.core(core)
        self.assertEqual(said["object"]["type"], "t.Node")

    def test_with_everything(self):
        _, said = self.core(self.made(EVERYTHING))
        self.assertEqual(said["suppress"], "crash-dead-object:node_str")

    def test_without_the_files(self):
        core, live = Cores.kernel(crash=1)
        done, said = self.elsewhere(core)
        self.assertEqual(said["kind"], "crash-dead-object")
        self.assertEqual(said["object"], live["object"])
        self.assertEqual([stack["python"] for stack in said["stacks"]],
                         [stack["python"] for stack in live["stacks"]])
        self.assertEqual(said["stacks"][0]["frames"][0]["address"],
                         live["stacks"][0]["frames"][0]["address"])
        self.assertIn("<t.Node>, dead", done.stdout)

    def test_a_file_that_was_built_again(self):
        core, _ = Cores.kernel(crash=1)
        module = Cores.folder / "t.so"
        kept = module.read_bytes()
        module.unlink()
        try:
            module.write_bytes(pathlib.Path(making.LIBRARY).read_bytes())
            done, said = self.core(core)
        finally:
            module.unlink()
            module.write_bytes(kept)
        self.assertRegex(done.stdout,
                         r"t\.so is not the one that\s+was loaded")
        self.assertIsNone(said["stacks"][0]["frames"][0]["function"])

    def test_exe(self):
        """The program is somewhere else."""
        core, live = Cores.kernel(crash=1)
        program = live["host"] and os.path.realpath(shutil.which(PYTHON))
        other = self.folder / "python-elsewhere"
        shutil.copy(program, other)
        _, said = self.core(core, "--exe", other)
        self.assertEqual(said["fingerprint"], live["fingerprint"])
        done, _ = self.core(core, "--exe", making.LIBRARY)
        self.assertIn("is not the one that", done.stdout)
        self.refused(core, "there is no file", "--exe", self.folder / "none")


@making.NEEDS_GDB
class TestGdb(CoreTest):
    def by_gdb(self, program, **options):
        Cores.make()
        core = making.by_gdb([PYTHON, "-s", program], Cores.folder,
                             neutralise=0, **options)
        self.addCleanup(core.unlink)
        return self.core(core)

    def test_stopped_at_the_crash(self):
        Cores.make()
        done, said = self.by_gdb(Cores.program)
        self.assertEqual(said["kind"], "crash-dead-object")
        self.assertEqual(said["suppress"], "crash-dead-object:node_str")
        self.assertIn("SIGSEGV at address 0x0: nothing is mapped there",
                      done.stdout)

    def test_alive(self):
        """Says where it is, and has no finding."""
        Cores.make()
        folder = Cores.folder / "alive"
        folder.mkdir()
        shutil.copy(Cores.folder / "t.so", folder)
        program = making.write_program(
            folder, "import os; os.kill(os.getpid(), 10)")
        core = making.by_gdb([PYTHON, "-s", program], folder, neutralise=0)
        done = self.refsan("triage", "core", core)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("the process had not crashed", done.stdout)
        self.assertIn("before_use < drop_and_use:12 < main:20", done.stdout)
        self.assertRegex(done.stdout, r"decref +0x\w+ +1 -> 0 +drop")
        self.refused(core, "had not crashed")


if __name__ == "__main__":
    sys.exit(unittest.main())
