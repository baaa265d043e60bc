/* SPDX-License-Identifier: MIT */
/* coverage.c -- the coverage sentence: the host, what was hooked in it,
 * whether births and deaths were seen, how many operations were. Runs once, at
 * exit. */
#include "coverage.h"

#include "birth.h"
#include "dl.h"
#include "got.h"
#include "hooks.h"
#include "instrumented.h"

#include "../runtime/thread/native_walk.h"
#include "../runtime/pipeline.h"
#include "../runtime/host/host.h"
#include "../runtime/order/tsan.h"
#include "../runtime/base/options.h"
#include "../runtime/base/text.h"
#include "../runtime/report/names.h"
#include "../runtime/thread/thread.h"
#include "../runtime/shadow/shadow.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* 1,204 */
static void
add_number(struct rs_text *text, uint64_t number)
{
    char digits[32];
    unsigned at = sizeof(digits);

    digits[--at] = '\0';
    for (unsigned count = 0; number != 0 || count == 0; count++) {
        if (count != 0 && count % 3 == 0)
            digits[--at] = ',';
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    }
    rs_text_add(text, digits + at);
}

static const char *
sanitizers(void)
{
    if (rs_tsan_is_on)
        return ", order by TSan";
    if (rs_host->is_tsan)
        return rs_host->is_asan ? ", with TSan and ASan" : ", with TSan";
    return rs_host->is_asan ? ", with ASan" : "";
}

static void
add_host(struct rs_text *text)
{
    if (rs_host->kind == RS_HOST_EMBEDDED) {
        rs_text_format(text, "embedded tier%s", sanitizers());
        return;
    }
    rs_text_add(text, rs_instrumented_modules() != 0 ? "instrumented tier on "
                                                     : "stock tier on ");
    rs_text_add(text, "CPython ");
    rs_names_version(text);
    rs_text_format(text, " (%s%s build, %s%s)",
                   rs_host->is_free_threaded ? "free-threaded" : "default",
                   rs_host->is_debug ? " debug" : "",
                   rs_host->is_shared ? "shared libpython" : "executable",
                   sanitizers());
}

/* Do calls reach our exported wrappers without a patched slot? */
static bool
is_preloaded(void)
{
    const struct rs_hook *hook = rs_hooks_find("Py_DecRef");

    return hook != NULL && rs_dl_first(hook->name) == hook->replacement;
}

static void
add_modules(struct rs_text *text)
{
    struct rs_got_counts counts = rs_got_counts();

    if (counts.modules_seen == 0) {
        rs_text_add(text, ": nothing hooked, no loaded module calls a watched "
                          "function");
        return;
    }
    rs_text_format(text, ": %u of %u module%s hooked", counts.modules_hooked,
                   counts.modules_seen, counts.modules_seen == 1 ? "" : "s");
    if (counts.slots_patched != 0)
        rs_text_format(text, " (%u slot%s%s)", counts.slots_patched,
                       counts.slots_patched == 1 ? "" : "s",
                       is_preloaded() ? ", others by preload" : "");
    else if (counts.modules_hooked != 0)
        rs_text_add(text, " (by preload)");
    if (rs_instrumented_modules() != 0)
        rs_text_format(text, ", %u instrumented", rs_instrumented_modules());
}

static void
add_births(struct rs_text *text)
{
    const char *reason = "PyRefTracer was taken, or a new runtime forgot it";

    if (rs_birth_is_ours()) {
        rs_text_add(text, ", births and deaths seen");
        if (rs_shadow_has_missed_births())
            rs_text_add(text,
                        " (not of the first objects of a later runtime)");
        return;
    }
    if (!rs_options->births)
        reason = "births=0";
    else if (!rs_host_has_tracers())
        reason = "no PyRefTracer before Python 3.13";
    else if (!rs_host->has_tracer)
        reason = "PyRefTracer of this version misses deaths";
    rs_text_format(text, ", births and deaths not seen (%s)", reason);
}

static void
add_leaks(struct rs_text *text)
{
    const char *refusal = rs_pipeline_leak_refusal();

    if (!rs_options->leaks)
        return;
    if (refusal == NULL)
        rs_text_add(text, ", leaks looked for");
    else
        rs_text_format(text, ", leaks not looked for (%s)", refusal);
}

void
rs_coverage_describe(char *sentence, size_t bytes)
{
    struct rs_text text = rs_text_make(sentence, bytes);
    uint64_t operations = rs_thread_events();

    if (rs_host->kind == RS_HOST_REFUSED) {
        rs_text_format(&text, "nothing hooked: %s", rs_host->refusal);
        return;
    }
    add_host(&text);
    add_modules(&text);
    add_births(&text);
    add_leaks(&text);
    rs_text_add(&text, ", ");
    add_number(&text, operations);
    rs_text_format(&text, " operation%s seen", operations == 1 ? "" : "s");
    if (strcmp(rs_native_walk_unwinder(), "auto") != 0)
        rs_text_format(&text, ", unwind=%s", rs_native_walk_unwinder());
}
