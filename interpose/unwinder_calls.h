/* SPDX-License-Identifier: MIT */
/* unwinder_calls.h -- what libunwind calls in place of the C library, as
 * unwinder.def says: of the same shapes, errno included. Safe wherever stacks
 * are walked. */
#pragma once

#include <sys/types.h>

int rs_unwinder_pipe(int ends[2]);
int rs_unwinder_pipe2(int ends[2], int flags);
ssize_t rs_unwinder_read(int fd, void *to, size_t bytes);
ssize_t rs_unwinder_write(int fd, const void *from, size_t bytes);
int rs_unwinder_close(int fd);
long rs_unwinder_syscall(long number, long a, long b, long c, long d, long e,
                         long f);
