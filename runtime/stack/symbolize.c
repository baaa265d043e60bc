/* SPDX-License-Identifier: MIT */
/* symbolize.c -- frames -> words, from symbol tables that are there.
 *
 * Runs in reports, which may run in hooks: takes the loader's lock for the
 * length of a list walk (dl_iterate_phdr), maps files, never allocates. Mapped
 * files are kept, since a report names the same few modules all the time; a
 * thread that finds the table of them in use maps its own copy and drops it. */
#include "stack/symbolize.h"

#include "os/elf_file.h"
#include "os/elf_image.h"
#include "stack/pyframe.h"
#include "stack/site.h"
#include "base/foreign.h"
#include "os/sys.h"

#include <stdatomic.h>
#include <string.h>

#define FILES_MAX    64
#define DEBUG_FOLDER "/usr/lib/debug/.build-id/"

struct names {
    char path[RS_PATH_BYTES];
    char build_id[48];
    struct rs_elf_file file; /* no symbols when it could not be read */
};

static struct {
    atomic_flag is_used; /* guards the rest; tried, never waited for */
    unsigned count;
    struct names names[FILES_MAX];
} files = {.is_used = ATOMIC_FLAG_INIT};

static void
copy_string(char *to, size_t bytes, const char *from)
{
    struct rs_text text = rs_text_make(to, bytes);

    rs_text_add(&text, from);
}

/* A file that was replaced since it was loaded has the wrong names. */
static bool
is_same_build(const struct rs_elf_file *file, const char *build_id)
{
    char other[48];

    rs_elf_file_build_id(file, other, sizeof(other));
    return strcmp(other, build_id) == 0;
}

/* Distributions strip static functions' names into a file of their own. */
static void
use_debug_file(struct names *names)
{
    char path[128];
    struct rs_text text = rs_text_make(path, sizeof(path));
    struct rs_elf_file file;

    if (names->file.is_full || names->build_id[0] == '\0')
        return;
    rs_text_add(&text, DEBUG_FOLDER);
    rs_text_add_bytes(&text, names->build_id, 2);
    rs_text_add(&text, "/");
    rs_text_add(&text, names->build_id + 2);
    rs_text_add(&text, ".debug");
    if (!rs_elf_file_open(&file, path))
        return;
    if (file.is_full && is_same_build(&file, names->build_id)) {
        rs_elf_file_close(&names->file);
        names->file = file;
    }
    else
        rs_elf_file_close(&file);
}

static void
read_names(struct names *names, const struct rs_elf_image *image)
{
    memset(names, 0, sizeof(*names));
    copy_string(names->path, sizeof(names->path), image->path);
    memcpy(names->build_id, image->build_id, sizeof(names->build_id));
    if (rs_elf_file_open(&names->file, names->path) &&
        !is_same_build(&names->file, names->build_id))
        rs_elf_file_close(&names->file);
    use_debug_file(names);
}

static struct names *
put_names(const struct rs_elf_image *image)
{
    for (unsigned i = 0; i < files.count; i++)
        if (strcmp(files.names[i].path, image->path) == 0 &&
            strcmp(files.names[i].build_id, image->build_id) == 0)
            return &files.names[i];
    if (files.count == FILES_MAX)
        return NULL;
    read_names(&files.names[files.count], image);
    return &files.names[files.count++];
}

static void
copy_function(const struct names *names, struct rs_symbol *symbol)
{
    uint64_t start;
    const char *function =
        rs_elf_file_function(&names->file, symbol->offset, &start);

    rs_foreign_copy(symbol->function, sizeof(symbol->function), function);
}

static void
find_function(const struct rs_elf_image *image, struct rs_symbol *symbol)
{
    struct names *names = NULL;
    struct names own;
    /* Acquire and release: pair with each other, the table is between. */
    bool is_mine = !atomic_flag_test_and_set_explicit(&files.is_used,
                                                      memory_order_acquire);

    if (is_mine)
        names = put_names(image);
    if (names != NULL)
        copy_function(names, symbol);
    else {
        read_names(&own, image);
        copy_function(&own, symbol);
        rs_elf_file_close(&own.file);
    }
    if (is_mine)
        atomic_flag_clear_explicit(&files.is_used, memory_order_release);
}

static void
symbolize_python(rs_frame frame, struct rs_symbol *symbol)
{
    struct rs_pyframe words = rs_pyframe_get(frame);

    symbol->is_python = true;
    symbol->line = words.line;
    rs_foreign_copy(symbol->function, sizeof(symbol->function),
                    words.function);
    rs_foreign_copy(symbol->file, sizeof(symbol->file), words.file);
}

/* What the code itself said is better than any table. */
static void
use_site(rs_frame frame, struct rs_symbol *symbol)
{
    struct rs_site site = rs_site_get(frame);

    symbol->line = site.line;
    rs_foreign_copy(symbol->file, sizeof(symbol->file), site.file);
    if (site.function[0] != '\0')
        rs_foreign_copy(symbol->function, sizeof(symbol->function),
                        site.function);
}

static void
symbolize_native(uintptr_t pc, struct rs_symbol *symbol)
{
    struct rs_elf_image image;
    uintptr_t call = pc - 1; /* inside the call instruction */

    symbol->pc = pc;
    symbol->offset = call;
    if (!rs_elf_image_find(call, &image))
        return;
    /* What symbolizers want: the address as the file counts, which for an
     * executable that is not position-independent is the address. */
    symbol->offset = call - image.base;
    rs_foreign_copy(symbol->module, sizeof(symbol->module), image.path);
    copy_string(symbol->build_id, sizeof(symbol->build_id), image.build_id);
    find_function(&image, symbol);
}

void
rs_symbolize(rs_frame frame, struct rs_symbol *symbol)
{
    memset(symbol, 0, sizeof(*symbol));
    if (rs_frame_is_python(frame)) {
        symbolize_python(frame, symbol);
        return;
    }
    symbolize_native(rs_site_pc(frame), symbol);
    if (rs_frame_is_site(frame))
        use_site(frame, symbol);
}

bool
rs_symbolize_module(uintptr_t pc, char *path, unsigned bytes, uintptr_t *base)
{
    struct rs_elf_image image;

    if (!rs_elf_image_find(pc, &image))
        return false;
    copy_string(path, bytes, image.path);
    *base = image.base;
    return true;
}
