/* SPDX-License-Identifier: MIT */
/* container_test.c -- an object was borrowed from a container that another
 * thread changes: what says that it cannot come in between? */
#include "track/container.h"

#include "second_thread.h"
#include "shadow/plane.h"
#include "shadow/shadow.h"
#include "thread/happens_before.h"
#include "track/borrow.h"
#include "track/locks.h"
#include "unit.h"

#define CHANNEL 0x20

/* A default build's objects: count, type. */
struct object {
    _Alignas(16) uint64_t count;
    uint64_t type;
};

struct pair {
    struct object container, item;
};

static struct rs_host host = {.kind = RS_HOST_EMBEDDED,
                              .version = 0x030f02f0,
                              .layout = RS_LAYOUT_SPLIT};
static struct rs_thread *me;

static void
make(struct pair *pair)
{
    *pair = (struct pair){.container.count = 1, .item.count = 1};
    rs_shadow_born((uintptr_t)&pair->container, me);
    rs_shadow_born((uintptr_t)&pair->item, me);
    rs_container_use((uintptr_t)&pair->container, me->slot);
}

static bool
change(struct rs_thread *self, struct pair *pair)
{
    struct rs_access made = {.slot = self->slot,
                             .op = RS_EV_CHANGE,
                             .when = rs_happens_before_act(self->slot),
                             .locks = rs_locks_tags()};
    bool is_first = rs_container_change((uintptr_t)&pair->container, &made);

    if (is_first)
        rs_container_keep((uintptr_t)&pair->container, &made);
    return is_first;
}

static void
change_there(struct rs_thread *self, void *pair)
{
    UNIT_CHECK(change(self, pair));
}

static void
change_and_send(struct rs_thread *self, void *pair)
{
    UNIT_CHECK(change(self, pair));
    rs_locks_send(CHANNEL);
}

static struct rs_event
event_of(struct pair *pair)
{
    return (struct rs_event){
        .op = RS_EV_INCREF,
        .object = (uintptr_t)&pair->item,
        .pc = 0x1000,
        .frame = (uintptr_t)__builtin_frame_address(0),
        .self = me,
        .has_before = true,
        .before = {.layout = RS_LAYOUT_SPLIT, .local = 1}};
}

static void
borrow(struct pair *pair)
{
    struct rs_event ev = event_of(pair);

    rs_borrow_note(&ev, (uintptr_t)&pair->container, RS_BORROW_LENT);
}

static struct rs_borrow_facts
describe(struct pair *pair)
{
    struct rs_event ev = event_of(pair);
    struct rs_step step = {.told_count = 0};

    rs_borrow_describe(&ev, &step);
    return step.borrow;
}

static void
test_own(void)
{
    struct pair pair;

    make(&pair);
    UNIT_CHECK(!change(me, &pair));
    borrow(&pair);
    UNIT_EQ(describe(&pair).kind, RS_BORROW_LENT);
    UNIT_CHECK(!describe(&pair).is_contended);
}

static void
test_contended(struct second_thread *other)
{
    struct pair pair;

    make(&pair);
    second_thread_do(other, change_there, &pair);
    borrow(&pair);
    UNIT_CHECK(describe(&pair).is_contended);
    UNIT_CHECK(!describe(&pair).is_guarded);
}

static void
test_handed_over(struct second_thread *other)
{
    struct pair pair;

    make(&pair);
    second_thread_do(other, change_and_send, &pair);
    rs_locks_receive(CHANNEL);
    borrow(&pair);
    UNIT_CHECK(!describe(&pair).is_contended);
}

static void
test_ended(void)
{
    struct second_thread other;
    struct pair pair;

    second_thread_start(&other);
    make(&pair);
    second_thread_do(&other, change_there, &pair);
    second_thread_end(&other);
    borrow(&pair);
    UNIT_CHECK(!describe(&pair).is_contended);
}

/* Where the locks of Python code are not seen, nobody knows. */
static void
test_unseen_locks(struct second_thread *other)
{
    struct pair pair;

    make(&pair);
    second_thread_do(other, change_there, &pair);
    borrow(&pair);
    atomic_store(&rs_locks_sees_python, false);
    UNIT_CHECK(!describe(&pair).is_contended);
    atomic_store(&rs_locks_sees_python, true);
    UNIT_CHECK(describe(&pair).is_contended);
}

/* One of those that were not remembered may have been held all the time. */
static void
test_many_locks(struct second_thread *other)
{
    struct pair pair;

    make(&pair);
    second_thread_do(other, change_there, &pair);
    borrow(&pair);
    for (uintptr_t i = 1; i <= RS_LOCKS_MAX + 1; i++)
        rs_locks_take(0x1000 * i);
    UNIT_CHECK(describe(&pair).is_guarded);
    for (uintptr_t i = RS_LOCKS_MAX + 1; i >= 1; i--)
        rs_locks_release(0x1000 * i);
    UNIT_CHECK(!describe(&pair).is_guarded);
}

/* What was lent is another object now, or what lent it has died. */
static void
test_old(void)
{
    struct pair pair;

    make(&pair);
    borrow(&pair);
    rs_shadow_born((uintptr_t)&pair.item, me);
    UNIT_EQ(describe(&pair).kind, RS_BORROW_NONE);
    borrow(&pair);
    rs_shadow_gone((uintptr_t)&pair.container, me);
    UNIT_EQ(describe(&pair).kind, RS_BORROW_NONE);
}

int
main(void)
{
    struct second_thread other;

    rs_host_set(&host);
    rs_thread_start(256, 256);
    rs_shadow_start(16);
    rs_happens_before_start();
    rs_container_start();
    atomic_store(&rs_locks_sees_python, true);
    /* This thread and others: a byte does not tell them apart. */
    while (rs_slots_claim() < 299)
        continue;
    me = rs_thread_enter();
    while (rs_slots_claim() < 555)
        continue;
    second_thread_start(&other);
    test_own();
    test_contended(&other);
    test_handed_over(&other);
    test_ended();
    test_unseen_locks(&other);
    test_many_locks(&other);
    test_old();
    second_thread_end(&other);
    rs_thread_leave(me);
    return unit_result();
}
