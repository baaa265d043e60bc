/* SPDX-License-Identifier: MIT */
/* running_stack_test.c -- another thread is asked where it is, and goes on as
 * if it had not been. */
#include "report/running_stack.h"

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "thread/capture.h"
#include "base/options.h"
#include "os/sys.h"
#include "thread/thread.h"
#include "unit.h"

enum what {
    WAITS,  /* for a lock */
    RUNS,   /* without a system call */
    SLEEPS, /* in a call that a signal would end */
    BLOCKS, /* all signals, and waits for a lock */
};

static struct asked {
    enum what what;
    atomic_uint slot;
    atomic_int tid;
    atomic_bool may_end;
    sem_t end;
    int error; /* of the call it slept in */
} asked;

static void
refuse(const char *sentence)
{
    UNIT_STR_EQ(sentence, "no warning");
}

static __attribute__((noinline)) void
do_it(void)
{
    struct timespec time = {.tv_nsec = 300000000};
    sigset_t all;

    sigfillset(&all);
    if (asked.what == BLOCKS)
        pthread_sigmask(SIG_SETMASK, &all, NULL);
    if (asked.what == SLEEPS)
        asked.error = nanosleep(&time, NULL) == 0 ? 0 : errno;
    while (asked.what == RUNS && !asked.may_end)
        continue;
    while ((asked.what == WAITS || asked.what == BLOCKS) &&
           sem_wait(&asked.end) != 0)
        asked.error = errno;
    __asm__ volatile("" ::: "memory"); /* no tail call */
}

static void *
run(void *unused)
{
    struct rs_thread *self = rs_thread_enter();

    (void)unused;
    rs_thread_leave(self);
    asked.tid = rs_sys_thread_id();
    asked.slot = self->slot;
    do_it();
    return NULL;
}

/* Waits until the kernel says of the thread what it should do. */
static void
wait_until_there(void)
{
    char path[64], text[256] = "";
    char number[24];

    snprintf(number, sizeof(number), "%d ",
             asked.what == SLEEPS ? (int)SYS_clock_nanosleep : (int)SYS_futex);
    while (asked.slot == 0)
        usleep(1000);
    snprintf(path, sizeof(path), "/proc/self/task/%d/syscall", asked.tid);
    while (asked.what != RUNS && strncmp(text, number, strlen(number)) != 0 &&
           rs_sys_read_file(path, text, sizeof(text)) > 0)
        usleep(1000);
}

/* The answer's frames: is one of them do_it()'s? */
static bool
has_frame(rs_stack stack)
{
    rs_frame frames[RS_STACK_FRAMES_MAX];
    unsigned count = rs_stack_get(stack, frames, RS_STACK_FRAMES_MAX);

    for (unsigned i = 0; i < count; i++)
        if (frames[i] - (uintptr_t)do_it < 1024)
            return true;
    return false;
}

static bool
are_all_default(void)
{
    struct sigaction action;

    for (int signal = SIGRTMIN; signal <= SIGRTMAX; signal++)
        if (sigaction(signal, NULL, &action) != 0 ||
            action.sa_handler != SIG_DFL)
            return false;
    return true;
}

static void
check(const char *row, enum what what, bool answers)
{
    struct rs_running_stack_found found;
    pthread_t thread;

    UNIT_ROW(row);
    memset(&asked, 0, sizeof(asked));
    asked.what = what;
    sem_init(&asked.end, 0, 0);
    pthread_create(&thread, NULL, run, NULL);
    wait_until_there();
    for (int times = 0; times < 3; times++) {
        bool is_answered = rs_running_stack_ask(asked.slot, &found);

        UNIT_EQ(is_answered, answers);
        UNIT_CHECK(!is_answered || has_frame(found.stack));
    }
    UNIT_CHECK(are_all_default());
    asked.may_end = true;
    sem_post(&asked.end);
    pthread_join(thread, NULL);
    UNIT_EQ(asked.error, 0);
    UNIT_CHECK(!rs_running_stack_ask(asked.slot, &found)); /* it has ended */
    UNIT_ROW(NULL);
}

static void
test_many(void)
{
    struct rs_running_stack_found found;
    pthread_t thread;
    unsigned answers = 0;

    memset(&asked, 0, sizeof(asked));
    sem_init(&asked.end, 0, 0);
    pthread_create(&thread, NULL, run, NULL);
    wait_until_there();
    for (int times = 0; times < 2 * RS_LIVE_ASKS; times++)
        answers += rs_running_stack_ask(asked.slot, &found);
    UNIT_CHECK(answers > RS_LIVE_ASKS / 2 && answers <= RS_LIVE_ASKS);
    sem_post(&asked.end);
    pthread_join(thread, NULL);
}

int
main(void)
{
    char text[64];
    bool can = rs_sys_read_file("/proc/self/syscall", text, sizeof(text)) > 0;

    rs_options_start("", refuse);
    rs_thread_start(256, 256);
    rs_stack_start(1 << 20);
    rs_capture_start("auto", 24, 0);
    check("it waits for a lock", WAITS, can);
    check("it runs", RUNS, can);
    check("it sleeps", SLEEPS, false);
    check("it blocks all signals", BLOCKS, false);
    test_many();
    return unit_result();
}
