/* SPDX-License-Identifier: MIT */
/* explore.h -- runs a small program of 2 or 3 threads in every order there is.
 *
 * The threads are coroutines. Each access to shared memory is a step; before
 * it, the explorer chooses who goes next, and later comes back for the other
 * choices by running the program again from its start. A state that was met
 * before is not entered twice: what a thread is going to do is a function of
 * what it has read, so a state is the shared memory plus a digest of each
 * thread's reads.
 *
 * Memory is weaker than a program's order would suggest, if asked for: a store
 * waits in its thread's buffer, and stores to different addresses leave it in
 * any order (partial store order). A release, a read-modify-write with
 * release, and leaving a lock empty the buffer first. Not covered: loads that
 * are reordered with each other; no C11 model is, short of a proof tool. The
 * stress test runs on the hardware's own order.
 *
 * Limits: EXPLORE_THREADS threads, EXPLORE_DEPTH steps. Reaching the limit of
 * states is a failure, not a success. */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPLORE_THREADS 3
#define EXPLORE_DEPTH   400

enum explore_order {
    EXPLORE_RELAXED,
    EXPLORE_ACQUIRE,
    EXPLORE_RELEASE,
    EXPLORE_ACQ_REL,
};

struct explore_lock {
    int holder; /* thread + 1; 0 is free */
};

struct explore_program {
    unsigned threads;
    bool has_weak_stores;
    void (*start)(void);           /* puts the memory into its first state */
    void (*body)(unsigned thread); /* may call everything below */
    void (*finish)(void);          /* all threads are done: judge */
    void (*check)(const void *at); /* an address is about to be accessed */
    struct {
        void *at;
        size_t bytes;
    } memory[3]; /* all that is shared, for telling states apart */
};

struct explore_result {
    const char *violation; /* NULL: none in any order */
    unsigned long states;
    unsigned long runs; /* complete ones */
    unsigned deepest;
    char trace[EXPLORE_DEPTH]; /* who went, by digit; a letter: whose
                                 store became visible */
};

struct explore_result explore(const struct explore_program *program);

/* From a body, a finish or a check: this order is a counter-example. `what` is
 * a string constant. Does not return when called on a thread. */
void explore_fail(const char *what);

/* The steps. */
uint64_t explore_load(const void *at, size_t bytes, enum explore_order order);
void explore_store(void *at, size_t bytes, uint64_t value,
                   enum explore_order order);
uint64_t explore_add(void *at, size_t bytes, uint64_t value,
                     enum explore_order order);
uint64_t explore_or(void *at, size_t bytes, uint64_t value,
                    enum explore_order order);
bool explore_swap_if(void *at, size_t bytes, void *seen, uint64_t value,
                     enum explore_order order);
void explore_lock_enter(struct explore_lock *lock);
void explore_lock_leave(struct explore_lock *lock);

/* Everything this thread stored is visible now: what an allocator does when
 * memory goes from hand to hand. */
void explore_publish(void);

/* The thread is at a place where all it knows is `position`: what it read on
 * the way there no longer tells states apart. */
void explore_forget(uint64_t position);
