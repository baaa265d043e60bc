# SPDX-License-Identifier: MIT
"""For people: what was read, each bug as its short report, and a table."""

from ...listening.words import counted
from ...reporting import page as pages
from ...reporting.page import columns, cut, wrap
from ...reporting.report import DAMAGE
from ...reporting.story import story
from .. import views as view_words

MOST = 50  # short reports; the table has all


def write(views, inputs, out, options):
    page = pages.for_file(out, options.color)
    for line in head(views, inputs, page):
        out.write(line + "\n")
    shown = view_words.interesting(views)
    by_fingerprint = {view["fingerprint"]: view for view in views}
    for view in shown[:options.most]:
        out.write("\n")
        for parts in title(view, page):
            out.write(page.paint(parts) + "\n")
        out.write(body(view, page))
        for parts in after(view, by_fingerprint, page, options):
            out.write(page.paint(parts) + "\n")
    rest = shown[options.most:]
    if rest:
        out.write(f"\n{counted(len(rest), 'more bug')}, of less weight "
                  "(--most N shows more of them in full):\n")
        for view in rest:
            out.write(page.paint(row(view, page)) + "\n")


def head(views, inputs, page):
    reports = sum(source.reports for source in inputs)
    shown = view_words.interesting(views)
    words = (f"refsan triage: {counted(reports, 'report')} in "
             f"{counted(len(inputs), 'file')}, of "
             f"{counted(len(shown), 'distinct bug')}")
    if len(views) > len(shown):
        words += (", and "
                  + counted(len(views) - len(shown), "consequence") + " of them")
    new = [view for view in views if view["is_new"]]
    if any(view["is_new"] is not None for view in views):
        words += f"; {len(new)} new"
    yield from wrap(words, page.width)
    for source in inputs:
        for sentence, times in source.problems.items():
            yield page.paint([("warning", "  not read: " if "not read" in
                               sentence else "  note: "),
                              ("plain", f"{source.name}: {sentence}"
                               + (f" ({times} times)" if times > 1 else ""))])


def title(view, page):
    words = [f"seen {counted(view['count'], 'time')}"]
    if view["tests"]:
        words.append(f"in {counted(len(view['tests']), 'test')}")
    words += [view["certainty"], view["exploitability"]["class"].lower()
              .replace("_", " ")]
    new = [("error", "NEW ")] if view["is_new"] else []
    line = f"[{view['rank']}] {view['fingerprint']}"
    rest = ", ".join(words)
    yield [*new, ("strong", line), ("weak", "  " + cut(
        rest, max(page.width - columns(line) - 6, 10)))]


def body(view, page):
    try:
        return story(view["report"], page)
    except DAMAGE:
        return page.paint(row(view, page)) + "\n"


def after(view, by_fingerprint, page, options):
    for fingerprint in view["consequences"][:5]:
        other = by_fingerprint.get(fingerprint)
        if other is None:
            continue
        yield keyed("then", f"{counted(other['count'], 'time')} "
                    f"{other['kind']}: {other['title']}", page)
    first, last = view["first"], view["last"]
    yield keyed("first", seen(first), page)
    if last != first:
        yield keyed("last", seen(last), page)
    if view["tests"]:
        yield keyed("tests", ", ".join(row["name"]
                                       for row in view["tests"][:5]), page)
    if len(view["interpreters"]) > 1:
        yield keyed("pythons", "; ".join(view["interpreters"]), page)
    if options.suppress and view["suppress"]:
        # Whole, however long: it is to be copied.
        yield [("weak", f"  {'suppress':<10}"), ("plain", view["suppress"])]


def seen(where):
    words = f"{where['file']}:{where['line']}"
    return words + (f", pid {where['pid']}" if where["pid"] else "")


def keyed(key, words, page):
    return [("weak", f"  {key:<10}"),
            ("plain", cut(words, max(page.width - 12, 8)))]


def row(view, page):
    place = view["place"] or {}
    at = view_words.where(place).rpartition("/")[2]
    words = " ".join(filter(None, [place.get("function"), at]))
    head = f"  {view['count']:>6}  {view['kind']:<22} "
    return [("plain", head), ("plain", cut(
        ": ".join(filter(None, [words, view["title"]])),
        max(page.width - columns(head), 10)))]
