/* SPDX-License-Identifier: MIT */
/* type_free.c -- see type_free.h.
 *
 * The two functions run where hooks.c runs. The rest runs where types are made:
 * attached, seldom. */
#include "type_free.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "hooks_real.h"

#include "../runtime/host/cpython_abi.h"
#include "../runtime/host/host.h"
#include "../runtime/host/layout.h"
#include "../runtime/os/atomics.h"

static void
free_watched(void *object)
{
    struct rs_life_event life = RS_HOOK_FREED(object);

    rs_pipeline_freed(&life);
    RS_ORIGINAL(PyObject_Free)(object);
}

static void
free_collected(void *object)
{
    struct rs_life_event life = RS_HOOK_FREED(object);

    rs_pipeline_freed(&life);
    RS_ORIGINAL(PyObject_GC_Del)(object);
}

/* In a type. Any thread may call what it leads to at any time. */
static _Atomic uintptr_t *
slot_of(uintptr_t type)
{
    return (_Atomic uintptr_t *)(type + rs_host_layout->object_bytes +
                                 RS_TYPE_FREE);
}

/* What stands for a function of the interpreter's; 0 for any other. */
static uintptr_t
watched(uintptr_t function)
{
    if (function == (uintptr_t)rs_real.PyObject_Free ||
        function == (uintptr_t)rs_hook_PyObject_Free)
        return (uintptr_t)free_watched;
    if (function == (uintptr_t)rs_real.PyObject_GC_Del ||
        function == (uintptr_t)rs_hook_PyObject_GC_Del)
        return (uintptr_t)free_collected;
    return 0;
}

/* PyGetSetDef. */
struct getset {
    const char *name;
    void *get;
    int (*set)(void *object, void *value, void *closure);
    const char *doc;
    void *closure;
};

static int (*_Atomic set_class)(void *object, void *value, void *closure);

/* Where one of two types has what stands for the other one's. */
static void
level(uintptr_t one, uintptr_t other)
{
    uintptr_t function = watched(rs_load(slot_of(other)));

    if (function != 0 && function == rs_load(slot_of(one)))
        rs_store(slot_of(other), function);
}

static int
set_class_level(void *object, void *value, void *closure)
{
    struct rs_header header;

    if (value != NULL) {
        header = rs_host_header((uintptr_t)value);
        if (rs_host_is_type(&header)) {
            uintptr_t type = rs_host_header((uintptr_t)object).type;

            level(type, (uintptr_t)value);
            level((uintptr_t)value, type);
        }
    }
    return rs_load(&set_class)(object, value, closure);
}

/* The descriptor of __class__ has a pointer to its entry. False when it is not
 * where it is looked for. */
static bool
has_class_levelled(void)
{
    uintptr_t object = (uintptr_t)rs_host_symbol("PyBaseObject_Type");
    int (*set)(void *object, void *value, void *closure);
    struct getset *entry;

    if (rs_load(&set_class) != NULL)
        return true;
    if (object == 0)
        return false;
    entry = (struct getset *)rs_host_word_at(
        object, rs_host_layout->object_bytes + RS_TYPE_GETSET);
    if (entry == NULL || entry->name == NULL ||
        strcmp(entry->name, "__class__") != 0)
        return false;
    set = __atomic_load_n(&entry->set, __ATOMIC_RELAXED);
    if (set == NULL)
        return false;
    if (set == set_class_level)
        return true; /* by another thread */
    rs_store(&set_class, set);
    /* Release: who calls the new one finds the old one. */
    __atomic_store_n(&entry->set, set_class_level, __ATOMIC_RELEASE);
    return true;
}

void
rs_type_free_watch(uintptr_t type)
{
    uintptr_t function;

    if (rs_host->kind != RS_HOST_CPYTHON)
        return;
    function = watched(rs_load(slot_of(type)));
    if (function != 0 && has_class_levelled())
        rs_store(slot_of(type), function);
}
