/* SPDX-License-Identifier: MIT */
/* got.h -- door 2: put our hooks into the slots of loaded extensions. */
#pragma once

struct rs_got_counts {
    unsigned modules_seen;   /* that import a function with a hook */
    unsigned modules_hooked; /* … and call at least one through the hook */
    unsigned slots_patched;
};

/* Patches every image that was loaded since the last call, each once. Needs
 * the host and the hooks' originals. Holds the loader's lock. Any thread; two
 * at once are fine. */
void rs_got_refresh(void);

/* A number that changes whenever an image is loaded or unloaded. */
unsigned long long rs_got_loads(void);

struct rs_got_counts rs_got_counts(void);
