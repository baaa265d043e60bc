#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Makes the binary seeds: small images and files that are in order. The others
are text, written by hand.

    tests/fuzz/make_seeds.py"""

import pathlib
import struct

SEEDS = pathlib.Path(__file__).resolve().parent / "seeds"
DYN, RELA, SYM = "<qQ", "<QQq", "<IBBHQQ"
STRTAB, SYMTAB, RELAS, RELASZ, STRSZ = 5, 6, 7, 8, 10
HASH, JMPREL, PLTRELSZ, GNU_HASH = 4, 23, 2, 0x6ffffef5
NOTE = struct.pack("<III", 4, 8, 3) + b"GNU\0" + bytes(range(8))
NAMES = b"\0f\0gg\0_PyRuntime\0"


def write(name, bytes_):
    (SEEDS / name).parent.mkdir(parents=True, exist_ok=True)
    (SEEDS / name).write_bytes(bytes_)


def image(middle, *parts, bytes_):
    """image.h: the numbers, then what is mapped."""
    numbers = [middle, *[number for part in parts for number in part]]
    numbers += [0] * (8 - len(numbers))
    return struct.pack("<8H", *numbers) + bytes_


def pad(bytes_):
    return bytes_ + bytes(-len(bytes_) % 8)


def symbols():
    return (bytes(24) + struct.pack(SYM, 1, 0x12, 0, 1, 0x10, 8)
            + struct.pack(SYM, 3, 0x12, 0, 0, 0, 0)
            + struct.pack(SYM, 6, 0x11, 0, 1, 0x18, 8))


def lay_out(parts, tags, first):
    """(bytes, entries): parts one after the other, behind `first` bytes."""
    out, entries = b"", []
    for tag, part in zip(tags, parts):
        entries.append((tag, first + len(out)))
        out += pad(part)
    return out, entries


def dynamic(parts, tags, more=()):
    first = 16 * (len(tags) + len(more) + 1)
    out, entries = lay_out(parts, tags, first)
    entries += [*more, (0, 0)]
    return b"".join(struct.pack(DYN, *entry) for entry in entries), out


def make_view():
    """Two relocations, whose slots are at the end."""
    tags, more = (SYMTAB, STRTAB, RELAS, JMPREL), (
        (STRSZ, len(NAMES)), (RELASZ, 24), (PLTRELSZ, 24))
    parts = [symbols(), NAMES, bytes(24), bytes(24)]
    head, body = dynamic(parts, tags, more)
    slots = len(head) + len(body)
    parts[2] = struct.pack(RELA, slots, 1 << 32 | 6, 0)
    parts[3] = struct.pack(RELA, slots + 8, 2 << 32 | 7, 0)
    head, body = dynamic(parts, tags, more)
    write("elf_view/two-slots", image(
        slots, (0, len(head)), (slots, 8), bytes_=head + body + bytes(16)))


def gnu_hash(name):
    value = 5381
    for letter in name:
        value = (value * 33 + letter) & 0xffffffff
    return value


def make_image():
    hashes = [gnu_hash(name) for name in (b"f", b"gg", b"_PyRuntime")]
    gnu = struct.pack("<4I", 1, 1, 1, 0) + bytes(8) + struct.pack(
        "<4I", 1, hashes[0] & ~1, hashes[1] & ~1, hashes[2] | 1)
    sysv = struct.pack("<2I", 1, 4) + struct.pack("<5I", 3, 0, 0, 1, 2)
    circle = sysv[:-4] + struct.pack("<I", 3)
    far = struct.pack("<4I", 0x10000, 1, 0xfffffff, 0) + gnu[16:]
    for name, tag, table in (
            ("gnu", GNU_HASH, gnu), ("sysv", HASH, sysv),
            ("circular-sysv", HASH, circle), ("far-gnu", GNU_HASH, far)):
        head, body = dynamic([symbols(), NAMES, table],
                             (SYMTAB, STRTAB, tag), ((STRSZ, len(NAMES)),))
        notes = len(head) + len(body)
        write(f"elf_image/{name}-hash", image(
            notes, (0, len(head)), (notes, len(NOTE)),
            bytes_=head + body + NOTE))


def make_file():
    names, at = pad(NAMES), 64 + 3 * 64
    table = symbols()
    sections = [bytes(64)] + [
        struct.pack("<IIQQQQIIQQ", 0, kind, 0, 0, offset, size, link, 0, 8, 24)
        for kind, offset, size, link in (
            (2, at, len(table), 2), (3, at + len(table), len(NAMES), 0))]
    notes = at + len(table) + len(names)
    header = struct.pack(
        "<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 3, 62, 1, 0,
        notes + len(pad(NOTE)), 64, 0, 64, 56, 1, 64, 3, 0)
    segment = struct.pack("<IIQQQQQQ", 4, 4, notes, 0, 0, len(NOTE),
                          len(NOTE), 4)
    write("elf_file/symbols-and-build-id", header + b"".join(sections) + table
          + names + pad(NOTE) + segment)


def make_unwind():
    """A header with a table of one function, its CIE and its FDE."""
    cie = struct.pack("<IB3sBBBBB", 0, 1, b"zR\0", 1, 0x78, 16, 1, 0x1b)
    cie += bytes([0x0c, 7, 8, 0x90, 1, 0])
    cie = struct.pack("<I", len(cie)) + cie
    code = bytes([0x41, 0x0e, 16, 0x86, 2, 0x43, 0x0d, 6, 0x46, 0x0c, 7, 8,
                  0x16, 6, 2, 0x77, 0, 0x0a, 0x0b])
    where = 20 + len(cie)
    fde = struct.pack("<IiIB", where + 4 - 20, -(where + 8), 16, 0) + code
    fde = struct.pack("<I", len(fde)) + fde
    head = struct.pack("<BBBBiIii", 1, 0x1b, 3, 0x3b, 16, 1, 0, where)
    whole = pad(head + cie + fde)
    write("unwind/one-function", image(len(whole) - 1, (0, 20), bytes_=whole))
    write("unwind/instructions", image(0, bytes_=code + bytes(16)))


if __name__ == "__main__":
    make_view()
    make_image()
    make_file()
    make_unwind()
