/* SPDX-License-Identifier: MIT */
/* halt_test.c -- halt_on_error=1 ends the process when every report that was
 * begun is written: as text and as JSON. */
#include "report/report.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/options.h"
#include "fake_symbols.h"
#include "unit.h"

#define THREADS 8
#define ROUNDS  300

static struct rs_finding bugs[THREADS];
static pthread_barrier_t begin;

static void
refuse(const char *sentence)
{
    UNIT_STR_EQ(sentence, "no warning");
}

static void *
report_one(void *bug)
{
    pthread_barrier_wait(&begin);
    rs_report(bug);
    return NULL;
}

static void
make_bugs(void)
{
    for (int i = 0; i < THREADS; i++) {
        bugs[i] = fake_finding();
        bugs[i].kind = RS_BUG_HEADER_BROKEN;
        fake_add_stack(&bugs[i], RS_ROLE_ACT, RS_EV_INCREF, 1,
                       FAKE_STACK(FAKE_EXTENSION + 1 + (rs_frame)i,
                                  FAKE_PYTHON | (unsigned)i % 4));
    }
}

static void
run_child(const char *options)
{
    pthread_t threads[THREADS];

    rs_options_start(options, refuse);
    rs_report_start(NULL, NULL);
    make_bugs();
    pthread_barrier_init(&begin, NULL, THREADS);
    for (int i = 0; i < THREADS; i++)
        pthread_create(&threads[i], NULL, report_one, &bugs[i]);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    _exit(0); /* nobody halted */
}

static unsigned
count(const char *path, const char *word)
{
    static char line[1 << 20];
    FILE *file = fopen(path, "r");
    unsigned found = 0;

    while (file != NULL && fgets(line, sizeof(line), file) != NULL)
        found += strncmp(line, word, strlen(word)) == 0;
    if (file != NULL)
        fclose(file);
    return found;
}

static void
run_once(const char *log, const char *jsonl)
{
    char options[256];
    unsigned texts;
    int status = -1;
    pid_t child;

    snprintf(options, sizeof(options),
             "halt_on_error=1:exitcode=5:log_path=%s%%%%.%%p:jsonl_path=%s",
             log, jsonl);
    child = fork();
    if (child == 0)
        run_child(options);
    waitpid(child, &status, 0);
    UNIT_EQ(WIFEXITED(status) ? WEXITSTATUS(status) : -1, 5);
    snprintf(options, sizeof(options), "%s%%.%d", log, (int)child);
    texts = count(options, "refsan: header-broken");
    UNIT_CHECK(texts >= 1);
    UNIT_EQ(count(jsonl, "{"), texts);
    unlink(options);
    unlink(jsonl);
}

int
main(void)
{
    char folder[] = "/tmp/refsan-halt-XXXXXX";
    char log[64], jsonl[64];

    UNIT_CHECK(mkdtemp(folder) != NULL);
    snprintf(log, sizeof(log), "%s/log", folder);
    snprintf(jsonl, sizeof(jsonl), "%s/jsonl", folder);
    rs_stack_start(1 << 20);
    fake_host(RS_LAYOUT_FREE_THREADED);
    for (int i = 0; i < ROUNDS; i++)
        run_once(log, jsonl);
    rmdir(folder);
    return unit_result();
}
