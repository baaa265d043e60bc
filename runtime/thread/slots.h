/* SPDX-License-Identifier: MIT */
/* slots.h -- which slot a thread gets: numbers and what they are used for.
 * Private to thread.c.
 *
 * Few slots in use keep everything that is sized by them small, so the first
 * RS_SLOTS_FEW are given out one after another, and from then on that of the
 * thread that ended longest ago, if the last RS_SLOTS_KEPT to end keep theirs:
 * reports still tell what they did. Only when there is none, the next unused
 * one. Nothing waits or allocates; safe in signal handlers. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event/word.h"

#define RS_THREAD_SLOTS RS_WORD_CREATORS /* slot 0 is "unknown" */
#define RS_SLOTS_FEW    256              /* and 0 is one of them */
#define RS_SLOTS_KEPT   64

enum rs_slot_use {
    RS_SLOT_FREE = 0,
    RS_SLOT_CLAIMED, /* being filled */
    RS_SLOT_RUNNING,
    RS_SLOT_ENDED,
};

/* 0 when 4,095 threads have theirs. One that is used again is counted. */
unsigned rs_slots_claim(void);

/* The claimed slot could not be filled: it is used again last of all. */
void rs_slots_give_back(unsigned slot);

/* Its thread runs; its thread has ended. Who sees it sees what was done
 * before. */
void rs_slots_run(unsigned slot);
void rs_slots_end(unsigned slot);

enum rs_slot_use rs_slots_use(unsigned slot);
uint64_t rs_slots_ended_at(unsigned slot); /* ticks */

/* No slot beyond was ever claimed. */
unsigned rs_slots_top(void);

/* Changes whenever a thread ends. */
uint32_t rs_slots_ends(void);
