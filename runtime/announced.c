/* SPDX-License-Identifier: MIT */
/* announced.c -- announced operations that are not ordinary, or come from a
 * site for the first time.
 *
 * The ground is event.c's: any thread, any lock, signal handlers. */
#include "announced.h"

#include "host_layout.h"

RS_THREAD_LOCAL struct rs_announced_memo
    rs_announced_memos[RS_ANNOUNCED_MEMOS];
struct rs_announced_host rs_announced_host;

void
rs_announced_start(void)
{
    if (rs_host_top.thread_offset == 0)
        return; /* asking for the thread state takes a call */
    rs_announced_host.thread_state = (uint32_t)rs_host_layout->thread_state;
    rs_announced_host.layout = rs_host->layout;
}

/* The site's frame, remembered for the short way. */
static rs_frame
put_site(const struct rs_site_key *key)
{
    struct rs_announced_memo *memo = rs_announced_memo(key->pc);
    rs_frame frame = rs_site_put(key);

    memo->stack = frame != 0 ? rs_stack_put(&frame, 1).id : 0;
    memo->pc = memo->stack != 0 ? key->pc : 0;
    memo->file = key->file;
    memo->line = key->line;
    return frame;
}

/* The inline decref will call a function that has a hook. */
static bool
ends_in_call(const struct rs_event *ev)
{
    if (ev->op != RS_EV_DECREF || !ev->has_before)
        return false;
    if (ev->before.layout != RS_LAYOUT_FREE_THREADED)
        return rs_header_count(&ev->before) == 1;
    return ev->before.local == 1 ||
           ev->before.owner != atomic_load_explicit(&ev->self->pointer,
                                                    memory_order_relaxed);
}

enum rs_answer
rs_announced(enum rs_ev op, uintptr_t object, int64_t argument,
             const struct rs_announced_place *place, bool calls)
{
    struct rs_event ev = {.op = op,
                          .object = object,
                          .pc = place->site.pc,
                          .frame = place->frame,
                          .argument = argument,
                          .site = put_site(&place->site)};
    enum rs_answer answer;

    if (rs_event_words(op)->traits & RS_TRAIT_NO_OBJECT) {
        rs_event_noted(&ev);
        return RS_PROCEED;
    }
    answer = rs_event(&ev);
    if (answer == RS_PROCEED && ev.self != NULL &&
        (calls || ends_in_call(&ev)))
        rs_event_expect_echo(&ev);
    return answer;
}
