#include "broker/copies.h"

#include "proto/base/buf.h"
#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "proto/wire/limits.h"
#include "proto/wire/record.h"

#include <assert.h>
#include <stdio.h>

#define HEAD_BITS  20
#define HEADS      (1u << HEAD_BITS)
#define ROW        8           /* articles in a row of the journal */
#define HITS       4096        /* a power of two above SKETCH_VALUES * COPIES_CHAIN */
#define HITS_LEAST 3           /* values in common, before more is looked at */
#define MIX        0x9e3779b1u /* 2^32 over the golden ratio: odd */

struct slot {
    uint64_t number; /* of the article, from 1; 0: dropped, or never used */
    uint64_t ms, url;
    char *id; /* owned */
    size_t id_len;
    struct sketch sketch;
};

/* How many values an article has in common with the one that is looked up. */
struct hit {
    uint64_t number;
    uint32_t look, count;
};

/* Articles are numbered as they come; number n stands in slot n % most until n + most
 * does. Value j of article n is the node n * SKETCH_VALUES + j (below 2^32: numbers come
 * round); nodes of one hash are a chain from the newest to the oldest. A chain is left
 * where it reaches an article that is gone: all behind it are. */
struct copies {
    struct copies_options options;
    struct slot *slot;
    uint32_t *head; /* node + 1; 0: none */
    uint32_t *next;
    uint64_t last;  /* number given out last */
    uint64_t saved; /* all up to it are in the journal */
    struct hit hit[HITS];
    uint32_t look;
};

struct copies *copies_new(const struct copies_options *options)
{
    struct copies *c = mem_zero(1, sizeof *c);
    c->options = *options;
    if (c->options.most == 0)
        c->options.most = COPIES_MOST;
    assert((c->options.most & (c->options.most - 1)) == 0);
    if (options->window_ms) {
        c->slot = mem_zero(c->options.most, sizeof *c->slot);
        c->head = mem_zero(HEADS, sizeof *c->head);
        c->next = mem_zero((size_t)c->options.most * SKETCH_VALUES, sizeof *c->next);
    }
    return c;
}

void copies_free(struct copies **copies)
{
    struct copies *c = *copies;
    if (c == NULL)
        return;
    for (uint32_t i = 0; c->slot && i < c->options.most; i++)
        mem_free(c->slot[i].id);
    mem_free(c->slot);
    mem_free(c->head);
    mem_free(c->next);
    mem_free(c);
    *copies = NULL;
}

static struct slot *slot_of(const struct copies *c, uint64_t number)
{
    return &c->slot[number & (c->options.most - 1)];
}

static uint32_t *head_of(const struct copies *c, uint32_t value)
{
    return &c->head[(value * MIX) >> (32 - HEAD_BITS)];
}

/* ---- looking up ---- */

static uint32_t count_hit(struct copies *c, uint64_t number)
{
    uint32_t at = (uint32_t)number * MIX & (HITS - 1);
    while (c->hit[at].look == c->look && c->hit[at].number != number)
        at = (at + 1) & (HITS - 1);
    if (c->hit[at].look != c->look)
        c->hit[at] = (struct hit){number, c->look, 0};
    return ++c->hit[at].count;
}

static bool is_in_window(const struct copies *c, const struct slot *slot, uint64_t now_ms)
{
    return now_ms <= slot->ms || now_ms - slot->ms <= c->options.window_ms;
}

static uint64_t hash_url(struct str url)
{
    return url.len ? hash64(url, 0) >> 1 | 1 : 0; /* a record's numbers have 63 bits */
}

