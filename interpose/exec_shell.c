/* SPDX-License-Identifier: MIT */
/* exec_shell.c -- system() and popen(), watched: they start a shell with the
 * process's own environment. Where that lacks what refsan needs, the command
 * exports it to what the shell starts; the shell itself has nothing to watch.
 *
 * Not between fork and exec: here the loader may be asked. Keeps errno. */
#include "dl.h"
#include "exec_environment.h"

#include "../runtime/base/text.h"
#include "../runtime/os/compiler.h"
#include "../runtime/os/sys.h"
#include "../runtime/os/atomics.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

extern RS_EXPORT __typeof__(system) system;
extern RS_EXPORT __typeof__(popen) popen;

/* NAME='value'; a quote within is '\''. */
static void
add_assignment(struct rs_text *text, const char *entry)
{
    size_t name = strcspn(entry, "=") + 1;

    rs_text_format(text, " %.*s'", (int)name, entry);
    for (const char *at = entry + name; *at != '\0'; at++) {
        if (*at == '\'')
            rs_text_add(text, "'\\''");
        else
            rs_text_add_bytes(text, at, 1);
    }
    rs_text_add(text, "'");
}

/* The command with what is missing before it, mapped; NULL when nothing is. */
static char *
complete(const char *command, size_t *bytes)
{
    struct rs_exec_environment made;
    char *const *entries = rs_exec_environment_make(&made, environ);
    char *longer = NULL;
    struct rs_text text;

    if (entries != environ) {
        while (strncmp(*entries, RS_EXEC_ADDED, strlen(RS_EXEC_ADDED)) != 0)
            entries++;
        *bytes = strlen(command) + sizeof("export; ");
        for (char *const *at = entries; *at != NULL; at++)
            *bytes += 4 * strlen(*at) + sizeof(" ''");
        longer = rs_sys_map(*bytes);
    }
    if (longer != NULL) {
        text = rs_text_make(longer, *bytes);
        rs_text_add(&text, "export");
        for (; *entries != NULL; entries++)
            add_assignment(&text, *entries);
        rs_text_format(&text, "; %s", command);
    }
    rs_exec_environment_end(&made);
    return longer;
}

int
system(const char *command)
{
    static _Atomic(__typeof__(system) *) real;
    __typeof__(system) *call = rs_load(&real);
    size_t bytes = 0;
    char *longer = command == NULL ? NULL : complete(command, &bytes);
    int status;

    if (call == NULL) {
        call = (__typeof__(system) *)rs_dl_next("system");
        rs_store(&real, call);
    }
    status = call(longer == NULL ? command : longer);
    if (longer != NULL)
        rs_sys_unmap(longer, bytes);
    return status;
}

FILE *
popen(const char *command, const char *mode)
{
    static _Atomic(__typeof__(popen) *) real;
    __typeof__(popen) *call = rs_load(&real);
    size_t bytes = 0;
    char *longer = complete(command, &bytes);
    FILE *file;

    if (call == NULL) {
        call = (__typeof__(popen) *)rs_dl_next("popen");
        rs_store(&real, call);
    }
    file = call(longer == NULL ? command : longer, mode);
    if (longer != NULL)
        rs_sys_unmap(longer, bytes);
    return file;
}
