#include "broker/collect.h"

#include "proto/base/map.h"
#include "proto/base/mem.h"
#include "proto/wire/fact.h"
#include "proto/wire/limits.h"
#include "proto/wire/scan.h"

/* Lists of one record, at most as many as an entry has bytes for. */
#define ARENA_BYTES ((size_t)256 * 1024 * 1024)

struct waiting {
    uint64_t seq;
    uint32_t facts;
    size_t entry_bytes;
    uint64_t number; /* among the copies */
    bool is_copy;
};

struct collect {
    struct journal *journal;
    struct map *by_ticket; /* ticket -> struct waiting */
    struct copies *copies;
    struct buf entry; /* one that was added to */
    struct arena arena;
    struct collect_metrics metrics;
};

struct collect *collect_new(struct journal *journal, const struct copies_options *copies,
                            uint64_t now_ms)
{
    struct collect *collect = mem_zero(1, sizeof *collect);
    *collect = (struct collect){.journal = journal,
                                .by_ticket = map_new(),
                                .copies = copies_new(copies),
                                .metrics = METRIC_INIT(COLLECT_METRICS)};
    arena_init(&collect->arena, ARENA_BYTES);
    copies_load(collect->copies, journal, now_ms);
    return collect;
}

void collect_free(struct collect **collect)
{
    size_t cursor = 0;
    struct str key;
    uint64_t value;
    if (*collect == NULL)
        return;
    while (map_next((*collect)->by_ticket, &cursor, &key, &value))
        mem_free((void *)(uintptr_t)value);
    map_free(&(*collect)->by_ticket);
    copies_free(&(*collect)->copies);
    buf_fini(&(*collect)->entry);
    arena_fini(&(*collect)->arena);
    mem_free(*collect);
    *collect = NULL;
}

struct collect_metrics *collect_metrics(struct collect *collect)
{
    return &collect->metrics;
}

uint64_t collect_waiting(const struct collect *collect)
{
    return collect->metrics.waiting.value;
}

/* ---- the contract ---- */

static int check_article(const struct fact *record, const struct collect_job *job,
                         struct err *err)
{
    if (record->kind != FACT_ARTICLE || record->article == NULL ||
        record->article->text.ptr == NULL)
        return err_set(err, ERR_FIELD, "the first record is not the article's");
    if (!str_eq(record->article->id, job->id))
        return err_set(err, ERR_FIELD, "the entry is of another article");
    if (!str_eq(record->extractor, job->extractor))
        return err_set(err, ERR_FIELD, "extractor is not the one READY named");
    if (record->copy_of.ptr)
        return err_set(err, ERR_FIELD, "copy_of is the broker's to say");
    return 0;
}

static int check_fact(const struct fact *record, const struct collect_job *job,
                      struct err *err)
{
    if (record->kind == FACT_ARTICLE)
        return err_set(err, ERR_FIELD, "a second article record");
    if (record->article == NULL || !str_eq(record->article->id, job->id))
        return err_set(err, ERR_FIELD, "a fact of another article");
    return 0;
}

struct check {
    const struct collect_job *job;
    struct arena *arena;
    struct str text, url;  /* of the article, once its record is read */
    struct fact_last last; /* what the facts' articles are compared with */
};

static int check_record(struct check *check, const struct scan_value *map, uint32_t n,
                        struct err *err)
{
    struct fact record;
    const struct collect_job *job = check->job;
    int rc = fact_decode_checked(map, &check->last, check->arena, &record, err);
    if (rc == 0 && record.n != n)
        rc = err_set(err, ERR_FIELD, "n does not count up from 0");
    if (rc == 0)
        rc = n == 0 ? check_article(&record, job, err) : check_fact(&record, job, err);
    if (rc == 0 && n == 0) {
        check->text = record.article->text;
        check->url = record.article->url;
    }
    if (rc == 0)
        rc = fact_check(&record, check->text, err);
    return rc < 0 ? err_prefix(err, "record %u", n) : 0;
}

static int check_entry(struct check *check, struct str entry, uint32_t *facts_out,
                       struct err *err)
{
    const struct scan_limits limits = {LIMIT_DEPTH, LIMIT_OBJECTS};
    struct scan_value array, value;
    int rc;
    if (entry.len > LIMIT_ENTRY_BYTES)
        return err_set(err, ERR_LIMIT, "an entry has at most %d bytes",
                       LIMIT_ENTRY_BYTES);
    if ((rc = scan_check(entry, &limits, err)) < 0)
        return rc;
    struct scan outer = scan_begin(entry);
    if (scan_next(&outer, &array) != 1 || array.type != SCAN_ARRAY || array.count == 0)
        return err_set(err, ERR_FORMAT, "an entry is an array of records");
    if (array.count > LIMIT_FACTS + 1)
        return err_set(err, ERR_LIMIT, "an entry has at most %d facts", LIMIT_FACTS);
    struct scan inner = scan_inside(&array);
    for (uint32_t n = 0; n < array.count; n++) {
        arena_reset(check->arena);
        if (scan_next(&inner, &value) != 1 || value.type != SCAN_MAP)
            return err_set(err, ERR_FORMAT, "record %u is not a map", n);
        if ((rc = check_record(check, &value, n, err)) < 0)
            return rc;
    }
    *facts_out = array.count - 1;
    return 0;
}

