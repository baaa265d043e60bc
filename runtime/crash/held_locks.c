/* SPDX-License-Identifier: MIT */
/* held_locks.c -- see held_locks.h. In a signal handler.
 *
 * Missed: locks that track/locks.h does not see; those beyond RS_CRASH_HELD of
 * a thread, and of threads beyond RS_CRASH_LOCKS. */
#include "crash/held_locks.h"

#include <string.h>

#include "base/foreign.h"
#include "host/host.h"
#include "os/sys.h"
#include "shadow/shadow.h"

/* A critical section's lock is an object, as Python's own locks are. */
static void
describe(struct rs_crash_lock *lock, uintptr_t address)
{
    char name[RS_TYPE_NAME_BYTES] = "";
    struct rs_header header;

    lock->lock = address;
    lock->type[0] = '\0';
    if (address == 0 ||
        rs_word_state(rs_shadow_get(address)) == RS_STATE_UNKNOWN ||
        !rs_sys_can_read(address, 32))
        return;
    header = rs_host_header(address);
    rs_host_type_name(&header, name, sizeof(name));
    rs_foreign_copy(lock->type, sizeof(lock->type), name);
}

void
rs_crash_locks_note(struct rs_crash *crash, unsigned slot, int tid,
                    const struct rs_locks *locks)
{
    struct rs_crash_locks *entry;

    if ((locks->count == 0 && locks->wanted == 0) ||
        crash->locks_count == RS_CRASH_LOCKS)
        return;
    entry = &crash->locks[crash->locks_count++];
    *entry = (struct rs_crash_locks){.slot = slot, .tid = tid, .holder = -1};
    for (unsigned i = 0; i < locks->count && i < RS_LOCKS_MAX; i++)
        if (!locks->held[i].is_away && entry->held_count < RS_CRASH_HELD)
            describe(&entry->held[entry->held_count++], locks->held[i].lock);
    describe(&entry->wanted, locks->wanted);
}

static int
find_holder(const struct rs_crash *crash, uintptr_t lock)
{
    for (unsigned i = 0; lock != 0 && i < crash->locks_count; i++)
        for (unsigned j = 0; j < crash->locks[i].held_count; j++)
            if (crash->locks[i].held[j].lock == lock)
                return (int)i;
    return -1;
}

/* Follows who waits for whom, from one of them. */
static bool
find_circle(struct rs_crash *crash, unsigned first)
{
    unsigned at = first;

    crash->circle_count = 0;
    do {
        crash->circle[crash->circle_count++] = at;
        if (crash->locks[at].holder < 0)
            break;
        at = (unsigned)crash->locks[at].holder;
    } while (at != first && crash->circle_count < crash->locks_count);
    if (at == first && crash->circle_count > 1)
        return true;
    crash->circle_count = 0;
    return false;
}

void
rs_crash_locks_join(struct rs_crash *crash)
{
    for (unsigned i = 0; i < crash->locks_count; i++)
        crash->locks[i].holder =
            find_holder(crash, crash->locks[i].wanted.lock);
    for (unsigned i = 0; i < crash->locks_count; i++)
        if (find_circle(crash, i))
            return;
}
