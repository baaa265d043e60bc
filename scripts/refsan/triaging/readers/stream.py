# SPDX-License-Identifier: MIT
"""One file, line by line: lines of JSON to findings.py, all others to the
readers of logs, in whatever order they stand."""

from .findings import Findings
from .logs import Logs


def read(source, bugs, progress=None):
    findings, logs = Findings(bugs, source), Logs(bugs, source)
    number = 0
    take = findings.take
    for lines in source.blocks():
        for line in lines:
            number += 1
            if line.endswith(b"\r"):
                line = line[:-1]
            if line.startswith(b"{") or b'{"schema":' in line:
                if take(line, number):
                    continue
            logs.take(line, number)
        if progress:
            progress(source)
    logs.finish()
    if not source.reports and source.lines:
        source.complain("nothing in it was recognised")
