# SPDX-License-Identifier: MIT
"""refsan run: statuses, what it prints and where, and that the command does
not notice it."""

import json
import os
import signal
import subprocess
import sys
import unittest

from support import HOST, SUMMARY, RefsanTest, printed, report, start, talker

from refsan.listening import why

PYTHON = sys.executable


class Statuses(RefsanTest):
    def status(self, command, *options, **more):
        return self.refsan("run", *options, "--", *command, **more).returncode

    def test_the_commands_own(self):
        self.assertEqual(self.status(talker(SUMMARY)), 0)
        self.assertEqual(
            self.status(talker(SUMMARY, after="sys.exit(3)")), 3)
        self.assertEqual(self.status(talker(
            report(), after="os.kill(os.getpid(), 9)")), 128 + 9)

    def test_errors_turn_success_into_66(self):
        self.assertEqual(self.status(talker(report(), SUMMARY)), 66)
        self.assertEqual(
            self.status(talker(report(), after="sys.exit(3)")), 3)

    def test_errors_that_were_not_printed_again_count(self):
        self.assertEqual(self.status(talker({**SUMMARY, "errors": 1})), 66)

    def test_warnings_do_not_unless_asked_to(self):
        records = report(severity="warning"), SUMMARY
        self.assertEqual(self.status(talker(*records)), 0)
        self.assertEqual(self.status(talker(
            start(warnings_are_errors=True), *records)), 66)

    def test_exitcode(self):
        for number in 9, 0:
            self.assertEqual(self.status(talker(
                start(exitcode=number), report(), SUMMARY)), number)

    def test_errors_of_a_child_count(self):
        command = [PYTHON, "-c", "import json, subprocess, sys;"
                   "subprocess.run(json.loads(sys.argv[1]))",
                   json.dumps(talker(report()))]
        self.assertEqual(self.status(command), 66)


class NothingWatched(RefsanTest):
    def said(self, command, status=67):
        done = self.refsan("run", "--", *command)
        self.assertEqual(done.returncode, status)
        return done.stderr

    def test_no_word(self):
        self.assertIn("nothing was watched", self.said([PYTHON, "-c", ""]))

    def test_no_python(self):
        cat = {**start(), "exe": "/bin/cat"}
        self.assertIn("no Python ran in cat", self.said(talker(cat)))

    def test_refused(self):
        refused = {**HOST, "host": None, "refusal": "too old for refsan"}
        self.assertIn("nothing was watched: too old for refsan",
                      self.said(talker(refused)))

    def test_a_failure_stays_one(self):
        self.assertIn("nothing was watched",
                      self.said([PYTHON, "-c", "exit(4)"], status=4))

    def test_static(self):
        program = self.folder / "static"
        built = subprocess.run(
            [os.environ.get("CC", "cc"), "-static", "-x", "c", "-", "-o",
             program], input="int main(void) { return 0; }", text=True,
            capture_output=True)
        if built.returncode:
            self.skipTest("no static C library here")
        self.assertIn("static is statically linked", self.said([program]))

    def test_set_uid(self):
        program = self.folder / "trusted"
        program.write_bytes(b"#!/bin/sh\n")
        program.chmod(0o4755)
        script = self.folder / "script"
        script.write_text(f"#!{program}\n")
        self.assertIn("set-uid",
                      why.nothing_was_watched([str(script)], {}))


class Mistakes(RefsanTest):
    def check(self, status, words, *arguments):
        done = self.refsan(*arguments)
        self.assertEqual(done.returncode, status)
        self.assertIn(words, done.stderr)
        self.assertNotIn("Traceback", done.stderr)

    def test_commands_that_cannot_run(self):
        plain = self.folder / "plain"
        plain.write_text("no program")
        script = self.folder / "script"
        script.write_text("#!/no/such/interpreter\n")
        script.chmod(0o755)
        self.check(127, "cannot run no-such-command", "run", "--",
                   "no-such-command")
        self.check(126, "Permission denied", "run", "--", plain)
        self.check(126, "its interpreter is not here", "run", "--", script)

    def test_command_lines(self):
        self.check(2, "usage:")
        self.check(2, "run needs a COMMAND", "run")
        self.check(2, "--option needs NAME=VALUE; did you mean "
                   "'exitcode=...'?", "run", "--option", "exitcod", "--",
                   "true")
        self.check(2, "--option needs NAME=VALUE, not =", "run", "--option",
                   "=", "--", "true")
        self.check(2, "cannot read --suppressions /no/file", "run",
                   "--suppressions", "/no/file", "--", "true")

    def test_options_that_are_none(self):
        self.check(2, "there is no option exitcod; did you mean "
                   "'exitcode=...'?", "run", "--option", "exitcod=1", "true")
        self.check(2, "there is no option nope; see refsan options", "run",
                   "--option", "nope=1", "--", "true")
        self.check(2, "unrecognized arguments: --nope", "run", "--nope",
                   "true")
        self.check(2, "run needs a COMMAND", "run", "--")

    def test_no_library(self):
        done = self.refsan("run", "--", "true",
                           environment={"REFSAN_LIBRARY": "/no/lib.so"})
        self.assertEqual(done.returncode, 2)
        self.assertIn("there is no file /no/lib.so", done.stderr)


