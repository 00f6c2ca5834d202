/* From what the stages found to the records that are published.
 *
 * Candidates are gathered (the entities, and what is in doc.found and was not taken
 * back), put in order of span, kind and end, and then each is completed (article,
 * calibrated confidence, id), checked, and let through if no record before it has its id.
 */

#include "proto/base/diag.h"
#include "proto/base/hash.h"
#include "worker/extract/confidence.h"
#include "worker/extract/extract.h"

#include <math.h>

struct list {
    struct fact **item;
    uint32_t count, cap;
};

struct ids { /* a hash table of the ids given out; a power of two, at most half full */
    struct str *slot;
    size_t mask;
};

static void add_span(struct doc *doc, struct record_spans *spans, struct span span)
{
    if (span.begin < span.end)
        *ARENA_PUSH(doc->arena, spans) = span;
}

/* Lines that are not read, and sentences that are not though their line is, in order. */
static void add_boilerplate(struct doc *doc, struct fact *record)
{
    uint32_t s = 0;
    for (uint32_t l = 0; l < doc->lines.count; l++) {
        bool dropped = doc->lines.item[l].drop != DROP_NOT;
        if (dropped)
            add_span(doc, &record->boilerplate, doc->lines.item[l].span);
        for (; s < doc->sentences.count && doc->sentences.item[s].line <= l; s++)
            if (!dropped && doc->sentences.item[s].drop != DROP_NOT)
                add_span(doc, &record->boilerplate, doc->sentences.item[s].span);
    }
}

static void add_article(struct doc *doc, struct str extractor, struct fact *record)
{
    fact_init(record, FACT_ARTICLE);
    record->article = &doc->article;
    record->extractor = extractor;
    for (uint32_t i = 0; i < doc->sentences.count; i++)
        *ARENA_PUSH(doc->arena, &record->sentences) = doc->sentences.item[i].span;
    add_boilerplate(doc, record);
    record->n = 0;
}

/* What every fact says of its article. */
static struct article *make_reference(struct doc *doc)
{
    struct article *reference = arena_zero(doc->arena, 1, sizeof *reference);
    reference->id = doc->article.id;
    reference->url = doc->article.url;
    reference->source = doc->article.source;
    reference->published = doc->article.published;
    reference->language = doc->article.language;
    return reference;
}

static bool is_read(const struct doc *doc, const struct mention *mention)
{
    return mention->entity < doc->entities.count &&
           doc->sentences.item[mention->sentence].drop == DROP_NOT;
}

static void begin_entity(struct doc *doc, struct fact *fact, const struct entity *entity,
                         const struct mention *first)
{
    fact_init(fact, FACT_ENTITY);
    fact->type = entity->type;
    fact->name = entity->name;
    fact->country = entity->country;
    fact->confidence = (double)entity->confidence;
    fact->rule = entity->rule;
    fact->sentence = first->sentence;
    fact->span = first->span;
    fact->text = doc_span_text(doc, first->span);
    *ARENA_PUSH(doc->arena, &fact->mentions) = first->span;
}

/* A later mention; one that begins before all others becomes the evidence. */
static void add_mention(struct doc *doc, struct fact *fact, const struct mention *mention)
{
    uint32_t at = fact->mentions.count;
    *ARENA_PUSH(doc->arena, &fact->mentions) = mention->span;
    for (; at && fact->mentions.item[at - 1].begin > mention->span.begin; at--)
        fact->mentions.item[at] = fact->mentions.item[at - 1];
    fact->mentions.item[at] = mention->span;
    if (at == 0) {
        fact->sentence = mention->sentence;
        fact->span = mention->span;
        fact->text = doc_span_text(doc, mention->span);
    }
}

static void gather_entities(struct doc *doc, struct list *list)
{
    struct fact **of =
        arena_zero(doc->arena, doc->entities.count + (size_t)1, sizeof(struct fact *));
    for (uint32_t i = 0; i < doc->mentions.count; i++) {
        const struct mention *mention = &doc->mentions.item[i];
        if (!is_read(doc, mention))
            continue;
        const struct entity *entity = &doc->entities.item[mention->entity];
        if (of[mention->entity]) {
            add_mention(doc, of[mention->entity], mention);
        } else if (entity->type != ENTITY_NONE) {
            struct fact *fact = arena_alloc(doc->arena, sizeof *fact);
            begin_entity(doc, fact, entity, mention);
            of[mention->entity] = fact;
            *ARENA_PUSH(doc->arena, list) = fact;
        }
    }
}

