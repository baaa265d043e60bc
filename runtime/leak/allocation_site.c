/* SPDX-License-Identifier: MIT */
/* allocation_site.c -- see allocation_site.h. Every birth comes here, most of them of Python
 * code's own objects: between the evaluation loop's frame and the tracer's
 * there is then no return address into a module, which is seen by looking at
 * each word. Only where there is one, the stack is unwound, once for each call
 * path; that decides.
 *
 * Runs in the tracer: loads, and what a capture does. */
#include "leak/allocation_site.h"

#include "thread/capture.h"
#include "base/check.h"
#include "base/exempt.h"
#include "host/host.h"
#include "host/modules.h"
#include "thread/slot_memory.h"
#include "thread/thread.h"

#include <string.h>

#define SCAN_BYTES  8192 /* of the stack: no API function has more frames */
#define CALLS       4    /* return addresses into modules, part of the key */
#define MEMOS       1024 /* of each thread; a power of two, direct mapped */
#define KEY_WORDS   (2 + CALLS + RS_HOST_KEY_WORDS)
#define STATE_BYTES (1 << 20) /* no module has more state that is looked at */

struct memo {
    uint64_t key[KEY_WORDS];
    uint32_t stack;
};

static struct {
    struct rs_slot_memory memos; /* MEMOS for each slot */
} origin;

bool rs_allocation_site_is_on;

bool
rs_allocation_site_start(bool is_on)
{
    rs_allocation_site_is_on = is_on;
    if (is_on)
        rs_plane_with_origins();
    return true;
}

static bool
is_in_module(uintptr_t pc)
{
    return rs_modules_have(pc, RS_MODULES_CALLING);
}

/* Where the stack is no longer that of calls out of the innermost evaluation
 * loop; without one, or where that is not known, as far as is looked. */
static uintptr_t
scan_end(struct rs_thread *self, const struct rs_life_event *life)
{
    uintptr_t end = life->frame + SCAN_BYTES;
    uintptr_t loop = rs_host_loop_frame(life->tstate);

    if (loop > life->frame && loop < end)
        end = loop;
    return end < self->bounds.stack_high ? end : self->bounds.stack_high;
}

/* The words on the stack that look like calls out of a module, innermost
 * first; how many. Old ones may be among them. */
static unsigned
find_calls(uintptr_t from, uintptr_t end, uint64_t calls[CALLS])
{
    unsigned count = 0;

    for (; from + sizeof(uintptr_t) <= end && count < CALLS;
         from += sizeof(uintptr_t)) {
        uintptr_t word = *(const uintptr_t *)from;

        if (rs_unlikely(is_in_module(word)))
            calls[count++] = word;
    }
    return count;
}

/* Is each return address of the stack's innermost part, up to the one into a
 * module, on the way from the tracer to the evaluation loop? */
static bool
is_call_of_module(rs_stack stack, uintptr_t from, uintptr_t end)
{
    rs_frame frames[RS_STACK_FRAMES_MAX];
    unsigned count = rs_stack_get(stack, frames, RS_STACK_FRAMES_MAX);

    for (unsigned i = 0; i < count && !rs_frame_is_python(frames[i]); i++) {
        bool is_host = rs_host_has_code(frames[i] - 1);

        if (RS_EXEMPT(birth_by_unknown_code,
                      !is_host && !is_in_module(frames[i])))
            return false;
        while (from + sizeof(uintptr_t) <= end &&
               *(const uintptr_t *)from != frames[i])
            from += sizeof(uintptr_t);
        if (from + sizeof(uintptr_t) > end)
            return false;
        if (!is_host)
            return true;
    }
    return false;
}

static uint32_t
find_origin(struct rs_thread *self, const struct rs_life_event *life)
{
    uint64_t key[KEY_WORDS] = {life->frame, life->pc};
    uintptr_t end = scan_end(self, life);
    struct memo *memos, *memo;
    uint64_t hash = 0;
    rs_stack stack;

    if (find_calls(life->frame, end, key + 2) == 0)
        return 0;
    rs_host_position_key(life->tstate, key + 2 + CALLS);
    for (unsigned i = 0; i < KEY_WORDS; i++)
        hash = (hash ^ key[i]) * UINT64_C(0x9e3779b97f4a7c15);
    memos = rs_slot_memory_map(&origin.memos, self->slot,
                               MEMOS * sizeof(struct memo));
    memo = memos != NULL ? &memos[hash >> 32 & (MEMOS - 1)] : NULL;
    if (memo != NULL && memcmp(memo->key, key, sizeof(key)) == 0)
        return memo->stack;
    stack = rs_capture_anew(self, life->pc, life->frame, life->tstate);
    if (RS_EXEMPT(birth_by_python,
                  !is_call_of_module(stack, life->frame, end)))
        stack = RS_STACK_NONE;
    if (memo != NULL) {
        memcpy(memo->key, key, sizeof(key));
        memo->stack = stack.id;
    }
    return stack.id;
}

void
rs_allocation_site_born(struct rs_thread *self,
                        const struct rs_life_event *life)
{
    rs_cell *cell = rs_allocation_site_cell(life->object);
    uint32_t stack;

    if (cell == NULL)
        return;
    stack = find_origin(self, life);
    if (rs_cell_load(cell).bits != stack)
        rs_cell_store(cell, (rs_word){stack});
}

void
rs_allocation_site_gone(const struct rs_life_event *life)
{
    struct rs_header header = rs_host_header(life->object);
    const uintptr_t *state;
    size_t bytes;

    if (!rs_host_is_module(&header) ||
        !rs_host_module_state(life->object, &state, &bytes))
        return;
    if (bytes > STATE_BYTES)
        bytes = STATE_BYTES;
    for (size_t i = 0; i < bytes / sizeof(*state); i++) {
        rs_cell *cell =
            state[i] % 16 == 0 ? rs_allocation_site_cell(state[i]) : NULL;

        if (cell != NULL && rs_cell_load(cell).bits != 0 &&
            RS_EXEMPT(leak_in_module_state, true))
            rs_cell_store(cell, (rs_word){0});
    }
}
