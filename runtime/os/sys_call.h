/* SPDX-License-Identifier: MIT */
/* sys_call.h -- how files of os/ make a system call.
 *
 * System calls are made with syscall(), not through libc's functions:
 * sanitizers and tracers stand in front of mmap(), write() and open(), would
 * take refsan's calls for the program's, and ThreadSanitizer would even see
 * synchronisation in them that the program does not have. */
#pragma once

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The kernel's answer, a negative error number included; errno is the
 * program's. */
#define rs_sys_call(...)                                                      \
    __extension__({                                                           \
        int saved_errno = errno;                                              \
        long from_kernel = syscall(__VA_ARGS__);                              \
        if (from_kernel == -1)                                                \
            from_kernel = -(long)errno;                                       \
        errno = saved_errno;                                                  \
        from_kernel;                                                          \
    })
