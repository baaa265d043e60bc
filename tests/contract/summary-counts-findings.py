# SPDX-License-Identifier: MIT
"""A process's last record says how often each finding was found, by its
fingerprint; so the reports are fewer than the findings, and none is lost."""

import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(ROOT / "scripts"), str(ROOT / "tests/options")]

from refsan.listening.channel import Channel  # noqa: E402

if not os.environ["PYTHON"]:
    print("no Python 3.15 here")
    sys.exit(77)

import support  # noqa: E402

TIMES = 50
CODE = f"""
for i in range({TIMES}):
    demo.deep(i)
demo.detached([])
"""

support.build()
records = []
channel = Channel(records.append)
subprocess.run(
    [support.PYTHON, "-s", support.program(CODE)], check=True,
    close_fds=False, env={**support.environment({}), **channel.environment(),
                          "LD_PRELOAD": support.LIBRARY})
channel.close()

reports = [record["finding"] for record in records
           if record["type"] == "report"]
summary = records[-1]
counts = {entry["fingerprint"]: entry for entry in summary["findings"]}
support.check(len(reports) == len(counts) == 2, counts)
support.check({finding["fingerprint"]: finding["kind"] for finding in reports}
              == {fingerprint: entry["kind"]
                  for fingerprint, entry in counts.items()}, counts)
times = {entry["kind"]: entry["count"] for entry in counts.values()}
support.check(times == {"immortalize-string": TIMES, "refop-detached": 1},
              times)
support.check(summary["errors"] + summary["warnings"] == TIMES + 1, summary)
