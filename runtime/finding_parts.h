/* SPDX-License-Identifier: MIT */
/* finding_parts.h -- what finding.c and finding_death.c share. */
#pragma once

#include "finding.h"
#include "shadow.h"

/* One more, while there is room. */
void rs_finding_add_stack(struct rs_finding *found,
                          struct rs_finding_stack stack);

/* Of a dying or dead object: who released the last reference, and where its
 * deallocation began. After the act, and with the whole history. */
void rs_finding_add_death(struct rs_finding *found,
                          const struct rs_step *step);
