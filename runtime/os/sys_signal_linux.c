/* SPDX-License-Identifier: MIT */
/* sys_signal_linux.c -- sys_signal.h on Linux. */
#include "os/sys_signal.h"

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <ucontext.h>

#include "os/sys.h"
#include "os/sys_call.h"

const int rs_sys_fatal_signals[RS_SYS_FATAL_SIGNALS] = {
    SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTRAP,
};

bool
rs_sys_signal_is_fatal(int signal)
{
    for (int i = 0; i < RS_SYS_FATAL_SIGNALS; i++)
        if (rs_sys_fatal_signals[i] == signal)
            return true;
    return false;
}

static const struct {
    const char *name;
    int number;
} signals[] = {
    {"SIGSEGV", SIGSEGV}, {"SIGBUS", SIGBUS},     {"SIGILL", SIGILL},
    {"SIGFPE", SIGFPE},   {"SIGABRT", SIGABRT},   {"SIGTRAP", SIGTRAP},
    {"SIGHUP", SIGHUP},   {"SIGINT", SIGINT},     {"SIGQUIT", SIGQUIT},
    {"SIGUSR1", SIGUSR1}, {"SIGUSR2", SIGUSR2},   {"SIGALRM", SIGALRM},
    {"SIGTERM", SIGTERM}, {"SIGURG", SIGURG},     {"SIGVTALRM", SIGVTALRM},
    {"SIGPROF", SIGPROF}, {"SIGWINCH", SIGWINCH}, {"SIGIO", SIGIO},
    {"SIGPWR", SIGPWR},
};
#define SIGNALS (sizeof(signals) / sizeof(signals[0]))

const char *
rs_sys_signal_name(int signal)
{
    for (size_t i = 0; i < SIGNALS; i++)
        if (signals[i].number == signal)
            return signals[i].name;
    return "a signal";
}

int
rs_sys_signal_number(const char *name)
{
    for (size_t i = 0; i < SIGNALS; i++)
        if (strcmp(signals[i].name + strlen("SIG"), name) == 0)
            return signals[i].number;
    return 0;
}

/* Codes above zero are the kernel's; SI_KERNEL says that it has no address. */
struct rs_sys_fault
rs_sys_fault_read(int signal, const void *info)
{
    const siginfo_t *said = info;
    bool is_sent = said->si_code <= 0;

    return (struct rs_sys_fault){
        .signal = signal,
        .code = said->si_code,
        .has_address = !is_sent && said->si_code != SI_KERNEL &&
                       signal != SIGABRT && signal != SIGTRAP,
        .address = is_sent ? 0 : (uintptr_t)said->si_addr,
        .sender = is_sent ? said->si_pid : 0,
    };
}

const char *
rs_sys_fault_reason(const struct rs_sys_fault *fault)
{
#define RS_FAULT_SENT(by_itself, sentence)                                    \
    if (fault->sender != 0 && (fault->sender == rs_sys_pid()) == (by_itself)) \
        return sentence;
#define RS_FAULT_REASON(name, reason, sentence)                               \
    if (fault->signal == (name) && fault->code == (reason))                   \
        return sentence;
#include "crash.def"
    return "";
}

unsigned
rs_sys_registers(const void *context,
                 struct rs_sys_register registers[RS_SYS_REGISTERS_MAX])
{
    const mcontext_t *machine = &((const ucontext_t *)context)->uc_mcontext;
    unsigned count = 0;

#if defined(__x86_64__)
    static const struct {
        const char *name;
        int at;
    } names[] = {
        {"rdi", REG_RDI}, {"rsi", REG_RSI}, {"rdx", REG_RDX}, {"rcx", REG_RCX},
        {"r8", REG_R8},   {"r9", REG_R9},   {"rax", REG_RAX}, {"rbx", REG_RBX},
        {"rbp", REG_RBP}, {"r10", REG_R10}, {"r11", REG_R11}, {"r12", REG_R12},
        {"r13", REG_R13}, {"r14", REG_R14}, {"r15", REG_R15},
    };

    for (; count < sizeof(names) / sizeof(names[0]); count++)
        registers[count] = (struct rs_sys_register){
            names[count].name, (uintptr_t)machine->gregs[names[count].at]};
#elif defined(__aarch64__)
    static const char *const names[] = {
        "x0",  "x1",  "x2",  "x3",  "x4",  "x5",  "x6",  "x7",
        "x8",  "x9",  "x10", "x11", "x12", "x13", "x14", "x15",
        "x16", "x17", "x18", "x19", "x20", "x21", "x22", "x23",
        "x24", "x25", "x26", "x27", "x28", "x29", "x30",
    };

    for (; count < sizeof(names) / sizeof(names[0]); count++)
        registers[count] =
            (struct rs_sys_register){names[count], machine->regs[count]};
#endif
    return count;
}

/* The kernel lets a process forge what it sends to itself. */
void
rs_sys_signal_again(int signal, void *info)
{
    (void)rs_sys_call(SYS_rt_tgsigqueueinfo, rs_sys_pid(), rs_sys_thread_id(),
                      signal, info);
}

void
rs_sys_signal_stack(void *stack, size_t bytes)
{
    stack_t wanted = {.ss_sp = stack,
                      .ss_flags = stack == NULL ? SS_DISABLE : 0,
                      .ss_size = bytes};

    (void)rs_sys_call(SYS_sigaltstack, &wanted, NULL);
}

bool
rs_sys_has_signal_stack(void)
{
    stack_t now = {.ss_flags = SS_DISABLE};

    (void)rs_sys_call(SYS_sigaltstack, NULL, &now);
    return (now.ss_flags & SS_DISABLE) == 0;
}

static int timer = -1; /* of the one thread that reports */

/* Not timer_create(3): that allocates. */
bool
rs_sys_alarm(int signal, unsigned milliseconds)
{
    struct itimerspec time = {
        .it_value = {milliseconds / 1000,
                     (long)(milliseconds % 1000) * 1000000}};

    if (timer < 0 && milliseconds != 0) {
        struct sigevent event;
        int made;

        memset(&event, 0, sizeof(event));
        event.sigev_notify = SIGEV_THREAD_ID;
        event.sigev_signo = signal;
        event._sigev_un._tid = rs_sys_thread_id();
        if (rs_sys_call(SYS_timer_create, CLOCK_MONOTONIC, &event, &made) != 0)
            return false;
        timer = made;
    }
    return timer >= 0 &&
           rs_sys_call(SYS_timer_settime, timer, 0, &time, NULL) == 0;
}

void
rs_sys_alarm_end(void)
{
    if (timer >= 0)
        (void)rs_sys_call(SYS_timer_delete, timer);
    timer = -1;
}
