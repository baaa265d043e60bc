# SPDX-License-Identifier: MIT
"""The little that the command wants to know of an ELF file."""

import struct

PT_INTERP, PT_NOTE = 3, 4
NOTES_BYTES = 1 << 20  # more than any notes; a damaged header may say more
NT_GNU_BUILD_ID = 3
DAMAGED = OSError, struct.error, ValueError, OverflowError


def _headers(file):
    """(type, offset, bytes) of each program header of a 64-bit little-endian
    ELF file; None when it is none."""
    head = file.read(64)
    if len(head) < 64 or head[:6] != b"\x7fELF\x02\x01":
        return None
    start, = struct.unpack_from("<Q", head, 32)
    size, count = struct.unpack_from("<HH", head, 54)
    headers = []
    for number in range(count):
        file.seek(start + number * size)
        kind, _, offset, _, _, length = struct.unpack("<IIQQQQ",
                                                      file.read(40))
        headers.append((kind, offset, length))
    return headers


def notes(bytes_):
    """name, kind, body of each."""
    at = 0
    while at + 12 <= len(bytes_):
        name, length, kind = struct.unpack_from("<III", bytes_, at)
        body = at + 12 + (name + 3 & ~3)
        yield bytes_[at + 12:at + 12 + name], kind, bytes_[body:body + length]
        at = body + (length + 3 & ~3)


def build_id(path):
    """In hex; "" when the file has none or is no such file."""
    try:
        with open(path, "rb") as file:
            for kind, offset, length in _headers(file) or []:
                if kind != PT_NOTE:
                    continue
                file.seek(offset)
                for name, note, body in notes(
                        file.read(min(length, NOTES_BYTES))):
                    if name == b"GNU\0" and note == NT_GNU_BUILD_ID:
                        return body.hex()
    except DAMAGED:
        pass
    return ""


def is_static(path):
    """True for a program that asks for no dynamic loader; None for what is no
    64-bit ELF program."""
    try:
        with open(path, "rb") as file:
            headers = _headers(file)
    except DAMAGED:
        return None
    if headers is None:
        return None
    return all(kind != PT_INTERP for kind, _, _ in headers)
