# SPDX-License-Identifier: MIT
"""What is meant for the program does not reach the command, and reaches the
program as it was: PYTHON* variables, ignored signals, closed streams."""

import os
import signal
import subprocess
import unittest

import hosts
from hosts import ERROR, FOLDER, REFSAN, FaultTest


def shell(words, *command):
    """The command as a shell with these words starts it."""
    return ["sh", "-c", f'{words}exec "$@"', "sh", *command]


class Variables(FaultTest):
    def run_shell(self, script, **environment):
        """A command that is no Python."""
        return subprocess.run(
            [REFSAN, "run", "--", "sh", "-c", script], text=True,
            capture_output=True, timeout=100, stdin=subprocess.DEVNULL,
            env={**hosts.support.environment({}), **environment,
                 "REFSAN_LIBRARY": hosts.LIBRARY})

    def test_they_are_the_programs(self):
        shadow = FOLDER / "shadow"
        shadow.mkdir(exist_ok=True)
        (shadow / "json.py").write_text("raise SystemExit('the program s')")
        (shadow / "argparse.py").write_text("raise SystemExit('shadow')")
        for name, value in (("PYTHONHOME", "/none"), ("PYTHONINSPECT", "1"),
                            ("PYTHONPROFILEIMPORTTIME", "1"),
                            ("PYTHONPATH", str(shadow)),
                            ("PYTHONVERBOSE", "1"),
                            ("PYTHONWARNINGS", "nonsense")):
            with self.subTest(name):
                done = self.run_shell(f'echo "${name}"', **{name: value})
                self.assertEqual(
                    (done.returncode, done.stdout, done.stderr),
                    (67, f"{value}\n", "refsan: nothing was watched: no "
                     "Python ran in dash\n".replace(
                         "dash", os.path.basename(
                             os.path.realpath("/bin/sh")))))

    def test_the_child_has_no_others(self):
        done = self.run_shell("env")
        names = {line.partition("=")[0] for line in done.stdout.splitlines()}
        self.assertEqual(
            {name for name in names if name.startswith("REFSAN_")},
            {"REFSAN_OPTIONS", "REFSAN_CHANNEL", "REFSAN_CHANNEL_FILE",
             "REFSAN_KNOWN", "REFSAN_TALLY", "REFSAN_TALLY_FILE",
             "REFSAN_LIBRARY"})


class Streams(FaultTest):
    def ignored_in(self, *command):
        code = "grep SigIgn /proc/self/status"
        done = subprocess.run(
            [*command, "sh", "-c", code], text=True, capture_output=True,
            timeout=100, env={**hosts.support.environment({}),
                              "REFSAN_LIBRARY": hosts.LIBRARY},
            restore_signals=True)
        return int(done.stdout.split()[1], 16)

    def test_ignored_signals(self):
        for names in ("", "PIPE"), ("PIPE", "XFSZ"), ("XFSZ", "HUP"), ("", ""):
            words = "".join(f"trap '' {name}; " for name in names if name)
            with self.subTest(words):
                wanted = self.ignored_in(*shell(words))
                self.assertEqual(bool(wanted >> signal.SIGPIPE - 1 & 1),
                                 "PIPE" in names)
                self.assertEqual(
                    self.ignored_in(*shell(words, REFSAN, "run", "--")),
                    wanted)

    def test_closed_streams(self):
        code = ("import os\n"
                "def is_open(fd):\n"
                "    try: os.fstat(fd)\n"
                "    except OSError: return False\n"
                "    return True\n"
                f"with open({str(FOLDER / 'open')!r}, 'w') as file:\n"
                "    seen = [is_open(fd) for fd in range(3)\n"
                "            if fd != file.fileno()]\n"
                "    print(seen, file=file)\n")
        for closed in "2>&-", "<&-", "<&- >&- 2>&-":
            answers = []
            for more in (), (REFSAN, "run", "--"):
                path = hosts.support.program(code)
                done = subprocess.run(
                    ["sh", "-c", f'exec "$@" {closed}', "sh", *more,
                     hosts.PYTHON, "-s", path], timeout=100,
                    env={**hosts.support.environment({}),
                         "REFSAN_LIBRARY": hosts.LIBRARY})
                answers.append((FOLDER / "open").read_text())
                self.assertEqual(done.returncode, 0)
            with self.subTest(closed):
                self.assertEqual(*answers)

    def test_an_error_without_stderr(self):
        done = self.run_it(ERROR, command=shell("exec 2>&-; "))
        self.assertEqual((done.returncode, done.stderr), (66, ""))


if __name__ == "__main__":
    unittest.main()
