#include "worker/text/lexicon.h"
#include "worker/text/lexicon_private.h"

#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "proto/base/utf8.h"

struct wordlist {
    struct wordlist_bit bit; /* first: see lexicon.h */
    const struct lexicon *lexicon;
    struct str name;
    uint64_t name_head; /* in order of name, as far as eight bytes tell */
    uint32_t index, count;
    const char *entries;
};

struct lexicon {
    uint64_t version;
    const char *block;
    const char *paths, *uses;
    uint32_t path_mask;
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
    return true;
}

/* The first eight bytes as a number in the order of str_cmp. */
static uint64_t head_of(struct str name)
{
    uint64_t head = 0;
    for (size_t i = 0; i < 8; i++)
        head = head << 8 | (i < name.len ? (unsigned char)name.ptr[i] : 0);
    return head;
}

static bool open_list(struct str block, const struct lexicon *lexicon, uint32_t index,
                      struct wordlist *out)
{
    uint32_t field[LEXICON_LIST_FIELDS];
    const char *head =
        block.ptr + LEXICON_HEAD_BYTES + (size_t)index * LEXICON_LIST_BYTES;
    for (unsigned i = 0; i < LEXICON_LIST_FIELDS; i++)
        field[i] = lexicon_u32(head + 4 * (size_t)i);

    if (!inside(block, field[LEXICON_NAME_AT], field[LEXICON_NAME_LEN], 1) ||
        !inside(block, field[LEXICON_ENTRIES_AT], field[LEXICON_ENTRIES],
                LEXICON_ENTRY_BYTES))
        return false;
    *out = (struct wordlist){
        .bit.exact = field[LEXICON_FLAGS] & LEXICON_FLAG_EXACT,
        .lexicon = lexicon,
        .name = str_make(block.ptr + field[LEXICON_NAME_AT], field[LEXICON_NAME_LEN]),
        .name_head = head_of(
            str_make(block.ptr + field[LEXICON_NAME_AT], field[LEXICON_NAME_LEN])),
        .index = index,
        .count = field[LEXICON_ENTRIES],
        .entries = block.ptr + field[LEXICON_ENTRIES_AT],
    };
    return list_fits(block, out);
}

static uint32_t path_field(const char *path, enum lexicon_path_field field)
{
    return lexicon_u32(path + 4 * (size_t)field);
}

static bool paths_fit(struct str block, const struct lexicon *lexicon,
                      const char *sets_at, uint32_t sets, uint32_t uses)
{
    uint32_t set_bytes = 3 * lexicon_third(lexicon->count);
    for (uint32_t i = 0; i < set_bytes; i++) /* set 0 is that of no path */
        if (sets_at[i])
            return false;
    for (uint64_t i = 0; i <= lexicon->path_mask; i++) {
        const char *path = lexicon->paths + i * LEXICON_PATH_BYTES;
        uint32_t set = path_field(path, LEXICON_SET);
        uint32_t first = path_field(path, LEXICON_USE);
        if (!inside(block, path_field(path, LEXICON_LAST_AT),
                    path_field(path, LEXICON_LAST_LEN), 1) ||
            set % set_bytes != 0 || set / set_bytes >= sets || first > uses ||
            path_field(path, LEXICON_USES) > uses - first)
            return false;
    }
    for (uint32_t i = 0; i < uses; i++) {
        const char *use = lexicon->uses + (size_t)i * LEXICON_USE_BYTES;
        uint32_t list = lexicon_u32(use);
        if (list >= lexicon->count || lexicon_u32(use + 4) >= lexicon->list[list].count)
            return false;
    }
    return true;
}

