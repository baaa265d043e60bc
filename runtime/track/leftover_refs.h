/* SPDX-License-Identifier: MIT */
/* leftover_refs.h -- references that were taken while their object was deallocated, and
 * not given back by the time its memory is freed (R12).
 *
 * Asked of the rings, when an object's dealloc frees it with a count above
 * zero. The count alone says nothing: a dealloc may have set it, and freed the
 * object as it was. So all of it must come from operations that were seen,
 * since the death, with none in between that was not. */
#pragma once

#include "event/step.h"

/* The reference that somebody keeps to the object that the event frees.
 *
 * Missed: deallocs that free by tp_free, which is not seen; deaths and
 * operations that the rings forgot; any operation unseen; a count that was set
 * by hand, too; and a reference that the function which
 * frees the object took itself, or one that called it: that is how a dealloc
 * guards itself, and nobody has it. */
struct rs_leftover_refs_facts rs_leftover_refs_ask(const struct rs_event *ev,
                                                   rs_word word);
