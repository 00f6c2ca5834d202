#include "worker/sink/rows.h"

#include "proto/wire/limits.h"
#include "proto/wire/scan.h"

#include <assert.h>
#include <math.h>

#define DAY_BYTES 10 /* YYYY-MM-DD */

/* In the order of schema.sql. */
#define ARTICLE_COLUMNS(X)                                                               \
    X(seq)                                                                               \
    X(id)                                                                                \
    X(record) X(url) X(source) X(title) X(author) X(published) X(fetched) X(day)         \
        X(language) X(extractor) X(text) X(sentences) X(boilerplate) X(copy_of)
#define FACT_COLUMNS(X)                                                                  \
    X(fact)                                                                              \
    X(seq)                                                                               \
    X(n) X(kind) X(id) X(sentence) X(sentence_begin) X(sentence_end) X(span_begin)       \
        X(span_end) X(text) X(confidence) X(day) X(type) X(name) X(country) X(time)      \
            X(place) X(modality) X(source_name) X(source_text) X(source_cue)             \
                X(source_via) X(value) X(low) X(high) X(bound) X(unit) X(noun) X(holder) \
                    X(about) X(change) X(speaker) X(speaker_text) X(direct) X(cue)       \
                        X(content_begin) X(content_end) X(person) X(title)               \
                            X(organisation) X(former) X(trigger_begin) X(trigger_end)    \
                                X(lemma) X(actors) X(targets) X(actor_text)              \
                                    X(target_text) X(object)

#define NAME(column)          #column,
#define ARTICLE_PLACE(column) OF_##column,
#define FACT_PLACE(column)    IN_##column,
enum { ARTICLE_COLUMNS(ARTICLE_PLACE) ARTICLE_COUNT };
enum { FACT_COLUMNS(FACT_PLACE) FACT_COUNT };
static const char *const article_columns[] = {ARTICLE_COLUMNS(NAME)};
static const char *const fact_columns[] = {FACT_COLUMNS(NAME)};
static const char *const name_columns[] = {"fact", "part", "i", "name"};
static const char *const mention_columns[] = {"fact", "i", "mention_begin",
                                              "mention_end"};

const struct rows_columns rows_columns[ROWS_TABLES] = {
    [ROWS_ARTICLES] = {"articles", article_columns, ARTICLE_COUNT},
    [ROWS_FACTS] = {"facts", fact_columns, FACT_COUNT},
    [ROWS_NAMES] = {"names", name_columns, 4},
    [ROWS_MENTIONS] = {"mentions", mention_columns, 4},
};
_Static_assert(FACT_COUNT <= ROWS_MOST, "a row has room for all columns");

/* What writes the rows of one entry. */
struct writer {
    const struct rows *rows;
    struct arena *arena;
    rows_add *add;
    void *context;
};

static struct rows_value integer(uint64_t value)
{
    return (struct rows_value){.type = ROWS_INTEGER, .integer = (int64_t)value};
}

static struct rows_value real(double value)
{
    return (struct rows_value){.type = isnan(value) ? ROWS_NULL : ROWS_REAL,
                               .real = value};
}

/* PostgreSQL takes no NUL in a text, and SQLite's functions end at one. */
static struct rows_value text(const struct writer *w, struct str s)
{
    if (s.ptr == NULL)
        return (struct rows_value){.type = ROWS_NULL};
    if (s.len && memchr(s.ptr, '\0', s.len)) {
        char *copy = arena_alloc(w->arena, s.len);
        for (size_t i = 0; i < s.len; i++)
            copy[i] = s.ptr[i] ? s.ptr[i] : '\x1a';
        s.ptr = copy;
    }
    return (struct rows_value){.type = ROWS_TEXT, .text = s};
}

static struct rows_value truth(enum record_bool value)
{
    return value == RECORD_UNSET ? (struct rows_value){.type = ROWS_NULL}
                                 : integer(value == RECORD_TRUE);
}

/* The word an enum field of a kind stands for. */
static struct rows_value word(enum fact_kind kind, const char *key, int value)
{
    const struct record_field *field = fact_tables[kind]->field;
    while (value && field->key && strcmp(field->key, key) != 0)
        field++;
    if (value == 0 || field->key == NULL)
        return (struct rows_value){.type = ROWS_NULL};
    assert(field->names);
    return (struct rows_value){.type = ROWS_TEXT, .text = str_of(field->names[value])};
}

