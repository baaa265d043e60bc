/* SPDX-License-Identifier: MIT */
/* pages.h -- makes pages that the loader protected (RELRO) writable for a
 * moment.
 *
 * Only pages that are read-only now: the loader protects an image's RELRO
 * pages when it has relocated all of it. Pages that are still writable belong
 * to an image that another thread is loading: protecting those would make the
 * loader's own writes fault. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Makes read-only pages [low, high) writable. False when any of them is not
 * exactly "readable, private" now, or the system refuses. */
bool rs_pages_open(uintptr_t low, uintptr_t high);

/* Makes them read-only again. */
void rs_pages_close(uintptr_t low, uintptr_t high);

/* Reads lines as /proc/self/maps has them, a piece at a time. */
struct rs_pages_scan {
    uintptr_t covered;     /* begins as the low end; grows over lines that are
                              read-only and join */
    uintptr_t first, last; /* the line's range */
    char protection[4];
    unsigned column; /* the field being read; see pages.c */
    unsigned count;  /* characters of `protection` */
};
void rs_pages_scan_piece(struct rs_pages_scan *scan, const char *text,
                         unsigned bytes);
