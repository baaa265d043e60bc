/* SPDX-License-Identifier: MIT */
/* install.h -- which doors open in this process, in which order, and what was
 * missed. The library's constructor and destructor are here. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Something may have been loaded since: look for a host if there is none, and
 * patch what is new. Cheap when nothing is. Any thread; not under a lock of
 * ours; may run under the loader's. */
void rs_install_refresh(void);

struct rs_coverage {
    unsigned modules_hooked; /* extensions and libraries with patched slots */
    unsigned modules_seen;   /* that import any watched function */
    unsigned slots_patched;
    bool has_births;         /* PyRefTracer is ours */
    bool is_preloaded;       /* exported wrappers win: shared libpython */
};
struct rs_coverage rs_install_coverage(void);

/* The coverage sentence of the summary line. */
void rs_install_describe(char *sentence, size_t bytes);
