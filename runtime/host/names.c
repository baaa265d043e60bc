/* SPDX-License-Identifier: MIT */
/* names.c -- names out of the host: types, functions, files, lines.
 *
 * What is named may be dying, dead or never have been what it seems, so every
 * read goes through rs_sys_read_memory(): wrong memory gives no name or a
 * wrong one, never a fault. Each read is a system call: for reports, records
 * and positions seen for the first time. */
#include "host/host.h"

#include "base/check.h"
#include "host/cpython_abi.h"
#include "host/layout.h"
#include "host/lines.h"
#include "os/sys.h"
#include "base/text.h"

#include <string.h>

#define PAGE 4096
/* A heap type, or one of list and dict. */
#define TPFLAGS_MORTAL                                                        \
    (RS_TPFLAGS_HEAPTYPE | RS_TPFLAGS_LIST_SUBCLASS | RS_TPFLAGS_DICT_SUBCLASS)

/* Of a string's state. */
#define KIND_COMPACT (1u << 3) /* counted from `kind` */
#define KIND_ASCII   (1u << 4)

/* The offset must have been found: a host without objects that look like
 * CPython's has none. */
static bool
read_word(uintptr_t object, uint32_t offset, uint64_t *word)
{
    return offset != 0 && object % sizeof(uintptr_t) == 0 &&
           rs_sys_read_memory(object + offset, word, sizeof(*word));
}

/* A zero-terminated string of unknown length: never read past the page that
 * has its end. */
static void
read_c_string(uintptr_t address, char *to, size_t bytes)
{
    size_t used = 0;

    while (used + 1 < bytes) {
        size_t piece = PAGE - (address + used) % PAGE;

        if (piece > bytes - 1 - used)
            piece = bytes - 1 - used;
        if (!rs_sys_read_memory(address + used, to + used, piece))
            break;
        used += piece;
        if (memchr(to + used - piece, '\0', piece) != NULL)
            return;
    }
    to[used] = '\0';
}

/* What is called a type must have a type that has a type itself. */
static bool
is_type(uintptr_t type)
{
    uint32_t offset = rs_host_layout->object_type;
    uint64_t meta, meta_meta;

    return read_word(type, offset, &meta) &&
           read_word(meta, offset, &meta_meta) && meta_meta != 0;
}

bool
rs_host_has_type(const struct rs_header *header)
{
    return rs_host_layout->object_type == 0 || is_type(header->type);
}

void
rs_host_type_name(const struct rs_header *header, char *name, size_t bytes)
{
    uint64_t address;

    name[0] = '\0';
    if (is_type(header->type) &&
        read_word(header->type, rs_host_layout->type_name, &address))
        read_c_string(address, name, bytes);
}

static bool
type_has_flag(uintptr_t type, uint64_t flag)
{
    uint64_t flags;

    return is_type(type) &&
           read_word(type, rs_host_layout->type_flags, &flags) &&
           (flags & flag) != 0;
}

bool
rs_host_is_str(const struct rs_header *header)
{
    return type_has_flag(header->type, RS_TPFLAGS_STR_SUBCLASS);
}

bool
rs_host_is_gc(const struct rs_header *header)
{
    return type_has_flag(header->type, RS_TPFLAGS_HAVE_GC);
}

bool
rs_host_is_type(const struct rs_header *header)
{
    return type_has_flag(header->type, RS_TPFLAGS_TYPE_SUBCLASS);
}

bool
rs_host_leaves_mortal(const struct rs_header *header)
{
    uint64_t flags = 0;

    if (header->type != 0 && rs_host_layout->type_flags != 0)
        memcpy(&flags,
               (const void *)(header->type + rs_host_layout->type_flags),
               sizeof(flags));
    return (flags & TPFLAGS_MORTAL) != 0 &&
           (flags & RS_TPFLAGS_TYPE_SUBCLASS) == 0;
}

static bool
has_type(uintptr_t object, const char *name)
{
    uintptr_t wanted = (uintptr_t)rs_host_symbol(name);
    uint64_t type;

    return wanted != 0 &&
           read_word(object, rs_host_layout->object_type, &type) &&
           type == wanted;
}

