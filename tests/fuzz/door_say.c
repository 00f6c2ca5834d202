#include "proto/wire/fact.h"
#include "tests/fuzz/door_private.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>

#define EXTRACTOR "fuzz-1"
#define TEXT      "Wali Kota meresmikan jembatan."

static void add_record(struct door *door, const struct record_table *table,
                       const void *record)
{
    struct buf bytes = {0};
    record_encode(table, record, &bytes);
    frames_add(&door->message, buf_str(&bytes));
    buf_fini(&bytes);
}

static struct door_lease *lease_at(struct door *door, unsigned which)
{
    return &door->lease[which % DOOR_LEASES];
}

void door_add_jobs(struct door *door, unsigned first, unsigned last)
{
    struct message_job job[DOOR_LEASES];
    struct message_jobs head = {.jobs = {.item = job}};
    for (unsigned i = first; i <= last && head.jobs.count < DOOR_LEASES; i++) {
        struct message_job *j = &job[head.jobs.count++];
        record_init(&message_job_table, j);
        j->lease = str_make(lease_at(door, i)->token, DISPATCH_TOKEN_BYTES);
        if (first & 0x80) { /* a FAIL's */
            j->code = STR("limit");
            j->text = STR("more than it can read");
        }
    }
    add_record(door, &message_jobs_table, &head);
}

static void make_article(unsigned number, char id[8], struct article *article)
{
    snprintf(id, 8, "a%u", number & 0x1f);
    record_init(&article_table, article);
    article->id = number & 0x80 ? STR_NONE : str_of(id);
    article->source = number & 0x40 ? STR("b.id") : STR("a.id");
    article->language = number & 0x20 ? STR_NONE : STR("id");
    article->text = STR(TEXT);
}

void door_add_article(struct door *door, unsigned number)
{
    struct article article;
    char id[8];
    make_article(number, id, &article);
    add_record(door, &article_table, &article);
}

static void add_facts(struct door *door, struct str id, struct buf *entry)
{
    struct article article;
    struct fact fact;
    char none[8];
    make_article(0, none, &article);
    article.id = id;
    fact_init(&fact, FACT_ARTICLE);
    fact.n = 0;
    fact.article = &article;
    fact.extractor = STR(EXTRACTOR);
    fact_make_id(&fact, id, STR(EXTRACTOR), &door->arena);
    buf_add_char(entry, '\x92');
    record_encode(fact_tables[FACT_ARTICLE], &fact, entry);
    article.text = STR_NONE;
    fact_init(&fact, FACT_ENTITY);
    fact.n = 1;
    fact.article = &article;
    fact.sentence = 0;
    fact.span = (struct span){0, 9};
    fact.text = fact.name = STR("Wali Kota");
    fact.confidence = 0.5;
    fact.type = FACT_PER;
    fact.mentions = (struct record_spans){&fact.span, 1, 1};
    fact_make_id(&fact, id, STR(EXTRACTOR), &door->arena);
    record_encode(fact_tables[FACT_ENTITY], &fact, entry);
}

void door_add_entry(struct door *door, unsigned lease, unsigned at, unsigned flip)
{
    struct buf entry = {0};
    arena_reset(&door->arena);
    add_facts(door, str_of(lease_at(door, lease)->article), &entry);
    entry.ptr[at % entry.len] ^= (char)flip;
    frames_add(&door->message, buf_str(&entry));
    buf_fini(&entry);
}

void door_add_ready(struct door *door, unsigned credit)
{
    struct message_ready ready;
    record_init(&message_ready_table, &ready);
    ready.name = credit & 0x80 ? STR("fuzz/2") : STR("fuzz/1");
    ready.extractor = STR(EXTRACTOR);
    ready.credit = credit & 0x7f;
    add_record(door, &message_ready_table, &ready);
}

void door_add_from(struct door *door)
{
    static const char *const places[] = {"\xa5"
                                         "first",
                                         "\xa3"
                                         "new",
                                         "\xa4"
                                         "mark"};
    struct message_from from;
    unsigned place = door_u8(door), credit = door_u8(door), name = door_u8(door);
    char number = (char)(place & 0x7f);
    struct str kind = STR("entity");
    record_init(&message_from_table, &from);
    from.from_raw = place & 0x80 ? str_of(places[place % 3]) : str_make(&number, 1);
    from.credit = credit;
    if (name & 1)
        from.name = STR("reader");
    if (name & 2)
        from.kinds = (struct record_strs){&kind, 1, 1};
    add_record(door, &message_from_table, &from);
}