class Output(RefsanTest):
    def test_reports_and_total(self):
        done = self.refsan("run", "--", *talker(
            report(), report("leak", "warning"),
            {"type": "note", "text": "a note"},
            {**SUMMARY, "errors": 4, "lost": {"stacks-full": 2}}))
        self.assertEqual(
            done.stderr,
            printed() + printed("leak") + "refsan: a note\n"
            "\nrefsan: 2 bugs, 5 occurrences, in 1 process:\n"
            "  times  kind             place  tier\n"
            "      4  count-underflow\n"
            "      1  leak\n"
            "refsan: bugs may have been missed: 2 stacks not kept: the depot "
            "was full, or there was no memory (raise depot_mb=N)\n"
            "refsan: 4 errors, 1 warning in 1 process; one module hooked\n")
        self.assertEqual(done.stdout, "")

    def test_a_report_is_printed_at_once(self):
        after = "sys.stdin.read()"
        process = subprocess.Popen(
            self.command("run", "--", *talker(report(), after=after)),
            env=self.environment, text=True, stdin=subprocess.PIPE,
            stderr=subprocess.PIPE)
        self.assertEqual(process.stderr.readline(), "\n")
        self.assertIn("count-underflow", process.stderr.readline())
        self.assertIsNone(process.poll())
        process.communicate("", timeout=60)

    def test_summary_of_two_processes(self):
        done = self.refsan("run", "--", *talker(
            {**SUMMARY, "errors": 1, "events": 9, "coverage": "the parent",
             "suppressions": "2 leak:f\n0 leak:g\n"},
            after="if os.fork() == 0: os.execv(sys.executable, "
                  f"{talker({**SUMMARY, 'suppressions': '1 leak:f'})!r})\n"
                  "os.wait()"))
        self.assertEqual(
            done.stderr,
            "refsan: suppressions, with the number of distinct findings they "
            "silenced:\n  3 leak:f\n  0 leak:g\n"
            "refsan: 1 error, 0 warnings in 2 processes; most seen in one: "
            "the parent\n")

    def test_quiet(self):
        done = self.refsan("run", "-q", "--", *talker(report(), SUMMARY))
        self.assertEqual(done.stderr, printed())

    def test_what_stands_behind_the_command_is_its_own(self):
        for words in ["-q", "--quiet"], ["--", "-q"], ["--option", "nope"]:
            command = [*talker(SUMMARY, before="print(sys.argv[1:])"), *words]
            for before in [], ["--"], ["--option", "verbosity=0", "--"]:
                done = self.refsan("run", *before, *command)
                self.assertEqual(done.stdout, f"{words}\n")
                self.assertIn("0 errors", done.stderr)

    def test_losses_by_what_they_mean(self):
        """Only what may hide a bug is said unasked."""
        lost = {"slots-reused": 12876, "records-full": 3, "undecided": 2,
                "reentry": 4, "unheard-of": 1}
        hides = ("refsan: bugs may have been missed: 3 objects without a "
                 "record: the table was full (raise records=N)\n")
        declined = ("refsan: not judged, because refsan cannot tell: 2 "
                    "operations on a dying object that may have been its own "
                    "deallocation's\n")
        names = ("refsan: reports say less than they could: 12,876 thread "
                 "slots used again: older objects may name the wrong "
                 "thread\n")
        information = ("refsan: for information: 4 events inside refsan's own "
                       "code\n")
        unknown = "refsan: lost, as a newer runtime says: 1 unheard-of\n"
        for verbosity, words in (
                (0, hides + unknown),
                (1, hides + declined + names + information + unknown)):
            done = self.refsan("run", "--", *talker(
                start(verbosity=verbosity, summary=False),
                {**SUMMARY, "lost": lost}))
            self.assertEqual(done.stderr, words)

    def test_programs_modules_and_the_gil(self):
        """What is said of two processes, added up."""
        def module(path, tier):
            return {"type": "module", "path": f"/site-packages/{path}",
                    "tier": tier, "hooked": True}
        static = {"type": "unwatched", "program": "/bin/x",
                  "reason": "statically linked"}
        first = talker(SUMMARY, module("a.so", "stock"), static,
                       {"type": "gil", "module": "/site-packages/a.so"})
        done = self.refsan("run", "--", *talker(
            start(summary=False), module("b/c.cpython-315-x86_64.so",
                                         "instrumented"),
            module("lib-dynload/math.so", "stock"), static,
            {**static, "program": "/bin/su", "reason": "set-uid"},
            {**static, "program": "/sbin/ldconfig", "python": False}, SUMMARY,
            after=f"import subprocess; subprocess.run({first!r})"))
        self.assertEqual(
            done.stderr,
            "refsan: 3 programs ran without refsan: /bin/x (statically "
            "linked) 2 times, /bin/su (set-uid)\n"
            "refsan: the GIL was switched on for /site-packages/a.so: races "
            "were not looked for from then on\n"
            "refsan: instrumented: b.c; stock, where inline counting is not "
            "seen (build them with refsan cc): a, 1 of the standard "
            "library\n")

    def test_colour(self):
        done = self.refsan("run", "-q", "--", *talker(
            start(color="always"), report(), SUMMARY))
        self.assertTrue(done.stderr.startswith(
            "\n\033[1;31mrefsan: count-underflow: words\033[0m\n"))
        self.assertIn("  \033[1mdecref by thread T1:\033[0m\n", done.stderr)

    def test_jsonl_and_log(self):
        jsonl, log = self.folder / "out.jsonl", self.folder / "out.log"
        done = self.refsan("run", "-q", "--jsonl", jsonl, "--log", log, "--",
                           *talker(report(), SUMMARY))
        self.assertEqual(done.stderr, "")
        self.assertEqual(log.read_text(), report()["text"] + "\n")
        finding = json.loads(jsonl.read_text())
        self.assertEqual(finding["kind"], "count-underflow")

    def test_paths_as_options_are_templates(self):
        done = self.refsan("run", "-q", "--", *talker(
            start(log_path=f"{self.folder}/%e",
                  jsonl_path=f"{self.folder}/all.%%"), report(), SUMMARY))
        self.assertEqual(done.stderr, "")
        log, = self.folder.glob("python3.15.*")
        self.assertTrue(log.suffix[1:].isdecimal())
        self.assertEqual(log.read_text(), report()["text"] + "\n")
        self.assertIn('"kind"', (self.folder / "all.%").read_text())

    def test_each_process_has_its_own_options(self):
        """A forked one that says none has the first process's."""
        child = talker(start(log_path=f"{self.folder}/child"), report("leak"))
        grandchild = talker(report("slot-race"))
        done = self.refsan("run", "-q", "--", *talker(
            start(log_path=f"{self.folder}/first"), report(), SUMMARY,
            after=f"import subprocess; subprocess.run({child!r}); "
                  f"subprocess.run({grandchild!r})"))
        self.assertEqual((done.returncode, done.stderr), (66, ""))
        texts = sorted(path.name.split(".")[0] + ": " +
                       path.read_text().split(": ")[1]
                       for path in self.folder.glob("*.*[0-9]"))
        self.assertEqual(texts, ["child: leak", "first: count-underflow",
                                 "first: slot-race"])

    def test_another_preload_is_told_when_asked_for(self):
        environment = {"LD_PRELOAD": str(self.library)}
        for options, words in (({"verbosity": 1}, "refsan: LD_PRELOAD is kept"
                                f": {self.library}\n"), ({}, "")):
            done = self.refsan("run", "-q", "--", *talker(
                start(**options), SUMMARY), environment=environment)
            self.assertEqual(done.stderr, words)

    def test_no_summary(self):
        done = self.refsan("run", "--", *talker(start(summary=False), SUMMARY))
        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_paths_that_cannot_be_written(self):
        done = self.refsan(
            "run", "-q", "--jsonl", "/no/dir/x", "--log", "/no/dir/y", "--",
            *talker(report(), report("leak"), SUMMARY))
        self.assertEqual(done.returncode, 66)
        self.assertEqual(
            done.stderr,
            "refsan: cannot write /no/dir/x: No such file or directory\n"
            "refsan: cannot write /no/dir/y: No such file or directory\n"
            + printed() + printed("leak"))

    def test_a_damaged_line_is_said(self):
        done = self.refsan("run", "--", *talker(
            SUMMARY, after="print('{', file=open(os.environ["
                           "'REFSAN_CHANNEL'], 'a'))"))
        self.assertIn("a line of the channel was damaged", done.stderr)


