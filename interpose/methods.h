/* SPDX-License-Identifier: MIT */
/* methods.h -- door 5: locks and queues of Python code, by the method tables
 * of the interpreter's own types (methods.def). */
#pragma once

#include <link.h>

/* The host is known: looks through it. */
void rs_methods_start(void);

/* An image was loaded: looks through it, if its name is that of a module which
 * has such a type. Under the loader's lock. */
void rs_methods_look(const struct dl_phdr_info *info);
