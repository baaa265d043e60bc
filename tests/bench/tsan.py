# SPDX-License-Identifier: MIT
"""What `refsan run --tsan` costs: workloads of `bench stock` with refsan alone,
and with each TSan runtime as the judge of order, turn by turn in one run.

  scripts/bench tsan [--python PYTHON] [--turns N]
"""

import argparse
import os
import pathlib
import sys
import tempfile

TESTS = pathlib.Path(__file__).resolve().parent.parent
sys.path[:0] = [str(TESTS / "bench"), str(TESTS.parent / "scripts")]

import stock  # noqa: E402
from refsan import sanitizers  # noqa: E402

WORKLOADS = ["start-up", "pure Python: calls and arithmetic",
             "pure Python: objects and methods",
             "allocation-heavy extension: a parser",
             "worst case: one list made and dropped",
             "a thread started and joined",
             "function-call pair, private object"]


def engines():
    """{column: value of REFSAN_TSAN}"""
    found = {}
    for runtime in sanitizers.tsan_runtimes():
        found.setdefault("LLVM's" if runtime.is_llvm else "gcc's",
                         runtime.path)
    return {"refsan": "", **found}


def run_once(interpreter, body, folder, library, runtime):
    os.environ["REFSAN_TSAN"] = runtime
    try:
        return stock.run_once(interpreter, body, folder, library)
    finally:
        del os.environ["REFSAN_TSAN"]


def rows_of(interpreter, library, turns):
    columns = engines()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        stock.compile_extension(interpreter, folder)
        for workload in WORKLOADS:
            unit, body = stock.WORKLOADS[workload]
            runs = {column: [] for column in columns}
            for _ in range(turns):
                for column, runtime in columns.items():
                    runs[column].append(run_once(interpreter, body, folder,
                                                 library, runtime))
            figures = {column: [min(each) for each in zip(*took)]
                       for column, took in runs.items()}
            yield workload, unit, figures


def cell(figures, column):
    (figure, kib), (base, base_kib) = figures[column], figures["refsan"]
    return (f"{figure:.1f} ({figure / base:.2f}x, "
            f"{(kib - base_kib) / 1024:+.0f} MiB)")


def main(arguments=None):
    parser = argparse.ArgumentParser(prog="bench tsan", description=__doc__)
    parser.add_argument("--python", default="python3.15t")
    parser.add_argument("--library",
                        default=TESTS.parent / "build/librefsan.so")
    parser.add_argument("--turns", type=int, default=5)
    options = parser.parse_args(arguments)
    interpreter = stock.interpreters.probe(options.python)
    if interpreter is None:
        sys.exit(f"bench: {options.python} is no CPython that can be asked")
    columns = list(engines())
    print(f"{stock.title(interpreter)}\n")
    print("| workload | unit | " + " | ".join(
        column if column == "refsan" else f"with {column} runtime"
        for column in columns) + " |")
    print("| --- | --- | --: |" + " --: |" * (len(columns) - 1))
    for workload, unit, figures in rows_of(interpreter, options.library,
                                           options.turns):
        cells = [f"{figures['refsan'][0]:.1f}",
                 *(cell(figures, column) for column in columns[1:])]
        print(f"| {workload} | {unit} | {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
