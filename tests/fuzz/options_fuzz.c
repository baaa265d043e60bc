/* SPDX-License-Identifier: MIT */
/* options_fuzz.c -- REFSAN_OPTIONS: whatever is said, values stay in the ranges
 * of options.def, and sentences whole. */
#include "fuzz.h"

#include "base/options.h"

static void
note_sentence(const char *sentence)
{
    FUZZ_CHECK(strncmp(sentence, "REFSAN_OPTIONS", 14) == 0);
    FUZZ_CHECK(strlen(sentence) < 512);
}

#define CHECK_BOOL(field, low, high)
#define CHECK_INT(field, low, high)                                           \
    FUZZ_CHECK(rs_options->field >= (low) && rs_options->field <= (high));
#define CHECK_STRING(field, low, high)                                        \
    FUZZ_CHECK(strlen(rs_options->field) < RS_OPTION_TEXT_MAX);
#define CHECK_CHOICE(field, choices, none)                                    \
    FUZZ_CHECK(strstr(choices, rs_options->field) != NULL);

static void
check_values(void)
{
#define RS_OPTION(type, field, initially, low, high, help)                    \
    CHECK_##type(field, low, high)
#include "options.def"
}

/* Texts of the last run were where this one's are: all are said anew. */
#define SAY_BOOL(field, initially)
#define SAY_INT(field, initially)
#define SAY_STRING(field, initially) #field "=" initially ":"
#define SAY_CHOICE(field, initially) #field "=" initially ":"

static const char first[] =
#define RS_OPTION(type, field, initially, low, high, help)                    \
    SAY_##type(field, initially)
#include "options.def"
    ;

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t length = strlen(first);
    char *text = malloc(length + size + 1);

    memcpy(text, first, length);
    if (size > 0)
        memcpy(text + length, data, size);
    text[length + size] = '\0';
    rs_options_start(text, note_sentence);
    check_values();
    free(text);
    return 0;
}
