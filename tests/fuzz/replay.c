/* SPDX-License-Identifier: MIT */
/* replay.c -- runs a target on the files and folders that are given, once each,
 * with any compiler: libFuzzer's main() where there is no libFuzzer. */
#include "fuzz.h"

#include <dirent.h>
#include <sys/stat.h>

static unsigned inputs;

static void
run_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(FUZZ_PLACE_BYTES);
    uint8_t *exact;
    size_t size;

    FUZZ_CHECK(file != NULL && bytes != NULL);
    size = fread(bytes, 1, FUZZ_PLACE_BYTES, file);
    fclose(file);
    exact = malloc(size + (size == 0)); /* so that ASan knows its end */
    memcpy(exact, bytes, size);
    free(bytes);
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    inputs++;
}

static void
run(const char *path)
{
    struct stat status;
    struct dirent *entry;
    DIR *folder;

    FUZZ_CHECK(stat(path, &status) == 0);
    if (!S_ISDIR(status.st_mode)) {
        run_file(path);
        return;
    }
    folder = opendir(path);
    FUZZ_CHECK(folder != NULL);
    while ((entry = readdir(folder)) != NULL) {
        char name[4096];

        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof(name), "%s/%s", path, entry->d_name);
        run(name);
    }
    closedir(folder);
}

int
main(int count, char **arguments)
{
    for (int i = 1; i < count; i++)
        run(arguments[i]);
    printf("%u inputs\n", inputs);
    return inputs == 0;
}
