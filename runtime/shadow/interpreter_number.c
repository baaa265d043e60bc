/* SPDX-License-Identifier: MIT */
/* interpreter_number.c -- see interpreter_number.h. Runs at births and on the event path. */
#include "shadow/interpreter_number.h"

#include "base/core_note.h"
#include "host/host.h"
#include "os/atomics.h"

#include <stddef.h>

static struct {
    _Atomic int64_t ids[RS_WORD_INTERPRETERS]; /* the last one of a number */
} interpreters;

RS_CORE_ROWS(interpreter_number) = {
    RS_CORE_VARIABLE("interpreters", interpreters.ids),
};

atomic_bool rs_interpreter_are_many;

void
rs_interpreter_follow_slow(struct rs_thread *self, const void *tstate)
{
    struct rs_host_interpreter found = rs_host_interpreter_of(tstate);
    unsigned number = 0;

    if (found.has_own_gil && found.id > 0)
        number = 1 + (unsigned)((uint64_t)(found.id - 1) %
                                (RS_WORD_INTERPRETERS - 1));
    /* While it is being made, it has no GIL: ask again. */
    self->tstate = found.has_gil ? tstate : NULL;
    self->live_word =
        rs_word_with_interpreter((rs_word){self->live_word}, number).bits;
    if (number == 0)
        return;
    rs_store(&interpreters.ids[number], found.id);
    rs_store(&rs_interpreter_are_many, true);
}

int64_t
rs_interpreter_id(rs_word word)
{
    const struct rs_thread *self = rs_thread_current;
    unsigned number = rs_word_interpreter(word);

    if (self == NULL || rs_interpreter_number(self) == number)
        return rs_host_interpreter();
    return rs_load(&interpreters.ids[number]);
}
