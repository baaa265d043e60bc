/* SPDX-License-Identifier: MIT */
/* note.c -- the transition of an event that was looked at: state, marks, and
 * what the event is the first to know. Runs where shadow.c runs. */
#include "shadow/shadow.h"
#include "shadow/shadow_private.h"

#include "base/check.h"
#include "host/host.h"
#include "shadow/plane.h"
#include "thread/thread.h"

/* The fields that this event is the first to fill. */
static void
fill_record(struct rs_record_place place, const struct rs_event *ev,
            const struct rs_step *step)
{
    char type[RS_TYPE_NAME_BYTES] = "";

    if (step->is_foreign)
        rs_record_say_first(
            place, RS_RECORD_FOREIGN,
            rs_record_foreign(ev->self->slot, ev->op, ev->stack));
    if (ev->op == RS_EV_IMMORTALIZED || ev->op == RS_EV_IMMORTALIZE_FORCED)
        rs_record_say(place, RS_RECORD_IMMORTAL_STACK, ev->stack.id);
    if (step->is_drifting)
        rs_record_say(place, RS_RECORD_DRIFT, true);
    if (!ev->has_before || rs_record_has_type(place))
        return;
    rs_host_type_name(&ev->before, type, sizeof(type));
    if (type[0] != '\0')
        rs_record_say_type(place, type);
}

static uint32_t
marks_of(const struct rs_event *ev, const struct rs_step *step)
{
    uint32_t marks = 0;

    if (step->is_foreign)
        marks |= RS_MARK_SHARED;
    if (ev->op == RS_EV_TRY_ENABLE)
        marks |= RS_MARK_TRY_ENABLED;
    if (ev->op == RS_EV_DEFERRED)
        marks |= RS_MARK_DEFERRED;
    return marks;
}

/* A mark that was written directly, now or before, makes it immortal, too; a
 * count that is set, after the dealloc, takes it from a free list. What was
 * never seen to be born is not seen to be born again, either. */
static enum rs_state
next_state(const struct rs_event *ev, const struct rs_step *step)
{
    enum rs_state state = rs_word_state(step->before);
    bool is_owner = ev->before.layout != RS_LAYOUT_FREE_THREADED ||
                    ev->before.owner == ev->self->pointer;

    if (state == RS_STATE_LIVE &&
        (step->is_marked ||
         (ev->op == RS_EV_SET_REFCNT && ev->has_before && is_owner &&
          rs_header_set_makes_immortal(ev->before.layout, ev->argument))))
        return RS_STATE_IMMORTAL;
    if (ev->op == RS_EV_SET_REFCNT && state >= RS_STATE_DYING &&
        step->is_dealloc_over && ev->argument > 0)
        return RS_STATE_LIVE;
    return rs_shadow_next_state(state, ev->op);
}

void
rs_shadow_note(const struct rs_event *ev, const struct rs_step *step)
{
    rs_cell *cell = ev->cell;
    enum rs_state state = rs_word_state(step->before);
    enum rs_state next = next_state(ev, step);
    bool is_news = step->is_drifting && !step->is_drift_known;
    uint32_t marks = marks_of(ev, step);
    struct rs_record_place place;

    if (cell == NULL || !rs_shadow_trusts_lives())
        return;
    if (next != state)
        (void)rs_cell_change_state(cell, step->before, next);
    if (marks == 0 && next == state && !is_news)
        return;
    if ((step->before.bits & marks) == marks && step->record.object != 0 &&
        next == state && !is_news)
        return;
    /* Where nothing may be known of it, the word is as it is. */
    place = rs_shadow_put_record(cell, ev->object,
                                 step->before.bits != 0 ? step->before
                                                        : rs_cell_load(cell));
    if (place.entry != NULL)
        fill_record(place, ev, step);
    if (marks != 0)
        (void)rs_cell_change(cell, step->before, 0, marks);
}
