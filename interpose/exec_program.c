/* SPDX-License-Identifier: MIT */
/* exec_program.c -- see exec_program.h. Runs between fork (or vfork) and exec:
 * no malloc, no lock. */
#include "exec_program.h"

#include "../runtime/base/text.h"
#include "../runtime/os/sys.h"

#include <elf.h>
#include <errno.h>
#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define HEAD_BYTES 1024 /* has the program headers of what linkers make */
#define SCRIPTS    4    /* interpreters that are scripts; as Linux allows */
#define PART_BYTES 4096
#define LOOK_BYTES ((uint64_t)16 << 20)

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#endif

const char rs_exec_program_without_python[] =
    "statically linked, with no word of Python in it";

/* Its privileges make the loader ignore LD_PRELOAD. */
static bool
is_privileged(const char *path)
{
    struct stat file;

    if (stat(path, &file) != 0 || !S_ISREG(file.st_mode))
        return false;
    return ((file.st_mode & S_ISUID) != 0 && file.st_uid != getuid()) ||
           ((file.st_mode & S_ISGID) != 0 && (file.st_mode & S_IXGRP) != 0 &&
            file.st_gid != getgid());
}

/* "#!/bin/sh -e": leaves "/bin/sh" at the beginning of `head`. */
static bool
read_interpreter(char *head)
{
    size_t start = 2 + strspn(head + 2, " \t");
    size_t bytes = strcspn(head + start, " \t\n");

    if (head[0] != '#' || head[1] != '!' || bytes == 0)
        return false;
    memmove(head, head + start, bytes);
    head[bytes] = '\0';
    return true;
}

/* The C library that this library was made for has a loader of this name. */
static bool
is_our_loader(const char *path)
{
    const char *slash = strrchr(path, '/');

    return strncmp(slash == NULL ? path : slash + 1, "ld-linux", 8) == 0;
}

/* Python, and what starts it by name, has its name in some place: in that of a
 * function, a module or a variable of the environment. What is longer than
 * LOOK_BYTES is not read to its end. */
static bool
may_have_python(int fd)
{
    static const char words[][6] = {"ython", "YTHON"};
    const long overlap = sizeof(words[0]) - 2;
    char part[PART_BYTES];

    for (uint64_t at = 0; at < LOOK_BYTES; at += PART_BYTES - overlap) {
        long got = rs_sys_read_at(fd, part, sizeof(part), at);

        if (got < 0 || memmem(part, (size_t)got, words[0], 5) != NULL ||
            memmem(part, (size_t)got, words[1], 5) != NULL)
            return true;
        if (got < PART_BYTES)
            return false;
    }
    return true;
}

static const char *
refuse_elf(const char *path, int fd, const char *head, size_t bytes)
{
    ElfW(Ehdr) elf;
    ElfW(Phdr) header;
    char loader[256] = "";

    memcpy(&elf, head, sizeof(elf));
    if (elf.e_ident[EI_CLASS] != ELFCLASS64 || elf.e_machine != MACHINE)
        return "of another architecture";
    for (size_t i = 0; i < elf.e_phnum; i++) {
        size_t at = elf.e_phoff + i * sizeof(header);

        if (at > bytes || sizeof(header) > bytes - at)
            return NULL;
        memcpy(&header, head + at, sizeof(header));
        if (header.p_type != PT_INTERP)
            continue;
        if (rs_sys_read_at(fd, loader, sizeof(loader) - 1, header.p_offset) <=
            0)
            return NULL;
        return is_our_loader(loader) ? NULL : "made for another C library";
    }
    if (is_our_loader(path))
        return NULL;
    return may_have_python(fd) ? "statically linked"
                               : rs_exec_program_without_python;
}

const char *
rs_exec_program_refusal(const char *path)
{
    char head[HEAD_BYTES + 1];
    const char *refusal = NULL;
    const int saved_errno = errno;

    for (int i = 0; i <= SCRIPTS; i++) {
        int fd;
        long got;

        if (is_privileged(path)) {
            refusal = "set-uid";
            break;
        }
        fd = rs_sys_open(path);
        if (fd < 0)
            break;
        got = rs_sys_read_at(fd, head, HEAD_BYTES, 0);
        head[got > 0 ? got : 0] = '\0';
        if (got >= (long)sizeof(ElfW(Ehdr)) &&
            memcmp(head, ELFMAG, SELFMAG) == 0)
            refusal = refuse_elf(path, fd, head, (size_t)got);
        rs_sys_close(fd);
        if (!read_interpreter(head))
            break;
        path = head;
    }
    errno = saved_errno;
    return refusal;
}

static bool
is_program(const char *path)
{
    struct stat file;

    return stat(path, &file) == 0 && S_ISREG(file.st_mode) &&
           access(path, X_OK) == 0;
}

const char *
rs_exec_program_find(const char *name, char found[RS_EXEC_PATH_BYTES])
{
    const char *at = getenv("PATH");
    const int saved_errno = errno;
    const char *result = name;

    if (strchr(name, '/') != NULL)
        return name;
    for (at = at == NULL ? "/bin:/usr/bin" : at; at != NULL;
         at = strchr(at, ':'), at = at == NULL ? NULL : at + 1) {
        struct rs_text text = rs_text_make(found, RS_EXEC_PATH_BYTES);

        rs_text_format(&text, "%.*s%s%s", (int)strcspn(at, ":"), at,
                       *at == ':' || *at == '\0' ? "" : "/", name);
        if (!text.is_cut && is_program(found)) {
            result = found;
            break;
        }
    }
    errno = saved_errno;
    return result;
}
