# SPDX-License-Identifier: MIT
"""What a finding says besides its stacks, in the words of the .def tables."""

import re

from .. import tables


def thread(finding, number):
    """main thread, T2 'worker'; "" where it is not known."""
    if not number:
        return ""
    known = {row["id"]: row for row in finding["threads"]}
    row = known.get(number, {})
    if row and finding["pid"] is not None and (
            row.get("tid") == finding["pid"]):
        return "main thread"
    words = f"T{number}"
    if row.get("name"):
        words += f" '{row['name']}'"
    return words + (" (ended)" if row.get("ended") else "")


def type_name(finding):
    return (finding["object"] or {}).get("type") or "object"


def headline(finding):
    """"list released twice"; of what is no finding of refsan's, its title."""
    kind = tables.kinds().get(finding["kind"])
    if kind is None:
        return finding["title"]
    return kind.headline.replace("%t", type_name(finding))


def label(stack):
    """What a stack shows, in a few words."""
    role = stack["role"]
    return tables.roles().get(role, role).replace(
        "%e", tables.events().get(stack["op"], stack["op"]))


def _values(finding):
    """What the letters of evidence.def stand for; None where JSON does not
    say it."""
    known = finding["object"] or {}
    counts = known.get("counts") or {}
    owner = known.get("owner")
    return {"c": counts.get("total"), "s": counts.get("shared"),
            "o": thread(finding, owner) or None,
            "i": known.get("interpreter"), "n": None,
            "v": (re.search(r"\d+\.\d+[.\w]*", finding.get("host") or "")
                  or [None])[0],
            "m": _memory(finding.get("memory")),
            "l": _counted(finding.get("leaked"), "object"),
            "h": _counted(finding.get("held"), "other")}


def _memory(memory):
    if not memory:
        return None
    first, last = memory["offset"], memory["offset"] + memory["bytes"] - 1
    return (f"byte {first}" if first == last else f"bytes {first} to {last}")


def _counted(count, noun):
    return count and f"{count} {noun}{'' if count == 1 else 's'}"


def evidence(finding):
    """The sentences, but those that need what JSON does not say."""
    values = _values(finding)
    sentences = []
    for word in finding["evidence"]:
        sentence = tables.evidence().get(word, word)
        letters = re.findall(r"%([a-z])", sentence)
        if all(values.get(letter) is not None for letter in letters):
            sentences.append(re.sub(
                r"%([a-z])", lambda match: str(values[match[1]]), sentence))
    return sentences


FOLLOWS = "an earlier finding on the same object, and may be its consequence"


def cause(finding):
    """What it follows."""
    known = (finding.get("crash") or {}).get("cause")
    if not known:
        return FOLLOWS if finding.get("follows") else ""
    words = known["bug"]
    if known["object"] != "0x0":
        words += (f", about <{known['type'] or 'unknown type'}> "
                  f"{known['object']}, {known['state']}")
    return words


def locks(finding):
    """Who has which lock, and who waits for one; a sentence each."""
    known = (finding.get("crash") or finding.get("hang") or {})
    for row in known.get("locks", []):
        words = []
        if row["has"]:
            words.append("has " + ", ".join(map(_lock, row["has"])))
        if row["waits_for"]:
            holder = row.get("which_has_tid")
            words.append(f"waits for {_lock(row['waits_for'])}" + (
                f", which {_thread_of(finding, holder)} has" if holder
                else ""))
        yield f"{_thread_of(finding, row['tid'])} " + "; ".join(words)


def _lock(lock):
    return (f"<{lock['type']}> " if lock["type"] else "") + lock["address"]


def _thread_of(finding, tid):
    known = finding.get("crash") or finding.get("hang")
    for row in finding["threads"]:
        if row["tid"] == tid:
            return thread(finding, row["id"])
    for row in known["threads"] + known["locks"]:
        if row["tid"] == tid and row["thread"]:
            return f"T{row['thread']}"
    return f"thread {tid}"


def other_threads(finding):
    """Of a crash or a hang: how many there were."""
    crash = finding.get("crash") or finding.get("hang") or {}
    told = sum(1 + thread["others"] for thread in crash.get("threads", []))
    count = told + crash.get("silent_threads", 0)
    if not count:
        return ""
    return (_counted(count, "other thread") + f" in {len(crash['threads'])} "
            f"place{'' if len(crash['threads']) == 1 else 's'}; "
            "refsan run --full shows them" if told else
            _counted(count, "other thread"))
