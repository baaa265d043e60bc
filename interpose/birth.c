/* SPDX-License-Identifier: MIT */
/* birth.c -- door 3: objects born, objects gone, by PyRefTracer (3.13+).
 *
 * CPython has one tracer slot for the process. Installed from the library's
 * constructor, before Py_Initialize, it sees every object there is. The
 * callback runs attached, with any of the interpreter's locks held and, for
 * TRACKER_REMOVED, while the world is stopped: it makes events and calls the
 * chained tracer, nothing else.
 *
 * Missed: births and deaths while another tool holds the slot. An extension
 * that asks for it is chained behind us; the interpreter itself (tracemalloc)
 * is not stopped from taking it, and everything learnt about lives is then
 * distrusted for good. */
#include "birth.h"
#include "instrumented.h"
#include "tracer_slot.h"
#include "tsan_frames.h"

#include "../runtime/pipeline.h"
#include "../runtime/host/host.h"
#include "../runtime/shadow/interpreter_number.h"
#include "../runtime/fast_lives.h"
#include "../runtime/base/lost.h"
#include "../runtime/base/options.h"
#include "../runtime/shadow/shadow.h"
#include "../runtime/os/atomics.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum tracer_event { /* Include/cpython/object.h */
                    TRACER_CREATE = 0,
                    TRACER_DESTROY = 1,
                    TRACER_REMOVED = 2, /* since 3.15; the object is NULL */
};

struct chained {
    rs_tracer tracer;
    void *data;
};

static struct {
    int (*set)(rs_tracer tracer, void *data);
    rs_tracer (*get)(void **data);
    atomic_bool is_installed;
    atomic_bool is_lost;
    atomic_bool is_beginning; /* a new life of the runtime is announced */

    /* Pairs never change once `chained` led to them, so that a tracer is never
     * called with another one's data. Entry 0 stays empty. */
    struct chained pairs[RS_BIRTH_CHAINS + 1];
    atomic_uint pairs_count;
    _Atomic(const struct chained *) chained;
} birth;

static void
lose(void)
{
    if (!atomic_exchange_explicit(&birth.is_lost, true,
                                  memory_order_relaxed)) {
        rs_lost_count(RS_LOST_TRACER);
        rs_shadow_distrust_lives();
    }
}

/* The short way ends in the ring: nobody is chained, and a line will do. */
static void
choose_way(void)
{
    const struct chained *next = rs_load(&birth.chained);

    rs_fast_lives_open(!rs_options->birth_stacks && !rs_options->leaks &&
                       !rs_tsan_frames_are_open() && rs_thread_epoch() == 0 &&
                       !rs_interpreter_has_many() &&
                       (next == NULL || next->tracer == NULL));
}

/* From the first birth of a second interpreter on, everything goes the long way,
 * where the interpreter is looked at. */
static void
notice_interpreters(void)
{
    if (!rs_fast_lives_is_open())
        return;
    rs_fast_lives_open(false);
    rs_instrumented_close_short_way();
}

/* Every birth goes the long way until the interpreter has been asked. */
static RS_NOINLINE void
ask_for_frames(void)
{
    rs_tsan_frames_ask();
    if (!rs_tsan_frames_are_open())
        choose_way();
}

static RS_NOINLINE int
trace_slow(void *object, int event, uintptr_t pc, uintptr_t frame)
{
    /* Acquire: pairs with the release in rs_birth_chain(). */
    const struct chained *next = rs_load_acquire(&birth.chained);
    const struct rs_life_event life = {.object = (uintptr_t)object,
                                       .pc = pc,
                                       .frame = frame,
                                       .tstate = rs_host_tracing_thread()};

    if (event == TRACER_CREATE)
        rs_pipeline_born(&life);
    else if (event == TRACER_DESTROY)
        rs_pipeline_gone(&life);
    else if (event == TRACER_REMOVED)
        lose();
    if (rs_interpreter_has_many())
        notice_interpreters();
    if (rs_unlikely(rs_tsan_frames_are_open()))
        ask_for_frames();
    if (next != NULL && next->tracer != NULL)
        next->tracer(object, event, next->data);
    return 0;
}

static int
trace(void *object, int event, void *data)
{
    uintptr_t frame = (uintptr_t)__builtin_frame_address(0);

    (void)data;
    if (event == TRACER_CREATE && rs_fast_lives_born((uintptr_t)object, frame))
        return 0;
    if (event == TRACER_DESTROY &&
        rs_fast_lives_gone((uintptr_t)object, frame))
        return 0;
    return trace_slow(object, event, (uintptr_t)__builtin_return_address(0),
                      frame);
}

/* Objects of a life of the runtime that is over are not of this one. */
static void
begin_life(void)
{
    rs_fast_lives_open(false);
    rs_instrumented_close_short_way();
    rs_thread_new_epoch();
}

