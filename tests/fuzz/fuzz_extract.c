/* Any bytes as an article's text, all the way to an entry: the broker takes it, every
 * span is cut between characters and lies in its sentence, facts stand in order, and the
 * same text gives the same bytes. The first byte chooses whether the language is said and
 * whether the text is read twice. */
#include "tests/fuzz/fuzz.h"

#include "broker/collect.h"
#include "proto/base/utf8.h"
#include "proto/wire/limits.h"
#include "proto/wire/scan.h"
#include "worker/job.h"

#define MEMORY_BYTES ((uint64_t)64 << 20)

enum { SAID = 1, TWICE = 2 };

static struct job *job_of(void)
{
    static const struct job_options options = {.memory_bytes = MEMORY_BYTES};
    static struct job *job; /* opened once: packs and models never change */
    if (job == NULL)
        fuzz_require(job_open(&options, &job, NULL) == 0);
    return job;
}

static bool is_cut(struct str text, uint32_t at)
{
    return at == text.len || ((unsigned char)text.ptr[at] & 0xc0) != 0x80;
}

static void check_span(struct str text, struct span span)
{
    if (!span_is(span))
        return;
    fuzz_require(span.begin < span.end && span.end <= text.len);
    fuzz_require(is_cut(text, span.begin) && is_cut(text, span.end));
}

static void check_fact(const struct fact *article, const struct fact *fact)
{
    struct str text = article->article->text;
    const struct span *sentence = &article->sentences.item[fact->sentence];
    fuzz_require(fact->sentence < article->sentences.count);
    check_span(text, fact->span);
    check_span(text, fact->content);
    check_span(text, fact->trigger);
    fuzz_require(fact->span.begin >= sentence->begin && fact->span.begin < sentence->end);
    for (uint32_t i = 0; i < fact->mentions.count; i++)
        check_span(text, fact->mentions.item[i]);
    fuzz_require(fact->confidence >= 0 && fact->confidence <= 1);
}

static void check_records(struct str entry, struct arena *arena)
{
    struct scan_value array, value;
    struct fact article, fact;
    struct scan outer = scan_begin(entry);
    uint32_t n = 0, begin = 0;
    fuzz_require(scan_next(&outer, &array) == 1);
    struct scan inner = scan_inside(&array);
    for (; scan_next(&inner, &value) == 1; n++) {
        fuzz_require(fact_decode(value.raw, arena, n ? &fact : &article, NULL) == 0);
        if (n == 0)
            continue;
        check_fact(&article, &fact);
        fuzz_require(fact.n == n && fact.span.begin >= begin);
        begin = fact.span.begin;
    }
    fuzz_require(n <= LIMIT_FACTS + 1);
    for (uint32_t i = 0; i < article.sentences.count; i++)
        check_span(article.article->text, article.sentences.item[i]);
}

static void check(struct str entry)
{
    const struct collect_job job = {
        .seq = 1, .id = STR("a"), .extractor = str_of(job_extractor(job_of()))};
    struct arena arena;
    struct err err = {0};
    uint32_t facts;
    arena_init(&arena, MEMORY_BYTES);
    fuzz_require(entry.len <= LIMIT_ENTRY_BYTES);
    fuzz_require(collect_check(&job, entry, &arena, &facts, &err) == 0);
    arena_reset(&arena);
    check_records(entry, &arena);
    arena_fini(&arena);
}

/* From a frame, as the broker sends it. */
static void run(const struct article *article, bool twice)
{
    struct buf frame = {0}, first = {0};
    struct str entry;
    struct err err = {0};
    record_encode(&article_loose_table, article, &frame);
    int rc = job_run(job_of(), buf_str(&frame), &entry, &err);
    if (rc == 0)
        check(entry);
    else
        fuzz_check_err(rc, &err);
    if (rc == 0 && twice) {
        buf_add_str(&first, entry);
        fuzz_require(job_run(job_of(), buf_str(&frame), &entry, &err) == 0);
        fuzz_require(str_eq(buf_str(&first), entry));
    }
    buf_fini(&first);
    buf_fini(&frame);
}

/* From memory, where text may be anything. */
static void read_any(const struct article *article)
{
    struct extract_entry entry;
    struct err err = {0};
    int rc = job_read(job_of(), article, &entry, &err);
    if (rc != 0)
        fuzz_check_err(rc, &err);
    for (uint32_t i = 1; i < entry.count; i++)
        check_fact(&entry.fact[0], &entry.fact[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    struct article article;
    if (len < 2)
        return 0;
    record_init(&article_loose_table, &article);
    article.id = STR("a");
    article.text = str_make((const char *)bytes + 1, len - 1);
    article.language = bytes[0] & SAID ? STR("id") : STR_NONE;
    article.published = STR("2024-10-19T17:00:00+07:00");
    if (utf8_bad_at(article.text) == article.text.len)
        run(&article, bytes[0] & TWICE);
    else
        read_any(&article);
    return 0;
}
