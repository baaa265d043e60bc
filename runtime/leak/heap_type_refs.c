/* SPDX-License-Identifier: MIT */
/* heap_type_refs.c -- see heap_type_refs.h. The entries are a thread's own; they are read
 * once more at exit, when no other thread runs Python. */
#include "leak/heap_type_refs.h"

#include <stddef.h>

#include "base/bits.h"
#include "base/lost.h"
#include "host/host.h"
#include "host/modules.h"
#include "base/exempt.h"
#include "thread/slot_memory.h"

#define DYING 32 /* one inside the other, on one thread */
/* _Py_Dealloc() ends in a jump to the dealloc, which so runs higher than the
 * tracer did, by the size of a frame. */
#define TAIL_CALL_BYTES 512

static struct {
    struct rs_slot_memory dying; /* DYING for each slot */
} refs;

bool rs_heap_type_refs_is_on;

bool
rs_heap_type_refs_start(bool is_on)
{
    rs_heap_type_refs_is_on = is_on;
    return true;
}

bool
rs_heap_type_refs_is_watched(const struct rs_header *header)
{
    uintptr_t dealloc;

    if (rs_host->kind != RS_HOST_CPYTHON || !rs_host_has_outer_trashcan())
        return false;
    dealloc = rs_host_dealloc(header->type);
    return !RS_EXEMPT(type_is_static, !rs_host_is_heap_type(header->type)) &&
           !RS_EXEMPT(type_dealloc_of_host,
                      !rs_modules_have(dealloc, RS_MODULES_ANNOUNCING));
}

/* NULL when the thread has had none yet. */
static struct rs_heap_type_ref *
entries_of(const struct rs_thread *self)
{
    return rs_slot_memory_get(&refs.dying, self->slot,
                              DYING * sizeof(struct rs_heap_type_ref));
}

void
rs_heap_type_refs_begin(const struct rs_thread *self,
                        const struct rs_heap_type_ref *instance)
{
    struct rs_heap_type_ref *entries = rs_slot_memory_map(
        &refs.dying, self->slot, DYING * sizeof(struct rs_heap_type_ref));

    for (unsigned i = 0; entries != NULL && i < DYING; i++) {
        if (entries[i].header.type == 0) {
            entries[i] = *instance;
            return;
        }
    }
    rs_lost_count(RS_LOST_DEALLOCS);
}

void
rs_heap_type_refs_freed(const struct rs_thread *self, uintptr_t object)
{
    struct rs_heap_type_ref *entries = entries_of(self);

    for (unsigned i = 0; entries != NULL && i < DYING; i++) {
        if (entries[i].header.type != 0 && entries[i].object == object)
            entries[i].is_freed = true;
    }
}

/* The innermost one, of those that freed their object where there are any. A
 * dealloc that releases its type first cannot be told from one that keeps its
 * object, and the reference with it: then all that have not freed theirs are
 * forgotten. */
void
rs_heap_type_refs_dropped(const struct rs_thread *self, uintptr_t type)
{
    struct rs_heap_type_ref *entries = entries_of(self);
    struct rs_heap_type_ref *freed = NULL;

    for (unsigned i = 0; entries != NULL && i < DYING; i++) {
        if (entries[i].header.type == type && entries[i].is_freed &&
            (freed == NULL || entries[i].frame < freed->frame))
            freed = &entries[i];
    }
    for (unsigned i = 0; entries != NULL && i < DYING; i++) {
        if (entries[i].header.type == type &&
            (RS_EXEMPT(type_released_first, freed == NULL) ||
             &entries[i] == freed))
            entries[i].header.type = 0;
    }
}

bool
rs_heap_type_refs_take_over(const struct rs_thread *self, uintptr_t frame,
                            struct rs_heap_type_ref *instance)
{
    struct rs_heap_type_ref *entries = entries_of(self);

    for (unsigned i = 0; entries != NULL && i < DYING; i++) {
        if (entries[i].header.type == 0 ||
            entries[i].frame + TAIL_CALL_BYTES > frame)
            continue;
        *instance = entries[i];
        entries[i].header.type = 0;
        if (!RS_EXEMPT(type_object_not_freed, !instance->is_freed))
            return true;
    }
    return false;
}
