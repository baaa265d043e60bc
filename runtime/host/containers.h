/* SPDX-License-Identifier: MIT */
/* containers.h -- does a container hold an item now? Reads the container as it
 * lies in memory; no call, no reference. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum rs_host_container {
    RS_CONTAINER_NONE = 0, /* not one that is known here */
    RS_CONTAINER_LIST,
    RS_CONTAINER_TUPLE,
    RS_CONTAINER_DICT,
    RS_CONTAINER_CELL,
    RS_CONTAINER_EXCEPTION, /* its cause and its context */
};
enum rs_host_container rs_host_container(uintptr_t object);

/* sizeof an object of this one's type, without items; 0 where that cannot be read.
 * It seems to be alive, and to be what `inside` lies in, which can be read. */
uintptr_t rs_host_basic_size(uintptr_t object, uintptr_t inside);

/* The caller is attached, and the container is alive. False where it cannot be
 * told: another kind of container, or one with more items than are looked at.
 */
bool rs_host_holds(uintptr_t container, uintptr_t item);

/* Does an instance of a heap type, which seems to be alive, hold it in the fixed
 * part of its memory? */
bool rs_host_has_field(uintptr_t object, uintptr_t item);
