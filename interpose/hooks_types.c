/* SPDX-License-Identifier: MIT */
/* hooks_types.c -- functions that make types: their tp_traverse and
 * tp_dealloc are learnt (traverse.h, dealloc_code.h), and their tp_free is
 * watched (door 6).
 *
 * Runs where hooks.c runs; but these are rare, and may ask the loader. Missed:
 * types that are made ready by a module refsan does not hook. */
#include "hooks_real.h"

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "../runtime/host/cpython_abi.h"
#include "../runtime/host/host.h"
#include "../runtime/host/layout.h"
#include "../runtime/os/atomics.h"
#include "../runtime/track/dealloc_code.h"
#include "../runtime/track/traverse.h"

/* Door 6: the tp_free of types that modules make. The usual dealloc ends in
 * type->tp_free(self), which leads to the interpreter's own PyObject_Free() or
 * PyObject_GC_Del() past every slot of the module. So what such a type has there
 * is replaced by a function that tells of it.
 *
 * The interpreter compares the tp_free of two types where __class__ is assigned
 * to: there both have the same, if they had before. A collected type that is
 * derived from one that is not finds PyObject_Free() in object.
 *
 * Missed: types that were made before refsan came, or by code without hooks;
 * and a tp_free of the module's own. */

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

static void
watch_free(uintptr_t type)
{
    uintptr_t function;

    if (rs_host->kind != RS_HOST_CPYTHON)
        return;
    function = watched(rs_load(slot_of(type)));
    if (function != 0 && has_class_levelled())
        rs_store(slot_of(type), function);
}

static void
learn(void *type, uintptr_t pc)
{
    int saved = errno;

    if (type != NULL && rs_hooks_watches(pc)) {
        rs_host_each_slot((uintptr_t)type, RS_HOST_TRAVERSE, rs_traverse_add);
        rs_host_each_slot((uintptr_t)type, RS_HOST_DEALLOC,
                          rs_dealloc_code_add);
        watch_free((uintptr_t)type);
    }
    errno = saved;
}

#define MAKES_TYPE(symbol, parameters, arguments)                             \
    void *rs_hook_##symbol parameters                                         \
    {                                                                         \
        void *type = RS_ORIGINAL(symbol) arguments;                           \
                                                                              \
        learn(type, (uintptr_t)__builtin_return_address(0));                  \
        return type;                                                          \
    }                                                                         \
    RS_HOOK_EXPORT(symbol);

MAKES_TYPE(PyType_FromSpec, (void *spec), (spec))
MAKES_TYPE(PyType_FromSpecWithBases, (void *spec, void *bases), (spec, bases))
MAKES_TYPE(PyType_FromModuleAndSpec, (void *module, void *spec, void *bases),
           (module, spec, bases))
MAKES_TYPE(PyType_FromMetaclass,
           (void *metaclass, void *module, void *spec, void *bases),
           (metaclass, module, spec, bases))
MAKES_TYPE(PyType_FromSlots, (const void *slots), (slots))

int
rs_hook_PyType_Ready(void *type)
{
    int error = RS_ORIGINAL(PyType_Ready)(type);

    if (error == 0)
        learn(type, (uintptr_t)__builtin_return_address(0));
    return error;
}
RS_HOOK_EXPORT(PyType_Ready);

int
rs_hook_PyModule_AddType(void *module, void *type)
{
    int error = RS_ORIGINAL(PyModule_AddType)(module, type);

    if (error == 0)
        learn(type, (uintptr_t)__builtin_return_address(0));
    return error;
}
RS_HOOK_EXPORT(PyModule_AddType);
