/* SPDX-License-Identifier: MIT */
/* Python.h -- stands before the interpreter's own on the include path of
 * `refsan cc` and `refsan c++`, and lets every reference operation of the file
 * that includes it announce itself.
 *
 * No include guard: the interpreter's header and refsan's have their own. A
 * system header, as the interpreter's own mostly is, because #include_next is
 * none of the languages' own directives and -pedantic-errors is a flag. */
#pragma GCC system_header

#include_next <Python.h>

/* Older Pythons and PyPy count in ways refsan does not know: left alone, as is
 * a file that says so. */
#if !defined(REFSAN_NO_INSTRUMENT) && !defined(PYPY_VERSION) &&               \
    PY_VERSION_HEX >= 0x030c0000
#include "../instrument.h"
#endif
