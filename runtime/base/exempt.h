/* SPDX-License-Identifier: MIT */
/* exempt.h -- marks the conditions that keep refsan silent where something
 * looks like a bug and is none.
 *
 * RS_EXEMPT(name, condition) is `condition`, at no cost. Each name stands at
 * one place; scripts/mutate collects them from the sources.
 *
 * A build with REFSAN_MUTATIONS can switch one of them off: where the
 * environment says REFSAN_MUTATE=name, the condition of that name is never
 * true, and a test that must stay silent is expected to fail. With
 * REFSAN_MUTATE_TRACE=file the names of the conditions that were true are
 * appended to the file, each once per process. */
#pragma once

#ifdef REFSAN_MUTATIONS

#include <stdatomic.h>
#include <stdbool.h>

struct rs_exempt {
    const char *name;
    atomic_bool was_met;
};

/* False where this exemption is switched off. */
bool rs_exempt_is_on(const struct rs_exempt *exempt);

/* Its condition was true. Always returns true. */
bool rs_exempt_met(struct rs_exempt *exempt);

#define RS_EXEMPT(name, condition)                                            \
    __extension__({                                                           \
        static struct rs_exempt exempt_##name = {#name, false};               \
        rs_exempt_is_on(&exempt_##name) && (condition) &&                     \
            rs_exempt_met(&exempt_##name);                                    \
    })

#else
#define RS_EXEMPT(name, condition) (condition)
#endif
