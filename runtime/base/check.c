/* SPDX-License-Identifier: MIT */
/* check.c -- refsan found a mistake of its own: one line, then abort.
 *
 * Runs anywhere, also in a signal handler and inside malloc: the line is put
 * together on the stack and written with one call. */
#include "base/check.h"

#include "os/sys_file.h"

#include <stdlib.h>
#include <string.h>

struct line {
    char text[512];
    size_t used;
};

static void
add_text(struct line *line, const char *text)
{
    while (*text != '\0' && line->used < sizeof(line->text) - 1)
        line->text[line->used++] = *text++;
}

static void
add_number(struct line *line, int number)
{
    char digits[12];
    unsigned at = sizeof(digits) - 1;

    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0 && at > 0);
    add_text(line, digits + at);
}

void
rs_check_failed(const char *file, int number, const char *what)
{
    struct line line = {.used = 0};
    const char *slash = strrchr(file, '/');

    add_text(&line, "refsan: internal error: ");
    add_text(&line, what);
    add_text(&line, " is false at ");
    add_text(&line, slash != NULL ? slash + 1 : file);
    add_text(&line, ":");
    add_number(&line, number);
    line.text[line.used++] = '\n';
    (void)rs_sys_write(2, line.text, line.used);
    abort();
}
