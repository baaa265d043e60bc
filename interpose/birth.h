/* SPDX-License-Identifier: MIT */
/* birth.h -- door 3: objects born, objects gone, by PyRefTracer (3.13+). */
#pragma once

#include <stdbool.h>

/* Installs the tracer, chained to one that is there already. False when this
 * host has none, or one whose deaths cannot be trusted. */
bool rs_birth_start(void);

/* Is the slot still ours? When not, deaths are distrusted from now on and the
 * loss is counted. Cold: before a lifetime finding, and at exit. */
bool rs_birth_is_ours(void);
