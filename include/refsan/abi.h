/* SPDX-License-Identifier: MIT */
/* abi.h -- what code built with refsan's headers says to librefsan.so.
 *
 * One table, found through one weak symbol: where refsan is not loaded its
 * address is NULL, and the program goes on as if it had been built without.
 * For C99, C++11 and later, GCC and clang; needs no Python.h.
 *
 * The number in the symbol's name changes when something here changes its
 * meaning; a module and a library whose numbers differ do not find each other,
 * and the library says so. Within a number things are only appended: `size` is
 * what the table has, and an operation the library does not know is done
 * unseen. */
#ifndef REFSAN_ABI_H
#define REFSAN_ABI_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define REFSAN_ABI_VERSION 1

/* What an operation does to `object`; what `extra` is. */
enum refsan_op {
    REFSAN_OP_INCREF = 1,     /* before; 0 */
    REFSAN_OP_DECREF = 2,     /* before; 0 */
    REFSAN_OP_SET_REFCNT = 3, /* before; the new count */
    REFSAN_OP_REFCNT = 4,     /* the count is about to be read; 0 */
    REFSAN_OP_BORROW = 5,     /* a container lends it; the container */
    REFSAN_OP_STEAL = 6,   /* a container takes a reference; the container */
    REFSAN_OP_LOCK = 7,    /* not an object: a lock, now held; its kind */
    REFSAN_OP_UNLOCK = 8,  /* … about to be released; its kind */
    REFSAN_OP_DETACH = 9,  /* not an object: the thread state; 0 */
    REFSAN_OP_ATTACH = 10, /* … attached again; 0 */
    REFSAN_OP_TAKE = 11    /* before; the address of the pointer variable that
                              owns it and is set anew: a decref follows */
};

/* Or-ed to an operation that is done by calling the interpreter: the library
 * sees the call, too, and must not take one operation for two. */
#define REFSAN_OP_CALLS 0x100

/* Or-ed to REFSAN_OP_STEAL: the container was in use before, and another item
 * may have to go. Without it, the container is being made. */
#define REFSAN_OP_CHANGES 0x200

/* The kinds of locks. A critical section's object is the object it locks, or
 * where it ends, its PyCriticalSection: sections end in reverse order. */
enum refsan_lock {
    REFSAN_LOCK_MUTEX = 1,
    REFSAN_LOCK_SECTION = 2,
    REFSAN_LOCK_SECTION_MUTEX = 3
};

enum refsan_answer {
    REFSAN_PROCEED = 0,
    REFSAN_SKIP = 1 /* do not do it: it was reported, and would do harm */
};

/* The place is given by strings that stay where they are while the module is
 * loaded. All functions may be called on any thread, attached or not; those
 * of operations return an enum refsan_answer. */
struct refsan_abi {
    size_t size; /* of the library's table */

    /* Before the counting that is compiled in line. `object` is not NULL. */
    int (*incref)(void *object, const char *file, int line,
                  const char *function);
    int (*decref)(void *object, const char *file, int line,
                  const char *function);

    /* Everything else. */
    int (*announce)(int op, void *object, intptr_t extra, const char *file,
                    int line, const char *function);

    /* From now on findings of these kinds are allowed, whoever causes them, and
     * no others: slugs of docs/reports.md with commas between, "*" for all, ""
     * for none. 0; -1, and nothing changes, if one of them is no kind. */
    int (*allow)(const char *kinds);
};

extern const struct refsan_abi refsan_abi_1
    __attribute__((weak, visibility("default")));

#ifdef __cplusplus
}
#endif

#endif
