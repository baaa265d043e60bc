# SPDX-License-Identifier: MIT
"""Where memory comes from malloc (PYTHONMALLOC=malloc) and the executable is
not position independent, a link in freed memory is no greater than a count may
be. Every object that is released twice is reported all the same, no number of
the link is shown, and what comes back by a count written by hand stays quiet.
"""

import itertools
import os
import pathlib
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "options"))

import support  # noqa: E402
from support import check  # noqa: E402

ET_EXEC = 2
RUNS = 3
MAKERS = {
    "int": "int('9' * 30)", "float": "float('1.5')",
    "complex": "complex(1.5, float('2'))", "str": "'x' * int('40')",
    "bytes": "b'x' * int('40')", "bytearray": "bytearray(3)",
    "tuple": "tuple([float('1')])", "list": "[float('1')]",
    "dict": "{float(1): 1}", "set": "{float(1)}", "slice": "slice(float(1))",
    "range": "range(int('5'))", "iterator": "iter([])",
    "function": "(lambda: 0)", "object": "object()", "node": "Node()",
}
# So many die before: what they leave fills the caches of malloc, or does not.
OTHERS = (0, 3, 30)

RELEASE = """
def {name}_{others}():
    others = [{maker} for _ in range({others})]
    others.clear()
    freed.release_twice_{number:02o}(lambda: {maker})
{name}_{others}()
"""

COME_BACK = """
import freed
class Back:
    def __del__(self):
        kept.append(self)
for _ in range(100):
    kept = []
    Back()
    freed.use(kept[0])
    freed.use(Back)
    freed.come_back()
    kept.clear()
"""


def is_position_dependent(path):
    head = pathlib.Path(path).read_bytes()[:18]
    return int.from_bytes(head[16:18], "little") == ET_EXEC


def build():
    subprocess.run(
        [os.environ.get("CC", "cc"), "-O1", "-g", "-shared", "-fPIC",
         "-fno-omit-frame-pointer", f"-I{support.TESTS}",
         f"-I{os.environ['PYTHON_INCLUDE']}", "-o",
         str(support.FOLDER / "freed.so"), str(HERE / "freed.c")], check=True)


def run(code, **options):
    path = support.FOLDER / "program.py"
    path.write_text(code)
    return subprocess.run(
        [support.PYTHON, "-s", str(path)], text=True, capture_output=True,
        timeout=100, env={**support.environment(options),
                          "PYTHONMALLOC": "malloc",
                          "LD_PRELOAD": support.LIBRARY})


def main():
    if not is_position_dependent(os.path.realpath(support.PYTHON)):
        print(f"{support.PYTHON} is position independent: no low heap")
        sys.exit(77)
    build()
    cases = itertools.product(MAKERS.items(), OTHERS)
    code = "import freed\nNode = freed.node_type()\n" + "".join(
        RELEASE.format(name=name, maker=maker, others=others, number=number)
        for number, ((name, maker), others) in enumerate(cases))
    for _ in range(RUNS):
        done = run(code)
        said = re.findall(r"^refsan: decref-after-zero: ", done.stderr,
                          re.MULTILINE)
        check(done.returncode == 66 and
              len(said) == len(MAKERS) * len(OTHERS), done)
        counts = re.findall(r"^  object .*refcount (\w+)", done.stderr,
                            re.MULTILINE)
        check(set(counts) <= {"0", "unknown"} and "unknown" in counts, counts)
    done = run(COME_BACK)
    check(done.returncode == 0 and "refsan: 0 errors, 0 warnings" in
          done.stderr, done)


main()