class Transparency(RefsanTest):
    def environment_of_child(self, *options, **more):
        show = "import json; print(json.dumps(dict(os.environ)))"
        done = self.refsan("run", *options, "--",
                           *talker(SUMMARY, before=show), **more)
        return json.loads(done.stdout)

    def test_preload_is_kept(self):
        other = self.folder / "other.so"
        other.write_bytes(self.library.read_bytes())
        seen = self.environment_of_child(
            environment={"LD_PRELOAD": str(other)})
        self.assertEqual(seen["LD_PRELOAD"], f"{self.library}:{other}")

    def test_sanitizers_are_where_they_must_be(self):
        names = "libasan.so.8", "other.so", "libclang_rt.tsan-x86_64.so", \
            "libasantry.so"
        asan, other, tsan, nothing = (self.folder / name for name in names)
        for path in asan, other, tsan, nothing:
            path.write_bytes(self.library.read_bytes())
        seen = self.environment_of_child(environment={
            "LD_PRELOAD": f"{other}:{asan} {tsan}:{nothing}"})
        self.assertEqual(seen["LD_PRELOAD"], f"{asan}:{self.library}:{other}:"
                                             f"{tsan}:{nothing}")

    def test_a_library_in_a_folder_with_a_space(self):
        place = self.folder / "a b"
        place.mkdir()
        library = self.library.rename(place / "librefsan.so")
        seen = self.environment_of_child(
            environment={"REFSAN_LIBRARY": str(library)})
        self.assertNotIn(" ", seen["LD_PRELOAD"])

    def test_options_are_joined(self):
        rules = self.folder / "rules"
        rules.write_text("")
        seen = self.environment_of_child(
            "--option", "color=never", "--option", "log_path=", "--option",
            "strip_path_prefix=a:b", "--suppressions", rules,
            environment={"REFSAN_OPTIONS": "color=always:history=3"})
        self.assertEqual(
            seen["REFSAN_OPTIONS"],
            "color=always:history=3:color=never:log_path=:"
            f"strip_path_prefix='a:b':suppressions={rules}")

    def test_no_follow_names_one_process(self):
        seen = self.environment_of_child("--no-follow", environment={"A": "b"})
        self.assertTrue(seen["REFSAN_ONLY_PID"].isdecimal())
        self.assertEqual(seen["A"], "b")
        done = self.refsan("run", "--no-follow", "--", *talker(
            SUMMARY, before="print(os.environ['REFSAN_ONLY_PID'], "
                            "os.getpid())"))
        first, second = done.stdout.split()
        self.assertEqual(first, second)

    def test_stdin_and_stdout_are_the_commands(self):
        done = self.refsan("run", "--", *talker(
            SUMMARY, before="print(sys.stdin.read())"), input="words")
        self.assertEqual(done.stdout, "words\n")

    def test_the_channel_leaves_nothing_behind(self):
        done = self.refsan(
            "run", "--", *talker(
                SUMMARY, before="print(os.environ['REFSAN_CHANNEL'])"))
        self.assertFalse(os.path.exists(os.path.dirname(done.stdout.strip())))


