# SPDX-License-Identifier: MIT
"""refsan writes to no file that it was not told of: a process that outlives
`refsan run`, links and FIFOs in place of logs."""

import json
import os
import pathlib
import signal
import subprocess
import tempfile
import unittest

import hosts
from hosts import ERROR, FOLDER, TITLE, FaultTest

OUTLIVE = """
import os
print(os.environ["REFSAN_CHANNEL"], flush=True)
if os.fork() == 0:
    input()
    {again}
"""
RUN_AGAIN = ("os.execv({python!r}, [{python!r}, '-s', '-c', "
             "'import demo; demo.detached([])'])")


class Outlived(FaultTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def begin(self, code):
        return self.start(code, stdin=subprocess.PIPE,
                          environment={"TMPDIR": str(self.folder)})

    def end(self, process):
        """Lets the process that lives on make its mistake."""
        process.stdin.write("\n")
        process.stdin.close()
        with process.stderr as stderr:
            text = stderr.read()
        process.stdout.close()
        return text

    def check_recreated(self, again):
        victim = self.folder / "victim"
        process = self.begin(OUTLIVE.format(again=again))
        path = pathlib.Path(process.stdout.readline().strip())
        self.assertEqual(process.wait(timeout=100), 0)
        self.assertEqual(list(self.folder.iterdir()), [])
        if not str(path).startswith("/proc/"):
            path.parent.mkdir()
            path.symlink_to(victim)
        text = self.end(process)
        self.assertFalse(victim.exists())
        self.assertEqual(text.count(TITLE), 1, text)

    def test_the_channels_folder_made_again(self):
        self.check_recreated(ERROR)

    def test_by_a_new_program(self):
        self.check_recreated(RUN_AGAIN.format(python=hosts.PYTHON))

    def test_a_command_that_was_killed(self):
        process = self.begin("print('ready', flush=True)\ninput()\n" + ERROR)
        self.assertEqual(process.stdout.readline(), "ready\n")
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=100)
        self.assertEqual(list(self.folder.iterdir()), [])
        text = self.end(process)
        self.assertEqual(text.count(TITLE), 1, text)

    def test_another_file_is_no_channel(self):
        """Neither made nor changed, whatever the environment says."""
        present = self.folder / "present"
        present.write_text("")
        present.chmod(0o666)
        for path in present, self.folder / "absent":
            done = self.run_it(ERROR, command=None, environment={
                "REFSAN_CHANNEL": str(path), "REFSAN_CHANNEL_FILE": "900:1:1"})
            with self.subTest(path.name):
                self.said(done)
                self.assertEqual(list(self.folder.iterdir()), [present])
                self.assertEqual(present.read_text(), "")

    def test_the_library_in_a_folder_with_a_space(self):
        """The link to it is in a folder that only we can make."""
        place = self.folder / "a b"
        place.mkdir()
        library = place / "librefsan.so"
        library.symlink_to(hosts.LIBRARY)
        process = subprocess.run(
            [hosts.REFSAN, "run", "--", "sh", "-c", "echo $LD_PRELOAD"],
            text=True, capture_output=True, timeout=100, env={
                **hosts.support.environment({}), "HOME": str(self.folder),
                "REFSAN_LIBRARY": str(library), "TMPDIR": "/tmp",
                "XDG_RUNTIME_DIR": ""})
        link = pathlib.Path(process.stdout.strip())
        self.assertTrue(link.is_relative_to(self.folder / ".cache"), link)
        self.assertEqual(link.parent.stat().st_mode & 0o777, 0o700)
        self.assertEqual(link.resolve(), pathlib.Path(hosts.LIBRARY).resolve())


class Logs(FaultTest):
    WAYS = {"runtime": {"command": None}, "command": {}}

    def test_links(self):
        """For a log's name the process must be known: it makes the link."""
        victim, link = FOLDER / "victim", FOLDER / "link"
        code = "import os\nos.symlink('victim', f'log.{os.getpid()}')\n"
        for way, more in self.WAYS.items():
            with self.subTest(way):
                victim.write_text("")
                link.unlink(missing_ok=True)
                link.symlink_to(victim)
                for options in {"log_path": "log"}, {"jsonl_path": "link"}:
                    text = self.said(self.run_it(
                        code + ERROR, cwd=FOLDER, **more, options={
                            name: FOLDER / path
                            for name, path in options.items()}))
                    self.assertIn("it is a symbolic link, and refsan follows "
                                  "none", text)
                self.assertEqual(victim.read_text(), "")

    def test_links_for_the_command(self):
        victim, link = FOLDER / "victim", FOLDER / "link"
        victim.write_text("")
        link.unlink(missing_ok=True)
        link.symlink_to(victim)
        self.said(self.run_it(ERROR, "--log", str(link), "--jsonl", str(link)))
        self.assertEqual(victim.read_text(), "")

    def test_a_fifo_without_a_reader(self):
        for way, more in self.WAYS.items():
            with self.subTest(way):
                fifo = FOLDER / "fifo"
                fifo.unlink(missing_ok=True)
                os.mkfifo(fifo)
                done = self.run_it(ERROR, options={"jsonl_path": fifo}, **more)
                self.assertIn("it is a FIFO without a reader",
                              self.said(done))

    def test_a_fifo_with_one(self):
        for way, more in self.WAYS.items():
            with self.subTest(way):
                fifo = FOLDER / "fifo"
                fifo.unlink(missing_ok=True)
                os.mkfifo(fifo)
                reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
                self.said(self.run_it(ERROR, options={"jsonl_path": fifo},
                                      **more))
                with open(reader) as lines:
                    self.assertIn("kind", json.loads(lines.read()))

    def test_the_umask(self):
        for way, more in self.WAYS.items():
            with self.subTest(way):
                log = FOLDER / "private"
                log.unlink(missing_ok=True)
                self.said(self.run_it("import os\n" + ERROR, umask=0o077,
                                      options={"jsonl_path": log}, **more))
                self.assertEqual(log.stat().st_mode & 0o777, 0o600)


if __name__ == "__main__":
    unittest.main()
