/* SPDX-License-Identifier: MIT */
/* report_text.c -- a finding in words. No decisions.
 *
 * For a person in a hurry and for a bot: what, which object, the act, what
 * made it wrong, where from, how to fix it, how to suppress it. The title
 * has no address, so that equal bugs are equal text. Frames are in the
 * sanitizers' grammar, so that their filters work. */
#include "report/report.h"

#include <string.h>

#include "base/lost.h"
#include "base/options.h"
#include "report/crash_text.h"
#include "report/place.h"
#include "report/text_parts.h"
#include "stack/symbolize.h"
#include "stack/frame_filter.h"
#include "report/names.h"

static void
print_title(struct rs_text_parts *page)
{
    const struct rs_bug_words *bug = rs_bug_words(page->found->kind);

    rs_text_parts_paint(page, bug->severity == RS_SEVERITY_ERROR
                                  ? RS_COLOUR_ERROR
                                  : RS_COLOUR_WARNING);
    rs_text_format(&page->text, "refsan: %s: %s", bug->slug, bug->summary);
    rs_text_parts_paint(page, RS_COLOUR_NONE);
    rs_text_add(&page->text, "\n");
}

/* " in f (/lib/x.so+0x1139)", where the place is known " in f x.c:12 (…)", and
 * for Python " in f app.py:12 (python)". */
static void
print_symbol(struct rs_text_parts *page, const struct rs_symbol *symbol)
{
    struct rs_text *text = &page->text;

    if (symbol->function[0] != 0)
        rs_text_format(text, " in %s", symbol->function);
    if (symbol->file[0] != 0)
        rs_text_format(text, " %s:%d", rs_names_strip(symbol->file),
                       symbol->line);
    if (symbol->is_python)
        rs_text_add(text, " (python)");
    else if (symbol->module[0] != 0)
        rs_text_format(text, " (%s+0x%lx)", symbol->module,
                       (unsigned long)symbol->offset);
}

static void
print_frame(struct rs_text_parts *page, unsigned number, rs_frame frame)
{
    struct rs_symbol symbol;

    rs_symbolize(frame, &symbol);
    rs_text_format(&page->text, "    #%u", number);
    if (!symbol.is_python)
        rs_text_format(&page->text, " 0x%lx", (unsigned long)(symbol.pc - 1));
    print_symbol(page, &symbol);
    if (symbol.build_id[0] != 0)
        rs_text_format(&page->text, " (BuildId: %s)", symbol.build_id);
    rs_text_add(&page->text, "\n");
}

void
rs_report_text_frames(struct rs_text_parts *page, rs_stack stack)
{
    rs_frame frames[RS_STACK_FRAMES_MAX];
    unsigned count =
        rs_options->verbosity >= 2
            ? rs_stack_get(stack, frames, RS_STACK_FRAMES_MAX)
            : rs_frame_filter_frames(stack, frames, RS_STACK_FRAMES_MAX);

    for (unsigned i = 0; i < count; i++)
        print_frame(page, i, frames[i]);
    if (count == 0)
        rs_text_add(&page->text, "    (stack not recorded)\n");
}

/* The role's phrase, with the event's in place of %e. */
static void
print_phrase(struct rs_text_parts *page, const struct rs_finding_stack *stack)
{
    const char *phrase = rs_role_words(stack->role)->phrase;
    const char *event = strstr(phrase, "%e");

    if (event == NULL)
        rs_text_add(&page->text, phrase);
    else
        rs_text_format(&page->text, "%.*s%s%s", (int)(event - phrase), phrase,
                       rs_event_words(stack->op)->phrase, event + 2);
}

static void
print_stack(struct rs_text_parts *page, const struct rs_finding_stack *stack)
{
    rs_text_add(&page->text, "  ");
    rs_text_parts_paint(page, RS_COLOUR_HEAD);
    print_phrase(page, stack);
    if (stack->slot != 0) {
        rs_text_add(&page->text, " by thread ");
        rs_text_parts_whole_thread(page, stack->slot);
    }
    rs_text_add(&page->text, ":");
    rs_text_parts_paint(page, RS_COLOUR_NONE);
    rs_text_add(&page->text, "\n");
    rs_report_text_frames(page, stack->stack);
}

