/* SPDX-License-Identifier: MIT */
/* unit.h -- all that a test without Python needs: checks that say where they
 * failed and what they saw, and go on.
 *
 *   static void test_... (void) { UNIT_EQ(f(1), 2); }
 *   int main(void) { test_...(); return unit_result(); }
 *
 * Checks may run on any thread. A check inside a loop over a table says the
 * row with UNIT_ROW. */
#pragma once

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

static struct {
    atomic_int checks;
    atomic_int failures;
    _Atomic(const char *) row;
} unit_state;

static inline int
unit_count(int is_good, const char *file, int line)
{
    const char *row =
        atomic_load_explicit(&unit_state.row, memory_order_relaxed);

    atomic_fetch_add_explicit(&unit_state.checks, 1, memory_order_relaxed);
    if (is_good)
        return 1;
    atomic_fetch_add_explicit(&unit_state.failures, 1, memory_order_relaxed);
    fprintf(stderr, "%s:%d: %s%s", file, line, row ? row : "",
            row ? ": " : "");
    return 0;
}

static inline void
unit_check(int is_good, const char *what, const char *file, int line)
{
    if (!unit_count(is_good, file, line))
        fprintf(stderr, "not so: %s\n", what);
}

static inline void
unit_eq(long long seen, long long wanted, const char *what, const char *file,
        int line)
{
    if (!unit_count(seen == wanted, file, line))
        fprintf(stderr, "%s is %lld (0x%llx), not %lld (0x%llx)\n", what, seen,
                (unsigned long long)seen, wanted, (unsigned long long)wanted);
}

static inline void
unit_str_eq(const char *seen, const char *wanted, const char *what,
            const char *file, int line)
{
    int is_good = seen == wanted ||
                  (seen != NULL && wanted != NULL && !strcmp(seen, wanted));

    if (!unit_count(is_good, file, line))
        fprintf(stderr, "%s is \"%s\", not \"%s\"\n", what,
                seen ? seen : "(null)", wanted ? wanted : "(null)");
}

/* The status for main: 0 when something was checked and nothing failed. */
static inline int
unit_result(void)
{
    int checks =
        atomic_load_explicit(&unit_state.checks, memory_order_relaxed);
    int failures =
        atomic_load_explicit(&unit_state.failures, memory_order_relaxed);

    printf("%d checks, %d failed\n", checks, failures);
    return checks == 0 || failures != 0;
}

/* Names the row of a table in the messages that follow; NULL ends it. */
#define UNIT_ROW(name)                                                        \
    atomic_store_explicit(&unit_state.row, (name), memory_order_relaxed)

#define UNIT_CHECK(condition)                                                 \
    unit_check(!!(condition), #condition, __FILE__, __LINE__)

/* Integers of any width, enums and bools. */
#define UNIT_EQ(seen, wanted)                                                 \
    unit_eq((long long)(seen), (long long)(wanted), #seen, __FILE__, __LINE__)

#define UNIT_STR_EQ(seen, wanted)                                             \
    unit_str_eq((seen), (wanted), #seen, __FILE__, __LINE__)
