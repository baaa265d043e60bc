/* SPDX-License-Identifier: MIT */
/* frames.c -- the calling thread's Python frames, by offset.
 *
 * A thread's own frames stand still while it is in C code, so what is read here
 * is exact, without a lock and without a reference. No frame object is made.
 * A hook that runs in a signal handler inside the evaluation loop may see the
 * innermost frame one instruction early or late.
 *
 * Runs in hooks: loads only. */
#include "host/host.h"

#include "base/check.h"
#include "host/layout.h"
#include "os/sys.h"

#include <string.h>

/* Frames of this kind and above are the interpreter's own marks between C and
 * Python; they have no code. */
#define OWNER_INTERPRETER 3
/* Low bits of a reference on the interpreter's stack, from 3.14 on. Code
 * objects are aligned, so clearing them is right for all versions. */
#define TAG_BITS     ((uintptr_t)3)
#define WORD         sizeof(uintptr_t)
#define COPIES_MAX   4096      /* bytecode copies looked at: one per thread */
#define BYTECODE_MAX (1 << 24) /* no code is longer */
/* Marks to step over before giving up: more than one in front of each frame
 * does not happen. */
#define FRAMES_SKIPPED_MAX 64
/* Python functions that one evaluation loop runs inside of each other, as far
 * as is looked. */
#define LOOP_FRAMES_MAX 16

static uintptr_t
current_frame(uintptr_t thread)
{
    uintptr_t frame = rs_host_word_at(thread, rs_host_layout->thread_frame);

    if (rs_host_layout->has_frame_holder && frame != 0)
        frame = rs_host_word_at(frame, 0);
    return frame;
}

static bool
has_code(uintptr_t frame)
{
    return *(const signed char *)(frame + rs_host_layout->frame_owner) <
           OWNER_INTERPRETER;
}

/* Where the frame's copy of the bytecode begins. Free-threaded builds from
 * 3.14 on give each thread its own copy: entry 0 is the code object's. */
static uintptr_t
bytecode_start(uintptr_t frame, uintptr_t code)
{
    const struct rs_host_layout *layout = rs_host_layout;
    uintptr_t copies;
    int32_t index;

    if (layout->code_copies == 0)
        return code + layout->code_bytecode;
    copies = rs_host_word_at(code, layout->code_copies);
    memcpy(&index, (const void *)(frame + layout->frame_bytecode),
           sizeof(index));
    if (copies == 0 || index < 0 ||
        (uintptr_t)index >= rs_host_word_at(copies, 0))
        return code + layout->code_bytecode;
    return rs_host_word_at(
        copies, (uint32_t)(sizeof(uintptr_t) * (1u + (uint32_t)index)));
}

static struct rs_position
read_position(uintptr_t frame)
{
    uintptr_t code =
        rs_host_word_at(frame, rs_host_layout->frame_code) & ~TAG_BITS;
    uintptr_t at = rs_host_word_at(frame, rs_host_layout->frame_instruction);
    uintptr_t start = bytecode_start(frame, code);

    /* In 3.12 a frame that has not begun points before its first one. */
    return (struct rs_position){
        .code = code, .lasti = at > start ? (uint32_t)(at - start) : 0};
}

unsigned
rs_host_positions(void *tstate, struct rs_position *positions, unsigned max)
{
    unsigned count = 0, skipped = 0;
    uintptr_t frame;

    if (!rs_host->has_frames || tstate == NULL)
        return 0;
    frame = current_frame((uintptr_t)tstate);
    while (frame != 0 && count < max && skipped < FRAMES_SKIPPED_MAX) {
        if (has_code(frame))
            positions[count++] = read_position(frame);
        else
            skipped++;
        frame = rs_host_word_at(frame, rs_host_layout->frame_previous);
    }
    return count;
}

struct rs_position
rs_host_frame_begin(const void *frame)
{
    uintptr_t code =
        rs_host_word_at((uintptr_t)frame, rs_host_layout->frame_code) &
        ~TAG_BITS;

    return (struct rs_position){.code = code,
                                .stamp = rs_host_position_stamp(code)};
}

