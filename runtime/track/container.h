/* SPDX-License-Identifier: MIT */
/* container.h -- which threads use a list or a dict, and who of them changes
 * it, as far as watched modules do it by functions of the C API.
 *
 * A fixed table, direct mapped: of two containers in one place the later one
 * is known. Fields are relaxed atomics: a reader that comes in between sees a
 * use or a change late, and judges by the next one.
 *
 * Missed: what Python code itself does to a container; a container that had to
 * make room; and a third thread that changes it. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "event/step.h"
#include "thread/happens_before.h"

struct rs_thread;

/* Set for good by the first change of a container that others use. Relaxed:
 * who sees it late misses one operation. */
extern _Atomic bool rs_container_has_contended;

void rs_container_start(void);

/* Only the calling thread, which made it, has used it: nothing to note. */
bool rs_container_is_own(uintptr_t container, const struct rs_thread *self);

/* The calling thread reads it. */
void rs_container_use(uintptr_t container, unsigned slot);

/* The calling thread changes it, which may release what is in it. True when
 * another thread has used it and this change is the first of its kind: then
 * `change` wants a stack, and rs_container_keep() the change. */
bool rs_container_change(uintptr_t container,
                         const struct rs_container_change *change);
void rs_container_keep(uintptr_t container,
                       const struct rs_container_change *change);

/* The last changes by threads other than `slot` that still run, made while
 * others used the container, too. Returns how many. */
#define RS_CONTAINER_CHANGES 2
unsigned rs_container_changes(uintptr_t container, unsigned slot,
                              struct rs_container_change *changes);
