/* SPDX-License-Identifier: MIT */
/* with_tsan.c -- see with_tsan.h.
 *
 * A runtime cannot be loaded into a process that runs: it must be there before
 * the C library's functions are bound. So the program is started once more,
 * from the constructor, with LD_PRELOAD=refsan:runtime; LLVM's runtime does
 * the same to switch address randomization off. refsan stands first, so that
 * the runtime finds refsan's callbacks and not its own.
 *
 * Afterwards the runtime is taken out of LD_PRELOAD again: what the process
 * starts gets it when it needs it. */
#include "with_tsan.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "dl.h"

#include "../runtime/base/text.h"
#include "../runtime/host/host.h"
#include "../runtime/order/tsan.h"
#include "../runtime/os/compiler.h"
#include "../runtime/os/elf_image.h"
#include "../runtime/os/sys.h"
#include "../runtime/report/report.h"

#define VARIABLE      "REFSAN_TSAN"
#define PRELOAD_BYTES 4096

/* What TSan shall do unless TSAN_OPTIONS says otherwise: leave code alone that
 * is not instrumented, never be silent because of an address's past, and let
 * the child of a fork have threads, and end without those of its parent. */
static const char defaults[] =
    "ignore_noninstrumented_modules=1:suppress_equal_addresses=0:"
    "die_after_fork=0:report_thread_leaks=0";

extern RS_EXPORT const char *__tsan_default_options(void);

/* The path, where this process is one that may have it; else NULL. */
static const char *
wanted(void)
{
    const char *path = getenv(VARIABLE);
    const char *only = getenv("REFSAN_ONLY_PID");

    if (path == NULL || path[0] == '\0' || rs_sys_is_secure() ||
        (only != NULL && atoi(only) != rs_sys_pid()))
        return NULL;
    return path;
}

const char *
__tsan_default_options(void)
{
    return wanted() != NULL ? defaults : "";
}

/* TSan's own C++ hook: true keeps the report from being printed and counted. */
static bool
take_report(void *report, bool is_suppressed)
{
    return rs_tsan_take_report(report) || is_suppressed;
}
#define HOOK _ZN6__tsan8OnReportEPKNS_10ReportDescEb
extern RS_EXPORT __typeof__(take_report) HOOK
    __attribute__((alias("take_report")));
#define HOOK_NAME "_ZN6__tsan8OnReportEPKNS_10ReportDescEb"

static bool
has_tsan(void *context, const struct rs_elf_image *image)
{
    (void)context;
    return rs_elf_image_symbol(image, "__tsan_init") != 0;
}

/* The runtime, behind the library of refsan wherever that stands. */
static bool
add_preload(const char *path)
{
    const char *preload = getenv("LD_PRELOAD");
    char list[PRELOAD_BYTES];
    struct rs_text text = rs_text_make(list, sizeof(list));

    if (preload == NULL)
        return false;
    rs_text_format(&text, "%s:%s", preload, path);
    return !text.is_cut && setenv("LD_PRELOAD", list, 1) == 0;
}

static void
drop_preload(const char *path)
{
    char *preload = getenv("LD_PRELOAD");
    size_t all = preload == NULL ? 0 : strlen(preload);
    size_t bytes = strlen(path);

    if (all > bytes + 1 && preload[all - bytes - 1] == ':' &&
        strcmp(preload + all - bytes, path) == 0)
        preload[all - bytes - 1] = '\0';
}

void
rs_with_tsan_restart(char **arguments)
{
    const char *path = wanted();
    char program[RS_PATH_BYTES];
    ssize_t bytes = readlink("/proc/self/exe", program, sizeof(program) - 1);
    __typeof__(execve) *start;

    if (path == NULL || bytes <= 0 || rs_elf_image_each(has_tsan, NULL) ||
        !rs_host_is_here() || access(path, R_OK) != 0 || !add_preload(path))
        return;
    start = (__typeof__(execve) *)rs_dl_next("execve");
    program[bytes] = '\0';
    start(program, arguments, environ);
    drop_preload(path);
}

void
rs_with_tsan_at_death(void (*callback)(void))
{
    void (*set)(void (*)(void));

    if (!rs_elf_image_each(has_tsan, NULL))
        return;
    set = (void (*)(void (*)(void)))rs_dl_first(
        "__sanitizer_set_death_callback");
    if (set != NULL)
        set(callback);
}

static bool
has_words(const char *bytes, size_t size, const char *words)
{
    return memmem(bytes, size, words, strlen(words)) != NULL;
}

/* A module that is instrumented needs its own compiler's runtime. The loader
 * then loads a second one, or says that it has no room for that. */
static void
look_at_file(const char *path)
{
    bool is_llvm = strstr(wanted(), "clang") != NULL;
    size_t bytes;
    const char *file;
    char sentence[RS_PATH_BYTES + 256];
    struct rs_text text = rs_text_make(sentence, sizeof(sentence));

    if (strchr(path, '/') == NULL)
        return;
    file = rs_sys_map_file(path, &bytes);
    if (file == NULL)
        return;
    if (has_words(file, bytes, "__tsan_init") &&
        has_words(file, bytes, is_llvm ? "libtsan.so" : "libclang_rt.tsan")) {
        rs_text_format(&text,
                       "%s was built with %s TSan, and %s is in this process: "
                       "name the other one with --tsan=PATH",
                       path, is_llvm ? "gcc's" : "clang's",
                       is_llvm ? "LLVM's" : "gcc's");
        rs_report_note(sentence);
    }
    rs_sys_unmap(file, bytes);
}

void
rs_with_tsan_start(void)
{
    const char *path = wanted();
    const char *reason;
    char sentence[512];
    struct rs_text text = rs_text_make(sentence, sizeof(sentence));

    if (path == NULL || !rs_host_is_here())
        return;
    if (!rs_elf_image_each(has_tsan, NULL))
        reason = "the process could not be started again with it";
    else if (rs_dl_first(HOOK_NAME) != (void *)take_report)
        reason = "the program has a TSan runtime of its own, which does not "
                 "tell refsan what it finds";
    else
        reason = rs_tsan_start();
    if (reason == NULL)
        rs_dl_on_open(look_at_file);
    drop_preload(path);
    if (reason == NULL)
        return;
    rs_text_format(&text, "TSan does not judge order for refsan: %s", reason);
    rs_report_note(sentence);
}
