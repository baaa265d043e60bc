# SPDX-License-Identifier: MIT
"""What an incref and a decref cost: plain, atomic, biased, immortal, deferred.

  scripts/bench refcount [--threads N] [--json FILE] [--svg FILE] [--docs]

Times are in ns per pair and thread. The figures for more threads than
this machine has processors are computed, not measured (docs/refcount.md says
how), and drawn dashed.
"""

import argparse
import json
import os
import pathlib
import platform
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT / "tests/bench"))

import interpreters  # noqa: E402
import refcount_plot  # noqa: E402

# name -> (what it is, how it is compiled, the program's word for it)
KINDS = {
    "plain": ("plain, not atomic", "fast", "plain"),
    "atomic": ("atomic", "fast", "atomic"),
    "owner": ("biased, by the owner", "fast", "owner"),
    "owner, watchable": ("biased, by the owner, watchable", "watch", "owner"),
    "foreign": ("biased, by another thread", "fast", "foreign"),
    "immortal": ("immortal", "fast", "immortal"),
    "deferred": ("deferred, by another thread", "fast", "deferred"),
}
# A count without atomics that several threads change is only wrong; and an
# object has one owner.
ONLY_OWN = {"plain", "owner", "owner, watchable"}
FAR = (1, 2, 4, 8, 16, 32, 64)
PAIRS = 4_000_000


def compile_all(folder):
    """The library and the two programs, as a user would build them."""
    flags = ["-O2", "-std=gnu11", "-D_GNU_SOURCE", "-pthread",
             f"-I{ROOT / 'include'}", f"-I{ROOT / 'runtime'}"]
    library = folder / "librefsan_embedded.so"
    sources = [*sorted((ROOT / "runtime/embedded").glob("*.c")),
               ROOT / "runtime/refcount/refcount.c",
               ROOT / "runtime/refcount/queue.c"]
    subprocess.run(["cc", *flags, "-fPIC", "-shared", "-o", library, *sources,
                    "-Wl,-Bsymbolic-functions,-z,now", "-Wl,--version-script="
                    f"{ROOT / 'runtime/embedded/exports.map'}"], check=True)
    for name, more in (("fast", ["-DREFSAN_EMBEDDED_UNWATCHED"]),
                       ("watch", [])):
        subprocess.run(["cc", *flags, *more, "-fno-plt", "-o", folder / name,
                        ROOT / "tests/bench/refcount_bench.c", library,
                        f"-Wl,-rpath,{folder}"], check=True)


def measure(folder, kind, threads, where, runs):
    _, program, word = KINDS[kind]
    return min(float(subprocess.run(
        [folder / program, word, str(threads), where, str(PAIRS)],
        check=True, capture_output=True, text=True).stdout)
        for _ in range(runs))


def measure_all(folder, most, runs):
    """{kind: {"own"|"one": {threads: ns}}}"""
    results = {}
    for kind in KINDS:
        print(f"  {kind} …", file=sys.stderr)
        places = ["own"] if kind in ONLY_OWN else ["own", "one"]
        results[kind] = {
            where: {threads: measure(folder, kind, threads, where, runs)
                    for threads in range(1, most + 1)}
            for where in places}
    return results


CPYTHON = """
import sys, threading
import refcount_cpython as bench
least = lambda target: min(bench.pairs(target, 400_000) for _ in range(40))
target, foreign = [], []
owner = least(target)
other = threading.Thread(target=lambda: foreign.append(least(target)))
other.start(); other.join()
print(owner, foreign[0], least(None))
"""


def measure_cpython(folder):
    """{interpreter: [owner, foreign, immortal]} for those that are here."""
    results = {}
    for name, interpreter in interpreters.find().items():
        include = [f"-I{path}" for path in interpreter.includes]
        subprocess.run(["cc", "-O2", "-fPIC", "-shared", *include, "-o",
                        folder / "refcount_cpython.so",
                        ROOT / "tests/bench/refcount_cpython.c"], check=True)
        done = subprocess.run([interpreter.path, "-c", CPYTHON], check=True,
                              capture_output=True, text=True,
                              env={**os.environ, "PYTHONPATH": str(folder)})
        results[name] = [float(word) for word in done.stdout.split()]
    return results


