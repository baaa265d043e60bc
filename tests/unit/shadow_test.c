/* SPDX-License-Identifier: MIT */
/* shadow_test.c -- what the shadow remembers of an address, life after life. */
#include "../../runtime/shadow/shadow.h"

#include <string.h>

#include "../../runtime/shadow/plane.h"
#include "../../runtime/shadow/record.h"
#include "../../runtime/thread/thread.h"
#include "unit.h"

#define OTHER 4094u /* the slot of another thread, of many bits */

/* A default build's object: count, type. */
struct object {
    _Alignas(16) uint64_t count;
    uint64_t type;
};

static struct rs_host host = {.kind = RS_HOST_EMBEDDED,
                              .version = 0x030f02f0,
                              .layout = RS_LAYOUT_SPLIT};
static struct rs_thread me = {.slot = 1,
                              .live_word =
                                  RS_STATE_LIVE | 1 << RS_WORD_CREATOR_SHIFT,
                              .pointer = 0x1000};
static struct rs_thread other = {.slot = OTHER,
                                 .live_word = RS_STATE_LIVE |
                                              OTHER << RS_WORD_CREATOR_SHIFT,
                                 .pointer = 0x2000};

static struct rs_step
look(enum rs_ev op, struct object *object, struct rs_thread *thread,
     enum rs_look expected)
{
    struct rs_step step = {.before = {0}};
    struct rs_event ev = {.op = op,
                          .object = (uintptr_t)object,
                          .self = thread,
                          .tstate = thread};

    UNIT_EQ(rs_shadow_look(&ev, &step), expected);
    if (expected == RS_LOOK_CLOSER)
        rs_shadow_note(&ev, &step);
    return step;
}

static enum rs_state
state_of(const struct object *object)
{
    return rs_word_state(rs_shadow_get((uintptr_t)object));
}

static void
test_unknown(void)
{
    struct object object = {.count = 1};

    UNIT_EQ(state_of(&object), RS_STATE_UNKNOWN);
    UNIT_EQ(rs_shadow_get(0).bits, 0);
    UNIT_EQ(rs_shadow_get(UINTPTR_MAX).bits, 0);
    look(RS_EV_INCREF, &object, &me, RS_LOOK_CLOSER);
    UNIT_EQ(state_of(&object), RS_STATE_UNKNOWN);
}

static void
test_life(void)
{
    struct object object = {.count = 1};
    rs_word first, second;

    rs_shadow_born((uintptr_t)&object, &me);
    first = rs_shadow_get((uintptr_t)&object);
    UNIT_EQ(rs_word_state(first), RS_STATE_LIVE);
    UNIT_EQ(rs_word_creator(first), 1);
    object.count = 0;
    rs_shadow_gone((uintptr_t)&object, &me);
    UNIT_EQ(state_of(&object), RS_STATE_DYING);
    rs_shadow_returned((uintptr_t)&object, &other);
    UNIT_EQ(state_of(&object), RS_STATE_DYING);
    rs_shadow_returned((uintptr_t)&object, &me);
    UNIT_EQ(state_of(&object), RS_STATE_DEAD);
    rs_shadow_born((uintptr_t)&object, &other);
    second = rs_shadow_get((uintptr_t)&object);
    UNIT_EQ(rs_word_state(second), RS_STATE_LIVE);
    UNIT_EQ(rs_word_creator(second), OTHER);
    UNIT_EQ(rs_word_generation(second), rs_word_generation(first) + 1);
}

static void
test_second_thread(void)
{
    struct object object = {.count = 2};
    struct rs_step step;

    rs_shadow_born((uintptr_t)&object, &me);
    step = look(RS_EV_INCREF, &object, &other, RS_LOOK_CLOSER);
    UNIT_CHECK(step.is_foreign);
    UNIT_CHECK(!step.was_shared);
    step = look(RS_EV_INCREF, &object, &me, RS_LOOK_CLOSER);
    UNIT_CHECK(!step.is_foreign);
    UNIT_CHECK(step.was_shared);
    UNIT_CHECK(step.record.object != 0);
    UNIT_EQ(step.record.foreign, OTHER);
    UNIT_EQ(step.record.foreign_op, RS_EV_INCREF);
    /* The thread itself is no witness against itself. */
    step = look(RS_EV_INCREF, &object, &other, RS_LOOK_CLOSER);
    UNIT_CHECK(!step.was_shared);
    /* A new object at the address knows nothing of it. */
    rs_shadow_born((uintptr_t)&object, &me);
    step = look(RS_EV_INCREF, &object, &me, RS_LOOK_CLOSER);
    UNIT_CHECK(!step.was_shared);
    UNIT_CHECK(step.record.object == 0);
}

