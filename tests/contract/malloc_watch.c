/* SPDX-License-Identifier: MIT */
/* malloc_watch.c -- counts allocations made by refsan, or below it. Preloaded in
 * front of libc; asks the unwinder of libgcc at each allocation while armed. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

static _Atomic int is_armed;
static _Atomic long caught;
static uintptr_t low, high;
static _Thread_local int inside;

static int
find(struct dl_phdr_info *info, size_t size, void *unused)
{
    (void)size;
    (void)unused;
    if (strstr(info->dlpi_name, "librefsan.so") == NULL)
        return 0;
    low = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        if (info->dlpi_phdr[i].p_type == PT_LOAD)
            high =
                low + info->dlpi_phdr[i].p_vaddr + info->dlpi_phdr[i].p_memsz;
    }
    return 1;
}

void malloc_watch_arm(int armed);
long malloc_watch_caught(void);

void
malloc_watch_arm(int armed)
{
    void *frames[2];

    backtrace(frames, 2); /* loads what it needs */
    dl_iterate_phdr(find, NULL);
    atomic_store(&is_armed, armed);
}

long
malloc_watch_caught(void)
{
    return atomic_load(&caught);
}

static int
is_library(void *pc)
{
    static const char *const names[] = {"libc.so", "ld-linux", "libunwind"};
    Dl_info info;

    for (int i = 0; i < 3; i++) {
        if (dladdr(pc, &info) && strstr(info.dli_fname, names[i]) != NULL)
            return 1;
    }
    return 0;
}

static void
look(void)
{
    void *frames[64];
    int count;

    if (!atomic_load(&is_armed) || inside)
        return;
    inside = 1;
    count = backtrace(frames, 64);
    /* Frame 2 called malloc(). What libc, the loader or libunwind allocates is
     * on the account of who called them. */
    for (int i = 2; i < count; i++) {
        if ((uintptr_t)frames[i] - low < high - low) {
            atomic_fetch_add(&caught, 1);
            break;
        }
        if (!is_library(frames[i]))
            break;
    }
    inside = 0;
}

#define WATCH(type, name, parameters, arguments)                              \
    extern type __libc_##name parameters;                                     \
    type name parameters;                                                     \
    type name parameters                                                      \
    {                                                                         \
        look();                                                               \
        return __libc_##name arguments;                                       \
    }
WATCH(void *, malloc, (size_t bytes), (bytes))
WATCH(void *, calloc, (size_t count, size_t bytes), (count, bytes))
WATCH(void *, realloc, (void *old, size_t bytes), (old, bytes))
WATCH(void *, memalign, (size_t align, size_t bytes), (align, bytes))