def beyond(measured):
    """A cost per thread count, measured or computed.

    What changes memory that another processor changes, too, has to fetch it
    from there, one processor at a time: the cost grows with their number, by
    what one more of them added here. What changes no shared memory costs what
    it does alone.
    """
    most = max(measured)
    if most == 1:
        return dict(measured)
    step = max(0.0, (measured[most] - measured[1]) / (most - 1))
    if measured[most] < measured[1] * 1.25:
        step = 0.0
    return {threads: measured.get(threads, measured[most] +
                                  step * (threads - most))
            for threads in sorted({*measured, *FAR})}


def processor():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    found = re.search(r"^model name\s*:\s*(.*)$", text, re.MULTILINE)
    name = found[1] if found else platform.machine()
    return f"{name}, {os.cpu_count()} processors"


def table(results):
    most = max(results["plain"]["own"])
    counts = list(range(1, most + 1))
    heads = [f"{n} on own" for n in counts] + \
            [f"{n} on one" for n in counts if n > 1]
    lines = ["| count | " + " | ".join(heads) + " |",
             "| --- |" + " --: |" * len(heads)]
    for kind, places in results.items():
        cells = [f"{places['own'][n]:.2f}" for n in counts]
        cells += [f"{places['one'][n]:.2f}" if "one" in places else "–"
                  for n in counts if n > 1]
        lines.append(f"| {KINDS[kind][0]} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def cpython_table(results, cpython):
    lines = ["| whose | owner | another thread | immortal |",
             "| --- | --: | --: | --: |"]
    ours = [results[kind]["own"][1] for kind in ("owner", "foreign",
                                                 "immortal")]
    for name, row in [("refsan's embedded runtime", ours), *cpython.items()]:
        lines.append(f"| {name} | " + " | ".join(f"{ns:.2f}" for ns in row) +
                     " |")
    return "\n".join(lines)


def claims(results):
    def own(kind):
        return results[kind]["own"][1]
    most = max(results["immortal"]["one"])
    return {
        "owner / plain": own("owner") / own("plain"),
        "atomic / owner": own("atomic") / own("owner"),
        "atomic / plain": own("atomic") / own("plain"),
        "immortal, all threads on one / one thread":
            results["immortal"]["one"][most] / own("immortal"),
        "atomic, all threads on one / one thread":
            results["atomic"]["one"][most] / own("atomic"),
    }


def write_docs(text):
    path = ROOT / "docs/refcount.md"
    page = path.read_text()
    page = re.sub(r"(<!-- measured -->\n).*?(<!-- end -->)",
                  lambda m: m[1] + text + m[2], page, flags=re.DOTALL)
    path.write_text(page)


def report(machine, results, cpython):
    lines = [f"Measured on: {machine}. ns per pair and thread.\n",
             table(results), ""]
    if cpython:
        lines += ["Beside CPython's own, one thread:\n",
                  cpython_table(results, cpython), ""]
    lines += ["| ratio | |", "| --- | --: |"]
    lines += [f"| {name} | {value:.2f} |"
              for name, value in claims(results).items()]
    return "\n".join(lines) + "\n"


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="bench refcount",
                                     description=__doc__)
    parser.add_argument("--threads", type=int, default=os.cpu_count(),
                        help="most threads to measure (default: processors)")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--svg", type=pathlib.Path)
    parser.add_argument("--docs", action="store_true",
                        help="write what docs/refcount.md shows")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        compile_all(folder)
        results = measure_all(folder, options.threads, options.runs)
        cpython = measure_cpython(folder)
    curves = {(kind, where): beyond(measured)
              for kind, places in results.items()
              for where, measured in places.items()}
    text = report(processor(), results, cpython)
    print(text)
    if options.docs:
        options.json = ROOT / "docs/refcount.json"
        options.svg = ROOT / "docs/refcount.svg"
        write_docs(text)
    if options.json:
        options.json.write_text(json.dumps(
            {"machine": processor(), "ns_per_pair": results,
             "cpython_ns_per_pair": cpython, "ratios": claims(results),
             "computed_ns_per_pair": {f"{kind}, {where}": curve for
                                      (kind, where), curve in curves.items()}},
            indent=1) + "\n")
    if options.svg:
        options.svg.write_text(refcount_plot.draw(
            curves, options.threads, processor()))


if __name__ == "__main__":
    sys.exit(main())
