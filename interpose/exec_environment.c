/* SPDX-License-Identifier: MIT */
/* exec_environment.c -- see exec_environment.h.
 *
 * make() runs between fork (or vfork) and exec. After vfork the stack and all
 * memory are the parent's: nothing here is kept in static memory, and an
 * environment of more than RS_EXEC_ENTRIES stays mapped in the parent. */
#include "exec_environment.h"

#include "../runtime/base/text.h"
#include "../runtime/os/sys.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define VARIABLES 16
#define OURS      "REFSAN_"
#define ADDED     RS_EXEC_ADDED
#define ONLY_PID  "REFSAN_ONLY_PID="
#define PRELOAD   "LD_PRELOAD="

/* Written before main(), then only read. */
static struct {
    bool follows;
    char library[1024];         /* absolute, as the loader found it */
    char *variables[VARIABLES]; /* REFSAN_X=..., copies */
    unsigned count;
} saved;

static bool
begins_with(const char *text, const char *head)
{
    return strncmp(text, head, strlen(head)) == 0;
}

/* Including the "=". */
static size_t
name_bytes(const char *entry)
{
    return strcspn(entry, "=") + 1;
}

/* The entry of that name ("NAME=…"), or NULL. */
static char *
find(char *const *environment, const char *name)
{
    for (; environment != NULL && *environment != NULL; environment++)
        if (strncmp(*environment, name, name_bytes(name)) == 0)
            return *environment;
    return NULL;
}

/* Where this library stands in a list of libraries to preload, or NULL: by its
 * path, or another copy of it by its name. */
static char *
find_library(char *list)
{
    const char *ours = strrchr(saved.library, '/') + 1;

    for (char *at = list; *at != '\0';) {
        size_t bytes = strcspn(at, ": ");
        size_t slash = bytes;

        while (slash > 0 && at[slash - 1] != '/')
            slash--;
        if (bytes - slash == strlen(ours) &&
            strncmp(at + slash, ours, bytes - slash) == 0)
            return at;
        at += bytes + (at[bytes] != '\0');
    }
    return NULL;
}

/* The path of this library; a relative one with the folder it began in. */
static bool
save_library(void)
{
    struct rs_text text = rs_text_make(saved.library, sizeof(saved.library));
    char here[sizeof(saved.library)] = "";
    Dl_info info;

    if (dladdr((void *)rs_exec_environment_start, &info) == 0 ||
        info.dli_fname == NULL)
        return false;
    if (info.dli_fname[0] != '/') {
        if (getcwd(here, sizeof(here)) == NULL)
            return false;
        rs_text_format(&text, "%s/", here);
    }
    rs_text_add(&text, info.dli_fname);
    return !text.is_cut && strpbrk(saved.library, ": ") == NULL;
}

/* One copy of all of them, since the program may write over its own. */
static bool
save_variables(void)
{
    size_t bytes = 0;
    char *at;

    for (char **entry = environ; *entry != NULL; entry++)
        if (begins_with(*entry, OURS))
            bytes += strlen(*entry) + 1;
    at = bytes == 0 ? NULL : rs_sys_map(bytes);
    for (char **entry = environ; *entry != NULL; entry++) {
        if (!begins_with(*entry, OURS) || begins_with(*entry, ADDED))
            continue;
        if (at == NULL || saved.count == VARIABLES)
            return false;
        saved.variables[saved.count++] = strcpy(at, *entry);
        at += strlen(at) + 1;
    }
    return true;
}

void
rs_exec_environment_start(void)
{
    char *preload = find(environ, PRELOAD);

    saved.follows = !rs_sys_is_secure() && preload != NULL &&
                    find(environ, ONLY_PID) == NULL && save_library() &&
                    find_library(preload + strlen(PRELOAD)) != NULL &&
                    save_variables();
}

void
rs_exec_environment_stop(void)
{
    saved.follows = false;
}

bool
rs_exec_environment_follows(void)
{
    return saved.follows;
}

const char *
rs_exec_environment_refusal(void)
{
    const int saved_errno = errno;
    bool is_there = access(saved.library, R_OK) == 0;

    errno = saved_errno;
    return is_there ? NULL : "librefsan.so cannot be read from there";
}

