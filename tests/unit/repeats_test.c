/* SPDX-License-Identifier: MIT */
/* repeats_test.c -- a finding that repeats is counted each time, and completed
 * now and then. */
#include "report/repeats.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/lost.h"
#include "base/options.h"
#include "pipeline_parts.h"
#include "report/report.h"
#include "report/suppress.h"
#include "shadow/shadow.h"
#include "unit.h"

#define TIMES 100000
/* The first ones, and the powers of two between them and TIMES. */
#define COMPLETED (RS_REPEATS_COMPLETED + 13)

static void
refuse(const char *sentence)
{
    UNIT_STR_EQ(sentence, "no warning");
}

static rs_stack
stack_at(rs_frame frame)
{
    return rs_stack_put(&frame, 1);
}

/* A reference operation after the runtime was finalized, on ever another
 * object. */
static void
judge(struct rs_thread *self, enum rs_ev op, rs_stack stack, unsigned times)
{
    for (unsigned i = 0; i < times; i++) {
        struct rs_event ev = {.op = op,
                              .object = 0x10000 + i % 64 * 64,
                              .self = self,
                              .life = RS_HOST_FINALIZED,
                              .has_before = true,
                              .before = {.layout = RS_LAYOUT_SPLIT},
                              .stack = stack};
        struct rs_step step = {.before = rs_shadow_get(ev.object)};

        UNIT_EQ(rs_judge(&ev, &step), RS_SKIP);
    }
}

static void
test_counted_and_not_completed(struct rs_thread *self)
{
    uint64_t before = rs_judge_completed();

    judge(self, RS_EV_DECREF, stack_at(0x1000), TIMES);
    UNIT_EQ(rs_report_errors(), TIMES);
    UNIT_CHECK(rs_judge_completed() - before >= RS_REPEATS_COMPLETED);
    UNIT_CHECK(rs_judge_completed() - before <= COMPLETED);
}

/* Another operation, another place: others. Without a place, who knows? */
static void
test_others(struct rs_thread *self)
{
    uint64_t before = rs_judge_completed();

    judge(self, RS_EV_DEALLOC, stack_at(0x1000), 1);
    judge(self, RS_EV_DECREF, stack_at(0x2000), 1);
    UNIT_EQ(rs_judge_completed() - before, 2);
    judge(self, RS_EV_DECREF, RS_STACK_NONE, 100);
    UNIT_EQ(rs_judge_completed() - before, 102);
    UNIT_EQ(rs_report_errors(), TIMES + 102);
}

/* The release of what was refused is no finding; one more is. */
static void
test_refused(struct rs_thread *self)
{
    uint64_t before = rs_lost_get(RS_LOST_REFUSED);

    judge(self, RS_EV_INCREF, stack_at(0x4000), 1);
    judge(self, RS_EV_DECREF, stack_at(0x5000), 2);
    UNIT_EQ(rs_lost_get(RS_LOST_REFUSED) - before, 1);
    UNIT_EQ(rs_report_errors(), TIMES + 104);
}

static void
test_silenced(struct rs_thread *self)
{
    char path[] = "/tmp/refsan-repeats-XXXXXX";
    int file = mkstemp(path);

    dprintf(file, "refop-finalized:*\n");
    close(file);
    rs_suppress_start(path, refuse);
    unlink(path);
    judge(self, RS_EV_DECREF, stack_at(0x3000), TIMES);
    UNIT_EQ(rs_report_silenced(), TIMES);
    UNIT_EQ(rs_report_errors(), TIMES + 104);
}

/* Where those that were completed were not treated alike, all are. */
static void
test_not_alike(void)
{
    const uint64_t name = UINT64_C(0x8000000123456789);

    for (int i = 0; i < 100; i++)
        (void)rs_repeats_ask(name);
    UNIT_EQ(rs_repeats_ask(name).fingerprint, 0);
    rs_repeats_note(name, (struct rs_repeat){5, RS_REPORT_FOLLOWED});
    UNIT_EQ(rs_repeats_ask(name).fingerprint, 5);
    UNIT_EQ(rs_repeats_ask(name).outcome, RS_REPORT_FOLLOWED);
    rs_repeats_note(name, (struct rs_repeat){6, RS_REPORT_COUNTED});
    UNIT_EQ(rs_repeats_ask(name).fingerprint, 6);
    UNIT_EQ(rs_repeats_ask(name).outcome, RS_REPORT_COUNTED);
    rs_repeats_note(name, (struct rs_repeat){6, RS_REPORT_SILENCED});
    UNIT_EQ(rs_repeats_ask(name).fingerprint, 0);
}

/* Names that find no room are completed each time. */
static void
test_full(void)
{
    unsigned refused = 0;

    for (uint64_t i = 1; i <= 3 * 4096; i++) {
        uint64_t name = UINT64_C(1) << 63 | i << 24;

        for (int times = 0; times <= RS_REPEATS_COMPLETED + 1; times++) {
            (void)rs_repeats_ask(name);
            rs_repeats_note(name, (struct rs_repeat){i, RS_REPORT_COUNTED});
        }
        refused += rs_repeats_ask(name).fingerprint == 0;
    }
    UNIT_CHECK(refused > 4096 && refused < 3 * 4096);
}

int
main(void)
{
    struct rs_thread *self;
    int keep = dup(STDERR_FILENO);

    rs_options_start("", refuse);
    rs_report_start(NULL, NULL);
    rs_shadow_start(1024);
    rs_thread_start(256, 256);
    rs_stack_start(1 << 20);
    self = rs_thread_enter();
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    test_counted_and_not_completed(self);
    test_others(self);
    test_refused(self);
    test_silenced(self);
    dup2(keep, STDERR_FILENO);
    test_not_alike();
    test_full();
    rs_thread_leave(self);
    return unit_result();
}