/* Debug builds insist on an attached thread in the slot's functions. */
static bool
can_ask(void)
{
    return birth.set != NULL && birth.get != NULL &&
           (!rs_host->is_debug || rs_host_attached() != NULL);
}

/* The slot holds something else: take it, and keep that behind us. A tracer
 * that was there is told that it was removed (3.15), and goes on all the same.
 */
static bool
take_slot(void)
{
    void *data = NULL;
    rs_tracer there = birth.get(&data);

    if (there == trace)
        return true;
    rs_store(&birth.is_installed, true);
    if (there != NULL && !rs_birth_chain(there, data))
        return false;
    if (birth.set(trace, NULL) != 0)
        return false;
    if (rs_host_tells_removed_tracers())
        rs_tracer_slot_find(trace);
    return true;
}

/* A runtime that begins anew wipes the slot. Where no hook was in front of what
 * began it, as in an executable with an interpreter of its own, the slot is
 * found empty though nobody took it. Its first objects were not seen: whatever
 * older runtimes left at their addresses says nothing of them.
 *
 * Runs where events do. Missed: births until it is noticed, and all in versions
 * that do not tell a tracer that it was removed. */
static void
fill_again(void)
{
    if (!rs_host_tells_removed_tracers() || !rs_tracer_slot_fill(trace) ||
        rs_load(&birth.is_beginning))
        return;
    rs_lost_count(RS_LOST_TRACER);
    rs_shadow_missed_births();
    begin_life();
}

bool
rs_birth_start(void)
{
    bool is_taken;

    if (!rs_options->births || !rs_host->has_tracer)
        return false;
    if (rs_load(&birth.is_installed))
        return rs_birth_is_ours();
    birth.set =
        (int (*)(rs_tracer, void *))rs_host_symbol("PyRefTracer_SetTracer");
    birth.get = (rs_tracer(*)(void **))rs_host_symbol("PyRefTracer_GetTracer");
    if (!can_ask())
        return false;
    choose_way();
    rs_shadow_ask_lives(rs_birth_is_ours);
    is_taken = take_slot();
    rs_store(&birth.is_installed, is_taken);
    return is_taken;
}

bool
rs_birth_is_ours(void)
{
    if (!rs_load(&birth.is_installed))
        return false;
    if (rs_host_may_call() && can_ask() && birth.get(NULL) != trace) {
        fill_again();
        if (birth.get(NULL) != trace)
            lose();
    }
    return !rs_load(&birth.is_lost);
}

/* The entry for a pair, an old one when it was chained before. NULL when all
 * are taken. Two threads that chain at once are as wrong as two threads that
 * call PyRefTracer_SetTracer at once; each still gets an entry of its own. */
static const struct chained *
put_pair(rs_tracer tracer, void *data)
{
    unsigned count = rs_load_acquire(&birth.pairs_count);

    if (tracer == NULL)
        return &birth.pairs[0];
    for (unsigned i = 1; i <= count && i <= RS_BIRTH_CHAINS; i++) {
        if (birth.pairs[i].tracer == tracer && birth.pairs[i].data == data)
            return &birth.pairs[i];
    }
    count =
        atomic_fetch_add_explicit(&birth.pairs_count, 1, memory_order_acq_rel);
    if (count >= RS_BIRTH_CHAINS)
        return NULL;
    birth.pairs[count + 1] = (struct chained){tracer, data};
    return &birth.pairs[count + 1];
}

bool
rs_birth_chain(rs_tracer tracer, void *data)
{
    const struct chained *pair;
    const struct chained *old;

    if (!rs_load(&birth.is_installed) || rs_load(&birth.is_lost))
        return false;
    if (can_ask() && birth.get(NULL) == NULL)
        fill_again();
    pair = put_pair(tracer, data);
    if (pair == NULL)
        return false;
    /* Release: publishes the pair. Pairs with the acquire in trace(). */
    old = atomic_exchange_explicit(&birth.chained, pair, memory_order_acq_rel);
    choose_way();
    if (rs_host_tells_removed_tracers() && old != NULL && old->tracer != NULL)
        old->tracer(NULL, TRACER_REMOVED, old->data);
    return true;
}

rs_tracer
rs_birth_chained(void **data)
{
    const struct chained *pair = rs_load_acquire(&birth.chained);

    if (pair == NULL)
        pair = &birth.pairs[0];
    if (data != NULL)
        *data = pair->data;
    return pair->tracer;
}

void
rs_birth_expect_life(void)
{
    rs_store(&birth.is_beginning, true);
    begin_life();
}

void
rs_birth_restart(void)
{
    rs_store(&birth.is_beginning, false);
    if (rs_load(&birth.is_installed) && !rs_load(&birth.is_lost) &&
        can_ask() && !take_slot())
        lose();
}
