# SPDX-License-Identifier: MIT
"""librefsan.so exports what interpose/exports.map.in lists, and nothing else;
every hooked function of symbols.def is among it, but for the C library's."""

import os
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def listed():
    text = subprocess.run(
        [os.environ["CC"], "-E", "-P", "-x", "c",
         ROOT / "interpose/exports.map.in"],
        text=True, check=True, capture_output=True).stdout
    exported = re.search(r"global:(.*?)(?:local:|\})", text, re.DOTALL)[1]
    return set(re.findall(r"[\w*]+", exported))


def exported(library):
    names = subprocess.run(["nm", "-D", "--defined-only", library], text=True,
                           check=True, capture_output=True).stdout
    found = {line.split()[-1].partition("@")[0]
             for line in names.splitlines() if line.split()[-2] != "A"}
    return found


def hooked():
    text = (ROOT / "interpose/symbols.def").read_text()
    return {symbol for macro, symbol in
            re.findall(r"^RS_API_(\w+)\((\w+)", text, re.MULTILINE)
            if macro not in ("UNWATCHED", "UNWATCHED_LENDS", "LIBC",
                             "READS", "GETS")}


wanted, seen = listed(), exported(os.environ["REFSAN_LIBRARY"])
complaints = [f"exported, not in exports.map.in: {n}" for n in seen - wanted]
complaints += [f"in exports.map.in, not exported: {n}" for n in wanted - seen]
complaints += [f"in symbols.def, not exported: {n}" for n in hooked() - seen]
sys.exit("\n".join(sorted(complaints)) or 0)
