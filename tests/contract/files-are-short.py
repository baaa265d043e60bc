# SPDX-License-Identifier: MIT
"""A C file of the runtime has at most 300 lines. Tables (.def) are exempt, and
what is listed here, each with its reason."""

import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
MOST = 300
EXEMPT = {
    "runtime/refcount/protocol.h":
        "one state machine, read in one go; half of it is its contract",
}


def lines_of(path):
    return len(path.read_text().splitlines())


def main():
    files = {path.relative_to(ROOT).as_posix(): lines_of(path)
             for folder in ("runtime", "interpose")
             for path in (ROOT / folder).rglob("*.[chS]")}
    assert len(files) > 100, "the sources are somewhere else"
    wrong = [f"{name}: {count} lines, {MOST} at most"
             for name, count in sorted(files.items())
             if count > MOST and name not in EXEMPT]
    wrong += [f"{name}: exempt for nothing" for name in EXEMPT
              if files.get(name, 0) <= MOST]
    print("\n".join(wrong) or f"{len(files)} files, all short")
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main())
