# SPDX-License-Identifier: MIT
"""What the readers of logs have in common."""

import re


class Reader:
    name = ""

    @classmethod
    def begins(cls, line):
        """A reader that has taken the line, or None."""
        raise NotImplementedError

    def owns(self, line):
        """Is a line that could begin another report a part of this one?"""
        return False

    def take(self, line):
        raise NotImplementedError

    def is_over(self):
        """Could it end here?"""
        return True

    def reports(self):
        raise NotImplementedError


PLACE = re.compile(r"^(?P<file>.+?):(?P<line>\d{1,9})(?::\d{1,9})?$")


def native(function=None, file=None, line=None, module=None, offset=None,
           address=None):
    return {"function": function, "file": file,
            "line": int(line) if line else None, "module": module,
            "build_id": None, "offset": offset, "address": address}


def python(function, file, line):
    return {"function": function, "file": file,
            "line": int(line) if line else None}


def stack(role, frames=(), python_frames=(), thread=None):
    """`role` is what a report says of it."""
    return {"role": role, "thread": thread, "op": "", "frames": list(frames),
            "python": list(python_frames)}
