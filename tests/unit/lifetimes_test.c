/* SPDX-License-Identifier: MIT */
/* lifetimes_test.c -- what the rings say of births, deaths and the deallocs
 * between them. */
#include "../../runtime/shadow/lifetimes.h"

#include "unit.h"

#define OBJECT 0x7f0000001230u

static struct rs_host host = {.kind = RS_HOST_EMBEDDED,
                              .version = 0x030f02f0,
                              .layout = RS_LAYOUT_SPLIT};
static struct rs_thread *me;

/* The word of the object that is the address's number `generation`. */
static rs_word
word_of(unsigned generation)
{
    rs_word word = {0};

    while (generation-- > 0)
        word = rs_word_next(word, me->live_word);
    return word;
}

static void
push(enum rs_ev op, uintptr_t object, unsigned generation, uintptr_t frame)
{
    rs_ring_add(&me->lives,
                rs_ring_life(++me->now, rs_target_make(object, op, generation),
                             RS_LIFE_STACK, 0, frame));
}

/* Any size that the option allows; entries of all numbers that fit are there,
 * and are what was written. */
static void
test_ring_of_any_size(void)
{
    struct rs_ring_entry entry;
    uint64_t first = me->acts.written;
    uint64_t wrong = 0, missing = 0;

    UNIT_EQ(me->acts.size, 8192); /* of 5000 */
    UNIT_EQ(me->lives.size, 512); /* of 257 */
    for (uint64_t i = 0; i < 5000; i++)
        rs_ring_add(&me->acts,
                    rs_ring_act(i, rs_target_make(OBJECT, RS_EV_INCREF, 1),
                                (uint32_t)i, 0));
    for (uint64_t i = 0; i < 5000; i++) {
        bool is_there = rs_ring_read(&me->acts, first + i, &entry);

        missing += !is_there;
        wrong += is_there && (entry.ticks != i ||
                              rs_ring_act_stack(&entry) != (uint32_t)i);
    }
    UNIT_EQ(missing, 0);
    UNIT_EQ(wrong, 0);
}

/* Who made the object's predecessor did not make the object. */
static void
test_generation(void)
{
    struct rs_life_found found;

    push(RS_EV_BORN, OBJECT, 1, 0x1000);
    UNIT_CHECK(rs_lifetimes_find(OBJECT, word_of(1), RS_EV_BORN, &found));
    UNIT_EQ(found.slot, me->slot);
    UNIT_CHECK(!rs_lifetimes_find(OBJECT, word_of(2), RS_EV_BORN, &found));
    UNIT_CHECK(!rs_lifetimes_find(OBJECT, word_of(1), RS_EV_GONE, &found));
    UNIT_CHECK(
        !rs_lifetimes_find(OBJECT + 16, word_of(1), RS_EV_BORN, &found));
    /* All eight bits that are kept are compared. */
    UNIT_CHECK(!rs_lifetimes_find(OBJECT, word_of(129), RS_EV_BORN, &found));
}

/* `died` and `now`: the frames at the death and at an event after it. */
static bool
is_over(uintptr_t died, uintptr_t now)
{
    static unsigned generation = 1;
    struct rs_event ev = {.object = OBJECT + 32, .self = me, .frame = now};

    push(RS_EV_GONE, ev.object, ++generation, died);
    return rs_lifetimes_dealloc_is_over(&ev, word_of(generation), me->slot,
                                        false);
}

/* Stacks lie anywhere, also across a multiple of 4 GiB. */
static void
test_dealloc_is_over(void)
{
    static const struct {
        const char *name;
        uintptr_t died, now;
        bool is_over;
    } rows[] = {
        {"below", 0x7ffc00001000, 0x7ffc00000f00, false},
        {"a tail call above", 0x7ffc00001000, 0x7ffc00001010, false},
        {"far above", 0x7ffc00001000, 0x7ffc00002000, true},
        {"below, across", 0x7ffd00000100, 0x7ffcffffff00, false},
        {"above, across", 0x7ffcffffff00, 0x7ffd00001000, true},
        {"a tail call above, across", 0x7ffcffffff80, 0x7ffd00000080, false},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        UNIT_ROW(rows[i].name);
        UNIT_EQ(is_over(rows[i].died, rows[i].now), rows[i].is_over);
    }
    UNIT_ROW(NULL);
}

/* What the thread did since is a witness, too. */
static void
test_highest_since(void)
{
    struct rs_event ev = {.object = OBJECT, .self = me, .frame = 0xffffff00};

    push(RS_EV_GONE, OBJECT, 7, 0xffffff80);
    push(RS_EV_BORN, OBJECT + 64, 1, 0x100000010);
    UNIT_CHECK(
        !rs_lifetimes_dealloc_is_over(&ev, word_of(7), me->slot, false));
    push(RS_EV_BORN, OBJECT + 64, 2, 0x100001000);
    push(RS_EV_BORN, OBJECT + 64, 3, 0xfffffe00);
    UNIT_CHECK(rs_lifetimes_dealloc_is_over(&ev, word_of(7), me->slot, false));
    UNIT_CHECK(
        !rs_lifetimes_dealloc_is_over(&ev, word_of(8), me->slot, false));
}

/* Of the interpreter's own deallocs, and of those that began in a call. */
static void
test_no_margin(void)
{
    struct rs_event ev = {.object = OBJECT, .self = me, .frame = 0x10010};
    uint64_t calls;

    push(RS_EV_GONE, OBJECT, 9, 0x10000);
    UNIT_CHECK(
        !rs_lifetimes_dealloc_is_over(&ev, word_of(9), me->slot, false));
    UNIT_CHECK(rs_lifetimes_dealloc_is_over(&ev, word_of(9), me->slot, true));
    calls = rs_lifetimes_calls();
    rs_lifetimes_returned(calls);
    UNIT_CHECK(
        !rs_lifetimes_dealloc_is_over(&ev, word_of(9), me->slot, false));
    push(RS_EV_GONE, OBJECT, 10, 0x10000);
    rs_lifetimes_returned(calls);
    UNIT_CHECK(
        rs_lifetimes_dealloc_is_over(&ev, word_of(10), me->slot, false));
    UNIT_CHECK(
        !rs_lifetimes_dealloc_is_over(&ev, word_of(9), me->slot, false));
}

int
main(void)
{
    rs_host_set(&host);
    rs_thread_start(5000, 257);
    me = rs_thread_enter();
    test_ring_of_any_size();
    test_generation();
    test_dealloc_is_over();
    test_highest_since();
    test_no_margin();
    return unit_result();
}
