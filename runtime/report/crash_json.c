/* SPDX-License-Identifier: MIT */
/* crash_json.c -- see crash_json.h. In a signal handler. */
#include "report/crash_json.h"

#include "report/json_stacks.h"
#include "report/names.h"

static void
add_registers(struct rs_json *json, const struct rs_crash *crash)
{
    rs_json_open(json, "registers", '{');
    for (unsigned i = 0; i < crash->registers_count; i++)
        rs_json_hex(json, crash->registers[i].name, crash->registers[i].value);
    rs_json_close(json, '}');
}

static void
add_pointers(struct rs_json *json, const struct rs_crash *crash)
{
    rs_json_open(json, "pointers", '[');
    for (unsigned i = 0; i < crash->clues_count; i++) {
        const struct rs_crash_clue *clue = &crash->clues[i];

        rs_json_open(json, NULL, '{');
        rs_json_string(json, "in", clue->where);
        rs_json_int(json, "offset", clue->offset);
        rs_json_hex(json, "value", clue->value);
        rs_json_hex(json, "object", clue->object);
        rs_json_word(json, "type", clue->type);
        rs_json_string(json, "state",
                       rs_names_state(rs_word_state(clue->word)));
        rs_json_close(json, '}');
    }
    rs_json_close(json, ']');
}

static void
add_cause(struct rs_json *json, const struct rs_crash_cause *cause)
{
    char digits[RS_NAMES_FINGERPRINT_BYTES];

    if (cause->fingerprint == 0)
        return;
    rs_json_open(json, "cause", '{');
    rs_json_string(json, "fingerprint",
                   rs_names_fingerprint(cause->fingerprint, digits));
    rs_json_string(json, "bug", cause->bug);
    rs_json_hex(json, "object", cause->object);
    rs_json_word(json, "type", cause->type);
    rs_json_string(json, "state", rs_names_state(rs_word_state(cause->word)));
    rs_json_close(json, '}');
}

static void
add_threads(struct rs_json *json, const struct rs_crash *crash)
{
    rs_json_open(json, "threads", '[');
    for (unsigned i = 0; i < crash->threads_count; i++) {
        rs_json_open(json, NULL, '{');
        rs_json_known(json, "thread", crash->threads[i].slot);
        rs_json_int(json, "tid", crash->threads[i].tid);
        rs_json_word(json, "name", crash->threads[i].name);
        rs_json_int(json, "others", crash->threads[i].others);
        rs_json_stacks_frames(json, crash->threads[i].stack);
        rs_json_close(json, '}');
    }
    rs_json_close(json, ']');
    rs_json_int(json, "silent_threads", crash->threads_silent);
}

static void
add_lock(struct rs_json *json, const char *key,
         const struct rs_crash_lock *lock)
{
    rs_json_open(json, key, '{');
    rs_json_hex(json, "address", lock->lock);
    rs_json_word(json, "type", lock->type);
    rs_json_close(json, '}');
}

static void
add_locks_of(struct rs_json *json, const struct rs_crash *crash,
             const struct rs_crash_locks *entry)
{
    rs_json_open(json, NULL, '{');
    rs_json_known(json, "thread", entry->slot);
    rs_json_int(json, "tid", entry->tid);
    rs_json_open(json, "has", '[');
    for (unsigned i = 0; i < entry->held_count; i++)
        add_lock(json, NULL, &entry->held[i]);
    rs_json_close(json, ']');
    if (entry->wanted.lock != 0)
        add_lock(json, "waits_for", &entry->wanted);
    else
        rs_json_null(json, "waits_for");
    if (entry->holder >= 0)
        rs_json_int(json, "which_has_tid", crash->locks[entry->holder].tid);
    rs_json_close(json, '}');
}

static void
add_locks(struct rs_json *json, const struct rs_crash *crash)
{
    rs_json_open(json, "locks", '[');
    for (unsigned i = 0; i < crash->locks_count; i++)
        add_locks_of(json, crash, &crash->locks[i]);
    rs_json_close(json, ']');
    rs_json_open(json, "circle", '[');
    for (unsigned i = 0; i < crash->circle_count; i++)
        rs_json_int(json, NULL, crash->locks[crash->circle[i]].tid);
    rs_json_close(json, ']');
}

static void
add_acts(struct rs_json *json, const struct rs_crash *crash)
{
    rs_json_open(json, "operations", '[');
    for (unsigned i = 0; i < crash->acts_count; i++) {
        rs_json_open(json, NULL, '{');
        rs_json_hex(json, "object", crash->objects[i]);
        rs_json_stacks_act(json, &crash->acts[i]);
        rs_json_close(json, '}');
    }
    rs_json_close(json, ']');
}

static void
add_fault(struct rs_json *json, const struct rs_crash *crash)
{
    rs_json_int(json, "code", crash->fault.code);
    if (crash->fault.has_address)
        rs_json_hex(json, "address", crash->fault.address);
    else
        rs_json_null(json, "address");
    add_cause(json, &crash->cause);
    add_registers(json, crash);
    add_pointers(json, crash);
}

void
rs_crash_json_add(struct rs_json *json, const struct rs_finding *found,
                  bool is_whole)
{
    const struct rs_crash *crash = found->crash;

    rs_json_open(json, crash->is_hang ? "hang" : "crash", '{');
    rs_json_string(json, "signal", rs_sys_signal_name(crash->fault.signal));
    rs_json_word(json, "reason", rs_sys_fault_reason(&crash->fault));
    if (!crash->is_hang)
        add_fault(json, crash);
    if (is_whole) {
        add_threads(json, crash);
        add_locks(json, crash);
        add_acts(json, crash);
    }
    rs_json_close(json, '}');
}
