/* SPDX-License-Identifier: MIT */
/* fast_ops.c -- announced operations that are not ordinary, or come from a
 * site for the first time.
 *
 * Runs where pipeline.c runs: any thread, any lock, signal handlers. */
#include "fast_ops.h"

#include "track/locks.h"
#include "track/traverse.h"
#include "os/atomics.h"

#include <refsan/abi.h>

/* The inline decref will call a function that has a hook. */
static bool
ends_in_call(const struct rs_event *ev)
{
    if (ev->op != RS_EV_DECREF || !ev->has_before)
        return false;
    if (ev->before.layout != RS_LAYOUT_FREE_THREADED)
        return rs_header_count(&ev->before) == 1;
    return ev->before.local == 1 ||
           ev->before.owner != rs_load(&ev->self->pointer);
}

static void
tell_borrow(struct rs_event *ev, unsigned flags)
{
    uintptr_t container = (uintptr_t)ev->argument;

    if (ev->op == RS_EV_BORROW)
        rs_pipeline_lent(ev, container);
    else
        rs_pipeline_stolen(ev, container, (flags & REFSAN_OP_CHANGES) != 0);
}

/* PyMutex is taken in line; critical sections are calls, and have a hook. */
static void
note_lock(const struct rs_event *ev)
{
    if (ev->argument != REFSAN_LOCK_MUTEX)
        return;
    if (ev->op == RS_EV_LOCK)
        rs_locks_take_once(ev->object, RS_LOCK_MUTEX);
    else if (ev->op == RS_EV_UNLOCK)
        rs_locks_release_all(ev->object);
}

/* What a tp_traverse does is looked at every time. */
static rs_frame
put_site(const struct rs_site_key *key)
{
    bool is_in_traverse =
        rs_traverse_may_have(key->pc) && rs_traverse_find(key->pc) != NULL;

    return rs_site_put(key, is_in_traverse);
}

enum rs_answer
rs_fast_ops_slow(enum rs_ev op, uintptr_t object, int64_t argument,
                 const struct rs_fast_ops_place *place, unsigned flags)
{
    struct rs_event ev =
        rs_event_make(op, object, place->site.pc, place->frame);
    enum rs_answer answer;

    ev.argument = argument;
    ev.site = put_site(&place->site);
    if (rs_event_words(op)->traits & RS_TRAIT_NO_OBJECT) {
        note_lock(&ev);
        rs_pipeline_noted(&ev);
        return RS_PROCEED;
    }
    if (op == RS_EV_BORROW || op == RS_EV_STEAL) {
        tell_borrow(&ev, flags);
        return RS_PROCEED;
    }
    if (op == RS_EV_TAKE)
        return rs_pipeline_taken(&ev, (uintptr_t)argument);
    answer = rs_pipeline(&ev);
    if (answer == RS_PROCEED && ev.self != NULL &&
        ((flags & REFSAN_OP_CALLS) != 0 || ends_in_call(&ev)))
        rs_pipeline_expect_echo(&ev);
    return answer;
}