/* One character as UTF-8; lone surrogates and nonsense become "?". */
static void
add_character(struct rs_text *text, uint32_t c)
{
    unsigned char utf8[4];
    size_t count = 0;

    if ((c >= 0xd800 && c < 0xe000) || c > 0x10ffff || c == 0)
        c = '?';
    if (c < 0x80)
        utf8[count++] = (unsigned char)c;
    else if (c < 0x800)
        utf8[count++] = (unsigned char)(0xc0 | c >> 6);
    else if (c < 0x10000) {
        utf8[count++] = (unsigned char)(0xe0 | c >> 12);
        utf8[count++] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
    }
    else {
        utf8[count++] = (unsigned char)(0xf0 | c >> 18);
        utf8[count++] = (unsigned char)(0x80 | (c >> 12 & 0x3f));
        utf8[count++] = (unsigned char)(0x80 | (c >> 6 & 0x3f));
    }
    if (c >= 0x80)
        utf8[count++] = (unsigned char)(0x80 | (c & 0x3f));
    if (text->used + count >= text->size)
        text->is_cut = true;
    if (!text->is_cut)
        rs_text_add_bytes(text, (const char *)utf8, count);
}

struct string {
    uintptr_t characters;
    uint64_t length;
    unsigned width; /* bytes a character: 1, 2 or 4 */
};

/* Subclasses of str keep their characters elsewhere; CPython does not put them
 * into code objects. */
static bool
find_string(uintptr_t object, struct string *string)
{
    uint32_t body = rs_host_layout->object_bytes;
    uint64_t state;
    unsigned kind;

    if (!has_type(object, "PyUnicode_Type") ||
        !read_word(object, body, &string->length) ||
        !read_word(object, body + RS_STRING_STATE, &state))
        return false;
    kind = (unsigned)(state >> rs_host_layout->string_kind);
    string->width = kind & 7;
    string->characters =
        object + body +
        ((kind & KIND_ASCII) != 0 ? RS_STRING_ASCII : RS_STRING_WIDE);
    return (kind & KIND_COMPACT) != 0 &&
           (string->width == 1 || string->width == 2 || string->width == 4);
}

/* Copies what fits. A path is better known by its end, a function by its
 * beginning: `keep_end` says which part of a long one stays. */
static bool
read_string(uintptr_t object, char *to, size_t bytes, bool keep_end)
{
    struct rs_text text = rs_text_make(to, bytes);
    unsigned char raw[256 * 4];
    struct string string;
    uint64_t first = 0;

    if (!find_string(object, &string))
        return false;
    if (keep_end && string.length >= bytes) {
        first = string.length - (bytes - 4);
        rs_text_add(&text, "...");
    }
    string.length -= first;
    if (string.length > bytes)
        string.length = bytes;
    if (string.length > sizeof(raw) / string.width)
        string.length = sizeof(raw) / string.width;
    if (!rs_sys_read_memory(string.characters + first * string.width, raw,
                            string.length * string.width))
        return string.length == 0;
    for (uint64_t i = 0; i < string.length; i++) {
        uint32_t c = 0;

        memcpy(&c, raw + i * string.width, string.width);
        add_character(&text, c);
    }
    return true;
}

static int
read_line(uintptr_t lines, int first_line, uint32_t lasti)
{
    uint64_t bytes;

    if (!has_type(lines, "PyBytes_Type") ||
        !read_word(lines, rs_host_layout->object_bytes, &bytes))
        return 0;
    return rs_host_lines_find(lines + rs_host_layout->object_bytes +
                                  RS_BYTES_VALUE,
                              bytes, first_line, lasti);
}

bool
rs_host_is_code(uintptr_t code)
{
    return has_type(code, "PyCode_Type");
}

bool
rs_host_position_words(struct rs_position position,
                       struct rs_python_words *words)
{
    const struct rs_host_layout *layout = rs_host_layout;
    uint64_t name, file, lines;
    int32_t first_line;

    memset(words, 0, sizeof(*words));
    if (!has_type(position.code, "PyCode_Type") ||
        !read_word(position.code, layout->code_name, &name) ||
        !read_word(position.code, layout->code_file, &file) ||
        !read_word(position.code, layout->code_lines, &lines) ||
        !rs_sys_read_memory(position.code + layout->code_first_line,
                            &first_line, sizeof(first_line)))
        return false;
    words->line = read_line(lines, first_line, position.lasti);
    /* What a function with cells begins with has no line. */
    if (words->line == 0 && position.lasti == 0)
        words->line = first_line;
    return read_string(name, words->function, sizeof(words->function),
                       false) &&
           read_string(file, words->file, sizeof(words->file), true);
}
