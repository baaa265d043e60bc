/* SPDX-License-Identifier: MIT */
/* arch_test.c -- which functions are empty, and have room for a jump. */
#include "os/arch.h"

#include "unit.h"

#if defined(__x86_64__)
static const struct {
    const char *name;
    unsigned char code[24];
    bool is_empty;
} rows[] = {
    {"ret, and long padding",
     {0xc3, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0, 0x0f, 0x1f, 0x44, 0,
      0},
     true},
    {"endbr64, ret, and padding",
     {0xf3, 0x0f, 0x1e, 0xfa, 0xc3, 0x66, 0x66, 0x2e, 0x0f, 0x1f, 0x84, 0, 0,
      0, 0, 0},
     true},
    {"ret, and single bytes",
     {0xc3, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x66, 0x90, 0xcc,
      0xcc, 0xcc, 0xcc, 0xcc},
     true},
    {"mov $1,%eax; ret", {0xb8, 1, 0, 0, 0, 0xc3}, false},
    {"ret, and the next function",
     {0xc3, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x90, 0x53, 0x48, 0x83, 0xec,
      0x28, 0x48, 0x89, 0xfb},
     false},
    {"ret, and one byte too few",
     {0xc3, 0x0f, 0x1f, 0x84, 0, 0, 0, 0, 0, 0x0f, 0x1f, 0x40, 0, 0x53, 0x53,
      0x53},
     false},
};

static void
test_jumps(void)
{
    unsigned char code[RS_ARCH_JUMP_BYTES];
    uintptr_t to = 0;

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        UNIT_ROW(rows[i].name);
        memset(code, 0, sizeof(code));
        UNIT_EQ(rs_arch_make_jump(code, rows[i].code, rows), rows[i].is_empty);
        memcpy(&to, code + sizeof(code) - sizeof(to), sizeof(to));
        UNIT_EQ(to, rows[i].is_empty ? (uintptr_t)rows : 0);
    }
    UNIT_ROW(NULL);
}
#else
static void
test_jumps(void)
{
    unsigned char code[RS_ARCH_JUMP_BYTES];

    UNIT_CHECK(!rs_arch_make_jump(code, code, code));
}
#endif

int
main(void)
{
    test_jumps();
    return unit_result();
}
