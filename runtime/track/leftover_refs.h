/* SPDX-License-Identifier: MIT */
/* leftover_refs.h -- references that were taken while their object was being
 * deallocated, and not released by the time its memory is freed (R12).
 *
 * Looked up in the rings when a dealloc frees its object with a count above
 * zero. The count alone proves nothing: a dealloc may have set it, and freed
 * the object as it was. So the whole count must come from operations since the
 * death that were seen, with no unseen one in between. */
#pragma once

#include "event/step.h"

/* The reference that is left to the object that the event frees.
 *
 * Missed: deallocs that free by a tp_free of the module's own; deaths and
 * operations that the rings forgot; any operation unseen; a count that was set
 * by hand, too; and a reference taken by the function that frees the object,
 * or by one that called it: a dealloc guards itself so, and keeps no pointer.
 */
struct rs_leftover_refs_facts rs_leftover_refs_ask(const struct rs_event *ev,
                                                   rs_word word);
