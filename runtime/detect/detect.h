/* SPDX-License-Identifier: MIT */
/* detect.h -- is this step a bug? Functions from data to a verdict: they print
 * nothing, lock nothing, unwind nothing and change nothing. What they decide
 * by is in the event, the step and the host's description;
 * tests/unit/detect_test.c is a table of rows. */
#pragma once

#include <stdbool.h>

struct rs_event;
struct rs_finding;
struct rs_step;

/* True when it is one; then `found` has its first block filled. */
bool rs_detect(const struct rs_event *ev, const struct rs_step *step,
               struct rs_finding *found);

/* No finding, but only because the operation may be the dying object's own
 * dealloc's. */
bool rs_detect_is_undecided(const struct rs_event *ev,
                            const struct rs_step *step);
