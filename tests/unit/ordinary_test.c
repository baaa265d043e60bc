/* SPDX-License-Identifier: MIT */
/* ordinary_test.c -- the short way of the event path may only be taken where no
 * detector has anything to say and nothing changes: every event, every layout,
 * counts at every edge. */
#include "../../runtime/detect/detect.h"

#include <string.h>

#include "../../runtime/detect/checks.h"
#include "../../runtime/shadow/classify.h"
#include "../../runtime/shadow/shadow.h"
#include "unit.h"

#define MY_POINTER 0x1000

static struct rs_thread me = {.slot = 1,
                              .live_word =
                                  RS_STATE_LIVE | 1 << RS_WORD_CREATOR_SHIFT,
                              .pointer = MY_POINTER};

/* The object as the host has it in memory: 32 bytes serve every layout. */
static struct {
    _Alignas(16) uint64_t words[4];
} object;

static unsigned ordinary;

static void
check(enum rs_ev op)
{
    struct rs_finding found;
    struct rs_step step;
    struct rs_event ev = {.op = op,
                          .object = (uintptr_t)&object,
                          .self = &me,
                          .tstate = &me,
                          .life = RS_HOST_RUNNING};
    enum rs_event_class class = rs_classify(&ev);
    rs_word word = ev.word;

    if (class == RS_CLASS_CLOSER)
        return;
    ev.has_before = false;
    if (class == RS_CLASS_IDLE) {
        UNIT_EQ(rs_shadow_look(&ev, &step), RS_LOOK_AWAY);
        return;
    }
    ordinary++;
    UNIT_EQ(rs_shadow_look(&ev, &step), RS_LOOK_CLOSER);
    UNIT_EQ(rs_detect(&ev, &step, &found), 0);
    rs_shadow_note(&ev, &step);
    UNIT_EQ(rs_shadow_get(ev.object).bits, word.bits);
}

static void
check_all_events(void)
{
    for (int op = 0; op < RS_EV_COUNT; op++)
        check((enum rs_ev)op);
}

static const uint64_t counts[] = {0,
                                  1,
                                  2,
                                  1000,
                                  0x3fffffff,
                                  0x7fffffff,
                                  0x80000000,
                                  0xbfffffff,
                                  0xc0000000,
                                  0xfffffffe,
                                  0xffffffff,
                                  UINT64_C(0x100000000),
                                  UINT64_C(0x1000000000000),
                                  UINT64_C(0x7f0012345678),
                                  UINT64_MAX};
#define COUNTS (sizeof(counts) / sizeof(counts[0]))

static void
use_layout(enum rs_layout layout)
{
    struct rs_host host = {
        .kind = RS_HOST_EMBEDDED, .version = 0x030f02f0, .layout = layout};

    rs_host_set(&host);
    memset(&object, 0, sizeof(object));
    rs_shadow_born((uintptr_t)&object, &me);
}

static void
test_default_layouts(enum rs_layout layout)
{
    use_layout(layout);
    for (size_t i = 0; i < COUNTS; i++) {
        object.words[0] = counts[i];
        check_all_events();
    }
}

static void
test_free_threaded(void)
{
    static const uint64_t owners[] = {0, MY_POINTER, 0x2000};
    static const int64_t halves[] = {0, 1, 2, 3, 4, 5, 8, -4, -3, -2, -1};

    use_layout(RS_LAYOUT_FREE_THREADED);
    for (int owner = 0; owner < 3; owner++) {
        for (size_t i = 0; i < COUNTS; i++) {
            for (int half = 0; half < 11; half++) {
                object.words[0] = owners[owner];
                object.words[1] = counts[i] << 32;
                object.words[2] = (uint64_t)halves[half];
                check_all_events();
            }
        }
    }
}

int
main(void)
{
    rs_shadow_start(1024);
    test_default_layouts(RS_LAYOUT_SPLIT);
    test_default_layouts(RS_LAYOUT_WIDE);
    test_free_threaded();
    UNIT_CHECK(ordinary > 50); /* it is the usual case, not a rare one */
    return unit_result();
}
