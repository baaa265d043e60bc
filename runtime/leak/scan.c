/* SPDX-License-Identifier: MIT */
/* scan.c -- see scan.h. Copies are made by the kernel, so memory that
 * another thread unmaps is not there, and nothing faults; pages that were never
 * touched are not read, and so not made. */
#include "leak/scan.h"

#include "host/host.h"
#include "leak/allocator.h"
#include "os/sys.h"

#include <string.h>

#define PAGE    4096
#define PAGES   (RS_HEAP_UNIT_BYTES / PAGE)
#define HUGE    (UINT64_C(1) << 36)
#define PRESENT (UINT64_C(3) << 62) /* in memory, or swapped out */
#define STATIC  (UINT64_C(1) << 61) /* of a file, or shared */

struct walk {
    rs_scan_visit *visit;
    void *context;
    uintptr_t frame;
    uintptr_t shadow_low, shadow_high;
    int pagemap; /* negative: every page is read */
    uintptr_t unit[RS_HEAP_UNIT_BYTES / sizeof(uintptr_t)];
};

/* Which of the unit's pages were ever touched. */
static bool
is_touched(const struct walk *walk, uintptr_t page)
{
    uint64_t entry;

    return walk->pagemap < 0 ||
           rs_sys_read_at(walk->pagemap, &entry, sizeof(entry),
                          page / PAGE * sizeof(entry)) != sizeof(entry) ||
           (entry & (PRESENT | STATIC)) != 0;
}

/* The part of a unit in [low, high), with zeros for the rest. */
static bool
copy_unit(struct walk *walk, uintptr_t unit, uintptr_t low, uintptr_t high)
{
    bool has_any = false;

    memset(walk->unit, 0, sizeof(walk->unit));
    for (uintptr_t page = unit; page < unit + RS_HEAP_UNIT_BYTES;
         page += PAGE) {
        uintptr_t from = page < low ? low : page;
        uintptr_t to = page + PAGE > high ? high : page + PAGE;

        if (from >= to || !is_touched(walk, page))
            continue;
        has_any |= rs_sys_read_memory(
            from, (unsigned char *)walk->unit + (from - unit), to - from);
    }
    return has_any;
}

/* A sanitizer's shadow is in pieces, most of them larger than memory; what lies
 * between those is its own, too. No pointers, and hours to look at. */
static void
note_shadow(void *context, uintptr_t low, uintptr_t high)
{
    struct walk *walk = context;

    if (high - low < HUGE || !(rs_host->is_tsan || rs_host->is_asan))
        return;
    if (walk->shadow_high == 0)
        walk->shadow_low = low;
    walk->shadow_high = high;
}

static void
visit_mapping(void *context, uintptr_t low, uintptr_t high)
{
    struct walk *walk = context;
    uintptr_t unit;

    if (low >= walk->shadow_low && high <= walk->shadow_high)
        return;
    if (walk->frame > low && walk->frame < high)
        low = walk->frame & ~(uintptr_t)(sizeof(uintptr_t) - 1);
    for (unit = low & ~(uintptr_t)(RS_HEAP_UNIT_BYTES - 1); unit < high;
         unit += RS_HEAP_UNIT_BYTES) {
        if (!copy_unit(walk, unit, low, high))
            continue;
        rs_allocator_wipe_free(unit, (unsigned char *)walk->unit);
        walk->visit(walk->context, unit, walk->unit,
                    RS_HEAP_UNIT_BYTES / sizeof(uintptr_t));
    }
}

bool
rs_scan_each(uintptr_t frame, rs_scan_visit *visit, void *context)
{
    struct walk walk = {.visit = visit, .context = context, .frame = frame};
    bool is_whole;

    walk.pagemap = rs_sys_open("/proc/self/pagemap");
    is_whole = rs_sys_each_writable(note_shadow, &walk) &&
               rs_sys_each_writable(visit_mapping, &walk);
    if (walk.pagemap >= 0)
        rs_sys_close(walk.pagemap);
    return is_whole;
}
