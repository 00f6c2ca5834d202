#include "worker/explain.h"

#include "worker/explain_private.h"

#include "proto/base/mem.h"
#include "worker/lang/lang.h"
#include "worker/learn/label.h"
#include "worker/learn/tree.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#define DEPTH_MOST 32 /* marks around one place; more are not shown there */

bool explain_shows(const struct explain_view *view, uint32_t fact)
{
    return view->fact.ptr == NULL || str_eq(view->entry->fact[fact].id, view->fact);
}

bool explain_has(const struct explain_view *view)
{
    if (view->fact.ptr == NULL)
        return true;
    for (uint32_t i = 1; i < view->entry->count; i++)
        if (explain_shows(view, i))
            return true;
    return false;
}

static int compare(const void *left, const void *right)
{
    const struct explain_mark *a = left, *b = right;
    if (a->span.begin != b->span.begin)
        return a->span.begin < b->span.begin ? -1 : 1;
    if (a->span.end != b->span.end)
        return a->span.end > b->span.end ? -1 : 1;
    return (a->fact > b->fact) - (a->fact < b->fact);
}

static void gather_marks(struct explain *x)
{
    const struct extract_entry *entry = x->view->entry;
    size_t count = 0;
    for (uint32_t i = 1; i < entry->count; i++)
        count += 1 + entry->fact[i].mentions.count;
    x->mark = mem_zero(count + 1, sizeof *x->mark);
    for (uint32_t i = 1; i < entry->count; i++) {
        const struct fact *fact = &entry->fact[i];
        if (!explain_shows(x->view, i))
            continue;
        if (fact->kind != FACT_ENTITY)
            x->mark[x->mark_count++] = (struct explain_mark){fact->span, i};
        for (uint32_t m = 0; m < fact->mentions.count; m++)
            x->mark[x->mark_count++] = (struct explain_mark){fact->mentions.item[m], i};
    }
    qsort(x->mark, x->mark_count, sizeof *x->mark, compare);
}

/* Backwards, so that each chain is in order of the text. */
static void chain_mentions(struct explain *x)
{
    const struct doc *doc = x->view->doc;
    x->first = mem_alloc((doc->entities.count + (size_t)1) * sizeof *x->first);
    x->next = mem_alloc((doc->mentions.count + (size_t)1) * sizeof *x->next);
    for (uint32_t i = 0; i < doc->entities.count; i++)
        x->first[i] = DOC_NONE;
    for (uint32_t i = doc->mentions.count; i-- > 0;) {
        const struct mention *mention = &doc->mentions.item[i];
        if (mention->entity >= doc->entities.count ||
            doc->sentences.item[mention->sentence].drop != DROP_NOT)
            continue;
        x->next[i] = x->first[mention->entity];
        x->first[mention->entity] = i;
    }
}

void explain_init(struct explain *x, const struct explain_view *view)
{
    *x = (struct explain){.view = view};
    gather_marks(x);
    chain_mentions(x);
}

void explain_fini(struct explain *x)
{
    mem_free(x->mark);
    mem_free(x->first);
    mem_free(x->next);
}

uint32_t explain_entity(const struct explain *x, const struct fact *fact)
{
    const struct doc *doc = x->view->doc;
    for (uint32_t i = 0; i < doc->entities.count; i++) {
        const struct entity *entity = &doc->entities.item[i];
        if (entity->name.ptr == fact->name.ptr && entity->type == fact->type &&
            str_eq(entity->name, fact->name))
            return i;
    }
    return DOC_NONE;
}

double explain_given(const struct explain *x, const struct fact *fact)
{
    const struct doc *doc = x->view->doc;
    if (fact->kind == FACT_ENTITY) {
        uint32_t entity = explain_entity(x, fact);
        return entity == DOC_NONE ? fact->confidence
                                  : (double)doc->entities.item[entity].confidence;
    }
    for (uint32_t i = 0; i < doc->found.count; i++) {
        const struct found *found = &doc->found.item[i];
        if (!found->dropped && found->fact.kind == fact->kind &&
            found->fact.rule == fact->rule &&
            found->fact.span.begin == fact->span.begin &&
            found->fact.span.end == fact->span.end)
            return found->fact.confidence;
    }
    return fact->confidence;
}

