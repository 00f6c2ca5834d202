/* A msgpack article as a feeder puts it. Mutation knows msgpack: it swaps, doubles, drops
 * and nests values, and lies in headers, so that most inputs come past the scan.
 * What decodes strictly decodes loosely alike, encodes to what decodes the same, keeps
 * article.txt, and gets the same id from its frame, its JSON and its copy. */
#include "tests/fuzz/fuzz.h"

#include "proto/base/buf.h"
#include "proto/wire/article.h"
#include "proto/wire/limits.h"
#include "proto/wire/scan.h"

#include <stdlib.h>

#define ARENA_BYTES ((size_t)64 << 20)
#define VALUES_MOST 256

size_t LLVMFuzzerMutate(uint8_t *bytes, size_t len, size_t most) __attribute__((weak));
size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t len, size_t most, unsigned seed);

/* ---- the test ---- */

static void check_same(const struct article *article, const struct article *other)
{
    char id[19], other_id[19];
    fuzz_require(record_equal(&article_table, article, other));
    article_make_id(article, id);
    article_make_id(other, other_id);
    fuzz_require(strcmp(id, other_id) == 0);
}

static void check(const struct article *article, struct str frame, struct arena *arena)
{
    struct article other;
    struct buf buf = {0};
    fuzz_require(article->text.len > 0 && article->text.len <= LIMIT_TEXT_BYTES);
    fuzz_require(article->id.ptr == NULL || article->id.len <= LIMIT_ID_BYTES);
    fuzz_require(record_decode(&article_loose_table, frame, arena, &other, NULL) == 0);
    check_same(article, &other);
    record_encode(&article_table, article, &buf);
    fuzz_require(article_decode(buf_str(&buf), arena, &other, NULL) == 0);
    check_same(article, &other);
    buf_clear(&buf);
    record_print(&article_table, article, &buf);
    fuzz_require(article_from_line(buf_str(&buf), arena, &other, NULL) == 0);
    check_same(article, &other);
    buf_fini(&buf);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct str frame = str_make((const char *)bytes, len);
    struct article article;
    struct arena arena;
    struct err err = {0};
    arena_init(&arena, ARENA_BYTES);
    int rc = article_decode(frame, &arena, &article, &err);
    if (rc == 0)
        check(&article, frame, &arena);
    else
        fuzz_check_err(rc, &err);
    arena_fini(&arena);
    return 0;
}

/* ---- mutation ---- */

struct values {
    struct str raw[VALUES_MOST];
    size_t count;
};

static void collect(struct scan scan, struct values *values)
{
    struct scan_value value;
    while (scan_next(&scan, &value) == 1 && values->count < VALUES_MOST) {
        values->raw[values->count++] = value.raw;
        if (value.type == SCAN_ARRAY || value.type == SCAN_MAP)
            collect(scan_inside(&value), values); /* LIMIT_DEPTH deep at most */
    }
}

static const struct str odd[] = {
    {"\xc0", 1},
    {"\x80", 1},
    {"\x90", 1},
    {"\xa0", 1},
    {"\xc4\x01x", 3},
    {"\xcb\x7f\xf0\0\0\0\0\0\0", 9},
    {"\xcf\xff\xff\xff\xff\xff\xff\xff\xff", 9},
    {"\xd3\x80\0\0\0\0\0\0\0", 9},
    {"\xdd\xff\xff\xff\xff", 5},
    {"\xdf\0\0\0\x01", 5},
    {"\xdb\0\0\0\x02"
     "ab",
     7},
    {"\xa3\xed\xa0\x80", 4},
    {"\xd6\xff\0\0\0\0", 6},
    {"\xa4text", 5},
    {"\xa2id", 3},
    {"\xa3x_y", 4},
    {"\xa6"
     "author",
     7},
};

/* One value in the place of another, before it, or nothing. */
static void splice(const struct values *values, struct str whole, unsigned seed,
                   struct buf *out)
{
    struct str at = values->raw[seed % values->count];
    struct str with = values->raw[seed / 256 % values->count];
    size_t begin = (size_t)(at.ptr - whole.ptr), end = begin + at.len;
    unsigned how = seed >> 24 & 7;
    if (how > 4)
        with = odd[seed / 256 % (sizeof odd / sizeof *odd)];
    buf_add_str(out, str_slice(whole, 0, begin));
    if (how != 0)
        buf_add_str(out, with);
    if (how == 1 || how == 5)
        buf_add_str(out, at);
    if (how == 2)
        buf_add_char(out, '\x91');
    buf_add_str(out, str_from(whole, end));
}

size_t LLVMFuzzerCustomMutator(uint8_t *bytes, size_t len, size_t most, unsigned seed)
{
    const struct scan_limits limits = {LIMIT_DEPTH, LIMIT_OBJECTS};
    struct str whole = str_make((const char *)bytes, len);
    struct values values = {.count = 0};
    struct buf out = {0};
    if (seed % 4 == 0 || scan_check(whole, &limits, NULL) < 0)
        return LLVMFuzzerMutate(bytes, len, most);
    collect(scan_begin(whole), &values);
    splice(&values, whole, (unsigned)rand_r(&seed), &out);
    if (out.len > 0 && (unsigned char)out.ptr[0] / 16 == 8 && seed & 16)
        out.ptr[0] = (char)(0x80 | ((out.ptr[0] + (seed & 32 ? 1 : -1)) & 15));
    if (out.len == 0 || out.len > most)
        len = LLVMFuzzerMutate(bytes, len, most);
    else
        memcpy(bytes, out.ptr, len = out.len);
    buf_fini(&out);
    return len;
}
