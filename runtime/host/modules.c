/* SPDX-License-Identifier: MIT */
/* modules.c -- see modules.h. Entries are only ever added. Most addresses that
 * are asked about are in no module at all, so the bounds of all come first. */
#include "host/modules.h"

#include <stdatomic.h>
#include <stddef.h>

#include "base/check.h"
#include "base/lost.h"
#include "os/atomics.h"

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
    for (unsigned i = 0; i < rs_load(&modules.count); i++) {
        if (rs_load(&modules.all[i].low) == low)
            return &modules.all[i];
    }
    return NULL;
}

/* Release: publishes the entry. Pairs with the acquire in find_by_address().
 */
static void
put(uintptr_t low, uintptr_t high, unsigned kinds)
{
    unsigned at = rs_load(&modules.count);

    if (at == RS_MODULES_MAX) {
        rs_lost_count(RS_LOST_MODULE_CODE);
        return;
    }
    rs_store(&modules.all[at].low, low);
    rs_store(&modules.all[at].high, high);
    rs_store(&modules.all[at].kinds, kinds);
    if (low < rs_load(&modules.lowest))
        rs_store(&modules.lowest, low);
    if (high > rs_load(&modules.highest))
        rs_store(&modules.highest, high);
    rs_store_release(&modules.count, at + 1);
}

void
rs_modules_add(uintptr_t low, uintptr_t high, unsigned kinds)
{
    struct module *module = find(low);

    if (module == NULL)
        put(low, high, kinds);
    else
        rs_store(&module->kinds, rs_load(&module->kinds) | kinds);
}

/* Of one of these kinds; NULL: none. */
static const struct module *
find_by_address(uintptr_t address, unsigned kinds)
{
    unsigned count = rs_load_acquire(&modules.count);

    if (rs_likely(address < rs_load(&modules.lowest) ||
                  address >= rs_load(&modules.highest)))
        return NULL;
    for (unsigned i = 0; i < count; i++) {
        const struct module *module = &modules.all[i];

        if ((rs_load(&module->kinds) & kinds) != 0 &&
            address >= rs_load(&module->low) &&
            address < rs_load(&module->high))
            return module;
    }
    return NULL;
}

bool
rs_modules_have(uintptr_t address, enum rs_modules_kind kind)
{
    return find_by_address(address, kind) != NULL;
}

uintptr_t
rs_modules_find(uintptr_t address)
{
    const struct module *module =
        find_by_address(address, RS_MODULES_CALLING | RS_MODULES_ANNOUNCING);

    return module != NULL ? rs_load(&module->low) : 0;
}
