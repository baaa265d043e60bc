# SPDX-License-Identifier: MIT
"""What `refsan run` does with the records of its channel: prints reports as
they come, writes them to files, and adds up what each process said."""

import collections
import dataclasses
import json
import os
import sys

from .. import files, foreign, options, tables
from ..symbolizing.frames import Frames
from ..symbolizing.symbolizer import Symbolizer
from . import colours, losses, records
from .modules import Module, tiers


@dataclasses.dataclass
class Process:
    """One process of the run, as far as it has said."""
    exe: str = ""
    host: str = ""
    refusal: str = ""
    coverage: str = ""
    suppressions: str = ""
    events: int = 0
    errors: int = 0
    warnings: int = 0
    silenced: int = 0
    lost: dict = dataclasses.field(default_factory=dict)
    options: dict = dataclasses.field(default_factory=dict)
    gil: str | None = None  # the module that it was switched on for
    modules: dict = dataclasses.field(default_factory=dict)  # by path

    def learn(self, record):
        """All of it, or nothing where a part is damaged."""
        kinds = {field.name: field.type for field in dataclasses.fields(self)
                 if record.get(field.name) and field.name != "modules"}
        said = dict(zip(kinds, records.need(record, **kinds)))
        records.check_said(said)
        options.values(said.get("options"))
        for name, value in said.items():
            setattr(self, name, value)

    def is_free_threaded(self):
        return "free-threaded" in self.host


class Listener:
    def __init__(self, log=None, jsonl=None, preload=None):
        """`preload`: the LD_PRELOAD that was there before ours."""
        self.log = log
        self.jsonl = jsonl
        self.preload = preload
        self.options = options.values()  # what the first process has
        self.has_begun = False
        self.processes = {}
        self.unwatched = collections.Counter()  # programs and reasons
        self.tools = collections.Counter()  # such without a Python
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
                                         host=str | None, pid=int)
        frames = Frames(self.symbolizer,
                        self._options_of(process).strip_path_prefix)
        if severity == "error":
            process.errors += 1
        else:
            process.warnings += 1
        process.host = process.host or host or "a host"
        self._complete(finding, process)
        text = frames.text(foreign.lines(text))
        frames.finding(finding)
        self._write_jsonl(finding, process)
        self._write_text(text, severity, pid)

    # ---- words

    def note(self, sentence, pid=0):
        self._write_text(f"refsan: {foreign.line(sentence)}\n", None, pid)

    def _write_text(self, text, severity, pid):
        chosen = self._options_of(self.processes.get(pid, Process()))
        path = self.log
        if not path and chosen.log_path:
            path = self._expand(chosen.log_path, pid)
            if "%p" not in chosen.log_path:
                path += f".{pid}"
        if path and self._append(path, text):
            return
        if severity and colours.wants(chosen.color, sys.stderr):
            text = colours.paint(text, severity)
        self._print(text)

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

    def finish(self, is_quiet):
        self.symbolizer.close()
        self._print_missed()
        if is_quiet or not self.watched():
            return
        self._print_suppressions()
        self._print_lost()
        self._print_watching()
        if self.options.summary:
            self._print(foreign.line(self.total()) + "\n")

    def _print_missed(self):
        """Reports that processes could not send."""
        if not self.counts or not self.counts.reports:
            return
        where = ("in log_path" if self.options.log_path else "on stderr")
        self.note(f"{counted(self.counts.reports, 'report')} of "
                  f"{counted(self.counts.processes, 'process', 'es')} did not "
                  f"arrive here; look {where}")

    def _print_suppressions(self):
        counts = {}
        for process in self.processes.values():
            for line in process.suppressions.split("\n"):
                count, _, rule = line.partition(" ")
                if rule:
                    counts[rule] = counts.get(rule, 0) + int(count)
        if counts:
            self._print("refsan: suppressions, with the number of distinct "
                        "findings they silenced:\n" + "".join(
                            f"  {count} {foreign.line(rule)}\n" for rule, count in sorted(
                                counts.items(), key=lambda item: -item[1])))

    def _print_lost(self):
        counts = collections.Counter()
        for process in self.processes.values():
            counts.update(process.lost)
        for line in losses.lines(counts, self.options.verbosity):
            self._print(f"refsan: {foreign.line(line)}\n")

    def modules(self):
        """Of all processes."""
        return [module for process in self.processes.values()
                for module in process.modules.values()]

    def _print_watching(self):
        """What the numbers of the last line do not say."""
        lines = []
        programs = self.unwatched
        if self.options.verbosity:
            programs = programs + self.tools
        if programs:
            lines.append(unwatched_programs(programs))
        lines += [f"the GIL was switched on for {module}: races were not "
                  "looked for from then on" for module in sorted(
                      {process.gil for process in self.processes.values()
                       if process.gil})]
        lines += filter(None, [tiers(self.modules())])
        for line in lines:
            self._print(f"refsan: {foreign.line(line)}\n")

    def total(self):
        watched = self.watched()
        errors, warnings = (sum(getattr(process, name) for process in watched)
                            for name in ("errors", "warnings"))
        if self.counts and not self.options.warnings_are_errors:
            errors = max(errors, self.counts.errors)  # of the others, too
        parts = [counted(errors, "error"), counted(warnings, "warning")]
        silenced = sum(process.silenced for process in watched)
        if silenced:
            parts.append(f"{silenced} silenced")
        busiest = max(watched, key=lambda process: process.events)
        return (f"refsan: {', '.join(parts)} in "
                f"{counted(len(watched), 'process', 'es')}; "
                + ("most seen in one: " if len(watched) > 1 else "")
                + (busiest.coverage or f"{busiest.host}, which ended without "
                                       "a summary"))


def counted(count, noun, plural="s"):
    return f"{count} {noun}{'' if count == 1 else plural}"


def unwatched_programs(counts, most=8):
    """3 programs ran without refsan: /bin/x (statically linked), 2 times..."""
    words = [f"{program} ({reason})" + (f" {count} times" if count > 1 else "")
             for (program, reason), count in counts.most_common(most)]
    if len(counts) > most:
        words.append(f"{len(counts) - most} more")
    return (f"{counted(counts.total(), 'program')} ran without refsan: "
            + ", ".join(words))
