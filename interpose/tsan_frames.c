/* SPDX-License-Identifier: MIT */
/* tsan_frames.c -- see tsan_frames.h.
 *
 * To set the hook stops all threads of a free-threaded build, which may not be
 * done under the program's locks. So it is a pending call: the main thread
 * does it between two of its own instructions. */
#include "tsan_frames.h"

#include "../runtime/base/check.h"
#include "../runtime/base/options.h"
#include "../runtime/host/host.h"
#include "../runtime/order/tsan_report.h"
#include "../runtime/order/tsan_runtime.h"
#include "../runtime/os/atomics.h"
#include "../runtime/os/compiler.h"
#include "../runtime/stack/pyframe.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

/* TSan's own stack of a thread has room for 65,536 frames, and nothing looks
 * whether there is any left. */
#define DEPTH_MAX 32768

enum stage {
    STAGE_IDLE, /* nothing is instrumented, as far as is known */
    STAGE_OPEN, /* the hook is wanted */
    STAGE_OVER, /* it was asked for, or cannot be had */
};

typedef void *evaluate_function(void *tstate, void *frame, int is_thrown);

static struct {
    _Atomic int stage;
    atomic_bool is_host_instrumented;
    void (*enter)(void *pc);
    void (*leave)(void);
    evaluate_function *next; /* written before the hook is set */
    evaluate_function *(*get)(void *interpreter);
    void (*set)(void *interpreter, evaluate_function *function);
    void *(*current)(void);
    int (*when_safe)(int (*function)(void *), void *argument);
} frames;

/* The frame of a function: mostly one that ran lately, by its code object's
 * address and stamp. Relaxed: an entry is one word. */
#define LATELY 4096                     /* a power of two */
static _Atomic uint64_t lately[LATELY]; /* stamp, frame's id */

static uintptr_t
begin(const void *frame)
{
    struct rs_position position = rs_host_frame_begin(frame);
    _Atomic uint64_t *entry = &lately[position.code >> 5 & (LATELY - 1)];
    uint32_t stamp = position.stamp ^ (uint32_t)position.code;
    uint64_t known = rs_load(entry);
    rs_frame found;

    if (rs_likely(known >> 32 == stamp))
        return rs_tsan_report_pc((uint32_t)known);
    found = rs_pyframe_put(position);
    if (found != 0)
        rs_store(entry, (uint64_t)stamp << 32 | (uint32_t)found);
    return rs_tsan_report_pc(found);
}

static RS_THREAD_LOCAL unsigned depth;
static RS_THREAD_LOCAL void *evaluating; /* the last thread state, at depth */

bool
rs_tsan_frames_host_waits(void)
{
    return rs_load(&frames.is_host_instrumented);
}

void *
rs_tsan_frames_thread(void)
{
    return depth > 0 ? evaluating : NULL;
}

static void *
evaluate(void *tstate, void *frame, int is_thrown)
{
    void *result;

    if (rs_unlikely(depth >= DEPTH_MAX))
        return frames.next(tstate, frame, is_thrown);
    evaluating = tstate;
    depth++;
    frames.enter((void *)begin(frame));
    result = frames.next(tstate, frame, is_thrown);
    frames.leave();
    depth--;
    return result;
}

static int
set_hook(void *unused)
{
    void *interpreter = frames.current();

    (void)unused;
    if (interpreter == NULL || frames.get(interpreter) == evaluate)
        return 0;
    frames.next = frames.get(interpreter);
    frames.set(interpreter, evaluate);
    return 0;
}

static bool
find_functions(void)
{
    const struct rs_tsan_symbol symbols[] = {
        {"__tsan_func_entry", (void **)&frames.enter},
        {"__tsan_func_exit", (void **)&frames.leave}};
    struct rs_elf_image image;

    *(void **)&frames.get =
        rs_host_symbol("_PyInterpreterState_GetEvalFrameFunc");
    *(void **)&frames.set =
        rs_host_symbol("_PyInterpreterState_SetEvalFrameFunc");
    *(void **)&frames.current = rs_host_symbol("PyInterpreterState_Get");
    *(void **)&frames.when_safe = rs_host_symbol("Py_AddPendingCall");
    return frames.get != NULL && frames.set != NULL &&
           frames.current != NULL && frames.when_safe != NULL &&
           rs_tsan_runtime_find(&image) &&
           rs_tsan_runtime_symbols(&image, symbols, 2);
}

/* A runtime that is linked in is the code's own. */
void
rs_tsan_frames_start(void)
{
    struct rs_elf_image image;

    if (rs_tsan_runtime_find(&image) && image.is_executable)
        rs_tsan_frames_want(true);
}

void
rs_tsan_frames_want(bool is_host)
{
    int idle = STAGE_IDLE;

    if (is_host)
        rs_store(&frames.is_host_instrumented, true);
    if (rs_options->tsan_python && rs_host->is_tsan)
        (void)rs_swap_if(&frames.stage, &idle, STAGE_OPEN);
}

bool
rs_tsan_frames_are_open(void)
{
    return rs_load(&frames.stage) == STAGE_OPEN;
}

void
rs_tsan_frames_ask(void)
{
    int open = STAGE_OPEN;

    if (!rs_tsan_frames_are_open() || rs_host_attached() == NULL ||
        rs_host_life() != RS_HOST_RUNNING ||
        !rs_swap_if(&frames.stage, &open, STAGE_OVER))
        return;
    if (rs_host->has_frames && find_functions() &&
        frames.when_safe(set_hook, NULL) != 0)
        rs_store(&frames.stage, STAGE_OPEN); /* its queue is full */
}
