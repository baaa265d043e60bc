# SPDX-License-Identifier: MIT
"""What `refsan run` does with the records of its channel: prints reports as
they come, writes them to files, and adds up what each process said."""

import collections
import functools
import json
import os
import sys

from .. import files, foreign, options
from ..reporting import page, report
from ..symbolizing.frames import Frames
from ..symbolizing.symbolizer import Symbolizer
from . import bugs, ending, records
from .bugs import Bugs
from .modules import Module, package_of
from .process import Process


class Listener:
    def __init__(self, log=None, jsonl=None, preload=None, is_full=False,
                 is_quiet=False):
        """`preload`: the LD_PRELOAD that was there before ours; `is_full`:
        reports are the runtime's whole text; `is_quiet`: nothing at the
        end."""
        self.log = log
        self.jsonl = jsonl
        self.preload = preload
        self.is_full = is_full
        self.is_quiet = is_quiet
        self.bugs = Bugs(folds_families=not is_quiet)
        self.elsewhere = collections.Counter()  # packages, of only=
        self.options = options.values()  # what the first process has
        self.has_begun = False
        self.processes = {}
        self.unwatched = collections.Counter()  # programs and reasons
        self.tools = collections.Counter()  # such without a Python
        self.held = None  # {bug: its report}, while somebody else shows them
        self.unwritable = set()
        self.counts = None  # the tally's, at the end
        self.symbolizer = Symbolizer(self.note)

    # ---- records

    def take(self, record):
        """Raises what is said of a record that cannot be taken."""
        pid, kind = records.need({"pid": 0, **record}, pid=int, type=str)
        process = self.processes.setdefault(pid, Process())
        if kind == "report":
            self._take_report(record, process, pid)
        elif kind == "note":
            self.note(*records.need(record, text=str), pid)
        elif kind == "unwatched":
            program, reason, may_be_python = records.need(
                {"python": True, **record}, program=str, reason=str,
                python=bool)
            (self.unwatched if may_be_python else self.tools)[
                program, reason] += 1
        elif kind == "module":
            path, tier, hooked = records.need(record, path=str, tier=str,
                                              hooked=bool)
            process.modules[path] = Module(path, tier, hooked, pid)
        elif kind == "hold":
            self.held = {} if self.held is None else self.held
        elif kind == "shown":
            self._forget(*records.need(record, kind=str, fingerprint=str))
        elif kind == "gil":
            process.gil, = records.need(record, module=str)
        elif kind in ("start", "host", "summary"):
            process.learn(record)
            if kind == "start" and not self.has_begun:
                self._begin(process)

    def _begin(self, process):
        self.has_begun = True
        self.options = self._options_of(process)
        if self.options.verbosity and self.preload:
            self.note(f"LD_PRELOAD is kept: {self.preload}")

    def _options_of(self, process):
        """Its own; the first process's for one that was forked and says no
        options, so those that its parent alone had are missed."""
        return (options.values(process.options) if process.options
                else self.options)

    def _take_report(self, record, process, pid):
        text, finding = records.need(record, text=str, finding=dict)
        severity, host, _ = records.need({"host": "", **finding}, severity=str,
                                         host=(str, type(None)), pid=int)
        frames = Frames(self.symbolizer,
                        self._options_of(process).strip_path_prefix)
        process.host = process.host or host or "a host"
        self._complete(finding, process)
        frames.finding(finding)
        self._write_jsonl(finding, process)
        if self._is_news(finding, process, severity):
            self._say(finding, functools.partial(
                report.text, finding, lambda: frames.text(foreign.lines(text)),
                is_full=self.is_full), pid)

    def _is_news(self, finding, process, severity):
        """Is it to be printed? It is counted in any case."""
        is_new = True
        if finding.get("kind") == "hang":
            process.has_answered = True
            return True  # somebody asked; it counts as nothing
        try:
            if finding.get("elsewhere"):
                frame = bugs.guilty_frame(finding["stacks"][0])
                self.elsewhere[package_of(frame) if frame else None] += 1
                return False
            if "crash" not in finding and self.bugs.follows(finding):
                return False
            bug, is_new = self.bugs.take(finding, page.for_file(None))
        except report.DAMAGE:
            bug = None
        process.count("errors" if severity == "error" else "warnings", bug)
        if isinstance(finding.get("crash"), dict):
            process.signal = finding["crash"].get("signal")
            process.crash = bug
        return is_new

    # ---- reports that the program shows itself, as the pytest plugin does

    def _say(self, finding, make, pid):
        if self.held is None:
            self._write(make, pid)
        else:
            key = finding.get("kind"), finding.get("fingerprint")
            self.held[key] = make, pid

    def _forget(self, kind, fingerprint):
        if self.held:
            self.held.pop((kind, fingerprint), None)

    def _give_back(self):
        """What nobody has shown, after all."""
        held, self.held = self.held, None
        for make, pid in (held or {}).values():
            self._write(make, pid)

    # ---- words

    def note(self, sentence, pid=0):
        self._write(lambda page: f"refsan: {foreign.line(sentence)}\n", pid)

    def _write(self, make, pid):
        """What `make` makes of the page it goes to."""
        chosen = self._options_of(self.processes.get(pid, Process()))
        path = self.log
        if not path and chosen.log_path:
            path = self._expand(chosen.log_path, pid)
            if "%p" not in chosen.log_path:
                path += f".{pid}"
        if path and self._append(path, make(page=page.for_file(None))):
            return
        self._print(make(page=page.for_file(sys.stderr, chosen.color)))

    @staticmethod
    def _complete(finding, process):
        """The tier is that of the module that acts, where it is known."""
        finding["gil"] = (process.gil is not None
                          or not process.is_free_threaded())
        stacks = finding.get("stacks")
        for frame in stacks[0]["frames"] if stacks else []:
            if frame.get("module") in process.modules:
                finding["tier"] = process.modules[frame["module"]].tier
                return

    def _write_jsonl(self, finding, process):
        line = json.dumps(finding, ensure_ascii=False) + "\n"
        template = self._options_of(process).jsonl_path
        for path in filter(None, [
                self.jsonl, self._expand(template, finding["pid"])]):
            self._append(path, line)

    def _expand(self, template, pid):
        exe = self.processes.get(pid, Process()).exe
        return options.expand(template, pid,
                              os.path.basename(exe) or "unknown")

    def _append(self, path, text):
        """False when it cannot be done, which is said once a path."""
        try:
            files.append(path, text)
            return True
        except OSError as error:
            if path not in self.unwritable:
                self.unwritable.add(path)
                self._print(f"refsan: cannot write {foreign.word(path)}: "
                            f"{files.reason(error)}\n")
            return False

    @staticmethod
    def _print(text):
        files.print_all(sys.stderr, text)

    # ---- the end

    def watched(self):
        return [process for process in self.processes.values()
                if process.host]

    def errors(self):
        """Those that count for the exit status, as far as is known."""
        if self.counts and self.counts.errors:
            return self.counts.errors
        return sum(process.errors for process in self.processes.values()) + \
            sum(process.warnings for process in self.processes.values()
                if self._options_of(process).warnings_are_errors)

    def modules(self):
        """Of all processes."""
        return [module for process in self.processes.values()
                for module in process.modules.values()]

    def finish(self, status=0):
        """`status` of the command; negative, if a signal ended it."""
        self._give_back()
        self.symbolizer.close()
        for line in ending.missed(self):
            self.note(line)
        if self.is_quiet or not self.watched():
            return
        for line in ending.lines(self, status):
            self._print(foreign.line(line) + "\n")