int collect_check(const struct collect_job *job, struct str entry, struct arena *arena,
                  uint32_t *facts_out, struct err *err)
{
    struct check check = {.job = job, .arena = arena};
    return check_entry(&check, entry, facts_out, err);
}

/* ---- the way into the journal ---- */

/* Longer is "copy_of" in no entry. */
#define COPY_OF_BYTES (LIMIT_ID_BYTES + 16)

/* The entry as it is to be stored, and what is to be known of it when it settles. */
static struct str note_copy(struct collect *collect, const struct collect_job *job,
                            struct str url, struct str entry, struct waiting *waiting)
{
    struct sketch sketch;
    const struct copies_article article = {job->id, url, &sketch, job->now_ms};
    sketch_decode(job->sketch, &sketch); /* that it is one was checked */
    struct str of = copies_find(collect->copies, &article);
    if (of.ptr && entry.len + COPY_OF_BYTES <= LIMIT_ENTRY_BYTES) {
        buf_clear(&collect->entry);
        fact_add_copy_of(entry, of, &collect->entry);
        entry = buf_str(&collect->entry);
        waiting->is_copy = true;
    }
    waiting->number = copies_add(collect->copies, &article);
    return entry;
}

void collect_hear(struct collect *collect, struct str name, struct str bytes,
                  uint64_t now_ms)
{
    copies_hear(collect->copies, name, bytes, now_ms);
}

int collect_flush(struct collect *collect, struct err *err)
{
    return copies_save(collect->copies, collect->journal, err);
}

int collect_entry(struct collect *collect, const struct collect_job *job,
                  struct str entry, struct err *err)
{
    char id[17];
    uint64_t ticket;
    struct sketch sketch;
    struct check check = {.job = job, .arena = &collect->arena};
    struct waiting found = {.seq = job->seq};
    int rc = check_entry(&check, entry, &found.facts, err);
    if (rc == 0 && !sketch_decode(job->sketch, &sketch))
        rc = err_set(err, ERR_FORMAT, "sketch is none");
    if (rc < 0) {
        collect->metrics.refused.value++;
        return rc;
    }
    entry = note_copy(collect, job, check.url, entry, &found);
    found.entry_bytes = entry.len;
    fact_entry_id(job->id, job->extractor, id);
    rc = journal_append(collect->journal, JOURNAL_FACTS, str_of(id), entry, &ticket, err);
    if (rc < 0) {
        collect->metrics.lost.value++;
        copies_drop(collect->copies, found.number);
        return rc;
    }
    struct waiting *waiting = mem_alloc(sizeof *waiting);
    *waiting = found;
    map_put(collect->by_ticket, str_make((const char *)&ticket, sizeof ticket),
            (uint64_t)(uintptr_t)waiting);
    collect->metrics.waiting.value++;
    return 0;
}

static void count(struct collect_metrics *metrics, const struct journal_outcome *outcome,
                  const struct waiting *waiting)
{
    metrics->waiting.value--;
    if (outcome->error < 0) {
        metrics->lost.value++;
    } else if (outcome->duplicate) {
        metrics->duplicate.value++;
    } else {
        metrics->entries.value++;
        metrics->facts.value += waiting->facts;
        metrics->copies.value += waiting->is_copy;
        metrics->bytes.value += waiting->entry_bytes;
    }
}

int collect_settled(struct collect *collect, const struct journal_outcome *outcome,
                    uint64_t *seq_out)
{
    uint64_t value;
    struct str key = str_make((const char *)&outcome->ticket, sizeof outcome->ticket);
    if (!map_get(collect->by_ticket, key, &value))
        return 0;
    map_del(collect->by_ticket, key);
    struct waiting *waiting = (struct waiting *)(uintptr_t)value;
    count(&collect->metrics, outcome, waiting);
    if (outcome->error < 0 || outcome->duplicate) /* of a duplicate, the first is known */
        copies_drop(collect->copies, waiting->number);
    *seq_out = waiting->seq;
    mem_free(waiting);
    return outcome->error == 0;
}
