# SPDX-License-Identifier: MIT
"""What is no core of a process under refsan, or not a whole one: one sentence
and the status of mistakes, or as much as can be known. The cores are of a
program on the embedded runtime, because they are small."""

import json
import lzma
import os
import pathlib
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import making
from making import CoreTest

from refsan.triaging.cores import opening

PROGRAM = os.environ.get("EMBEDDED_CRASH")
EHDR = struct.Struct("<16sHHIQQQIHHHHHH")
PHDR = struct.Struct("<IIQQQQQQ")
SPARSE = 50 << 30
MOST_READ = 1 << 20


def header(machine=62, kind=4, segments=(), magic=b"\x7fELF\x02\x01\x01"):
    """An ELF header and program headers."""
    return EHDR.pack(magic, kind, machine, 1, 0, 64, 0, 0, 64, 56,
                     len(segments), 0, 0, 0) + b"".join(
        PHDR.pack(*segment) for segment in segments)


class TestNoCore(CoreTest):
    def bad(self, content, words, name="bad"):
        path = self.folder / name
        path.write_bytes(content)
        self.refused(path, words)

    def test_no_core(self):
        self.bad(b"", "is no core file")
        self.bad(b"\x7fELF", "is no core file")
        self.bad(b"some words\n" * 1000, "is no core file")
        self.bad(lzma.compress(b"some words\n" * 1000), "is no core file")
        self.bad(lzma.compress(b"some words\n" * 1000)[:-20],
                 "is no core file")
        self.refused(self.folder, "Is a directory")
        self.refused(self.folder / "none", "No such file")
        self.refused(making.LIBRARY, "is no core file, but a program")
        self.refused("/dev/null", "is no core file")

    def test_other_machines(self):
        self.bad(header(machine=243), "is of another architecture")
        self.bad(header(magic=b"\x7fELF\x01\x01\x01"),
                 "is of another architecture")
        self.bad(header(magic=b"\x7fELF\x02\x02\x01"),
                 "is of another architecture")

    def test_headers_without_sense(self):
        self.bad(header(), "is damaged")
        self.bad(header(segments=[(1,) * 8]), "has no refsan")
        self.bad(header(segments=[(1, 7, 1 << 63, *[(1 << 64) - 1] * 5)]),
                 "has no refsan")

    def test_sparse(self):
        """50 GB of holes are not read."""
        path = self.folder / "sparse"
        with open(path, "wb") as file:
            file.write(header(segments=[(1, 6, 4096, 4096, 0, SPARSE, SPARSE,
                                         4096)]))
            file.truncate(4096 + SPARSE)
        asked, read = [], opening.CoreFile.read

        def counting(core, offset, count):
            asked.append(len(read(core, offset, count)))
            return read(core, offset, count)

        with mock.patch.object(opening.CoreFile, "read", counting):
            self.refused(path, "has no refsan in it")
        self.assertLess(sum(asked), MOST_READ)

    @unittest.skipIf(os.geteuid() == 0, "root may read everything")
    def test_no_permission(self):
        path = self.folder / "secret"
        path.write_bytes(header())
        path.chmod(0)
        self.refused(path, "Permission denied")

    def test_command_line(self):
        for words in (), ("a", "b"), ("a", "--exe"):
            with self.assertRaises(SystemExit) as ended:
                self.refsan("triage", "core", *words)
            self.assertEqual(ended.exception.code, 2)
        done = self.refsan("triage", making.LIBRARY)
        self.assertEqual(done.returncode, 0)
        self.assertIn("refsan triage core CORE reads cores", " ".join(
            done.stdout.split()))
        # A file of that name has a folder.
        (self.folder / "core").write_text("words\n")
        done = self.refsan("triage", "./core")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_what_unpacks_is_not_here(self):
        with mock.patch.dict(os.environ, {"PATH": ""}), mock.patch(
                "refsan.triaging.packages.find", lambda name: None):
            self.bad(b"\x04\x22\x4d\x18words", "packed with lz4: install")
            if sys.version_info < (3, 14):
                self.bad(b"\x28\xb5\x2f\xfdwords",
                         "packed with zstd: install")


