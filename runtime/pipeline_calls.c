/* SPDX-License-Identifier: MIT */
/* pipeline_calls.c -- a C method that returns something with references that it
 * took out of its arguments' fields: a copy, a tuple of them. It may have done so
 * by plain loads and increments, that nobody can watch. Only while TSan judges.
 * Runs where pipeline.c runs, around methods of extensions.
 *
 * Before the call a field had the only reference to an object that another
 * thread made. After it what the method returned has another one. No lock was
 * taken, and no function of the API gave the method that reference: so it used
 * the field's.
 *
 * Missed:     methods that return something else, or take a lock at all; and
 *             what a method took by a function of the API.
 * Wrong when: a method gets the reference by a function that is not watched, or
 *             loads it under a lock that is not seen. */
#include "pipeline.h"
#include "pipeline_order.h"
#include "pipeline_parts.h"

#include <errno.h>

#include "base/check.h"
#include "host/containers.h"
#include "host/layout.h"
#include "os/atomics.h"
#include "shadow/shadow.h"
#include "thread/thread.h"
#include "track/lender.h"
#include "track/locks.h"

#define FIELDS_BYTES 512

/* An argument, so it is alive. */
static void
note_fields(struct rs_lent_fields *lent, uintptr_t owner, unsigned slot)
{
    uintptr_t header = rs_host_layout->object_bytes;
    uintptr_t bytes = rs_host_basic_size(owner, owner);

    if (bytes <= header || bytes > FIELDS_BYTES ||
        !rs_host_is_heap_type(rs_host_header(owner).type))
        return;
    for (; header + sizeof(uintptr_t) <= bytes &&
           lent->count < RS_LENT_FIELDS_MAX;
         header += sizeof(uintptr_t)) {
        uintptr_t object =
            __atomic_load_n((uintptr_t *)(owner + header), __ATOMIC_RELAXED);

        if (object != 0 && object % sizeof(uintptr_t) == 0 &&
            rs_pipeline_order_may_be_lent(object, slot))
            lent->fields[lent->count++] = (struct rs_lent_field){
                owner, object, rs_pipeline_order_life(object)};
    }
}

void
rs_pipeline_call_begins(struct rs_lent_fields *lent, const uintptr_t *objects,
                        unsigned count)
{
    struct rs_thread *self = rs_thread_current;

    lent->count = 0;
    lent->locks_taken = rs_locks.taken;
    if (self == NULL || !rs_host->is_free_threaded || rs_locks_has_any())
        return;
    for (unsigned i = 0; i < count; i++) {
        if (rs_word_state(rs_shadow_get(objects[i])) == RS_STATE_LIVE)
            note_fields(lent, objects[i], self->slot);
    }
}

/* What was returned is alive: no need to be careful, and every moment in which
 * its references are held longer hides a race. */
static bool
has_reference(uintptr_t result, uintptr_t object)
{
    uintptr_t bytes = rs_host_basic_size(result, result);

    for (uintptr_t at = rs_host_layout->object_bytes;
         bytes <= FIELDS_BYTES && at + sizeof(uintptr_t) <= bytes;
         at += sizeof(uintptr_t)) {
        if (*(const uintptr_t *)(result + at) == object)
            return true;
    }
    return rs_host_holds(result, object);
}

static bool
is_used(const struct rs_lent_field *field, uintptr_t result)
{
    return rs_word_state(rs_shadow_get(field->object)) == RS_STATE_LIVE &&
           rs_pipeline_order_life(field->object) == field->life &&
           !rs_lender_was_got(field->object) &&
           has_reference(result, field->object);
}

void
rs_pipeline_call_ended(struct rs_event *ev, const struct rs_lent_fields *lent)
{
    uintptr_t result = ev->object;
    int saved = errno;

    if (lent->locks_taken != rs_locks.taken ||
        !rs_load(&rs_locks_sees_python) ||
        rs_word_state(rs_shadow_get(result)) != RS_STATE_LIVE ||
        !rs_pipeline_enter_attached(ev))
        return;
    for (unsigned i = 0; i < lent->count && !rs_host_runs_with_gil(ev->tstate);
         i++) {
        const struct rs_lent_field *field = &lent->fields[i];
        struct rs_tsan_access use;

        if (field->owner == result || !is_used(field, result))
            continue;
        ev->object = field->object;
        ev->before = rs_host_header(ev->object);
        rs_pipeline_capture(ev);
        use = rs_pipeline_order_access(ev, ev->object);
        rs_pipeline_order_lent(&use, field->owner);
    }
    rs_thread_leave(ev->self);
    errno = saved;
}
