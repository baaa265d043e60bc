/* SPDX-License-Identifier: MIT */
/* pages.c -- RELRO pages: what they are now, and a moment of writing to them.
 *
 * Runs under the loader's lock; one thread at a time. The kernel's own list is
 * the only witness of a page's protection, so it is read, once for each image
 * that has a protected slot to patch. Without /proc nothing is opened. */
#include "pages.h"

#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* A line: "first-last prot offset …". */
enum column {
    COLUMN_FIRST,
    COLUMN_LAST,
    COLUMN_PROTECTION,
    COLUMN_REST,
};

static unsigned
hex_digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

/* Lines come in the order of their addresses: a range is covered when the
 * read-only lines join from its beginning to its end. */
static void
end_line(struct rs_pages_scan *scan)
{
    bool is_read_only = memcmp(scan->protection, "r--p", 4) == 0;

    if (is_read_only && scan->first <= scan->covered &&
        scan->last > scan->covered)
        scan->covered = scan->last;
    scan->first = scan->last = 0;
    scan->column = COLUMN_FIRST;
    scan->count = 0;
}

void
rs_pages_scan_piece(struct rs_pages_scan *scan, const char *text,
                    unsigned bytes)
{
    for (unsigned i = 0; i < bytes; i++) {
        char c = text[i];

        if (c == '\n') {
            end_line(scan);
        }
        else if (scan->column == COLUMN_FIRST && c != '-') {
            scan->first = scan->first << 4 | hex_digit(c);
        }
        else if (scan->column == COLUMN_LAST && c != ' ') {
            scan->last = scan->last << 4 | hex_digit(c);
        }
        else if (scan->column == COLUMN_PROTECTION && c != ' ') {
            scan->protection[scan->count++ & 3] = c;
        }
        else if (scan->column != COLUMN_REST) {
            scan->column++;
        }
    }
}

static bool
are_read_only(uintptr_t low, uintptr_t high)
{
    struct rs_pages_scan scan = {.covered = low};
    char piece[1024];
    ssize_t bytes;
    int fd = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        return false;
    while ((bytes = read(fd, piece, sizeof(piece))) > 0)
        rs_pages_scan_piece(&scan, piece, (unsigned)bytes);
    close(fd);
    return scan.covered >= high;
}

bool
rs_pages_open(uintptr_t low, uintptr_t high)
{
    return are_read_only(low, high) &&
           mprotect((void *)low, high - low, PROT_READ | PROT_WRITE) == 0;
}

void
rs_pages_close(uintptr_t low, uintptr_t high)
{
    mprotect((void *)low, high - low, PROT_READ);
}
