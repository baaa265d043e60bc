/* SPDX-License-Identifier: MIT */
/* host.c -- the answer for this process: which host, and in which image.
 *
 * The host is the first image, in the loader's order, that exports _PyRuntime:
 * the executable where Python is linked into it, libpython elsewhere. A second
 * Python in the same process (an executable with its own, and a libpython that
 * a wheel brought along) is not looked at. Where there is no Python, refsan's
 * own embedded runtime is the host, if it is there.
 *
 * Written once, at start or under the first dlopen that brought a Python, when
 * no object of it exists yet; read by everybody from then on. */
#include "host/host.h"

#include "base/core_note.h"
#include "base/text.h"
#include "os/elf_image.h"
#include "host/cpython.h"
#include "host/embedded.h"

#include <string.h>

static struct {
    struct rs_host host;
    struct rs_elf_image image;
} state;

const struct rs_host *const rs_host = &state.host;

RS_CORE_ROWS(host) = {RS_CORE_VARIABLE("host", state.host)};

/* The kind comes last, released: who reads it as known reads the rest whole,
 * at worst through the lock of the dlopen that found it. */
void
rs_host_set(const struct rs_host *host)
{
    struct rs_host unknown = *host;

    unknown.kind = RS_HOST_NONE;
    state.host = unknown;
    __atomic_store_n(&state.host.kind, host->kind, __ATOMIC_RELEASE);
}

void
rs_host_refuse(const char *why)
{
    struct rs_host host = state.host;

    host.kind = RS_HOST_REFUSED;
    strncpy(host.refusal, why, sizeof(host.refusal) - 1);
    rs_host_set(&host);
}

static bool
has_runtime(void *context, const struct rs_elf_image *image)
{
    if (rs_elf_image_symbol(image, "_PyRuntime") == 0)
        return false;
    *(struct rs_elf_image *)context = *image;
    return true;
}

/* PyPy has a C API and none of CPython's structures. */
static bool
is_pypy(void *context, const struct rs_elf_image *image)
{
    (void)context;
    return rs_elf_image_symbol(image, "pypy_main_startup") != 0;
}

static bool
has_embedded(void *context, const struct rs_elf_image *image)
{
    if (!rs_host_is_embedded(image))
        return false;
    *(struct rs_elf_image *)context = *image;
    return true;
}

static void
copy_path(struct rs_host *host, const char *path)
{
    struct rs_text text = rs_text_make(host->path, sizeof(host->path));

    rs_text_add(&text, path);
}

static bool
notice_sanitizer(void *context, const struct rs_elf_image *image)
{
    struct rs_host *host = context;

    if (rs_elf_image_symbol(image, "__tsan_init") != 0)
        host->is_tsan = true;
    if (rs_elf_image_symbol(image, "__asan_init") != 0)
        host->is_asan = true;
    return false;
}

static bool
search(void)
{
    struct rs_host host = {.kind = RS_HOST_NONE};

    bool is_python = rs_elf_image_each(has_runtime, &state.image);

    if (!is_python && !rs_elf_image_each(has_embedded, &state.image)) {
        if (!rs_elf_image_each(is_pypy, NULL))
            return false;
        host.kind = RS_HOST_REFUSED;
        strcpy(host.refusal, "PyPy is not CPython; refsan does not know it");
        rs_host_set(&host);
        return true;
    }
    host.is_shared = !state.image.is_executable;
    host.base = state.image.base;
    host.text_low = state.image.text_low;
    host.text_high = state.image.text_high;
    copy_path(&host, state.image.path);
    rs_elf_image_each(notice_sanitizer, &host);
    if (is_python)
        rs_host_cpython_read(&state.image, &host);
    else
        rs_host_embedded_read(&state.image, &host);
    rs_host_set(&host);
    return true;
}

bool
rs_host_is_here(void)
{
    struct rs_elf_image image;

    return rs_elf_image_each(has_runtime, &image) ||
           rs_elf_image_each(has_embedded, &image);
}

bool
rs_host_find(void)
{
    return rs_host->kind == RS_HOST_NONE && search();
}

void *
rs_host_symbol(const char *name)
{
    return (void *)rs_elf_image_symbol(&state.image, name);
}