/* "NAME,NAME" has the name of `entry`. */
static bool
has_name(const char *names, const char *entry)
{
    size_t bytes = name_bytes(entry) - 1;

    for (; *names != '\0'; names += strcspn(names, ",") + 1) {
        if (strncmp(names, entry, bytes) == 0 &&
            (names[bytes] == ',' || names[bytes] == '\0'))
            return true;
        if (strchr(names, ',') == NULL)
            break;
    }
    return false;
}

/* make() put the library before or behind those that were there. */
static bool
keep_others(char *preload)
{
    char *list = preload + strlen(PRELOAD);
    char *ours = find_library(list);

    if (ours == NULL)
        return true;
    if (ours != list) {
        ours[-1] = '\0';
        return true;
    }
    list += strcspn(list, ":");
    if (*list == '\0')
        return false;
    memmove(ours, list + 1, strlen(list));
    return true;
}

void
rs_exec_environment_hide(void)
{
    char *names = find(environ, ADDED);
    char **to = environ;

    if (names == NULL)
        return;
    names += strlen(ADDED);
    for (char **from = environ; *from != NULL; from++) {
        if (begins_with(*from, ADDED) ||
            (has_name(names, *from) &&
             !(begins_with(*from, PRELOAD) && keep_others(*from))))
            continue;
        *to++ = *from;
    }
    *to = NULL;
}

static void
add_name(struct rs_text *names, const char *entry)
{
    rs_text_format(names, "%s%.*s", names->used == strlen(ADDED) ? "" : ",",
                   (int)name_bytes(entry) - 1, entry);
}

/* Behind the others, among which may be ASan's runtime, which insists on being
 * the first; but before TSan's, so that it finds refsan's callbacks. */
static void
add_library(struct rs_text *text, const char *others)
{
    if (others == NULL || others[0] == '\0')
        rs_text_format(text, PRELOAD "%s", saved.library);
    else if (strstr(others, "tsan") != NULL)
        rs_text_format(text, PRELOAD "%s:%s", saved.library, others);
    else
        rs_text_format(text, PRELOAD "%s:%s", others, saved.library);
}

/* Says what is missing in `given`, in made->added and made->preload. False
 * when it is nothing, or too much. */
static bool
is_incomplete(struct rs_exec_environment *made, char *const *given)
{
    struct rs_text names = rs_text_make(made->added, sizeof(made->added));
    struct rs_text text = rs_text_make(made->preload, sizeof(made->preload));
    char *preload = find(given, PRELOAD);
    char *others = preload == NULL ? NULL : preload + strlen(PRELOAD);

    rs_text_add(&names, ADDED);
    if (others == NULL || find_library(others) == NULL) {
        add_library(&text, others);
        add_name(&names, PRELOAD);
    }
    for (unsigned i = 0; i < saved.count; i++)
        if (find(given, saved.variables[i]) == NULL)
            add_name(&names, saved.variables[i]);
    return names.used > strlen(ADDED) && !names.is_cut && !text.is_cut;
}

static char **
room_for(struct rs_exec_environment *made, char *const *given)
{
    size_t count = VARIABLES + 3; /* the mark, LD_PRELOAD, and NULL */

    while (given != NULL && *given != NULL) {
        given++;
        count++;
    }
    if (count <= RS_EXEC_ENTRIES)
        return made->entries;
    made->mapped_bytes = count * sizeof(char *);
    made->mapped = rs_sys_map(made->mapped_bytes);
    return made->mapped;
}

char *const *
rs_exec_environment_make(struct rs_exec_environment *made, char *const *given)
{
    char **to, **start;

    made->mapped = NULL;
    if (!saved.follows || find(given, ONLY_PID) != NULL ||
        !is_incomplete(made, given))
        return given;
    start = to = room_for(made, given);
    if (start == NULL)
        return given;
    for (; given != NULL && *given != NULL; given++)
        if (!begins_with(*given, ADDED) &&
            !(made->preload[0] != '\0' && begins_with(*given, PRELOAD)))
            *to++ = *given;
    *to++ = made->added;
    if (made->preload[0] != '\0')
        *to++ = made->preload;
    for (unsigned i = 0; i < saved.count; i++)
        if (has_name(made->added + strlen(ADDED), saved.variables[i]))
            *to++ = saved.variables[i];
    *to = NULL;
    return start;
}

void
rs_exec_environment_end(struct rs_exec_environment *made)
{
    if (made->mapped != NULL)
        rs_sys_unmap(made->mapped, made->mapped_bytes);
    made->mapped = NULL;
}
