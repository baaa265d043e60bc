/* SPDX-License-Identifier: MIT */
/* complete.h -- completes a finding from the shadow and the rings: the object,
 * the stacks of both acts, the history, the threads. */
#pragma once

#include "detect/finding.h"
#include "event/step.h"

/* After the detector. Report time: may be slow, still allocates nothing. */
void rs_complete_finding(struct rs_finding *found, const struct rs_event *ev,
                         const struct rs_step *step);
