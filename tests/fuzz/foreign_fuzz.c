/* SPDX-License-Identifier: MIT */
/* foreign_fuzz.c -- a word of the program's, in a buffer whose size is the first
 * byte: what comes out is harmless UTF-8, and means the word. */
#include "fuzz.h"

#include "base/foreign.h"

/* The bytes that were escaped so; returns their end. */
static char *
unescape(char *to, const char *at)
{
    static const char named[] = "n\nt\tr\r\\\\";

    while (*at != '\0') {
        char digits[5] = {0};
        unsigned value;

        if (*at != '\\') {
            *to++ = *at++;
            continue;
        }
        if (at[1] != 'x' && at[1] != 'u') {
            const char *name = strchr(named, at[1]);

            FUZZ_CHECK(at[1] != '\0' && name != NULL);
            *to++ = name[1];
            at += 2;
            continue;
        }
        memcpy(digits, at + 2, at[1] == 'x' ? 2 : 4);
        value = (unsigned)strtoul(digits, NULL, 16);
        if (at[1] == 'u' && value >= 0x800)
            *to++ = (char)(0xe0 | value >> 12);
        if (at[1] == 'u')
            *to++ = (char)(value >= 0x800 ? 0x80 | (value >> 6 & 0x3f)
                                          : 0xc0 | value >> 6);
        *to++ = (char)(at[1] == 'u' ? 0x80 | (value & 0x3f) : value);
        at += at[1] == 'x' ? 4 : 6;
    }
    *to = '\0';
    return to;
}

static void
check_harmless(const char *word)
{
    while (*word != '\0') {
        size_t length = rs_utf8_length(word);

        FUZZ_CHECK(length > 0);
        FUZZ_CHECK(length > 1 || (*word >= ' ' && *word < 0x7f));
        FUZZ_CHECK(strncmp(word, "\xe2\x80\xae", 3) != 0);
        FUZZ_CHECK(strncmp(word, "\xe2\x80\xa8", 3) != 0);
        word += length;
    }
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t small = size > 0 && data[0] > 0 ? data[0] : 1;
    char *word = fuzz_string(data + (size > 0), size - (size > 0));
    size_t most = 6 * size + 16;
    char *whole = malloc(most), *cut = malloc(small), *back = malloc(most);

    rs_foreign_copy(whole, most, word);
    rs_foreign_copy(cut, small, word);
    check_harmless(whole);
    check_harmless(cut);
    FUZZ_CHECK(strncmp(whole, cut, strlen(cut)) == 0);
    unescape(back, whole);
    /* Less by a sequence that the word's end cuts. */
    FUZZ_CHECK(strncmp(word, back, strlen(back)) == 0);
    FUZZ_CHECK(strlen(word) - strlen(back) <= 3);
    free(word);
    free(whole);
    free(cut);
    free(back);
    return 0;
}
