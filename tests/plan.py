# SPDX-License-Identifier: MIT
"""Writes the list of tests that need an interpreter, as CMake commands
(python.cmake defines them): one row per program, interpreter and variant.

  plan.py --to FILE --folder DIR [PYTHON...]
"""

import argparse
import json
import pathlib
import sys

import expect
import expectation
import interpreters

TESTS = pathlib.Path(__file__).resolve().parent
VARIANTS = {"bugs": ("bug", "fixed"), "quiet": ("quiet", "instrumented")}


def quoted(words):
    return " ".join(f"[==[{word}]==]" for word in words)


def command(function, **fields):
    lines = [f"    {key.upper()} {quoted(value)}"
             for key, value in fields.items() if value]
    return "\n".join([f"{function}(", *lines, ")"])


def variants_of(kind, block, interpreter):
    """Quiet modules are quiet when they are instrumented, too."""
    if kind == "bugs":
        crashes = block.get("crash", interpreter) is not None
        return VARIANTS[kind] + (("crash",) if crashes else ())
    if block.path.suffix == ".py" or block.is_stock:
        return ("quiet",)
    return ("instrumented",) if block.is_instrumented else VARIANTS[kind]


def rows_of(path, interpreter, folder):
    """The CMake commands for one program on one interpreter. A debug build
    finds some of the bugs itself, and ends the process."""
    block = expectation.Expectation(path)
    kind = path.parent.name
    if not block.is_for(interpreter) or (
            interpreter.is_debug and kind == "bugs" and not block.is_debug):
        return
    for variant in variants_of(kind, block, interpreter):
        name = f"{kind}.{path.stem}.{interpreter.name}"
        if variant != "quiet":
            name += f".{variant}"
        place = folder / name
        output = module = []
        if path.suffix != ".py":
            output = [place / f"{expect.module_name(block.text)}.so"]
            module = expect.compile_command(block, interpreter, variant,
                                            output[0])[1:]
        yield command("refsan_python_test", name=[name],
                      labels=[kind, interpreter.label], source=[path],
                      python=[interpreter.path], variant=[variant],
                      folder=[place], output=output, compile=module)


def all_rows(found, folder):
    for name in interpreters.NAMES:
        if name not in found:
            yield command("refsan_absent_interpreter", name=[name],
                          labels=["ft" if name.rstrip("d").endswith("t")
                                  else "default"])
    for interpreter in found.values():
        yield command("refsan_interpreter", name=[interpreter.name],
                      labels=[interpreter.label], python=[interpreter.path],
                      includes=interpreter.includes)
        for kind in VARIANTS:
            for path in sorted((TESTS / kind).glob("*.[cp]*")):
                if path.suffix in (".c", ".cpp", ".py"):
                    yield from rows_of(path, interpreter, folder)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--to", type=pathlib.Path, required=True)
    parser.add_argument("--folder", type=pathlib.Path, required=True)
    parser.add_argument("pythons", nargs="*")
    args = parser.parse_args()
    found = interpreters.find(args.pythons)
    try:
        text = "\n".join(all_rows(found, args.folder)) + "\n"
    except expectation.Mistake as mistake:
        return f"tests: {mistake}"
    args.to.write_text(text)
    print("interpreters:", json.dumps({n: i.path for n, i in found.items()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
