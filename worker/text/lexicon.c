#include "worker/text/lexicon.h"
#include "worker/text/lexicon_private.h"

#include "proto/base/hash.h"
#include "proto/base/mem.h"

struct wordlist {
    struct wordlist_bit bit; /* first: see lexicon.h */
    struct str name;
    bool exact;
    uint32_t count;
    uint32_t slot_mask, first_mask;
    const char *entries, *slots, *firsts;
    const char *block;
};

struct lexicon {
    uint64_t version;
    const char *block;
    const char *words, *sets;
    uint32_t word_mask, none; /* none: the set of words that are in no list */
    uint32_t count;
    struct wordlist list[];
};

static bool inside(struct str block, uint64_t at, uint64_t count, uint64_t each)
{
    return at <= block.len && count * each <= block.len - at;
}

static bool power_of_two(uint32_t n)
{
    return n != 0 && (n & (n - 1)) == 0;
}

/* Every offset of the list is inside the block, so look-ups need not check again. */
static bool list_fits(struct str block, const struct wordlist *list)
{
    for (uint32_t i = 0; i < list->count; i++) {
        const char *e = list->entries + (size_t)i * LEXICON_ENTRY_BYTES;
        if (!inside(block, lexicon_u32(e), lexicon_u32(e + 4), 1))
            return false;
        if (lexicon_u32(e + 8) != LEXICON_NO_VALUE &&
            !inside(block, lexicon_u32(e + 8), lexicon_u32(e + 12), 1))
            return false;
    }
    for (uint64_t i = 0; i <= list->slot_mask; i++)
        if (lexicon_u32(list->slots + i * LEXICON_SLOT_BYTES + 4) > list->count)
            return false;
    for (uint64_t i = 0; i <= list->first_mask; i++) {
        const char *f = list->firsts + i * LEXICON_FIRST_BYTES;
        if (!inside(block, lexicon_u32(f + 4), lexicon_u32(f + 8), 1))
            return false;
    }
    return true;
}

static bool open_list(struct str block, uint32_t index, struct wordlist *out)
{
    uint32_t field[LEXICON_LIST_FIELDS];
    const char *head =
        block.ptr + LEXICON_HEAD_BYTES + (size_t)index * LEXICON_LIST_BYTES;
    for (unsigned i = 0; i < LEXICON_LIST_FIELDS; i++)
        field[i] = lexicon_u32(head + 4 * (size_t)i);

    if (!inside(block, field[LEXICON_NAME_AT], field[LEXICON_NAME_LEN], 1) ||
        !inside(block, field[LEXICON_ENTRIES_AT], field[LEXICON_ENTRIES],
                LEXICON_ENTRY_BYTES) ||
        !inside(block, field[LEXICON_SLOTS_AT], field[LEXICON_SLOTS],
                LEXICON_SLOT_BYTES) ||
        !inside(block, field[LEXICON_FIRSTS_AT], field[LEXICON_FIRSTS],
                LEXICON_FIRST_BYTES) ||
        !power_of_two(field[LEXICON_SLOTS]) || !power_of_two(field[LEXICON_FIRSTS]))
        return false;
    *out = (struct wordlist){
        .name = str_make(block.ptr + field[LEXICON_NAME_AT], field[LEXICON_NAME_LEN]),
        .exact = field[LEXICON_FLAGS] & LEXICON_FLAG_EXACT,
        .count = field[LEXICON_ENTRIES],
        .slot_mask = field[LEXICON_SLOTS] - 1,
        .first_mask = field[LEXICON_FIRSTS] - 1,
        .entries = block.ptr + field[LEXICON_ENTRIES_AT],
        .slots = block.ptr + field[LEXICON_SLOTS_AT],
        .firsts = block.ptr + field[LEXICON_FIRSTS_AT],
        .block = block.ptr,
    };
    return list_fits(block, out);
}

