/* SPDX-License-Identifier: MIT */
/* plane.h -- where the shadow words are: a two-level table over the address
 * space, in leaves of 64 MiB of heap that are mapped when an object is first
 * seen there. Lock-free; a leaf is never unmapped. */
#pragma once

#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/check.h"
#include "event/word.h"
#include "os/atomics.h"

#define RS_PLANE_LEAF_SHIFT   26
#define RS_PLANE_ADDRESS_BITS 47

struct rs_plane {
    _Atomic(rs_cell *) *root;
};
extern struct rs_plane rs_plane;

/* With origins, each leaf is mapped twice as long: behind its cells, one for
 * each says where the object came from (allocation_site.h). */
#define RS_PLANE_LEAF_CELLS                                                   \
    (UINT64_C(1) << (RS_PLANE_LEAF_SHIFT - RS_GRANULE_SHIFT))
#define RS_PLANE_LEAVES                                                       \
    (UINT64_C(1) << (RS_PLANE_ADDRESS_BITS - RS_PLANE_LEAF_SHIFT))
void rs_plane_with_origins(void);
bool rs_plane_start(void);

/* Maps the leaf. NULL when the address is none or memory is short (counted).
 */
rs_cell *rs_plane_put_slow(uintptr_t object);

/* The same for what is surely an object's address. */
static inline rs_cell *
rs_plane_find_object(uintptr_t object)
{
    rs_cell *leaf;

    /* Acquire: the leaf's zero pages come with the mapping, so this only keeps
     * the compiler honest. Pairs with the release in rs_plane_put_slow(). */
    leaf = rs_load_acquire(&rs_plane.root[object >> RS_PLANE_LEAF_SHIFT]);
    if (leaf == 0)
        return 0;
    return &leaf[(object & ((UINT64_C(1) << RS_PLANE_LEAF_SHIFT) - 1)) >>
                 RS_GRANULE_SHIFT];
}

/* Finds or makes it. */
static inline rs_cell *
rs_plane_put_object(uintptr_t object)
{
    rs_cell *cell = rs_plane_find_object(object);

    return __builtin_expect(cell != 0, 1) ? cell : rs_plane_put_slow(object);
}

/* The cell of an address, or NULL where nothing was ever seen. */
static inline rs_cell *
rs_plane_find(uintptr_t object)
{
    return object >> RS_PLANE_ADDRESS_BITS != 0 ? 0
                                                : rs_plane_find_object(object);
}

/* Finds or makes it. */
static inline rs_cell *
rs_plane_put(uintptr_t object)
{
    rs_cell *cell = rs_plane_find(object);

    return __builtin_expect(cell != 0, 1) ? cell : rs_plane_put_slow(object);
}

/* Relaxed throughout: a word says something about an object, and whoever got
 * hold of the object's address got it through the program's own ordering,
 * which orders the word, too. A reader without such ordering is a race in the
 * program, and may see the word of the address's previous object: the header
 * decides then (struct rs_step). */
static inline rs_word
rs_cell_load(const rs_cell *cell)
{
    return (rs_word){rs_load((rs_cell *)(uintptr_t)cell)};
}

static inline void
rs_cell_store(rs_cell *cell, rs_word word)
{
    rs_store(cell, word.bits);
}

/* Changes some bits, whoever changes others meanwhile. False, and nothing is
 * changed, when the cell is another object's by now than `life` is of; all
 * zero is of any. */
static inline bool
rs_cell_change(rs_cell *cell, rs_word life, uint32_t clear, uint32_t set)
{
    rs_word word = rs_cell_load(cell);
    uint32_t changed;

    RS_DCHECK(((clear | set) & ~RS_WORD_STATUS) == 0);
    do {
        if (life.bits != 0 &&
            rs_word_generation(word) != rs_word_generation(life))
            return false;
        changed = (word.bits & ~clear) | set;
        if (changed == word.bits)
            return true;
    } while (!atomic_compare_exchange_weak_explicit(cell, &word.bits, changed,
                                                    memory_order_relaxed,
                                                    memory_order_relaxed));
    return true;
}

static inline bool
rs_cell_change_state(rs_cell *cell, rs_word life, enum rs_state state)
{
    return rs_cell_change(cell, life, RS_WORD_STATE, (uint32_t)state);
}

static inline void
rs_cell_mark(rs_cell *cell, enum rs_mark mark)
{
    (void)rs_cell_change(cell, (rs_word){0}, 0, (uint32_t)mark);
}
