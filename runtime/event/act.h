/* SPDX-License-Identifier: MIT */
/* act.h -- an operation of the past, as it is read from a thread's ring
 * (shadow/history.h). */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "event/event.h"

struct rs_past_act {
    enum rs_ev op;
    unsigned slot;
    rs_stack stack;
    int64_t count_before; /* INT32_MIN: not known */
    int64_t count_after;
    bool is_skipped; /* it was not done: both counts are the same */
    uint64_t ticks;
};

/* As many as an object's history has. */
#define RS_HISTORY_MAX 32