static bool words_fit(struct str block, const struct lexicon *lexicon, uint32_t sets)
{
    for (uint64_t i = 0; i <= lexicon->word_mask; i++) {
        const char *slot = lexicon->words + i * LEXICON_WORD_BYTES;
        uint32_t set = lexicon_u32(slot + 12);
        if (!inside(block, lexicon_u32(slot + 4), lexicon_u32(slot + 8), 1) ||
            set % lexicon->none != 0 || set / lexicon->none >= sets)
            return false;
    }
    return true;
}

static bool open_words(struct str block, struct lexicon *lexicon)
{
    const char *head = block.ptr + LEXICON_CHECKED_AT;
    uint32_t sets = lexicon_u32(head), sets_at = lexicon_u32(head + 4);
    uint32_t slots = lexicon_u32(head + 8), slots_at = lexicon_u32(head + 12);
    uint32_t half = lexicon_half(lexicon->count);
    if (sets < 2 || !inside(block, sets_at, sets, 2 * (uint64_t)half) ||
        !power_of_two(slots) || !inside(block, slots_at, slots, LEXICON_WORD_BYTES))
        return false;
    lexicon->words = block.ptr + slots_at;
    lexicon->sets = block.ptr + sets_at;
    lexicon->word_mask = slots - 1;
    lexicon->none = 2 * half;
    for (uint32_t i = 0; i < lexicon->count; i++) {
        struct wordlist *list = &lexicon->list[i];
        list->bit = (struct wordlist_bit){.sets = (const unsigned char *)lexicon->sets,
                                          .begin_byte = i / 8,
                                          .whole_byte = half + i / 8,
                                          .bit = (unsigned char)(1u << (i & 7)),
                                          .certain = !list->exact};
    }
    return words_fit(block, lexicon, sets);
}

int lexicon_open(struct str block, struct lexicon **out, struct err *err)
{
    if (block.len < LEXICON_HEAD_BYTES || memcmp(block.ptr, LEXICON_MAGIC, 8) != 0)
        return err_set(err, ERR_FORMAT, "this is no compiled language pack");
    uint32_t format = lexicon_u32(block.ptr + 8);
    uint32_t count = lexicon_u32(block.ptr + 12);
    if (format != LEXICON_FORMAT)
        return err_set(err, ERR_VERSION,
                       "language pack of format %u, this program reads %u", format,
                       LEXICON_FORMAT);
    if (lexicon_u64(block.ptr + 16) != block.len ||
        !inside(block, LEXICON_HEAD_BYTES, count, LEXICON_LIST_BYTES))
        return err_set(err, ERR_FORMAT, "language pack has the wrong size");
    uint64_t checksum = hash64(str_from(block, LEXICON_CHECKED_AT), 0);
    if (lexicon_u64(block.ptr + 24) != checksum)
        return err_set(err, ERR_CORRUPT, "language pack fails its checksum");

    struct lexicon *lexicon =
        mem_zero(1, sizeof *lexicon + count * sizeof lexicon->list[0]);
    lexicon->version = checksum;
    lexicon->block = block.ptr;
    lexicon->count = count;
    for (uint32_t i = 0; i < count; i++)
        if (!open_list(block, i, &lexicon->list[i])) {
            mem_free(lexicon);
            return err_set(err, ERR_FORMAT, "language pack: list %u is broken", i);
        }
    if (!open_words(block, lexicon)) {
        mem_free(lexicon);
        return err_set(err, ERR_FORMAT, "language pack: its table of words is broken");
    }
    *out = lexicon;
    return 0;
}

void lexicon_close(struct lexicon **lexicon)
{
    mem_free(*lexicon);
    *lexicon = NULL;
}

uint64_t lexicon_version(const struct lexicon *lexicon)
{
    return lexicon->version;
}

