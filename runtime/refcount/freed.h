/* SPDX-License-Identifier: MIT */
/* freed.h -- what the header of a dead object still says, and what allocators
 * and free lists put in its place. Pure, as header.h is. */
#pragma once

#include "refcount/header.h"

/* All that the header of a dead object can say of its count. Anything else is
 * no count: its memory, or the first word of it, has another use. */
static inline bool
rs_header_is_at_zero(const struct rs_header *h)
{
    switch (h->layout) {
    case RS_LAYOUT_FREE_THREADED:
        return h->local == 0 && rs_header_shared_count(h) == 0;
    case RS_LAYOUT_SPLIT:
        return h->local == 0 && h->overflow == 0 && h->flags < 16;
    case RS_LAYOUT_WIDE:
        return h->shared == 0;
    case RS_LAYOUT_NONE:
        break;
    }
    return false;
}

/* glibc's tcache and fast bins hide a link: it is stored xor-ed with the number
 * of the page it is on (PROTECT_PTR of its malloc). */
#define RS_LINK_SHIFT 12

/* A default build's count is the first word of an object, where allocators and
 * free lists put the link of a dead one. An executable that is not position
 * independent has its heap below 4 GiB, where a link is no greater than a count
 * may be. So these are the addresses that the count may be, as it is and as
 * glibc hides one. */
struct rs_header_links {
    uintptr_t plain;  /* 0: cannot be one */
    uintptr_t hidden; /* 0: cannot be one */
    bool is_last;     /* a hidden NULL */
};

static inline struct rs_header_links
rs_header_links(const struct rs_header *h, uintptr_t object)
{
    struct rs_header_links links = {0, 0, false};
    uintptr_t word = h->layout == RS_LAYOUT_WIDE ? (uintptr_t)h->shared
                                                 : (uintptr_t)h->local;
    uintptr_t shown = word ^ object >> RS_LINK_SHIFT;

    if (h->layout == RS_LAYOUT_FREE_THREADED)
        return links;
    links.plain = word;
    links.is_last = shown == 0;
    /* Lists are of one heap; all that fits a count is below 4 GiB. */
    if (object <= UINT32_MAX && shown % 16 == 0)
        links.hidden = shown;
    return links;
}
