/* SPDX-License-Identifier: MIT */
/* sys.h -- the only system calls refsan makes, as it needs them.
 *
 * Nothing here allocates from malloc, waits for another thread, or touches
 * stdio. All are safe in a signal handler and under the loader's lock. errno
 * stays as it was. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RS_PATH_BYTES 4096 /* PATH_MAX */

/* Zeroed memory that costs nothing until touched (MAP_NORESERVE). NULL when
 * the process may not have it. Never unmapped. */
void *rs_sys_map(size_t bytes);

/* A range of addresses that nobody else gets. Not to be touched. */
void *rs_sys_reserve(size_t bytes);

/* The same of a range that is free; false when somebody has it. */
bool rs_sys_reserve_at(uintptr_t address, size_t bytes);

/* A whole file, read-only, or NULL. Sets *bytes. */
const void *rs_sys_map_file(const char *path, size_t *bytes);
void rs_sys_unmap(const void *address, size_t bytes);

/* A file opened for reading, or the error number, negative; and as many of its
 * bytes as there are from `offset` on, 0 at its end. */
int rs_sys_open(const char *path);
long rs_sys_read_at(int fd, void *to, size_t bytes, uint64_t offset);

/* Calls `visit` with each stretch of the process's writable memory, lowest
 * first, without what rs_sys_map() gave out. False when the kernel does not
 * tell. `visit` must not map. */
/* A line of the kernel's list of the process's memory. */
struct rs_sys_map {
    uintptr_t low, high;
    char protection[5]; /* "rw-p" */
};
bool rs_sys_map_read(const char *line, struct rs_sys_map *map);

/* All of them, by rising addresses. False when the list cannot be read, or not
 * to its end. */
typedef void rs_sys_visit_map(void *context, const struct rs_sys_map *map);
bool rs_sys_each_map(rs_sys_visit_map *visit, void *context);

typedef void rs_sys_visit_memory(void *context, uintptr_t low, uintptr_t high);
bool rs_sys_each_writable(rs_sys_visit_memory *visit, void *context);

/* rs_sys_map() and rs_sys_unmap() keep their own list up to date. */
void rs_sys_maps_add(uintptr_t low, uintptr_t high);
void rs_sys_maps_remove(uintptr_t low);

void rs_sys_close(int fd);

/* Reads a small file, cut to bytes - 1, and ends it in a 0. Returns how many. */
size_t rs_sys_read_file(const char *path, char *text, size_t bytes);

/* Writes the digits, without a 0 behind them; returns where they end. */
char *rs_sys_append_number(char *at, unsigned number);

bool rs_sys_is_terminal(int fd);

uint64_t rs_sys_milliseconds(void); /* since some moment; never back */

int rs_sys_pid(void);
int rs_sys_thread_id(void); /* gettid() */

/* Copies the name of thread `tid` of this process ("" when it has ended). Not
 * for every thread: the kernel makes files of /proc for it, and takes longer
 * to end the thread. */
void rs_sys_thread_name(int tid, char *name, size_t bytes);

/* Copies that of the calling thread. */
#define RS_SYS_NAME_BYTES 16
void rs_sys_own_name(char name[RS_SYS_NAME_BYTES]);

/* Copies the basename of the executable. */
void rs_sys_executable_name(char *name, size_t bytes);

/* The executable's path as the kernel has it; "" when unknown. */
void rs_sys_executable_path(char *path, size_t bytes);

/* True in a set-uid or otherwise privileged process (AT_SECURE). */
bool rs_sys_is_secure(void);

/* True when the process has put itself under a seccomp filter since
 * rs_sys_sandbox_start(): it may be killed for opening a file, so none is. */
void rs_sys_sandbox_start(void);
bool rs_sys_is_sandboxed(void);

/* True when `bytes` at `address` can be read; never faults. */
bool rs_sys_can_read(uintptr_t address, size_t bytes);

/* Copies memory that may not be there. False when any byte could not be read.
 * Slow (a system call): for reports, never for events. */
bool rs_sys_read_memory(uintptr_t address, void *to, size_t bytes);

/* Writes to memory of this process whatever its protection. False when the
 * system refuses, and nothing was written. */
bool rs_sys_overwrite(uintptr_t address, const void *from, size_t bytes);

_Noreturn void rs_sys_exit(int status); /* _exit, no handlers */
