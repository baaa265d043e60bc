# SPDX-License-Identifier: MIT
"""refsan reads every interpreter that is here the way it reads itself: its
version and build, its GIL and its collections, the types of objects, and each Python frame's function, file
and line, in calls, generators, comprehensions and threads. An interpreter that
is too old is refused with a sentence."""

import os
import pathlib
import shutil
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
CORE = pathlib.Path(os.environ["REFSAN_LIBRARY"]).parent / "librefsan_core.a"

sys.path.insert(0, str(HERE.parent))
import interpreters  # noqa: E402

PROGRAM = r'''
import ctypes, gc, sys, sysconfig, threading, weakref

attached = ctypes.PyDLL(sys.argv[1])
detached = ctypes.CDLL(sys.argv[1])
for library in attached, detached:
    for name in "facts", "life", "interpreter", "type", "frames":
        getattr(library, "probe_" + name).restype = ctypes.c_char_p
attached.probe_type.argtypes = [ctypes.py_object]
attached.probe_start()
complaints = []


def equal(what, seen, wanted):
    if seen != wanted:
        complaints.append(f"{what}: {seen!r}, not {wanted!r}")


def python_frames():
    frame = sys._getframe(1)
    while frame:
        code = frame.f_code
        yield f"{code.co_qualname}|{code.co_filename}|{frame.f_lineno}"
        frame = frame.f_back


def compare(where):
    # One line for both, so that both see the same one.
    seen, wanted = attached.probe_frames(), list(python_frames())
    equal(where, seen.decode().splitlines(), wanted)


def recurse(depth, where):
    if depth:
        return recurse(
            depth - 1,
            where)
    compare(where)


class Größe:
    def méthode(self, 数):
        [compare(f"comprehension {i}") for i in range(数)]
        return (lambda: compare("lambda"))()

    def __del__(self):
        compare("finalizer")


def generate():
    compare("generator, first")
    yield 1
    compare("generator, second")


async def coroutine():
    compare("coroutine")


def loop():
    # Enough rounds for specialized instructions, and for a JIT.
    for i in range(3000):
        if i % 1000 == 0:
            compare(f"loop {i}")
        recurse(1, "loop") if i % 500 == 0 else None


def everything():
    recurse(5, "recursion")
    size = Größe()
    size.méthode(2)
    del size
    list(generate())
    try:
        coroutine().send(None)
    except StopIteration:
        pass
    loop()
    sorted([3, 1, 2], key=lambda x: compare("called by C") or x)
    names = {}
    exec(compile("\n" * 70000 + "def far(f):\n    f('far down')\n",
                 "far.py", "exec"), names)
    names["far"](compare)


facts = dict(pair.split("=", 1) for pair in
             attached.probe_facts().decode().split(" ", 7))
equal("kind", facts["kind"], "1")
equal("version", int(facts["version"]), sys.hexversion)
equal("build", facts["free_threaded"],
      str(int(bool(sysconfig.get_config_var("Py_GIL_DISABLED")))))
equal("debug", facts["debug"], str(int(hasattr(sys, "gettotalrefcount"))))
equal("frames", facts["frames"], "1")
equal("own code", facts["own_code"], "1")
equal("attached", attached.probe_life(),
      b"attached=1 life=1 interpreter=0")
equal("detached", detached.probe_life(),
      b"attached=0 life=1 interpreter=-1")

# Nothing says so in 3.12.
is_said = sys.version_info >= (3, 13)


class Cyclic:
    def __del__(self):
        equal("collecting", attached.probe_interpreter().decode(),
              f"id=0 own_gil={is_said:d} collecting={is_said:d}")


cyclic = Cyclic()
cyclic.me = cyclic
del cyclic
gc.collect()
equal("interpreter", attached.probe_interpreter().decode(),
      f"id=0 own_gil={is_said:d} collecting=0")
equal("nobody's", detached.probe_interpreter(),
      b"id=-1 own_gil=0 collecting=0")

for thing, words in {
    "text": "str str=1 gc=0",
    b"": "bytes str=0 gc=0",
    1 << 70: "int str=0 gc=0",
    (): "tuple str=0 gc=1",
    Größe: "type str=0 gc=1",
    weakref.ref(Größe): "weakref.ReferenceType str=0 gc=1",
    type("S", (str,), {})(): "S str=1 gc=1",
}.items():
    equal("type", attached.probe_type(thing).decode(), words)

everything()
for _ in range(2):
    thread = threading.Thread(target=everything)
    thread.start()
    thread.join()
if complaints:
    sys.exit("\n".join(complaints[:20]))
'''


def build(folder):
    probe = folder / "probe.so"
    flags = subprocess.run(["pkg-config", "--libs", "libunwind"], text=True,
                           capture_output=True, check=True).stdout.split()
    subprocess.run([os.environ["CC"], "-shared", "-fPIC", "-O1",
                    f"-I{ROOT}/runtime", HERE / "host_probe.c", "-o", probe,
                    CORE, *flags], check=True)
    return probe


def refused_sentence(python, probe):
    program = ("import ctypes, sys; p = ctypes.PyDLL(sys.argv[1]); "
               "p.probe_facts.restype = ctypes.c_char_p; p.probe_start(); "
               "print(p.probe_facts().decode())")
    return subprocess.run([python, "-c", program, probe], text=True,
                          capture_output=True).stdout


complaints = []
probe = build(pathlib.Path.cwd())
here = list(interpreters.find(sys.argv[1:]).values())
for interpreter in here:
    result = subprocess.run([interpreter.path, "-c", PROGRAM, probe],
                            text=True, capture_output=True)
    if result.returncode != 0:
        complaints.append(f"{interpreter.name}: {result.stderr}")
old = shutil.which("python3.11")
if old and "kind=" in (said := refused_sentence(old, probe)) \
        and "is older than refsan knows" not in said:
    complaints.append(f"{old}: {said}")
print("asked:", *(interpreter.name for interpreter in here))
if complaints:
    sys.exit("\n".join(complaints))
sys.exit(0 if here else 77)
