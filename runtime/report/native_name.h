/* SPDX-License-Identifier: MIT */
/* native_name.h -- what a native function's name says of the function.
 *
 * A bug is in the code that decided to count, seldom in the function that did:
 * everybody's Py_DECREF, a smart pointer's destructor, a binding library. Names
 * come as the symbol table has them, so those of C++ are mangled; they are read
 * as far as that takes.
 *
 * Wrong when: a user's function has such a name, or a mangled name has
 * expressions in it; then a caller is named instead. */
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* Does it only count references for its caller? */
bool rs_native_name_is_helper(const char *function);

/* … and is it nobody's in particular: the interpreter's, a library's, or that of
 * a destructor or operator? Else it may be the user's own. */
bool rs_native_name_is_common(const char *function);

/* The name without what the compiler put behind it (".constprop.0"), and of
 * C++ the parts with "*" between them: "ns*Class*method", a pattern that the
 * mangled name matches, and the demangled one. Returns `to`. */
const char *rs_native_name_plain(const char *function, char *to, size_t bytes);
