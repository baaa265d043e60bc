/* SPDX-License-Identifier: MIT */
/* clues.c -- see clues.h. In a signal handler; all memory of the program is
 * asked for before it is read. */
#include "crash/clues.h"

#include <string.h>

#include "base/foreign.h"
#include "host/host.h"
#include "os/sys.h"
#include "shadow/inside.h"
#include "shadow/record.h"
#include "thread/thread.h"

/* How far into an object an address may lie: a field of a structure. It is the
 * nearest one's.
 *
 * Wrong when: that object is smaller, and what lies behind it is none. */
#define INSIDE_MAX  512
#define STACK_WORDS 256
#define STACK_PIECE 32
#define ACTS_BACK   512 /* of each thread */

/* The type as it was recorded, or as the header of what lives says. */
static void
name_type(struct rs_crash_clue *clue)
{
    struct rs_record record = {0};
    char name[RS_TYPE_NAME_BYTES] = "";
    struct rs_header header;

    if (rs_word_has(clue->word, RS_MARK_RECORDED) &&
        rs_record_read(clue->object, rs_word_generation(clue->word),
                       &record)) {
        rs_foreign_copy(clue->type, sizeof(clue->type), record.type);
        return;
    }
    if (!rs_sys_can_read(clue->object, 32))
        return;
    header = rs_host_header(clue->object);
    rs_host_type_name(&header, name, sizeof(name));
    rs_foreign_copy(clue->type, sizeof(clue->type), name);
}

/* An address deep inside a live object is mostly of something else that lies
 * behind it, and a stack is full of what lives. */
static bool
is_worth_it(const struct rs_crash_clue *clue)
{
    return rs_word_is_gone(clue->word) ||
           (clue->value == clue->object && strcmp(clue->where, "stack") != 0);
}

static void
insert(struct rs_crash *crash, const struct rs_crash_clue *clue)
{
    unsigned at = crash->clues_count;

    for (unsigned i = 0; i < crash->clues_count; i++)
        if (crash->clues[i].object == clue->object)
            return;
    while (at > 0 && rs_word_is_gone(clue->word) &&
           !rs_word_is_gone(crash->clues[at - 1].word))
        at--;
    if (at == RS_CRASH_CLUES)
        return;
    if (crash->clues_count < RS_CRASH_CLUES)
        crash->clues_count++;
    memmove(&crash->clues[at + 1], &crash->clues[at],
            (crash->clues_count - 1 - at) * sizeof(crash->clues[0]));
    crash->clues[at] = *clue;
}

static void
look_at(struct rs_crash *crash, const char *where, unsigned offset,
        uintptr_t value)
{
    struct rs_crash_clue clue = {
        .where = where, .offset = offset, .value = value};

    clue.word = rs_shadow_inside(value, INSIDE_MAX, true, &clue.object);
    if (clue.object != 0 && is_worth_it(&clue))
        insert(crash, &clue);
}

/* Which of them are among the last operations of that thread? */
static void
look_back(struct rs_crash *crash, const struct rs_thread *thread)
{
    uint64_t at = rs_load_acquire(
        &((struct rs_thread *)(uintptr_t)thread)->acts.written);
    struct rs_ring_entry entry;

    for (unsigned back = 0; back < ACTS_BACK && at-- > 0 &&
                            rs_ring_read(&thread->acts, at, &entry);
         back++)
        for (unsigned i = 0; i < crash->clues_count; i++)
            crash->clues[i].is_used |=
                rs_target_is_of(entry.target, crash->clues[i].object,
                                rs_word_generation(crash->clues[i].word));
}

static void
look_at_stack(struct rs_crash *crash, uintptr_t stack)
{
    uintptr_t words[STACK_PIECE];

    for (unsigned at = 0; at < STACK_WORDS; at += STACK_PIECE) {
        uintptr_t from = stack + at * sizeof(words[0]);

        if (!rs_sys_read_memory(from, words, sizeof(words)))
            break;
        for (unsigned i = 0; i < STACK_PIECE; i++)
            look_at(crash, "stack", (unsigned)((at + i) * sizeof(words[0])),
                    words[i]);
    }
}

void
rs_clues_collect(struct rs_crash *crash, uintptr_t stack)
{
    if (crash->fault.has_address)
        look_at(crash, "address", 0, crash->fault.address);
    for (unsigned i = 0; i < crash->registers_count; i++)
        look_at(crash, crash->registers[i].name, 0, crash->registers[i].value);
    look_at_stack(crash, stack);
    for (unsigned slot = 1; slot <= rs_thread_top(); slot++) {
        const struct rs_thread *thread = rs_thread_get(slot);

        if (thread != NULL && thread->acts.words != NULL)
            look_back(crash, thread);
    }
    for (unsigned i = 0; i < crash->clues_count; i++)
        name_type(&crash->clues[i]);
}

/* Old pointers stay in registers, and on the stack. */
static bool
is_suspect(const struct rs_crash_clue *clue, uintptr_t known)
{
    if (known != 0)
        return clue->object == known && rs_word_is_gone(clue->word);
    return rs_word_is_gone(clue->word) &&
           (clue->is_used || strcmp(clue->where, "address") == 0);
}

const struct rs_crash_clue *
rs_clues_suspect(const struct rs_crash *crash, uintptr_t known)
{
    for (unsigned i = 0; i < crash->clues_count; i++)
        if (is_suspect(&crash->clues[i], known))
            return &crash->clues[i];
    return NULL;
}
