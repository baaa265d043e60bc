/* SPDX-License-Identifier: MIT */
/* unwinder_calls.h -- what libunwind calls in place of the C library, as
 * unwinder.def says: of the same shapes, errno included. Safe wherever stacks
 * are walked. */
#pragma once

#include <pthread.h>
#include <sys/types.h>

/* Before libunwind's first use. */
void rs_unwinder_calls_start(void);

int rs_unwinder_pipe(int ends[2]);
int rs_unwinder_pipe2(int ends[2], int flags);
ssize_t rs_unwinder_read(int fd, void *to, size_t bytes);
ssize_t rs_unwinder_write(int fd, const void *from, size_t bytes);
int rs_unwinder_close(int fd);
long rs_unwinder_syscall(long number, long a, long b, long c, long d, long e,
                         long f);

/* The C library's own: a sanitizer that stands before it neither judges what
 * libunwind does, nor survives it in a thread that ends. */
int rs_unwinder_mutex_lock(pthread_mutex_t *mutex);
int rs_unwinder_mutex_unlock(pthread_mutex_t *mutex);
