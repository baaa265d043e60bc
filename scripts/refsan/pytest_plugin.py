# SPDX-License-Identifier: MIT
"""pytest --refsan: the tests run under `refsan run`, and a test that causes a
finding fails. For pytest 7 and later, alone and with xdist, forked,
run-parallel, timeout and asyncio."""

import os
import shutil
import sys

import pytest

from . import program, tables
from .mistake import Mistake

MODES = "error", "warn", "off"
AGAIN = "REFSAN_PYTEST"  # in the environment of a pytest that was started again
PROPERTY = "refsan"
PHASES = " (setup)", " (call)", " (teardown)"  # of PYTEST_CURRENT_TEST
PLUGIN = "refsan-session"


# ---- Options -----------------------------------------------------------


def pytest_addoption(parser):
    group = parser.getgroup("refsan", "reference counting (refsan)")
    for flag, mode, words in (
            ("--refsan", "error", "run under `refsan run`; a test that causes "
             "an error of reference counting fails"),
            ("--refsan=error", "error", "the same"),
            ("--refsan=warn", "warn", "the same, but say it only"),
            ("--refsan=off", "off", "do not; wins over the ini file")):
        group.addoption(flag, action="store_const", const=mode, dest="refsan",
                        default=None, help=words)
    parser.addini("refsan", "error, warn or off, where the command line has "
                  "no --refsan (off)", default="off")
    parser.addini("refsan_allow", "kinds of findings that no test fails for, "
                  "a line each", type="linelist", default=[])


def mode_of(config):
    mode = config.getoption("refsan") or config.getini("refsan")
    if mode not in MODES:
        raise pytest.UsageError(f"refsan = {mode}: it is one of "
                                f"{', '.join(MODES)}")
    return mode


def check_kinds(kinds, where):
    known = [*tables.kinds(), "*"]
    for kind in kinds:
        if kind not in known:
            raise pytest.UsageError(f"{where}: refsan has no kind {kind}; see "
                                    "`refsan explain`")


# ---- Start -------------------------------------------------------------


def command():
    """`refsan` as it is installed for this Python, or on PATH."""
    beside = os.path.join(os.path.dirname(sys.executable), "refsan")
    found = beside if os.access(beside, os.X_OK) else shutil.which("refsan")
    return [found] if found else [sys.executable, "-m", "refsan"]


def start_again(config, mode):
    """The same pytest, under `refsan run`. Does not return."""
    options = ["--option", "exitcode=0"] if mode == "warn" else []
    line = [*command(), "run", *options, "--", sys.executable,
            *sys.orig_argv[1:]]
    capture = config.pluginmanager.getplugin("capturemanager")
    if capture:
        capture.stop_global_capturing()
    print("refsan: pytest starts again under `refsan run`", file=sys.stderr,
          flush=True)
    os.environ[AGAIN] = "1"
    try:
        os.execvp(line[0], line)
    except OSError as error:
        raise pytest.UsageError(
            f"--refsan: cannot run {line[0]}: {error.strerror}") from error


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config):
    """Before anything is collected."""
    mode = mode_of(config)
    if mode == "off" or config.option.help or is_worker(config):
        return
    try:
        tables.read()
    except Mistake as mistake:
        raise pytest.UsageError(f"--refsan: {mistake}") from mistake
    if program.CHANNEL not in os.environ:
        if AGAIN in os.environ:
            raise pytest.UsageError(
                "--refsan: pytest was started again under `refsan run`, and "
                "does not run there: what starts it takes its environment "
                "away")
        start_again(config, mode)
    if not program.is_active():
        raise pytest.UsageError(
            "--refsan: refsan's runtime is not in this process: see `refsan "
            f"doctor -- {sys.executable}`")


def is_worker(config):
    return hasattr(config, "workerinput")


def pytest_configure(config):
    config.addinivalue_line(
        "markers", "refsan_allow(kind, ...): refsan's findings of these kinds "
        "do not count while this test runs")
    mode = mode_of(config)
    if mode != "off" and program.CHANNEL in os.environ:
        config.pluginmanager.register(Session(config, mode), PLUGIN)


# ---- The tests ---------------------------------------------------------


