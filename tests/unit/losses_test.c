/* SPDX-License-Identifier: MIT */
/* losses_test.c -- tables that are full say so. */
#include "../../runtime/base/lost.h"

#include "../../runtime/leak/heap_type_refs.h"
#include "../../runtime/pipeline.h"
#include "../../runtime/shadow/record.h"
#include "../../runtime/shadow/shadow.h"
#include "../../runtime/thread/thread.h"
#include "../../runtime/track/dealloc_locks.h"
#include "../../runtime/track/locks.h"
#include "unit.h"

static struct rs_host host = {.kind = RS_HOST_EMBEDDED,
                              .version = 0x030f02f0,
                              .layout = RS_LAYOUT_SPLIT};
static struct rs_thread *me;

static uint64_t
lost_since(enum rs_lost what)
{
    static uint64_t seen[RS_LOST_COUNT];
    uint64_t since = rs_lost_get(what) - seen[what];

    seen[what] += since;
    return since;
}

static void
test_nested_deallocs(void)
{
    struct rs_heap_type_ref instance = {.header = {.type = 0x1000}};
    unsigned taken = 0;

    for (unsigned i = 0; i < 33; i++) {
        instance.object = 0x10000 + 16 * i;
        rs_heap_type_refs_begin(me, &instance);
        UNIT_EQ(lost_since(RS_LOST_DEALLOCS), i == 32);
    }
    while (taken < 33 &&
           rs_heap_type_refs_take_over(me, UINTPTR_MAX, &instance))
        taken++;
    UNIT_EQ(taken, 0); /* none freed its memory: none is told of */
}

static void
test_nested_deallocs_with_locks(void)
{
    for (unsigned i = 0; i < 5; i++) {
        rs_dealloc_locks_begin(0x10000 + 16 * i, 0x1000, 1, RS_STACK_NONE);
        UNIT_EQ(lost_since(RS_LOST_DEALLOCS), i == 4);
    }
    for (unsigned i = 0; i < 5; i++)
        rs_dealloc_locks_end(0x10000 + 16 * i);
    UNIT_EQ(lost_since(RS_LOST_DEALLOCS), 0);
    /* More types than the table has places: some share one. */
    for (unsigned i = 0; i < 257; i++) {
        rs_dealloc_locks_begin(0x10000, 0x100000 + 0x10 * i, 1, RS_STACK_NONE);
        rs_dealloc_locks_end(0x10000);
    }
    UNIT_CHECK(lost_since(RS_LOST_DEALLOC_LOCKS) > 0);
}

static void
test_locks(void)
{
    for (uintptr_t i = 1; i <= RS_LOCKS_MAX + 1; i++) {
        rs_locks_take(i << 4);
        UNIT_EQ(lost_since(RS_LOST_LOCKS), i == RS_LOCKS_MAX + 1);
    }
    for (uintptr_t i = RS_LOCKS_MAX + 1; i > 0; i--)
        rs_locks_release(i << 4);
}

static enum rs_record_worth worth;

static enum rs_record_worth
judge(uintptr_t object)
{
    (void)object;
    return worth;
}

/* Of 1024 entries. */
static void
test_records(void)
{
    worth = RS_RECORD_LIVE;
    for (uintptr_t i = 1; i <= 4096; i++)
        (void)rs_record_put(i << 4, 1, judge);
    UNIT_CHECK(lost_since(RS_LOST_RECORDS) >= 4096 - 1024);
    UNIT_EQ(lost_since(RS_LOST_RECORDS_DEAD), 0);
    worth = RS_RECORD_DEAD;
    UNIT_CHECK(rs_record_put(5000 << 4, 1, judge).entry != NULL);
    UNIT_EQ(lost_since(RS_LOST_RECORDS_DEAD), 1);
    UNIT_EQ(lost_since(RS_LOST_RECORDS), 0);
}

/* Its own thread takes a reference to a dying object: its dealloc may have done
 * so, and nothing is said. */
static void
test_undecided(void)
{
    static _Alignas(16) uint64_t object[2];
    struct rs_event ev = {.op = RS_EV_INCREF, .object = (uintptr_t)object};

    rs_shadow_born(ev.object, me);
    object[0] = 1;
    UNIT_EQ(rs_pipeline(&ev), RS_PROCEED);
    UNIT_EQ(lost_since(RS_LOST_UNDECIDED), 0);
    object[0] = 0;
    rs_shadow_gone(ev.object, me);
    ev = (struct rs_event){.op = RS_EV_INCREF, .object = (uintptr_t)object};
    UNIT_EQ(rs_pipeline(&ev), RS_PROCEED);
    UNIT_EQ(lost_since(RS_LOST_UNDECIDED), 1);
}

int
main(void)
{
    rs_host_set(&host);
    rs_thread_start(256, 256);
    rs_shadow_start(1024);
    rs_dealloc_locks_start();
    rs_heap_type_refs_start(true);
    me = rs_thread_enter();
    rs_thread_leave(me);
    test_nested_deallocs();
    test_nested_deallocs_with_locks();
    test_locks();
    test_undecided();
    test_records();
    return unit_result();
}
