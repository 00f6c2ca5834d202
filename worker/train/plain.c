#include "worker/train/plain.h"

#include "proto/base/arena.h"
#include "proto/base/file.h"
#include "proto/base/map.h"
#include "proto/base/mem.h"
#include "proto/base/utf8.h"
#include "proto/wire/record.h"
#include "worker/learn/cluster.h"
#include "worker/learn/model_write.h"
#include "worker/train/exchange.h"

#include <jansson.h>
#include <stdlib.h>

#define FILE_BYTES ((size_t)1 << 30)
#define WORD_BYTES 64   /* longer runs are no words */
#define STEM_LEAST 3    /* bytes of a stem */
#define STEM_COUNT 3    /* how often a stem must be seen to be one */
#define NONE       UINT32_MAX
#define SLOTS_LOAD 60   /* per cent */

struct word {
    struct str lower;
    uint32_t count;
};

struct plain {
    struct arena arena;
    struct map *index; /* lower-case form → word */
    struct {
        struct word *item;
        uint32_t count, cap;
    } words;
    uint32_t *text; /* words and borders (NONE) */
    size_t length, cap;
};

struct plain *plain_new(void)
{
    struct plain *plain = mem_zero(1, sizeof *plain);
    arena_init(&plain->arena, FILE_BYTES);
    plain->index = map_new();
    return plain;
}

void plain_free(struct plain **plain)
{
    if (*plain == NULL)
        return;
    arena_fini(&(*plain)->arena);
    map_free(&(*plain)->index);
    mem_free((*plain)->text);
    mem_free(*plain);
    *plain = NULL;
}

static uint32_t intern(struct plain *plain, struct str lower)
{
    uint64_t at;
    if (map_get(plain->index, lower, &at))
        return (uint32_t)at;
    at = plain->words.count;
    struct word word = {.lower = arena_str(&plain->arena, lower)};
    *ARENA_PUSH(&plain->arena, &plain->words) = word;
    map_put(plain->index, lower, at);
    return (uint32_t)at;
}

static void append(struct plain *plain, uint32_t word)
{
    if (plain->length == plain->cap) {
        plain->cap = plain->cap ? plain->cap * 2 : 4096;
        plain->text = mem_grow(plain->text, plain->cap, sizeof *plain->text);
    }
    plain->text[plain->length++] = word;
}

static bool is_word(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c >= 0xc3 && c < 0xe2) || (c >= 0x80 && c < 0xc0);
}

/* Signs that hold a word together where one letter or digit stands on each side. */
static bool is_inner(const char *at, const char *end)
{
    return strchr("-.,:/'", *at) && at + 1 < end && is_word((unsigned char)at[1]) &&
           (*at == '-' || (at[-1] >= '0' && at[-1] <= '9'));
}

/* Bytes of the word or sign that begins at p. */
static size_t token_length(const char *p, const char *end)
{
    const char *at = p;
    uint32_t sign;
    if (!is_word((unsigned char)*p)) {
        unsigned length = utf8_decode(p, end, &sign);
        return length ? length : 1;
    }
    while (at < end && (is_word((unsigned char)*at) || is_inner(at, end)))
        at++;
    return (size_t)(at - p);
}

static void add_line(struct plain *plain, struct str line)
{
    const char *p = line.ptr, *end = line.ptr + line.len;
    char lower[WORD_BYTES * 2 + 4];
    append(plain, NONE);
    while (p < end) {
        size_t length = token_length(p, end);
        if (*p != ' ' && *p != '\t' && *p != '\r' && length <= WORD_BYTES) {
            size_t bytes = utf8_lower_str(str_make(p, length), lower);
            append(plain, intern(plain, str_make(lower, bytes)));
        }
        p += length;
    }
}

void plain_add(struct plain *plain, struct str text)
{
    struct str line;
    while (str_split(&text, '\n', &line))
        add_line(plain, line);
}

int plain_add_jsonl(struct plain *plain, const char *path, struct err *err)
{
    struct buf bytes = {0};
    int result = file_read(path, FILE_BYTES, &bytes, err);
    struct str rest = buf_str(&bytes), line;
    uint32_t number = 0;
    while (result == 0 && str_split(&rest, '\n', &line)) {
        number++;
        if (str_trim(line).len == 0)
            continue;
        json_t *json = record_load_json(line, err);
        const char *text = json_string_value(json_object_get(json, "text"));
        if (json == NULL)
            result = err_prefix(err, "%s:%u", path, number);
        else if (text)
            plain_add(plain, str_of(text));
        json_decref(json);
    }
    buf_fini(&bytes);
    return result;
}

