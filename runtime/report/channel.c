/* SPDX-License-Identifier: MIT */
/* channel.c -- see channel.h. Any thread, also in a signal handler; no lock:
 * two threads that find the descriptor gone open it twice, and one of them
 * closes its own again.
 *
 * Wrong when: between the comparison and the write another thread closes the
 * descriptor and opens a file at its number; that file gets the line. */
#include "report/channel.h"

#include <stdatomic.h>

#include "base/lost.h"
#include "os/sys.h"
#include "os/sys_file.h"
#include "os/atomics.h"
#include "report/inherited.h"

static struct {
    struct rs_inherited file;
    _Atomic int fd;
    _Atomic bool is_there;
    _Atomic bool has_missed;
} state;

/* The channel, or a negative error number. */
static int
find_fd(void)
{
    int kept = rs_load(&state.fd);
    int fd;

    if (rs_sys_is_file(kept, state.file.id))
        return kept;
    fd = rs_sys_open_known(state.file.path, state.file.id);
    if (fd < 0)
        return fd;
    fd = rs_sys_move_up(fd, state.file.number);
    if (rs_swap_if(&state.fd, &kept, fd))
        return fd;
    rs_sys_close(fd);
    return kept;
}

void
rs_channel_start(const char *path, const char *words)
{
    if (!rs_inherited_read(&state.file, path, words))
        return;
    rs_store(&state.fd, state.file.number);
    rs_store_release(&state.is_there, true);
    (void)find_fd(); /* now, while the path leads there */
}

bool
rs_channel_is_there(void)
{
    return rs_load_acquire(&state.is_there);
}

bool
rs_channel_took_all(void)
{
    return rs_channel_is_there() && !rs_load(&state.has_missed);
}

/* False for good once `refsan run` has ended. */
static bool
is_read(int fd)
{
    if (rs_sys_is_locked(fd))
        return true;
    rs_store_release(&state.is_there, false);
    return false;
}

/* The reader gives up its lock and then reads what is there. So a line that was
 * written while the lock was held is read; one that was not may be said
 * twice, but not never. */
static bool
send(const char *line, size_t bytes)
{
    int fd = find_fd();

    return fd >= 0 && is_read(fd) && rs_sys_append(fd, line, bytes) == 0 &&
           is_read(fd);
}

bool
rs_channel_send(const char *line, size_t bytes)
{
    if (!rs_channel_is_there())
        return false;
    if (send(line, bytes))
        return true;
    rs_lost_count(RS_LOST_CHANNEL);
    rs_store(&state.has_missed, true);
    return false;
}
