/* SPDX-License-Identifier: MIT */
/* tsan_report.c -- see tsan_report.h. What TSan is asked for beyond its own
 * counts it does not refuse: it ends the process. */
#include "order/tsan_report.h"

#include <stddef.h>

#include "order/tsan_runtime.h"

static struct {
    int (*data)(void *report, const char **what, int *count, int *stacks,
                int *mops, int *locations, int *mutexes, int *threads,
                int *unique_threads, void **sleep, uintptr_t sleep_frames);
    int (*mop)(void *report, uintptr_t index, int *thread, void **address,
               int *bytes, int *is_write, int *is_atomic, void **trace,
               uintptr_t frames);
    int (*thread)(void *report, uintptr_t index, int *thread, uint64_t *tid,
                  int *is_running, const char **name, int *parent,
                  void **trace, uintptr_t frames);
    uintptr_t text_low, text_high; /* of a runtime that is a library */
} tsan;

bool
rs_tsan_report_start(void)
{
    const struct rs_tsan_symbol symbols[] = {
        {"__tsan_get_report_data", (void **)&tsan.data},
        {"__tsan_get_report_mop", (void **)&tsan.mop},
        {"__tsan_get_report_thread", (void **)&tsan.thread},
    };
    struct rs_elf_image image;

    if (!rs_tsan_runtime_find(&image))
        return false;
    if (!image.is_executable) {
        tsan.text_low = image.text_low;
        tsan.text_high = image.text_high;
    }
    return rs_tsan_runtime_symbols(&image, symbols,
                                   sizeof(symbols) / sizeof(symbols[0]));
}

/* Of functions that were inlined TSan names each, with one and the same pc;
 * its interceptors are no code of the program.
 *
 * Wrong when: a function calls itself from one place only: it is there once. */
static bool
is_wanted(uintptr_t pc, const rs_frame *frames, unsigned count)
{
    return (count == 0 || frames[count - 1] != pc) &&
           pc - tsan.text_low >= tsan.text_high - tsan.text_low;
}

static void
put_stack(struct rs_tsan_side *side, void *const *trace)
{
    rs_frame frames[RS_STACK_FRAMES_MAX];
    rs_frame python[RS_STACK_FRAMES_MAX];
    unsigned count = 0, pythons = 0;

    for (unsigned i = 0; i < RS_STACK_FRAMES_MAX && trace[i] != NULL; i++) {
        rs_frame frame = rs_tsan_report_frame((uintptr_t)trace[i]);

        if (frame != 0)
            python[pythons++] = frame;
        else if (is_wanted((uintptr_t)trace[i], frames, count))
            frames[count++] = (uintptr_t)trace[i];
    }
    side->has_python = pythons != 0;
    for (unsigned i = 0; i < pythons; i++)
        frames[count++] = python[i];
    side->stack = rs_stack_put(frames, count);
}

static int
tid_of(void *report, int threads, int wanted)
{
    for (int i = 0; i < threads; i++) {
        int thread = -1, is_running, parent;
        uint64_t tid = 0;
        const char *name;
        void *trace[1] = {NULL};

        if (tsan.thread(report, (uintptr_t)i, &thread, &tid, &is_running,
                        &name, &parent, trace, 1) != 0 &&
            thread == wanted)
            return (int)tid;
    }
    return 0;
}

static struct rs_tsan_side
read_side(void *report, uintptr_t index, int threads)
{
    struct rs_tsan_side side = {.bytes = 0};
    void *trace[RS_STACK_FRAMES_MAX] = {NULL};
    void *address = NULL;
    int thread = -1, bytes = 0, is_write = 0, is_atomic = 0;

    (void)tsan.mop(report, index, &thread, &address, &bytes, &is_write,
                   &is_atomic, trace, RS_STACK_FRAMES_MAX);
    side.tid = tid_of(report, threads, thread);
    side.is_write = is_write != 0;
    side.address = (uintptr_t)address;
    side.bytes = (uint32_t)bytes;
    put_stack(&side, trace);
    return side;
}

bool
rs_tsan_report_read(void *report, struct rs_tsan_race *race)
{
    const char *what;
    int count, stacks, mops = 0, locations, mutexes, threads = 0, unique;
    void *sleep[1] = {NULL};

    (void)tsan.data(report, &what, &count, &stacks, &mops, &locations,
                    &mutexes, &threads, &unique, sleep, 1);
    if (mops < 2)
        return false;
    race->now = read_side(report, 0, threads);
    race->before = read_side(report, 1, threads);
    return true;
}
