/* SPDX-License-Identifier: MIT */
/* candidates.c -- see candidates.h. The table is mapped, and bounded.
 */
#include "leak/candidates.h"

#include "leak/allocator.h"
#include "host/host.h"
#include "base/lost.h"
#include "base/exempt.h"
#include "leak/allocation_site.h"
#include "shadow/plane.h"
#include "event/word.h"
#include "stack/stack.h"
#include "os/sys.h"
#include "os/atomics.h"

#include <stddef.h>

#define CANDIDATES_MAX (1u << 20)

static struct {
    struct rs_candidate *all;
    uint32_t count;
    uintptr_t low, high; /* all are in between */
} candidates;

uint32_t
rs_leak_find_candidate(uintptr_t address)
{
    rs_cell *cell;

    if (address < candidates.low || address >= candidates.high)
        return 0;
    cell = rs_allocation_site_cell(address);
    return cell == NULL ? 0 : rs_cell_load(cell).bits;
}

/* The call path within native code, in one word: from the call of the API to
 * where Python code called the module. */
static uint32_t
find_path(rs_stack stack)
{
    rs_frame frames[RS_STACK_FRAMES_MAX];
    unsigned count = rs_stack_get(stack, frames, RS_STACK_FRAMES_MAX);
    bool is_in_module = false;
    uint64_t hash = 1;

    for (unsigned i = 0; i < count && !rs_frame_is_python(frames[i]); i++) {
        bool is_host = rs_host_has_code(frames[i] - 1);

        if (is_in_module && is_host)
            break;
        is_in_module |= !is_host;
        if (is_host)
            continue;
        hash = (hash ^ frames[i]) * UINT64_C(0x9e3779b97f4a7c15);
        hash ^= hash >> 29;
    }
    return (uint32_t)(hash >> 32);
}

/* Alive for certain, mortal, and counted as objects are. */
static bool
is_candidate(uintptr_t object, rs_word word, struct rs_candidate *candidate)
{
    unsigned char bytes[32];
    struct rs_header header;
    uintptr_t low = 0, high = 0;
    size_t size;

    if (rs_word_state(word) != RS_STATE_LIVE ||
        !rs_sys_read_memory(object, bytes, sizeof(bytes)))
        return false;
    header = rs_header_decode(rs_host->layout, bytes);
    if (RS_EXEMPT(leak_immortal, rs_header_is_immortal(&header)) ||
        RS_EXEMPT(leak_deferred, rs_header_is_deferred(&header)) ||
        RS_EXEMPT(leak_uncounted, rs_header_count(&header) <= 0) ||
        RS_EXEMPT(leak_deferred_kind, rs_host_is_deferred_kind(&header)) ||
        RS_EXEMPT(leak_in_free_block,
                  !rs_allocator_find_used(object, &low, &high)))
        return false;
    size = rs_host_object_bytes(object, &header);
    if (size == 0)
        return false;
    if (size > high - object)
        size = high - object;
    candidate->object = object;
    candidate->bytes = (uint32_t)size;
    return true;
}

/* An origin gives way to the candidate's number, or to none. */
static void
collect_cell(uintptr_t object, rs_cell *cell)
{
    rs_cell *origin = cell + RS_PLANE_LEAF_CELLS;
    uint32_t stack = rs_cell_load(origin).bits;
    struct rs_candidate candidate = {.stack = stack};

    if (stack == 0)
        return;
    rs_cell_store(origin, (rs_word){0});
    if (!is_candidate(object, rs_cell_load(cell), &candidate))
        return;
    if (candidates.count == CANDIDATES_MAX - 1) {
        rs_lost_count(RS_LOST_LEAKS);
        return;
    }
    candidate.path = find_path((rs_stack){stack});
    candidates.all[++candidates.count] = candidate;
    if (candidates.count == 1)
        candidates.low = object;
    candidates.high = object + candidate.bytes;
}

struct rs_candidate *
rs_leak_collect(uint32_t *count)
{
    candidates.all = rs_sys_map(CANDIDATES_MAX * sizeof(*candidates.all));
    if (candidates.all == NULL)
        return NULL;
    for (uintptr_t i = 0; i < RS_PLANE_LEAVES; i++) {
        rs_cell *leaf = rs_load_acquire(&rs_plane.root[i]);

        for (uintptr_t j = 0; leaf != NULL && j < RS_PLANE_LEAF_CELLS; j++)
            collect_cell((i << RS_PLANE_LEAF_SHIFT) | j << RS_GRANULE_SHIFT,
                         &leaf[j]);
    }
    for (uint32_t i = 1; i <= candidates.count; i++) {
        const struct rs_candidate *candidate = &candidates.all[i];

        for (uintptr_t at = 0; at < candidate->bytes;
             at += UINT64_C(1) << RS_GRANULE_SHIFT) {
            rs_cell *cell = rs_allocation_site_cell(candidate->object + at);

            if (cell != NULL)
                rs_cell_store(cell, (rs_word){i});
        }
    }
    *count = candidates.count;
    return candidates.all;
}
