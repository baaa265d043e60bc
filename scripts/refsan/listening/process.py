# SPDX-License-Identifier: MIT
"""One process of the run, as far as it has said."""

from .. import options
from . import records

KINDS = {"exe": str, "host": str, "refusal": str, "coverage": str,
         "suppressions": str, "events": int, "errors": int, "warnings": int,
         "silenced": int, "findings": list, "lost": dict, "options": dict}
COUNTED = "errors", "warnings"


class Process:
    def __init__(self):
        for name, kind in KINDS.items():
            setattr(self, name, kind())
        self.gil = None  # the module that it was switched on for
        self.modules = {}  # by path
        self.bugs = {name: [] for name in COUNTED}  # one for each report
        self.consequences = 0  # reports of what followed from another
        self.signal = None  # that killed it, where a report says so …
        self.has_answered = False  # what its threads do
        self.crash = None  # … and the bug that the report is of

    def learn(self, record):
        """All of it, or nothing where a part is damaged."""
        kinds = {name: kind for name, kind in KINDS.items()
                 if record.get(name)}
        said = dict(zip(kinds, records.need(record, **kinds)))
        records.check_said(said)
        options.values(said.get("options"))
        for name, value in said.items():
            setattr(self, name, value)

    def is_free_threaded(self):
        return "free-threaded" in self.host

    def count(self, name, bug):
        """A report: one of its errors or warnings, until it says how many
        there were."""
        self.bugs[name].append(bug)
        setattr(self, name, max(getattr(self, name), len(self.bugs[name])))

    def repeats(self, name):
        """(how many more there were than reports, the bugs they may be of)"""
        more = getattr(self, name) - len(self.bugs[name])
        return max(more, 0), list(dict.fromkeys(filter(None, self.bugs[name])))
