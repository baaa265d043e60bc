/* SPDX-License-Identifier: MIT */
/* audit.h -- REFSAN_EMBEDDED_CHECKS=1 checks how the program uses the library:
 * that what it passes is an object, and that it may do what it is about to do.
 * A mistake is one line, and the process aborts. */
#pragma once

#include <stdbool.h>

#include "refsan/embedded.h"

void rs_audit_start(void); /* from the library's constructor */

extern bool rs_audit_on;
static inline bool
rs_audit_is_on(void)
{
    return __builtin_expect(rs_audit_on, 0);
}

/* What the heap tells. */
void rs_audit_born(const PyObject *object);
void rs_audit_dying(const PyObject *object);
void rs_audit_revived(const PyObject *object);
void rs_audit_freed(const void *object);

/* The calling thread is attached. `function` is what the program called. */
void rs_audit_thread(const char *function);
/* … and the object is one that the function may be given: alive, or dying on
 * the way through its own deallocator. */
void rs_audit_live(const PyObject *object, const char *function);
/* … and there is a reference to drop. */
void rs_audit_counted(const PyObject *object, const char *function);
/* … and it is no string. */
void rs_audit_no_string(const PyObject *object, const char *function);
