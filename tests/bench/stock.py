# SPDX-License-Identifier: MIT
"""What stock mode costs: the same interpreter with and without refsan, turn by
turn in one run, the minimum of each in processor time, and their ratio.

  scripts/bench stock [--python PYTHON] [--turns N] [--json FILE]
"""

import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import tempfile
import textwrap

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))

import interpreters  # noqa: E402

# name -> (unit, the program's body; it sets `result`)
WORKLOADS = {
    "start-up": ("ms", None),
    "pure Python: calls and arithmetic": ("ms", """
        def fib(n):
            return n if n < 2 else fib(n - 1) + fib(n - 2)
        result = timed(lambda: fib(23))
        """),
    "pure Python: objects and methods": ("ms", """
        class Point:
            def __init__(self, x, y):
                self.x, self.y = x, y
            def moved(self, by):
                return Point(self.x + by, self.y - by)
        def work():
            point = Point(0.5, 1.5)
            for i in range(60_000):
                point = point.moved(0.25)
        result = timed(work)
        """),
    "pure Python: strings and dicts": ("ms", """
        def work():
            words = ("the quick brown fox %d jumps over" % i
                     for i in range(6000))
            counts = {}
            for line in words:
                for word in line.split():
                    counts[word] = counts.get(word, 0) + 1
            return sorted(counts.items(), key=lambda item: item[1])
        result = timed(work)
        """),
    "pure Python: sorting and searching": ("ms", """
        import bisect, random
        def work():
            seed = random.Random(7)
            numbers = sorted(seed.random() for _ in range(20_000))
            return sum(bisect.bisect(numbers, i / 5000) for i in range(5000))
        result = timed(work)
        """),
    "pure Python: a regular expression compiled": ("ms", """
        import re
        def work():
            re.purge()
            return re.compile(r"(?P<a>[a-z]+)-(\\d{3,5}|x*y?)+(foo|bar)*$")
        result = timed(work)
        """),
    "the json accelerator: round trip": ("ms", """
        import json
        data = [{"name": str(i), "values": list(range(20))}
                for i in range(300)]
        result = timed(lambda: json.loads(json.dumps(data)))
        """),
    "allocation-heavy extension: a parser": ("ns/record", """
        import workload
        workload.parse(1000)
        result = min(workload.parse(20_000) for _ in range(5))
        """),
    "worst case: six objects made and dropped": ("ns/round", """
        import workload
        workload.allocate(1000)
        result = min(workload.allocate(40_000) for _ in range(5))
        """),
    "worst case: one list made and dropped": ("ns/round", """
        import workload
        result = min(workload.make_and_drop(200_000) for _ in range(5))
        """),
    "a thread started and joined": ("µs/thread", """
        import threading
        def work():
            for _ in range(400):
                thread = threading.Thread(target=int)
                thread.start()
                thread.join()
        result = timed(work) / 400 * 1e3
        """),
    "function-call pair, private object": ("ns/pair", """
        import workload
        result = min(workload.pair([], 200_000) for _ in range(3))
        """),
    "function-call pair, immortal object": ("ns/pair", """
        import workload
        result = min(workload.pair(None, 500_000) for _ in range(3))
        """),
    "the same by two threads": ("ns/pair", """
        import workload
        result = min(workload.pair_on_two_threads(None, 500_000)
                     for _ in range(3))
        """),
}

PRELUDE = """
import time
def timed(work):
    best = None
    for _ in range(3):
        start = time.process_time()
        work()
        took = (time.process_time() - start) * 1e3
        best = took if best is None else min(best, took)
    return best
"""
# getrusage would say what the parent once had.
EPILOGUE = """
print(result, next(line.split()[1] for line in open("/proc/self/status")
                   if line.startswith("VmHWM")))
"""


def title(interpreter):
    version = ".".join(map(str, interpreter.version))
    build = "free-threaded" if interpreter.is_free_threaded else "default"
    return f"CPython {version}, {build} build"


