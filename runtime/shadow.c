/* SPDX-License-Identifier: MIT */
/* shadow.c -- applies an event to what is known of its object.
 *
 * Runs anywhere an event does: no lock, no allocation but a leaf or an entry
 * of tables mapped at start. A word is stored by births and deaths, when the
 * object has one thread; marks are or-ed in by anybody. So the only update
 * that can be lost is a mark that a racing birth or death at the same address
 * wipes, and that race is a bug of the program, found by its next operation.
 */
#include "shadow.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "check.h"
#include "glance.h"
#include "lives.h"
#include "plane.h"
#include "record.h"
#include "sys.h"
#include "thread.h"

#define RS_STATE_KEEP 0xff

typedef bool rs_lives_question(void);

static struct {
    _Atomic bool is_distrusted;
    _Atomic(rs_lives_question *) are_seen;
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

/* A missing cell would say "becomes unknown". */
enum {
    RULES = 0
#define RS_RULE(state, event, next, check) +1
#include "rules.def"
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
rs_shadow_ask_lives(rs_lives_question *are_seen)
{
    atomic_store_explicit(&shadow.are_seen, are_seen, memory_order_relaxed);
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
    record->interpreter = rs_host_interpreter();
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

/* 0 when the record that knew it had to make room. */
static unsigned
destroyer_of(rs_word word, const struct rs_record *record)
{
    if (record == NULL && rs_word_has(word, RS_MARK_RECORDED))
        return 0;
    if (record != NULL && record->destroyer != 0)
        return record->destroyer;
    return rs_word_creator(word);
}

static const struct rs_record *
record_of(uintptr_t object, rs_word word)
{
    return rs_word_has(word, RS_MARK_RECORDED) ? rs_record_find(object) : NULL;
}

void
rs_shadow_freed(uintptr_t object)
{
    rs_cell *cell = rs_plane_find(object);
    rs_word word;

    if (cell == NULL)
        return;
    word = rs_cell_load(cell);
    if (rs_word_state(word) == RS_STATE_DYING ||
        rs_word_state(word) == RS_STATE_LIVE)
        rs_cell_store(cell, rs_word_with_state(word, RS_STATE_DEAD));
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
        rs_host->version < 0x030e0000 ||
        destroyer_of(word, record_of(object, word)) != self->slot)
        return;
    rs_cell_store(cell, rs_word_with_state(word, RS_STATE_DEAD));
}

/* Memory of a dead object, or of any object once there is no runtime, may be
 * gone. Asking the kernel is slow and rare. */
static void
read_header(struct rs_event *ev, enum rs_state state)
{
    bool is_doubtful = state == RS_STATE_DYING || state == RS_STATE_DEAD ||
                       ev->tstate == NULL;

    if (ev->has_before)
        return;
    if (is_doubtful && !rs_sys_can_read(ev->object, 32))
        return;
    ev->before = rs_host_header(ev->object);
    ev->has_before = true;
}

static bool
is_old_runtime(unsigned creator)
{
    const struct rs_thread *thread = rs_thread_get(creator);

    return rs_unlikely(rs_thread_epoch() != 0) && thread != NULL &&
           atomic_load_explicit(&thread->epoch, memory_order_relaxed) !=
               rs_thread_epoch();
}

static bool
are_lives_seen(enum rs_state state)
{
    rs_lives_question *are_seen =
        atomic_load_explicit(&shadow.are_seen, memory_order_relaxed);

    return rs_shadow_trusts_lives() &&
           (state == RS_STATE_UNKNOWN || are_seen == NULL || are_seen());
}

/* What the rules may judge by. What died in an older runtime may have been made
 * anew while this one began, before it had a tracer. */
static rs_word
judge(const struct rs_event *ev, rs_word word)
{
    enum rs_state state = rs_word_state(word);
    bool is_gone = state == RS_STATE_DYING || state == RS_STATE_DEAD;

    if (!are_lives_seen(state) ||
        (is_gone && is_old_runtime(rs_word_creator(word))))
        return (rs_word){0};
    if (is_gone && ev->has_before && rs_header_looks_alive(&ev->before))
        return rs_word_with_state(word, RS_STATE_LIVE);
    return word;
}

static bool
is_owned_elsewhere(const struct rs_event *ev, unsigned creator)
{
    const struct rs_thread *thread = rs_thread_get(creator);

    if (ev->has_before && ev->before.layout == RS_LAYOUT_FREE_THREADED)
        return ev->before.owner != 0 && ev->before.owner != ev->self->pointer;
    /* A default build has no owners. Its contract speaks of the thread that
     * made the object; one that has ended can see it no more. */
    return thread != NULL && thread != ev->self &&
           !atomic_load_explicit(&thread->has_ended, memory_order_relaxed);
}

static bool
owner_has_ended(const struct rs_event *ev)
{
    const struct rs_thread *owner =
        rs_thread_get(rs_thread_find_owner((uintptr_t)ev->before.owner));

    return owner == NULL ||
           atomic_load_explicit(&owner->has_ended, memory_order_relaxed);
}

/* Immortal objects, and decisions on a count of 1: rare enough to ask the host
 * about them. */
static void
describe_rare(const struct rs_event *ev, struct rs_step *step)
{
    enum rs_state state = rs_word_state(step->before);
    bool is_immortal = ev->has_before && rs_header_is_immortal(&ev->before);
    bool is_counted = ev->op == RS_EV_REFCNT_READ && ev->has_before &&
                      rs_header_count(&ev->before) == 1;
    bool is_rare = is_immortal || is_counted || state == RS_STATE_IMMORTAL;

    step->contract = shadow.contract;
    step->is_finalizing = is_rare && rs_host_is_finalizing();
    step->is_marked = is_immortal && state == RS_STATE_LIVE &&
                      rs_host_leaves_mortal(&ev->before);
    step->is_drifting =
        (is_immortal && state <= RS_STATE_IMMORTAL &&
         !rs_header_is_settled(&ev->before)) ||
        (ev->has_before && rs_header_is_full(&ev->before) &&
         (rs_event_words(ev->op)->traits & RS_TRAIT_TAKES) != 0);
    step->is_type = is_immortal && step->is_drifting && rs_host_is_type(&ev->before);
    step->is_drift_known =
        step->record != NULL && step->record->is_drift_known;
    step->is_owner_gone = is_counted &&
                          ev->before.layout == RS_LAYOUT_FREE_THREADED &&
                          owner_has_ended(ev);
    step->is_lent_by_stack =
        is_counted && rs_host_stack_lends(ev->tstate, ev->object);
}

static void
describe(const struct rs_event *ev, struct rs_step *step)
{
    const struct rs_record *record = step->record;
    enum rs_state state = rs_word_state(step->before);

    step->creator = rs_word_creator(step->before);
    step->is_foreign = step->creator != 0 && step->creator != ev->self->slot;
    step->is_owned_elsewhere = is_owned_elsewhere(ev, step->creator);
    step->was_shared =
        rs_word_has(step->before, RS_MARK_SHARED) &&
        (!step->is_foreign || (record != NULL && record->foreign != 0 &&
                               record->foreign != ev->self->slot));
    step->is_old_runtime = is_old_runtime(step->creator);
    step->is_str = step->is_gc = false;
    if (ev->has_before && rs_event_words(ev->op)->traits & RS_TRAIT_ASKS) {
        step->is_str = rs_host_is_str(&ev->before);
        step->is_gc = rs_host_is_gc(&ev->before);
    }
    describe_rare(ev, step);
    step->destroyer = 0;
    step->is_dealloc_over = false;
    if (state == RS_STATE_DYING || state == RS_STATE_DEAD) {
        step->destroyer = destroyer_of(step->before, record);
        step->is_dealloc_over = state == RS_STATE_DEAD ||
                                rs_lives_dealloc_is_over(ev, step->destroyer);
    }
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
 * count that is set, after the dealloc, takes it from a free list. */
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
    if (ev->op == RS_EV_SET_REFCNT && step->is_dealloc_over &&
        ev->argument > 0)
        return RS_STATE_LIVE;
    return rs_shadow_next_state(state, ev->op);
}

void
rs_shadow_note(const struct rs_event *ev, const struct rs_step *step)
{
    rs_cell *cell = rs_plane_find(ev->object);
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

enum rs_look
rs_shadow_look(struct rs_event *ev, struct rs_step *step)
{
    rs_cell *cell = rs_plane_put(ev->object);
    rs_word word;

    if (rs_unlikely(cell == NULL))
        return RS_LOOK_AWAY;
    word = rs_cell_load(cell);
    read_header(ev, rs_word_state(word));
    if (rs_word_state(word) <= RS_STATE_IMMORTAL &&
        rs_glance_is_idle(ev, word))
        return RS_LOOK_AWAY;
    step->before = judge(ev, word);
    step->record = record_of(ev->object, step->before);
    step->loan.kind = RS_LOAN_NONE; /* event.c asks who knows more */
    step->unregister.is_known = false;
    step->keeps_type = false;
    describe(ev, step);
    return RS_LOOK_CLOSER;
}