static bool open_paths(struct str block, struct lexicon *lexicon)
{
    const char *head = block.ptr + LEXICON_CHECKED_AT;
    uint32_t sets = lexicon_u32(head), sets_at = lexicon_u32(head + 4);
    uint32_t slots = lexicon_u32(head + 8), slots_at = lexicon_u32(head + 12);
    uint32_t uses = lexicon_u32(head + 16), uses_at = lexicon_u32(head + 20);
    uint32_t third = lexicon_third(lexicon->count);
    if (sets < 1 || !inside(block, sets_at, sets, 3 * (uint64_t)third) ||
        !power_of_two(slots) || !inside(block, slots_at, slots, LEXICON_PATH_BYTES) ||
        !inside(block, uses_at, uses, LEXICON_USE_BYTES))
        return false;
    lexicon->paths = block.ptr + slots_at;
    lexicon->uses = block.ptr + uses_at;
    lexicon->path_mask = slots - 1;
    for (uint32_t i = 0; i < lexicon->count; i++) {
        struct wordlist_bit *bit = &lexicon->list[i].bit;
        bit->sets = (const unsigned char *)block.ptr + sets_at;
        bit->begin_byte = i / 8;
        bit->whole_byte = third + i / 8;
        bit->on_byte = 2 * third + i / 8;
        bit->bit = (unsigned char)(1u << (i & 7));
    }
    return paths_fit(block, lexicon, block.ptr + sets_at, sets, uses);
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
        if (!open_list(block, lexicon, i, &lexicon->list[i])) {
            mem_free(lexicon);
            return err_set(err, ERR_FORMAT, "language pack: list %u is broken", i);
        }
    if (!open_paths(block, lexicon)) {
        mem_free(lexicon);
        return err_set(err, ERR_FORMAT, "language pack: its table of paths is broken");
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
    uint64_t head = head_of(wanted);
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct wordlist *list = &lexicon->list[middle];
        int order = list->name_head != head ? (list->name_head < head ? -1 : 1)
                                            : str_cmp(list->name, wanted);
        if (order == 0)
            return &lexicon->list[middle];
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
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
                     : str_make(list->lexicon->block + at, lexicon_u32(entry + 12));
}

static bool same(const char *block, const char *place, struct str text)
{
    return lexicon_u32(place + 4) == text.len &&
           lexicon_same(block + lexicon_u32(place), text.ptr, text.len);
}

static const char *path_at(const struct lexicon *lexicon, uint32_t slot)
{
    return lexicon->paths + (size_t)slot * LEXICON_PATH_BYTES;
}

/* The path `parent` (1 + slot; 0: none) with one word more. */
static struct lexicon_path find(const struct lexicon *lexicon, uint32_t parent,
                                struct str form)
{
    if (form.len == 0 || form.len > LEXICON_KEY_BYTES)
        return (struct lexicon_path){0, 0};
    uint64_t hash = lexicon_path_hash(parent, form);
    uint32_t at = (uint32_t)hash & lexicon->path_mask;
    for (uint32_t tries = 0; tries <= lexicon->path_mask; tries++) {
        const char *path = path_at(lexicon, at);
        uint32_t set = path_field(path, LEXICON_SET);
        if (set == 0)
            break;
        if (path_field(path, LEXICON_CHECK) == (uint32_t)(hash >> 32) &&
            path_field(path, LEXICON_PARENT) == parent &&
            same(lexicon->block, path + 4 * (size_t)LEXICON_LAST_AT, form))
            return (struct lexicon_path){set, at + 1};
        at = (at + 1) & lexicon->path_mask;
    }
    return (struct lexicon_path){0, 0};
}

struct lexicon_path lexicon_word(const struct lexicon *lexicon, struct str form)
{
    return lexicon ? find(lexicon, 0, form) : (struct lexicon_path){0, 0};
}

struct lexicon_path lexicon_on(const struct lexicon *lexicon, struct lexicon_path path,
                               struct str form)
{
    return path.slot ? find(lexicon, path.slot, form) : path;
}

bool wordlist_take(const struct wordlist *list, struct lexicon_path path, struct str key,
                   struct str *value_out)
{
    if (!wordlist_ends(list, path))
        return false;
    const struct lexicon *lexicon = list->lexicon;
    const char *place = path_at(lexicon, path.slot - 1);
    const char *use =
        lexicon->uses + (size_t)path_field(place, LEXICON_USE) * LEXICON_USE_BYTES;
    for (uint32_t n = path_field(place, LEXICON_USES); n > 0;
         n--, use += LEXICON_USE_BYTES) {
        if (lexicon_u32(use) != list->index)
            continue;
        const char *entry =
            list->entries + (size_t)lexicon_u32(use + 4) * LEXICON_ENTRY_BYTES;
        if (list->bit.exact && !same(lexicon->block, entry, key))
            continue;
        get_value(list, entry, value_out);
        return true;
    }
    return false;
}

bool wordlist_get(const struct wordlist *list, struct str key, struct str *value_out)
{
    char lower[LEXICON_KEY_BYTES * 2 + 4];
    struct str rest = key, word;
    if (list == NULL || key.len > LEXICON_KEY_BYTES)
        return false;
    if (list->bit.exact)
        rest = str_make(lower, utf8_lower_str(key, lower));
    struct lexicon_path path = {0, 0};
    for (uint32_t parent = 0; str_split(&rest, ' ', &word); parent = path.slot) {
        path = find(list->lexicon, parent, word);
        if (!wordlist_begins(list, path))
            return false;
    }
    return wordlist_take(list, path, key, value_out);
}

void wordlist_at(const struct wordlist *list, size_t i, struct str *key_out,
                 struct str *value_out)
{
    const char *entry = list->entries + i * LEXICON_ENTRY_BYTES;
    *key_out =
        str_make(list->lexicon->block + lexicon_u32(entry), lexicon_u32(entry + 4));
    get_value(list, entry, value_out);
}
