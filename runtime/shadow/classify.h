/* SPDX-License-Identifier: MIT */
/* classify.h -- the first look at an event: most need no second one.
 *
 * An immortal object is counted by nobody. And most events are of a live object
 * that only this thread ever touched, with a header that fits: then no detector
 * has anything to say and nothing changes (tests/unit/ordinary_test.c asks them
 * all). */
#pragma once

#include <stdbool.h>

#include "event/event.h"
#include "event/word.h"

enum rs_event_class {
    RS_CLASS_CLOSER,   /* look closer: not "wrong" */
    RS_CLASS_ORDINARY, /* for the history only */
    RS_CLASS_IDLE,     /* an immortal object: nothing happens */
};

/* Finds the object's cell, and reads its header where its memory is surely
 * there; whoever looks closer needs neither again. */
enum rs_event_class rs_classify(struct rs_event *ev);

/* True for an operation that changes nothing, by the header in the event, on an
 * object whose immortality there is nothing to say about. A dealloc changes
 * something, whatever the header says. */
bool rs_classify_is_idle(const struct rs_event *ev);
