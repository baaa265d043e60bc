/* SPDX-License-Identifier: MIT */
/* sys_file_linux.c -- sys_file.h on Linux. */
#include "os/sys_file.h"

#include "os/sys.h"
#include "os/sys_call.h"
#include "os/atomics.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>

#define KERNEL_SIGSET_BYTES 8
#define WAITS_MAX           1000 /* for room that another writer takes */
#define BIT(signal)         (UINT64_C(1) << ((signal)-1))
#define SENT_BY_WRITE       (BIT(SIGPIPE) | BIT(SIGXFSZ))

/* A reader that did not come back within a second: nobody waits for it again
 * until it does. */
static atomic_bool is_stalled;

/* Links in these folders are the kernel's. */
static bool
is_own_descriptor(const char *path)
{
    return strncmp(path, "/dev/fd/", 8) == 0 ||
           strcmp(path, "/dev/stdout") == 0 ||
           strcmp(path, "/dev/stderr") == 0;
}

int
rs_sys_open_append(const char *path)
{
    int follow = is_own_descriptor(path) ? 0 : O_NOFOLLOW;

    if (rs_sys_is_sandboxed())
        return -EPERM;
    return (int)rs_sys_call(SYS_openat, AT_FDCWD, path,
                            O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC |
                                O_NONBLOCK | O_NOCTTY | follow,
                            0666);
}

bool
rs_sys_is_open(int fd)
{
    return rs_sys_call(SYS_fcntl, fd, F_GETFD) >= 0;
}

bool
rs_sys_is_file(int fd, struct rs_file_id id)
{
    struct stat status;

    return rs_sys_call(SYS_fstat, fd, &status) == 0 &&
           S_ISREG(status.st_mode) && status.st_dev == id.device &&
           status.st_ino == id.inode;
}

/* O_PATH touches nothing: neither a FIFO's nor a device's other side notices.
 * The second path is the file that was compared, whatever became of the
 * first. */
static int
open_known(const char *path, struct rs_file_id id, int flags)
{
    char again[40] = "/proc/self/fd/";
    int fd = -ESTALE;
    int found;

    if (rs_sys_is_sandboxed())
        return -EPERM;
    found =
        (int)rs_sys_call(SYS_openat, AT_FDCWD, path, O_PATH | O_CLOEXEC, 0);
    if (found < 0)
        return found;
    if (rs_sys_is_file(found, id)) {
        *rs_sys_append_number(again + strlen(again), (unsigned)found) = 0;
        fd = (int)rs_sys_call(SYS_openat, AT_FDCWD, again,
                              flags | O_CLOEXEC | O_NONBLOCK, 0);
    }
    rs_sys_close(found);
    return fd;
}

int
rs_sys_open_known(const char *path, struct rs_file_id id)
{
    return open_known(path, id, O_WRONLY | O_APPEND);
}

static bool
keeps_bytes(int fd, size_t bytes)
{
    struct stat status;
    long seals = rs_sys_call(SYS_fcntl, fd, F_GET_SEALS);

    return seals >= 0 && (seals & F_SEAL_SHRINK) != 0 &&
           rs_sys_call(SYS_fstat, fd, &status) == 0 &&
           (size_t)status.st_size >= bytes;
}

void *
rs_sys_map_known(const char *path, int fd, struct rs_file_id id, size_t bytes)
{
    bool is_open = rs_sys_is_file(fd, id);
    long at = -EBADF;

    if (!is_open)
        fd = open_known(path, id, O_RDWR);
    if (fd >= 0 && keeps_bytes(fd, bytes))
        at = rs_sys_call(SYS_mmap, NULL, bytes, PROT_READ | PROT_WRITE,
                         MAP_SHARED, fd, 0L);
    if (!is_open && fd >= 0)
        rs_sys_close(fd);
    if (at < 0 && at > -4096)
        return NULL;
    rs_sys_maps_add((uintptr_t)at, (uintptr_t)at + bytes);
    return (void *)at;
}

