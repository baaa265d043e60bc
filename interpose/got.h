/* SPDX-License-Identifier: MIT */
/* got.h -- door 2: put our hooks into the slots of loaded extensions. */
#pragma once

struct rs_got_counts {
    unsigned modules_seen;
    unsigned modules_hooked;
    unsigned slots_patched;
};

/* Patches every image that was loaded since the last call, each once. Holds the
 * loader's lock. Any thread; two at once are fine. */
void rs_got_refresh(void);

struct rs_got_counts rs_got_counts(void);
