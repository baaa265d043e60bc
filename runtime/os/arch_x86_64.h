/* SPDX-License-Identifier: MIT */
/* arch_x86_64.h -- arch.h for x86-64. */
#pragma once

#include <stdint.h>
#include <string.h>

/* Dynamic relocation types that bind a symbol to a slot (psABI, table 4.10).
 */
#define RS_ARCH_RELOC_JUMP_SLOT 7
#define RS_ARCH_RELOC_GLOB_DAT  6
#define RS_ARCH_RELOC_ABSOLUTE  1

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

static inline int64_t
rs_arch_thread_local_offset(const void *function)
{
    static const unsigned char landing[] = {0xf3, 0x0f, 0x1e, 0xfa};
    static const unsigned char load[] = {0x64, 0x48, 0x8b, 0x04, 0x25};
    const unsigned char *code = function;
    int32_t offset;

    if (memcmp(code, landing, sizeof(landing)) == 0)
        code += sizeof(landing); /* endbr64 */
    if (memcmp(code, load, sizeof(load)) != 0 || code[9] != 0xc3)
        return 0; /* mov %fs:offset,%rax; ret */
    memcpy(&offset, code + sizeof(load), sizeof(offset));
    return offset;
}

static inline void *
rs_arch_thread_local(int64_t offset)
{
    void *value;
    __asm__ volatile("movq %%fs:(%1), %0" : "=r"(value) : "r"(offset));
    return value;
}