const struct wordlist *lexicon_list(const struct lexicon *lexicon, const char *name)
{
    uint32_t low = 0, high = lexicon ? lexicon->count : 0;
    struct str wanted = str_of(name);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = str_cmp(lexicon->list[middle].name, wanted);
        if (order == 0)
            return &lexicon->list[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

bool wordlist_exact(const struct wordlist *list)
{
    return list && list->exact;
}

size_t wordlist_count(const struct wordlist *list)
{
    return list ? list->count : 0;
}

static void get_value(const struct wordlist *list, const char *entry,
                      struct str *value_out)
{
    if (value_out == NULL)
        return;
    uint32_t at = lexicon_u32(entry + 8);
    *value_out = at == LEXICON_NO_VALUE
                     ? STR_NONE
                     : str_make(list->block + at, lexicon_u32(entry + 12));
}

static bool same(const char *block, const char *place, struct str text)
{
    return lexicon_u32(place + 4) == text.len &&
           lexicon_same(block + lexicon_u32(place), text.ptr, text.len);
}

uint32_t lexicon_word(const struct lexicon *lexicon, struct str form)
{
    if (lexicon == NULL)
        return 0;
    if (form.len == 0 || form.len > LEXICON_KEY_BYTES)
        return lexicon->none;
    uint64_t hash = lexicon_hash(form);
    uint32_t at = (uint32_t)hash & lexicon->word_mask;
    for (uint32_t tries = 0; tries <= lexicon->word_mask; tries++) {
        const char *slot = lexicon->words + (size_t)at * LEXICON_WORD_BYTES;
        uint32_t set = lexicon_u32(slot + 12);
        if (set == 0)
            break;
        if (lexicon_u32(slot) == (uint32_t)(hash >> 32) &&
            same(lexicon->block, slot + 4, form))
            return set;
        at = (at + 1) & lexicon->word_mask;
    }
    return lexicon->none;
}

bool lexicon_knows(const struct lexicon *lexicon, uint32_t word)
{
    return lexicon && word != lexicon->none;
}

bool wordlist_get(const struct wordlist *list, struct str key, struct str *value_out)
{
    if (list == NULL || list->count == 0 || key.len == 0 || key.len > LEXICON_KEY_BYTES)
        return false;
    uint64_t hash = lexicon_hash(key);
    uint32_t at = (uint32_t)hash & list->slot_mask;
    for (uint32_t tries = 0; tries <= list->slot_mask; tries++) {
        const char *slot = list->slots + (size_t)at * LEXICON_SLOT_BYTES;
        uint32_t index = lexicon_u32(slot + 4);
        if (index == 0)
            return false;
        const char *entry = list->entries + (size_t)(index - 1) * LEXICON_ENTRY_BYTES;
        if (lexicon_u32(slot) == (uint32_t)(hash >> 32) &&
            same(list->block, entry, key)) {
            get_value(list, entry, value_out);
            return true;
        }
        at = (at + 1) & list->slot_mask;
    }
    return false;
}

uint32_t wordlist_reach(const struct wordlist *list, struct str first_word)
{
    if (list == NULL || list->count == 0 || first_word.len == 0 ||
        first_word.len > LEXICON_KEY_BYTES)
        return 0;
    uint64_t hash = lexicon_hash(first_word);
    uint32_t at = (uint32_t)hash & list->first_mask;
    for (uint32_t tries = 0; tries <= list->first_mask; tries++) {
        const char *slot = list->firsts + (size_t)at * LEXICON_FIRST_BYTES;
        uint32_t reach = lexicon_u32(slot + 12);
        if (reach == 0)
            return 0;
        if (lexicon_u32(slot) == (uint32_t)(hash >> 32) &&
            same(list->block, slot + 4, first_word))
            return reach;
        at = (at + 1) & list->first_mask;
    }
    return 0;
}

void wordlist_at(const struct wordlist *list, size_t i, struct str *key_out,
                 struct str *value_out)
{
    const char *entry = list->entries + i * LEXICON_ENTRY_BYTES;
    *key_out = str_make(list->block + lexicon_u32(entry), lexicon_u32(entry + 4));
    get_value(list, entry, value_out);
}
