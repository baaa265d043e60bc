/* SPDX-License-Identifier: MIT */
/* got_slots.h -- the slots of one image: which hold a function that has a hook,
 * and the hook put into them. Private to got*.c, under the loader's lock. */
#pragma once

#include <stdbool.h>

#include "elf_view.h"

/* One image being patched. */
struct rs_got_visit {
    struct rs_elf_view view;
    bool is_host;
    bool is_open;     /* RELRO is writable now */
    bool is_refused;  /* … cannot be made so; do not ask again */
    bool is_short;    /* a slot should hold a hook and could not be written */
    bool wants_aside; /* now those of locks of the C library, and of reads */
    bool
        may_call_hooks; /* the host: a slot does not lead to its own function */
    bool tells_tsan;    /* is instrumented by TSan */
    bool uses_api;      /* calls the C API at all, watched functions or not */
    unsigned watched;   /* slots of functions that have a hook */
    unsigned hooked;    /* … that hold it now */
    unsigned pending;   /* … that the loader has not filled yet */
    char mark[32]; /* the symbol by which instrumented code finds refsan */
};

/* Looks at every slot: at those of the C API, or with `wants_aside` at those of
 * locks of the C library, and of what only reads. */
void rs_got_slots_visit(struct rs_got_visit *visit);

/* How many hold a hook, in all images. Any time. */
unsigned rs_got_slots_patched(void);

/* Says with verbosity=2 how many of the image's are hooked. */
void rs_got_slots_say(const struct rs_got_visit *visit, const char *path);
