/* SPDX-License-Identifier: MIT */
/* classify.h -- the first look at an event, which is enough for most of them.
 *
 * Operations on an immortal object do nothing. And most events are of a live
 * object that only this thread ever touched, with a header that fits: then no
 * check finds anything and no word changes. tests/unit/ordinary_test.c asks
 * all checks about such events. */
#pragma once

#include <stdbool.h>

#include "event/event.h"
#include "event/word.h"

enum rs_event_class {
    RS_CLASS_CLOSER,   /* look closer: not "wrong" */
    RS_CLASS_ORDINARY, /* for the history only */
    RS_CLASS_IDLE,     /* an immortal object: nothing happens */
};

/* Finds the object's cell, and reads its header where its memory is certainly
 * there. Both are kept in the event. */
enum rs_event_class rs_classify(struct rs_event *ev);

/* True for an operation that changes nothing, because the header in the event
 * is immortal as it should be. A dealloc always changes something. */
bool rs_classify_is_idle(const struct rs_event *ev);
