/* SPDX-License-Identifier: MIT */
/* explore.c -- the search, and the coroutines it schedules. */
#include "explore.h"

#include <setjmp.h>
#include <string.h>
#include <ucontext.h>

#define STACK_BYTES   (64 * 1024)
#define BUFFER_STORES 12
#define MAX_CHOICES   (EXPLORE_THREADS * (BUFFER_STORES + 1))
#define SEEN_SLOTS    (1u << 21)

struct thread {
    ucontext_t context; /* its beginning … */
    jmp_buf place; /* … and where it stopped: jumps cost no system call */
    bool is_started;
    bool is_done;
    const struct explore_lock *wants; /* the next step enters this lock */
    uint64_t digest;                  /* of all it has read */
    unsigned stores;                  /* not yet visible to others */
    struct store {
        void *at;
        size_t bytes;
        uint64_t value;
    } buffer[BUFFER_STORES];
};

struct node {
    uint8_t choices[MAX_CHOICES];
    uint8_t count;
    uint8_t next;
};

static struct {
    const struct explore_program *program;
    struct thread threads[EXPLORE_THREADS];
    ucontext_t beginning;
    jmp_buf scheduler;
    unsigned running;
    bool is_on_thread;
    const char *violation;
    struct node path[EXPLORE_DEPTH];
    unsigned depth;
    unsigned long states;
    unsigned long runs;
    unsigned deepest;
    uint64_t seen[SEEN_SLOTS];
    uint32_t used[SEEN_SLOTS / 2 + 1]; /* of `seen`, to empty it again */
    char stacks[EXPLORE_THREADS][STACK_BYTES] __attribute__((aligned(64)));
} search;

/* ---- digests ---- */

static uint64_t
mix(uint64_t digest, uint64_t value)
{
    digest = (digest ^ value) * UINT64_C(0x9e3779b97f4a7c15);
    return digest ^ digest >> 29;
}

static uint64_t
mix_bytes(uint64_t digest, const void *at, size_t bytes)
{
    const unsigned char *from = at;
    uint64_t word;

    for (; bytes >= sizeof word; bytes -= sizeof word, from += sizeof word) {
        memcpy(&word, from, sizeof word);
        digest = mix(digest, word);
    }
    for (; bytes; bytes--)
        digest = mix(digest, *from++);
    return digest;
}

static uint64_t
digest_memory(void)
{
    uint64_t digest = 1;

    for (unsigned i = 0; i < 3; i++)
        digest = mix_bytes(digest, search.program->memory[i].at,
                           search.program->memory[i].bytes);
    return digest;
}

static uint64_t
digest_state(void)
{
    uint64_t digest = digest_memory();

    for (unsigned i = 0; i < search.program->threads; i++) {
        const struct thread *t = &search.threads[i];

        digest = mix(mix(digest, t->digest), t->stores);
        for (unsigned j = 0; j < t->stores; j++)
            digest = mix(mix(digest, (uintptr_t)t->buffer[j].at),
                         t->buffer[j].value);
    }
    return digest ? digest : 1;
}

/* True when the state is new. */
static bool
put_seen(uint64_t digest)
{
    for (uint64_t i = digest;; i++) {
        uint64_t *slot = &search.seen[i & (SEEN_SLOTS - 1)];

        if (*slot == digest)
            return false;
        if (*slot == 0) {
            *slot = digest;
            search.used[search.states++] = (uint32_t)(slot - search.seen);
            return true;
        }
    }
}

/* ---- memory ---- */

static uint64_t
read_memory(const void *at, size_t bytes)
{
    uint64_t value = 0;

    memcpy(&value, at, bytes);
    return value;
}

static void
make_visible(struct thread *t, unsigned index)
{
    struct store store = t->buffer[index];

    memmove(&t->buffer[index], &t->buffer[index + 1],
            (--t->stores - index) * sizeof store);
    search.program->check(store.at);
    memcpy(store.at, &store.value, store.bytes);
}

