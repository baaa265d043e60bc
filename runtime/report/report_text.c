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
#include "report/names.h"
#include "report/place.h"
#include "report/text_parts.h"
#include "report/text_stacks.h"

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
print_locks(struct rs_text_parts *page, const struct rs_held *held)
{
    for (unsigned i = 0; i < RS_ORDER_LOCKS && held->locks[i] != 0; i++)
        rs_text_format(
            &page->text, "%s %s 0x%lx", i == 0 ? "    holding" : ",",
            rs_names_lock(held->kinds[i]), (unsigned long)held->locks[i]);
    if (held->locks[0] != 0)
        rs_text_add(&page->text, "\n");
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
    rs_text_stacks_frames(page, stack->stack);
    print_locks(page, &stack->held);
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
        rs_text_stacks_act(page, i + 1,
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
