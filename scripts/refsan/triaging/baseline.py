# SPDX-License-Identifier: MIT
"""The bugs that are known already, as a file to keep beside the code."""

import json
import os
import tempfile

from ..mistake import Mistake

SCHEMA = 1


class Baseline:
    def __init__(self, path):
        self.path = path
        self.rows = {}

    def read(self, is_optional=False):
        try:
            with open(self.path, encoding="utf-8") as file:
                rows = json.load(file)["bugs"]
            self.rows = {row["fingerprint"]: row for row in rows}
        except FileNotFoundError as error:
            if not is_optional:
                raise Mistake(f"there is no baseline {self.path}: "
                              "--update-baseline writes one") from error
        except OSError as error:
            raise Mistake(f"cannot read {self.path}: "
                          f"{error.strerror}") from error
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise Mistake(f"{self.path} is no baseline: {error}") from error
        return self

    def is_new(self, view):
        return view["fingerprint"] not in self.rows

    def write(self, views):
        """All of it or nothing: sorted, so that changes are small."""
        for view in views:
            self.rows.setdefault(view["fingerprint"], {
                "fingerprint": view["fingerprint"], "kind": view["kind"],
                "severity": view["severity"], "title": view["title"],
                "place": place_words(view), "module": view["module"]})
        rows = sorted(self.rows.values(), key=lambda row: (
            str(row.get("kind")), str(row.get("place")), row["fingerprint"]))
        text = json.dumps({"schema": SCHEMA, "bugs": rows}, indent=1,
                          ensure_ascii=False) + "\n"
        folder = os.path.dirname(os.path.abspath(self.path))
        try:
            fd, name = tempfile.mkstemp(dir=folder, prefix=".baseline")
            with open(fd, "w", encoding="utf-8") as file:
                file.write(text)
            os.chmod(name, 0o644)
            os.replace(name, self.path)
        except OSError as error:
            raise Mistake(f"cannot write {self.path}: "
                          f"{error.strerror}") from error


def place_words(view):
    """Without the line, which moves."""
    place = view["place"] or {}
    file = os.path.basename(place.get("file") or place.get("module") or "")
    return " ".join(filter(None, [place.get("function"), file])) or None