static void
test_destroyed_by_another(void)
{
    struct object object = {.count = 0};
    struct rs_step step;

    rs_shadow_born((uintptr_t)&object, &me);
    rs_shadow_gone((uintptr_t)&object, &other);
    step = look(RS_EV_DECREF, &object, &me, RS_LOOK_CLOSER);
    UNIT_EQ(step.destroyer, OTHER);
    UNIT_EQ(step.creator, 1);
}

/* A count that is set makes an object of one that died, and was never freed; not
 * of one that was never seen to be born. */
static void
test_count_set(void)
{
    struct object object = {.count = 0};
    struct rs_step step = {.before = {0}};

    for (int i = 0; i < 2; i++) {
        struct rs_event ev = {.op = RS_EV_SET_REFCNT,
                              .object = (uintptr_t)&object,
                              .argument = 1,
                              .self = &me,
                              .tstate = &me};

        UNIT_EQ(rs_shadow_look(&ev, &step), RS_LOOK_CLOSER);
        step.is_dealloc_over = true;
        rs_shadow_note(&ev, &step);
        UNIT_EQ(state_of(&object), i == 0 ? RS_STATE_UNKNOWN : RS_STATE_LIVE);
        rs_shadow_born((uintptr_t)&object, &me);
        rs_shadow_gone((uintptr_t)&object, &me);
    }
}

/* Its header looks alive: it was resurrected. */
static void
test_resurrected(void)
{
    struct object object = {.count = 0};
    struct rs_step step;

    rs_shadow_born((uintptr_t)&object, &me);
    rs_shadow_gone((uintptr_t)&object, &me);
    rs_shadow_returned((uintptr_t)&object, &me);
    object.count = 1;
    step = look(RS_EV_INCREF, &object, &other, RS_LOOK_CLOSER);
    UNIT_EQ(rs_word_state(step.before), RS_STATE_LIVE);
}

/* What an allocator writes over a dead object is no count. */
static void
test_freed_memory(void)
{
    struct object object = {.count = 0};
    struct rs_step step;

    rs_shadow_born((uintptr_t)&object, &me);
    rs_shadow_freed((uintptr_t)&object);
    object.count = (uintptr_t)&object;
    step = look(RS_EV_DECREF, &object, &me, RS_LOOK_CLOSER);
    UNIT_EQ(rs_word_state(step.before), RS_STATE_DEAD);
    UNIT_CHECK(step.is_dealloc_over);
}

static void
test_immortal_is_left_alone(void)
{
    struct object object = {.count = UINT64_C(0x00010000c0000000)};
    rs_word word;

    rs_shadow_born((uintptr_t)&object, &me);
    word = rs_shadow_get((uintptr_t)&object);
    look(RS_EV_INCREF, &object, &other, RS_LOOK_AWAY);
    look(RS_EV_DECREF, &object, &other, RS_LOOK_AWAY);
    UNIT_EQ(rs_shadow_get((uintptr_t)&object).bits, word.bits);
    look(RS_EV_DEALLOC, &object, &me, RS_LOOK_CLOSER);
}

static void
test_marks(void)
{
    struct object object = {.count = 1};

    rs_shadow_born((uintptr_t)&object, &me);
    look(RS_EV_TRY_ENABLE, &object, &me, RS_LOOK_CLOSER);
    UNIT_CHECK(
        rs_word_has(rs_shadow_get((uintptr_t)&object), RS_MARK_TRY_ENABLED));
    look(RS_EV_IMMORTALIZED, &object, &me, RS_LOOK_CLOSER);
    UNIT_EQ(state_of(&object), RS_STATE_IMMORTAL);
}

/* An immortal header that changed is said once of an object, and once of the
 * next one. */
static void
test_drift_is_said_of_each(void)
{
    struct object object;
    struct rs_step step;

    for (int i = 0; i < 2; i++) {
        object.count = 1;
        rs_shadow_born((uintptr_t)&object, &me);
        look(RS_EV_IMMORTALIZED, &object, &me, RS_LOOK_CLOSER);
        object.count = UINT64_C(0x00010000c0000005);
        step = look(RS_EV_INCREF, &object, &me, RS_LOOK_CLOSER);
        UNIT_CHECK(step.is_drifting);
        UNIT_CHECK(!step.is_drift_known);
        step = look(RS_EV_INCREF, &object, &me, RS_LOOK_CLOSER);
        UNIT_CHECK(step.is_drift_known);
    }
}

static enum rs_record_worth
judge_dead(uintptr_t object)
{
    (void)object;
    return RS_RECORD_DEAD;
}

/* A copy of what was said of an object stays as it is, and what is said late of
 * the one before is not said of the next. */
