/* SPDX-License-Identifier: MIT */
/* capture.c -- stacks on the event path: remembered, or walked (native_walk.h).
 *
 * Runs in hooks, inside the thread's guard. */
#include "thread/capture.h"

#include "os/stack_room.h"
#include "host/host.h"
#include "stack/pyframe.h"
#include "thread/native_walk.h"

#include <stdatomic.h>
#include <string.h>

#define WORD sizeof(uintptr_t)

static struct {
    unsigned native_frames;
    unsigned python_frames;
} capture;

/* The frames with `pc` as the innermost, whatever the walk found. */
static unsigned
put_native(struct rs_thread *self, uintptr_t pc, uintptr_t frame,
           rs_frame *frames)
{
    uintptr_t pcs[RS_NATIVE_WALK_MAX];
    unsigned count = rs_native_walk(self, pc, frame, pcs);
    unsigned first = 0;

    while (first < count && pcs[first] != pc)
        first++;
    /* Found: what is further in is refsan's own. Not found: the walk does not
     * know the caller, but goes on behind it. */
    first = first < count ? first + 1 : 0;
    frames[0] = pc;
    for (unsigned i = first; i < count; i++)
        frames[1 + i - first] = pcs[i];
    return 1 + count - first;
}

unsigned
rs_capture_python(void *tstate, rs_frame frames[RS_CAPTURE_PYTHON_MAX])
{
    struct rs_position positions[RS_CAPTURE_PYTHON_MAX];
    unsigned count =
        rs_host_positions(tstate, positions, capture.python_frames);
    unsigned put = 0;

    for (unsigned i = 0; i < count; i++) {
        positions[i].stamp = rs_host_position_stamp(positions[i].code);
        frames[put] = rs_pyframe_put(positions[i]);
        put += frames[put] != 0;
    }
    return put;
}

/* Takes room on the stack. */
static RS_NOINLINE rs_stack
capture_slow(struct rs_thread *self, rs_frame first, uintptr_t pc,
             uintptr_t frame, void *tstate)
{
    rs_frame frames[1 + RS_NATIVE_WALK_MAX + RS_CAPTURE_PYTHON_MAX];
    unsigned count = put_native(self, pc, frame, frames);

    frames[0] = first;
    if (count > capture.native_frames)
        count = capture.native_frames;
    count += rs_capture_python(tstate, frames + count);
    return rs_stack_put(frames, count);
}

static bool
has_no_room(void)
{
    return rs_unlikely(
        rs_stack_room_is_short_slow((uintptr_t)__builtin_frame_address(0)));
}

/* A word that differs when callers further out differ, taken by way of the
 * frame pointer the hook's caller had: its own frame if it keeps one, else that
 * of a caller which does. Any word of the stack does for a key. */
static uint64_t
read_callers(struct rs_thread *self, uintptr_t frame)
{
    uint64_t word = 0;

    if (!rs_unwind_bounds_have(&self->bounds, frame, 2 * WORD))
        return 0;
    for (int i = 0; i < 2; i++) {
        uintptr_t outer = *(const uintptr_t *)frame;

        if (outer <= frame || outer % WORD != 0 ||
            outer > self->bounds.stack_high - 2 * WORD)
            break;
        frame = outer;
        word = word * 3 + ((const uintptr_t *)frame)[1];
    }
    return word;
}

/* The callers are in it, too: a helper that many lines call has one place. */
static struct rs_memo *
find_memo(struct rs_thread *self, const uint64_t *key)
{
    uint64_t hash = (key[0] ^ key[1] << 3 ^ key[2] << 11 ^ key[3] << 7) *
                    UINT64_C(0x9e3779b97f4a7c15);

    return &self->memo[(hash >> 32) & (RS_THREAD_MEMO_SIZE - 1)];
}

static bool
is_same(const uint64_t *one, const uint64_t *other)
{
    uint64_t differences = 0;

    for (int i = 0; i < RS_MEMO_KEY_WORDS; i++)
        differences |= one[i] ^ other[i];
    return differences == 0;
}

rs_stack
rs_capture_site(struct rs_thread *self, rs_frame site, uintptr_t pc,
                uintptr_t frame, void *tstate)
{
    uint64_t key[RS_MEMO_KEY_WORDS] = {site, frame, read_callers(self, frame)};
    struct rs_memo *memo;
    rs_stack stack;

    rs_host_position_key(tstate, &key[3]);
    memo = find_memo(self, key);
    if (rs_likely(is_same(memo->key, key)))
        return (rs_stack){memo->stack};
    if (has_no_room())
        return rs_stack_put(&site, 1);
    stack = capture_slow(self, site, pc, frame, tstate);
    memcpy(memo->key, key, sizeof(key));
    memo->stack = stack.id;
    return stack;
}

rs_stack
rs_capture(struct rs_thread *self, uintptr_t pc, uintptr_t frame, void *tstate)
{
    return rs_capture_site(self, pc, pc, frame, tstate);
}

rs_stack
rs_capture_anew(struct rs_thread *self, uintptr_t pc, uintptr_t frame,
                void *tstate)
{
    if (has_no_room())
        return rs_stack_put(&pc, 1);
    return capture_slow(self, pc, pc, frame, tstate);
}

void
rs_capture_start(const char *unwinder, unsigned native_frames,
                 unsigned python_frames)
{
    capture.native_frames = native_frames < RS_NATIVE_WALK_MAX
                                ? native_frames
                                : RS_NATIVE_WALK_MAX;
    capture.python_frames = python_frames < RS_CAPTURE_PYTHON_MAX
                                ? python_frames
                                : RS_CAPTURE_PYTHON_MAX;
    rs_native_walk_start(unwinder, capture.native_frames);
}