@making.NEEDS_KERNEL
class TestChangedCores(CoreTest):
    @classmethod
    def setUpClass(cls):
        if not PROGRAM:
            raise unittest.SkipTest("EMBEDDED_CRASH names no program")
        cls.made = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.made)
        cls.live = cls.made / "live.jsonl"
        cls.crashed, _ = making.by_kernel([PROGRAM], cls.made, crash=1,
                                          jsonl_path=cls.live)

    def test_as_it_is(self):
        """What the process itself said."""
        done, said = self.core(self.crashed)
        live = json.loads(self.live.read_text())
        for name in ("kind", "fingerprint", "evidence", "host", "tier",
                     "suppress", "object"):
            self.assertEqual(said[name], live[name], name)
        self.assertEqual(said["tier"], "embedded")
        self.assertEqual(said["kind"], "crash-dead-object")
        self.assertEqual(said["suppress"], "crash-dead-object:use_kept")
        self.assertIn("<test.Node>, dead", done.stdout)

    def test_without_refsan(self):
        def allow():
            resource.setrlimit(resource.RLIMIT_CORE,
                               (resource.RLIM_INFINITY,) * 2)

        subprocess.run(["sh", "-c", "kill -SEGV $$"], cwd=self.folder,
                       preexec_fn=allow, check=False)
        [core] = [path for path in self.folder.iterdir()
                  if path.name.startswith("core")]
        self.refused(core, "has no refsan in it")

    def copied(self):
        path = self.folder / "copy"
        subprocess.run(["cp", "--sparse=always", self.crashed, path],
                       check=True)
        return path

    def test_cut_short(self):
        """Wherever it ends, there is an answer; one that has all that counts
        is explained, and it is said that the rest is missing."""
        path, size = self.copied(), self.crashed.stat().st_size
        statuses = set()
        for eighth in range(8, -1, -1):
            os.truncate(path, 100 + (size - 101) * eighth // 8)
            done = self.refsan("triage", "core", path)
            statuses.add(done.returncode)
            if done.returncode == 0:
                self.assertIn("is cut short", done.stdout)
                self.assertIn("SIGSEGV", done.stdout)
            else:
                self.assertRegex(done.stderr, "^refsan: [^\n]+\n$")
        self.assertEqual(statuses, {0, 2})

    def patch(self, path, variable, value):
        """Changes a variable of refsan's."""
        from refsan.triaging.cores.explain import Memory
        core = opening.open_core(str(path))
        memory = Memory(core, str(path))
        address, size = memory.note.variable(variable)
        segment = memory.core._segment(address)
        core.close()
        with open(path, "r+b") as file:
            file.seek(segment.offset + address - segment.address)
            file.write((value * (size // len(value) + 1))[:size])

    def test_corrupt_memory_of_refsan(self):
        """The signal, and where it was, are not refsan's."""
        for variable in ("plane", "threads", "stacks", "pyframes", "host",
                         "layout", "records.table", "options", "slots.top",
                         "slots.use", "lost", "sites"):
            for value in b"\xff" * 8, b"\x41\x41\x41\x41\0\0\0\0":
                with self.subTest(variable=variable, value=value):
                    path = self.copied()
                    self.patch(path, variable, value)
                    done = self.refsan("triage", "core", path)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertIn("SIGSEGV at address 0x0", done.stdout)

    def check_packed(self, path):
        _, said = self.core(path)
        _, plain = self.core(self.crashed)
        self.assertEqual(said, plain)

    def test_packed(self):
        for name in "zstd", "lz4":
            with self.subTest(name=name):
                if not shutil.which(name):
                    self.skipTest(f"no {name} here")
                path = self.folder / f"core.{name}"
                with open(path, "wb") as file:
                    subprocess.run([name, "-1", "-c", self.crashed],
                                   stdout=file, stderr=subprocess.DEVNULL,
                                   check=True)
                self.check_packed(path)

    def test_packed_xz(self):
        path = self.folder / "core.xz"
        with lzma.open(path, "wb", preset=0) as to, open(
                self.crashed, "rb") as core:
            shutil.copyfileobj(core, to, 1 << 20)
        self.check_packed(path)
        # What is missing of it is said.
        os.truncate(path, path.stat().st_size * 9 // 10)
        done = self.refsan("triage", "core", path)
        self.assertIn(done.returncode, (0, 2))
        self.assertRegex(done.stdout + done.stderr, "cut short|refsan: ")

    def test_stdin(self):
        with open(self.crashed, "rb") as core:
            done = subprocess.run(
                [sys.executable, making.ROOT / "scripts/refsan", "triage",
                 "core", "-"], stdin=core, capture_output=True, text=True,
                timeout=making.SECONDS, env={**os.environ, "COLUMNS": "80"})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("crash-dead-object", done.stdout)

    def test_output_that_cannot_be_written(self):
        self.refused(self.crashed, "cannot write", "--jsonl",
                     self.folder / "none/x.jsonl")


if __name__ == "__main__":
    sys.exit(unittest.main())
