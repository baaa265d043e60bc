# SPDX-License-Identifier: MIT
"""Which frames say where a bug is. Those of the interpreter, of allocators,
of dispatch and of the tools themselves do not: they are the same in every
report. Other tools' logs often lack the module of a frame, so names count,
too."""

import functools
import os
import re

from ..reporting import folding, names

MACHINERY = re.compile(
    r"_*interceptor_|__(?:asan|tsan|msan|ubsan|lsan|sanitizer)|"
    r"(?:_*(?:libc_)?(?:malloc|calloc|realloc|free|cfree|reallocarray|memalign"
    r"|posix_memalign|aligned_alloc|strdup|memcpy|memmove|memset|abort|raise"
    r"|gsignal|_?pthread_kill\w*|assert_fail\w*|clone3?|start_thread)$)|"
    r"_*libc_start\w*|operator (?:new|delete)|_?_Z(?:nw|na|dl|da)|_?mi_|je_|tc_|"
    r"_Py_(?:DumpStack|FatalError)\w*|fatal_error|faulthandler_|"
    r"_?PyMem_|_PyObject_(?:Malloc|Calloc|Free|Realloc|GC_New)|PyObject_(?:Malloc|"
    r"Calloc|Free|Realloc)|_?PyObject_GC_(?:New|Del)|_PyObject_New|rs_[a-z]|"
    r"Py_(?:IN|DE|XIN|XDE|NEW)\w*(?:REF|Ref)$|_Py_(?:Inc|Dec)Ref|_Py_(?:IN|DE)C|"
    r"_Py_Dealloc|_Py_NegativeRefcount|_Py_NewRef|_Py_XNewRef|_Py_MergeZero|"
    r"_Py_brc_|_Py_atomic_|std::(?:__)?atomic|subtype_dealloc$|"
    r"\?\?$|<unknown|\(discriminator")
DISPATCH = re.compile(
    r"_?Py(?!Init_)[A-Z_]\w*$|_Py\w+$|(?:\w*_)?vectorcall\w*$|"
    r"(?:cfunction|method|slot_tp|wrap|type|object|tuple|list|dict|set|func"
    r"|frame|gen|module|descr|property|classmethod|builtin)_(?:call|vectorcall|"
    r"dealloc|new|init|vacall|clear|traverse|exec|eval|repr|hash|iter\w*)\w*$|"
    r"(?:builtin|run|pymain|pyrun)_\w+$|object_vacall$|thread_run$|"
    r"gc_collect\w*$|pythread_wrapper$|boot_entry$|_start$|__libc_start\w*$|"
    r"Py_(?:Bytes)?Main$|bounded_lru_cache_wrapper$|import_find_and_load$")
CPYTHON = re.compile(r"(?:^|/)(?:Objects|Python|Parser|Programs|Include"
                     r"(?:/\w+)?)/\w+\.[ch]\b|(?:^|/)Modules/(?:main|gcmodule"
                     r"|_threadmodule|faulthandler|atexitmodule)\.c\b")


@functools.lru_cache(maxsize=1 << 14)
def _kind(function, file, module, is_native, interpreter):
    if function and is_native and MACHINERY.match(function):
        return 2
    frame = {"function": function, "file": file}
    if is_native:
        frame["module"] = module
    if interpreter:
        frame["interpreter"] = True
    group = folding.group(frame)
    if group in (folding.C_LIBRARY, folding.REFSAN):
        return 2
    if group is not None:
        return 1
    if not is_native:
        return 0
    if file and CPYTHON.search(file):
        return 1
    if function and not file and DISPATCH.match(function):
        return 1
    return 0 if function or file or module else 2


def kind(frame):
    """0: the user's; 1: of what stands around it; 2: says nothing of a place.
    Of two, the lower is nearer to the bug."""
    return _kind(frame.get("function"), frame.get("file"), frame.get("module"),
                 not folding.is_python(frame),
                 bool(frame.get("interpreter")))


def telling(stack, most):
    """The innermost frames that say where it is."""
    frames = [*stack.get("frames", ()), *stack.get("python", ())]
    kinds = [kind(frame) for frame in frames]
    for wanted in 0, 1, 2:
        found = [frame for frame, own in zip(frames, kinds) if own == wanted]
        if found:
            return found[:most]
    return []


def identity(frame):
    """What stays when lines shift, addresses move and files are elsewhere."""
    function, file = frame.get("function"), frame.get("file")
    where = os.path.basename(file or frame.get("module") or "")
    where = re.sub(r"\.(?:cpython-[\w-]+|abi3)(?=\.so)", "", where)
    if function and not folding.is_python(frame):
        function = names.short(function)
    return f"{function or frame.get('offset') or '?'}@{where}"