static void
test_takeover(void)
{
    static const char late[RS_TYPE_NAME_BYTES] = "late";
    const uintptr_t object = 0x10000;
    struct rs_record_place old = rs_record_put(object, 1, judge_dead);
    struct rs_record record, copy;

    rs_record_say_first(old, RS_RECORD_FOREIGN,
                        rs_record_foreign(7, RS_EV_DECREF, (rs_stack){70}));
    rs_record_say_first(old, RS_RECORD_FOREIGN,
                        rs_record_foreign(8, RS_EV_INCREF, (rs_stack){80}));
    UNIT_CHECK(rs_record_read(object, 1, &copy));
    UNIT_EQ(copy.foreign, 7);
    UNIT_EQ(copy.foreign_op, RS_EV_DECREF);
    UNIT_EQ(copy.foreign_stack.id, 70);
    UNIT_EQ(copy.generation, 1);
    UNIT_CHECK(!rs_record_read(object, 3, &record));
    UNIT_CHECK(rs_record_put(object, 3, judge_dead).entry != NULL);
    rs_record_say_first(old, RS_RECORD_FOREIGN,
                        rs_record_foreign(7, RS_EV_DECREF, (rs_stack){70}));
    rs_record_say(old, RS_RECORD_DESTROYER, 7);
    rs_record_say_type(old, late);
    UNIT_CHECK(rs_record_read(object, 3, &record));
    UNIT_EQ(record.generation, 3);
    UNIT_EQ(record.foreign, 0);
    UNIT_EQ(record.destroyer, 0);
    UNIT_STR_EQ(record.type, "");
    UNIT_EQ(copy.foreign, 7);
}

/* Where an object was made immortal is kept, also when more is known of it. */
static void
test_immortal_stack(void)
{
    struct object object = {.count = 1};
    struct rs_step step;
    struct rs_event ev = {.op = RS_EV_IMMORTALIZED,
                          .object = (uintptr_t)&object,
                          .self = &me,
                          .tstate = &me,
                          .stack = {77}};

    rs_shadow_born((uintptr_t)&object, &me);
    look(RS_EV_INCREF, &object, &other, RS_LOOK_CLOSER);
    UNIT_EQ(rs_shadow_look(&ev, &step), RS_LOOK_CLOSER);
    UNIT_EQ(step.record.foreign, OTHER);
    rs_shadow_note(&ev, &step);
    step = look(RS_EV_INCREF, &object, &me, RS_LOOK_CLOSER);
    UNIT_EQ(step.record.immortal_stack.id, 77);
}

static void
test_records_are_reused(void)
{
    static struct object objects[4096];
    struct rs_record record;
    unsigned kept = 0;

    for (size_t i = 0; i < 4096; i++) {
        objects[i].count = 1;
        rs_shadow_born((uintptr_t)&objects[i], &me);
        look(RS_EV_TRY_ENABLE, &objects[i], &me, RS_LOOK_CLOSER);
        kept += rs_record_read(
            (uintptr_t)&objects[i],
            rs_word_generation(rs_shadow_get((uintptr_t)&objects[i])),
            &record);
        rs_shadow_born((uintptr_t)&objects[i], &me);
    }
    UNIT_EQ(kept, 4096); /* of 1024 entries: the forgotten ones go on */
}

static bool
notice_loss(void)
{
    rs_shadow_distrust_lives();
    return false;
}

/* Once births go unseen, nothing that was remembered may be held against an
 * object, even if that is noticed only when it is asked for. Last, because it
 * is for good. */
static void
test_distrust(void)
{
    struct object object = {.count = 0};
    struct rs_step step;

    rs_shadow_born((uintptr_t)&object, &me);
    rs_shadow_gone((uintptr_t)&object, &me);
    rs_shadow_ask_lives(rs_shadow_trusts_lives);
    step = look(RS_EV_DECREF, &object, &other, RS_LOOK_CLOSER);
    UNIT_EQ(rs_word_state(step.before), RS_STATE_DYING);
    rs_shadow_ask_lives(notice_loss);
    step = look(RS_EV_DECREF, &object, &other, RS_LOOK_CLOSER);
    UNIT_EQ(rs_word_state(step.before), RS_STATE_UNKNOWN);
    UNIT_CHECK(!step.is_foreign);
}

int
main(void)
{
    rs_host_set(&host);
    rs_shadow_start(1024);
    test_unknown();
    test_life();
    test_second_thread();
    test_destroyed_by_another();
    test_count_set();
    test_resurrected();
    test_freed_memory();
    test_immortal_is_left_alone();
    test_marks();
    test_drift_is_said_of_each();
    test_takeover();
    test_immortal_stack();
    test_records_are_reused();
    test_distrust();
    return unit_result();
}
