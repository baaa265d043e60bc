/* SPDX-License-Identifier: MIT */
/* tsan_test.c -- where there is no TSan, it judges nothing, and nothing happens.
 * With it: tests/tsan. */
#include "../../runtime/order/tsan.h"

#include <stddef.h>

#include "unit.h"

#if defined(__SANITIZE_THREAD__)
#define HAS_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define HAS_TSAN 1
#endif
#endif
#ifndef HAS_TSAN
#define HAS_TSAN 0
#endif

int
main(void)
{
    UNIT_CHECK(!rs_tsan_is_on);
    rs_tsan_acquire(1);
    rs_tsan_release(1);
    UNIT_CHECK(!rs_tsan_take_report(NULL));
    UNIT_EQ(rs_tsan_start() == NULL, HAS_TSAN);
    UNIT_EQ(rs_tsan_is_on, HAS_TSAN);
    return unit_result();
}