static void gather_found(struct doc *doc, struct list *list)
{
    for (uint32_t i = 0; i < doc->found.count; i++) {
        struct found *found = &doc->found.item[i];
        if (!found->dropped && found->fact.kind != FACT_NONE)
            *ARENA_PUSH(doc->arena, list) = &found->fact;
    }
}

static bool comes_before(const struct fact *a, const struct fact *b)
{
    if (a->span.begin != b->span.begin)
        return a->span.begin < b->span.begin;
    if (a->kind != b->kind)
        return a->kind < b->kind;
    return a->span.end < b->span.end;
}

static void merge(struct fact **out, struct fact **a, size_t a_count, struct fact **b,
                  size_t b_count)
{
    while (a_count && b_count) {
        if (comes_before(*b, *a)) {
            *out++ = *b++;
            b_count--;
        } else {
            *out++ = *a++;
            a_count--;
        }
    }
    memcpy(out, a, a_count * sizeof *a);
    memcpy(out + a_count, b, b_count * sizeof *b);
}

/* Stable, bottom up. The library's qsort is neither, and takes memory of its own. */
static void sort(struct doc *doc, struct list *list)
{
    size_t count = list->count;
    struct fact **from = list->item;
    struct fact **to = arena_alloc(doc->arena, count * sizeof *to);
    for (size_t width = 1; width < count; width *= 2) {
        for (size_t at = 0; at < count; at += 2 * width) {
            size_t left = count - at < width ? count - at : width;
            size_t right = count - at - left < width ? count - at - left : width;
            merge(to + at, from + at, left, from + at + left, right);
        }
        struct fact **swap = from;
        from = to;
        to = swap;
    }
    list->item = from;
}

static void ids_init(struct ids *ids, struct arena *arena, uint32_t count)
{
    size_t slots = 16;
    while (slots < (size_t)count * 2)
        slots *= 2;
    ids->slot = arena_zero(arena, slots, sizeof *ids->slot);
    ids->mask = slots - 1;
}

static bool ids_add(struct ids *ids, struct str id)
{
    size_t at = (size_t)hash64(id, 0) & ids->mask;
    while (ids->slot[at].ptr) {
        if (str_eq(ids->slot[at], id))
            return false;
        at = (at + 1) & ids->mask;
    }
    ids->slot[at] = id;
    return true;
}

/* Hundredths: all that a calibration on some hundred facts can tell apart, and the same
 * bytes whatever the order of a sum was. */
static double round_confidence(double confidence)
{
    if (!(confidence > 0))
        return 0;
    return confidence < 1 ? round(confidence * 100) / 100 : 1;
}

static bool keeps_contract(const struct doc *doc, const struct fact *fact)
{
    struct err err = {0};
    if (fact_check(fact, doc->text, &err) == 0)
        return true;
    diag(DIAG_WARN, "assemble", "fact breaks the contract and is dropped", "article",
         diag_str(doc->article.id), "kind", fact_kind_names[fact->kind], "rule",
         fact->rule ? fact->rule : "", "text", diag_str(fact->text), "error", err.text,
         NULL);
    return false;
}

void extract_assemble(struct doc *doc, struct str extractor, struct extract_entry *out)
{
    struct list list = {0};
    struct ids ids;
    gather_entities(doc, &list);
    gather_found(doc, &list);
    sort(doc, &list);
    ids_init(&ids, doc->arena, list.count + 1);

    struct fact *record =
        arena_alloc(doc->arena, (list.count + (size_t)1) * sizeof *record);
    add_article(doc, extractor, &record[0]);
    fact_make_id(&record[0], doc->article.id, extractor, doc->arena);
    ids_add(&ids, record[0].id);
    struct article *reference = make_reference(doc);
    const struct wordlist *calibration =
        lexicon_list(doc->lang ? doc->lang->lexicon : NULL, "confidence");
    uint32_t count = 1;
    for (uint32_t i = 0; i < list.count; i++) {
        struct fact *fact = &record[count];
        *fact = *list.item[i];
        fact->article = reference;
        fact->n = count;
        fact->confidence = round_confidence(confidence_calibrate(calibration, fact));
        fact_make_id(fact, doc->article.id, extractor, doc->arena);
        if (keeps_contract(doc, fact) && ids_add(&ids, fact->id))
            count++;
    }
    out->fact = record;
    out->count = count;
}
