# SPDX-License-Identifier: MIT
"""What refsan doctor -m prints: modules that are alike stand together, then
what they use, then what refsan sees of them."""

import shlex
import textwrap

from .. import foreign
from .extension import GROUPS

WIDTH = 79
LABEL = 14  # columns before the words
MOST = 6  # names in one place
COUNTING = {
    "call": "by function calls (Py_IncRef, Py_DecRef)",
    "inline": "in line (Py_INCREF and Py_DECREF as macros)",
    "both": "in line and by function calls",
    "none": "nothing: it imports no function that counts",
}
# Of code that counts in line; by whether the interpreter is free-threaded.
SEEN_INLINE = {
    True: "every decref by a thread that does not own the object, every "
          "decref of the owner's last reference, every PyUnstable_ call",
    False: "every deallocation, every PyUnstable_ call",
}
SEEN = {
    "instrumented": "every reference operation, with its file and line",
    "call": "every reference operation: each is a call",
    "none": "what the interpreter does with its objects",
}
NOT_SEEN = {
    True: "Py_INCREF, and Py_DECREF by the owner but for the last: they are "
          "compiled in line. So a borrowed reference that is used too late "
          "shows only by its damage",
    False: "Py_INCREF, and Py_DECREF but for the last: they are compiled in "
           "line. So a reference that is released twice, or used too late, "
           "shows only by its damage",
}
MACROS = ("getters that are macros (PyList_GET_ITEM, PyTuple_GET_ITEM, "
          "PyWeakref_GET_OBJECT), and Py_SET_REFCNT where it is one")


def say(label, words):
    """Words may come from the package."""
    print(textwrap.fill(
        foreign.line(" ".join(words.split())), WIDTH,
        initial_indent=f"  {label:<{LABEL - 3}} ",
        subsequent_indent=" " * LABEL, break_long_words=False,
        break_on_hyphens=False))


def several(names, most=MOST):
    names = list(names)
    more = names[most:]
    return ", ".join(names[:most]) + (f" and {len(more)} more" if more else "")


def number(count, thing):
    return f"{count} {thing}" + ("" if count == 1 else "s")


def print_package(name, answer, modules):
    """The head: what was found, and where."""
    version = answer["version"]
    title = (f"{answer['distribution']} {version}" if version else name)
    folder = f" in {answer['folder']}" if answer["folder"] else ""
    say("package", title + folder)
    others = answer["others"]
    say("modules", number(len(modules), "extension module") + (
        f"; {number(others, 'file')} for other interpreters left out"
        if others else ""))


def print_modules(modules):
    groups = {}
    for module in modules:
        facts = (module.tier + (", stable ABI (abi3)" if module.is_limited
                                else ""),
                 module.gil, COUNTING[module.counting], module.debug,
                 module.frames, ", ".join(module.toolkits) or
                 "no toolkit is recognised")
        groups.setdefault(facts, []).append(module)
    labels = "tier", "GIL", "counts", "debug info", "stacks", "made with"
    for facts, alike in sorted(groups.items(), key=lambda row: -len(row[1])):
        print()
        print(textwrap.fill(several(module.name for module in alike), WIDTH,
                            initial_indent="  ", subsequent_indent="  "))
        for label, words in zip(labels, facts):
            say(label, words)


def print_damage(modules):
    """Files that could not be read, and modules that could not be imported."""
    for module in modules:
        if module.damage:
            print()
            say("broken", f"{module.path} {module.damage}")
    by_error = {}
    for module in modules:
        if module.error:
            by_error.setdefault(module.error, []).append(module.name)
    for error, names in by_error.items():
        print()
        say("no import", f"{several(names)}: {error}")


def print_uses(modules):
    """Which functions that matter to refsan are called, and by whom."""
    rows = {"borrows": lambda module: module.borrows(True),
            "unwatched": lambda module: module.borrows(False)}
    for group in GROUPS:
        rows[group] = lambda module, group=group: module.uses(group)
    is_first = True
    for label, uses in rows.items():
        users = {}
        for module in modules:
            for symbol in uses(module):
                users.setdefault(symbol, []).append(module.name)
        for symbol, names in sorted(users.items()):
            if is_first:
                print()
            is_first = False
            say(label, f"{symbol}: {several(names, 3)}")
            label = ""


def seen_of(module, is_free_threaded):
    kind = "instrumented" if module.tier == "instrumented" else module.counting
    if kind in SEEN:
        return SEEN[kind]
    calls = ", all counting by function call" if kind == "both" else ""
    lends = (", and what the functions above lend" if module.borrows(True)
             else "")
    return SEEN_INLINE[is_free_threaded] + calls + lends


def print_sight(modules, is_free_threaded):
    """What can be seen, what cannot, and what would show more."""
    inline = [module for module in modules if module.tier != "instrumented"
              and module.counting in ("inline", "both")]
    kinds = {}
    for module in modules:
        kinds.setdefault(seen_of(module, is_free_threaded), []).append(module)
    print()
    for words, alike in kinds.items():
        whose = "" if len(kinds) == 1 else \
            f" ({several((module.name for module in alike), 3)})"
        say("seen", words + whose)
    if inline:
        say("not seen", NOT_SEEN[is_free_threaded])
        say("", MACROS)
    return inline


def print_cures(python, distribution, modules, inline):
    rust = [module for module in modules
            if any(name.startswith("PyO3") for name in module.toolkits)]
    if distribution and len(inline) > len(rust):
        say("for more", "build it with refsan's headers and debug "
                        "information:")
        print(" " * LABEL + 'CC="refsan cc" CXX="refsan c++" CFLAGS=-g '
              "CXXFLAGS=-g \\")
        print(" " * LABEL + f"  {shlex.join(python)} -m pip install "
              "--force-reinstall --no-deps \\")
        print(" " * LABEL + "  --no-cache-dir "
              f"--no-binary {distribution} {distribution}")
    elif any(module.debug.startswith("no") for module in modules):
        say("for more", "build it with -g: stacks will name files and lines")