static void put_span(struct span span, struct rows_value *begin, struct rows_value *end)
{
    if (span_is(span)) {
        *begin = integer(span.begin);
        *end = integer(span.end);
    }
}

static struct rows_value spans(const struct writer *w, const struct record_spans *list)
{
    struct buf out = {0};
    if (list->count == 0)
        return (struct rows_value){.type = ROWS_NULL};
    for (uint32_t i = 0; i < list->count; i++)
        buf_printf(&out, "%s[%u,%u]", i ? "," : "[", list->item[i].begin,
                   list->item[i].end);
    buf_add_char(&out, ']');
    struct str copy = arena_str(w->arena, buf_str(&out));
    buf_fini(&out);
    return (struct rows_value){.type = ROWS_TEXT, .text = copy};
}

static struct rows_value strings(const struct writer *w, const struct record_strs *list)
{
    struct buf out = {0};
    if (list->count == 0)
        return (struct rows_value){.type = ROWS_NULL};
    for (uint32_t i = 0; i < list->count; i++) {
        buf_add_char(&out, i ? ',' : '[');
        record_print_text(list->item[i], &out);
    }
    buf_add_char(&out, ']');
    struct str copy = arena_str(w->arena, buf_str(&out));
    buf_fini(&out);
    return (struct rows_value){.type = ROWS_TEXT, .text = copy};
}

/* The first ten bytes where they are a date's; else absent. */
static struct str day_of(struct str time)
{
    static const char shape[] = "0000-00-00";
    if (time.ptr == NULL || time.len < DAY_BYTES ||
        (time.len > DAY_BYTES && time.ptr[DAY_BYTES] >= '0' &&
         time.ptr[DAY_BYTES] <= '9'))
        return STR_NONE;
    for (int i = 0; i < DAY_BYTES; i++) {
        bool digit = time.ptr[i] >= '0' && time.ptr[i] <= '9';
        if (shape[i] == '0' ? !digit : time.ptr[i] != '-')
            return STR_NONE;
    }
    return str_slice(time, 0, DAY_BYTES);
}

static struct str day_of_article(const struct article *article)
{
    struct str day = day_of(article->published);
    return day.ptr ? day : day_of(article->fetched);
}

static int add_article(const struct writer *w, struct err *err)
{
    const struct fact *fact = &w->rows->article;
    const struct article *article = fact->article;
    struct rows_value v[ARTICLE_COUNT] = {
        [OF_seq] = integer(w->rows->seq),
        [OF_id] = text(w, article->id),
        [OF_record] = text(w, fact->id),
        [OF_url] = text(w, article->url),
        [OF_source] = text(w, article->source),
        [OF_title] = text(w, article->title),
        [OF_author] = text(w, article->author),
        [OF_published] = text(w, article->published),
        [OF_fetched] = text(w, article->fetched),
        [OF_day] = text(w, day_of_article(article)),
        [OF_language] = text(w, article->language),
        [OF_extractor] = text(w, fact->extractor),
        [OF_text] = text(w, article->text),
        [OF_sentences] = spans(w, &fact->sentences),
        [OF_boilerplate] = spans(w, &fact->boilerplate),
        [OF_copy_of] = text(w, fact->copy_of),
    };
    return w->add(w->context, ROWS_ARTICLES, v, err);
}

static void put_envelope(const struct writer *w, const struct fact *fact,
                         struct rows_value *v)
{
    const struct record_spans *sentences = &w->rows->article.sentences;
    struct str day = day_of(fact->time);
    v[IN_fact] = integer(w->rows->seq * ROWS_ENTRY + fact->n);
    v[IN_seq] = integer(w->rows->seq);
    v[IN_n] = integer(fact->n);
    v[IN_kind] = text(w, str_of(fact_kind_names[fact->kind]));
    v[IN_id] = text(w, fact->id);
    v[IN_sentence] = integer(fact->sentence);
    if (fact->sentence < sentences->count)
        put_span(sentences->item[fact->sentence], &v[IN_sentence_begin],
                 &v[IN_sentence_end]);
    put_span(fact->span, &v[IN_span_begin], &v[IN_span_end]);
    v[IN_text] = text(w, fact->text);
    v[IN_confidence] = real(fact->confidence);
    v[IN_day] = text(w, day.ptr ? day : day_of_article(w->rows->article.article));
}

