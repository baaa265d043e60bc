/* SPDX-License-Identifier: MIT */
/* complete_death.c -- how a dying or dead object came to its end. Report time,
 * like complete.c. */
#include "report/complete_parts.h"

#include <string.h>

#include "report/running_stack.h"
#include "shadow/lifetimes.h"
#include "stack/pyframe.h"

static bool
is_release(const struct rs_past_act *act)
{
    return (rs_event_words(act->op)->traits & RS_TRAIT_DROPS) != 0;
}

/* The place of the act itself in the history; history_count when it is not
 * there. */
static unsigned
find_own(const struct rs_finding *found)
{
    for (unsigned i = found->history_count; i-- > 0;) {
        const struct rs_past_act *act = &found->history[i];

        if (act->op == found->op && act->slot == found->slot &&
            act->stack.id == found->stacks[0].stack.id)
            return i;
    }
    return found->history_count;
}

/* The release that took the count to zero: the last one of the thread that
 * destroys the object, or of any before the death. */
static const struct rs_past_act *
find_zero(const struct rs_finding *found, const struct rs_life_found *death)
{
    unsigned own = find_own(found);

    for (unsigned i = found->history_count; i-- > 0;) {
        const struct rs_past_act *act = &found->history[i];

        if (i != own && is_release(act) && !act->is_skipped &&
            act->count_after <= 0 &&
            (act->slot == death->slot || act->ticks <= death->ticks))
            return act;
    }
    return NULL;
}

/* A Python frame that waited in a ring has another id than one that was
 * captured. */
static bool
is_same(rs_frame one, rs_frame other)
{
    struct rs_pyframe words, others;

    if (one == other || !rs_frame_is_python(one) || !rs_frame_is_python(other))
        return one == other;
    words = rs_pyframe_get(one);
    others = rs_pyframe_get(other);
    return words.line == others.line &&
           strcmp(words.function, others.function) == 0 &&
           strcmp(words.file, others.file) == 0;
}

/* Has the death a frame that the release has not? Its line is mostly the
 * release's own. */
static bool
says_more(rs_stack death, rs_stack zero)
{
    rs_frame later[RS_STACK_FRAMES_MAX], sooner[RS_STACK_FRAMES_MAX];
    unsigned later_count = rs_stack_get(death, later, RS_STACK_FRAMES_MAX);
    unsigned sooner_count = rs_stack_get(zero, sooner, RS_STACK_FRAMES_MAX);

    for (unsigned i = 0; i < later_count; i++) {
        unsigned at = 0;

        while (at < sooner_count && !is_same(sooner[at], later[i]))
            at++;
        if (at == sooner_count)
            return true;
    }
    return false;
}

/* Has the function in which the object died not returned? Its own frame may be
 * at another call by now; its caller's stays. */
static bool
is_within(rs_stack live_stack, rs_stack death_stack)
{
    rs_frame live[RS_STACK_FRAMES_MAX], death[RS_STACK_FRAMES_MAX];
    unsigned live_count = rs_stack_get_native(live_stack, live);
    unsigned death_count = rs_stack_get_native(death_stack, death);

    for (unsigned i = 1; i < live_count && death_count > 1; i++)
        if (live[i] == death[1])
            return true;
    return false;
}

/* Where the dealloc is now, if it runs.
 *
 * Missed: a death without native frames: the interpreter's own release, if not
 * birth_stacks=1. Nothing would tell that dealloc from what its thread does
 * next. */
static void
add_live(struct rs_finding *found, const struct rs_life_found *death,
         rs_stack began)
{
    struct rs_running_stack_found live;
    rs_frame frames[RS_STACK_FRAMES_MAX];

    if (death->slot == 0 || death->slot == found->slot ||
        rs_stack_get_native(began, frames) < 2 ||
        !rs_running_stack_ask(death->slot, &live) ||
        rs_frame32_above(rs_frame32_make(live.pointer), death->frame) >= 0 ||
        !is_within(live.stack, began))
        return;
    rs_complete_stack(found, (struct rs_finding_stack){.role = RS_ROLE_LIVE,
                                                       .op = RS_EV_GONE,
                                                       .slot = death->slot,
                                                       .stack = live.stack});
}

void
rs_complete_death(struct rs_finding *found, const struct rs_step *step)
{
    struct rs_life_found death = {.slot = step->destroyer};
    const struct rs_past_act *zero;
    bool is_noted;

    if (rs_word_state(step->before) < RS_STATE_DYING)
        return;
    is_noted = rs_lifetimes_find(found->object.address, step->before,
                                 RS_EV_GONE, &death);
    zero = find_zero(found, &death);
    if (zero != NULL && zero->slot != found->slot &&
        found->kind == RS_BUG_DECREF_AFTER_ZERO)
        found->seen |= RS_SEEN_OTHER_RELEASED;
    if (zero != NULL)
        rs_complete_stack(found,
                          (struct rs_finding_stack){.role = RS_ROLE_ZERO,
                                                    .op = zero->op,
                                                    .slot = zero->slot,
                                                    .stack = zero->stack});
    if (zero == NULL || zero->slot != death.slot ||
        says_more(death.stack, zero->stack))
        rs_complete_stack(found,
                          (struct rs_finding_stack){.role = RS_ROLE_DEATH,
                                                    .op = RS_EV_GONE,
                                                    .slot = death.slot,
                                                    .stack = death.stack});
    if (is_noted && !step->is_dealloc_over)
        add_live(found, &death,
                 zero != NULL && zero->slot == death.slot ? zero->stack
                                                          : death.stack);
}
