/* SPDX-License-Identifier: MIT */
/* native_walk.c -- two ways to the native frames.
 *
 * libunwind is right for all code. Frame pointers cost a tenth, but code built
 * without them is skipped without a trace, and most extensions are built
 * without them. So `auto` follows frame pointers only through return addresses
 * that have been checked: the first time one is met, libunwind walks too, and
 * if both see the same stack, every return address in it is known to lie in
 * code that keeps the frame pointer. That is a property of the code at that
 * address, so it needs no second look.
 *
 * Wrong when: a module is unloaded and other code, without frame pointers, is
 * loaded over a checked return address; its caller is then missing from the
 * stack. Or when two walks agree by accident, which takes a function that calls
 * itself from the same place and keeps no frame pointer.
 *
 * Runs in hooks, inside the thread's guard. */
#include "thread/native_walk.h"

#include <stdatomic.h>
#include <string.h>

#include "os/elf_image.h"
#include "os/unwind.h"
#include "os/atomics.h"

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
    unsigned frames;
    uintptr_t libc_low, libc_high;
    /* Relaxed: an entry says all there is to say, and one lost to another with
     * the same place is checked again. */
    _Atomic uintptr_t checked[CHECKED_SIZE];
} walk;

static _Atomic uintptr_t *
checked_place(uintptr_t pc)
{
    return &walk.checked[(pc ^ pc >> 14) & (CHECKED_SIZE - 1)];
}

static bool
is_checked(const uintptr_t *pcs, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (rs_load(checked_place(pcs[i])) != pcs[i])
            return false;
    return count != 0;
}

static void
note_checked(const uintptr_t *pcs, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        rs_store(checked_place(pcs[i]), pcs[i]);
}

/* The C library has no frame pointers, and a thread begins in it: a chain of
 * frame pointers ends there, one or two frames short of the end. Elsewhere a
 * chain that ends early is a broken one. */
static bool
is_whole(const uintptr_t *pcs, unsigned count, unsigned full_count)
{
    return count == full_count ||
           (count < full_count && full_count < walk.frames &&
            full_count - count <= START_FRAMES_MAX &&
            pcs[count - 1] - walk.libc_low < walk.libc_high - walk.libc_low);
}

/* Both, until the code is known. A walk that was cut says nothing about its
 * last return address, which nobody followed. */
static unsigned
walk_both(struct rs_thread *self, uintptr_t pc, uintptr_t frame,
          uintptr_t *pcs)
{
    uintptr_t full[RS_NATIVE_WALK_MAX];
    unsigned max = walk.frames;
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

unsigned
rs_native_walk(struct rs_thread *self, uintptr_t pc, uintptr_t frame,
               uintptr_t *pcs)
{
    unsigned count = 0;

    switch (walk.unwinder) {
    case UNWIND_NONE:
        break;
    case UNWIND_FP:
        count = rs_unwind_fp(frame, &self->bounds, pcs, walk.frames);
        break;
    case UNWIND_LIBUNWIND:
        count = rs_unwind_libunwind(pc, pcs, walk.frames);
        break;
    case UNWIND_BOTH:
        count = walk_both(self, pc, frame, pcs);
        break;
    }
    return count;
}

static bool
note_libc(void *context, const struct rs_elf_image *image)
{
    (void)context;
    if (rs_elf_image_symbol(image, "__libc_start_main") == 0)
        return false;
    walk.libc_low = image->text_low;
    walk.libc_high = image->text_high;
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
rs_native_walk_start(const char *unwinder, unsigned frames)
{
    walk.frames = frames;
    rs_elf_image_each(note_libc, NULL);
    walk.unwinder = choose(unwinder);
}

const char *
rs_native_walk_unwinder(void)
{
    static const char *const names[] = {"none", "fp", "libunwind", "auto"};

    return names[walk.unwinder];
}
