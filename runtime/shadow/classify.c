/* SPDX-License-Identifier: MIT */
/* classify.c -- decides by one word of the shadow and the object's header. Runs on
 * the event path, for every event. */
#include "shadow/classify.h"

#include <stddef.h>

#include "base/bits.h"
#include "base/check.h"
#include "base/exempt.h"
#include "host/host.h"
#include "shadow/plane.h"
#include "shadow/shadow.h"
#include "thread/thread.h"
#include "os/atomics.h"

static bool
fits(const struct rs_header *h, enum rs_ev op, const struct rs_thread *self)
{
    bool is_owner = h->layout != RS_LAYOUT_FREE_THREADED ||
                    (h->owner == rs_load(&self->pointer) &&
                     (h->shared & 3) != RS_SHARED_QUEUED);
    bool is_quiet = (h->shared & 3) == RS_SHARED_INIT && h->shared >= 0;
    /* The half that the owner counts, whatever the layout. */
    uint64_t count =
        h->layout == RS_LAYOUT_WIDE ? (uint64_t)h->shared : h->local;

    switch (op) {
    case RS_EV_INCREF:
    case RS_EV_DECREF:
        return is_owner && rs_is_within(count, 1, RS_SPLIT_IMMORTAL_FLOOR - 2);
    case RS_EV_DECREF_LAST_LOCAL:
        return is_owner && is_quiet && count == 0;
    case RS_EV_DEALLOC:
        return count == 0 && h->layout != RS_LAYOUT_FREE_THREADED;
    default:
        return false;
    }
}

/* Immortal headers that a detector wants to see: marks that the host did not
 * write, and such as are no longer what was written. Of an object that was
 * there before refsan, only the flag of a split header says what it should be.
 */
static bool
is_odd(const struct rs_header *h, enum rs_state state)
{
    if (state == RS_STATE_LIVE)
        return !RS_EXEMPT(odd_births_unseen, !rs_shadow_trusts_lives()) &&
               (rs_header_is_split_overflow(h) || rs_host_leaves_mortal(h) ||
                (h->layout == RS_LAYOUT_FREE_THREADED && h->owner != 0));
    if (rs_header_is_settled(h))
        return false;
    return state == RS_STATE_IMMORTAL ||
           (h->layout == RS_LAYOUT_SPLIT &&
            (h->flags & RS_SPLIT_IMMORTAL_FLAG) != 0);
}

bool
rs_classify_is_idle(const struct rs_event *ev)
{
    return ev->has_before && rs_header_is_immortal(&ev->before) &&
           !rs_header_is_split_underflow(&ev->before) &&
           ev->op != RS_EV_DEALLOC &&
           (rs_event_words(ev->op)->traits & RS_TRAIT_OP) != 0 &&
           !is_odd(&ev->before, rs_word_state(ev->word));
}

/* An outcome keeps the header from before its operation, and needs a closer look.
 * Only what is live or was never seen to be born: memory of the dead may be gone.
 * And only attached: whether it may be done at all is asked first otherwise. */
enum rs_event_class
rs_classify(struct rs_event *ev)
{
    ev->cell = rs_plane_find(ev->object);
    if (rs_unlikely(ev->cell == NULL))
        return RS_CLASS_CLOSER;
    ev->word = rs_cell_load(ev->cell);
    if (rs_unlikely(ev->tstate == NULL || ev->has_before ||
                    rs_word_state(ev->word) > RS_STATE_IMMORTAL))
        return RS_CLASS_CLOSER;
    ev->before = rs_host_header(ev->object);
    ev->has_before = true;
    if ((ev->word.bits & RS_WORD_STATUS) == ev->self->live_word &&
        fits(&ev->before, ev->op, ev->self))
        return RS_CLASS_ORDINARY;
    if (rs_classify_is_idle(ev))
        return RS_CLASS_IDLE;
    return RS_CLASS_CLOSER;
}