static void put_circumstance(const struct writer *w, const struct fact *fact,
                             struct rows_value *v)
{
    v[IN_country] = text(w, fact->country);
    v[IN_time] = text(w, fact->time);
    v[IN_modality] = word(fact->kind, "modality", fact->modality);
    if (fact->place) {
        v[IN_place] = text(w, fact->place->name);
        if (fact->country.ptr == NULL)
            v[IN_country] = text(w, fact->place->country);
    }
    if (fact->attribution) {
        v[IN_source_name] = text(w, fact->attribution->name);
        v[IN_source_text] = text(w, fact->attribution->text);
        v[IN_source_cue] = text(w, fact->attribution->cue);
        v[IN_source_via] = strings(w, &fact->attribution->via);
    }
}

static void put_quantity(const struct writer *w, const struct fact *fact,
                         struct rows_value *v)
{
    v[IN_value] = real(fact->value);
    v[IN_low] = real(fact->low);
    v[IN_high] = real(fact->high);
    v[IN_bound] = word(FACT_QUANTITY, "bound", fact->bound);
    v[IN_unit] = text(w, fact->unit);
    v[IN_noun] = text(w, fact->noun);
    v[IN_holder] = text(w, fact->holder);
    v[IN_about] = text(w, fact->about);
    v[IN_change] = word(FACT_QUANTITY, "change", fact->change);
}

static void put_quote(const struct writer *w, const struct fact *fact,
                      struct rows_value *v)
{
    v[IN_speaker] = text(w, fact->speaker);
    v[IN_speaker_text] = text(w, fact->speaker_text);
    v[IN_direct] = truth(fact->direct);
    v[IN_cue] = text(w, fact->cue);
    put_span(fact->content, &v[IN_content_begin], &v[IN_content_end]);
}

static void put_role(const struct writer *w, const struct fact *fact,
                     struct rows_value *v)
{
    v[IN_person] = text(w, fact->person);
    v[IN_title] = text(w, fact->title);
    v[IN_organisation] = text(w, fact->organisation);
    v[IN_former] = truth(fact->former);
}

static void put_event(const struct writer *w, const struct fact *fact,
                      struct rows_value *v)
{
    v[IN_type] = word(FACT_EVENT, "type", fact->plover);
    put_span(fact->trigger, &v[IN_trigger_begin], &v[IN_trigger_end]);
    v[IN_lemma] = text(w, fact->lemma);
    v[IN_actors] = strings(w, &fact->actors);
    v[IN_targets] = strings(w, &fact->targets);
    v[IN_actor_text] = text(w, fact->actor_text);
    v[IN_target_text] = text(w, fact->target_text);
    v[IN_object] = text(w, fact->object);
}

static void put_kind(const struct writer *w, const struct fact *fact,
                     struct rows_value *v)
{
    switch ((enum fact_kind)fact->kind) {
    case FACT_ENTITY:
        v[IN_type] = word(FACT_ENTITY, "type", fact->type);
        v[IN_name] = text(w, fact->name);
        break;
    case FACT_TIME:
        v[IN_type] = word(FACT_TIME, "type", fact->time_type);
        v[IN_time] = text(w, fact->time_value);
        break;
    case FACT_QUANTITY:
        put_quantity(w, fact, v);
        break;
    case FACT_QUOTE:
        put_quote(w, fact, v);
        break;
    case FACT_ROLE:
        put_role(w, fact, v);
        break;
    case FACT_EVENT:
        put_event(w, fact, v);
        break;
    case FACT_NONE:
    case FACT_ARTICLE:
    case FACT_KINDS:
        assert(false && "a fact has a kind of its own");
    }
}

static int add_name(const struct writer *w, const struct fact *fact, const char *part,
                    uint32_t i, struct str name, struct err *err)
{
    if (name.ptr == NULL)
        return 0;
    const struct rows_value v[] = {integer(w->rows->seq * ROWS_ENTRY + fact->n),
                                   text(w, str_of(part)), integer(i), text(w, name)};
    return w->add(w->context, ROWS_NAMES, v, err);
}

static int add_names(const struct writer *w, const struct fact *fact, const char *part,
                     const struct record_strs *list, struct err *err)
{
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < list->count; i++)
        rc = add_name(w, fact, part, i, list->item[i], err);
    return rc;
}

