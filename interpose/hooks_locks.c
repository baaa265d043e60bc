/* SPDX-License-Identifier: MIT */
/* hooks_locks.c -- the locks that watched modules take: noted, nothing else.
 *
 * Runs where hooks.c runs, and also before refsan has started, after it has
 * stopped, and inside of it. So a hook calls locks.h and nothing else. */
#include "hooks_real.h"

#include <errno.h>

#include "../runtime/track/locks.h"

#define IS_WATCHED rs_hooks_watches((uintptr_t)__builtin_return_address(0))

/* A call that may wait for the lock. */
#define WAIT(lock, call)                                                      \
    do {                                                                      \
        uintptr_t before = rs_locks_want((uintptr_t)(lock));                  \
                                                                              \
        call;                                                                 \
        rs_locks_want_no_more(before);                                        \
    } while (0)

void
rs_hook_PyMutex_Lock(void *mutex)
{
    WAIT(mutex, RS_ORIGINAL(PyMutex_Lock)(mutex));
    if (IS_WATCHED)
        rs_locks_take_once((uintptr_t)mutex, RS_LOCK_MUTEX);
}
RS_HOOK_EXPORT(PyMutex_Lock);

void
rs_hook_PyMutex_Unlock(void *mutex)
{
    if (IS_WATCHED)
        rs_locks_release_all((uintptr_t)mutex);
    RS_ORIGINAL(PyMutex_Unlock)(mutex);
}
RS_HOOK_EXPORT(PyMutex_Unlock);

void
rs_hook_PyCriticalSection_Begin(void *section, void *object)
{
    WAIT(object, RS_ORIGINAL(PyCriticalSection_Begin)(section, object));
    if (IS_WATCHED)
        rs_locks_begin((uintptr_t)section, (uintptr_t)object, 0);
}
RS_HOOK_EXPORT(PyCriticalSection_Begin);

void
rs_hook_PyCriticalSection_BeginMutex(void *section, void *mutex)
{
    WAIT(mutex, RS_ORIGINAL(PyCriticalSection_BeginMutex)(section, mutex));
    if (IS_WATCHED)
        rs_locks_begin((uintptr_t)section, (uintptr_t)mutex, 0);
}
RS_HOOK_EXPORT(PyCriticalSection_BeginMutex);

void
rs_hook_PyCriticalSection_End(void *section)
{
    if (IS_WATCHED)
        rs_locks_end((uintptr_t)section);
    RS_ORIGINAL(PyCriticalSection_End)(section);
}
RS_HOOK_EXPORT(PyCriticalSection_End);

void
rs_hook_PyCriticalSection2_Begin(void *section, void *first, void *second)
{
    WAIT(first, RS_ORIGINAL(PyCriticalSection2_Begin)(section, first, second));
    if (IS_WATCHED)
        rs_locks_begin((uintptr_t)section, (uintptr_t)first,
                       (uintptr_t)second);
}
RS_HOOK_EXPORT(PyCriticalSection2_Begin);

void
rs_hook_PyCriticalSection2_BeginMutex(void *section, void *first, void *second)
{
    WAIT(first,
         RS_ORIGINAL(PyCriticalSection2_BeginMutex)(section, first, second));
    if (IS_WATCHED)
        rs_locks_begin((uintptr_t)section, (uintptr_t)first,
                       (uintptr_t)second);
}
RS_HOOK_EXPORT(PyCriticalSection2_BeginMutex);

void
rs_hook_PyCriticalSection2_End(void *section)
{
    if (IS_WATCHED)
        rs_locks_end((uintptr_t)section);
    RS_ORIGINAL(PyCriticalSection2_End)(section);
}
RS_HOOK_EXPORT(PyCriticalSection2_End);