/* The mark between C and Python is a local of the evaluation loop. */
uintptr_t
rs_host_loop_frame(void *tstate)
{
    uintptr_t frame = 0;

    if (rs_host->has_frames && tstate != NULL)
        frame = current_frame((uintptr_t)tstate);
    for (unsigned i = 0; i < LOOP_FRAMES_MAX && frame != 0; i++) {
        if (!has_code(frame))
            return frame;
        frame = rs_host_word_at(frame, rs_host_layout->frame_previous);
    }
    return 0;
}

/* The copy of the bytecode that the instruction lies in is the one it is nearest
 * behind: the copies are as long as the code, and far apart. */
bool
rs_host_resolve_top(uintptr_t code_word, uint32_t instruction_low,
                    struct rs_position *position)
{
    const struct rs_host_layout *layout = rs_host_layout;
    uintptr_t code = code_word & ~TAG_BITS;
    uint32_t distance;
    uintptr_t copies, count;

    if (code == 0 || !rs_host_is_code(code))
        return false;
    distance = instruction_low - (uint32_t)(code + layout->code_bytecode);
    copies = layout->code_copies == 0
                 ? 0
                 : rs_host_word_at(code, layout->code_copies);
    count = copies == 0 || !rs_sys_can_read(copies, WORD)
                ? 0
                : rs_host_word_at(copies, 0);
    for (uintptr_t i = 0; i < count && i < COPIES_MAX; i++) {
        uint32_t at = (uint32_t)(WORD * (1 + i));
        uintptr_t start;

        if (!rs_sys_can_read(copies + at, WORD))
            break;
        start = rs_host_word_at(copies, at);
        if (start != 0 && instruction_low - (uint32_t)start < distance)
            distance = instruction_low - (uint32_t)start;
    }
    *position = (struct rs_position){.code = code, .lasti = distance};
    return distance < BYTECODE_MAX;
}

void
rs_host_position_key(void *tstate, uint64_t key[RS_HOST_KEY_WORDS])
{
    uint32_t at = rs_host_layout->frame_instruction;
    uint32_t previous = rs_host_layout->frame_previous;
    uintptr_t frame = 0;

    key[0] = key[1] = key[2] = 0;
    if (rs_host->has_frames && tstate != NULL)
        frame = current_frame((uintptr_t)tstate);
    if (frame == 0)
        return;
    key[0] = frame;
    key[1] = rs_host_word_at(frame, at);
    frame = rs_host_word_at(frame, previous);
    if (frame == 0)
        return;
    key[2] = rs_host_word_at(frame, at);
    frame = rs_host_word_at(frame, previous);
    if (frame != 0)
        key[2] += rs_host_word_at(frame, at) * UINT64_C(0x9e3779b97f4a7c15);
}

uint32_t
rs_host_position_stamp(uintptr_t code)
{
    const struct rs_host_layout *layout = rs_host_layout;
    uint64_t stamp = rs_host_word_at(code, layout->code_name);

    stamp = stamp * 31 + rs_host_word_at(code, layout->code_file);
    stamp = stamp * 31 + rs_host_word_at(code, layout->code_lines);
    stamp *= UINT64_C(0x9e3779b97f4a7c15);
    return (uint32_t)(stamp >> 32) | 1;
}

#define LENT_TAG  1    /* the tag of a reference that is not counted */
#define STACK_MAX 4096 /* words looked at */

bool
rs_host_stack_lends(void *tstate, uintptr_t object)
{
    uintptr_t frame, top;

    if (tstate == NULL || rs_host_layout->frame_stack == 0)
        return false;
    frame = current_frame((uintptr_t)tstate);
    if (frame == 0 || !has_code(frame))
        return false;
    top = rs_host_word_at(frame, rs_host_layout->frame_stack);
    for (uintptr_t at = frame + rs_host_layout->frame_locals;
         at < top && top - at < STACK_MAX * WORD; at += WORD) {
        if (rs_host_word_at(at, 0) == (object | LENT_TAG))
            return true;
    }
    return false;
}
