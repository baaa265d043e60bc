/* SPDX-License-Identifier: MIT */
/* sys_test.c -- what sys.h promises, against the kernel that runs the test. */
#include "os/sys.h"
#include "os/sys_file.h"

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

static void
test_map(void)
{
    /* More than most machines have: it must cost nothing until touched. */
    size_t bytes = (size_t)1 << 37;
    unsigned char *map = rs_sys_map(bytes);

    UNIT_CHECK(map != NULL);
    if (map == NULL)
        return;
    UNIT_EQ(map[0], 0);
    UNIT_EQ(map[bytes - 1], 0);
    map[bytes / 2] = 7;
    UNIT_EQ(map[bytes / 2], 7);
    rs_sys_unmap(map, bytes);
    UNIT_CHECK(!rs_sys_can_read((uintptr_t)map, 1));
    UNIT_CHECK(rs_sys_map((size_t)1 << 62) == NULL);
}

static void
test_readable(void)
{
    long page = sysconf(_SC_PAGESIZE);
    char *map = mmap(NULL, (size_t)page * 3, PROT_READ | PROT_WRITE,
                     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    uintptr_t edge = (uintptr_t)map + (uintptr_t)page;
    const struct {
        const char *name;
        uintptr_t address;
        size_t bytes;
        bool is_readable;
    } rows[] = {
        {"first byte", (uintptr_t)map, 1, true},
        {"last byte before the hole", edge - 1, 1, true},
        {"a page", (uintptr_t)map, (size_t)page, true},
        {"into the hole", edge - 1, 2, false},
        {"the hole", edge, 1, false},
        {"the hole's last byte", edge + (uintptr_t)page - 1, 1, false},
        {"after the hole", edge + (uintptr_t)page, 8, true},
        {"across the hole", (uintptr_t)map, (size_t)page * 3, false},
        {"null", 0, 8, false},
        {"near null", 8, 8, false},
        {"not canonical", UINT64_C(0x8000000000000000), 8, false},
        {"the last bytes there are", UINTPTR_MAX - 7, 8, false},
        {"wraps", UINTPTR_MAX - 7, 64, false},
    };
    char copy[64];

    mprotect(map + page, (size_t)page, PROT_NONE);
    memset(map, 'x', (size_t)page);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        UNIT_ROW(rows[i].name);
        UNIT_EQ(rs_sys_can_read(rows[i].address, rows[i].bytes),
                rows[i].is_readable);
        if (rows[i].bytes <= sizeof(copy))
            UNIT_EQ(rs_sys_read_memory(rows[i].address, copy, rows[i].bytes),
                    rows[i].is_readable);
    }
    UNIT_ROW(NULL);
    memset(copy, 0, sizeof(copy));
    UNIT_CHECK(rs_sys_read_memory((uintptr_t)map, copy, 3));
    UNIT_STR_EQ(copy, "xxx");
    munmap(map, (size_t)page * 3);
}

