/* SPDX-License-Identifier: MIT */
/* hooks.h -- symbols.def as code: the functions refsan puts in front of the
 * interpreter's, the pointers to the originals, and the list of both that the
 * doors work from. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rs_hook {
    const char *name;
    void *replacement;
    void **original; /* where the original's address is kept; *original is NULL
                        when this host has no such function */
    bool is_aside; /* its slots are of interest in modules that have others */
};

extern const struct rs_hook rs_hooks[];
extern const size_t rs_hooks_count;

/* The hook for `name`, or NULL; those of reads only while TSan judges. */
const struct rs_hook *rs_hooks_find(const char *name);

/* Looks all originals up in the host (host.h). Before that every hook finds
 * its own original on its first call, and does nothing else. */
void rs_hooks_start(void);
