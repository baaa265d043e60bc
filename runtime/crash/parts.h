/* SPDX-License-Identifier: MIT */
/* parts.h -- the parts of a report about a signal, the most important ones
 * first: each asks what is known, and the last ones say it. What they read may
 * be what is broken: each may crash itself (guard.h). By one thread at a
 * time. */
#pragma once

#include <stdbool.h>

typedef void rs_part(void *unused);

/* They end with NULL. */
extern rs_part *const rs_parts_of_crash[];
extern rs_part *const rs_parts_of_hang[];

/* What the signal's handler was given. */
struct rs_parts_of {
    bool is_hang;
    int signal;
    const void *info, *context;
    void (*say_end)(void); /* NULL: the process goes on, or says no more */
};
void rs_parts_prepare(const struct rs_parts_of *of);
