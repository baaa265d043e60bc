# SPDX-License-Identifier: MIT
"""SARIF 2.1.0: what code-scanning services read. The fingerprint is a partial
one of SARIF's, so that they follow a bug from run to run; each stack is a
thread flow of one code flow, and the object's history another one."""

import json
import os
import urllib.parse

from ... import foreign, tables
from ...reporting import excerpt, facts
from .. import severity, views as view_words

SCHEMA = ("https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/"
          "sarif-schema-2.1.0.json")
HOME = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/"
LEVELS = {"error": "error", "warning": "warning"}
SCORES = {severity.EXPLOITABLE: "9.0", severity.PROBABLY: "7.5",
          severity.UNDEFINED: "5.0", severity.NOT: "2.0"}


def write(views, inputs, out, _):
    kinds = list(dict.fromkeys(view["kind"] for view in views))
    run = {"tool": {"driver": {
               "name": "refsan", "version": tables.version(),
               "rules": [rule(kind) for kind in kinds]}},
           "invocations": [{
               "executionSuccessful": True,
               "toolExecutionNotifications": [
                   {"level": "note", "message": {"text": (
                       f"{source.name}: {words}"
                       + (f" ({count} times)" if count > 1 else ""))}}
                   for source in inputs
                   for words, count in source.problems.items()]}],
           "columnKind": "unicodeCodePoints",
           "results": [result(view, kinds) for view in views]}
    json.dump({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, out,
              indent=1, ensure_ascii=False)
    out.write("\n")


def rule(kind):
    known = tables.kinds().get(kind)
    _, _, words = severity.KINDS.get(kind, severity.UNKNOWN)
    rule = {"id": kind, "shortDescription": {
                "text": known.summary if known else kind.replace("-", " ")},
            "fullDescription": {"text": known.why if known else words},
            "properties": {"security-severity": SCORES[
                severity.exploitability(kind)["class"]],
                "tags": ["reference-counting"]}}
    if known:
        rule["help"] = {"text": known.hint}
    return rule


def result(view, kinds):
    report = view["report"]
    made = {"ruleId": view["kind"], "ruleIndex": kinds.index(view["kind"]),
            "level": LEVELS[view["severity"]],
            "message": {"text": message(view)},
            "partialFingerprints": {"refsan/v1": view["fingerprint"]},
            "occurrenceCount": view["count"],
            "rank": min(max(view["score"] / 5, 0.0), 100.0),
            "properties": {"exploitability": view["exploitability"]["class"],
                           "certainty": view["certainty"],
                           "source": view["source"],
                           "tests": [row["name"] for row in view["tests"]]}}
    if view["place"]:
        made["locations"] = [location(view["place"])]
    if view["is_new"] is not None:
        made["baselineState"] = "new" if view["is_new"] else "unchanged"
    flows = [flow for flow in (stacks_flow(report), history_flow(report))
             if flow]
    if flows:
        made["codeFlows"] = flows
    stacks = [{"message": {"text": label}, "frames": [
                   {"location": location(frame)} for frame in frames(stack)]}
              for label, _, stack in view_words.labelled(report)
              if frames(stack)]
    if stacks:
        made["stacks"] = stacks
    return made


def message(view):
    words = view["title"]
    sentences = facts.evidence(view["report"])
    if sentences:
        words += ": " + "; ".join(sentences)
    return words


def frames(stack):
    return [*stack["frames"], *stack["python"]]


def location(frame):
    function = frame.get("function")
    made = {}
    uri = uri_of(frame.get("file") or frame.get("module"))
    if uri:
        place = {"artifactLocation": {"uri": uri}}
        line = frame.get("line") if frame.get("file") else None
        if line and line > 0:
            place["region"] = {"startLine": line}
            words = excerpt.line(frame)
            if words:
                place["region"]["snippet"] = {"text": words}
        made["physicalLocation"] = place
    if function:
        made["logicalLocations"] = [{"name": function, "kind": "function"}]
    if not made:
        made["message"] = {"text": frame.get("offset") or "unknown place"}
    return made


def uri_of(path):
    if not path:
        return None
    path = foreign.original(path)
    below = os.getcwd().rstrip("/") + "/"
    path = path[len(below):] if path.startswith(below) else path
    quoted = urllib.parse.quote(path.encode(errors="surrogateescape"))
    return "file://" + quoted if path.startswith("/") else quoted


def step(frame, words, order=None):
    made = {"location": {**location(frame), "message": {"text": words}}}
    if order is not None:
        made["executionOrder"] = order
    return made


def stacks_flow(report):
    """One thread flow for each stack, the outermost call first."""
    flows = []
    for number, (label, who, stack) in enumerate(
            view_words.labelled(report)):
        calls = frames(stack)[::-1]
        if not calls:
            continue
        flows.append({
            "id": f"stack {number}", "message": {
                "text": label + (f", {who}" if who else "")},
            "locations": [step(frame, label if frame is calls[-1] else
                               f"called by {who or 'a thread'}")
                          for frame in calls]})
    return flows and {"message": {"text": "the stacks"}, "threadFlows": flows}


def history_flow(report):
    """The operations by thread; executionOrder puts them in order."""
    flows = {}
    for order, act in enumerate(report["history"]):
        words = tables.events().get(act["op"], act["op"] or "operation")
        if act["count_before"] is not None or act["count_after"] is not None:
            words += f": {act['count_before']} -> {act['count_after']}"
        flows.setdefault(act["thread"], []).append(
            step(act["site"] or {}, words, order))
    return flows and {
        "message": {"text": "the object's last operations"},
        "threadFlows": [{"id": f"T{thread}", "locations": steps}
                        for thread, steps in flows.items()]}
