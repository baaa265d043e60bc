# SPDX-License-Identifier: MIT
"""Findings as bugs: the same fingerprint is the same bug, in whatever thread,
process or worker; and the same pattern at many places of one package is one
family, whose later members are listed at the end instead of printed."""

import collections

from ..reporting import folding, frames
from .modules import import_name, package_of

# So many of a family are printed. Errors of one kind in one package may well be
# different bugs; what is done at each import of it is done by a generator.
PRINTED = {"set-up": 1, "warning": 1, "error": 3}
IMPORT = "<frozen importlib"


class Bug:
    def __init__(self, finding, place, package, family):
        self.kind = finding["kind"]
        self.severity = finding["severity"]
        self.test = finding.get("test")
        self.tier = finding.get("tier")
        self.place = place
        self.package = package
        self.family = family
        self.times = 0  # table.py counts
        self.consequences = collections.Counter()  # kinds
        self.has_more = False  # repeats that may be of other bugs, too


class Family:
    def __init__(self, limit):
        self.limit = limit
        self.bugs = []


class Bugs:
    def __init__(self, folds_families=True):
        self.folds_families = folds_families
        self.by_fingerprint = {}
        self.families = {}

    def take(self, finding, page):
        """(its bug, whether it is to be printed). ValueError and its like for
        what is no finding."""
        key = finding["kind"], finding.get("fingerprint")
        if key[1] is None:  # an older runtime, or a damaged record
            key = len(self.by_fingerprint)
        known = self.by_fingerprint.get(key)
        if known:
            return known, False
        bug = self._make(finding, page)
        self.by_fingerprint[key] = bug
        members = bug.family.bugs
        members.append(bug)
        return bug, (not self.folds_families
                     or len(members) <= bug.family.limit)

    def _make(self, finding, page):
        stack = (finding.get("stacks") or [None])[0]
        sets_up = bool(stack) and is_set_up(stack)
        guilty = stack and guilty_frame(stack, is_outermost=sets_up)
        package = package_of(guilty) if guilty else None
        pattern = ("set-up" if sets_up
                   else tuple(finding.get("evidence") or ()))
        key = finding["kind"], package or describe(stack, page), pattern
        limit = PRINTED["set-up" if pattern == "set-up" and package
                        else finding["severity"]]
        family = self.families.setdefault(key, Family(limit))
        return Bug(finding, describe(stack, page), package, family)

    def find(self, kind, fingerprint):
        return self.by_fingerprint.get((kind, fingerprint))

    def follows(self, finding):
        """Is it only what came of another bug that is known? Then it is said
        with that."""
        cause = finding.get("follows")
        bug = cause and next((
            bug for key, bug in self.by_fingerprint.items()
            if isinstance(key, tuple) and key[1] == cause), None)
        if bug:
            bug.consequences[finding["kind"]] += 1
        return bug is not None

    def all(self):
        return list(self.by_fingerprint.values())


def guilty_frame(stack, is_outermost=False):
    """The act's innermost frame that is neither the interpreter's nor ours; or
    the outermost native one: of what sets itself up, by way of others."""
    native = [frame for frame in stack["frames"] if is_guilty(frame)]
    if is_outermost and native:
        return native[-1]
    return next(filter(is_guilty, frames.all_of(stack)), None)


def is_guilty(frame):
    return folding.group(frame) not in folding.SILENT


def is_set_up(stack):
    """Was a module being imported, and nothing of Python's called by it?"""
    return bool(stack["python"]) and (
        stack["python"][0].get("file") or "").startswith(IMPORT)


def describe(stack, page):
    """src/_core.c:98 parse_row; parse_row in tinytable._core where no line is
    known."""
    place = stack and frames.place(stack, page)
    if not place:
        return ""
    name = frames.name(place)
    if place.get("file"):
        return f"{frames.where(place)} {name}".strip()
    module = import_name(place.get("module") or "")
    return f"{name or place.get('offset')} in {module}"
