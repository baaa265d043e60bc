/* SPDX-License-Identifier: MIT */
/* event_leak.c -- deaths of instances whose type must be released (leaks=1).
 * The ground is event.c's. */
#include "event.h"

#include <errno.h>

#include "capture.h"
#include "detect.h"
#include "finding.h"
#include "report.h"
#include "shadow.h"
#include "thread.h"
#include "typeref.h"

static void
judge(struct rs_thread *self, const struct rs_typeref *instance)
{
    struct rs_finding found;
    rs_word word = rs_shadow_get(instance->object);
    struct rs_step step = {
        .before = word, .creator = rs_word_creator(word), .keeps_type = true};
    struct rs_event ev = {.op = RS_EV_GONE,
                          .object = instance->object,
                          .self = self,
                          .tstate = self,
                          .life = RS_HOST_RUNNING,
                          .has_before = true,
                          .before = instance->header,
                          .stack = instance->stack};

    if (!rs_detect(&ev, &step, &found))
        return;
    rs_finding_complete(&found, &ev, &step);
    rs_report(&found);
}

void
rs_event_leak_gone(struct rs_thread *self, const struct rs_life_event *life)
{
    int saved = errno;
    struct rs_typeref instance;

    while (rs_typeref_take_over(self, life->frame, &instance))
        judge(self, &instance);
    instance = (struct rs_typeref){.object = life->object,
                                   .frame = life->frame,
                                   .header = rs_host_header(life->object)};
    if (rs_typeref_is_watched(&instance.header)) {
        instance.stack = rs_capture(self, life->pc, life->frame, life->tstate);
        rs_typeref_begin(self, &instance);
    }
    errno = saved;
}

void
rs_event_leak_end(void)
{
    struct rs_thread *self = rs_typeref_is_on ? rs_thread_enter() : NULL;
    struct rs_typeref instance;

    if (self == NULL)
        return;
    while (rs_typeref_take_over(self, UINTPTR_MAX, &instance))
        judge(self, &instance);
    rs_thread_leave(self);
}