class Signals(RefsanTest):
    def test_they_reach_the_command_once(self):
        """The command waits for one, says which, and ends."""
        before = ("import signal\nwanted = 1, 2, 10, 15\n"
                  "signal.pthread_sigmask(signal.SIG_BLOCK, wanted)\n")
        after = ("print('ready', flush=True)\n"
                 "print('got', int(signal.sigwait(wanted)), flush=True)\n"
                 "sys.exit(5)")
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP,
                       signal.SIGUSR1):
            process = subprocess.Popen(
                self.command("run", "--", *talker(SUMMARY, before=before,
                                                  after=after)),
                env=self.environment, text=True, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE)
            self.assertEqual(process.stdout.readline(), "ready\n")
            process.send_signal(number)
            out, err = process.communicate(timeout=60)
            with self.subTest(number):
                self.assertEqual(out, f"got {int(number)}\n")
                self.assertEqual(process.returncode, 5)
                self.assertIn("0 errors", err)

    def test_an_ignored_one_stays_ignored(self):
        seen = subprocess.run(
            ["sh", "-c", "trap '' HUP; exec \"$@\"", "sh",
             *self.command("run", "--", *talker(
                 SUMMARY, before="import signal; print(signal.getsignal(1) == "
                               "signal.SIG_IGN)"))],
            env=self.environment, text=True, capture_output=True, timeout=60)
        self.assertEqual(seen.stdout, "True\n")


if __name__ == "__main__":
    unittest.main()
