# SPDX-License-Identifier: MIT
"""Reports as CASR has them: an object a line, so that each can be a .casrep
file of its own."""

import datetime
import json
import os

from ...reporting import excerpt, facts
from .. import views as view_words


def write(views, inputs, out, _):
    for view in views:
        out.write(json.dumps(casrep(view), ensure_ascii=False) + "\n")


def casrep(view):
    report, place = view["report"], view["place"]
    machine = os.uname()
    act = report["stacks"][0] if report["stacks"] else {
        "frames": [], "python": []}
    lines = [frame_line(number, frame) for number, frame in enumerate(
        [*act["frames"], *act["python"]])]
    registers = report.get("crash", {}).get("registers", {})
    return {
        "Date": datetime.datetime.now(datetime.timezone.utc).isoformat(
            timespec="seconds"),
        "Uname": " ".join(machine), "OS": machine.sysname, "OSRelease":
            machine.release, "Architecture": machine.machine,
        "ExecutablePath": (view["interpreters"] or [""])[0],
        "ProcCmdline": "", "ProcEnviron": [], "ProcMaps": [],
        "ProcStatus": [f"Pid: {report['pid']}"] if report["pid"] else [],
        "CrashSeverity": {
            "Type": view["exploitability"]["class"],
            "ShortDescription": view["kind"], "Description": view["title"],
            "Explanation": view["exploitability"]["why"]},
        "Stacktrace": lines,
        "Registers": {name: int(value, 16) for name, value in
                      registers.items() if is_hex(value)},
        "Disassembly": [], "Source": source(place),
        "CrashLine": crash_line(place),
        "PythonReport": ["; ".join(facts.evidence(report)) or view["title"]],
        "Refsan": {"fingerprint": view["fingerprint"],
                   "count": view["count"], "certainty": view["certainty"],
                   "consequence_of": view["consequence_of"]}}


def is_hex(value):
    try:
        return int(value, 16) >= 0
    except (TypeError, ValueError):
        return False


def frame_line(number, frame):
    """As gdb says it, which CASR reads."""
    where = frame.get("file")
    if where and frame.get("line"):
        where = f"{where}:{frame['line']}"
    words = f"#{number}  {frame.get('function') or '??'} ()"
    if where:
        return f"{words} at {where}"
    return words + (f" from {frame['module']}" if frame.get("module") else "")


def source(place):
    words = place and excerpt.line(place)
    return [f"--->{place['line']}    {words}"] if words else []


def crash_line(place):
    if not place:
        return ""
    return view_words.where(place)