/* Fields */

static bool is_envelope(const char *key)
{
    static const char *const keys[] = {"v",    "seq",        "n",        "kind",
                                       "id",   "article",    "sentence", "span",
                                       "text", "confidence", "mentions", NULL};
    for (size_t i = 0; keys[i]; i++)
        if (strcmp(key, keys[i]) == 0)
            return true;
    return false;
}

static void add_fields(const struct record_table *table, const void *record,
                       struct str text, struct buf *out);

static void add_list(const struct record_strs *list, struct buf *out)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (i)
            buf_add_str(out, STR(", "));
        buf_add_str(out, list->item[i]);
    }
}

/* Nothing where it is absent (record.h). */
static void add_value(const struct record_field *field, const void *at, struct str text,
                      struct buf *out)
{
    switch (field->type) {
    case RECORD_STR:
        buf_add_str(out, *(const struct str *)at);
        break;
    case RECORD_NUMBER:
        if (!isnan(*(const double *)at))
            buf_printf(out, "%.15g", *(const double *)at);
        break;
    case RECORD_BOOL:
        if (*(const enum record_bool *)at != RECORD_UNSET)
            buf_add_str(out, *(const enum record_bool *)at == RECORD_TRUE ? STR("yes")
                                                                          : STR("no"));
        break;
    case RECORD_ENUM:
        buf_add_str(out, str_of(field->names[*(const int *)at]));
        break;
    case RECORD_SPAN:
        if (span_is(*(const struct span *)at))
            buf_add_str(out, str_slice(text, ((const struct span *)at)->begin,
                                       ((const struct span *)at)->end));
        break;
    case RECORD_STRS:
        add_list(at, out);
        break;
    case RECORD_MAP:
        if (*(void *const *)at)
            add_fields(field->sub, *(void *const *)at, text, out);
        break;
    default: /* kinds of fields that no fact has outside its envelope */
        break;
    }
}

/* A map in one value: "name Kursk; country RU". */
static void add_fields(const struct record_table *table, const void *record,
                       struct str text, struct buf *out)
{
    struct buf value = {0};
    for (const struct record_field *field = table->field; field->key; field++) {
        buf_clear(&value);
        add_value(field, (const char *)record + field->offset, text, &value);
        if (value.len)
            buf_printf(out, "%s%s %.*s", out->len ? "; " : "", field->key,
                       STR_ARG(buf_str(&value)));
    }
    buf_fini(&value);
}

void explain_fields(const struct explain *x, const struct fact *fact, explain_say *say,
                    void *context)
{
    struct buf value = {0};
    const struct record_field *field = fact_tables[fact->kind]->field;
    for (; field->key; field++) {
        buf_clear(&value);
        if (!is_envelope(field->key))
            add_value(field, (const char *)fact + field->offset, x->view->doc->text,
                      &value);
        if (value.len)
            say(context, field->key, buf_str(&value));
    }
    buf_fini(&value);
}

/* The text with its marks */

struct walk {
    const struct explain *x;
    const struct explain_writer *writer;
    uint32_t at;
    uint32_t open[DEPTH_MOST]; /* indexes in x->mark, the outermost first */
    size_t depth;
};

static void open_mark(struct walk *w, uint32_t mark)
{
    uint32_t fact = w->x->mark[mark].fact;
    w->open[w->depth++] = mark;
    w->writer->open(w->writer->context, &w->x->view->entry->fact[fact], fact);
}

static void close_last(struct walk *w)
{
    uint32_t fact = w->x->mark[w->open[--w->depth]].fact;
    w->writer->close(w->writer->context, &w->x->view->entry->fact[fact]);
}