class Session:
    def __init__(self, config, mode):
        self.is_error = mode == "error"
        self.allowed = config.getini("refsan_allow")
        check_kinds(self.allowed, "refsan_allow")
        self.findings = program.Findings()
        self.frames = None
        self.rows = {}  # first line: the first test; of all workers
        self.failed = set()  # those that a test failed for, and shows
        self.outside = []  # (finding, text) that no test of ours caused
        program.tell(type="hold")

    # Which findings are allowed.

    def pytest_collection_modifyitems(self, items):
        for item in items:
            check_kinds(self._allowed_by(item), item.nodeid)

    @staticmethod
    def _allowed_by(item):
        return [kind for marker in item.iter_markers("refsan_allow")
                for kind in marker.args or ["*"]]

    @pytest.hookimpl(hookwrapper=True, tryfirst=True)
    def pytest_runtest_protocol(self, item):
        with program.allow(*self.allowed, *self._allowed_by(item)):
            yield

    # What a test has caused.

    @pytest.hookimpl(hookwrapper=True, trylast=True)
    def pytest_runtest_makereport(self, item):
        outcome = yield
        report = outcome.get_result()
        for finding, text in self._new():
            if caused_by(finding, item):
                self._attach(finding, text, report)
                # For the reports of its later phases, which JUnit reads.
                item.user_properties.append(report.user_properties[-1])
            else:
                self.outside.append((finding, text))

    def _new(self):
        return [(finding, text) for finding, text in self.findings.new()
                if not finding.get("elsewhere")]

    def _attach(self, finding, text, report):
        words = self._words(finding, text)
        if (self.is_error and finding.get("severity") == "error"
                and report.outcome != "failed"):
            report.outcome = "failed"
            report.longrepr = words
            vars(report).pop("wasxfail", None)
        else:
            report.sections.append(("refsan", words))
        report.user_properties.append((PROPERTY, headline(words)))
        program.tell(type="shown", kind=finding.get("kind"),
                     fingerprint=finding.get("fingerprint"))

    def _words(self, finding, text):
        """The report, with files and lines."""
        from .foreign import lines
        from .reporting import page, report
        from .symbolizing.frames import Frames
        from .symbolizing.symbolizer import Symbolizer
        if self.frames is None:
            self.frames = Frames(Symbolizer(lambda sentence: None))
        try:
            self.frames.finding(finding)
        except report.DAMAGE:
            pass
        return report.text(finding, lambda: self.frames.text(lines(text)),
                           page.for_file(None)).strip("\n")

    # xdist: a worker that ended, and which test it ran.

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem, report):
        for finding, text in self._new():
            if finding.get("test") == crashitem and finding.get("crash"):
                self._attach(finding, text, report)

    # The end.

    def pytest_runtest_logreport(self, report):
        for name, value in report.user_properties:
            if name == PROPERTY:
                self.rows.setdefault(value, report.nodeid)
                if report.failed:
                    self.failed.add(value)

    @pytest.hookimpl(trylast=True)
    def pytest_terminal_summary(self, terminalreporter, config):
        pid = os.getpid()
        outside = [(finding, text) for finding, text
                   in [*self.outside, *self._new()]
                   if finding.get("pid") == pid]
        rows = [f"{test}: {words}" for words, test in self.rows.items()
                if words not in self.failed]
        if not rows and not outside:
            return
        terminalreporter.section("refsan")
        for row in rows:
            terminalreporter.write_line(row)
        for finding, text in outside:
            terminalreporter.write_line("")
            terminalreporter.write_line("not in a test:")
            terminalreporter.write_line(self._words(finding, text))
            program.tell(type="shown", kind=finding.get("kind"),
                         fingerprint=finding.get("fingerprint"))

    def pytest_unconfigure(self):
        if self.frames:
            self.frames.symbolizer.close()


def caused_by(finding, item):
    """Found by this process while it runs the test, or by a process that this
    test has started."""
    test = finding.get("test")
    for phase in PHASES if test else ():
        test = test.removesuffix(phase)
    return (finding.get("pid") == os.getpid() if test is None
            else test == item.nodeid)


def headline(words):
    return words.partition("\n")[0]
