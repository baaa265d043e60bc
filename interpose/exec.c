/* SPDX-License-Identifier: MIT */
/* exec.c -- the exec functions and posix_spawn, watched: a program that is
 * started with an environment of its own is watched all the same, and one that
 * cannot be is said.
 *
 * Every program that imports these functions finds ours first, a static python
 * too: it exports the C API, not libc.
 *
 * Runs between fork (or vfork) and exec: no malloc, no lock, nothing from the
 * loader; the real functions are known since the start. Keeps errno.
 *
 * Missed: programs that are started by a system call of the program's own. */
#include "exec.h"

#include "dl.h"
#include "exec_environment.h"
#include "exec_program.h"

#include "../runtime/base/options.h"
#include "../runtime/base/text.h"
#include "../runtime/os/compiler.h"
#include "../runtime/report/report_process.h"

#include <alloca.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <unistd.h>

#define FUNCTIONS(DO)                                                         \
    DO(execve)                                                                \
    DO(execvpe)                                                               \
    DO(fexecve)                                                               \
    DO(execveat)                                                              \
    DO(posix_spawn)                                                           \
    DO(posix_spawnp)

static struct {
#define DECLARE(name) __typeof__(name) *name;
    FUNCTIONS(DECLARE)
} real;

#define EXPORT(name) extern RS_EXPORT __typeof__(name) name;
FUNCTIONS(EXPORT)
EXPORT(execv)
EXPORT(execvp)
EXPORT(execl)
EXPORT(execle)
EXPORT(execlp)

void
rs_exec_start(void)
{
#define FIND(name)                                                            \
    if (real.name == NULL)                                                    \
        real.name = (__typeof__(name) *)rs_dl_next(#name);
    FUNCTIONS(FIND)
    rs_exec_environment_start();
}

void
rs_exec_hide(void)
{
    rs_exec_environment_hide();
    if (!rs_options->follow)
        rs_exec_environment_stop();
}

/* The environment to start `path` with; NULL stands for a path that is not
 * known. */
static char *const *
prepare(struct rs_exec_environment *made, const char *path,
        char *const *environment)
{
    const char *refusal = NULL;

    made->mapped = NULL;
    if (real.execve == NULL) /* another library's constructor */
        rs_exec_start();
    if (!rs_exec_environment_follows())
        return environment;
    if (path != NULL)
        refusal = rs_exec_program_refusal(path);
    if (refusal == NULL)
        refusal = rs_exec_environment_refusal();
    if (refusal == NULL)
        return rs_exec_environment_make(made, environment);
    if (path != NULL && access(path, X_OK) == 0)
        rs_report_unwatched(path, refusal,
                            refusal != rs_exec_program_without_python);
    return environment;
}

int
execve(const char *path, char *const arguments[], char *const environment[])
{
    struct rs_exec_environment made;
    char *const *wanted = prepare(&made, path, environment);
    int result = real.execve(path, arguments, wanted);

    rs_exec_environment_end(&made);
    return result;
}

int
execvpe(const char *name, char *const arguments[], char *const environment[])
{
    struct rs_exec_environment made;
    char found[RS_EXEC_PATH_BYTES];
    char *const *wanted =
        prepare(&made, rs_exec_program_find(name, found), environment);
    int result = real.execvpe(name, arguments, wanted);

    rs_exec_environment_end(&made);
    return result;
}

int
execv(const char *path, char *const arguments[])
{
    return execve(path, arguments, environ);
}

int
execvp(const char *name, char *const arguments[])
{
    return execvpe(name, arguments, environ);
}

/* From `first` to NULL: how many, with the NULL. They are stored in `to` if
 * that is not NULL. */
static size_t
read_arguments(char **to, const char *first, va_list *list)
{
    char *argument = (char *)first;
    size_t count = 0;

    for (;; argument = va_arg(*list, char *)) {
        if (to != NULL)
            to[count] = argument;
        count++;
        if (argument == NULL)
            return count;
    }
}

/* Declares `arguments`, an array on the stack, and leaves `list` behind their
 * NULL. */
#define ARGUMENTS(first)                                                      \
    va_list list;                                                             \
    char **arguments;                                                         \
    size_t count;                                                             \
                                                                              \
    va_start(list, first);                                                    \
    count = read_arguments(NULL, first, &list);                               \
    va_end(list);                                                             \
    arguments = alloca(count * sizeof(char *));                               \
    va_start(list, first);                                                    \
    (void)read_arguments(arguments, first, &list)

int
execl(const char *path, const char *first, ...)
{
    ARGUMENTS(first);
    va_end(list);
    return execve(path, arguments, environ);
}

int
execlp(const char *name, const char *first, ...)
{
    ARGUMENTS(first);
    va_end(list);
    return execvpe(name, arguments, environ);
}

int
execle(const char *path, const char *first, ...)
{
    char *const *environment;

    ARGUMENTS(first);
    environment = va_arg(list, char *const *);
    va_end(list);
    return execve(path, arguments, environment);
}

/* The path of an open file. */
static const char *
descriptor_path(int fd, char path[64])
{
    struct rs_text text = rs_text_make(path, 64);

    rs_text_format(&text, "/proc/self/fd/%d", fd);
    return path;
}

int
fexecve(int fd, char *const arguments[], char *const environment[])
{
    struct rs_exec_environment made;
    char path[64];
    char *const *wanted =
        prepare(&made, descriptor_path(fd, path), environment);
    int result = real.fexecve(fd, arguments, wanted);

    rs_exec_environment_end(&made);
    return result;
}

int
execveat(int folder, const char *name, char *const arguments[],
         char *const environment[], int flags)
{
    struct rs_exec_environment made;
    char descriptor[64];
    const char *path = NULL;
    char *const *wanted;
    int result;

    if (folder == AT_FDCWD || name[0] == '/')
        path = name;
    else if (name[0] == '\0' && (flags & AT_EMPTY_PATH) != 0)
        path = descriptor_path(folder, descriptor);
    wanted = prepare(&made, path, environment);
    result = real.execveat(folder, name, arguments, wanted, flags);
    rs_exec_environment_end(&made);
    return result;
}

int
posix_spawn(pid_t *pid, const char *path,
            const posix_spawn_file_actions_t *actions,
            const posix_spawnattr_t *attributes, char *const arguments[],
            char *const environment[])
{
    struct rs_exec_environment made;
    char *const *wanted = prepare(&made, path, environment);
    int error =
        real.posix_spawn(pid, path, actions, attributes, arguments, wanted);

    rs_exec_environment_end(&made);
    return error;
}

int
posix_spawnp(pid_t *pid, const char *name,
             const posix_spawn_file_actions_t *actions,
             const posix_spawnattr_t *attributes, char *const arguments[],
             char *const environment[])
{
    struct rs_exec_environment made;
    char found[RS_EXEC_PATH_BYTES];
    char *const *wanted =
        prepare(&made, rs_exec_program_find(name, found), environment);
    int error =
        real.posix_spawnp(pid, name, actions, attributes, arguments, wanted);

    rs_exec_environment_end(&made);
    return error;
}