static void
make_all_visible(struct thread *t)
{
    while (t->stores)
        make_visible(t, 0);
}

/* ---- on a thread ---- */

static struct thread *
running(void)
{
    return &search.threads[search.running];
}

static void
give_way(void)
{
    search.is_on_thread = false;
    if (!_setjmp(running()->place))
        _longjmp(search.scheduler, 1);
    search.is_on_thread = true;
}

static void
resume(struct thread *t)
{
    if (_setjmp(search.scheduler))
        return;
    if (t->is_started)
        _longjmp(t->place, 1);
    t->is_started = true;
    t->digest = 1;
    swapcontext(&search.beginning, &t->context);
}

void
explore_fail(const char *what)
{
    if (!search.violation)
        search.violation = what;
    while (search.is_on_thread)
        give_way();
}

/* A step begins: others may go first, then the address must be valid. */
static struct thread *
begin_step(const void *at)
{
    give_way();
    search.program->check(at);
    return running();
}

static uint64_t
note_read(struct thread *t, const void *at, uint64_t value)
{
    t->digest = mix(mix(t->digest, (uintptr_t)at), value);
    return value;
}

uint64_t
explore_load(const void *at, size_t bytes, enum explore_order order)
{
    struct thread *t = begin_step(at);

    (void)order;
    for (unsigned i = t->stores; i-- > 0;)
        if (t->buffer[i].at == at)
            return note_read(t, at, t->buffer[i].value);
    return note_read(t, at, read_memory(at, bytes));
}

void
explore_store(void *at, size_t bytes, uint64_t value, enum explore_order order)
{
    struct thread *t = begin_step(at);

    note_read(t, at, value);
    if (!search.program->has_weak_stores) {
        memcpy(at, &value, bytes);
        return;
    }
    if (order != EXPLORE_RELAXED || t->stores == BUFFER_STORES)
        make_all_visible(t);
    t->buffer[t->stores++] = (struct store){at, bytes, value};
}

/* A read-modify-write sees memory itself; what its thread stored there before
 * comes first, and all of it for a release. */
static uint64_t
begin_update(struct thread *t, const void *at, size_t bytes,
             enum explore_order order)
{
    if (order == EXPLORE_RELEASE || order == EXPLORE_ACQ_REL)
        make_all_visible(t);
    for (unsigned i = 0; i < t->stores;)
        if (t->buffer[i].at == at)
            make_visible(t, i);
        else
            i++;
    return note_read(t, at, read_memory(at, bytes));
}

uint64_t
explore_add(void *at, size_t bytes, uint64_t value, enum explore_order order)
{
    uint64_t seen = begin_update(begin_step(at), at, bytes, order);

    value += seen;
    memcpy(at, &value, bytes);
    return seen;
}

uint64_t
explore_or(void *at, size_t bytes, uint64_t value, enum explore_order order)
{
    uint64_t seen = begin_update(begin_step(at), at, bytes, order);

    value |= seen;
    memcpy(at, &value, bytes);
    return seen;
}

bool
explore_swap_if(void *at, size_t bytes, void *seen, uint64_t value,
                enum explore_order order)
{
    uint64_t is = begin_update(begin_step(at), at, bytes, order);

    if (is != read_memory(seen, bytes)) {
        memcpy(seen, &is, bytes);
        return false;
    }
    memcpy(at, &value, bytes);
    return true;
}

void
explore_lock_enter(struct explore_lock *lock)
{
    struct thread *t = running();

    t->wants = lock;
    give_way();
    t->wants = NULL;
    lock->holder = (int)search.running + 1;
    /* What the lock guards is read without steps of its own. */
    t->digest = mix(t->digest, digest_memory());
}

void
explore_lock_leave(struct explore_lock *lock)
{
    make_all_visible(running());
    lock->holder = 0;
}

void
explore_publish(void)
{
    make_all_visible(running());
}

void
explore_forget(uint64_t position)
{
    running()->digest = mix(1, position);
}

