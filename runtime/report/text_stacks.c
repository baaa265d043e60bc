/* SPDX-License-Identifier: MIT */
/* text_stacks.c -- see text_stacks.h. Any thread; no malloc. */
#include "report/text_stacks.h"

#include "base/options.h"
#include "report/names.h"
#include "stack/frame_filter.h"
#include "stack/symbolize.h"

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
rs_text_stacks_frames(struct rs_text_parts *page, rs_stack stack)
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
rs_text_stacks_act(struct rs_text_parts *page, unsigned number,
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