struct str copies_find(struct copies *c, const struct copies_article *article)
{
    uint64_t best = 0, url = hash_url(article->url);
    const struct sketch *sketch = article->sketch;
    if (c->slot == NULL || sketch->count < SKETCH_LEAST)
        return STR_NONE;
    c->look++;
    for (uint32_t j = 0; j < sketch->count; j++) {
        uint32_t node = *head_of(c, sketch->value[j]);
        for (uint32_t steps = 0; node && steps < COPIES_CHAIN; steps++) {
            uint32_t back = ((uint32_t)c->last - (node - 1) / SKETCH_VALUES) &
                            (UINT32_MAX / SKETCH_VALUES);
            uint64_t number = c->last - back;
            const struct slot *slot = slot_of(c, number);
            if (back >= c->options.most || back >= c->last)
                break;
            if (slot->number == number && (best == 0 || number < best) &&
                slot->sketch.value[(node - 1) % SKETCH_VALUES] == sketch->value[j] &&
                count_hit(c, number) == HITS_LEAST &&
                is_in_window(c, slot, article->now_ms) &&
                sketch_share(sketch, &slot->sketch) >= (int)c->options.least)
                best = number;
            node = c->next[(node - 1) & (c->options.most * SKETCH_VALUES - 1)];
        }
    }
    if (best == 0)
        return STR_NONE;
    const struct slot *slot = slot_of(c, best);
    struct str id = str_make(slot->id, slot->id_len);
    bool same = str_eq(id, article->id) || (url && slot->url == url);
    return same ? STR_NONE : id;
}

/* ---- remembering ---- */

static void put_slot(struct copies *c, uint64_t number, struct str id, uint64_t url,
                     uint64_t ms, const struct sketch *sketch)
{
    struct slot *slot = slot_of(c, number);
    mem_free(slot->id);
    *slot = (struct slot){.number = number,
                          .ms = ms,
                          .url = url,
                          .id = mem_copy(id.ptr, id.len),
                          .id_len = id.len,
                          .sketch = *sketch};
    for (uint32_t j = 0; j < sketch->count; j++) {
        uint32_t node = (uint32_t)number * SKETCH_VALUES + j;
        uint32_t *head = head_of(c, sketch->value[j]);
        c->next[node & (c->options.most * SKETCH_VALUES - 1)] = *head;
        *head = node + 1;
    }
}

uint64_t copies_add(struct copies *c, const struct copies_article *article)
{
    if (c->slot == NULL || article->sketch->count < SKETCH_LEAST)
        return 0;
    put_slot(c, ++c->last, article->id, hash_url(article->url), article->now_ms,
             article->sketch);
    return c->last;
}

void copies_drop(struct copies *c, uint64_t number)
{
    if (number && slot_of(c, number)->number == number)
        slot_of(c, number)->number = 0;
}

/* ---- in the journal ---- */

/* Row r of the journal has ROW articles that follow each other, the first of them
 * `first`, a multiple of ROW; r is first / ROW % rows. */
struct row_article {
    uint64_t number, ms, url;
    struct str id, sketch;
};
struct row {
    struct record_list articles;
};

#define FIELD(record, kind, name, most)                                                  \
    {                                                                                    \
        .key = #name, .type = RECORD_##kind, .offset = offsetof(struct record, name),    \
        .required = true, .max_bytes = most                                              \
    }
static const struct record_field row_article_fields[] = {
    FIELD(row_article, U64, number, 0),
    FIELD(row_article, U64, ms, 0),
    FIELD(row_article, U64, url, 0),
    FIELD(row_article, STR, id, LIMIT_ID_BYTES),
    FIELD(row_article, BIN, sketch, SKETCH_BYTES),
    {0},
};
static const struct record_table row_article_table = {
    "copies.article", sizeof(struct row_article), RECORD_REFUSE, row_article_fields};
static const struct record_field row_fields[] = {
    {.key = "articles",
     .type = RECORD_LIST,
     .offset = offsetof(struct row, articles),
     .required = true,
     .sub = &row_article_table},
    {0},
};
static const struct record_table row_table = {"copies", sizeof(struct row), RECORD_REFUSE,
                                              row_fields};

static uint32_t rows(const struct copies *c)
{
    return c->options.most / ROW;
}

static struct str row_name(uint32_t row, char name[16])
{
    return str_make(name, (size_t)snprintf(name, 16, "copies-%u", row));
}

