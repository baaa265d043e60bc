# SPDX-License-Identifier: MIT
"""A module whose notes have an impossible address or size: the loader does not
look at them, and a report about its code must not fall over them."""

import pathlib
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent /
                       "options"))
import support
from support import check

LOAD, NOTE = 1, 4
HEADER = struct.Struct("<IIQQQQQQ")  # Elf64_Phdr


def headers(image):
    """(place in the file, fields) of each program header."""
    start, = struct.unpack_from("<Q", image, 32)
    count, = struct.unpack_from("<H", image, 56)
    for i in range(count):
        place = start + i * HEADER.size
        yield place, list(HEADER.unpack_from(image, place))


module = support.FOLDER / "demo.so"
whole = module.read_bytes()
end = max(fields[3] + fields[6] for _, fields in headers(whole)
          if fields[0] == LOAD)
# The last bytes of what is loaded are zero, and so are notes without an end.
for address, size in ((end - 16, 2**64 - 4096), (end - 16, 1 << 40),
                      (2**64 - 8, 4096), (end, 64), (1 << 46, 64)):
    image = bytearray(whole)
    for place, fields in headers(whole):
        if fields[0] == NOTE:
            fields[3], fields[5], fields[6] = address, size, size
            HEADER.pack_into(image, place, *fields)
    module.unlink()
    module.write_bytes(image)
    for run in support.preloaded, support.watched:
        done = run("demo.detached([])")
        check(done.returncode == 66, (hex(address), hex(size), done))
        check(done.stderr.count("refsan: refop-detached:") == 1, done)
