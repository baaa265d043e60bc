# SPDX-License-Identifier: MIT
"""Run by the interpreter in question (package.py): imports the modules that
stdin names, and writes a line of JSON before each, and one after it with what
the module says about the GIL. Whatever ends the process has been named."""

import importlib
import json
import os
import sys
import warnings

out = os.fdopen(os.dup(1), "w")
os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
# Py_mod_gil: 4, and 87 from 3.15 on; Py_MOD_GIL_NOT_USED.
GIL, NOT_USED = (4, 87), 1
try:
    import ctypes
except ImportError:
    ctypes = None


def say(**words):
    out.write(json.dumps(words) + "\n")
    out.flush()


def is_gil_on():
    return getattr(sys, "_is_gil_enabled", lambda: True)()


def words_at(address, *types):
    class Row(ctypes.Structure):
        _fields_ = [(f"f{n}", kind) for n, kind in enumerate(types)]
    return Row.from_address(address), ctypes.sizeof(Row)


def slots_of_definition(module):
    """(id, value) of each slot; None without any: single-phase."""
    get = ctypes.pythonapi.PyModule_GetDef
    get.argtypes, get.restype = [ctypes.py_object], ctypes.c_void_p
    definition = get(module)
    if not definition:
        return None
    base = object.__basicsize__ + 3 * 8  # PyModuleDef_Base
    slot = ctypes.c_void_p.from_address(definition + base + 4 * 8).value
    if not slot:
        return None
    found = []
    while True:
        row, size = words_at(slot, ctypes.c_int, ctypes.c_size_t)
        if row.f0 == 0:
            return found
        found.append((row.f0, row.f1))
        slot += size


def slots_of_export(module):
    """The same of PyModExport_: 3.15."""
    name = module.__name__.rpartition(".")[2]
    export = getattr(ctypes.PyDLL(module.__file__), "PyModExport_" + name,
                     None)
    if export is None or sys.version_info < (3, 15):
        return None
    export.restype = ctypes.c_void_p
    slot, found = export(), []
    while slot:
        row, size = words_at(slot, ctypes.c_uint16, ctypes.c_uint16,
                             ctypes.c_uint32, ctypes.c_uint64)
        if row.f0 == 0:
            break
        found.append((row.f0, row.f3))
        slot += size
    return found


def ask_slots(module):
    if ctypes is None or sys.implementation.name != "cpython":
        return None
    slots = slots_of_definition(module)
    if slots is None:
        slots = slots_of_export(module)
    if slots is None:
        return None
    values = [value for id, value in slots if id in GIL]
    return ("not-used" if values[-1] == NOT_USED else "used") if values \
        else "no-slot"


for name in json.load(sys.stdin):
    was_on = is_gil_on()
    say(begin=name)
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            module = importlib.import_module(name)
    except BaseException as error:
        line = (str(error).strip() or "no reason is given").splitlines()[0]
        say(name=name, error=f"{type(error).__name__}: {line}")
        continue
    turned = next((str(w.message).partition("load module '")[2].partition("'")
                   [0] for w in caught if "GIL" in str(w.message)), None)
    say(name=name, slot=ask_slots(module), was_on=was_on, is_on=is_gil_on(),
        turned_on_by=turned)
out.close()
os._exit(0)  # what was imported may hang or crash at the end