static void
test_files(void)
{
    char folder[] = "/tmp/refsan-sys-XXXXXX";
    char path[64];
    size_t bytes = 99;
    const char *map;
    struct stat status;
    mode_t old_umask = umask(027);
    int fd;

    UNIT_CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof(path), "%s/log", folder);
    UNIT_CHECK(rs_sys_map_file(path, &bytes) == NULL);
    UNIT_EQ(bytes, 0);
    fd = rs_sys_open_append(path);
    UNIT_CHECK(fd >= 0);
    UNIT_CHECK((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    UNIT_CHECK(!rs_sys_is_terminal(fd));
    map = rs_sys_map_file(path, &bytes);
    UNIT_CHECK(map != NULL); /* an empty file is a file */
    UNIT_EQ(bytes, 0);
    rs_sys_unmap(map, bytes);
    UNIT_EQ(rs_sys_write(fd, "one\n", 4), 0);
    rs_sys_close(fd);
    fd = rs_sys_open_append(path);
    UNIT_EQ(rs_sys_append(fd, "two\n", 4), 0);
    rs_sys_close(fd);
    UNIT_EQ(fcntl(fd, F_GETFD), -1);
    UNIT_EQ(stat(path, &status), 0);
    UNIT_EQ(status.st_mode & 0777, 0640);
    map = rs_sys_map_file(path, &bytes);
    UNIT_EQ(bytes, 8);
    UNIT_CHECK(map != NULL && memcmp(map, "one\ntwo\n", 8) == 0);
    rs_sys_unmap(map, bytes);
    UNIT_CHECK(rs_sys_map_file(folder, &bytes) == NULL);
    errno = EXDEV;
    UNIT_EQ(rs_sys_open_append(folder), -EISDIR);
    UNIT_EQ(errno, EXDEV);
    umask(old_umask);
    unlink(path);
    rmdir(folder);
}

static struct rs_file_id
id_of(const char *path)
{
    struct stat status = {0};

    UNIT_EQ(stat(path, &status), 0);
    return (struct rs_file_id){status.st_dev, status.st_ino};
}

/* A known file is opened; another one at its path is not, and stays. */
static void
test_known_file(void)
{
    char folder[] = "/tmp/refsan-sys-XXXXXX";
    char path[64], other[64];
    struct rs_file_id id;
    int fd;

    UNIT_CHECK(mkdtemp(folder) != NULL);
    snprintf(path, sizeof(path), "%s/known", folder);
    snprintf(other, sizeof(other), "%s/other", folder);
    close(open(path, O_CREAT | O_WRONLY, 0600));
    id = id_of(path);
    fd = rs_sys_open_known(path, id);
    UNIT_CHECK(fd >= 0 && rs_sys_is_file(fd, id));
    fd = rs_sys_move_up(fd, 700);
    UNIT_EQ(fd, 700);
    UNIT_EQ(fcntl(fd, F_GETFD), 0);
    UNIT_CHECK(!rs_sys_is_locked(fd));
    close(fd);
    UNIT_CHECK(!rs_sys_is_file(fd, id));
    UNIT_EQ(rename(path, other), 0);
    UNIT_EQ(rs_sys_open_known(path, id), -ENOENT);
    UNIT_EQ(mkfifo(path, 0600), 0);
    UNIT_EQ(rs_sys_open_known(path, id), -ESTALE);
    UNIT_EQ(rs_sys_open_append(path), -ENXIO);
    unlink(path);
    UNIT_EQ(symlink(other, path), 0);
    UNIT_EQ(rs_sys_open_append(path), -ELOOP);
    unlink(path);
    unlink(other);
    rmdir(folder);
}

/* The limit falls into the second piece, which is taken back; the signal that
 * the write sends does not arrive. */
/* Shared, by descriptor or by path; only what cannot become shorter. */
static void
test_map_known(void)
{
    char path[64];
    int fd = memfd_create("test", MFD_ALLOW_SEALING);
    struct stat status;
    struct rs_file_id id;
    char *by_path, *by_fd, byte = 0;

    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    UNIT_EQ(ftruncate(fd, 64), 0);
    UNIT_EQ(fstat(fd, &status), 0);
    id = (struct rs_file_id){status.st_dev, status.st_ino};
    UNIT_CHECK(rs_sys_map_known(path, fd, id, 64) == NULL);
    UNIT_EQ(fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK), 0);
    UNIT_CHECK(rs_sys_map_known(path, fd, id, 65) == NULL);
    by_fd = rs_sys_map_known("/none", fd, id, 64);
    by_path = rs_sys_map_known(path, -1, id, 64);
    UNIT_CHECK(by_fd != NULL && by_path != NULL);
    by_fd[1] = 'x';
    UNIT_EQ(by_path[1], 'x');
    UNIT_EQ(pread(fd, &byte, 1, 1), 1);
    UNIT_EQ(byte, 'x');
    id.inode++;
    UNIT_CHECK(rs_sys_map_known(path, fd, id, 64) == NULL);
    UNIT_EQ(close(fd), 0);
}

static void
test_file_too_big(void)
{
    char path[] = "/tmp/refsan-sys-XXXXXX";
    struct rlimit old, small;
    struct stat status;
    int fd = mkstemp(path);

    close(fd);
    fd = rs_sys_open_append(path);
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    small.rlim_cur = 6;
    setrlimit(RLIMIT_FSIZE, &small);
    UNIT_EQ(rs_sys_append(fd, "one\n", 4), 0);
    UNIT_EQ(rs_sys_append(fd, "two\n", 4), -EFBIG);
    UNIT_EQ(fstat(fd, &status), 0);
    UNIT_EQ(status.st_size, 4);
    UNIT_EQ(rs_sys_write(fd, "two\n", 4), -EFBIG);
    UNIT_EQ(fstat(fd, &status), 0);
    UNIT_EQ(status.st_size, 6);
    setrlimit(RLIMIT_FSIZE, &old);
    close(fd);
    unlink(path);
}

