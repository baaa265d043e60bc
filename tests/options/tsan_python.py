# SPDX-License-Identifier: MIT
"""tsan_python: an evaluation hook is set, but only where TSan is in the process
and so is code that it instruments. tsan/test_reports.py shows what it is for.
"""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "tsan"))

import programs  # noqa: E402
import support  # noqa: E402
from support import check  # noqa: E402

CODE = """
import ctypes
import sys
import MODULE

def main():
    api = ctypes.pythonapi
    api.PyInterpreterState_Get.restype = ctypes.c_void_p
    get = api._PyInterpreterState_GetEvalFrameFunc
    get.argtypes, get.restype = [ctypes.c_void_p], ctypes.c_void_p
    usual = ctypes.cast(api._PyEval_EvalFrameDefault, ctypes.c_void_p).value
    now = get(api.PyInterpreterState_Get())
    print("usual" if now == usual else "hook")

main()
"""

for runtime in programs.runtimes():
    compiler = "clang" if runtime.is_llvm else "gcc"
    if compiler not in programs.compilers():
        continue
    folder = programs.instrumented(
        compiler, programs.TESTS / "tsan/racy.c", "racy.so")
    for module, options, preload, said in (
            ("racy", "", runtime.path, "hook"),
            ("racy", "tsan_python=1", runtime.path, "hook"),
            ("racy", "tsan_python=0", runtime.path, "usual"),
            ("demo", "tsan_python=1", runtime.path, "usual"),
            ("demo", "tsan_python=1", "", "usual")):
        program = support.FOLDER / "program.py"
        program.write_text(CODE.replace("MODULE", module))
        done = programs.run(
            support.PYTHON, "-s", program, options=options,
            PYTHONPATH=f"{support.FOLDER}:{folder}", LD_PRELOAD=preload)
        check(done.stdout == f"{said}\n", done)
