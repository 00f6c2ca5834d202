#include "broker/copies.h"

#include "broker/copies_ring.h"

#include "proto/base/arena.h"
#include "proto/base/buf.h"
#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "proto/wire/limits.h"
#include "proto/wire/record.h"

#include <stdio.h>

#define ROW     8  /* articles in a row of the journal */
#define WRITERS 64 /* other brokers that are told apart, the newest ones */

/* Another broker, and the newest of its articles that is known here. */
struct writer {
    uint32_t self;
    uint64_t number, ms;
};

struct copies {
    struct copies_options options;
    struct copies_ring *own; /* owned; NULL: nothing is remembered */
    struct copies_ring
        *others;    /* owned; what other brokers collected; NULL: none was heard */
    uint64_t saved; /* all of `own` up to it are in the journal */
    struct writer writer[WRITERS];
    uint32_t writers; /* in all, so that the next one's place is this % WRITERS */
    struct arena arena;
};

struct copies *copies_new(const struct copies_options *options)
{
    struct copies *c = mem_zero(1, sizeof *c);
    c->options = *options;
    if (c->options.most == 0)
        c->options.most = COPIES_MOST;
    if (options->window_ms)
        c->own = copies_ring_new(c->options.most);
    arena_init(&c->arena, (size_t)1 << 20);
    return c;
}

void copies_free(struct copies **copies)
{
    struct copies *c = *copies;
    if (c == NULL)
        return;
    copies_ring_free(&c->own);
    copies_ring_free(&c->others);
    arena_fini(&c->arena);
    mem_free(c);
    *copies = NULL;
}

static uint64_t since(const struct copies *c, uint64_t now_ms)
{
    return now_ms > c->options.window_ms ? now_ms - c->options.window_ms : 0;
}

static uint64_t hash_url(struct str url)
{
    return url.len ? hash64(url, 0) >> 1 | 1 : 0; /* a record's numbers have 63 bits */
}

struct str copies_find(struct copies *c, const struct copies_article *article)
{
    const struct sketch *sketch = article->sketch;
    uint64_t from = since(c, article->now_ms), url = hash_url(article->url);
    const struct copies_kept *oldest, *other = NULL;
    if (c->own == NULL || sketch->count < SKETCH_LEAST)
        return STR_NONE;
    oldest = copies_ring_find(c->own, sketch, c->options.least, from);
    if (c->others)
        other = copies_ring_find(c->others, sketch, c->options.least, from);
    if (other && (oldest == NULL || other->ms < oldest->ms))
        oldest = other;
    if (oldest == NULL || str_eq(oldest->id, article->id) || (url && oldest->url == url))
        return STR_NONE;
    return oldest->id;
}

uint64_t copies_add(struct copies *c, const struct copies_article *article)
{
    if (c->own == NULL || article->sketch->count < SKETCH_LEAST)
        return 0;
    const struct copies_kept kept = {.number = copies_ring_last(c->own) + 1,
                                     .ms = article->now_ms,
                                     .url = hash_url(article->url),
                                     .id = article->id,
                                     .sketch = *article->sketch};
    copies_ring_put(c->own, &kept);
    return kept.number;
}