/* A non-blocking pipe that is full until its reader comes. */
static void *
read_everything(void *argument)
{
    int fd = *(int *)argument;
    static char text[65536];
    size_t total = 0;
    ssize_t got;

    while ((got = read(fd, text, sizeof(text))) > 0)
        total += (size_t)got;
    return (void *)total;
}

static void
test_write_to_slow_reader(void)
{
    enum { BYTES = 1 << 20 };
    char *text = calloc(1, BYTES);
    pthread_t reader;
    void *total = NULL;
    int ends[2];

    UNIT_EQ(pipe(ends), 0);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    pthread_create(&reader, NULL, read_everything, &ends[0]);
    UNIT_EQ(rs_sys_write(ends[1], text, BYTES), 0);
    close(ends[1]);
    pthread_join(reader, &total);
    UNIT_EQ((size_t)total, BYTES);
    close(ends[0]);
    free(text);
}

static void
test_write_without_reader(void)
{
    char text[4096] = {0};
    int ends[2];

    UNIT_EQ(pipe(ends), 0);
    fcntl(ends[1], F_SETFL, O_NONBLOCK);
    while (write(ends[1], text, sizeof(text)) > 0)
        ;
    UNIT_EQ(rs_sys_write(ends[1], text, sizeof(text)), -EAGAIN);
    close(ends[0]);
    UNIT_EQ(rs_sys_write(ends[1], text, sizeof(text)), -EPIPE); /* no signal */
    close(ends[1]);
    errno = EXDEV;
    UNIT_EQ(rs_sys_write(-1, text, sizeof(text)), -EBADF);
    UNIT_EQ(errno, EXDEV);
}

static void *
note_thread(void *argument)
{
    int *tid = argument;
    char name[16];

    *tid = rs_sys_thread_id();
    prctl(PR_SET_NAME, "worker 7");
    rs_sys_thread_name(*tid, name, sizeof(name));
    UNIT_STR_EQ(name, "worker 7");
    rs_sys_thread_name(*tid, name, 5);
    UNIT_STR_EQ(name, "work");
    rs_sys_own_name(name);
    UNIT_STR_EQ(name, "worker 7");
    return NULL;
}

static void
test_names(void)
{
    char name[256], path[4096], link[4096];
    pthread_t thread;
    int tid = 0;
    ssize_t length = readlink("/proc/self/exe", link, sizeof(link) - 1);

    link[length > 0 ? length : 0] = '\0';
    rs_sys_executable_path(path, sizeof(path));
    UNIT_STR_EQ(path, link);
    rs_sys_executable_name(name, sizeof(name));
    UNIT_STR_EQ(name, strrchr(link, '/') + 1);
    rs_sys_executable_name(name, 4);
    UNIT_EQ(strlen(name), 3);
    UNIT_EQ(rs_sys_pid(), getpid());
    UNIT_EQ(rs_sys_thread_id(), getpid());
    pthread_create(&thread, NULL, note_thread, &tid);
    pthread_join(thread, NULL);
    UNIT_CHECK(tid != 0 && tid != getpid());
    rs_sys_thread_name(0x7ffffff0, name, sizeof(name));
    UNIT_STR_EQ(name, "");
    UNIT_CHECK(!rs_sys_is_secure());
}

static int
run_child(void (*act)(void), char *text, size_t bytes)
{
    int ends[2], status = -1;
    ssize_t got;
    pid_t child;

    UNIT_EQ(pipe(ends), 0);
    fflush(NULL);
    child = fork();
    if (child == 0) {
        dup2(ends[1], 2);
        act();
        _exit(1);
    }
    close(ends[1]);
    got = read(ends[0], text, bytes - 1);
    text[got > 0 ? got : 0] = '\0';
    close(ends[0]);
    waitpid(child, &status, 0);
    return status;
}

static void
fail_check(void)
{
    RS_CHECK(1 + 1 == 3);
}

static void
leave(void)
{
    rs_sys_exit(42);
}

static void
test_ends(void)
{
    char text[256], wanted[256];
    int status = run_child(fail_check, text, sizeof(text));

    snprintf(wanted, sizeof(wanted),
             "refsan: internal error: 1 + 1 == 3 is "
             "false at sys_test.c:");
    text[strlen(wanted)] = '\0';
    UNIT_STR_EQ(text, wanted);
    UNIT_CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    status = run_child(leave, text, sizeof(text));
    UNIT_CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 42);
}

int
main(void)
{
    test_map();
    test_readable();
    test_files();
    test_known_file();
    test_map_known();
    test_file_too_big();
    test_write_to_slow_reader();
    test_write_without_reader();
    test_names();
    test_ends();
    return unit_result();
}
