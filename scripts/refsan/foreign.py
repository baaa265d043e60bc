# SPDX-License-Identifier: MIT
"""Words that come from the watched program or its files, made harmless as
runtime/base/foreign.h does it, and had back."""

import re

# Controls, ends of lines, marks that change the direction of writing, and
# bytes that were not UTF-8.
HIDDEN = ("\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069"
          "\udc80-\udcff")
NAMED = {"\n": "\\n", "\t": "\\t", "\r": "\\r", "\\": "\\\\"}
ESCAPED = re.compile(rb"\\(n|t|r|\\|x[0-9a-f]{2}|u[0-9a-f]{4})")


def _escape(match):
    char = match[0]
    point = ord(char)
    if char in NAMED:
        return NAMED[char]
    if 0xdc80 <= point <= 0xdcff:
        return f"\\x{point - 0xdc00:02x}"
    return f"\\x{point:02x}" if point < 0x80 else f"\\u{point:04x}"


def word(text):
    """A name, as the runtime would write it."""
    return re.sub(f"[{HIDDEN}\\\\]", _escape, text)


def line(text):
    """A sentence that was escaped already, if the runtime wrote it."""
    return re.sub(f"[{HIDDEN}]", _escape, text)


def lines(text):
    """A report: its own ends of lines stay."""
    return "\n".join(map(line, text.split("\n")))


def _unescape(match):
    kind = match[1]
    if kind[:1] in b"xu" and len(kind) > 1:
        number = int(kind[1:], 16)
        return (bytes([number]) if kind[:1] == b"x"
                else chr(number).encode(errors="surrogatepass"))
    return {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"\\": b"\\"}[kind]


def original(escaped):
    """The path that was escaped."""
    return ESCAPED.sub(_unescape, escaped.encode(
        errors="surrogateescape")).decode(errors="surrogateescape")