static int add_all_names(const struct writer *w, const struct fact *fact, struct err *err)
{
    const struct fact_attribution *source = fact->attribution;
    int rc = add_name(w, fact, "entity", 0, fact->name, err);
    rc = rc ? rc : add_name(w, fact, "holder", 0, fact->holder, err);
    rc = rc ? rc : add_name(w, fact, "speaker", 0, fact->speaker, err);
    rc = rc ? rc : add_name(w, fact, "person", 0, fact->person, err);
    rc = rc ? rc : add_name(w, fact, "organisation", 0, fact->organisation, err);
    rc = rc ? rc : add_names(w, fact, "actor", &fact->actors, err);
    rc = rc ? rc : add_names(w, fact, "target", &fact->targets, err);
    if (rc == 0 && fact->place)
        rc = add_name(w, fact, "place", 0, fact->place->name, err);
    if (rc == 0 && source)
        rc = add_name(w, fact, "source", 0, source->name, err);
    if (rc == 0 && source)
        rc = add_names(w, fact, "via", &source->via, err);
    return rc;
}

static int add_mentions(const struct writer *w, const struct fact *fact, struct err *err)
{
    int rc = 0;
    for (uint32_t i = 0; rc == 0 && i < fact->mentions.count; i++) {
        struct rows_value v[] = {integer(w->rows->seq * ROWS_ENTRY + fact->n), integer(i),
                                 integer(fact->mentions.item[i].begin),
                                 integer(fact->mentions.item[i].end)};
        rc = w->add(w->context, ROWS_MENTIONS, v, err);
    }
    return rc;
}

static int add_fact(const struct writer *w, const struct fact *fact, struct err *err)
{
    struct rows_value v[FACT_COUNT] = {0};
    put_envelope(w, fact, v);
    put_circumstance(w, fact, v);
    put_kind(w, fact, v);
    int rc = w->add(w->context, ROWS_FACTS, v, err);
    rc = rc ? rc : add_all_names(w, fact, err);
    return rc ? rc : add_mentions(w, fact, err);
}

int rows_each(const struct rows *rows, struct arena *arena, rows_add *add, void *context,
              struct err *err)
{
    const struct writer w = {rows, arena, add, context};
    int rc = add_article(&w, err);
    for (uint32_t i = 0; rc == 0 && i < rows->count; i++)
        rc = add_fact(&w, &rows->item[i], err);
    return rc;
}

/* The envelope's promises within one entry: article first, one seq, n counting up. */
static int check_order(const struct rows *rows, const struct fact *fact, bool first,
                       uint64_t last_n, struct err *err)
{
    if (first != (fact->kind == FACT_ARTICLE))
        return err_set(err, ERR_FIELD, "the article record does not stand first");
    if (fact->seq == UINT64_MAX || fact->seq > INT64_MAX / ROWS_ENTRY)
        return err_set(err, ERR_FIELD, "seq is missing or too large");
    if (first)
        return 0;
    if (fact->seq != rows->seq)
        return err_set(err, ERR_FIELD, "records of one entry have several seq");
    if (fact->n <= last_n || fact->n >= ROWS_ENTRY)
        return err_set(err, ERR_FIELD, "n does not count up");
    return 0;
}

int rows_read(struct str entry, struct arena *arena, struct rows *out, struct err *err)
{
    struct scan all = scan_begin(entry);
    struct scan_value list, record;
    uint64_t last_n = 0;
    *out = (struct rows){0};
    if (scan_check(entry, &(struct scan_limits){LIMIT_DEPTH, LIMIT_OBJECTS}, err) < 0)
        return err_prefix(err, "entry");
    if (scan_next(&all, &list) != 1 || list.type != SCAN_ARRAY || list.count == 0)
        return err_set(err, ERR_FORMAT, "entry is not an array of records");
    struct scan inside = scan_inside(&list);
    for (bool first = true; scan_next(&inside, &record) == 1; first = false) {
        struct fact fact;
        int rc = fact_decode_checked(&record, &out->last, arena, &fact, err);
        rc = rc ? rc : check_order(out, &fact, first, last_n, err);
        if (rc < 0)
            return rc;
        last_n = fact.n;
        out->seq = fact.seq;
        if (first)
            out->article = fact;
        else
            *ARENA_PUSH(arena, out) = fact;
    }
    return 0;
}
