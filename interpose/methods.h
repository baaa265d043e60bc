/* SPDX-License-Identifier: MIT */
/* methods.h -- door 5: locks and queues of Python code, by the method tables
 * of the interpreter's own types (methods.def). */
#pragma once

#include <link.h>

/* The host is known: looks for the tables in its data. */
void rs_methods_start(void);

/* An image was loaded: looks for tables in its data, if its name is that of a
 * module which has such a type. Under the loader's lock. */
void rs_methods_look(const struct dl_phdr_info *info);
