/* SPDX-License-Identifier: MIT */
/* containers.c -- what is in a list, a tuple, a dict, a cell or an exception.
 *
 * Memory is read through the kernel: another thread may be changing the container. */
#include "host/containers.h"

#include <stdatomic.h>
#include <stddef.h>

#include "base/check.h"
#include "host/cpython_abi.h"
#include "host/host.h"
#include "host/layout.h"
#include "os/sys.h"
#include "os/atomics.h"

#define WORDS_AT_ONCE 64
#define ITEMS_MAX     65536
#define FIELDS_MAX    512 /* bytes */

static bool
read_word(uintptr_t from, uint64_t *word)
{
    return rs_sys_read_memory(from, word, sizeof(*word));
}

/* Is `item` among `count` words, one in every `step`? */
static bool
find_item(uintptr_t from, uint64_t count, unsigned step, uintptr_t item)
{
    uint64_t words[WORDS_AT_ONCE];
    uint64_t total = count == 0 ? 0 : (count - 1) * step + 1;

    if (count > ITEMS_MAX)
        return false;
    for (uint64_t at = 0; at < total; at += WORDS_AT_ONCE) {
        uint64_t some =
            total - at < WORDS_AT_ONCE ? total - at : WORDS_AT_ONCE;

        if (!rs_sys_read_memory(from + at * 8, words, some * 8))
            return false;
        for (uint64_t i = 0; i < some; i++) {
            if (words[i] == item && (at + i) % step == 0)
                return true;
        }
    }
    return false;
}

static bool
list_holds(uintptr_t body, uintptr_t item)
{
    uint64_t count, items;

    return read_word(body, &count) &&
           read_word(body + RS_LIST_ITEMS, &items) &&
           find_item(items, count, 1, item);
}

static bool
tuple_holds(uintptr_t body, uintptr_t item)
{
    unsigned items = rs_host_tuple_items();
    uint64_t count;

    return read_word(body, &count) && find_item(body + items, count, 1, item);
}

/* An entry is a key and a value, with the hash before them where keys are not
 * all str. Values of objects' attributes are in an array of their own. */
static bool
dict_holds(uintptr_t body, uintptr_t item)
{
    unsigned values_begin = rs_host_dict_values_begin();
    unsigned char sizes[RS_DICT_KEYS_KIND + 1];
    uint64_t keys, values, count;
    uintptr_t entries;
    unsigned words;

    if (!read_word(body + RS_DICT_KEYS, &keys) ||
        !read_word(body + RS_DICT_VALUES, &values) ||
        !read_word(keys + RS_DICT_KEYS_COUNT, &count) ||
        !rs_sys_read_memory(keys, sizes, sizeof(sizes)) ||
        sizes[RS_DICT_KEYS_LOG2_INDEX_BYTES] > 40)
        return false;
    if (values != 0)
        return find_item(values + values_begin, count, 1, item);
    words = sizes[RS_DICT_KEYS_KIND] == RS_DICT_KIND_GENERAL ? 3 : 2;
    entries = keys + RS_DICT_KEYS_INDICES +
              (UINT64_C(1) << sizes[RS_DICT_KEYS_LOG2_INDEX_BYTES]);
    return find_item(entries + (words - 1) * 8, count, words, item) ||
           find_item(entries + (words - 2) * 8, count, words, item);
}

static struct {
    _Atomic uintptr_t cell_type; /* looked for once */
} holds;

static bool
is_cell(uintptr_t object)
{
    uintptr_t type = rs_load(&holds.cell_type);

    if (type == 0) {
        type = (uintptr_t)rs_host_symbol("PyCell_Type");
        rs_store(&holds.cell_type, type);
    }
    return type != 0 && rs_host_header(object).type == type;
}

/* The last few types of the thread: what seems to be an object may be none, so
 * its type is read with care, once. tp_basicsize is behind tp_name. */
#define SIZES 8
struct size {
    uintptr_t type, bytes;
};
static RS_THREAD_LOCAL struct size sizes[SIZES];

uintptr_t
rs_host_basic_size(uintptr_t object, uintptr_t inside)
{
    uintptr_t at_type = object + rs_host_layout->object_type;
    uintptr_t type = 0;
    unsigned at;

    if (rs_host->kind != RS_HOST_CPYTHON)
        return 0;
    if ((at_type ^ inside) < 4096)
        type = *(const uintptr_t *)at_type;
    else if (!read_word(at_type, &type))
        return 0;
    at = type >> 4 & (SIZES - 1);
    if (sizes[at].type != type) {
        sizes[at].bytes = 0;
        (void)read_word(type + rs_host_layout->type_name + 8,
                        &sizes[at].bytes);
        sizes[at].type = type;
    }
    return sizes[at].bytes;
}

enum rs_host_container
rs_host_container(uintptr_t object)
{
    uint64_t type, flags;

    if (rs_host->kind != RS_HOST_CPYTHON ||
        !read_word(object + rs_host_layout->object_type, &type) ||
        !read_word(type + rs_host_layout->type_flags, &flags))
        return RS_CONTAINER_NONE;
    if (flags & RS_TPFLAGS_LIST_SUBCLASS)
        return RS_CONTAINER_LIST;
    if (flags & RS_TPFLAGS_TUPLE_SUBCLASS)
        return RS_CONTAINER_TUPLE;
    if (flags & RS_TPFLAGS_DICT_SUBCLASS)
        return RS_CONTAINER_DICT;
    if (flags & RS_TPFLAGS_EXCEPTION_SUBCLASS)
        return RS_CONTAINER_EXCEPTION;
    if (is_cell(object))
        return RS_CONTAINER_CELL;
    return RS_CONTAINER_NONE;
}

bool
rs_host_holds(uintptr_t container, uintptr_t item)
{
    uintptr_t body = container + rs_host_layout->object_bytes;

    switch (rs_host_container(container)) {
    case RS_CONTAINER_LIST:
        return list_holds(body, item);
    case RS_CONTAINER_TUPLE:
        return tuple_holds(body, item);
    case RS_CONTAINER_DICT:
        return dict_holds(body, item);
    case RS_CONTAINER_CELL:
        return find_item(body, 1, 1, item);
    case RS_CONTAINER_EXCEPTION:
        return find_item(body + RS_EXCEPTION_CONTEXT, 2, 1, item);
    case RS_CONTAINER_NONE:
        break;
    }
    return false;
}

bool
rs_host_has_field(uintptr_t object, uintptr_t item)
{
    uint64_t type, flags;
    uintptr_t header = rs_host_layout->object_bytes;
    uintptr_t bytes = rs_host_basic_size(object, object);

    return bytes > header && bytes <= FIELDS_MAX &&
           read_word(object + rs_host_layout->object_type, &type) &&
           read_word(type + rs_host_layout->type_flags, &flags) &&
           (flags & RS_TPFLAGS_HEAPTYPE) != 0 &&
           find_item(object + header, (bytes - header) / 8, 1, item);
}
