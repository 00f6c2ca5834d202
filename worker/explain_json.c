/* For scripts: facts are records as `warta extract` prints them, with a few keys more. */

#include "worker/explain_private.h"

static void add_text(struct buf *out, const char *key, struct str value)
{
    buf_printf(out, ",\"%s\":", key);
    record_print_text(value, out);
}

static void add_span(struct buf *out, const char *key, struct span span)
{
    buf_printf(out, ",\"%s\":[%u,%u]", key, span.begin, span.end);
}

/* `{"kind":…,"article":{"id":…}`: what each line of ours begins with. */
static void begin(struct buf *out, const char *kind, const struct doc *doc)
{
    buf_printf(out, "{\"kind\":\"%s\",\"article\":{\"id\":", kind);
    record_print_text(doc->article.id, out);
    buf_add_char(out, '}');
}

static void print_token(const struct doc *doc, const struct sentence *sentence,
                        uint32_t at, bool tagged, struct buf *out)
{
    const struct token *token = &doc->tokens.item[at];
    buf_printf(out, "%s{\"n\":%u", at > sentence->first ? "," : "",
               at - sentence->first + 1);
    add_span(out, "span", token->span);
    add_text(out, "text", token->text);
    if (tagged) {
        struct explain_word word = explain_word(doc, at);
        add_text(out, "upos", str_of(word.upos));
        buf_printf(out, ",\"head\":%u", word.head);
        add_text(out, "deprel", str_of(word.deprel));
        if (word.lemma.len)
            add_text(out, "lemma", word.lemma);
    }
    buf_add_char(out, '}');
}

static void print_part(const struct explain *x, const struct explain_part *part,
                       struct buf *out)
{
    const struct doc *doc = x->view->doc;
    begin(out, part->kind == PART_LINE_DROPPED ? "line" : "sentence", doc);
    if (part->sentence != DOC_NONE)
        buf_printf(out, ",\"sentence\":%u", part->sentence);
    add_span(out, "span", part->span);
    add_text(out, "text", doc_span_text(doc, part->span));
    if (part->reason)
        add_text(out, "dropped", str_of(part->reason));
    if (part->cue)
        add_text(out, "rule", str_of(part->cue));
    if (part->kind == PART_SENTENCE) {
        const struct sentence *sentence = &doc->sentences.item[part->sentence];
        bool tagged = explain_tagged(doc, sentence);
        buf_add_str(out, STR(",\"tokens\":["));
        for (uint32_t i = sentence->first; i < sentence->end; i++)
            print_token(doc, sentence, i, tagged, out);
        buf_add_char(out, ']');
    }
    buf_add_str(out, STR("}\n"));
}

static void print_mentions(const struct explain *x, const struct fact *fact,
                           struct buf *out)
{
    uint32_t entity = explain_entity(x, fact);
    buf_add_str(out, STR(",\"resolved\":["));
    for (uint32_t m = entity == DOC_NONE ? DOC_NONE : x->first[entity]; m != DOC_NONE;
         m = x->next[m]) {
        const struct mention *mention = &x->view->doc->mentions.item[m];
        buf_printf(out, "%s{\"sentence\":%u", m == x->first[entity] ? "" : ",",
                   mention->sentence);
        add_span(out, "span", mention->span);
        add_text(out, "text", doc_span_text(x->view->doc, mention->span));
        add_text(out, "rule", str_of(mention->rule ? mention->rule : ""));
        buf_printf(out, ",\"given\":%.4f}", (double)mention->confidence);
    }
    buf_add_char(out, ']');
}

static void print_fact(const struct explain *x, const struct fact *fact, struct buf *out)
{
    record_print(fact_tables[fact->kind], fact, out);
    out->len--; /* the brace at its end */
    add_text(out, "rule", str_of(fact->rule ? fact->rule : ""));
    if (span_is(fact->rule_cue))
        add_span(out, "rule_cue", fact->rule_cue);
    if (span_is(fact->mode_cue))
        add_span(out, "mode_cue", fact->mode_cue);
    buf_printf(out, ",\"given\":%.4f", explain_given(x, fact));
    if (fact->kind == FACT_ENTITY)
        print_mentions(x, fact, out);
    buf_add_str(out, STR("}\n"));
}

void explain_json(const struct explain_view *view, struct buf *out)
{
    struct explain x;
    struct explain_part part;
    uint32_t line = 0, sentence = 0;
    explain_init(&x, view);
    if (view->fact.ptr == NULL) {
        record_print(fact_tables[FACT_ARTICLE], &view->entry->fact[0], out);
        buf_add_char(out, '\n');
    }
    while (explain_next(&x, &line, &sentence, &part))
        print_part(&x, &part, out);
    for (uint32_t i = 1; i < view->entry->count; i++)
        if (explain_shows(view, i))
            print_fact(&x, &view->entry->fact[i], out);
    explain_fini(&x);
}
