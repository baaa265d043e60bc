/* SPDX-License-Identifier: MIT */
/* finding_death.c -- how a dying or dead object came to its end. The ground is
 * finding.c's. */
#include "finding_parts.h"

#include "lives.h"

static bool
is_release(const struct rs_finding_act *act)
{
    return (rs_event_words(act->op)->traits & RS_TRAIT_DROPS) != 0;
}

/* The place of the act itself in the history; history_count when it is not
 * there. */
static unsigned
find_own(const struct rs_finding *found)
{
    for (unsigned i = found->history_count; i-- > 0;) {
        const struct rs_finding_act *act = &found->history[i];

        if (act->op == found->op && act->slot == found->slot &&
            act->stack.id == found->stacks[0].stack.id)
            return i;
    }
    return found->history_count;
}

/* The release that took the count to zero: the last one of the thread that
 * destroys the object, or of any before the death. */
static const struct rs_finding_act *
find_zero(const struct rs_finding *found, const struct rs_life_found *death)
{
    unsigned own = find_own(found);

    for (unsigned i = found->history_count; i-- > 0;) {
        const struct rs_finding_act *act = &found->history[i];

        if (i != own && is_release(act) && act->count_after <= 0 &&
            (act->slot == death->slot || act->ticks <= death->ticks))
            return act;
    }
    return NULL;
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

        while (at < sooner_count && sooner[at] != later[i])
            at++;
        if (at == sooner_count)
            return true;
    }
    return false;
}

void
rs_finding_add_death(struct rs_finding *found, const struct rs_step *step)
{
    struct rs_life_found death = {.slot = step->destroyer};
    const struct rs_finding_act *zero;

    if (rs_word_state(step->before) < RS_STATE_DYING)
        return;
    (void)rs_lives_find(found->object.address, RS_EV_GONE, &death);
    zero = find_zero(found, &death);
    if (zero != NULL)
        rs_finding_add_stack(
            found, (struct rs_finding_stack){RS_ROLE_ZERO, zero->op,
                                             zero->slot, zero->stack});
    if (zero == NULL || zero->slot != death.slot ||
        says_more(death.stack, zero->stack))
        rs_finding_add_stack(
            found, (struct rs_finding_stack){RS_ROLE_DEATH, RS_EV_GONE,
                                             death.slot, death.stack});
}
