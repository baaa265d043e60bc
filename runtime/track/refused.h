/* SPDX-License-Identifier: MIT */
/* refused.h -- references that were asked for and not given: an incref that was
 * a bug, and was skipped.
 *
 * The code that asked knows nothing of that, and releases the reference later.
 * Such a release is no second bug, and there is nothing to release.
 *
 * A fixed table of numbers: object, generation and module, by hash. A release is
 * taken for the matching one when it is a finding itself, and comes from the
 * same module.
 *
 * Missed: a second bug of the same module on the same object, for as long as its
 * release is outstanding (counted as RS_LOST_REFUSED).
 * Wrong when: births are not seen, the object is gone, and another one at its
 * address is released too often by the same module. */
#pragma once

#include <stdbool.h>

#include "event/event.h"
#include "event/word.h"

/* The operation takes a reference, and is skipped. */
void rs_refused_note(const struct rs_event *ev, rs_word word);

/* Is this the release of one that was refused? Then it is no longer
 * outstanding. */
bool rs_refused_settle(const struct rs_event *ev, rs_word word);