int
rs_sys_move_up(int fd, int number)
{
    int moved = (int)rs_sys_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, (long)number);

    if (moved < 0)
        return fd;
    if (moved == number)
        rs_sys_call(SYS_fcntl, moved, F_SETFD, 0L);
    rs_sys_close(fd);
    return moved;
}

/* A lock of our own is taken to find out, and given back at once. */
bool
rs_sys_is_locked(int fd)
{
    long answer = rs_sys_call(SYS_flock, fd, LOCK_SH | LOCK_NB);

    if (answer == 0)
        rs_sys_call(SYS_flock, fd, LOCK_UN);
    return answer != 0;
}

/* False when the reader does not come. The kernel keeps `wait` up to date when
 * a signal interrupts. */
static bool
wait_for_room(int fd)
{
    struct pollfd poll_fd = {.fd = fd, .events = POLLOUT};
    bool was_stalled = rs_load(&is_stalled);
    struct timespec wait = {.tv_sec = was_stalled ? 0 : 1};
    long answer;

    do
        answer = rs_sys_call(SYS_ppoll, &poll_fd, 1UL, &wait, NULL, 0UL);
    while (answer == -EINTR);
    rs_store(&is_stalled, answer <= 0);
    return answer > 0;
}

/* Returns what was written; *error is 0 or a negative error number. */
static size_t
write_some(int fd, const char *bytes, size_t count, int *error)
{
    size_t done = 0;
    int waits = 0;

    *error = 0;
    while (done < count && *error == 0) {
        long written = rs_sys_call(SYS_write, fd, bytes + done, count - done);

        if (written > 0)
            done += (size_t)written;
        else if (written == -EAGAIN)
            *error = waits++ < WAITS_MAX && wait_for_room(fd) ? 0 : -EAGAIN;
        else if (written != -EINTR)
            *error = written < 0 ? (int)written : -EIO;
    }
    return done;
}

struct guard {
    uint64_t mask;    /* the thread's, from before */
    uint64_t pending; /* those that waited already: the program's */
};

/* A signal that was not blocked does not wait. */
static struct guard
hold_signals(void)
{
    struct guard guard = {0};
    uint64_t held = SENT_BY_WRITE;

    rs_sys_call(SYS_rt_sigprocmask, SIG_BLOCK, &held, &guard.mask,
                KERNEL_SIGSET_BYTES);
    if ((guard.mask & SENT_BY_WRITE) != 0)
        rs_sys_call(SYS_rt_sigpending, &guard.pending, KERNEL_SIGSET_BYTES);
    return guard;
}

/* Takes the signal that a failing write sent to this thread, if any. */
static void
release_signals(struct guard guard, int error)
{
    uint64_t ours = error == -EPIPE   ? BIT(SIGPIPE)
                    : error == -EFBIG ? BIT(SIGXFSZ)
                                      : 0;
    struct timespec now = {0};

    ours &= ~guard.pending;
    if (ours != 0)
        rs_sys_call(SYS_rt_sigtimedwait, &ours, NULL, &now,
                    KERNEL_SIGSET_BYTES);
    rs_sys_call(SYS_rt_sigprocmask, SIG_SETMASK, &guard.mask, NULL,
                KERNEL_SIGSET_BYTES);
}

int
rs_sys_write(int fd, const char *bytes, size_t count)
{
    struct guard guard = hold_signals();
    int error;

    (void)write_some(fd, bytes, count, &error);
    release_signals(guard, error);
    return error;
}

/* Ours are the last `count` bytes before the descriptor's position; cut only
 * when they are the file's last, too. */
static void
take_back(int fd, size_t count)
{
    struct stat status;
    long end = rs_sys_call(SYS_lseek, fd, 0L, SEEK_CUR);

    if (end >= (long)count && rs_sys_call(SYS_fstat, fd, &status) == 0 &&
        S_ISREG(status.st_mode) && status.st_size == end)
        rs_sys_call(SYS_ftruncate, fd, end - (long)count);
}

int
rs_sys_append(int fd, const char *bytes, size_t count)
{
    struct guard guard = hold_signals();
    int error;
    size_t done = write_some(fd, bytes, count, &error);

    if (error != 0 && done > 0)
        take_back(fd, done);
    release_signals(guard, error);
    return error;
}
