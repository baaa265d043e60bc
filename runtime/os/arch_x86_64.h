/* SPDX-License-Identifier: MIT */
/* arch_x86_64.h -- arch.h for x86-64. */
#pragma once

#include <stdbool.h>
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

#define RS_ARCH_JUMP_BYTES 14

/* The length of the padding instruction at `code`: nop, its long forms (66 and
 * 2e before 0f 1f), or int3. 0 when it is none. */
static inline unsigned
rs_arch_padding(const unsigned char *code)
{
    unsigned at = 0;

    while (code[at] == 0x66 || code[at] == 0x2e)
        at++;
    if (code[at] == 0x90 || (at == 0 && code[at] == 0xcc))
        return at + 1;
    if (code[at] != 0x0f || code[at + 1] != 0x1f)
        return 0;
    switch (code[at + 2]) {
    case 0x00:
        return at + 3;
    case 0x40:
        return at + 4;
    case 0x44:
        return at + 5;
    case 0x80:
        return at + 7;
    case 0x84:
        return at + 8;
    default:
        return 0;
    }
}

/* jmp *0(%rip), and the address. */
static inline bool
rs_arch_make_jump(unsigned char *code, const void *function, const void *to)
{
    static const unsigned char landing[] = {0xf3, 0x0f, 0x1e, 0xfa};
    static const unsigned char jump[] = {0xff, 0x25, 0, 0, 0, 0};
    const unsigned char *old = function;
    unsigned at = memcmp(old, landing, sizeof(landing)) == 0 ? 4 : 0;

    if (old[at++] != 0xc3) /* ret */
        return false;
    while (at < RS_ARCH_JUMP_BYTES) {
        unsigned bytes = rs_arch_padding(old + at);

        if (bytes == 0)
            return false;
        at += bytes;
    }
    memcpy(code, jump, sizeof(jump));
    memcpy(code + sizeof(jump), &to, sizeof(to));
    return true;
}

static inline void *
rs_arch_thread_local(int64_t offset)
{
    void *value;
    __asm__ volatile("movq %%fs:(%1), %0" : "=r"(value) : "r"(offset));
    return value;
}
