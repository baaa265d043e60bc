/* SPDX-License-Identifier: MIT */
/* tsan_reports.c -- see tsan_reports.h.
 *
 * clang links TSan's runtime into the program, where its calls of its own weak
 * functions are bound when it is linked. Those have nothing to do, so they are
 * a return and some padding: enough for a jump. Anything else at that place,
 * the program's own callback among it, is left alone. */
#include "tsan_reports.h"

#include "dl.h"
#include "tsan_frames.h"

#include "../runtime/host/host.h"
#include "../runtime/order/tsan_report.h"
#include "../runtime/order/tsan_runtime.h"
#include "../runtime/os/arch.h"
#include "../runtime/os/compiler.h"
#include "../runtime/os/sys.h"
#include "../runtime/pipeline_tsan.h"
#include "../runtime/stack/pyframe.h"

#include <stddef.h>
#include <stdint.h>

#define ON_REPORT "__tsan_on_report"
#define SYMBOLIZE "__tsan_symbolize_external_ex"

typedef void add_frame(void *context, const char *function, const char *file,
                       int line, int column);

static struct {
    /* Those that refsan stands in front of. */
    void (*next_on_report)(void *report);
    void (*next_symbolize)(uintptr_t pc, add_frame *add, void *context);
    bool come;
} reports;

static void
on_report(void *report)
{
    bool waits = rs_tsan_frames_host_waits();

    if (reports.come) {
        rs_host_call_nothing(waits, rs_tsan_frames_thread());
        rs_pipeline_tsan_report(report);
        rs_host_call_nothing(false, NULL);
    }
    if (reports.next_on_report != NULL)
        reports.next_on_report(report);
}

static void
symbolize(uintptr_t pc, add_frame *add, void *context)
{
    rs_frame frame = rs_tsan_report_frame(pc);

    if (frame != 0) {
        struct rs_pyframe words = rs_pyframe_get(frame);

        add(context, words.function, words.file, words.line, 0);
    }
    else if (reports.next_symbolize != NULL)
        reports.next_symbolize(pc, add, context);
}

/* By these names the loader may know others' functions; in here they are never
 * called by them. */
extern RS_EXPORT __typeof__(on_report) __tsan_on_report
    __attribute__((alias("on_report")));
extern RS_EXPORT __typeof__(symbolize) __tsan_symbolize_external_ex
    __attribute__((alias("symbolize")));

static bool
divert(void *function, void *to)
{
    unsigned char code[RS_ARCH_JUMP_BYTES];

    return function != NULL && rs_arch_make_jump(code, function, to) &&
           rs_sys_overwrite((uintptr_t)function, code, sizeof(code));
}

static bool
divert_both(const struct rs_elf_image *image)
{
    void *old_on_report, *old_symbolize;
    const struct rs_tsan_symbol symbols[] = {{ON_REPORT, &old_on_report},
                                             {SYMBOLIZE, &old_symbolize}};

    return rs_tsan_runtime_symbols(image, symbols, 2) &&
           divert(old_on_report, (void *)on_report) &&
           divert(old_symbolize, (void *)symbolize);
}

void
rs_tsan_reports_start(void)
{
    struct rs_elf_image image;

    if (!rs_tsan_runtime_find(&image) || !rs_tsan_report_start())
        return;
    if (image.is_executable) {
        reports.come = divert_both(&image);
        return;
    }
    *(void **)&reports.next_on_report = rs_dl_next(ON_REPORT);
    *(void **)&reports.next_symbolize = rs_dl_next(SYMBOLIZE);
    reports.come = rs_dl_first(ON_REPORT) == (void *)on_report;
}

bool
rs_tsan_reports_come(void)
{
    return reports.come;
}
