/* SPDX-License-Identifier: MIT */
/* leftover_refs.c -- see leftover_refs.h. On the thread that frees, inside its guard. */
#include "track/leftover_refs.h"

#include <stddef.h>

#include "shadow/history.h"
#include "shadow/lifetimes.h"
#include "base/exempt.h"

/* Taken since the death, and not given back, oldest first. */
struct taken {
    const struct rs_past_act *acts[RS_HISTORY_MAX];
    unsigned count;
};

static bool
has_trait(const struct rs_past_act *act, enum rs_trait trait)
{
    return (rs_event_words(act->op)->traits & trait) != 0;
}

/* TryIncRef leaves no outcome. Of an enabled object it takes a reference where
 * there is one. */
static int32_t
change_of(const struct rs_past_act *act)
{
    if (act->is_skipped)
        return 0;
    if (act->op == RS_EV_TRYINCREF)
        return act->count_before > 0;
    if (has_trait(act, RS_TRAIT_TAKES))
        return 1;
    return has_trait(act, RS_TRAIT_DROPS) ? -1 : 0;
}

static bool
can_tell(const struct rs_past_act *act, rs_word word)
{
    return act->op != RS_EV_SET_REFCNT &&
           (act->op != RS_EV_TRYINCREF ||
            rs_word_has(word, RS_MARK_TRY_ENABLED));
}

/* False when the count now is not what these operations made of zero. */
static bool
add_up(const struct rs_past_act *acts, unsigned count, rs_word word,
       int64_t now, struct taken *taken)
{
    int64_t expected = 0;

    taken->count = 0;
    for (unsigned i = 0; i < count; i++) {
        int32_t change = change_of(&acts[i]);

        if (RS_EXEMPT(freed_outcome_unknown, !can_tell(&acts[i], word)) ||
            RS_EXEMPT(freed_count_changed_unseen,
                      acts[i].count_before != expected))
            return false;
        expected += change;
        if (change > 0)
            taken->acts[taken->count++] = &acts[i];
        else if (change < 0 && taken->count > 0)
            taken->count--;
    }
    return !RS_EXEMPT(freed_count_unexplained, expected != now);
}

/* Do the callers in `inner`, behind its innermost frame, stand in `outer`, too,
 * as far as both go? Then what is innermost in one is on the way to the other.
 */
static bool
is_on_the_way(rs_stack inner_stack, rs_stack outer_stack)
{
    rs_frame inner[RS_STACK_FRAMES_MAX], outer[RS_STACK_FRAMES_MAX];
    unsigned inner_count = rs_stack_get_native(inner_stack, inner);
    unsigned outer_count = rs_stack_get_native(outer_stack, outer);

    for (unsigned i = 1; i < outer_count; i++) {
        unsigned same = 0;

        while (1 + same < inner_count && i + same < outer_count &&
               inner[1 + same] == outer[i + same])
            same++;
        if (1 + same == inner_count || i + same == outer_count)
            return true;
    }
    return inner_count < 2 || outer_count < 2;
}

struct rs_leftover_refs_facts
rs_leftover_refs_ask(const struct rs_event *ev, rs_word word)
{
    struct rs_leftover_refs_facts facts = {.is_known = false};
    struct rs_past_act acts[RS_HISTORY_MAX];
    struct rs_life_found death;
    struct taken taken;
    unsigned count;

    if (!rs_lifetimes_find(ev->object, word, RS_EV_GONE, &death) ||
        RS_EXEMPT(freed_by_other_thread, death.slot != ev->self->slot) ||
        RS_EXEMPT(freed_after_dealloc,
                  rs_lifetimes_dealloc_is_over(ev, word, death.slot, false)))
        return facts;
    count = rs_history_collect(ev->object, word, death.ticks + 1, acts,
                               RS_HISTORY_MAX);
    if (count == RS_HISTORY_MAX ||
        !add_up(acts, count, word, rs_header_count(&ev->before), &taken))
        return facts;
    for (unsigned i = 0; i < taken.count && !facts.is_known; i++) {
        const struct rs_past_act *act = taken.acts[i];

        if (RS_EXEMPT(freed_by_dealloc_itself,
                      act->slot == ev->self->slot &&
                          is_on_the_way(act->stack, ev->stack)))
            continue;
        facts = (struct rs_leftover_refs_facts){.is_known = true,
                                                .op = act->op,
                                                .slot = act->slot,
                                                .stack = act->stack};
    }
    return facts;
}
