/* SPDX-License-Identifier: MIT */
/* inside_test.c -- the object that has an address is the nearest one that
 * begins before it. */
#include "shadow/inside.h"

#include "base/options.h"
#include "shadow/plane.h"
#include "shadow/shadow.h"
#include "unit.h"

#define FIRST UINT64_C(0x10000000)
#define DEAD  (FIRST + 0x100)

static void
put(uintptr_t object, enum rs_state state)
{
    rs_cell_store(rs_plane_put(object),
                  rs_word_with_state((rs_word){0}, state));
}

int
main(void)
{
    const struct {
        const char *name;
        uintptr_t address, reach;
        bool with_dead;
        uintptr_t object;
        enum rs_state state;
    } rows[] = {
        {"its header", FIRST, 512, false, FIRST, RS_STATE_LIVE},
        {"a field", FIRST + 36, 512, false, FIRST, RS_STATE_LIVE},
        {"just in reach", FIRST + 0x3f, 64, false, FIRST, RS_STATE_LIVE},
        {"out of reach", FIRST + 0x40, 64, false, 0, RS_STATE_UNKNOWN},
        {"before it", FIRST - 8, 512, false, 0, RS_STATE_UNKNOWN},
        {"behind a dead one", DEAD + 8, 512, false, FIRST, RS_STATE_LIVE},
        {"a dead one", DEAD + 8, 512, true, DEAD, RS_STATE_DEAD},
        {"no address", 24, 512, true, 0, RS_STATE_UNKNOWN},
        {"none", UINT64_C(1) << 50, 512, true, 0, RS_STATE_UNKNOWN},
    };

    rs_options_start(NULL, NULL);
    UNIT_CHECK(rs_shadow_start(1024));
    put(FIRST, RS_STATE_LIVE);
    put(DEAD, RS_STATE_DEAD);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        uintptr_t object = 1;
        rs_word word = rs_shadow_inside(rows[i].address, rows[i].reach,
                                        rows[i].with_dead, &object);

        UNIT_ROW(rows[i].name);
        UNIT_EQ(object, rows[i].object);
        UNIT_EQ(rs_word_state(word), rows[i].state);
    }
    return unit_result();
}
