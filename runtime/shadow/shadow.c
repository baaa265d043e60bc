/* SPDX-License-Identifier: MIT */
/* shadow.c -- applies an event to what is known of its object.
 *
 * Runs anywhere an event does: no lock, no allocation but a leaf or an entry
 * of tables mapped at start. A word is stored by births and deaths, when the
 * object has one thread; marks are or-ed in by anybody. So the only update
 * that can be lost is a mark that a racing birth or death at the same address
 * wipes, and that race is a bug of the program, found by its next operation.
 */
#include "shadow/shadow.h"
#include "shadow/shadow_private.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/check.h"
#include "shadow/interpreter_number.h"
#include "shadow/plane.h"
#include "shadow/record.h"
#include "thread/thread.h"

#define RS_STATE_KEEP 0xff

typedef bool rs_lifetimes_question(void);

static struct {
    _Atomic bool is_distrusted;
    _Atomic(rs_lifetimes_question *) are_seen;
    enum rs_contract contract; /* written at start */
} shadow;

static const uint8_t next_states[RS_STATE_COUNT][RS_EV_COUNT] = {
#define RS_STATE_NEXT_KEEP     RS_STATE_KEEP
#define RS_STATE_NEXT_LIVE     RS_STATE_LIVE
#define RS_STATE_NEXT_IMMORTAL RS_STATE_IMMORTAL
#define RS_STATE_NEXT_DYING    RS_STATE_DYING
#define RS_STATE_NEXT_DEAD     RS_STATE_DEAD
#define RS_RULE(state, event, next, check)                                    \
    [RS_STATE_##state][RS_EV_##event] = RS_STATE_NEXT_##next,
#include "rules.def"
};

/* A missing cell would say "becomes unknown"; of two the first would be lost.
 */
enum {
#define RS_RULE(state, event, next, check) RULE_##state##_##event,
#include "rules.def"
    RULES,
};
static_assert(RULES == RS_STATE_COUNT * RS_EV_COUNT,
              "rules.def has a rule for every state and event");

void
rs_shadow_start(uint32_t record_entries)
{
    RS_CHECK(rs_plane_start());
    rs_record_start(record_entries);
}

void
rs_shadow_use_contract(enum rs_contract contract)
{
    shadow.contract = contract;
}

enum rs_contract
rs_shadow_contract(void)
{
    return shadow.contract;
}

rs_word
rs_shadow_get(uintptr_t object)
{
    rs_cell *cell = rs_plane_find(object);

    return cell == NULL ? (rs_word){0} : rs_cell_load(cell);
}

void
rs_shadow_distrust_lives(void)
{
    atomic_store_explicit(&shadow.is_distrusted, true, memory_order_relaxed);
}

bool
rs_shadow_trusts_lives(void)
{
    return !atomic_load_explicit(&shadow.is_distrusted, memory_order_relaxed);
}

void
rs_shadow_ask_lives(rs_lifetimes_question *are_seen)
{
    atomic_store_explicit(&shadow.are_seen, are_seen, memory_order_relaxed);
}

bool
rs_shadow_sees_lives(enum rs_state state)
{
    rs_lifetimes_question *are_seen =
        atomic_load_explicit(&shadow.are_seen, memory_order_relaxed);

    return rs_shadow_trusts_lives() &&
           (state == RS_STATE_UNKNOWN || are_seen == NULL || are_seen());
}

enum rs_state
rs_shadow_next_state(enum rs_state state, enum rs_ev op)
{
    uint8_t next = next_states[state][op];

    return next == RS_STATE_KEEP ? state : (enum rs_state)next;
}

rs_word
rs_shadow_born(uintptr_t object, const struct rs_thread *creator)
{
    rs_cell *cell = rs_plane_find_object(object);
    rs_word before;

    if (rs_unlikely(cell == NULL))
        cell = rs_plane_put_slow(object);
    if (rs_unlikely(cell == NULL))
        return (rs_word){0};
    before = rs_cell_load(cell);
    rs_cell_store(cell, rs_word_next(before, creator->live_word));
    if (rs_unlikely(rs_word_has(before, RS_MARK_RECORDED)))
        rs_record_renew(object);
    return before;
}

static enum rs_record_worth
judge_record(uintptr_t object)
{
    rs_word word = rs_shadow_get(object);

    if (!rs_word_has(word, RS_MARK_RECORDED))
        return RS_RECORD_FORGOTTEN;
    return rs_word_state(word) >= RS_STATE_DYING ? RS_RECORD_DEAD
                                                 : RS_RECORD_LIVE;
}

/* Makes sure of a record and of the fields every record has. */
static struct rs_record *
put_record(rs_cell *cell, uintptr_t object, rs_word word)
{
    struct rs_record *record = rs_record_put(object, judge_record);

    if (record == NULL || rs_word_has(word, RS_MARK_RECORDED))
        return record;
    record->creator = (uint8_t)rs_word_creator(word);
    record->epoch = rs_thread_epoch();
    record->interpreter = rs_interpreter_id(word);
    rs_cell_mark(cell, RS_MARK_RECORDED);
    return record;
}

rs_word
rs_shadow_gone(uintptr_t object, const struct rs_thread *destroyer)
{
    rs_cell *cell = rs_plane_find_object(object);
    rs_word before;

    if (rs_unlikely(cell == NULL))
        cell = rs_plane_put_slow(object);
    if (rs_unlikely(cell == NULL))
        return (rs_word){0};
    before = rs_cell_load(cell);
    rs_cell_store(cell, rs_word_with_state(before, RS_STATE_DYING));
    /* The word has room for one thread: its creator. Where another destroys
     * the object, a record says so. */
    if (rs_unlikely(rs_word_creator(before) != destroyer->slot)) {
        struct rs_record *record = put_record(cell, object, before);

        if (record != NULL)
            record->destroyer = destroyer->slot;
    }
    return before;
}

unsigned
rs_shadow_destroyer(rs_word word, const struct rs_record *record)
{
    if (record == NULL && rs_word_has(word, RS_MARK_RECORDED))
        return 0;
    if (record != NULL && record->destroyer != 0)
        return record->destroyer;
    return rs_word_creator(word);
}

const struct rs_record *
rs_shadow_record(uintptr_t object, rs_word word)
{
    return rs_word_has(word, RS_MARK_RECORDED) ? rs_record_find(object) : NULL;
}

rs_word
rs_shadow_freed(uintptr_t object)
{
    rs_cell *cell = rs_plane_find(object);
    rs_word word;

    if (cell == NULL)
        return (rs_word){0};
    word = rs_cell_load(cell);
    if (rs_word_state(word) == RS_STATE_DYING ||
        rs_word_state(word) == RS_STATE_LIVE)
        rs_cell_store(cell, rs_word_with_state(word, RS_STATE_DEAD));
    return word;
}

/* Only the thread that runs the dealloc knows that it is over. Before 3.14 an
 * outer dealloc may keep the object in the trashcan although this call came
 * back (the deposit is inside tp_dealloc there), so there
 * it stays DYING. */
void
rs_shadow_returned(uintptr_t object, const struct rs_thread *self)
{
    rs_cell *cell = rs_plane_find(object);
    rs_word word;

    if (cell == NULL)
        return;
    word = rs_cell_load(cell);
    if (rs_word_state(word) != RS_STATE_DYING ||
        !rs_host_has_outer_trashcan() ||
        rs_shadow_destroyer(word, rs_shadow_record(object, word)) !=
            self->slot)
        return;
    rs_cell_store(cell, rs_word_with_state(word, RS_STATE_DEAD));
}

/* The fields that this event is the first to fill. */
static void
fill_record(struct rs_record *record, const struct rs_event *ev,
            const struct rs_step *step)
{
    if (step->is_foreign && record->foreign == 0) {
        record->foreign = ev->self->slot;
        record->foreign_op = (uint8_t)ev->op;
        record->foreign_stack = ev->stack;
    }
    if (ev->op == RS_EV_IMMORTALIZED || ev->op == RS_EV_IMMORTALIZE_FORCED)
        record->immortal_stack = ev->stack;
    if (ev->op == RS_EV_TRY_ENABLE)
        record->enable_stack = ev->stack;
    if (step->is_drifting)
        record->is_drift_known = true;
    if (record->type[0] == '\0' && ev->has_before)
        rs_host_type_name(&ev->before, record->type, sizeof(record->type));
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
    struct rs_record *record;

    if (cell == NULL || !rs_shadow_trusts_lives())
        return;
    if (next != state)
        rs_cell_store(cell, rs_word_with_state(rs_cell_load(cell), next));
    if (marks == 0 && next == state && !is_news)
        return;
    if ((step->before.bits & marks) == marks && step->record != NULL &&
        !is_news)
        return;
    record = put_record(cell, ev->object, step->before);
    if (record != NULL)
        fill_record(record, ev, step);
    if (marks != 0)
        atomic_fetch_or_explicit(cell, marks, memory_order_relaxed);
}
