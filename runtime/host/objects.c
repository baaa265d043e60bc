/* SPDX-License-Identifier: MIT */
/* objects.c -- what the search for leaks asks of the host: how large objects
 * are, what modules hold, and when the end has come. leaks=1 only.
 */
#include "host/host.h"

#include "host/cpython_abi.h"
#include "host/layout.h"
#include "host/top_frame.h"
#include "os/sys.h"
#include "os/atomics.h"

#include <stdatomic.h>
#include <string.h>

#define BASES_MAX       64
#define ITEMS_BYTES_MAX ((uintptr_t)1 << 20)

static struct {
    _Atomic(void *) module_type;
} leak;

static uintptr_t
module_type(void)
{
    void *type = rs_load(&leak.module_type);

    if (type == NULL) {
        type = rs_host_symbol("PyModule_Type");
        rs_store(&leak.module_type, type);
    }
    return (uintptr_t)type;
}

bool
rs_host_is_module(const struct rs_header *header)
{
    uintptr_t type = header->type, wanted = module_type();

    for (unsigned i = 0; i < BASES_MAX && type != 0 && wanted != 0; i++) {
        if (type == wanted)
            return true;
        type =
            rs_host_word_at(type, rs_host_layout->object_bytes + RS_TYPE_BASE);
    }
    return false;
}

/* Both functions read a member of the module. From 3.15 on there are modules
 * without a definition, and a function that says the size. */
bool
rs_host_module_state(uintptr_t module, const uintptr_t **state, size_t *bytes)
{
    void *(*get_state)(uintptr_t) =
        (void *(*)(uintptr_t))rs_host_symbol("PyModule_GetState");
    void *(*get_definition)(uintptr_t) =
        (void *(*)(uintptr_t))rs_host_symbol("PyModule_GetDef");
    int (*get_bytes)(uintptr_t, intptr_t *) = (int (*)(
        uintptr_t, intptr_t *))rs_host_symbol("PyModule_GetStateSize");
    intptr_t size = 0;

    if (get_state == NULL || get_definition == NULL)
        return false;
    *state = get_state(module);
    if (get_bytes != NULL) {
        if (get_bytes(module, &size) < 0)
            size = 0;
    }
    else {
        uintptr_t definition = (uintptr_t)get_definition(module);

        if (definition != 0)
            size = (intptr_t)rs_host_word_at(definition,
                                             rs_host_layout->object_bytes +
                                                 RS_MODULE_DEF_STATE_BYTES);
    }
    *bytes = size > 0 ? (size_t)size : 0;
    return *state != NULL && *bytes != 0;
}

bool
rs_host_is_deferred_kind(const struct rs_header *header)
{
    static const char *const kinds[] = {
        "PyModule_Type",       "PyFunction_Type",         "PyCode_Type",
        "PyCFunction_Type",    "PyCMethod_Type",          "PyMethodDescr_Type",
        "PyGetSetDescr_Type",  "PyMemberDescr_Type",      "PyProperty_Type",
        "PyWrapperDescr_Type", "PyClassMethodDescr_Type", "PyClassMethod_Type",
        "PyStaticMethod_Type",
    };

    for (unsigned i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
        if ((uintptr_t)rs_host_symbol(kinds[i]) == header->type)
            return true;
    return rs_host_is_type(header);
}

size_t
rs_host_object_bytes(uintptr_t object, const struct rs_header *header)
{
    uint32_t head = rs_host_layout->object_bytes;
    uintptr_t type[2], flags, items, count;

    /* tp_basicsize is behind tp_name, and tp_itemsize behind that: not in the
     * types of the embedded runtime, which have no items. */
    if (!rs_sys_read_memory(header->type + rs_host_layout->type_name + 8, type,
                            sizeof(type)))
        return 0;
    if (rs_host->kind == RS_HOST_EMBEDDED)
        return type[0];
    if (!rs_sys_read_memory(header->type + rs_host_layout->type_flags, &flags,
                            sizeof(flags)) ||
        !rs_sys_read_memory(object + head, &count, sizeof(count)))
        return 0;
    items = type[1];
    /* The ob_size of an int is none; str and bytes refer to nothing. */
    if (items == 0 || (flags & RS_HOST_VALUE_FLAGS) != 0 ||
        count > ITEMS_BYTES_MAX / items)
        return type[0];
    return type[0] + count * items;
}

bool
rs_host_at_end(void (*function)(void))
{
    int (*at_exit)(void (*)(void)) =
        (int (*)(void (*)(void)))rs_host_symbol("Py_AtExit");

    return rs_host_tells_its_end() && at_exit != NULL &&
           at_exit(function) == 0;
}
