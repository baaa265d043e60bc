/* SPDX-License-Identifier: MIT */
/* shadow.c -- applies an event to what is known of its object.
 *
 * Runs anywhere an event does: no lock, no allocation but a leaf or an entry
 * of tables mapped at start. A word is stored by births and deaths, when the
 * object has one thread; marks are or-ed in, and the state changed by a
 * compare-and-swap, by anybody. So the only update that can be lost is a mark
 * that a racing birth, or death the short way, at the same address wipes; that
 * race is a bug of the program, found by its next operation.
 */
#include "shadow/shadow.h"
#include "shadow/shadow_private.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include "base/core_note.h"
#include "base/check.h"
#include "shadow/interpreter_number.h"
#include "shadow/plane.h"
#include "shadow/record.h"
#include "thread/thread.h"

#define RS_STATE_KEEP 0xff

typedef bool rs_lifetimes_question(void);

static struct {
    _Atomic bool is_distrusted;
    _Atomic bool has_missed_births;
    _Atomic(rs_lifetimes_question *) are_seen;
    enum rs_contract contract; /* written at start */
} shadow;

RS_CORE_ROWS(shadow_state) = {
    RS_CORE_VARIABLE("lives_distrusted", shadow.is_distrusted),
};

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
#include "os/atomics.h"
    RULES,
};
static_assert(RULES == RS_STATE_COUNT * RS_EV_COUNT,
              "rules.def has a rule for every state and event");

bool
rs_shadow_start(uint32_t record_entries)
{
    return rs_plane_start() && rs_record_start(record_entries);
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
    rs_store(&shadow.is_distrusted, true);
}

bool
rs_shadow_trusts_lives(void)
{
    return !rs_load(&shadow.is_distrusted);
}

void
rs_shadow_missed_births(void)
{
    rs_store(&shadow.has_missed_births, true);
}

bool
rs_shadow_has_missed_births(void)
{
    return rs_load(&shadow.has_missed_births);
}

void
rs_shadow_ask_lives(rs_lifetimes_question *are_seen)
{
    rs_store(&shadow.are_seen, are_seen);
}

bool
rs_shadow_sees_lives(enum rs_state state)
{
    rs_lifetimes_question *are_seen = rs_load(&shadow.are_seen);

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
    rs_cell *cell = rs_plane_put_object(object);
    rs_word before;

    if (rs_unlikely(cell == NULL))
        return (rs_word){0};
    before = rs_cell_load(cell);
    rs_cell_store(cell, rs_word_next(before, creator->live_word));
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

struct rs_record_place
rs_shadow_put_record(rs_cell *cell, uintptr_t object, rs_word word)
{
    const struct rs_record_place none = {NULL, 0};
    struct rs_record_place place;
    int64_t interpreter;

    /* First: an entry whose object is not marked is anybody's. */
    if (!rs_cell_change(cell, word, 0, RS_MARK_RECORDED))
        return none;
    place = rs_record_put(object, rs_word_generation(word), judge_record);
    if (place.entry == NULL)
        return none;
    interpreter = rs_interpreter_id(word);
    if (interpreter >= 0)
        rs_record_say_first(place, RS_RECORD_INTERPRETER,
                            (uint64_t)interpreter);
    return place;
}

rs_word
rs_shadow_gone(uintptr_t object, const struct rs_thread *destroyer)
{
    rs_cell *cell = rs_plane_put_object(object);
    rs_word before;

    if (rs_unlikely(cell == NULL))
        return (rs_word){0};
    before = rs_cell_load(cell);
    (void)rs_cell_change_state(cell, before, RS_STATE_DYING);
    /* The word has room for one thread: its creator. Where another destroys
     * the object, a record says so. */
    if (rs_unlikely(rs_word_creator(before) != destroyer->slot)) {
        struct rs_record_place place =
            rs_shadow_put_record(cell, object, before);

        if (place.entry != NULL)
            rs_record_say(place, RS_RECORD_DESTROYER, destroyer->slot);
    }
    return before;
}

unsigned
rs_shadow_destroyer(rs_word word, const struct rs_record *record)
{
    if (record->object == 0 && rs_word_has(word, RS_MARK_RECORDED))
        return 0;
    if (record->object != 0 && record->destroyer != 0)
        return record->destroyer;
    return rs_word_creator(word);
}

void
rs_shadow_record(uintptr_t object, rs_word word, struct rs_record *record)
{
    if (!rs_word_has(word, RS_MARK_RECORDED)) {
        record->object = 0;
        return;
    }
    (void)rs_record_read(object, rs_word_generation(word), record);
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
enum rs_state
rs_shadow_returned(uintptr_t object, const struct rs_thread *self)
{
    rs_cell *cell = rs_plane_find(object);
    struct rs_record record;
    rs_word word;

    if (cell == NULL)
        return RS_STATE_UNKNOWN;
    word = rs_cell_load(cell);
    if (rs_word_state(word) != RS_STATE_DYING || !rs_host_has_outer_trashcan())
        return rs_word_state(word);
    rs_shadow_record(object, word, &record);
    if (rs_shadow_destroyer(word, &record) == self->slot)
        rs_cell_store(cell, rs_word_with_state(word, RS_STATE_DEAD));
    return RS_STATE_DYING;
}
