/* SPDX-License-Identifier: MIT */
/* type_free.h -- door 6: the tp_free of types that modules make. The usual
 * dealloc ends in type->tp_free(self), which leads to the interpreter's own
 * PyObject_Free() or PyObject_GC_Del() past every slot of the module. So what
 * such a type has there is replaced by a function that tells of it.
 *
 * The interpreter compares the tp_free of two types where __class__ is assigned
 * to: there both have the same, if they had before. A collected type that is
 * derived from one that is not finds PyObject_Free() in object.
 *
 * Missed: types that were made before refsan came, or by code without hooks;
 * and a tp_free of the module's own. */
#pragma once

#include <stdint.h>

/* The type is ready, and not yet used by others. */
void rs_type_free_watch(uintptr_t type);
