/* SPDX-License-Identifier: MIT */
/* json_stacks.c -- the stacks and the history of a finding, as JSON. All frames
 * are said; readers trim. */
#include "report/json_stacks.h"

#include "base/json.h"
#include "base/options.h"
#include "host/host.h"
#include "report/names.h"
#include "stack/frame_filter.h"
#include "stack/symbolize.h"

static void
add_count(struct rs_json *json, const char *key, int64_t count)
{
    if (count != INT32_MIN)
        rs_json_int(json, key, count);
    else
        rs_json_null(json, key);
}

static void
add_native_frame(struct rs_json *json, rs_frame frame)
{
    struct rs_symbol symbol;

    rs_symbolize(frame, &symbol);
    rs_json_open(json, NULL, '{');
    rs_json_word(json, "function", symbol.function);
    rs_json_word(json, "file", rs_names_strip(symbol.file));
    rs_json_known(json, "line", (unsigned)symbol.line);
    rs_json_word(json, "module", symbol.module);
    rs_json_word(json, "build_id", symbol.build_id);
    rs_json_hex(json, "offset", symbol.offset);
    rs_json_hex(json, "address", symbol.pc - 1);
    if (rs_host_has_code(symbol.pc - 1))
        rs_json_bool(json, "interpreter", true);
    rs_json_close(json, '}');
}

static void
add_python_frame(struct rs_json *json, rs_frame frame)
{
    struct rs_symbol symbol;

    rs_symbolize(frame, &symbol);
    rs_json_open(json, NULL, '{');
    rs_json_word(json, "function", symbol.function);
    rs_json_word(json, "file", rs_names_strip(symbol.file));
    rs_json_known(json, "line", (unsigned)symbol.line);
    rs_json_close(json, '}');
}

void
rs_json_stacks_frames(struct rs_json *json, rs_stack stack)
{
    rs_frame frames[RS_STACK_FRAMES_MAX];
    unsigned count = rs_stack_get(stack, frames, RS_STACK_FRAMES_MAX);
    unsigned at = 0;

    rs_json_open(json, "frames", '[');
    for (; at < count && !rs_frame_is_python(frames[at]); at++)
        add_native_frame(json, frames[at]);
    rs_json_close(json, ']');
    rs_json_open(json, "python", '[');
    for (; at < count; at++)
        add_python_frame(json, frames[at]);
    rs_json_close(json, ']');
}

static void
add_locks(struct rs_json *json, const struct rs_held *held)
{
    if (held->locks[0] == 0)
        return;
    rs_json_open(json, "locks", '[');
    for (unsigned i = 0; i < RS_ORDER_LOCKS && held->locks[i] != 0; i++) {
        rs_json_open(json, NULL, '{');
        rs_json_string(json, "kind", rs_names_lock(held->kinds[i]));
        rs_json_hex(json, "address", held->locks[i]);
        rs_json_close(json, '}');
    }
    rs_json_close(json, ']');
}

static void
add_stack(struct rs_json *json, const struct rs_finding_stack *stack)
{
    char op[RS_WORDS_OP_BYTES];

    rs_json_open(json, NULL, '{');
    rs_json_string(json, "role", rs_role_words(stack->role)->slug);
    rs_json_known(json, "thread", stack->slot);
    rs_json_string(json, "op", rs_names_op(stack->op, op));
    rs_json_stacks_frames(json, stack->stack);
    add_locks(json, &stack->held);
    rs_json_close(json, '}');
}

/* A frame of either kind, in short. */
static void
add_place(struct rs_json *json, const char *key,
          const struct rs_symbol *symbol)
{
    rs_json_open(json, key, '{');
    rs_json_word(json, "function", symbol->function);
    rs_json_word(json, "file", rs_names_strip(symbol->file));
    rs_json_known(json, "line", (unsigned)symbol->line);
    rs_json_word(json, "module", symbol->module);
    rs_json_hex(json, "offset", symbol->offset);
    rs_json_close(json, '}');
}

static RS_NOINLINE void
add_callers(struct rs_json *json, rs_stack stack)
{
    rs_frame frames[RS_STACK_FRAMES_MAX];
    unsigned count =
        rs_frame_filter_frames(stack, frames, RS_STACK_FRAMES_MAX);

    rs_json_open(json, "callers", '[');
    for (unsigned i = 1; i < count && i <= RS_HISTORY_CALLERS; i++) {
        struct rs_symbol symbol;

        rs_symbolize(frames[i], &symbol);
        add_place(json, NULL, &symbol);
    }
    rs_json_close(json, ']');
}

/* Not inlined, as its neighbours: one symbol at a time is on the stack. */
static RS_NOINLINE void
add_site(struct rs_json *json, rs_stack stack)
{
    struct rs_symbol site;

    if (rs_frame_filter_site(stack, &site))
        add_place(json, "site", &site);
    else
        rs_json_null(json, "site");
}

void
rs_json_stacks_act(struct rs_json *json, const struct rs_past_act *act)
{
    char op[RS_WORDS_OP_BYTES];

    rs_json_known(json, "thread", act->slot);
    rs_json_string(json, "op", rs_names_op(act->op, op));
    add_site(json, act->stack);
    if (rs_options->op_stacks)
        add_callers(json, act->stack);
    add_count(json, "count_before", act->count_before);
    add_count(json, "count_after", act->count_after);
    if (act->is_skipped)
        rs_json_bool(json, "skipped", true);
}

void
rs_json_stacks_add(struct rs_json *json, const struct rs_finding *found)
{
    rs_json_open(json, "stacks", '[');
    for (unsigned i = 0; i < found->stacks_count; i++)
        add_stack(json, &found->stacks[i]);
    rs_json_close(json, ']');
    rs_json_open(json, "history", '[');
    for (unsigned i = 0; i < found->history_count; i++) {
        rs_json_open(json, NULL, '{');
        rs_json_stacks_act(json, &found->history[i]);
        rs_json_close(json, '}');
    }
    rs_json_close(json, ']');
}
