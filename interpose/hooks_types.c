/* SPDX-License-Identifier: MIT */
/* hooks_types.c -- functions that make types: their tp_traverse and
 * tp_dealloc are learnt (traverse.h, dealloc_code.h), and their tp_free is
 * watched (type_free.h).
 *
 * Runs where hooks.c runs; but these are rare, and may ask the loader. Missed:
 * types that are made ready by a module refsan does not hook. */
#include "hooks_real.h"

#include <errno.h>
#include <stddef.h>

#include "type_free.h"

#include "../runtime/track/dealloc_code.h"
#include "../runtime/track/traverse.h"

static void
learn(void *type, uintptr_t pc)
{
    int saved = errno;

    if (type != NULL && rs_hooks_watches(pc)) {
        rs_host_each_slot((uintptr_t)type, RS_HOST_TRAVERSE, rs_traverse_add);
        rs_host_each_slot((uintptr_t)type, RS_HOST_DEALLOC,
                          rs_dealloc_code_add);
        rs_type_free_watch((uintptr_t)type);
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
