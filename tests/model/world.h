/* SPDX-License-Identifier: MIT */
/* world.h -- what the explored programs are made of: up to three threads that
 * own references, two objects, a registry of unowned pointers, a mailbox; and
 * the judge, who knows how many references there really are.
 *
 * A thread's program is a string, one act a character, on object 0; a digit
 * before an act names the object it and the next ones are about:
 *
 *   +  increment         by a thread that holds a reference; else nothing
 *   -  decrement         the same
 *   p  put a reference into the mailbox, where another thread may take it
 *   t  take one from the mailbox, if there is one
 *   k  look up in the registry, under its lock: TryIncRef
 *   K  the same, but with a plain increment (wrong)
 *   ?  TryIncRef with no lock (wrong, where the object may be freed)
 *   e  enable TryIncRef
 *   m  immortalize by the rule of 3.15     o  … by the relaxed rule
 *   f  immortalize with no question asked
 *   s  safepoint: merge what is queued     a  go away and come back
 *   r  start and end a resurrection, as a finalizer does (in deallocators)
 *   L  the owner's last decrement, its two stores in the wrong order
 *   W  … in the right order, but with no release between them
 *   S  set the count one up and one down again, as Cython did (there, too)
 *
 * Afterwards the thread drops what it holds, merges its queue, and exits. */
#pragma once

#include <stdbool.h>

#include "explore.h"

#define WORLD_OBJECTS 2

struct world_scenario {
    const char *name;
    const char *programs[EXPLORE_THREADS]; /* NULL: no such thread */
    /* Object 0's first state. Thread 0 owns it; of the references held, this
     * many are on the shared half. Object 1: one reference, in object 0. */
    unsigned char held[EXPLORE_THREADS];
    unsigned char shared;
    bool is_enabled;
    bool is_registered;    /* and its deallocator unregisters it */
    const char *dealloc;   /* acts of object 0's deallocator */
    bool owns_other;       /* object 0 holds the reference to object 1 */
    bool may_refuse;       /* TryIncRef may refuse a live object */
    const char *violation; /* the counter-example wanted, or NULL: none */
};

/* Explores it, weakly ordered stores included. */
struct explore_result world_explore(const struct world_scenario *scenario);
