/* SPDX-License-Identifier: MIT */
/* unwinder.c -- libunwind leaves the program's file descriptors alone.
 *
 * libunwind asks whether an address can be read by writing the byte there into
 * a pipe of its own. In a process it was not invited to, that is two
 * descriptors the program never opened: they take the numbers of closed
 * standard streams, are seen by whoever counts descriptors, and when the
 * program closes them and opens a file under their number, libunwind reads
 * from, writes to or closes that file. So the functions it makes and uses the
 * pipe with are replaced in its slots, and the question is answered by a
 * system call that needs no descriptor. So are the memory of its caches
 * (unwinder_caches.h) and how it holds back signals (unwind.h).
 *
 * Once, at start; the replacements run wherever stacks are walked. A libunwind
 * whose slots cannot be written, or that uses a pipe in some other way, keeps
 * its pipe. */
#include "unwinder.h"

#include "elf_view.h"
#include "pages.h"
#include "unwinder_caches.h"

#include "../runtime/base/lost.h"
#include "../runtime/base/text.h"
#include "../runtime/os/unwind.h"
#include "../runtime/os/unwind_tables.h"
#include "../runtime/report/report.h"

#include "../runtime/os/sys.h"

#define UNW_LOCAL_ONLY
#include <errno.h>
#include <libunwind.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NO_DESCRIPTOR (-2) /* not -1, which libunwind takes for "not yet" */

static int
make_pipe(int ends[2], int flags)
{
    (void)flags;
    ends[0] = ends[1] = NO_DESCRIPTOR;
    return 0;
}

/* The pipe is always empty … */
static ssize_t
read_pipe(int fd, void *to, size_t bytes)
{
    if (fd != NO_DESCRIPTOR)
        return read(fd, to, bytes);
    errno = EAGAIN;
    return -1;
}

/* … and takes whatever can be read. */
static ssize_t
write_pipe(int fd, const void *from, size_t bytes)
{
    if (fd != NO_DESCRIPTOR)
        return write(fd, from, bytes);
    if (rs_sys_can_read((uintptr_t)from, bytes))
        return (ssize_t)bytes;
    errno = EFAULT;
    return -1;
}

static int
close_pipe(int fd)
{
    return fd == NO_DESCRIPTOR ? 0 : close(fd);
}

/* Called as a function of variable arguments, which on our machines arrive
 * where these do. */
static long
call_system(long number, long a, long b, long c, long d, long e, long f)
{
    if (number == SYS_write && (int)a == NO_DESCRIPTOR)
        return write_pipe(NO_DESCRIPTOR, (const void *)b, (size_t)c);
    return syscall(number, a, b, c, d, e, f);
}

static const struct {
    const char *symbol;
    uintptr_t function;
} replacements[] = {
    {"pipe", (uintptr_t)make_pipe},
    {"pipe2", (uintptr_t)make_pipe},
    {"read", (uintptr_t)read_pipe},
    {"write", (uintptr_t)write_pipe},
    {"syscall", (uintptr_t)call_system},
    {"close", (uintptr_t)close_pipe},
    {"sigprocmask", (uintptr_t)rs_unwind_libunwind_mask},
    {"mmap", (uintptr_t)rs_unwinder_caches_map},
    {"munmap", (uintptr_t)rs_unwinder_caches_unmap},
};

struct visit {
    bool is_open; /* RELRO is writable now */
};

static void
replace(void *context, const struct rs_elf_slot *slot)
{
    const struct visit *visit = context;

    if (!slot->is_writable || (slot->is_protected && !visit->is_open))
        return;
    for (size_t i = 0; i < sizeof(replacements) / sizeof(replacements[0]); i++)
        if (strcmp(slot->symbol, replacements[i].symbol) == 0)
            __atomic_store_n(slot->address, replacements[i].function,
                             __ATOMIC_RELAXED);
}

static int
visit_image(struct dl_phdr_info *info, size_t bytes, void *context)
{
    struct rs_elf_view view;
    struct visit visit;

    (void)bytes;
    (void)context;
    if (!rs_elf_view_open(&view, info) ||
        !rs_elf_view_has(&view, (uintptr_t)unw_backtrace) ||
        rs_elf_view_has(&view, (uintptr_t)visit_image))
        return 0;
    visit.is_open = view.relro_low < view.relro_high &&
                    rs_pages_open(view.relro_low, view.relro_high);
    rs_elf_view_slots(&view, replace, &visit);
    if (visit.is_open)
        rs_pages_close(view.relro_low, view.relro_high);
    return 1;
}

void
rs_unwinder_start(void)
{
    dl_iterate_phdr(visit_image, NULL);
}

void
rs_unwinder_loaded(const struct dl_phdr_info *info)
{
    char sentence[512];
    struct rs_text text = rs_text_make(sentence, sizeof(sentence));

    if (rs_unwind_tables_are_sound(info->dlpi_addr, info->dlpi_phdr,
                                   info->dlpi_phnum))
        return;
    rs_unwind_libunwind_distrust();
    rs_lost_count(RS_LOST_UNWIND);
    rs_text_format(&text,
                   "the unwind tables of %s cannot be trusted: from now on "
                   "stacks follow frame pointers only",
                   info->dlpi_name[0] != '\0' ? info->dlpi_name
                                              : "the executable");
    rs_report_note(sentence);
}
