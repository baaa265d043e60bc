/* SPDX-License-Identifier: MIT */
/* locks_taken.c -- which locks were taken since; see locks.h. */
#include "track/locks.h"

uintptr_t
rs_locks_taken_since(uint32_t taken, unsigned index)
{
    uint32_t since = rs_locks.taken - taken;

    if (index < since)
        return since <= RS_LOCKS_RECENT
                   ? rs_locks.recent[(taken + index) % RS_LOCKS_RECENT]
                   : 0;
    index -= since;
    return index < rs_locks.count ? rs_locks.held[index].lock : 0;
}

bool
rs_locks_was_taken(uint32_t taken, uintptr_t lock)
{
    if (rs_locks.taken - taken > RS_LOCKS_RECENT || rs_locks_has(lock))
        return true;
    for (; taken != rs_locks.taken; taken++) {
        if (rs_locks.recent[taken % RS_LOCKS_RECENT] == lock)
            return true;
    }
    return false;
}
