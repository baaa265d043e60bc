/* SPDX-License-Identifier: MIT */
/* repeats.h -- a finding that repeats, known before it is completed.
 *
 * To complete a finding takes some 100 us: rings are searched. A loop with a bug
 * in it finds the same a million times, and must not look like a hang. So
 * findings have a second, cheaper name: what the step says of them, without the
 * object. The first ones of a name are completed, and later ever fewer: of the
 * rest only the number is wanted.
 *
 * Missed: of findings that differ only in what is searched for (where another
 * thread's release was), those that come late; they are counted, not said. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "detect/finding.h"
#include "event/step.h"
#include "report/report.h"

/* So many of a name are completed; later those whose number is a power of
 * two. */
#define RS_REPEATS_COMPLETED 16

/* 0 when it has none: its act has no stack. */
uint64_t rs_repeats_name(const struct rs_finding *found,
                         const struct rs_event *ev,
                         const struct rs_step *step);

/* What became of one that was completed. */
struct rs_repeat {
    uint64_t fingerprint; /* 0 of none: complete it, and tell … */
    enum rs_report_outcome outcome;
};

/* Counts one more of the name. No lock; any thread, also in a signal handler.
 */
struct rs_repeat rs_repeats_ask(uint64_t name);

/* … this. */
void rs_repeats_note(uint64_t name, struct rs_repeat repeat);
