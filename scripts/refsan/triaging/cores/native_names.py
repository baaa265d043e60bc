# SPDX-License-Identifier: MIT
"""Names of native functions as a fingerprint has them:
runtime/report/native_name.c, word by word, so that a bug has the same number
in a core."""

import re

from ... import tables

PARTS_MOST = 8
PLAIN_BYTES = 255
SUBSTITUTION = re.compile(r"[ST](?:(?<=S)[a-z]|[0-9A-Z]*_?)")


class Name:
    """A mangled name of C++, as far as it was read; `parts` is empty of
    what is none."""

    def __init__(self, function):
        self.text, self.at = function, 0
        self.parts, self.is_special = [], False
        if function.startswith("_Z") and not self._read():
            self.parts = []

    def _char(self, ahead=0):
        at = self.at + ahead
        return self.text[at] if at < len(self.text) else ""

    def _read(self):
        self.at = 2
        while self._char() == "Z":
            self.is_special = True
            self.at += 1
        if self._char() == "L":
            self.at += 1
        if self._char() != "N":
            return self._part(True) and bool(self.parts)
        self.at += 1
        while self._char() and self._char() in "KVrRO":
            self.at += 1
        while self._char() and self._char() != "E":
            before = self.is_special
            if _is_digit(self._char()):
                is_read = self._part(True)
            else:
                is_read = self._between()
            if not is_read:
                self.is_special |= before
                break
            self.is_special = before
        return bool(self.parts)

    def _part(self, is_kept):
        length = 0
        while _is_digit(self._char()) and length < 1000:
            length = length * 10 + int(self._char())
            self.at += 1
        if len(self.text) - self.at < length:
            return False
        if is_kept and len(self.parts) < PARTS_MOST:
            self.parts.append(self.text[self.at:self.at + length])
        self.at += length
        return True

    def _substitution(self):
        self.at = SUBSTITUTION.match(self.text, self.at).end()

    def _arguments(self):
        depth = 0
        while True:
            char = self._char()
            if not char:
                return False
            if _is_digit(char):
                if not self._part(False):
                    return False
            elif char in "ST":
                self._substitution()
            elif char == "L":
                end = self.text.find("E", self.at)
                self.at = len(self.text) if end < 0 else end + 1
            else:
                depth += char in "INFJX"
                depth -= char == "E"
                self.at += 1
            if depth <= 0:
                return True

    def _between(self):
        char, after = self._char(), self._char(1)
        if char == "I":
            return self._arguments()
        if char in "ST":
            self._substitution()
            return True
        self.is_special = (char in "CD" and _is_digit(after)) or (
            _is_lower(char) and (_is_lower(after) or after == "S"))
        return False


def _is_digit(char):
    return "0" <= char <= "9" if char else False


def _is_lower(char):
    return "a" <= char <= "z" if char else False


def _is_of_library(function):
    return function.startswith(tables.helper_prefixes()) or (
        function.startswith("_R") and ("4pyo3" in function
                                       or "drop_in_place" in function))


def _is_counting(name):
    word = "".join(char for char in name.translate(_SMALL)
                   if _is_lower(char))[:63]
    word = word.removeprefix("x")
    return any(word.startswith(known) or len(word) >= 6
               and word[-6:] == known for known in tables.counting_words())


_SMALL = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def is_common(function):
    """Does it count for everybody?"""
    if _is_of_library(function):
        return True
    name = Name(function)
    if name.parts:
        return name.is_special
    return (function.startswith(("~", "operator")) or "::~" in function
            or "::operator" in function)


def is_helper(function):
    if is_common(function):
        return True
    name = Name(function)
    return _is_counting(name.parts[-1] if name.parts
                        else function.partition(".")[0])


def plain(function):
    """Without what compilers add."""
    name = Name(function)
    if name.parts:
        return "*".join(name.parts)[:PLAIN_BYTES]
    return (function.partition(".")[0] or function)[:PLAIN_BYTES]
