/* SPDX-License-Identifier: MIT */
/* sys_thread_linux.c -- sys_thread.h on Linux: /proc and signals.
 *
 * sigaction() is the C library's: a handler needs its way back from it. */
#include "os/sys_thread.h"

#include "os/sys.h"
#include "os/sys_call.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

#define FILE_BYTES 4096

/* A file of /proc/self/task/<tid>; "" when there is none. */
static void
read_task_file(int tid, const char *name, char text[FILE_BYTES])
{
    char path[64] = "/proc/self/task/";
    char *at = rs_sys_append_number(path + strlen(path), (unsigned)tid);

    *at++ = '/';
    strcpy(at, name);
    rs_sys_read_file(path, text, FILE_BYTES);
}

/* "running", or the number of the call and its arguments; -1 for a thread that
 * waits for something else than a call's result. */
bool
rs_sys_thread_may_be_interrupted(int tid)
{
    char text[FILE_BYTES];
    char *at = text;
    long call;

    read_task_file(tid, "syscall", text);
    if (strncmp(text, "running", 7) == 0)
        return true;
    call = strtol(text, &at, 10);
    if (at == text || call != SYS_futex)
        return at != text && call == -1;
    for (int i = 0; i < 3; i++) /* address, operation, value */
        (void)strtoull(at, &at, 16);
    return strtoull(at, &at, 16) == 0; /* no time limit */
}

/* signal(7): calls without a time limit that the kernel begins again after a
 * handler with SA_RESTART.
 *
 * Wrong when: a socket has a time limit (SO_RCVTIMEO, SO_SNDTIMEO). */
bool
rs_sys_thread_call_restarts(int tid)
{
    static const long calls[] = {
        SYS_read,    SYS_readv,  SYS_write,   SYS_writev, SYS_recvfrom,
        SYS_recvmsg, SYS_sendto, SYS_sendmsg, SYS_accept, SYS_accept4,
        SYS_wait4,   SYS_waitid, SYS_flock,   SYS_ioctl,  SYS_openat,
    };
    char text[FILE_BYTES];
    char *at = text;
    long call;

    read_task_file(tid, "syscall", text);
    call = strtol(text, &at, 10);
    for (size_t i = 0; at != text && i < sizeof(calls) / sizeof(calls[0]); i++)
        if (call == calls[i])
            return true;
    return rs_sys_thread_may_be_interrupted(tid);
}

/* An entry of a folder, as getdents64(2) has it. */
struct entry {
    uint64_t inode;
    int64_t offset;
    uint16_t bytes;
    uint8_t type;
    char name[];
};

unsigned
rs_sys_thread_list(int *tids, unsigned max)
{
    _Alignas(struct entry) char block[4096];
    long folder = rs_sys_call(SYS_openat, AT_FDCWD, "/proc/self/task",
                              O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    unsigned count = 0;
    long got;

    if (folder < 0)
        return 0;
    while ((got = rs_sys_call(SYS_getdents64, folder, block, sizeof(block))) >
           0) {
        for (long at = 0; at < got;) {
            const struct entry *entry = (const struct entry *)(block + at);

            if (entry->name[0] != '.' && count < max)
                tids[count++] = atoi(entry->name);
            at += entry->bytes;
        }
    }
    (void)rs_sys_call(SYS_close, folder);
    return count;
}

/* The signals of a line of "status", as bits from signal 1 on; all of them
 * when there is no such line. */
static uint64_t
read_signals(const char *status, const char *key)
{
    const char *line = strstr(status, key);

    return line == NULL ? UINT64_MAX : strtoull(line + strlen(key), NULL, 16);
}

int
rs_sys_thread_spare_signal(int tid)
{
    char status[FILE_BYTES];
    uint64_t taken;

    read_task_file(tid, "status", status);
    taken = read_signals(status, "SigPnd:") | read_signals(status, "ShdPnd:") |
            read_signals(status, "SigBlk:") | read_signals(status, "SigIgn:") |
            read_signals(status, "SigCgt:");
    /* The ends of the range are what others take first. */
    for (int signal = SIGRTMAX - 4; signal > SIGRTMIN + 8; signal--)
        if ((taken & UINT64_C(1) << (signal - 1)) == 0)
            return signal;
    return 0;
}

struct rs_sys_place
rs_sys_thread_place(const void *context)
{
    const mcontext_t *machine = &((const ucontext_t *)context)->uc_mcontext;

#if defined(__x86_64__)
    return (struct rs_sys_place){(uintptr_t)machine->gregs[REG_RIP],
                                 (uintptr_t)machine->gregs[REG_RSP],
                                 (uintptr_t)machine->gregs[REG_RBP]};
#elif defined(__aarch64__)
    return (struct rs_sys_place){machine->pc, machine->sp, machine->regs[29]};
#endif
}

bool
rs_sys_thread_catch(int signal, void (*handler)(int, void *, void *))
{
    struct sigaction action = {.sa_flags =
                                   SA_SIGINFO | SA_RESTART | SA_ONSTACK};
    struct sigaction before;

    action.sa_sigaction = (void (*)(int, siginfo_t *, void *))handler;
    sigfillset(&action.sa_mask);
    if (sigaction(signal, &action, &before) != 0)
        return false;
    if (before.sa_handler == SIG_DFL)
        return true;
    (void)sigaction(signal, &before, NULL);
    return false;
}

/* To ignore a signal is to lose what is pending of it, also where it is
 * blocked. */
void
rs_sys_thread_let_go(int signal, bool may_be_pending)
{
    struct sigaction action = {.sa_handler = SIG_IGN};

    if (may_be_pending)
        (void)sigaction(signal, &action, NULL);
    action.sa_handler = SIG_DFL;
    (void)sigaction(signal, &action, NULL);
}

bool
rs_sys_thread_interrupt(int tid, int signal)
{
    int saved = errno;
    bool is_sent = syscall(SYS_tgkill, rs_sys_pid(), tid, signal) == 0;

    errno = saved;
    return is_sent;
}

void
rs_sys_thread_wait_us(unsigned microseconds)
{
    struct timespec time = {.tv_nsec = (long)microseconds * 1000};
    int saved = errno;

    (void)syscall(SYS_nanosleep, &time, NULL);
    errno = saved;
}

void
rs_sys_thread_yield(void)
{
    int saved = errno;

    (void)syscall(SYS_sched_yield);
    errno = saved;
}
