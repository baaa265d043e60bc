/* SPDX-License-Identifier: MIT */
/* container.h -- which threads use a list or a dict, and who of them changes
 * it, as far as watched modules do it by functions of the C API.
 *
 * Fixed tables, direct mapped (access.h): of two containers in one place the
 * later one is known to be shared.
 *
 * Missed: what Python code itself does to a container; a container that had to
 * make room (counted); and a change beyond those that a place has room for. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "track/access.h"

struct rs_thread;

/* Set for good by the first change of a container that others use. Relaxed:
 * who sees it late misses one operation. */
extern _Atomic bool rs_container_has_contended;

bool rs_container_start(void);

/* Only the calling thread, which made it, has used it: nothing to note. */
bool rs_container_is_own(uintptr_t container, const struct rs_thread *self);

/* The calling thread reads it. */
void rs_container_use(uintptr_t container, unsigned slot);

/* The calling thread changes it, which may release what is in it. True when
 * another thread has used it and this change is the first of its kind: then
 * `change` wants a stack, and rs_container_keep() the change. */
bool rs_container_change(uintptr_t container, const struct rs_access *change);
void rs_container_keep(uintptr_t container, const struct rs_access *change);

/* The last changes by threads other than `slot` that still run, made while
 * others used the container, too. Returns how many. */
unsigned rs_container_changes(uintptr_t container, unsigned slot,
                              struct rs_access found[RS_ACCESSES]);