static void
print_number_or_question(struct rs_text_parts *page, int64_t count)
{
    if (count == INT32_MIN)
        rs_text_add(&page->text, "?");
    else
        rs_text_format(&page->text, "%ld", (long)count);
}

/* Where a whole stack was kept: in a smart pointer's file the place of every
 * operation is the same. */
static RS_NOINLINE void
print_callers(struct rs_text_parts *page, rs_stack stack)
{
    rs_frame frames[RS_STACK_FRAMES_MAX];
    unsigned count =
        rs_frame_filter_frames(stack, frames, RS_STACK_FRAMES_MAX);

    if (!rs_options->op_stacks)
        return;
    for (unsigned i = 1; i < count && i <= RS_HISTORY_CALLERS; i++) {
        size_t line = page->text.used;
        struct rs_symbol symbol;

        rs_symbolize(frames[i], &symbol);
        rs_text_pad(&page->text, line, 43);
        rs_text_add(&page->text, " called");
        print_symbol(page, &symbol);
        rs_text_add(&page->text, "\n");
    }
}

/* Not inlined, as its neighbours: one symbol at a time is on the stack. */
static RS_NOINLINE void
print_site(struct rs_text_parts *page, size_t line, rs_stack stack)
{
    struct rs_symbol site;

    if (!rs_frame_filter_site(stack, &site))
        return;
    rs_text_pad(&page->text, line, 43);
    print_symbol(page, &site);
}

void
rs_report_text_act(struct rs_text_parts *page, unsigned number,
                   const struct rs_past_act *act)
{
    struct rs_text *text = &page->text;
    char op[RS_WORDS_OP_BYTES];
    size_t line = text->used;

    rs_text_format(text, "    %u.", number);
    rs_text_pad(text, line, 8);
    if (act->slot != 0)
        rs_text_format(text, "T%u", act->slot);
    rs_text_pad(text, line, 13);
    rs_text_add(text, rs_names_op(act->op, op));
    if (act->is_skipped) {
        rs_text_pad(text, line, 33);
        rs_text_add(text, "skipped");
    }
    else if (act->count_before != INT32_MIN || act->count_after != INT32_MIN) {
        rs_text_pad(text, line, 33);
        print_number_or_question(page, act->count_before);
        rs_text_add(text, " -> ");
        print_number_or_question(page, act->count_after);
    }
    print_site(page, line, act->stack);
    rs_text_add(text, "\n");
    print_callers(page, act->stack);
}

static void
print_history(struct rs_text_parts *page)
{
    const struct rs_finding *found = page->found;
    unsigned shown = found->history_count;

    if (shown > (unsigned)rs_options->history)
        shown = (unsigned)rs_options->history;
    if (shown == 0)
        return;
    rs_text_add(
        &page->text,
        "  history  oldest first: thread, operation, refcount, place\n");
    for (unsigned i = 0; i < shown; i++)
        rs_report_text_act(page, i + 1,
                           &found->history[found->history_count - shown + i]);
}

static void
print_advice(struct rs_text_parts *page)
{
    const struct rs_bug_words *bug = rs_bug_words(page->found->kind);

    rs_text_format(&page->text, "  fix      %s\n  suppress ",
                   rs_bug_hint(page->found->kind, page->found->seen));
    rs_place_suppression(&page->text, page->found);
    rs_text_format(&page->text, "\n  docs     docs/reports.md#%s\n\n",
                   bug->slug);
}

size_t
rs_report_text(const struct rs_finding *found, char *text, size_t bytes,
               bool is_coloured)
{
    struct rs_text_parts page = {rs_text_make(text, bytes), found,
                                 is_coloured};

    print_title(&page);
    rs_text_parts_test(&page);
    if (found->crash != NULL)
        rs_crash_text_cause(&page);
    if (found->crash == NULL || found->object.address != 0)
        rs_text_parts_object(&page);
    if (found->stacks_count > 0)
        print_stack(&page, &found->stacks[0]);
    rs_text_parts_evidence(&page);
    for (unsigned i = 1; i < found->stacks_count; i++)
        print_stack(&page, &found->stacks[i]);
    print_history(&page);
    if (found->crash != NULL)
        rs_crash_text_surroundings(&page);
    print_advice(&page);
    if (page.text.is_cut) {
        page.text.bytes[page.text.used - 1] = '\n';
        rs_lost_count(RS_LOST_REPORTS);
    }
    return page.text.used;
}