void copies_drop(struct copies *c, uint64_t number)
{
    if (c->own)
        copies_ring_drop(c->own, number);
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

/* "copies-ROW", or of a shared journal "copies-SELF-ROW". */
#define NAME_BYTES 32

static struct str row_name(const struct copies *c, uint32_t row, char name[NAME_BYTES])
{
    int len = c->options.self
                  ? snprintf(name, NAME_BYTES, "copies-%08x-%u", c->options.self, row)
                  : snprintf(name, NAME_BYTES, "copies-%u", row);
    return str_make(name, (size_t)len);
}

static int save_row(const struct copies *c, uint64_t first, struct journal *journal,
                    struct err *err)
{
    struct row_article article[ROW];
    char name[NAME_BYTES], sketch[ROW][SKETCH_BYTES];
    struct row row = {.articles = {.item = article}};
    struct buf bytes = {0};
    for (uint64_t n = first; n < first + ROW && n <= copies_ring_last(c->own); n++) {
        const struct copies_kept *kept = copies_ring_at(c->own, n);
        uint32_t at = row.articles.count;
        if (kept == NULL)
            continue;
        article[at] = (struct row_article){
            .number = n, .ms = kept->ms, .url = kept->url, .id = kept->id};
        article[at].sketch =
            str_make(sketch[at], sketch_encode(&kept->sketch, sketch[at]));
        row.articles.count++;
    }
    record_encode(&row_table, &row, &bytes);
    int rc = journal_keep(journal, row_name(c, (uint32_t)(first / ROW % rows(c)), name),
                          buf_str(&bytes), err);
    buf_fini(&bytes);
    return rc;
}

int copies_save(struct copies *c, struct journal *journal, struct err *err)
{
    uint64_t last = c->own ? copies_ring_last(c->own) : 0;
    while (c->saved < last) {
        uint64_t first = (c->saved + 1) / ROW * ROW;
        int rc = save_row(c, first, journal, err);
        if (rc < 0)
            return rc;
        c->saved = first + ROW - 1 < last ? first + ROW - 1 : last;
    }
    return 0;
}

static uint64_t first_of(const struct row *row)
{
    return ((const struct row_article *)row->articles.item)->number;
}

/* The row, checked as a whole: its articles follow each other. False: it is none. */
static bool read_row(struct copies *c, struct str bytes, struct row *out)
{
    uint64_t before = 0;
    arena_reset(&c->arena);
    if (record_decode(&row_table, arena_str(&c->arena, bytes), &c->arena, out, NULL) < 0)
        return false;
    const struct row_article *article = out->articles.item;
    for (uint32_t i = 0; i < out->articles.count; i++) {
        struct sketch sketch;
        uint64_t number = article[i].number;
        if (number <= before || number / ROW != article[0].number / ROW ||
            article[i].id.len == 0 || !sketch_decode(article[i].sketch, &sketch))
            return false;
        before = number;
    }
    return out->articles.count > 0;
}

/* 1, 0 it is none or does not belong here, ERR_NOTFOUND. */
static int read_own(struct copies *c, uint32_t at, struct journal *journal,
                    struct row *out)
{
    struct str bytes;
    char name[NAME_BYTES];
    if (journal_kept(journal, row_name(c, at, name), &bytes) != 1)
        return ERR_NOTFOUND;
    return read_row(c, bytes, out) && first_of(out) / ROW % rows(c) == at;
}

static void put(struct copies_ring *ring, const struct row_article *article,
                uint64_t number)
{
    struct copies_kept kept = {
        .number = number, .ms = article->ms, .url = article->url, .id = article->id};
    sketch_decode(article->sketch, &kept.sketch);
    copies_ring_put(ring, &kept);
}

/* How many of it are remembered. */
static uint32_t take_own(struct copies *c, const struct row *row, uint64_t from_ms)
{
    uint32_t count = 0;
    const struct row_article *article = row->articles.item;
    for (uint32_t i = 0; i < row->articles.count; i++) {
        if (article[i].ms >= from_ms) {
            put(c->own, &article[i], article[i].number);
            count++;
        }
        copies_ring_skip(c->own, article[i].number);
    }
    return count;
}

uint32_t copies_load(struct copies *c, struct journal *journal, uint64_t now_ms)
{
    struct row row;
    uint32_t begin = 0, count = 0, there = 0;
    uint64_t newest = 0;
    int rc = 0;
    if (c->own == NULL)
        return 0;
    /* Rows are a ring, filled from 0 on: behind the newest stand the oldest. */
    for (; there < rows(c) && rc != ERR_NOTFOUND; there++) {
        rc = read_own(c, there, journal, &row);
        if (rc == 1 && first_of(&row) > newest) {
            newest = first_of(&row);
            begin = there + 1;
        }
    }
    for (uint32_t i = 0; newest && i < there; i++) {
        if (read_own(c, (begin + i) % there, journal, &row) == 1 &&
            first_of(&row) > copies_ring_last(c->own) &&
            first_of(&row) + c->options.most > newest)
            count += take_own(c, &row, since(c, now_ms));
    }
    c->saved = copies_ring_last(c->own);
    return count;
}

/* ---- of other brokers ---- */

/* "copies-SELF-ROW" of another broker: whose; or 0. */
static uint32_t other_of(const struct copies *c, struct str name)
{
    static const struct str prefix = {"copies-", 7};
    uint32_t self = 0;
    if (!str_starts(name, prefix) || name.len < prefix.len + 9 ||
        name.ptr[prefix.len + 8] != '-')
        return 0;
    for (size_t i = prefix.len; i < prefix.len + 8; i++) {
        const char *digits = "0123456789abcdef", *at = strchr(digits, name.ptr[i]);
        if (name.ptr[i] == '\0' || at == NULL)
            return 0;
        self = self << 4 | (uint32_t)(at - digits);
    }
    return self == c->options.self ? 0 : self;
}

static struct writer *writer_of(struct copies *c, uint32_t self)
{
    for (uint32_t i = 0; i < WRITERS && i < c->writers; i++)
        if (c->writer[i].self == self)
            return &c->writer[i];
    struct writer *writer = &c->writer[c->writers++ % WRITERS];
    *writer = (struct writer){.self = self};
    return writer;
}

void copies_hear(struct copies *c, struct str name, struct str bytes, uint64_t now_ms)
{
    struct row row;
    uint32_t self = c->options.self ? other_of(c, name) : 0;
    if (self == 0 || c->own == NULL || !read_row(c, bytes, &row))
        return;
    struct writer *writer = writer_of(c, self);
    const struct row_article *article = row.articles.item;
    for (uint32_t i = 0; i < row.articles.count; i++) {
        /* A row is heard again as it fills. One that lost its rows counts from 1 anew. */
        if (article[i].number <= writer->number && article[i].ms <= writer->ms)
            continue;
        writer->number = article[i].number;
        writer->ms = article[i].ms;
        if (article[i].ms < since(c, now_ms))
            continue;
        if (c->others == NULL)
            c->others = copies_ring_new(c->options.most);
        put(c->others, &article[i], copies_ring_last(c->others) + 1);
    }
}
