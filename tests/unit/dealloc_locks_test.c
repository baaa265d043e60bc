/* SPDX-License-Identifier: MIT */
/* dealloc_locks_test.c -- which locks do the deallocs of a type take? */
#include "track/dealloc_locks.h"

#include "track/locks.h"
#include "unit.h"

#define OBJECT   0x10000
#define REGISTRY 0x10
#define OTHER    0x20

static void
dealloc(uintptr_t type, uintptr_t one, uintptr_t two)
{
    rs_dealloc_locks_begin(OBJECT, type, 1, RS_STACK_NONE);
    rs_locks_take(one);
    rs_locks_take(two);
    rs_locks_release(two);
    rs_locks_release(one);
    rs_dealloc_locks_end(OBJECT);
}

static struct rs_dealloc_locks_facts
ask(uintptr_t type)
{
    struct rs_step step = {.told_count = 0};

    rs_dealloc_locks_describe(type, &step);
    return step.dealloc_locks;
}

static void
test_held(void)
{
    uintptr_t type = 0x100000;

    UNIT_CHECK(!ask(type).is_known);
    dealloc(type, REGISTRY, OTHER);
    UNIT_CHECK(ask(type).is_known);
    UNIT_CHECK(!ask(type).is_common);
    UNIT_CHECK(!ask(type).is_guarded);
    rs_locks_take(REGISTRY);
    UNIT_CHECK(ask(type).is_common);
    rs_locks_release(REGISTRY);
    UNIT_CHECK(ask(type).is_registry);
}

/* A lock that only some deallocs take is not the registry's. */
static void
test_not_always(void)
{
    uintptr_t type = 0x200000;

    dealloc(type, REGISTRY, OTHER);
    dealloc(type, OTHER, OTHER + 1);
    rs_locks_take(REGISTRY);
    UNIT_CHECK(!ask(type).is_common);
    rs_locks_release(REGISTRY);
    dealloc(type, OTHER + 2, OTHER + 3);
    UNIT_CHECK(!ask(type).is_known);
}

int
main(void)
{
    rs_dealloc_locks_start();
    test_held();
    test_not_always();
    return unit_result();
}
