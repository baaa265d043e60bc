/* SPDX-License-Identifier: MIT */
/* methods_find.h -- the tables of PyMethodDefs in the data of a loaded image.
 */
#pragma once

#include <link.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

typedef void *rs_method(void *self, void *a, void *b, void *c, void *d);

struct rs_method_def { /* PyMethodDef */
    const char *name;  /* at least RS_METHOD_NAME bytes can be read */
    _Atomic(rs_method *) function;
    int flags; /* METH_* */
    const char *doc;
};
#define RS_METHOD_NAME 32

/* Is it an address in the image's code? */
bool rs_methods_has_code(const struct dl_phdr_info *info, uintptr_t address);

/* Calls `visit` for each table of two methods or more. It may write to them.
 */
void rs_methods_find(const struct dl_phdr_info *info,
                     void (*visit)(void *context, struct rs_method_def *table,
                                   unsigned count),
                     void *context);
