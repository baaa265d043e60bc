/* SPDX-License-Identifier: MIT */
/* capture.c -- stacks on the event path: remembered, or unwound.
 *
 * Two ways to the native frames. libunwind is right for all code. Frame
 * pointers cost a tenth, but code built without them is skipped without a
 * trace, and most extensions are built without them. So `auto` follows frame
 * pointers only through return addresses that have been checked: the first time
 * one is met, libunwind walks too, and if both see the same stack, every
 * return address in it is known to lie in code that keeps the frame pointer.
 * That is a property of the code at that address, so it needs no second look.
 *
 * Wrong when: a module is unloaded and other code, without frame pointers, is
 * loaded over a checked return address; its caller is then missing from the
 * stack. Or when two walks agree by accident, which takes a function that calls
 * itself from the same place and keeps no frame pointer.
 *
 * Runs in hooks, inside the thread's guard. */
#include "thread/capture.h"

#include "os/elf_image.h"
#include "os/stack_room.h"
#include "host/host.h"
#include "stack/pyframe.h"
#include "os/unwind.h"

#include <stdatomic.h>
#include <string.h>

#define WORD             sizeof(uintptr_t)
#define NATIVE_MAX       48
#define PYTHON_MAX       16
#define START_FRAMES_MAX 2 /* between the C library's last frame and the end */
#define CHECKED_SIZE                                                          \
    16384 /* return addresses; a power of two, direct mapped */

enum unwinder {
    UNWIND_NONE,
    UNWIND_FP,
    UNWIND_LIBUNWIND,
    UNWIND_BOTH,
};

static struct {
    enum unwinder unwinder;
    unsigned native_frames;
    unsigned python_frames;
    uintptr_t libc_low, libc_high;
    /* Relaxed: an entry says all there is to say, and one lost to another with
     * the same place is checked again. */
    _Atomic uintptr_t checked[CHECKED_SIZE];
} capture;

static _Atomic uintptr_t *
checked_place(uintptr_t pc)
{
    return &capture.checked[(pc ^ pc >> 14) & (CHECKED_SIZE - 1)];
}

static bool
is_checked(const uintptr_t *pcs, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (atomic_load_explicit(checked_place(pcs[i]),
                                 memory_order_relaxed) != pcs[i])
            return false;
    return count != 0;
}

static void
note_checked(const uintptr_t *pcs, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        atomic_store_explicit(checked_place(pcs[i]), pcs[i],
                              memory_order_relaxed);
}

/* The C library has no frame pointers, and a thread begins in it: a chain of
 * frame pointers ends there, one or two frames short of the end. Elsewhere a
 * chain that ends early is a broken one. */
static bool
is_whole(const uintptr_t *pcs, unsigned count, unsigned full_count)
{
    return count == full_count ||
           (count < full_count && full_count < capture.native_frames &&
            full_count - count <= START_FRAMES_MAX &&
            pcs[count - 1] - capture.libc_low <
                capture.libc_high - capture.libc_low);
}

/* Both, until the code is known. A walk that was cut says nothing about its
 * last return address, which nobody followed. */
static unsigned
walk_both(struct rs_thread *self, uintptr_t pc, uintptr_t frame,
          uintptr_t *pcs)
{
    uintptr_t full[NATIVE_MAX];
    unsigned max = capture.native_frames;
    unsigned count = rs_unwind_fp(frame, &self->bounds, pcs, max);
    unsigned followed = count < max ? count : max - 1;
    unsigned full_count;

    if (is_checked(pcs, followed))
        return count;
    full_count = rs_unwind_libunwind(pc, full, max);
    if (full_count == 0)
        return count;
    if (count != 0 && is_whole(pcs, count, full_count) &&
        memcmp(pcs, full, count * sizeof(pcs[0])) == 0) {
        note_checked(pcs, followed);
        return count;
    }
    memcpy(pcs, full, full_count * sizeof(pcs[0]));
    return full_count;
}

static unsigned
walk_native(struct rs_thread *self, uintptr_t pc, uintptr_t frame,
            uintptr_t *pcs)
{
    unsigned count = 0;

    switch (capture.unwinder) {
    case UNWIND_NONE:
        break;
    case UNWIND_FP:
        count = rs_unwind_fp(frame, &self->bounds, pcs, capture.native_frames);
        break;
    case UNWIND_LIBUNWIND:
        count = rs_unwind_libunwind(pc, pcs, capture.native_frames);
        break;
    case UNWIND_BOTH:
        count = walk_both(self, pc, frame, pcs);
        break;
    }
    return count;
}

/* The frames with `pc` as the innermost, whatever the walk found. */
static unsigned
put_native(struct rs_thread *self, uintptr_t pc, uintptr_t frame,
           rs_frame *frames)
{
    uintptr_t pcs[NATIVE_MAX];
    unsigned count = walk_native(self, pc, frame, pcs);
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

static unsigned
put_python(void *tstate, rs_frame *frames)
{
    struct rs_position positions[PYTHON_MAX];
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
    rs_frame frames[1 + NATIVE_MAX + PYTHON_MAX];
    unsigned count = put_native(self, pc, frame, frames);

    frames[0] = first;
    if (count > capture.native_frames)
        count = capture.native_frames;
    count += put_python(tstate, frames + count);
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

static bool
note_libc(void *context, const struct rs_elf_image *image)
{
    (void)context;
    if (rs_elf_image_symbol(image, "__libc_start_main") == 0)
        return false;
    capture.libc_low = image->text_low;
    capture.libc_high = image->text_high;
    return true;
}

static enum unwinder
choose(const char *name)
{
    bool has_libunwind = false;

    if (strcmp(name, "none") == 0)
        return UNWIND_NONE;
    if (strcmp(name, "fp") == 0)
        return UNWIND_FP;
    has_libunwind = rs_unwind_libunwind_start();
    if (strcmp(name, "libunwind") == 0)
        return UNWIND_LIBUNWIND;
    return has_libunwind ? UNWIND_BOTH : UNWIND_FP;
}

void
rs_capture_start(const char *unwinder, unsigned native_frames,
                 unsigned python_frames)
{
    capture.native_frames =
        native_frames < NATIVE_MAX ? native_frames : NATIVE_MAX;
    capture.python_frames =
        python_frames < PYTHON_MAX ? python_frames : PYTHON_MAX;
    rs_elf_image_each(note_libc, NULL);
    capture.unwinder = choose(unwinder);
}

const char *
rs_capture_unwinder(void)
{
    static const char *const names[] = {"none", "fp", "libunwind", "auto"};

    return names[capture.unwinder];
}