def compile_extension(interpreter, folder):
    source = pathlib.Path(__file__).with_name("workload.c")
    subprocess.run(
        ["cc", "-O2", "-g", "-shared", "-fPIC", "-fno-omit-frame-pointer",
         *[f"-I{include}" for include in interpreter.includes],
         str(source), "-o", str(folder / "workload.so")], check=True)


def run_once(interpreter, body, folder, library):
    """(the workload's figure, resident KiB)"""
    environment = dict(os.environ, PYTHONPATH=str(folder))
    environment.pop("LD_PRELOAD", None)
    if library:
        environment.update(LD_PRELOAD=str(library),
                           REFSAN_OPTIONS="summary=0")
    if body is None:
        program = "result = 0" + EPILOGUE
    else:
        program = PRELUDE + textwrap.dedent(body) + EPILOGUE
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run([interpreter.path, "-c", program], check=True,
                          env=environment, capture_output=True, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    used = (after.ru_utime + after.ru_stime
            - before.ru_utime - before.ru_stime)
    result, resident = done.stdout.split()
    return (used * 1e3 if body is None else float(result)), int(resident)


def measure(interpreter, body, folder, library, turns):
    plain, watched = [], []
    for _ in range(turns):
        plain.append(run_once(interpreter, body, folder, None))
        watched.append(run_once(interpreter, body, folder, library))
    return {
        "plain": min(figure for figure, _ in plain),
        "refsan": min(figure for figure, _ in watched),
        "plain_kib": min(kib for _, kib in plain),
        "refsan_kib": min(kib for _, kib in watched),
    }


def rows_of(interpreter, library, turns):
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        compile_extension(interpreter, folder)
        for workload, (unit, body) in WORKLOADS.items():
            print(f"  {workload} …", file=sys.stderr)
            row = measure(interpreter, body, folder, library, turns)
            row.update(workload=workload, unit=unit,
                       ratio=row["refsan"] / row["plain"],
                       resident_ratio=row["refsan_kib"] / row["plain_kib"])
            yield row


def print_table(name, rows):
    print(f"\n{name}\n")
    print("| workload | unit | plain | with refsan | ratio | resident |")
    print("| --- | --- | --: | --: | --: | --: |")
    for row in rows:
        print(f"| {row['workload']} | {row['unit']} | {row['plain']:.1f} "
              f"| {row['refsan']:.1f} | {row['ratio']:.2f} "
              f"| {row['resident_ratio']:.2f} |")
    print_mean(rows)


def default_pythons():
    found = interpreters.find()
    free = [name for name in found if name.endswith("t")]
    wanted = [name for name in ["python3.15", *free[:1]] if name in found]
    if not wanted:
        sys.exit("bench: no CPython 3.15 here; scripts/python gets one")
    return [found[name].path for name in wanted]


def print_mean(rows):
    """The geometric mean of the rows that are pure Python."""
    ratios = [row["ratio"] for row in rows
              if row["workload"].startswith("pure Python")]
    print(f"| pure Python, geometric mean | | | "
          f"| {statistics.geometric_mean(ratios):.2f} | |")


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="bench stock", description=__doc__)
    parser.add_argument("--python", action="append",
                        help="an interpreter; may be given more than once "
                        "(default: the 3.15 and the newest free-threaded one)")
    parser.add_argument("--library", help="librefsan.so (default: build/)",
                        default=TESTS.parent / "build/librefsan.so")
    parser.add_argument("--turns", type=int, default=5,
                        help="runs of each kind, taking turns (default 5)")
    parser.add_argument("--json", help="write the rows to this file, too")
    options = parser.parse_args(arguments)
    results = {}
    for path in options.python or default_pythons():
        interpreter = interpreters.probe(path)
        if interpreter is None:
            sys.exit(f"bench: {path} is no CPython that can be asked")
        print(title(interpreter), file=sys.stderr)
        results[title(interpreter)] = list(
            rows_of(interpreter, options.library, options.turns))
    for name, rows in results.items():
        print_table(name, rows)
    if options.json:
        pathlib.Path(options.json).write_text(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
