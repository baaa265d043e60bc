# SPDX-License-Identifier: MIT
"""Whatever became of the channel, of descriptors, files and readers: an error
is said once, and is the exit status; what was lost is counted."""

import fcntl
import json
import os
import pathlib
import resource
import subprocess
import unittest

import hosts
from hosts import ERROR, FOLDER, FaultTest

from refsan import files

NO_FILES = """
import resource, signal
signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
"""
USE_UP = """
import os
import pathlib
try:
    while True:
        os.open("/dev/null", os.O_RDONLY)
except OSError:
    pass
"""


class Channel(FaultTest):
    def test_descriptors_used_up(self):
        self.said(self.run_it(
            USE_UP + ERROR + "os.closerange(3, 900)\n"))

    def test_descriptors_closed(self):
        self.said(self.run_it("import os\nos.closerange(3, 5000)\n" + ERROR))

    def test_descriptors_closed_and_used_up(self):
        """Nothing leads to `refsan run`: stderr and the process's own
        status. (A module that is loaded in between is told, which finds the
        channel again; so what is imported is imported before.)"""
        said = self.said(self.run_it(
            "import os, pathlib\nos.closerange(3, 5000)\n" + USE_UP + ERROR
            + "os.closerange(3, 900)\n"))
        self.lost(said, "lines that could not be sent to refsan run")

    def test_one_failure_is_not_the_end(self):
        """The channel is found again, for what comes after."""
        done = self.run_it(
            "import os\nos.closerange(3, 5000)\n" + USE_UP + ERROR
            + "os.closerange(3, 5000)\ndemo.refused()\n")
        self.said(done)
        self.assertIn("1 error, 1 warning in 1 process", done.stderr)

    def test_a_file_of_the_programs_at_its_number(self):
        own = FOLDER / "own"
        own.unlink(missing_ok=True)
        done = self.run_it(
            f"import os\nown = os.open({str(own)!r}, os.O_RDWR | os.O_CREAT)\n"
            "for fd in range(3, 1024): os.dup2(own, fd)\n" + ERROR
            + "os.closerange(3, 1024)\n")
        self.said(done)
        self.assertEqual(own.read_bytes(), b"")

    def test_no_file_may_grow(self):
        self.said(self.run_it(NO_FILES + ERROR))

    def in_child(self, code, **more):
        """In a child whose own status is not looked at."""
        return self.run_it(
            "import os, pathlib\nif os.fork() == 0:\n    exec(" + repr(code)
            + ")\nelse:\n    os.wait()\n", **more)

    def test_a_child_that_loses_it(self):
        """The status of `refsan run` is that of all its processes."""
        done = self.in_child("os.closerange(3, 5000)\n" + USE_UP + ERROR)
        self.said(done)
        self.assertIn("refsan: 1 report of 1 process did not arrive here; "
                      "look on stderr\n", done.stderr)
        self.assertIn("refsan: 1 error, 0 warnings in ", done.stderr)

    def test_a_child_that_says_nothing_at_all(self):
        """Killed where it stands, and its report is in a file nobody reads."""
        done = self.in_child(
            "os.closerange(2, 5000)\n" + USE_UP + ERROR
            + "os.kill(os.getpid(), 9)\n")
        self.said(done, times=0)
        self.assertIn("1 report of 1 process did not arrive", done.stderr)

    def test_no_memory_page_that_could_become_shorter(self):
        """Only a sealed one is mapped: without its memory a program would
        end."""
        short = FOLDER / "tally"
        short.write_bytes(bytes(4096))
        status = short.stat()
        done = self.run_it(
            "import os\nos.truncate('" + str(short) + "', 0)\n" + ERROR,
            command=None, environment={
                "REFSAN_TALLY": str(short), "REFSAN_TALLY_FILE":
                f"900:{status.st_dev}:{status.st_ino}"})
        self.said(done)

    def test_a_child_that_inherits_nothing(self):
        code = ("import subprocess, sys\nif len(sys.argv) == 1:\n"
                "    subprocess.run([sys.executable, '-s', __file__, '1'])\n"
                "else:\n    " + ERROR)
        self.said(self.run_it(code))