int
rs_hook_PyThread_acquire_lock(void *lock, int waits)
{
    int is_taken;

    WAIT(lock, is_taken = RS_ORIGINAL(PyThread_acquire_lock)(lock, waits));
    if (is_taken && IS_WATCHED)
        rs_locks_take_once((uintptr_t)lock, RS_LOCK_THREAD);
    return is_taken;
}
RS_HOOK_EXPORT(PyThread_acquire_lock);

/* PyLockStatus: 1 is taken. */
int
rs_hook_PyThread_acquire_lock_timed(void *lock, long long wait_us,
                                    int is_interruptible)
{
    int status;

    WAIT(lock, status = RS_ORIGINAL(PyThread_acquire_lock_timed)(
                   lock, wait_us, is_interruptible));
    if (status == 1 && IS_WATCHED)
        rs_locks_take_once((uintptr_t)lock, RS_LOCK_THREAD);
    return status;
}
RS_HOOK_EXPORT(PyThread_acquire_lock_timed);

void
rs_hook_PyThread_release_lock(void *lock)
{
    if (IS_WATCHED)
        rs_locks_release_all((uintptr_t)lock);
    RS_ORIGINAL(PyThread_release_lock)(lock);
}
RS_HOOK_EXPORT(PyThread_release_lock);

/* ---- The C library's: only patched slots lead here -----------------------
 */

/* A robust mutex whose owner died is taken, too. */
static int
taken(void *lock, int error)
{
    if (error == 0 || error == EOWNERDEAD)
        rs_locks_take((uintptr_t)lock);
    return error;
}

#define HOOK_TAKES(symbol, type)                                              \
    int rs_hook_##symbol(type *lock)                                          \
    {                                                                         \
        int error;                                                            \
                                                                              \
        WAIT(lock, error = rs_real.symbol(lock));                             \
        return taken(lock, error);                                            \
    }

#define HOOK_RELEASES(symbol, type)                                           \
    int rs_hook_##symbol(type *lock)                                          \
    {                                                                         \
        rs_locks_release((uintptr_t)lock);                                    \
        return rs_real.symbol(lock);                                          \
    }

HOOK_TAKES(pthread_mutex_lock, pthread_mutex_t)
HOOK_TAKES(pthread_mutex_trylock, pthread_mutex_t)
HOOK_RELEASES(pthread_mutex_unlock, pthread_mutex_t)
HOOK_TAKES(pthread_rwlock_rdlock, pthread_rwlock_t)
HOOK_TAKES(pthread_rwlock_tryrdlock, pthread_rwlock_t)
HOOK_TAKES(pthread_rwlock_wrlock, pthread_rwlock_t)
HOOK_TAKES(pthread_rwlock_trywrlock, pthread_rwlock_t)
HOOK_RELEASES(pthread_rwlock_unlock, pthread_rwlock_t)

int
rs_hook_pthread_mutex_timedlock(pthread_mutex_t *lock,
                                const struct timespec *until)
{
    int error;

    WAIT(lock, error = rs_real.pthread_mutex_timedlock(lock, until));
    return taken(lock, error);
}

/* The mutex is given back for the wait, and taken again also where the wait
 * ends with an error. C++'s std::condition_variable waits inside its library:
 * not seen, but for the mutex (locks.c). */
int
rs_hook_pthread_cond_wait(pthread_cond_t *condition, pthread_mutex_t *mutex)
{
    int error;

    rs_locks_suspend((uintptr_t)mutex);
    WAIT(condition, error = rs_real.pthread_cond_wait(condition, mutex));
    rs_locks_resume((uintptr_t)mutex);
    return error;
}

int
rs_hook_pthread_cond_timedwait(pthread_cond_t *condition,
                               pthread_mutex_t *mutex,
                               const struct timespec *until)
{
    int error;

    rs_locks_suspend((uintptr_t)mutex);
    WAIT(condition,
         error = rs_real.pthread_cond_timedwait(condition, mutex, until));
    rs_locks_resume((uintptr_t)mutex);
    return error;
}
