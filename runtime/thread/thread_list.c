/* SPDX-License-Identifier: MIT */
/* thread_list.c -- what is asked about threads, by whoever has a slot or a
 * thread pointer. Any thread, also in signal handlers. */
#include "thread/thread.h"

#include <string.h>

#include "os/sys.h"
#include "os/atomics.h"

/* The running one, or else the last to end, of those that are alike. */
static unsigned
find(bool (*is_it)(const struct rs_thread *thread, uintptr_t wanted),
     uintptr_t wanted)
{
    const unsigned top = rs_slots_top();
    unsigned found = 0;

    for (unsigned slot = 1; slot <= top; slot++) {
        const struct rs_thread *thread = rs_thread_get(slot);
        enum rs_slot_use use = rs_slots_use(slot);

        if (use <= RS_SLOT_CLAIMED || thread == NULL || !is_it(thread, wanted))
            continue;
        if (use == RS_SLOT_RUNNING)
            return slot;
        if (found == 0 || rs_slots_ended_at(slot) > rs_slots_ended_at(found))
            found = slot;
    }
    return found;
}

static bool
has_pointer(const struct rs_thread *thread, uintptr_t pointer)
{
    return rs_load(&thread->pointer) == pointer;
}

static bool
has_tid(const struct rs_thread *thread, uintptr_t tid)
{
    return (uintptr_t)thread->tid == tid;
}

unsigned
rs_thread_find_owner(uintptr_t pointer)
{
    return find(has_pointer, pointer);
}

unsigned
rs_thread_find_tid(int tid)
{
    return tid == 0 ? 0 : find(has_tid, (uintptr_t)tid);
}

void
rs_thread_name(unsigned slot, char *name, unsigned bytes)
{
    struct rs_thread *thread = rs_thread_get(slot);

    name[0] = '\0';
    if (thread == NULL)
        return;
    if (!rs_load_acquire(&thread->has_ended)) {
        rs_sys_thread_name(thread->tid, name, bytes);
        return;
    }
    strncpy(name, thread->name, bytes - 1);
    name[bytes - 1] = '\0';
}

uint64_t
rs_thread_events(void)
{
    uint64_t total = 0;

    for (unsigned slot = 1; slot <= rs_slots_top(); slot++) {
        const struct rs_thread *thread = rs_thread_get(slot);

        if (thread != NULL)
            total += rs_load(&thread->events) + rs_load(&thread->acts.written);
    }
    return total;
}
