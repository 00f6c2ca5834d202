#ifndef WORKER_TEXT_LEXICON_PRIVATE_H
#define WORKER_TEXT_LEXICON_PRIVATE_H

/* The compiled block. All numbers are little-endian; offsets count from its begin.
 *
 *   head     magic (8 bytes), format u32, lists u32, size u64, checksum u64 (hash64 with
 *            seed 0 over everything behind it), then u32 of sets, their offset, paths'
 *            slots, their offset, uses, their offset
 *   lists    LEXICON_LIST_BYTES each, in order of name: u32 of name offset, name length,
 *            flags, entries, entries' offset
 *   entries  in order of key, 4 u32: key offset, key length, value offset (or NO_VALUE),
 *            value length
 *   paths    every row of words that keys begin with, in lower case; open addressing, a
 *            power of two, never full, 7 u32: high half of lexicon_path_hash, the path
 *            without its last word (1 + slot; 0: of one word), that word's offset and
 *            length, offset in the sets (0: free), first use, uses
 *   uses     the keys that are a path: 2 u32: list, entry; of one path in order of list
 *   sets     three bits for every list, in order of name: in the first third, a key of it
 *            begins with the path, in the second the path is a key, in the third a key
 *            is longer. Set 0 has none.
 *   bytes    what the offsets point to
 *
 * The format number goes up with any change here; there is no reader of older blocks,
 * for a block is built together with its program. */

#include "proto/base/buf.h"

#include <assert.h>

#define LEXICON_MAGIC       "wartalex"
#define LEXICON_FORMAT      4u
#define LEXICON_CHECKED_AT  32u /* the checksum is of what stands from here on */
#define LEXICON_HEAD_BYTES  56u
#define LEXICON_LIST_BYTES  20u
#define LEXICON_ENTRY_BYTES 16u
#define LEXICON_PATH_BYTES  28u
#define LEXICON_USE_BYTES   8u
#define LEXICON_NO_VALUE    UINT32_MAX
#define LEXICON_FLAG_EXACT  1u

enum lexicon_list_field {
    LEXICON_NAME_AT,
    LEXICON_NAME_LEN,
    LEXICON_FLAGS,
    LEXICON_ENTRIES,
    LEXICON_ENTRIES_AT,
    LEXICON_LIST_FIELDS
};

enum lexicon_path_field {
    LEXICON_CHECK,
    LEXICON_PARENT,
    LEXICON_LAST_AT,
    LEXICON_LAST_LEN,
    LEXICON_SET,
    LEXICON_USE,
    LEXICON_USES,
    LEXICON_PATH_FIELDS
};

static inline uint32_t lexicon_u32(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 |
           (uint32_t)b[3] << 24;
}

static inline uint64_t lexicon_u64(const char *p)
{
    return (uint64_t)lexicon_u32(p) | (uint64_t)lexicon_u32(p + 4) << 32;
}

static inline uint64_t lexicon_mix(uint64_t x)
{
    x = (x ^ x >> 32) * 0x9e3779b97f4a7c15u;
    x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9u;
    return x ^ x >> 32;
}

/* The last 8 bytes, which may be in what was read before; all of a shorter text. */
static inline uint64_t lexicon_tail(const char *p, size_t len)
{
    if (len >= 8)
        return lexicon_u64(p + len - 8);
    if (len >= 4)
        return lexicon_u32(p) | (uint64_t)lexicon_u32(p + len - 4) << 32;
    if (len == 0)
        return 0;
    const unsigned char *b = (const unsigned char *)p;
    return (uint64_t)b[0] | (uint64_t)b[len / 2] << 8 | (uint64_t)b[len - 1] << 16;
}

/* Of words, which are short: eight bytes a step (mixed as after splitmix64). It needs no
 * key, for the tables hold nothing of strangers'. */
static inline uint64_t lexicon_hash(struct str s)
{
    uint64_t hash = s.len;
    for (size_t at = 0; at + 8 < s.len; at += 8)
        hash = lexicon_mix(hash ^ lexicon_u64(s.ptr + at));
    return lexicon_mix(hash ^ lexicon_tail(s.ptr, s.len));
}

/* Of a path by its last word and the slot of what stands before. */
static inline uint64_t lexicon_path_hash(uint32_t parent, struct str last)
{
    uint64_t hash = lexicon_hash(last);
    return parent ? lexicon_mix(hash ^ parent) : hash;
}

static inline bool lexicon_same(const char *a, const char *b, size_t len)
{
    for (size_t at = 0; at + 8 < len; at += 8)
        if (lexicon_u64(a + at) != lexicon_u64(b + at))
            return false;
    return lexicon_tail(a, len) == lexicon_tail(b, len);
}

static inline void lexicon_put_u32(char *at, size_t value)
{
    assert(value <= UINT32_MAX);
    for (unsigned i = 0; i < 4; i++)
        at[i] = (char)(value >> (8 * i) & 0xff);
}

/* Bytes of one third of a set. */
static inline uint32_t lexicon_third(uint32_t lists)
{
    return lists / 8 + 1;
}

static inline uint32_t lexicon_slots_for(size_t count)
{
    uint32_t slots = 4;
    while (slots < count * 2)
        slots *= 2;
    return slots;
}

/* Room for `bytes` zeros at the end of out; its offset. */
static inline size_t lexicon_take(struct buf *out, size_t bytes)
{
    size_t at = out->len;
    memset(buf_reserve(out, bytes), 0, bytes);
    out->len += bytes;
    return at;
}

#endif
