/* SPDX-License-Identifier: MIT */
/* allocation_site.h -- which objects watched modules made, and where (leaks=1).
 *
 * An object is a module's when the module called the C API and the API made it,
 * with no Python code and no other library in between. Its origin is a stack,
 * kept in the shadow plane behind the object's word, until the address has its
 * next object.
 *
 * Missed: objects that a type's inherited tp_new made, for Python code that
 * called the type: no frame of the module is there. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"
#include "shadow/plane.h"
#include "stack/stack.h"

struct rs_thread;

/* leaks=1; written at start, before rs_plane_start(). */
extern bool rs_allocation_site_is_on;
bool rs_allocation_site_start(bool is_on);

/* An object was born: notes its origin, or that it has none. */
void rs_allocation_site_born(struct rs_thread *self,
                             const struct rs_life_event *life);

/* A module dies: what its state holds is not leaked, though its m_free may not
 * release it. */
void rs_allocation_site_gone(const struct rs_life_event *life);

/* The cell of an object's origin: a stack's id, 0 for none. NULL where no
 * object ever was. */
static inline rs_cell *
rs_allocation_site_cell(uintptr_t object)
{
    rs_cell *cell = rs_plane_find(object);

    return cell == 0 ? 0 : cell + RS_PLANE_LEAF_CELLS;
}
