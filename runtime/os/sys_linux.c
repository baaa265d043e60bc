/* SPDX-License-Identifier: MIT */
/* sys_linux.c -- sys.h on Linux.
 *
 * Runs anywhere: in a hook, a signal handler, under the loader's lock. */
#include "os/sys.h"

#include "os/compiler.h"
#include "os/sys_call.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

/* What the kernel's rt_sigprocmask wants as the size of a signal set. */
#define KERNEL_SIGSET_BYTES 8
#define PROBE_STEP          4096 /* the smallest page there is on our machines */

static const char empty_file[1];

/* What the kernel returns in place of an address. */
#define IS_ERROR(answer) ((unsigned long)(answer) > -4096UL)

static void *
map_or_null(size_t bytes, int protection, int flags, int fd)
{
    long at = rs_sys_call(SYS_mmap, NULL, bytes, protection, flags, fd, 0L);

    return IS_ERROR(at) ? NULL : (void *)at;
}

void *
rs_sys_map(size_t bytes)
{
    void *map = map_or_null(bytes, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);

    if (map != NULL)
        rs_sys_maps_add((uintptr_t)map, (uintptr_t)map + bytes);
    return map;
}

void *
rs_sys_reserve(size_t bytes)
{
    return map_or_null(bytes, PROT_NONE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);
}

bool
rs_sys_reserve_at(uintptr_t address, size_t bytes)
{
    return (uintptr_t)rs_sys_call(SYS_mmap, address, bytes, PROT_NONE,
                                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE |
                                      MAP_FIXED_NOREPLACE,
                                  -1, 0) == address;
}

