/* SPDX-License-Identifier: MIT */
/* report_stress.c -- threads that report at once: every bug is said once, as
 * one whole line of the channel, and every time it happens is counted. */
#include "report/report.h"

#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fake_symbols.h"
#include "base/options.h"
#include "unit.h"

#define THREADS 8
#define BUGS    200
#define ROUNDS  5

static struct rs_finding bugs[BUGS];
static pthread_barrier_t begin;

static void
refuse(const char *sentence)
{
    UNIT_STR_EQ(sentence, "no warning");
}

static void *
report_all(void *unused)
{
    pthread_barrier_wait(&begin);
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < BUGS; i++) {
            struct rs_finding bug = bugs[i];

            rs_report(&bug);
        }
    return unused;
}

static void
make_bugs(void)
{
    for (int i = 0; i < BUGS; i++) {
        bugs[i] = fake_finding();
        fake_add_stack(&bugs[i], RS_ROLE_ACT, RS_EV_IMMORTALIZED, 1,
                       FAKE_STACK(FAKE_STRIPPED + 1 + (rs_frame)i,
                                  FAKE_PYTHON | (unsigned)i % 4));
    }
}

static bool
is_whole(const char *line, size_t length)
{
    return length > 2 && strncmp(line, "{\"type\":\"", 9) == 0 &&
           line[length - 2] == '}' && line[length - 1] == '\n';
}

static int
count_reports(const char *path)
{
    FILE *channel = fopen(path, "r");
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    int reports = 0;

    while ((length = getline(&line, &size, channel)) > 0) {
        UNIT_CHECK(is_whole(line, (size_t)length));
        reports += strncmp(line, "{\"type\":\"report\"", 16) == 0;
    }
    free(line);
    fclose(channel);
    return reports;
}

/* As `refsan run` does it: locked by one open file, written by another. */
static void
start_channel(char *path)
{
    char file[64];
    struct stat status;
    int reader = mkstemp(path);

    UNIT_EQ(flock(reader, LOCK_EX), 0);
    UNIT_EQ(fstat(reader, &status), 0);
    snprintf(file, sizeof(file), "%d:%lu:%lu", open(path, O_WRONLY | O_APPEND),
             (unsigned long)status.st_dev, (unsigned long)status.st_ino);
    rs_report_start(path, file);
}

int
main(void)
{
    char path[] = "/tmp/refsan-report-XXXXXX";
    pthread_t threads[THREADS];

    rs_stack_start(1 << 20);
    rs_options_start(NULL, refuse);
    start_channel(path);
    fake_host(RS_LAYOUT_FREE_THREADED);
    make_bugs();
    pthread_barrier_init(&begin, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, report_all, NULL);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    UNIT_EQ(count_reports(path), BUGS);
    UNIT_EQ(rs_report_errors(), (uint64_t)BUGS * ROUNDS * THREADS);
    unlink(path);
    return unit_result();
}
