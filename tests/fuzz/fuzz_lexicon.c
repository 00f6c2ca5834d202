/* Any bytes as a compiled language pack whose size and checksum are right: what is opened
 * can be asked anything without reading outside it. */
#include "tests/fuzz/fuzz.h"

#include "proto/base/hash.h"
#include "worker/text/lexicon.h"
#include "worker/text/lexicon_private.h"

#include <stdlib.h>

static volatile unsigned read; /* so that no reading is left out */

static void put_u64(char *at, uint64_t value)
{
    lexicon_put_u32(at, value & UINT32_MAX);
    lexicon_put_u32(at + 4, value >> 32);
}

/* A fresh allocation of just its size, sealed. */
static char *seal(const uint8_t *bytes, size_t len)
{
    char *block = malloc(len);
    memcpy(block, bytes, len);
    put_u64(block + 16, len);
    put_u64(block + 24, hash64(str_from(str_make(block, len), LEXICON_CHECKED_AT), 0));
    return block;
}

static unsigned sum_of(struct str s) /* every byte is read */
{
    unsigned sum = 0;
    for (size_t i = 0; i < s.len; i++)
        sum += (unsigned char)s.ptr[i];
    return sum;
}

static unsigned ask(const struct lexicon *lexicon, const struct wordlist *list,
                    struct str key)
{
    struct str value = STR_NONE;
    struct lexicon_path path = lexicon_word(lexicon, key);
    bool found = wordlist_get(list, key, &value);
    unsigned sum = sum_of(value) + found;
    for (unsigned i = 0; i < 2; i++) {
        sum += lexicon_knows(path) + wordlist_begins(list, path);
        sum += wordlist_ends(list, path) + wordlist_goes_on(list, path);
        sum += wordlist_take(list, path, key, &value) + sum_of(value);
        path = lexicon_on(lexicon, path, key);
    }
    return sum;
}

static unsigned read_list(const struct lexicon *lexicon, const struct wordlist *list)
{
    struct str key, value;
    unsigned sum = wordlist_exact(list);
    for (size_t i = 0; i < wordlist_count(list); i++) {
        wordlist_at(list, i, &key, &value);
        sum += sum_of(key) + sum_of(value) + ask(lexicon, list, key);
    }
    return sum + ask(lexicon, list, STR("dan")) + ask(lexicon, list, STR(""));
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    static const char *const names[] = {"unit", "number", "a", ""};
    struct lexicon *lexicon = NULL;
    struct err err = {0};
    if (len < LEXICON_HEAD_BYTES)
        return 0;
    char *block = seal(bytes, len);
    int rc = lexicon_open(str_make(block, len), &lexicon, &err);
    if (rc == 0) {
        for (size_t i = 0; i < sizeof names / sizeof *names; i++)
            read += read_list(lexicon, lexicon_list(lexicon, names[i]));
        lexicon_close(&lexicon);
    } else {
        fuzz_check_err(rc, &err);
    }
    free(block);
    return 0;
}
