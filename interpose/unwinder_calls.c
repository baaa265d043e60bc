/* SPDX-License-Identifier: MIT */
/* unwinder_calls.c -- see unwinder.def. Runs wherever stacks are walked. */
#include "unwinder_calls.h"

#include "dl.h"

#include "../runtime/os/sys.h"

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <unistd.h>

#define NO_DESCRIPTOR (-2) /* not -1, which libunwind takes for "not yet" */

int
rs_unwinder_pipe(int ends[2])
{
    ends[0] = ends[1] = NO_DESCRIPTOR;
    return 0;
}

int
rs_unwinder_pipe2(int ends[2], int flags)
{
    (void)flags;
    return rs_unwinder_pipe(ends);
}

/* The pipe is always empty … */
ssize_t
rs_unwinder_read(int fd, void *to, size_t bytes)
{
    if (fd != NO_DESCRIPTOR)
        return read(fd, to, bytes);
    errno = EAGAIN;
    return -1;
}

/* … and takes whatever can be read. */
ssize_t
rs_unwinder_write(int fd, const void *from, size_t bytes)
{
    if (fd != NO_DESCRIPTOR)
        return write(fd, from, bytes);
    if (rs_sys_can_read((uintptr_t)from, bytes))
        return (ssize_t)bytes;
    errno = EFAULT;
    return -1;
}

int
rs_unwinder_close(int fd)
{
    return fd == NO_DESCRIPTOR ? 0 : close(fd);
}

/* Called as a function of variable arguments, which on our machines arrive
 * where these do. */
long
rs_unwinder_syscall(long number, long a, long b, long c, long d, long e,
                    long f)
{
    if (number == SYS_write && (int)a == NO_DESCRIPTOR)
        return rs_unwinder_write(NO_DESCRIPTOR, (const void *)b, (size_t)c);
    return syscall(number, a, b, c, d, e, f);
}

typedef int lock_function(pthread_mutex_t *);

static struct {
    lock_function *lock, *unlock;
} libc = {pthread_mutex_lock, pthread_mutex_unlock};

void
rs_unwinder_calls_start(void)
{
    lock_function *lock = (lock_function *)rs_dl_libc("pthread_mutex_lock");
    lock_function *unlock =
        (lock_function *)rs_dl_libc("pthread_mutex_unlock");

    if (lock != NULL && unlock != NULL) {
        libc.lock = lock;
        libc.unlock = unlock;
    }
}

int
rs_unwinder_mutex_lock(pthread_mutex_t *mutex)
{
    return libc.lock(mutex);
}

int
rs_unwinder_mutex_unlock(pthread_mutex_t *mutex)
{
    return libc.unlock(mutex);
}