static int save_row(const struct copies *c, uint64_t first, struct journal *journal,
                    struct err *err)
{
    struct row_article article[ROW];
    char name[16], sketch[ROW][SKETCH_BYTES];
    struct row row = {.articles = {.item = article}};
    struct buf bytes = {0};
    for (uint64_t n = first; n < first + ROW && n <= c->last; n++) {
        const struct slot *slot = slot_of(c, n);
        uint32_t at = row.articles.count;
        if (n == 0 || slot->number != n)
            continue;
        article[at] = (struct row_article){.number = n,
                                           .ms = slot->ms,
                                           .url = slot->url,
                                           .id = str_make(slot->id, slot->id_len)};
        article[at].sketch =
            str_make(sketch[at], sketch_encode(&slot->sketch, sketch[at]));
        row.articles.count++;
    }
    record_encode(&row_table, &row, &bytes);
    int rc = journal_keep(journal, row_name((uint32_t)(first / ROW % rows(c)), name),
                          buf_str(&bytes), err);
    buf_fini(&bytes);
    return rc;
}

int copies_save(struct copies *c, struct journal *journal, struct err *err)
{
    while (c->saved < c->last) {
        uint64_t first = (c->saved + 1) / ROW * ROW;
        int rc = save_row(c, first, journal, err);
        if (rc < 0)
            return rc;
        c->saved = first + ROW - 1 < c->last ? first + ROW - 1 : c->last;
    }
    return 0;
}

/* The row, checked as a whole: its articles follow each other and belong here. 1, 0 it is
 * none, ERR_NOTFOUND. */
static int read_row(const struct copies *c, uint32_t at, struct journal *journal,
                    struct arena *arena, struct row *out)
{
    struct str bytes;
    char name[16];
    uint64_t before = 0;
    arena_reset(arena);
    if (journal_kept(journal, row_name(at, name), &bytes) != 1)
        return ERR_NOTFOUND;
    if (record_decode(&row_table, arena_str(arena, bytes), arena, out, NULL) < 0)
        return 0;
    const struct row_article *article = out->articles.item;
    for (uint32_t i = 0; i < out->articles.count; i++) {
        struct sketch sketch;
        uint64_t number = article[i].number;
        if (number <= before || number / ROW % rows(c) != at ||
            number / ROW != article[0].number / ROW || article[i].id.len == 0 ||
            !sketch_decode(article[i].sketch, &sketch))
            return 0;
        before = number;
    }
    return out->articles.count > 0;
}

static uint64_t first_of(const struct row *row)
{
    return ((const struct row_article *)row->articles.item)->number;
}

/* How many of it are remembered. */
static uint32_t take_row(struct copies *c, const struct row *row, uint64_t now_ms)
{
    uint32_t count = 0;
    const struct row_article *article = row->articles.item;
    for (uint32_t i = 0; i < row->articles.count; i++) {
        struct sketch sketch;
        c->last = article[i].number;
        if (now_ms > article[i].ms && now_ms - article[i].ms > c->options.window_ms)
            continue;
        sketch_decode(article[i].sketch, &sketch);
        put_slot(c, c->last, article[i].id, article[i].url, article[i].ms, &sketch);
        count++;
    }
    return count;
}

uint32_t copies_load(struct copies *c, struct journal *journal, uint64_t now_ms)
{
    struct arena arena;
    struct row row;
    uint32_t begin = 0, count = 0, there = 0;
    uint64_t newest = 0;
    int rc = 0;
    if (c->slot == NULL)
        return 0;
    arena_init(&arena, (size_t)1 << 20);
    /* Rows are a ring, filled from 0 on: behind the newest stand the oldest. */
    for (; there < rows(c) && rc != ERR_NOTFOUND; there++) {
        rc = read_row(c, there, journal, &arena, &row);
        if (rc == 1 && first_of(&row) > newest) {
            newest = first_of(&row);
            begin = there + 1;
        }
    }
    for (uint32_t i = 0; newest && i < there; i++) {
        if (read_row(c, (begin + i) % there, journal, &arena, &row) == 1 &&
            first_of(&row) > c->last && first_of(&row) + c->options.most > newest)
            count += take_row(c, &row, now_ms);
    }
    c->saved = c->last;
    arena_fini(&arena);
    return count;
}