/* O_NONBLOCK, so that a path which turns out to be a pipe cannot hold us. */
int
rs_sys_open(const char *path)
{
    if (rs_sys_is_sandboxed())
        return -EPERM;
    return (int)rs_sys_call(SYS_openat, AT_FDCWD, path,
                            O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
}

const void *
rs_sys_map_file(const char *path, size_t *bytes)
{
    const void *map = NULL;
    int fd = rs_sys_open(path);
    long end;

    *bytes = 0;
    if (fd < 0)
        return NULL;
    end = rs_sys_call(SYS_lseek, fd, 0L, SEEK_END);
    if (end == 0)
        map = empty_file; /* nothing can be mapped, and nothing is wrong */
    else if (end > 0)
        map = map_or_null((size_t)end, PROT_READ, MAP_PRIVATE, fd);
    rs_sys_close(fd);
    if (map != NULL)
        *bytes = (size_t)end;
    return map;
}

void
rs_sys_unmap(const void *address, size_t bytes)
{
    rs_sys_maps_remove((uintptr_t)address);
    if (bytes != 0)
        rs_sys_call(SYS_munmap, address, bytes);
}

void
rs_sys_close(int fd)
{
    rs_sys_call(SYS_close, fd);
}

bool
rs_sys_is_terminal(int fd)
{
    struct termios terminal;

    return rs_sys_call(SYS_ioctl, fd, TCGETS, &terminal) == 0;
}

uint64_t
rs_sys_milliseconds(void)
{
    struct timespec now = {0};

    (void)rs_sys_call(SYS_clock_gettime, CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int
rs_sys_pid(void)
{
    return (int)rs_sys_call(SYS_getpid);
}

int
rs_sys_thread_id(void)
{
    return (int)rs_sys_call(SYS_gettid);
}

long
rs_sys_read_at(int fd, void *to, size_t bytes, uint64_t offset)
{
    return rs_sys_call(SYS_pread64, fd, to, bytes, offset);
}

size_t
rs_sys_read_file(const char *path, char *text, size_t bytes)
{
    int fd = rs_sys_open(path);
    long got = 0;

    if (fd >= 0) {
        got = rs_sys_call(SYS_read, fd, text, bytes - 1);
        rs_sys_close(fd);
    }
    if (got < 0)
        got = 0;
    text[got] = '\0';
    return (size_t)got;
}

char *
rs_sys_append_number(char *at, unsigned number)
{
    char digits[10];
    int count = 0;

    do {
        digits[count++] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    while (count > 0)
        *at++ = digits[--count];
    return at;
}

void
rs_sys_thread_name(int tid, char *name, size_t bytes)
{
    char path[48] = "/proc/self/task/";

    strcpy(rs_sys_append_number(path + strlen(path), (unsigned)tid), "/comm");
    (void)rs_sys_read_file(path, name, bytes);
    name[strcspn(name, "\n")] = '\0';
}

void
rs_sys_own_name(char name[RS_SYS_NAME_BYTES])
{
    if (IS_ERROR(rs_sys_call(SYS_prctl, PR_GET_NAME, name, 0L, 0L, 0L)))
        name[0] = '\0';
}

void
rs_sys_executable_path(char *path, size_t bytes)
{
    long length = rs_sys_call(SYS_readlinkat, AT_FDCWD, "/proc/self/exe", path,
                              bytes - 1);

    path[length > 0 ? length : 0] = '\0';
}

void
rs_sys_executable_name(char *name, size_t bytes)
{
    char path[4096];
    const char *base;
    size_t length;

    rs_sys_executable_path(path, sizeof(path));
    base = strrchr(path, '/');
    base = base != NULL ? base + 1 : path;
    length = strnlen(base, bytes - 1);
    memcpy(name, base, length);
    name[length] = '\0';
}

bool
rs_sys_is_secure(void)
{
    return getauxval(AT_SECURE) != 0;
}

/* The kernel copies the new signal set in before it looks at `how`, which is
 * none here: EFAULT means unreadable, EINVAL readable, and nothing changes.
 * `address` is a multiple of the set's size, so one page is asked about. */
static bool
can_read_page(uintptr_t address)
{
    return rs_sys_call(SYS_rt_sigprocmask, -1, address, NULL,
                       KERNEL_SIGSET_BYTES) == -EINVAL;
}

bool
rs_sys_can_read(uintptr_t address, size_t bytes)
{
    uintptr_t at = address & ~(uintptr_t)(KERNEL_SIGSET_BYTES - 1);
    uintptr_t end = address + bytes;

    /* The first page is never mapped, and a NULL set would mean "no set". */
    if (address < PROBE_STEP || end < address)
        return false;
    while (at < end) {
        if (!can_read_page(at))
            return false;
        at = (at & ~(uintptr_t)(PROBE_STEP - 1)) + PROBE_STEP;
        if (at == 0)
            return false;
    }
    return true;
}

/* Not memcpy(), where sanitizers ask whose memory it is: what is read here may
 * be dead. */
static RS_NOINLINE __attribute__((no_sanitize("address", "thread"))) void
copy_plain(unsigned char *to, uintptr_t from, size_t bytes)
{
    const volatile unsigned char *at = (const volatile unsigned char *)from;

    for (size_t i = 0; i < bytes; i++)
        to[i] = at[i];
}

bool
rs_sys_read_memory(uintptr_t address, void *to, size_t bytes)
{
    if (!rs_sys_can_read(address, bytes))
        return false;
    /* process_vm_readv() would do both at once, but sandboxes kill for it.
     * Wrong only when another thread unmaps the page in between. */
    copy_plain(to, address, bytes);
    return true;
}

bool
rs_sys_overwrite(uintptr_t address, const void *from, size_t bytes)
{
    int fd = (int)rs_sys_call(SYS_openat, AT_FDCWD, "/proc/self/mem",
                              O_WRONLY | O_CLOEXEC);
    long written;

    if (fd < 0)
        return false;
    written = rs_sys_call(SYS_pwrite64, fd, from, bytes, address);
    rs_sys_call(SYS_close, fd);
    return written == (long)bytes;
}

void
rs_sys_exit(int status)
{
    for (;;)
        rs_sys_call(SYS_exit_group, status);
}
