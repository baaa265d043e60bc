/* SPDX-License-Identifier: MIT */
/* modules.c -- see modules.h. Entries are only ever added. Most addresses that
 * are asked about are in no module at all, so the bounds of all come first. */
#include "host/modules.h"

#include <stdatomic.h>
#include <stddef.h>

#include "base/check.h"
#include "base/lost.h"

#define LOAD(from) atomic_load_explicit((from), memory_order_relaxed)
#define STORE(into, what)                                                     \
    atomic_store_explicit((into), (what), memory_order_relaxed)

struct module {
    _Atomic uintptr_t low, high;
    _Atomic unsigned kinds;
};

static struct {
    struct module all[RS_MODULES_MAX];
    _Atomic unsigned count;
    _Atomic uintptr_t lowest, highest;
} modules = {.lowest = UINTPTR_MAX};

static struct module *
find(uintptr_t low)
{
    for (unsigned i = 0; i < LOAD(&modules.count); i++) {
        if (LOAD(&modules.all[i].low) == low)
            return &modules.all[i];
    }
    return NULL;
}

/* Release: publishes the entry. Pairs with the acquire in rs_modules_have(). */
static void
put(uintptr_t low, uintptr_t high, unsigned kinds)
{
    unsigned at = LOAD(&modules.count);

    if (at == RS_MODULES_MAX) {
        rs_lost_count(RS_LOST_MODULE_CODE);
        return;
    }
    STORE(&modules.all[at].low, low);
    STORE(&modules.all[at].high, high);
    STORE(&modules.all[at].kinds, kinds);
    if (low < LOAD(&modules.lowest))
        STORE(&modules.lowest, low);
    if (high > LOAD(&modules.highest))
        STORE(&modules.highest, high);
    atomic_store_explicit(&modules.count, at + 1, memory_order_release);
}

void
rs_modules_add(uintptr_t low, uintptr_t high, unsigned kinds)
{
    struct module *module = find(low);

    if (module == NULL)
        put(low, high, kinds);
    else
        STORE(&module->kinds, LOAD(&module->kinds) | kinds);
}

bool
rs_modules_have(uintptr_t address, enum rs_modules_kind kind)
{
    unsigned count =
        atomic_load_explicit(&modules.count, memory_order_acquire);

    if (rs_likely(address < LOAD(&modules.lowest) ||
                  address >= LOAD(&modules.highest)))
        return false;
    for (unsigned i = 0; i < count; i++) {
        const struct module *module = &modules.all[i];

        if ((LOAD(&module->kinds) & kind) != 0 &&
            address >= LOAD(&module->low) && address < LOAD(&module->high))
            return true;
    }
    return false;
}