/* Word w is a stem with an enclitic: the stem, and the enclitic's own word; or false. */
static bool split(struct plain *plain, uint32_t w, uint32_t *stem_out, uint32_t *end_out)
{
    static const char *const enclitics[] = {"nya", "lah", "kah", "pun", "ku", "mu"};
    struct str lower = plain->words.item[w].lower;
    for (size_t i = 0; i < sizeof enclitics / sizeof enclitics[0]; i++) {
        struct str clitic = str_of(enclitics[i]), stem = lower;
        uint64_t at;
        if (!str_ends(lower, clitic) || lower.len < clitic.len + STEM_LEAST)
            continue;
        stem.len -= clitic.len;
        if (!map_get(plain->index, stem, &at) ||
            plain->words.item[at].count < STEM_COUNT)
            continue;
        *stem_out = (uint32_t)at;
        *end_out = intern(plain, clitic);
        return true;
    }
    return false;
}

static void count(struct plain *plain)
{
    for (uint32_t w = 0; w < plain->words.count; w++)
        plain->words.item[w].count = 0;
    for (size_t i = 0; i < plain->length; i++)
        if (plain->text[i] != NONE)
            plain->words.item[plain->text[i]].count++;
}

static void split_all(struct plain *plain)
{
    uint32_t *old = plain->text, stem, end;
    size_t length = plain->length;
    count(plain);
    plain->text = NULL;
    plain->length = plain->cap = 0;
    for (size_t i = 0; i < length; i++) {
        if (old[i] != NONE && split(plain, old[i], &stem, &end)) {
            append(plain, stem);
            append(plain, end);
        } else {
            append(plain, old[i]);
        }
    }
    mem_free(old);
    count(plain);
}

struct rank {
    uint32_t word, count;
};

static int by_count(const void *a, const void *b)
{
    const struct rank *x = a, *y = b;
    if (x->count != y->count)
        return x->count < y->count ? 1 : -1;
    return (x->word > y->word) - (x->word < y->word);
}

/* Numbers the frequent words by rank from 2 and rewrites the text; returns the ranks. */
static struct rank *renumber(struct plain *plain, uint32_t least, struct exchange_text *out)
{
    uint32_t n = plain->words.count, *number = mem_zero(n + 1u, sizeof *number);
    struct rank *rank = mem_zero(n + 1u, sizeof *rank);
    for (uint32_t w = 0; w < n; w++)
        rank[w] = (struct rank){w, plain->words.item[w].count};
    qsort(rank, n, sizeof *rank, by_count);
    out->words = EXCHANGE_RARE + 1;
    for (uint32_t i = 0; i < n; i++)
        number[rank[i].word] = rank[i].count >= least ? out->words++ : EXCHANGE_RARE;
    for (size_t i = 0; i < plain->length; i++)
        plain->text[i] =
            plain->text[i] == NONE ? EXCHANGE_BORDER : number[plain->text[i]];
    out->word = plain->text;
    out->length = (uint32_t)plain->length;
    mem_free(number);
    return rank;
}

static void write_section(const struct plain *plain, const struct rank *rank,
                          uint32_t words, const uint16_t *coarse, const uint16_t *fine,
                          struct buf *out)
{
    uint32_t slots = (uint32_t)((uint64_t)words * 100 / SLOTS_LOAD) + 1, used = 0;
    uint64_t *slot = mem_zero(slots, sizeof *slot);
    for (uint32_t i = 0; i < words; i++) {
        struct feature_word word;
        struct str lower = plain->words.item[rank[i].word].lower;
        uint32_t id = i + EXCHANGE_RARE + 1;
        feature_word(&word, lower, lower);
        uint32_t at = cluster_home(word.lower, slots);
        while (slot[at] && (uint32_t)slot[at] != word.lower)
            at = at + 1 == slots ? 0 : at + 1;
        if (slot[at]) /* the more frequent one of the same hash has it */
            continue;
        slot[at] = word.lower | (uint64_t)coarse[id] << 32 | (uint64_t)fine[id] << 48;
        used++;
    }
    model_put_u32(out, used);
    model_put_u32(out, slots);
    for (uint32_t i = 0; i < slots; i++)
        model_put_u64(out, slot[i]);
    mem_free(slot);
}

void plain_clusters(struct plain *plain, const struct plain_options *options,
                    struct buf *out)
{
    struct exchange_text text = {0};
    split_all(plain);
    struct rank *rank = renumber(plain, options->least_count, &text);
    uint16_t *coarse = mem_zero(text.words, sizeof *coarse);
    uint16_t *fine = mem_zero(text.words, sizeof *fine);
    exchange_run(&text, options->coarse, options->turns, coarse);
    exchange_run(&text, options->fine, options->turns, fine);
    write_section(plain, rank, text.words - EXCHANGE_RARE - 1, coarse, fine, out);
    mem_free(coarse);
    mem_free(fine);
    mem_free(rank);
}
