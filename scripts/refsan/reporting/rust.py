# SPDX-License-Identifier: MIT
"""Rust's names: demangled ones lose their hash, and the two manglings are read
as far as a path of words goes."""

import re

HASH = re.compile(r"::h[0-9a-f]{16}$")
ESCAPES = {"$LT$": "<", "$GT$": ">", "$u20$": " ", "$RF$": "&", "$BP$": "*",
           "$C$": ",", "$u7b$": "{", "$u7d$": "}", "$LP$": "(", "$RP$": ")"}
LEGACY = re.compile(r"_ZN((?:\d+[\w.$]+?)+)17h[0-9a-f]{16}E")
V0 = re.compile(r"_R[A-Z]")
CLOSURE = "{closure}"


def path(name):
    """a::b::c of a name of Rust's; None of any other."""
    if LEGACY.match(name):
        return _tidy("::".join(_legacy_parts(name[3:])))
    if V0.match(name):
        return "::".join(_v0_parts(name)) or name
    if HASH.search(name):
        return _tidy(HASH.sub("", name))
    return None


def _legacy_parts(rest):
    parts = []
    while (size := re.match(r"\d+", rest)):
        end = size.end() + int(size[0])
        parts.append(rest[size.end():end])
        rest = rest[end:]
    return parts[:-1]


def _v0_parts(name):
    """Its words in their order. Missed: generic arguments, which come after
    the path, are taken for more of it unless they begin at an I."""
    parts, at = [], 2
    while at < len(name):
        size = re.compile(r"s[0-9A-Za-z]*_|(\d+)_?").match(name, at)
        if size and size[1]:
            end = size.end() + int(size[1])
            parts.append(name[size.end():end] or CLOSURE)
            at = end
        else:
            at = size.end() if size else at + 1
    return [part for part in parts if part.isidentifier() or part == CLOSURE]


def _tidy(words):
    for escape, char in ESCAPES.items():
        words = words.replace(escape, char)
    words = re.sub(r"\{\{closure\}\}|\{closure#?\d*\}", CLOSURE,
                   words.replace("..", "::"))
    # <mod::Type<T> as trait>::f, _<mod::Type as trait>::f
    return re.sub(r"^_?<(?:&?(?:mut )?)?([^<> ]+)(?:<[^<>]*>)?(?: as [^>]*)?>",
                  r"\1", words)
