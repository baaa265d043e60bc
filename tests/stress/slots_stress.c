/* SPDX-License-Identifier: MIT */
/* slots_stress.c -- threads take slots and give them back at the same time:
 * no slot has two of them, and none is lost. */
#include "thread/slots.h"

#include <pthread.h>

#include "unit.h"

#define THREADS 4
#define HELD    100
#define ROUNDS  300

static _Atomic int owners[RS_THREAD_SLOTS];

static void *
work(void *unused)
{
    unsigned held[HELD];

    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < HELD; i++) {
            held[i] = rs_slots_claim();
            UNIT_CHECK(held[i] != 0);
            UNIT_EQ(atomic_exchange(&owners[held[i]], 1), 0);
            rs_slots_run(held[i]);
        }
        for (int i = 0; i < HELD; i++) {
            UNIT_EQ(atomic_exchange(&owners[held[i]], 0), 1);
            if (i % 10 == 0)
                rs_slots_give_back(held[i]);
            else
                rs_slots_end(held[i]);
        }
    }
    return unused;
}

int
main(void)
{
    pthread_t threads[THREADS];

    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, work, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    UNIT_CHECK(rs_slots_top() < THREADS * HELD + 2 * RS_SLOTS_FEW);
    UNIT_EQ(rs_slots_ends(), THREADS * ROUNDS * (HELD - HELD / 10));
    return unit_result();
}
