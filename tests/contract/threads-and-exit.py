# SPDX-License-Identifier: MIT
"""A program without Python does not notice refsan: its threads run, joined and
detached, its exit handlers run in order, its output is complete, its status is
its own, and refsan says nothing."""

import os
import pathlib
import subprocess
import sys

LIBRARY = os.environ["REFSAN_LIBRARY"]

SOURCE = """
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_int sum;
static void *add(void *value) { sum += (int)(long)value; return value; }
static void first(void) { printf("first\\n"); }
static void second(void) { printf("second\\n"); }
__attribute__((destructor)) static void last(void) { printf("last\\n"); }

int main(void) {
    pthread_t threads[50];
    void *value;
    int status;
    atexit(first);
    atexit(second);
    for (long i = 0; i < 50; i++)
        if (pthread_create(&threads[i], NULL, add, (void *)i) != 0)
            return 1;
    for (long i = 0; i < 50; i++)
        if (pthread_join(threads[i], &value) != 0 || value != (void *)i)
            return 2;
    printf("%d\\n", sum);
    fflush(stdout);
    if (fork() == 0)
        exit(3);
    wait(&status);
    printf("%d\\n", WEXITSTATUS(status));
    return 4;
}
"""


def run(preload):
    result = subprocess.run(["./program"], text=True, capture_output=True,
                            env=dict(os.environ, LD_PRELOAD=preload))
    return result.returncode, result.stdout, result.stderr


pathlib.Path("program.c").write_text(SOURCE)
subprocess.run([os.environ["CC"], "-O1", "-pthread", "program.c", "-o",
                "program"], check=True)
without = run("")
if without[0] != 4 or not without[1].endswith("4\n") and \
        "1225\n" not in without[1]:
    sys.exit(f"does not work without refsan, either: {without}")
if run(LIBRARY) != without:
    sys.exit(f"with refsan {run(LIBRARY)}, without {without}")