/* ---- the search ---- */

static void
thread_main(void)
{
    search.is_on_thread = true;
    search.program->body(search.running);
    running()->is_done = true;
    for (;;)
        give_way();
}

static void
restart(void)
{
    search.program->start();
    for (unsigned i = 0; i < search.program->threads; i++) {
        struct thread *t = &search.threads[i];

        memset(t, 0, sizeof *t);
        getcontext(&t->context);
        t->context.uc_stack.ss_sp = search.stacks[i];
        t->context.uc_stack.ss_size = STACK_BYTES;
        makecontext(&t->context, thread_main, 0);
    }
}

static bool
can_run(const struct thread *t)
{
    return !t->is_done && !(t->wants && t->wants->holder);
}

/* A choice: a thread's next step, or one of its stores becoming visible. */
static void
take(uint8_t choice)
{
    unsigned index = choice / EXPLORE_THREADS;

    search.running = choice % EXPLORE_THREADS;
    if (index > 0)
        make_visible(running(), index - 1);
    else
        resume(running());
}

static bool
is_first_to(const struct thread *t, unsigned index)
{
    for (unsigned i = 0; i < index; i++)
        if (t->buffer[i].at == t->buffer[index].at)
            return false;
    return true;
}

static void
list_choices(struct node *node)
{
    node->count = node->next = 0;
    for (unsigned i = 0; i < search.program->threads; i++) {
        const struct thread *t = &search.threads[i];

        if (can_run(t))
            node->choices[node->count++] = (uint8_t)i;
        for (unsigned j = 0; j < t->stores; j++)
            if (is_first_to(t, j))
                node->choices[node->count++] =
                    (uint8_t)(i + (j + 1) * EXPLORE_THREADS);
    }
}

/* Nobody can go on: the end, or a deadlock. */
static void
end_run(void)
{
    search.runs++;
    for (unsigned i = 0; i < search.program->threads; i++)
        if (!search.threads[i].is_done)
            explore_fail("deadlock");
    if (!search.violation)
        search.program->finish();
}

/* Back to the last place with a choice left, by running up to it again. */
static bool
go_back(void)
{
    while (search.depth > 0) {
        struct node *node = &search.path[search.depth - 1];

        if (++node->next < node->count)
            break;
        search.depth--;
    }
    if (search.depth == 0)
        return false;
    restart();
    for (unsigned i = 0; i < search.depth; i++)
        take(search.path[i].choices[search.path[i].next]);
    return true;
}

static bool
go_on(void)
{
    struct node *node = &search.path[search.depth];

    if (search.violation)
        return false;
    if (search.depth == EXPLORE_DEPTH || search.states == SEEN_SLOTS / 2) {
        search.violation = "too large to explore";
        return false;
    }
    list_choices(node);
    if (node->count == 0) {
        end_run();
        return !search.violation && go_back();
    }
    if (!put_seen(digest_state()))
        return go_back();
    search.depth++;
    if (search.depth > search.deepest)
        search.deepest = search.depth;
    take(node->choices[0]);
    return true;
}

struct explore_result
explore(const struct explore_program *program)
{
    struct explore_result result = {0};

    while (search.states > 0)
        search.seen[search.used[--search.states]] = 0;
    search.program = program;
    search.violation = NULL;
    search.is_on_thread = false;
    search.runs = 0;
    search.depth = search.deepest = 0;
    restart();
    while (go_on())
        ;
    result.violation = search.violation;
    result.states = search.states;
    result.runs = search.runs;
    result.deepest = search.deepest;
    for (unsigned i = 0; i < search.depth && i + 1 < EXPLORE_DEPTH; i++) {
        const struct node *node = &search.path[i];
        unsigned choice = node->choices[node->next];

        result.trace[i] = "012abc"[choice % EXPLORE_THREADS +
                                   (choice < EXPLORE_THREADS ? 0 : 3)];
    }
    return result;
}
