/* SPDX-License-Identifier: MIT */
/* arch_aarch64.h -- arch.h for 64-bit Arm. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* Dynamic relocation types that bind a symbol to a slot (AAELF64, 5.7.12). */
#define RS_ARCH_RELOC_JUMP_SLOT 1026
#define RS_ARCH_RELOC_GLOB_DAT  1025
#define RS_ARCH_RELOC_ABSOLUTE  257

static inline uintptr_t
rs_arch_thread_pointer(void)
{
    uintptr_t pointer;
    __asm__("mrs %0, tpidr_el0" : "=r"(pointer));
    return pointer;
}

static inline uint64_t
rs_arch_ticks(void)
{
    uint64_t ticks;
    __asm__ volatile("mrs %0, cntvct_el0" : "=r"(ticks));
    return ticks;
}

static inline int64_t
rs_arch_thread_local_offset(const void *function)
{
    (void)function;
    return 0;
}

#define RS_ARCH_JUMP_BYTES 16

static inline bool
rs_arch_make_jump(unsigned char *code, const void *function, const void *to)
{
    (void)code;
    (void)function;
    (void)to;
    return false;
}

static inline void *
rs_arch_thread_local(int64_t offset)
{
    return *(void **)(rs_arch_thread_pointer() + (uintptr_t)offset);
}