class Readers(FaultTest):
    def test_nobody_reads_stderr(self):
        """SIGPIPE is the program's: refsan's own write sends none to it."""
        done = self.start(
            "import signal\nsignal.signal(signal.SIGPIPE, signal.SIG_DFL)\n"
            "input()\n" + ERROR + "print(signal.getsignal(signal.SIGPIPE) == "
            "signal.SIG_DFL)\n", command=None, stdin=subprocess.PIPE)
        done.stderr.close()
        out, _ = done.communicate("\n", timeout=100)
        self.assertEqual((done.returncode, out), (66, "True\n"))

    def test_a_pending_signal_of_the_programs_stays(self):
        done = self.start(
            "import signal, os\nsignal.pthread_sigmask(signal.SIG_BLOCK, "
            "[signal.SIGPIPE])\nos.kill(os.getpid(), signal.SIGPIPE)\n"
            "input()\n" + ERROR + "print(signal.SIGPIPE in "
            "signal.sigpending())\n", command=None, stdin=subprocess.PIPE)
        done.stderr.close()
        out, _ = done.communicate("\n", timeout=100)
        self.assertEqual((done.returncode, out), (66, "True\n"))

    def test_a_stalled_reader_of_a_pipe(self):
        """Drops are counted, and said when the reader is back."""
        reader, writer = os.pipe()
        fcntl.fcntl(writer, fcntl.F_SETFL, os.O_NONBLOCK)
        room = fcntl.fcntl(writer, fcntl.F_GETPIPE_SZ)
        os.write(writer, b"x" * room)
        process = self.start(
            ERROR + "demo.refused()\nprint('reported', flush=True)\ninput()\n",
            command=None, stdin=subprocess.PIPE, stderr=writer)
        os.close(writer)
        self.assertEqual(process.stdout.readline(), "reported\n")
        os.read(reader, room)
        process.communicate("\n", timeout=100)
        with open(reader, errors="replace") as pipe:
            text = pipe.read()
        self.assertEqual(process.returncode, 66)
        self.assertEqual(self.lost(text, "reports and notes that could not be "
                                   "written to stderr"), 2)


class NoStderr(FaultTest):
    def test_the_file_at_its_number_is_the_programs(self):
        """With stderr closed, the first file it opens is number 2."""
        own = FOLDER / "own"
        own.unlink(missing_ok=True)
        process = self.start(
            f"import os\nown = os.open({str(own)!r}, os.O_RDWR | os.O_CREAT)\n"
            "os.dup2(own, 2)\n" + ERROR, command=None,
            preexec_fn=lambda: os.close(2), stderr=None)
        process.communicate(timeout=100)
        self.assertEqual((process.returncode, own.read_bytes()), (66, b""))


class Logs(FaultTest):
    def test_a_full_disk(self):
        """/dev/full is one."""
        done = self.run_it(ERROR, command=None,
                           options={"log_path": "/proc/%p/root/dev/full",
                                    "jsonl_path": "/dev/full"})
        said = self.said(done)
        self.assertRegex(said, "cannot write to .*dev/full.*no room is left")
        self.lost(said, "findings that jsonl_path lacks")

    def test_no_torn_line(self):
        """The limit falls into the second finding."""
        jsonl = FOLDER / "torn.jsonl"
        jsonl.unlink(missing_ok=True)
        code = ("import os, resource, signal\ndemo.refused()\n"
                "signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n"
                f"size = os.path.getsize({str(jsonl)!r}) + 100\n"
                "resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))\n"
                + ERROR)
        done = self.run_it(code, command=None,
                           options={"jsonl_path": str(jsonl)})
        text = jsonl.read_text()
        self.assertEqual(text.count("\n"), 1)
        self.assertEqual(json.loads(text)["severity"], "warning")
        self.lost(self.said(done), "findings that jsonl_path lacks")

    def test_no_torn_line_of_the_commands(self):
        path = str(FOLDER / "whole")
        files.append(path, "first\n")
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))
        try:
            with self.assertRaises(OSError):
                files.append(path, "a second that has no room\n")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        self.assertEqual(pathlib.Path(path).read_text(), "first\n")
        os.unlink(path)

    def test_a_disk_that_fills_under_the_command(self):
        done = self.run_it(ERROR, "--log", "/dev/full")
        self.assertIn("refsan: cannot write /dev/full: No space left",
                      self.said(done))


if __name__ == "__main__":
    unittest.main()
