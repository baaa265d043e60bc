/* SPDX-License-Identifier: MIT */
/* sys_signal.h -- fatal signals: what the kernel says of one, and how it is
 * passed on. Promises what sys.h does. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Signals that a process dies of because of what it did: SIGSEGV, SIGBUS,
 * SIGILL, SIGFPE, SIGABRT, SIGTRAP. */
#define RS_SYS_FATAL_SIGNALS 6
extern const int rs_sys_fatal_signals[RS_SYS_FATAL_SIGNALS];
bool rs_sys_signal_is_fatal(int signal);

/* "SIGSEGV"; "a signal" for one that neither is fatal nor asks. */
const char *rs_sys_signal_name(int signal);

/* "USR1": 10; 0 for "none". */
int rs_sys_signal_number(const char *name);

struct rs_sys_fault {
    int signal;
    int code;          /* si_code */
    bool has_address;  /* the kernel named an address … */
    uintptr_t address; /* … that could not be used, or executed */
    int sender;        /* the process that sent it; 0: the kernel */
};
struct rs_sys_fault rs_sys_fault_read(int signal, const void *info);

/* The reason in words: "nothing is mapped there". "" when the kernel said
 * none. */
const char *rs_sys_fault_reason(const struct rs_sys_fault *fault);

#define RS_SYS_REGISTERS_MAX 32
struct rs_sys_register {
    const char *name;
    uintptr_t value;
};
/* The general registers, those of arguments first, from a handler's context.
 * Returns how many. */
unsigned
rs_sys_registers(const void *context,
                 struct rs_sys_register registers[RS_SYS_REGISTERS_MAX]);

/* Sends the signal that `info` is of to the calling thread once more, as it
 * was; it comes as soon as it is not blocked. */
void rs_sys_signal_again(int signal, void *info);

/* Has handlers of this thread run on `bytes` at `stack`; NULL: on its own. */
void rs_sys_signal_stack(void *stack, size_t bytes);
bool rs_sys_has_signal_stack(void);

/* Interrupts the calling thread by `signal` in that time, once; 0 takes that
 * back. False when it cannot be done. Of the thread that asked first. */
bool rs_sys_alarm(int signal, unsigned milliseconds);
void rs_sys_alarm_end(void); /* another thread may ask from now on */
