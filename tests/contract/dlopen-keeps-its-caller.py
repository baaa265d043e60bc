# SPDX-License-Identifier: MIT
"""The loader's functions do under refsan what they do without: who calls them
decides where a library is looked for, and which definition is the next."""

import os
import pathlib
import subprocess
import sys

LIBRARY = os.environ["REFSAN_LIBRARY"]

SOURCES = {
    # A library that finds its neighbour by its own RUNPATH.
    "here/finder.c": """
        #include <dlfcn.h>
        int find(void) {
            void *library = dlopen("libneighbour.so", RTLD_NOW);
            int (*answer)(void) =
                library ? (int (*)(void))dlsym(library, "answer") : 0;
            return answer ? answer() : -1;
        }
        int is_loaded(void) {
            return dlopen("libneighbour.so", RTLD_NOW | RTLD_NOLOAD) != 0;
        }
    """,
    "here/neighbour.c": "int answer(void) { return 42; }",
    # A library in front of libc, that asks for the next definition.
    "front.c": """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <unistd.h>
        pid_t getppid(void) {
            pid_t (*next)(void) = (pid_t (*)(void))dlsym(RTLD_NEXT, "getppid");
            return next == getppid ? -1 : next ? next() : -2;
        }
    """,
    "main.c": """
        #define _GNU_SOURCE
        #include <dlfcn.h>
        #include <errno.h>
        #include <stdio.h>
        #include <unistd.h>
        int main(void) {
            void *finder = dlopen("./here/libfinder.so", RTLD_NOW);
            void *bare = dlopen("libneighbour.so", RTLD_NOW);
            void *apart;
            printf("%d\\n", bare != 0);
            printf("%s\\n", dlerror());
            printf("%d\\n", ((int (*)(void))dlsym(finder, "is_loaded"))());
            printf("%d\\n", ((int (*)(void))dlsym(finder, "find"))());
            printf("%d\\n", ((int (*)(void))dlsym(finder, "is_loaded"))());
            printf("%d\\n", dlsym(finder, "nothing") != 0);
            printf("%s\\n", dlerror());
            errno = 7;
            dlsym(RTLD_DEFAULT, "printf");
            printf("%d\\n", errno);
            printf("%d\\n", getppid() > 0);
            apart = dlmopen(LM_ID_NEWLM, "./here/libneighbour.so", RTLD_NOW);
            printf("%d\\n", ((int (*)(void))dlsym(apart, "answer"))());
            return 0;
        }
    """,
}


def compile(source, output, *flags):
    path = pathlib.Path(source)
    path.parent.mkdir(exist_ok=True)
    path.write_text(SOURCES[source])
    subprocess.run([os.environ["CC"], "-O1", "-fPIC", path, "-o", output,
                    *flags, "-ldl"], check=True)


def run(*preload):
    environment = dict(os.environ, LD_PRELOAD=":".join(preload))
    result = subprocess.run(["./main"], env=environment, text=True,
                            capture_output=True)
    return result.returncode, result.stdout, result.stderr


compile("here/neighbour.c", "here/libneighbour.so", "-shared")
compile("here/finder.c", "here/libfinder.so", "-shared",
        "-Wl,-rpath,$ORIGIN,--enable-new-dtags")
compile("front.c", "libfront.so", "-shared")
compile("main.c", "main")

front = os.path.abspath("libfront.so")
without = run(front)
if without[0] != 0 or "\n42\n" not in without[1]:
    sys.exit(f"does not work without refsan, either: {without}")
for preload in [LIBRARY, front], [front, LIBRARY]:
    if run(*preload) != without:
        sys.exit(f"with {preload}: {run(*preload)}, without {without}")
