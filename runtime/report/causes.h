/* SPDX-License-Identifier: MIT */
/* causes.h -- what follows from an earlier finding on the same object.
 *
 * An object that was released too often is wrong from then on: the next
 * operations find it dead, or its count below zero. They are said, with the
 * fingerprint of the first finding, but count as errors only where they may be
 * one of their own: of another kind, and at another place.
 *
 * A fixed table, by address and generation; the newer object takes the place
 * of an older one.
 *
 * Missed: objects whose births are not seen: another one may be there by now.
 */
#pragma once

#include <stdbool.h>

#include "detect/finding.h"

/* Fills `follows`, or remembers the finding as its object's first. True when
 * it counts as a consequence. `place` is a number for the function that the act
 * is in. Any thread; no lock. */
bool rs_causes_ask(struct rs_finding *found, uint64_t place);
