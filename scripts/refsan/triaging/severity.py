# SPDX-License-Identifier: MIT
"""How bad a bug is, how certain, and what an attacker could make of it.

The classes are CASR's. A kind that is not listed is UNDEFINED."""

EXPLOITABLE, PROBABLY, NOT, UNDEFINED = (
    "EXPLOITABLE", "PROBABLY_EXPLOITABLE", "NOT_EXPLOITABLE", "UNDEFINED")
RANKS = {EXPLOITABLE: 400, PROBABLY: 300, UNDEFINED: 200, NOT: 100}
FREED = ("an object is used after its deallocation began: its type pointer, and "
         "with it the functions that Python calls, is read from memory that "
         "may be somebody else's by now")
COUNT = ("a reference count is lower than the number of references: the object "
         "will be freed while it is in use")
RACE = ("two threads change memory without order: what happens depends on "
        "timing, and may be a count that is too low")
STATE = "the interpreter's state is used where it is not allowed"
LEAK = "memory is not given back: it can only run out"
HARMLESS = "the request had no effect"
KINDS = {  # kind: (class, points, words)
    "incref-after-zero": (PROBABLY, 40, FREED),
    "decref-after-zero": (EXPLOITABLE, 20, "memory is released twice: an "
                          "object that lives there now loses a reference that "
                          "it needs, and its type pointer is under control "
                          "of who fills the memory"),
    "crash-dead-object": (EXPLOITABLE, 30, FREED),
    "tryincref-after-free": (PROBABLY, 35, FREED),
    "immortal-dealloc": (PROBABLY, 30, FREED),
    "count-underflow": (PROBABLY, 25, COUNT),
    "immortal-lost": (PROBABLY, 10, COUNT),
    "immortal-overflow": (UNDEFINED, 30, COUNT),
    "immortalize-shared": (UNDEFINED, 40, COUNT),
    "immortalize-foreign": (UNDEFINED, 40, COUNT),
    "header-broken": (PROBABLY, 20, "an object's header is overwritten: its "
                      "type pointer lies beside it"),
    "dealloc-discipline": (UNDEFINED, 45, FREED),
    "slot-race": (PROBABLY, 15,
                  "two threads release the same reference: " + FREED),
    "borrowed-race": (PROBABLY, 15, "a borrowed reference may be freed by "
                      "another thread while it is in use: " + FREED),
    "tryincref-unlocked": (UNDEFINED, 45, FREED),
    "tryincref-not-enabled": (UNDEFINED, 40, FREED),
    "unique-check-race": (UNDEFINED, 10, RACE),
    "tsan-race": (UNDEFINED, 30, RACE),
    "defer-shared": (UNDEFINED, 30, RACE),
    "refop-detached": (UNDEFINED, 35, RACE),
    "refop-finalized": (UNDEFINED, 30, STATE),
    "refop-in-traverse": (UNDEFINED, 30, STATE),
    "cross-interpreter": (UNDEFINED, 40, RACE),
    "crash": (UNDEFINED, 20, "the process crashed, and no known object "
              "explains it"),
    "hang": (NOT, 40, "the process did not go on"),
    "immortal-drift": (NOT, 5, HARMLESS),
    "immortalize-string": (NOT, 5, HARMLESS),
    "immortalize-refused": (NOT, 10, HARMLESS),
    "defer-refused": (NOT, 5, HARMLESS),
    "leak": (NOT, 50, LEAK),
    # Of other tools.
    "heap-use-after-free": (PROBABLY, 40, FREED),
    "heap-use-after-free-write": (EXPLOITABLE, 50,
                                  "freed memory is written to"),
    "double-free": (EXPLOITABLE, 50, "memory is freed twice"),
    "invalid-free": (EXPLOITABLE, 40, "what is no block is freed"),
    "buffer-overflow": (PROBABLY, 20, "memory beside a buffer is read"),
    "buffer-overflow-write": (EXPLOITABLE, 45,
                              "memory beside a buffer is written to"),
    "invalid-read": (PROBABLY, 15, "memory that is not the program's is read"),
    "invalid-write": (EXPLOITABLE, 35, "memory that is not the program's is "
                      "written to"),
    "negative-refcount": (PROBABLY, 30, COUNT),
    "data-race": (UNDEFINED, 30, RACE),
    "lock-order-inversion": (NOT, 30, "threads may wait for each other"),
    "segv": (UNDEFINED, 40, "memory that is not there was accessed"),
    "segv-null": (NOT, 60, "a null pointer was followed"),
    "stack-overflow": (NOT, 55, "the stack is full"),
    "fatal-error": (UNDEFINED, 30, "the interpreter stopped the process"),
    "abort": (NOT, 55, "the process stopped itself"),
    "memory-leak": (NOT, 45, LEAK),
    "undefined-behavior": (UNDEFINED, 20, "the compiler may assume that this "
                           "does not happen"),
    "uninitialised": (UNDEFINED, 25, "what happens depends on memory that "
                      "nobody wrote"),
}
# How sure it is that there is a bug, and that it is this one.
PROVED, OBSERVED, POSSIBLE = "proved", "observed", "possible"
CERTAINTY = {PROVED: 30, OBSERVED: 20, POSSIBLE: 5}
POSSIBLES = {"unique-check-race", "leak", "memory-leak", "lock-order-inversion",
             "borrowed-race", "tryincref-unlocked"}
WITHOUT_CAUSE = {"crash", "segv", "segv-null", "abort", "fatal-error",
                 "stack-overflow"}
UNKNOWN = (UNDEFINED, 0, "nothing is known of this kind")


def exploitability(kind):
    """{class, why}"""
    own, _, words = KINDS.get(kind, UNKNOWN)
    return {"class": own, "why": words}


def certainty(report):
    kind = report["kind"]
    if kind in POSSIBLES:
        return POSSIBLE
    if kind in WITHOUT_CAUSE or not report["stacks"]:
        return OBSERVED
    return PROVED


def score(report, is_consequence):
    """The higher, the sooner to be looked at."""
    own, points, _ = KINDS.get(report["kind"], UNKNOWN)
    total = RANKS[own] + points + CERTAINTY[certainty(report)]
    if report["severity"] != "error":
        total -= 150
    if is_consequence:
        total -= 1000
    return total
