/* SPDX-License-Identifier: MIT */
/* crash_text.c -- see crash_text.h. In a signal handler. */
#include "report/crash_text.h"

#include <string.h>

#include "report/names.h"
#include "report/text_stacks.h"

#define THREADS_SHOWN 32

#define RS_CRASH_WORDS(id, slug, words) static const char words_##id[] = words;
#include "crash.def"

void
rs_crash_text_cause(struct rs_text_parts *page)
{
    const struct rs_sys_fault *fault = &page->found->crash->fault;
    const char *reason = rs_sys_fault_reason(fault);

    rs_text_format(&page->text, "  signal  %s",
                   rs_sys_signal_name(fault->signal));
    if (fault->has_address)
        rs_text_format(&page->text, " at address 0x%lx",
                       (unsigned long)fault->address);
    if (reason[0] != 0)
        rs_text_format(&page->text, ": %s", reason);
    rs_text_add(&page->text, "\n");
}

static void
print_clue(struct rs_text_parts *page, const struct rs_crash_clue *clue)
{
    struct rs_text *text = &page->text;
    size_t line = text->used;

    rs_text_format(text, "    %s", clue->where);
    if (strcmp(clue->where, "stack") == 0)
        rs_text_format(text, "+%u", clue->offset);
    rs_text_pad(text, line, 16);
    rs_text_format(text, "0x%lx  <%s>, %s", (unsigned long)clue->value,
                   clue->type[0] != 0 ? clue->type : "unknown type",
                   rs_names_state(rs_word_state(clue->word)));
    if (clue->value != clue->object) {
        rs_text_add(text, " ");
        rs_text_format(text, words_BEHIND,
                       (unsigned long)(clue->value - clue->object));
    }
    rs_text_add(text, "\n");
}

static const char *
name_pattern(uintptr_t value)
{
#define RS_CRASH_PATTERN(byte, sentence)                                      \
    if (value == UINTPTR_MAX / 0xff * (byte))                                 \
        return sentence;
#include "crash.def"
    return NULL;
}

static void
print_pointers(struct rs_text_parts *page, const struct rs_crash *crash)
{
    if (crash->clues_count > 0)
        rs_text_format(&page->text, "  %s\n", words_POINTERS);
    for (unsigned i = 0; i < crash->clues_count; i++)
        print_clue(page, &crash->clues[i]);
    for (unsigned i = 0; i < crash->registers_count; i++) {
        const char *pattern = name_pattern(crash->registers[i].value);

        if (pattern == NULL)
            continue;
        rs_text_add(&page->text, "    ");
        rs_text_format(&page->text, words_HOLDS, crash->registers[i].name,
                       (unsigned long)crash->registers[i].value, pattern);
        rs_text_add(&page->text, "\n");
    }
}

static void
print_thread(struct rs_text_parts *page, const struct rs_crash_thread *thread)
{
    rs_text_add(&page->text, "  ");
    rs_text_parts_paint(page, RS_COLOUR_HEAD);
    if (thread->slot != 0)
        rs_text_format(&page->text, "thread T%u", thread->slot);
    else
        rs_text_format(&page->text, "thread %d", thread->tid);
    if (thread->name[0] != 0)
        rs_text_format(&page->text, " '%s'", thread->name);
    if (thread->others > 0)
        rs_text_format(&page->text, " and %u others", thread->others);
    rs_text_add(&page->text, ":");
    rs_text_parts_paint(page, RS_COLOUR_NONE);
    rs_text_add(&page->text, "\n");
    rs_text_stacks_frames(page, thread->stack);
}

static void
print_threads(struct rs_text_parts *page, const struct rs_crash *crash)
{
    for (unsigned i = 0; i < crash->threads_count && i < THREADS_SHOWN; i++)
        print_thread(page, &crash->threads[i]);
    if (crash->threads_count > THREADS_SHOWN) {
        rs_text_add(&page->text, "  ");
        rs_text_format(&page->text, words_MORE,
                       crash->threads_count - THREADS_SHOWN);
        rs_text_add(&page->text, "\n");
    }
    if (crash->threads_silent > 0) {
        rs_text_add(&page->text, "  ");
        rs_text_format(&page->text, words_SILENT, crash->threads_silent,
                       crash->threads_silent == 1 ? "" : "s");
        rs_text_add(&page->text, "\n");
    }
}

static void
print_lock(struct rs_text *text, const struct rs_crash_lock *lock)
{
    if (lock->type[0] != 0)
        rs_text_format(text, " <%s>", lock->type);
    rs_text_format(text, " 0x%lx", (unsigned long)lock->lock);
}

static void
print_owner(struct rs_text *text, const struct rs_crash_locks *entry)
{
    if (entry->slot != 0)
        rs_text_format(text, "T%u", entry->slot);
    else
        rs_text_format(text, "thread %d", entry->tid);
}

static void
print_locks_of(struct rs_text *text, const struct rs_crash *crash,
               const struct rs_crash_locks *entry)
{
    rs_text_add(text, "    ");
    print_owner(text, entry);
    for (unsigned i = 0; i < entry->held_count; i++) {
        rs_text_add(text, i == 0 ? " has" : ",");
        print_lock(text, &entry->held[i]);
    }
    if (entry->wanted.lock != 0) {
        rs_text_add(text,
                    entry->held_count > 0 ? "; waits for" : " waits for");
        print_lock(text, &entry->wanted);
    }
    if (entry->holder >= 0) {
        rs_text_add(text, ", which ");
        print_owner(text, &crash->locks[entry->holder]);
        rs_text_add(text, " has");
    }
    rs_text_add(text, "\n");
}

static void
print_locks(struct rs_text_parts *page, const struct rs_crash *crash)
{
    struct rs_text *text = &page->text;

    if (crash->locks_count > 0)
        rs_text_add(text, "  locks\n");
    for (unsigned i = 0; i < crash->locks_count; i++)
        print_locks_of(text, crash, &crash->locks[i]);
    for (unsigned i = 0; i < crash->circle_count; i++) {
        rs_text_add(text, i == 0 ? "  circle  " : " waits for ");
        print_owner(text, &crash->locks[crash->circle[i]]);
    }
    if (crash->circle_count > 0) {
        rs_text_add(text, " waits for ");
        print_owner(text, &crash->locks[crash->circle[0]]);
        rs_text_add(text, "\n");
    }
}

static void
print_acts(struct rs_text_parts *page, const struct rs_crash *crash)
{
    if (crash->acts_count > 0)
        rs_text_format(&page->text, "  %s\n", words_OPERATIONS);
    for (unsigned i = 0; i < crash->acts_count; i++)
        rs_text_stacks_act(page, i + 1, &crash->acts[i]);
}

void
rs_crash_text_surroundings(struct rs_text_parts *page)
{
    const struct rs_crash *crash = page->found->crash;

    print_pointers(page, crash);
    print_threads(page, crash);
    print_locks(page, crash);
    print_acts(page, crash);
}
