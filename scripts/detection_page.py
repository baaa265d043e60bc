# SPDX-License-Identifier: MIT
"""docs/detection.md, from docs/detection.json (scripts/detection measures it)
and the comments of tests/bugs."""

import json
import pathlib

import expectation

ROOT = pathlib.Path(__file__).resolve().parent.parent
SILENT = "silent"

HEAD = """\
# What else notices these bugs

Every program of [tests/bugs](../tests/bugs) contains one mistake, which happens
in every run. `refsan run` reports each of them; that is what the tests check.
This page says what becomes of the same program without refsan.

- **plain**: the interpreter as it is installed. A mistake may crash, give a
  wrong answer, or do nothing that anybody sees.
- **debug build**: CPython configured `--with-pydebug`, and the program built for
  it. It notices if it stops, or says anything.
- **TSan build**: CPython configured `--with-thread-sanitizer`, free-threaded,
  and the program built with `-fsanitize=thread`. It notices if its report is
  there.

Each was run {runs} times (and once by refsan), and so was the cure (`FIXED`):
what it says of that, too, is marked *also when fixed*, and not counted. A
dash: no interpreter of that sort is here that the program is for.

Read it with care. The programs were written to show what refsan looks for, and
are no fair sample of what others look for. Their threads take turns, so that
the mistake is certain: ThreadSanitizer looks for accesses that are *not*
ordered, and would see more where the order is left to chance. A crash depends
on what the freed memory is used for next.
"""


def short(name):
    return name.removeprefix("python")


def seen(row, is_it):
    """(at least once, every time), of one interpreter's runs."""
    hits = [is_it(words) and words not in row.get("fixed", {})
            for words in row["bug"]]
    return any(hits), all(hits)


def crashes(row):
    return seen(row, lambda words: words.startswith("SIG"))


def shows(row):
    return seen(row, lambda words: words != SILENT)


def stops_or_speaks(row):
    return seen(row, lambda words: words not in (SILENT, "hangs"))


def reports(row):
    return seen(row, lambda words: words.startswith("TSan"))


def words_of(row):
    runs = sum(row["bug"].values())
    parts = [words if count == runs else f"{words} ({count} of {runs})"
             for words, count in row["bug"].items()]
    if set(row["bug"]) & set(row.get("fixed", {})) - {SILENT}:
        parts.append("*also when fixed*")
    return ", ".join(parts).replace("|", "\\|")


def cell(column):
    """What happened, once for all interpreters that agree."""
    if not column:
        return "–"
    agreed = {}
    for name, row in column.items():
        agreed.setdefault(words_of(row), []).append(short(name))
    if len(agreed) == 1:
        return next(iter(agreed))
    return "<br>".join(f"{', '.join(names)}: {words}"
                       for words, names in agreed.items())


def program_row(path, entry):
    block = expectation.Expectation(path)
    kind = block.title.partition(":")[0]
    threads = "<br>".join(
        "[{}](https://github.com/{}/issues/{})".format(
            thread, *thread.split("#")) for thread in block.threads)
    link = f"[{path.stem}](../tests/bugs/{path.name})"
    tier = "instrumented" if block.is_instrumented else "stock"
    if entry is None:
        cells = ["not measured"] * 3
    else:
        cells = [cell(entry[name]) for name in ("plain", "debug", "tsan")]
        if not all(entry["refsan"].values()):
            kind += ", missed: " + ", ".join(
                short(name) for name, is_good in entry["refsan"].items()
                if not is_good)
    return f"| {' | '.join([link, threads, tier, kind, *cells])} |"


def counts(entries, column, is_noticed):
    """(programs that it could run, noticed once, noticed every time)"""
    here = [list(entry[column].values()) for entry in entries
            if entry[column]]
    noticed = [[is_noticed(row) for row in rows] for rows in here]
    return (len(here), sum(any(once for once, _ in rows) for rows in noticed),
            sum(all(always for _, always in rows) for rows in noticed))


def summary(measured, entries):
    versions = ", ".join(f"{short(name)} ({version})" for name, version
                         in measured["interpreters"].items())
    rows = [("refsan", "refsan", lambda is_good: (is_good, is_good)),
            ("plain, crashes", "plain", crashes),
            ("plain, crashes, hangs, or is wrong where it shows", "plain",
             shows),
            ("debug build", "debug", stops_or_speaks),
            ("TSan build", "tsan", reports)]
    lines = ["| | programs | noticed in some run | in all runs, on all "
             "interpreters |", "| --- | --: | --: | --: |"]
    lines += ["| {} | {} | {} | {} |".format(
        title, *counts(entries, column, is_noticed))
        for title, column, is_noticed in rows]
    return (f"Measured {measured['date']} on {versions}.\n\n" +
            "\n".join(lines) + "\n")


def page():
    measured = json.loads((ROOT / "docs/detection.json").read_text())
    paths = sorted((ROOT / "tests/bugs").glob("*.c*"))
    known = measured["programs"]
    entries = [known[path.stem] for path in paths if path.stem in known]
    lines = ["| program | like | tier | refsan | plain | debug build | "
             "TSan build |", "| --- | --- | --- | --- | --- | --- | --- |"]
    lines += [program_row(path, known.get(path.stem)) for path in paths]
    return "\n".join([HEAD.format(runs=measured["runs"]),
                      summary(measured, entries), *lines,
                      "\n`scripts/detection` measures again, "
                      "`scripts/detection NAME` one program.\n"])
