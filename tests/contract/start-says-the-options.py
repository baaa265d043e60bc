# SPDX-License-Identifier: MIT
"""A process's first record has the value of each option as the runtime took
it, so that nobody else need parse REFSAN_OPTIONS."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "scripts"))

from refsan import tables  # noqa: E402
from refsan.listening.channel import Channel  # noqa: E402

LIBRARY, PYTHON = os.environ["REFSAN_LIBRARY"], os.environ["PYTHON"]
if not PYTHON:
    print("no Python 3.15 here")
    sys.exit(77)
DEFAULTS = {option.name: option.default for option in tables.options()}
LONG = "\x01" * 3800  # each byte is six of JSON
CASES = [
    ("", {}),
    ("exitcode=7:exitcode=256:verbosity=x", {"exitcode": 7}),
    ("summary=no:warnings_are_errors=true", {"summary": False,
                                             "warnings_are_errors": True}),
    ("log_path='a:b':color=\"always\"junk:color=red",
     {"log_path": "a:b", "color": "always"}),
    ("strip_path_prefix=/a \"b\\ü/", {"strip_path_prefix": "/a \"b\\ü/"}),
    (f"strip_path_prefix={LONG}", {"strip_path_prefix": LONG}),
]


def ask(text):
    records = []
    channel = Channel(records.append)
    subprocess.run([PYTHON, "-c", ""], check=True, close_fds=False, env={
        **os.environ, **channel.environment(), "LD_PRELOAD": LIBRARY,
        "REFSAN_OPTIONS": text})
    channel.close()
    first = records[0]
    if first["type"] != "start":
        sys.exit(f"the first record is {first}")
    return first["options"]


for text, chosen in CASES:
    said = ask(text)
    if said != {**DEFAULTS, **chosen}:
        sys.exit(f"REFSAN_OPTIONS={text[:80]} is said as {said}")
