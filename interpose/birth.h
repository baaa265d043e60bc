/* SPDX-License-Identifier: MIT */
/* birth.h -- door 3: births and deaths of objects, by PyRefTracer (3.13+). */
#pragma once

#include <stdbool.h>

#include "tracer_slot.h"

/* Installs the tracer, and chains one that is there already. False when this
 * host has none, or one that misses deaths, or not yet: a debug build needs an
 * attached thread. May be called again. */
bool rs_birth_start(void);

/* Is our tracer still installed? If not, deaths are not believed from now on,
 * and the loss is counted; where only a new runtime forgot it (3.15+), it is
 * put back, and counted as well. Asked before an object's state is believed, and at
 * exit. */
bool rs_birth_is_ours(void);

/* What PyRefTracer_SetTracer of an extension asks for, put behind ours:
 * `tracer` (may be NULL) gets every event after us. False when our tracer is
 * not installed, or has had RS_BIRTH_CHAINS different ones behind it. */
#define RS_BIRTH_CHAINS 32
bool rs_birth_chain(rs_tracer tracer, void *data);
rs_tracer rs_birth_chained(void **data);

/* The runtime is about to be initialized anew; it was. Between the two the
 * tracer is forgotten, and installed again. */
void rs_birth_expect_life(void);
void rs_birth_restart(void);
