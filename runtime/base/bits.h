/* SPDX-License-Identifier: MIT */
/* bits.h -- small arithmetic that says what it means. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Is low <= value < low + size? One comparison: a value below `low` wraps
 * around to one that is larger than any size. */
static inline bool
rs_is_within(uint64_t value, uint64_t low, uint64_t size)
{
    return value - low < size;
}

/* The smallest power of two that is not less than `number`, which is at most
 * 2^31. */
static inline uint32_t
rs_power_of_two(uint32_t number)
{
    uint32_t power = 1;

    while (power < number)
        power *= 2;
    return power;
}
