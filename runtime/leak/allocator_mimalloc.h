/* SPDX-License-Identifier: MIT */
/* allocator_mimalloc.h -- allocator.h for free-threaded builds, whose
 * allocator is mimalloc; private to allocator.c. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

void rs_allocator_mimalloc_wipe(uintptr_t unit, unsigned char *copy);
bool rs_allocator_mimalloc_find(uintptr_t address, uintptr_t *low,
                                uintptr_t *high);
