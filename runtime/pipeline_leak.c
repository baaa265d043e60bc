/* SPDX-License-Identifier: MIT */
/* pipeline_leak.c -- what is never freed: types whose instances die and do not
 * release them (leaks=1), and objects that only the collector could free, and
 * that it no longer tracks. Runs where pipeline.c runs: any thread, any lock,
 * signal handlers. */
#include "pipeline.h"
#include "pipeline_parts.h"

#include <errno.h>

#include "shadow/history.h"
#include "thread/capture.h"
#include "leak/leak.h"
#include "leak/allocation_site.h"
#include "shadow/shadow.h"
#include "thread/thread.h"
#include "leak/heap_type_refs.h"
#include "leak/gc_untracked.h"
#include "base/exempt.h"
#include "os/atomics.h"

static struct {
    const char *refusal; /* why no object is judged, if so */
    bool is_over;        /* the runtime was finalized */
    bool is_forked;
} leaks;

static void
judge_instance(struct rs_thread *self, const struct rs_heap_type_ref *instance)
{
    rs_word word = rs_shadow_get(instance->object);
    struct rs_step step = {.before = word,
                           .creator = rs_word_creator(word),
                           .leak.keeps_type = true};
    struct rs_event ev = {.op = RS_EV_GONE,
                          .object = instance->object,
                          .self = self,
                          .tstate = self,
                          .life = RS_HOST_RUNNING,
                          .has_before = true,
                          .before = instance->header,
                          .stack = instance->stack};

    (void)rs_judge(&ev, &step);
}

void
rs_pipeline_leak_gone(struct rs_thread *self, const struct rs_life_event *life)
{
    int saved = errno;
    struct rs_heap_type_ref instance;

    if (rs_allocation_site_is_on)
        rs_allocation_site_gone(life);
    while (rs_heap_type_refs_take_over(self, life->frame, &instance))
        judge_instance(self, &instance);
    instance =
        (struct rs_heap_type_ref){.object = life->object,
                                  .frame = life->frame,
                                  .header = rs_host_header(life->object)};
    if (rs_heap_type_refs_is_watched(&instance.header)) {
        instance.stack = rs_capture(self, life->pc, life->frame, life->tstate);
        rs_heap_type_refs_begin(self, &instance);
    }
    errno = saved;
}

void
rs_pipeline_untracked(struct rs_event *ev)
{
    int saved = errno;
    rs_word word = rs_shadow_get(ev->object);
    struct rs_gc_untracked untracked = {
        .object = ev->object, .generation = rs_word_generation(word)};

    if (!rs_pipeline_enter(ev))
        return;
    ev->before = rs_host_header(ev->object);
    ev->has_before = true;
    if (rs_word_state(word) == RS_STATE_LIVE &&
        !rs_header_is_immortal(&ev->before) &&
        !RS_EXEMPT(untracked_before,
                   (ev->before.gc_bits & RS_GC_TRACKED) == 0)) {
        rs_pipeline_capture(ev);
        rs_history_note_ordinary(ev, word);
        untracked.type = ev->before.type;
        untracked.slot = ev->self->slot;
        untracked.stack = ev->stack;
        rs_gc_untracked_put(&untracked);
    }
    rs_thread_leave(ev->self);
    errno = saved;
}

/* The report is about the thread that untracked it. */
static void
judge_untracked(struct rs_thread *self,
                const struct rs_gc_untracked *untracked,
                const struct rs_header *header)
{
    struct rs_thread *by = rs_thread_get(untracked->slot);
    rs_word word = rs_shadow_get(untracked->object);
    struct rs_step step = {.before = word,
                           .creator = rs_word_creator(word),
                           .leak.is_left_untracked = true};
    struct rs_event ev = {.op = RS_EV_UNTRACKED,
                          .object = untracked->object,
                          .self = by != NULL ? by : self,
                          .tstate = self,
                          .life = RS_HOST_RUNNING,
                          .has_before = true,
                          .before = *header,
                          .stack = untracked->stack};

    (void)rs_judge(&ev, &step);
}

void
rs_pipeline_leak_end(void)
{
    struct rs_thread *self = rs_thread_enter();
    struct rs_heap_type_ref instance;
    struct rs_gc_untracked untracked;
    struct rs_header header;

    if (self == NULL)
        return;
    while (rs_heap_type_refs_is_on &&
           rs_heap_type_refs_take_over(self, UINTPTR_MAX, &instance))
        judge_instance(self, &instance);
    while (rs_gc_untracked_take(&untracked, &header))
        judge_untracked(self, &untracked, &header);
    rs_thread_leave(self);
}

/* Threads that were attached and have not ended: what their frames hold is
 * lost with them, and is no leak. */
static bool
has_other_threads(const struct rs_thread *self)
{
    for (unsigned slot = 1; slot <= rs_thread_top(); slot++) {
        struct rs_thread *other = rs_thread_get(slot);

        if (other != NULL && other != self &&
            !rs_load_acquire(&other->has_ended) &&
            (rs_load(&other->lives.written) != 0 ||
             rs_load(&other->events) != 0))
            return true;
    }
    return false;
}

static const char *
find_refusal(const struct rs_thread *self)
{
    if (RS_EXEMPT(leaks_forked, leaks.is_forked))
        return "a forked process";
    if (RS_EXEMPT(leaks_births_unseen, !rs_shadow_sees_lives(RS_STATE_LIVE)))
        return "births and deaths not seen";
    return RS_EXEMPT(leaks_thread_stays, has_other_threads(self))
               ? "a thread was still there"
               : NULL;
}

static void
judge_leaked(struct rs_thread *self, const struct rs_leak *leak)
{
    rs_word word = rs_shadow_get(leak->object);
    struct rs_thread *creator = rs_thread_get(rs_word_creator(word));
    struct rs_step step = {.before = word,
                           .creator = rs_word_creator(word),
                           .leak.objects = leak->objects,
                           .leak.held = leak->held};
    struct rs_event ev = {.op = RS_EV_BORN,
                          .object = leak->object,
                          .self = creator != NULL ? creator : self,
                          .life = RS_HOST_FINALIZED,
                          .has_before = true,
                          .before = leak->header,
                          .stack = leak->stack};

    (void)rs_judge(&ev, &step);
}

void
rs_pipeline_leak_finalized(void)
{
    struct rs_thread *self =
        rs_allocation_site_is_on ? rs_thread_enter() : NULL;
    struct rs_leak leak;

    /* What this thread's registers hold is on its stack from here on. */
    __builtin_unwind_init();
    if (self == NULL)
        return;
    if (!leaks.is_over)
        leaks.refusal = find_refusal(self);
    if (!leaks.is_over && leaks.refusal == NULL &&
        !rs_leak_search((uintptr_t)__builtin_frame_address(0) - 256))
        leaks.refusal = "no memory, or no /proc";
    while (!leaks.is_over && leaks.refusal == NULL && rs_leak_next(&leak))
        judge_leaked(self, &leak);
    leaks.is_over = true;
    rs_thread_leave(self);
}

void
rs_pipeline_leak_forked(void)
{
    leaks.is_forked = true;
}

const char *
rs_pipeline_leak_refusal(void)
{
    if (!rs_host_tells_its_end())
        return "needs Python 3.14";
    return leaks.is_over ? leaks.refusal : "the runtime was not finalized";
}
