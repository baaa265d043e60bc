/* SPDX-License-Identifier: MIT */
/* complete_parts.h -- what complete.c and complete_death.c share. */
#pragma once

#include "detect/finding.h"
#include "event/step.h"
#include "shadow/shadow.h"

/* Adds a stack, while there is room. */
void rs_complete_stack(struct rs_finding *found,
                       struct rs_finding_stack stack);

/* Adds, for a dying or dead object, who released the last reference, and where
 * its deallocation began. Needs the stack of the act, and the whole history.
 */
void rs_complete_death(struct rs_finding *found, const struct rs_step *step);
