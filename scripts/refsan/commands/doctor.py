# SPDX-License-Identifier: MIT
"""refsan doctor: what can be seen on an interpreter, before one relies on it.

Asks the interpreter what it is, then runs it once as `refsan run` would, and
prints what the runtime said of it. With -m, the same for the extension modules
of an installed package."""

import json
import os
import subprocess
import sys

from .. import sanitizers, tables
from ..inspecting import package, words
from ..inspecting.extension import Extension
from ..listening import why
from ..listening.channel import Channel
from ..listening.listener import Process
from ..mistake import Mistake
from ..places import find_library
from ..starting.preload import preload
from ..symbolizing.symbolizer import find_tool
from .run import NOT_WATCHED

SECONDS = 60
FACTS = """
import json, sys, sysconfig
names = json.loads(sys.argv[1])
try:
    import ctypes
    missing = [name for name in names if not hasattr(ctypes.pythonapi, name)]
except ImportError:
    missing = None
print(json.dumps({
    "version": sys.version.split()[0],
    "implementation": sys.implementation.name,
    "executable": sys.executable,
    "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
    "debug": hasattr(sys, "gettotalrefcount"),
    "missing": missing,
}))
"""
# An extension module where there is one, so that its slots can be tried.
PROBE = """
try:
    import _ctypes
except ImportError:
    pass
"""
COVERAGE = {
    True: f"of extensions: {words.SEEN_INLINE[True]}, and all counting by "
          "function call (Py_IncRef, abi3 and abi3t extensions, PyO3)",
    False: f"of extensions: {words.SEEN_INLINE[False]}, and all counting by "
           "function call (Py_IncRef, abi3 extensions, PyO3); not the "
           "counting that is compiled in line",
}


HELP = """\
Runs an interpreter (python3 unless told) under refsan and says what can be
seen of it, and why. With -m, says it of the extension modules of a package
that is installed there; they are imported, in a process of their own.
"""
EPILOG = """\
Exits with 0 when there is something that can be watched, with 67 when not;
with 127 when the interpreter cannot be started, with 2 for a package that is
not there.
"""


def add_parser(commands):
    parser = commands.add_parser(
        "doctor", help="say what can be seen on an interpreter or package",
        usage="refsan doctor [-m PACKAGE] [--python PYTHON | -- PYTHON...]",
        description=HELP, epilog=EPILOG)
    parser.add_argument("-m", dest="package", metavar="PACKAGE",
                        help="as it is imported, or as pip calls it")
    parser.add_argument("--python", dest="path", metavar="PYTHON",
                        help="the interpreter (default: the python3 of PATH)")
    parser.add_argument("python", nargs="*", metavar="PYTHON",
                        help="the same, with arguments")
    parser.set_defaults(function=run)


def api_names():
    """The functions that extensions may want and an interpreter may lack."""
    return [name for name in tables.watched_symbols()
            if name.startswith("PyUnstable_")]


def ask_facts(python):
    try:
        answer = subprocess.run(
            [*python, "-I", "-c", FACTS, json.dumps(api_names())], text=True,
            capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL)
        return json.loads(answer.stdout)
    except OSError as error:
        raise Mistake(f"cannot run {python[0]}: {error.strerror}",
                      127) from error
    except (ValueError, subprocess.TimeoutExpired) as error:
        raise Mistake(f"{python[0]} does not answer as a Python does",
                      NOT_WATCHED) from error


def watch(python, library):
    """(what each process said, the notes of all)."""
    processes, notes = {}, []

    def take(record):
        process = processes.setdefault(record["pid"], Process())
        if record["type"] == "note":
            notes.append(record["text"])
        else:
            process.learn(record)

    channel = Channel(take)
    try:
        environment = {**os.environ, **channel.environment(),
                       "REFSAN_OPTIONS": "",
                       "LD_PRELOAD": preload(library,
                                             os.environ.get("LD_PRELOAD"))}
        channel.start()
        subprocess.run([*python, "-I", "-c", PROBE], env=environment,
                       timeout=SECONDS, stdin=subprocess.DEVNULL,
                       close_fds=False)
    finally:
        channel.close()
    return processes, notes


def say(label, words):
    print(f"  {label:<11} {words}")


def describe_python(facts):
    kind = "free-threaded" if facts["free_threaded"] else "default"
    debug = ", debug" if facts["debug"] else ""
    return (f"{facts['implementation']} {facts['version']}, {kind} "
            f"build{debug}")


def describe_doors(host):
    """By what the runtime found: distributions link libpython into the
    executable and ship the library, too."""
    if "shared" in host.host:
        return ("exported wrappers (libpython is a library), and the "
                "relocation slots of extensions")
    return ("the relocation slots of extensions (libpython is in the "
            "executable, whose own calls cannot be seen)")


