# SPDX-License-Identifier: MIT
"""The last lines of a run: what killed it, the bugs as a table, what was not
printed and not seen, and one line with all numbers."""

import collections
import signal
import sys

from ..reporting import page
from . import known, losses, table
from .modules import names, tiers
from .words import counted

CRASHES = {getattr(signal, name) for name in (
    "SIGSEGV", "SIGABRT", "SIGBUS", "SIGILL", "SIGFPE", "SIGTRAP", "SIGSYS")}


def lines(listener, status):
    watched = listener.watched()
    yield from table.lines(listener.bugs, watched,
                           page.for_file(sys.stderr))
    yield from elsewhere(listener)
    yield from suppressions(listener.processes.values())
    yield from lost(listener)
    yield from watching(listener)
    yield from killed(listener, status)
    if listener.options.summary:
        yield total(listener)


def missed(listener):
    """Reports that processes could not send."""
    counts = listener.counts
    if counts and counts.reports:
        where = "in log_path" if listener.options.log_path else "on stderr"
        yield (f"{counted(counts.reports, 'report')} of "
               f"{counted(counts.processes, 'process', 'es')} did not "
               f"arrive here; look {where}")


def suppressions(processes):
    counts = collections.Counter()
    for process in processes:
        for line in process.suppressions.split("\n"):
            count, _, rule = line.partition(" ")
            if rule:
                counts[rule] += int(count)
    yield from known.lines(counts)
    if counts:
        yield ("refsan: suppressions, with the number of distinct findings "
               "they silenced:")
    for rule, count in counts.most_common():
        yield f"  {count} {rule}"


def lost(listener):
    counts = collections.Counter()
    for process in listener.processes.values():
        counts.update(process.lost)
    for line in losses.lines(counts, listener.options.verbosity):
        yield f"refsan: {line}"


def elsewhere(listener):
    """What only= leaves out."""
    if listener.elsewhere:
        where = ", ".join(f"{count} in {package or 'no known package'}"
                          for package, count
                          in listener.elsewhere.most_common())
        count = sum(listener.elsewhere.values())
        yield (f"refsan: not of {listener.options.only}, and not printed: "
               f"{counted(count, 'finding')}: {where}")


def watching(listener):
    """What the numbers of the last line do not say."""
    processes = listener.processes.values()
    programs = listener.unwatched
    if listener.options.verbosity:
        programs = programs + listener.tools
    if programs:
        yield f"refsan: {unwatched_programs(programs)}"
    for module in sorted({process.gil for process in processes
                          if process.gil}):
        yield (f"refsan: the GIL was switched on for {module}: races were not "
               "looked for from then on")
    words = tiers(listener.modules())
    if words:
        yield f"refsan: {words}"


def unwatched_programs(counts, most=8):
    """3 programs ran without refsan: /bin/x (statically linked), 2 times..."""
    words = [f"{program} ({reason})" + (f" {count} times" if count > 1 else "")
             for (program, reason), count in counts.most_common(most)]
    if len(counts) > most:
        words.append(f"{len(counts) - most} more")
    return (f"{counted(sum(counts.values()), 'program')} ran without refsan: "
            + ", ".join(words))


# ---- a signal

def killed(listener, status):
    """What to read first when a process has crashed: the command itself, or
    one of whose end a report tells."""
    ends = [(f"process {pid} was ", process.signal, [process])
            for pid, process in listener.processes.items() if process.signal]
    if not ends and -status in CRASHES:
        ends = [("", signal.Signals(-status).name, listener.watched())]
    for who, name, processes in ends:
        yield f"refsan: {who}killed by {name}{after(processes)}"
    if ends:
        yield from unseen(listener.modules())


def after(processes):
    count = sum(process.errors for process in processes)
    count -= sum(process.crash is not None
                 and process.crash in process.bugs["errors"]
                 for process in processes)
    first = next((bug for process in processes for bug
                  in process.bugs["errors"] if bug not in (None, process.crash)
                  ), None)
    if count <= 0:
        return "; refsan saw no error before it"
    return (f" after {counted(count, 'error')}; start with the first"
            + (f": {first.place} [{first.kind}]" if first else ""))


def unseen(modules):
    stock = [module for module in modules
             if module.tier == "stock" and not module.is_standard]
    if stock:
        yield ("refsan: not seen before it: the counting that is compiled into "
               f"{names(stock)}; build with refsan cc to see it")


# ---- the last line

def total(listener):
    watched = listener.watched()
    errors, warnings = (sum(getattr(process, name) for process in watched)
                        for name in ("errors", "warnings"))
    if listener.counts and not listener.options.warnings_are_errors:
        errors = max(errors, listener.counts.errors)  # of the others, too
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
