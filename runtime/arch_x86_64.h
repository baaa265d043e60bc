/* SPDX-License-Identifier: MIT */
/* arch_x86_64.h -- arch.h, answered for x86-64. */
#pragma once

#include <stdint.h>

/* Dynamic relocation types that bind a symbol to a slot (psABI, table 4.10). */
#define RS_ARCH_RELOC_JUMP_SLOT 7
#define RS_ARCH_RELOC_GLOB_DAT 6
#define RS_ARCH_RELOC_ABSOLUTE 1

static inline uintptr_t
rs_arch_thread_pointer(void)
{
    uintptr_t pointer;
    __asm__("movq %%fs:0, %0" : "=r"(pointer));
    return pointer;
}

static inline uint64_t
rs_arch_ticks(void)
{
    return __builtin_ia32_rdtsc();
}
