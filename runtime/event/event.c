/* SPDX-License-Identifier: MIT */
/* event.c -- events.def, as a table. */
#include "event/event.h"

#include "base/check.h"

static const struct rs_event_words words[] = {
#define RS_EVENT(id, phrase, traits) {#id, phrase, traits},
#include "events.def"
};

const struct rs_event_words *
rs_event_words(enum rs_ev op)
{
    RS_CHECK(op < RS_EV_COUNT);
    return &words[op];
}