def describe_apis(facts):
    """One line each: what the interpreter has itself, what refsan provides,
    and what nobody has."""
    missing = facts["missing"]
    if missing is None:
        return ["not known: this Python has no ctypes"]
    provided = {row.symbol: (row.on_free_threaded if facts["free_threaded"]
                             else row.on_default)
                for row in tables.provided()}
    native = [name for name in api_names() if name not in missing]
    kinds = {"FULL": [], "HINT": []}
    for name in missing:
        if name in provided:
            kinds[provided[name]].append(name)
    lines = [("native", native), ("provided by refsan", kinds["FULL"]),
             ("provided, and always refuses (it is a hint)", kinds["HINT"]),
             ("missing", [name for name in missing if name not in provided])]
    return [f"{title}: {', '.join(names)}" for title, names in lines if names]


def describe_symbolizer():
    tool = find_tool()
    if tool:
        return tool[1]
    return ("none: no llvm-symbolizer or addr2line on PATH, native frames "
            "will have no file and line")


def describe_sanitizers(host):
    """What is in the process, then what could be."""
    inside = [name for name in ("TSan", "ASan") if f", {name}" in host.host]
    lines = [f"{' and '.join(inside)} in the process" if inside
             else "none in the process"]
    runtimes = sanitizers.tsan_runtimes()
    lines += [runtime.words for runtime in runtimes]
    if "TSan" in inside:
        lines += ["refsan works beside it; it judges order for refsan only "
                  "where it is preloaded, by `refsan run --tsan`",
                  "its own reports get the Python frames, and the object whose "
                  "memory they are about (docs/tsan.md)"]
    elif runtimes:
        lines += ["`refsan run --tsan` lets the first of them judge which "
                  "accesses are ordered",
                  "for an extension built with -fsanitize=thread, its "
                  "compiler's runtime in LD_PRELOAD: TSan's reports get the "
                  "Python frames and the object (docs/tsan.md)"]
    else:
        lines.append(f"for `refsan run --tsan`: {sanitizers.HOW_TO_GET_ONE}")
    return lines


def run(args):
    if args.path and args.python:
        raise Mistake("one interpreter at a time: --python, or after --")
    python = [args.path] if args.path else args.python or ["python3"]
    sys.stdout.reconfigure(errors="backslashreplace")
    facts = ask_facts(python)
    if args.package:
        return run_package(python, args.package, facts)
    return run_interpreter(python, facts)


def print_head(facts, library):
    print(f"refsan {tables.version()}: {library}")
    say("python", facts["executable"])
    say("", describe_python(facts))


def run_interpreter(python, facts):
    library = find_library()
    processes, notes = watch(python, library)
    print_head(facts, library)
    hosts = [process for process in processes.values() if process.host]
    if not hosts:
        say("watched", "no: " + why.nothing_was_watched(
            [facts["executable"]], processes))
        return NOT_WATCHED
    host = hosts[-1]
    say("watched", f"yes, as {host.host}")
    say("doors", describe_doors(host))
    say("probe", host.coverage or "ended without a summary")
    say("", COVERAGE[facts["free_threaded"]])
    for number, line in enumerate(describe_apis(facts)):
        say("" if number else "APIs", line)
    say("symbolizer", describe_symbolizer())
    for number, line in enumerate(describe_sanitizers(host)):
        say("" if number else "sanitizers", line)
    for note in notes:
        say("note", note)
    sys.stdout.flush()
    return 0


def run_package(python, name, facts):
    answer = package.find(python, name)
    modules = [Extension(module, path)
               for module, path in answer["found"].items()]
    modules = [module for module in modules if module.is_module]
    if not modules:
        raise Mistake(
            f"{name} is built into the interpreter: refsan doctor without -m "
            "answers for it" if answer["is_built_in"] else
            f"{name} has no extension modules: there is nothing for refsan to "
            "watch in it", NOT_WATCHED)
    print_head(facts, find_library())
    words.print_package(name, answer, modules)
    whole = [module for module in modules if not module.damage]
    answers = package.ask(python, [module.name for module in whole])
    for module in whole:
        said = answers.get(module.name)
        module.gil = package.gil(said, facts["free_threaded"])
        module.error = (said or {}).get("error")
    words.print_modules(whole)
    words.print_damage(modules)
    if not whole:
        return NOT_WATCHED
    words.print_uses(whole)
    inline = words.print_sight(whole, facts["free_threaded"])
    words.print_cures(python, answer["distribution"], whole, inline)
    sys.stdout.flush()
    return 0
