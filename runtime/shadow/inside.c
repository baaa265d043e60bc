/* SPDX-License-Identifier: MIT */
/* inside.c -- see inside.h. */
#include "shadow/inside.h"

#include "shadow/shadow.h"

#define GRANULE     ((uintptr_t)1 << RS_GRANULE_SHIFT)
#define FIRST_PAGES 65536 /* no object is there */

rs_word
rs_shadow_inside(uintptr_t address, uintptr_t reach, bool with_dead,
                 uintptr_t *object)
{
    uintptr_t at = address & ~(GRANULE - 1);

    for (uintptr_t in = 0; in < reach && at >= FIRST_PAGES;
         in += GRANULE, at -= GRANULE) {
        rs_word word = rs_shadow_get(at);
        enum rs_state state = rs_word_state(word);

        if (state != RS_STATE_UNKNOWN &&
            (with_dead || state != RS_STATE_DEAD)) {
            *object = at;
            return word;
        }
    }
    *object = 0;
    return (rs_word){0};
}