static void write_to(struct walk *w, uint32_t end)
{
    if (w->at < end)
        w->writer->piece(w->writer->context,
                         str_slice(w->x->view->doc->text, w->at, end));
    w->at = end;
}

/* Text and ends of marks up to `limit`. */
static void close_until(struct walk *w, uint32_t limit)
{
    while (w->depth) {
        uint32_t again[DEPTH_MOST];
        size_t again_count = 0, ends = 0;
        for (size_t i = 1; i < w->depth; i++)
            if (w->x->mark[w->open[i]].span.end < w->x->mark[w->open[ends]].span.end)
                ends = i;
        uint32_t end = w->x->mark[w->open[ends]].span.end;
        if (end > limit)
            break;
        write_to(w, end);
        while (w->depth > ends) {
            uint32_t last = w->open[w->depth - 1];
            close_last(w);
            if (w->x->mark[last].span.end > end)
                again[again_count++] = last;
        }
        while (again_count)
            open_mark(w, again[--again_count]);
    }
    write_to(w, limit);
}

void explain_walk(const struct explain *x, struct span span,
                  const struct explain_writer *writer)
{
    struct walk w = {.x = x, .writer = writer, .at = span.begin};
    for (uint32_t i = 0; i < x->mark_count && x->mark[i].span.begin < span.end; i++) {
        const struct span *mark = &x->mark[i].span;
        if (mark->end <= span.begin || mark->begin == mark->end)
            continue;
        if (mark->begin > w.at)
            close_until(&w, mark->begin);
        if (w.depth < DEPTH_MOST)
            open_mark(&w, i);
    }
    close_until(&w, span.end);
    while (w.depth)
        close_last(&w);
}

/* Parts */

static bool shows_sentence(const struct explain *x, uint32_t sentence)
{
    const struct explain_view *view = x->view;
    if (view->fact.ptr == NULL)
        return true;
    for (uint32_t i = 1; i < view->entry->count; i++)
        if (view->entry->fact[i].sentence == sentence && explain_shows(view, i))
            return true;
    return false;
}

bool explain_next(const struct explain *x, uint32_t *line, uint32_t *sentence,
                  struct explain_part *out)
{
    const struct doc *doc = x->view->doc;
    for (; *line < doc->lines.count; ++*line) {
        const struct doc_line *l = &doc->lines.item[*line];
        bool dropped = l->drop != DROP_NOT;
        for (; *sentence < doc->sentences.count &&
               doc->sentences.item[*sentence].line <= *line;
             ++*sentence) {
            const struct sentence *s = &doc->sentences.item[*sentence];
            if (dropped || !shows_sentence(x, *sentence))
                continue;
            *out = (struct explain_part){
                s->drop == DROP_NOT ? PART_SENTENCE : PART_SENTENCE_DROPPED, *sentence,
                s->span, s->drop == DROP_NOT ? NULL : doc_drop_name(s->drop), NULL};
            ++*sentence;
            return true;
        }
        if (dropped && l->span.begin < l->span.end && x->view->fact.ptr == NULL) {
            const char *reason = doc_drop_name(l->drop);
            bool more = l->cue && strcmp(l->cue, reason) != 0;
            *out = (struct explain_part){PART_LINE_DROPPED, DOC_NONE, l->span, reason,
                                         more ? l->cue : NULL};
            ++*line;
            return true;
        }
    }
    return false;
}

bool explain_tagged(const struct doc *doc, const struct sentence *sentence)
{
    return sentence->first < sentence->end && tree_known(doc, sentence->first) != NULL;
}

struct explain_word explain_word(const struct doc *doc, uint32_t token)
{
    const struct tree_word *word = tree_known(doc, token);
    uint32_t first = doc->sentences.item[doc->tokens.item[token].sentence].first;
    return (struct explain_word){
        .upos = upos_name(word->upos),
        .deprel = deprel_name(word->deprel),
        .head = word->head == DOC_NONE ? 0 : word->head - first + 1,
        .lemma = doc->analysed ? doc->analysed[token].lemma : STR_NONE};
}
