/* SPDX-License-Identifier: MIT */
/* hash.h -- one more word into a hash. */
#pragma once

#include <stdint.h>

/* splitmix64's last steps. */
static inline uint64_t
rs_hash_mix(uint64_t hash, uint64_t value)
{
    hash = (hash ^ value) * UINT64_C(0xbf58476d1ce4e5b9);
    return (hash ^ hash >> 29) * UINT64_C(0x94d049bb133111eb);
}
