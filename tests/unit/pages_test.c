/* SPDX-License-Identifier: MIT */
/* pages_test.c -- lines of the list of maps; pages opened and closed. */
#include "interpose/pages.h"

#include "unit.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

static const char *const maps[] = {
    "00400000-00401000 r--p 00000000 08:02 1      /usr/bin/program",
    "00401000-00403000 r-xp 00001000 08:02 1      /usr/bin/program",
    "00403000-00404000 r--p 00003000 08:02 1      /usr/bin/a - name r--p",
    "00404000-00406000 r--p 00003000 08:02 1      /usr/bin/program",
    "00406000-00407000 rw-p 00005000 08:02 1      /usr/bin/program",
    "7f0000000000-7f0000002000 r--s 00000000 00:00 0 ",
    "7fffabcde000-7fffabcdf000 r--p 00000000 00:00 0      [vvar]",
};

static void
test_scan(void)
{
    static const struct {
        const char *name;
        uintptr_t low, high;
        bool is_read_only;
    } rows[] = {
        {"one line", 0x400000, 0x401000, true},
        {"two lines that join", 0x403000, 0x406000, true},
        {"inside two lines", 0x403000, 0x405000, true},
        {"ends writable", 0x404000, 0x407000, false},
        {"writable", 0x406000, 0x407000, false},
        {"executable", 0x401000, 0x402000, false},
        {"begins executable", 0x402000, 0x404000, false},
        {"nobody's", 0x500000, 0x501000, false},
        {"shared", 0x7f0000000000, 0x7f0000001000, false},
        {"high", 0x7fffabcde000, 0x7fffabcdf000, true},
    };

    for (unsigned i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uintptr_t covered = rows[i].low;
        struct rs_sys_map map;

        UNIT_ROW(rows[i].name);
        for (unsigned j = 0; j < sizeof(maps) / sizeof(maps[0]); j++) {
            UNIT_CHECK(rs_sys_map_read(maps[j], &map));
            rs_pages_cover(&covered, &map);
        }
        UNIT_EQ(covered >= rows[i].high, rows[i].is_read_only);
    }
    UNIT_ROW(NULL);
}

static sigjmp_buf fault;

static void
on_fault(int number)
{
    (void)number;
    siglongjmp(fault, 1);
}

static bool
can_write(volatile char *byte)
{
    if (sigsetjmp(fault, 1) != 0)
        return false;
    *byte = 1;
    return true;
}

static void
test_open_and_close(void)
{
    const size_t page = (size_t)sysconf(_SC_PAGESIZE);
    char *pages =
        mmap(NULL, 3 * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uintptr_t low = (uintptr_t)pages;

    UNIT_CHECK(!can_write(pages));
    UNIT_CHECK(rs_pages_open(low, low + 2 * page));
    UNIT_CHECK(can_write(pages));
    UNIT_CHECK(can_write(pages + page));
    UNIT_CHECK(!can_write(pages + 2 * page));

    /* Open already: not ours to close. */
    UNIT_CHECK(!rs_pages_open(low, low + 2 * page));
    UNIT_CHECK(!rs_pages_open(low + page, low + 3 * page));
    UNIT_CHECK(can_write(pages));

    rs_pages_close(low, low + 2 * page);
    UNIT_CHECK(!can_write(pages));
    UNIT_CHECK(!can_write(pages + page));
    UNIT_CHECK(rs_pages_open(low, low + 3 * page));
}

static void
test_damaged_lines(void)
{
    static const char *const lines[] = {
        "",
        "-",
        "400000",
        "400000-",
        "400000-401000",
        "400000-401000 ",
        "400000-401000 r--",
        "-401000 r--p",
        "g00000-401000 r--p",
    };
    struct rs_sys_map map;

    for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        UNIT_ROW(lines[i]);
        UNIT_CHECK(!rs_sys_map_read(lines[i], &map));
    }
    UNIT_ROW(NULL);
}

int
main(void)
{
    test_damaged_lines();
    signal(SIGSEGV, on_fault);
    test_scan();
    test_open_and_close();
    return unit_result();
}
