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

#include "../runtime/os/sys.h"

/* Makes read-only pages [low, high) writable. False when any of them is not
 * exactly "readable, private" now, or the system refuses. */
bool rs_pages_open(uintptr_t low, uintptr_t high);

/* Makes them read-only again. */
void rs_pages_close(uintptr_t low, uintptr_t high);

/* For rs_sys_each_map(): `covered` is a uintptr_t that begins as the low end of
 * a range, and grows over the maps that are read-only and join. */
void rs_pages_cover(void *covered, const struct rs_sys_map *map);
