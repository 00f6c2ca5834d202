#ifndef WORKER_TEXT_LEXICON_PRIVATE_H
#define WORKER_TEXT_LEXICON_PRIVATE_H

/* The compiled block. All numbers are little-endian; offsets count from its begin.
 *
 *   head     magic (8 bytes), format u32, lists u32, size u64, checksum u64 (hash64 with
 *            seed 0 over everything behind the head)
 *   lists    LEXICON_LIST_BYTES each, in order of name: u32 of name offset, name length,
 *            flags, entries, entries' offset, slots, slots' offset, first words' slots,
 *            first words' offset
 *   entries  in order of key, 4 u32: key offset, key length, value offset (or NO_VALUE),
 *            value length
 *   slots    open addressing, a power of two, never full, 2 u32: high half of hash64 of
 *            the key, 1 + entry (0: free)
 *   firsts   the same over first words, 4 u32: high half of the hash, offset, length,
 *            most words of a key that begins so (0: free)
 *   bytes    what the offsets point to
 *
 * The format number goes up with any change here; there is no reader of older blocks,
 * for a block is built together with its program. */

#include "proto/base/str.h"

#define LEXICON_MAGIC       "wartalex"
#define LEXICON_FORMAT      1u
#define LEXICON_HEAD_BYTES  32u
#define LEXICON_LIST_BYTES  36u
#define LEXICON_ENTRY_BYTES 16u
#define LEXICON_SLOT_BYTES  8u
#define LEXICON_FIRST_BYTES 16u
#define LEXICON_NO_VALUE    UINT32_MAX
#define LEXICON_FLAG_EXACT  1u

enum lexicon_list_field {
    LEXICON_NAME_AT,
    LEXICON_NAME_LEN,
    LEXICON_FLAGS,
    LEXICON_ENTRIES,
    LEXICON_ENTRIES_AT,
    LEXICON_SLOTS,
    LEXICON_SLOTS_AT,
    LEXICON_FIRSTS,
    LEXICON_FIRSTS_AT,
    LEXICON_LIST_FIELDS
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

#endif
