/* For a terminal, or a file of plain text.
 *
 *     a-1  Judul
 *          contoh.id  2025-02-08  id  id-0.1
 *
 *       0  [1 Presiden [2 Prancis]] tiba.
 *          1 role  “Presiden Prancis”
 *            rule role.title, cue “Presiden”, confidence 0.84 (given 0.80)
 *            person …
 *
 * The number in a mark is that of the fact below it. */

#include "proto/base/utf8.h"
#include "worker/explain_private.h"

#define COLOUR_OFF  "\033[0m"
#define COLOUR_DIM  "\033[2m"
#define COLOUR_BOLD "\033[1m"

static const char *const kind_colour[FACT_KINDS] = {
    [FACT_ENTITY] = "\033[36m", [FACT_TIME] = "\033[34m", [FACT_QUANTITY] = "\033[33m",
    [FACT_QUOTE] = "\033[35m",  [FACT_ROLE] = "\033[32m", [FACT_EVENT] = "\033[31m",
};

struct text {
    const struct explain *x;
    struct buf *out;
    uint32_t fact; /* the next one to tell of */
};

/* No article can move the cursor or recolour the screen. */
static void add_safe(struct buf *out, struct str s)
{
    utf8_add_safe(out, s, ' ');
}

static void colour(const struct text *t, const char *code)
{
    if (t->x->view->colour)
        buf_add_str(t->out, str_of(code));
}

static void add_styled(const struct text *t, const char *code, struct str s)
{
    colour(t, code);
    add_safe(t->out, s);
    colour(t, COLOUR_OFF);
}

static void add_quoted(const struct text *t, struct str s)
{
    buf_add_str(t->out, STR("“"));
    add_safe(t->out, s);
    buf_add_str(t->out, STR("”"));
}

static void open_mark(void *context, const struct fact *fact, uint32_t number)
{
    struct text *t = context;
    colour(t, kind_colour[fact->kind]);
    buf_printf(t->out, "[%u ", number);
    colour(t, COLOUR_OFF);
}

static void close_mark(void *context, const struct fact *fact)
{
    struct text *t = context;
    colour(t, kind_colour[fact->kind]);
    buf_add_char(t->out, ']');
    colour(t, COLOUR_OFF);
}

static void add_piece(void *context, struct str text)
{
    struct text *t = context;
    add_safe(t->out, text);
}

static void say_field(void *context, const char *key, struct str value)
{
    struct text *t = context;
    buf_add_str(t->out, STR("              "));
    add_styled(t, COLOUR_DIM, str_of(key));
    buf_add_str(t->out, STR("  "));
    add_safe(t->out, value);
    buf_add_char(t->out, '\n');
}

static void say_mentions(struct text *t, const struct fact *fact)
{
    const struct explain *x = t->x;
    const struct doc *doc = x->view->doc;
    uint32_t entity = explain_entity(x, fact);
    if (entity == DOC_NONE)
        return;
    for (uint32_t m = x->first[entity]; m != DOC_NONE; m = x->next[m]) {
        const struct mention *mention = &doc->mentions.item[m];
        buf_add_str(t->out, STR("              "));
        add_styled(t, COLOUR_DIM, STR("mention"));
        buf_add_str(t->out, STR("  "));
        add_quoted(t, doc_span_text(doc, mention->span));
        buf_printf(t->out, "  sentence %u, rule %s, confidence %.2f\n", mention->sentence,
                   mention->rule ? mention->rule : "none", (double)mention->confidence);
    }
}

static void say_fact(struct text *t, const struct fact *fact, uint32_t number)
{
    const struct doc *doc = t->x->view->doc;
    double given = explain_given(t->x, fact);
    buf_printf(t->out, "     %6u ", number);
    add_styled(t, kind_colour[fact->kind], str_of(fact_kind_names[fact->kind]));
    buf_add_str(t->out, STR("  "));
    add_quoted(t, fact->text);
    buf_printf(t->out, "\n              rule %s", fact->rule ? fact->rule : "none");
    if (span_is(fact->rule_cue)) {
        buf_add_str(t->out, STR(", cue "));
        add_quoted(t, doc_span_text(doc, fact->rule_cue));
    }
    if (span_is(fact->mode_cue)) {
        buf_add_str(t->out, STR(", modality by "));
        add_quoted(t, doc_span_text(doc, fact->mode_cue));
    }
    buf_printf(t->out, ", confidence %.2f (given %.2f)\n", fact->confidence, given);
    explain_fields(t->x, fact, say_field, t);
    if (fact->kind == FACT_ENTITY)
        say_mentions(t, fact);
    say_field(t, "id", fact->id);
}

/* Facts up to and in this sentence. */
static void say_facts(struct text *t, uint64_t sentence)
{
    const struct extract_entry *entry = t->x->view->entry;
    for (; t->fact < entry->count && entry->fact[t->fact].sentence <= sentence; t->fact++)
        if (explain_shows(t->x->view, t->fact))
            say_fact(t, &entry->fact[t->fact], t->fact);
}

/* Number, word, part of speech, head, relation; heads count from 1 in the sentence. */
static void say_tokens(struct text *t, const struct sentence *sentence)
{
    const struct doc *doc = t->x->view->doc;
    bool tagged = explain_tagged(doc, sentence);
    for (uint32_t i = sentence->first; i < sentence->end; i++) {
        const struct token *token = &doc->tokens.item[i];
        buf_printf(t->out, "          %5u  ", i - sentence->first + 1);
        add_safe(t->out, token->text);
        if (tagged) {
            struct explain_word word = explain_word(doc, i);
            buf_printf(t->out, "  %s  %u  %s", word.upos, word.head, word.deprel);
            buf_add_str(t->out, word.lemma.len ? STR("  ") : STR(""));
            add_safe(t->out, word.lemma);
        }
        buf_add_char(t->out, '\n');
    }
}

static void say_dropped(struct text *t, const struct explain_part *part)
{
    buf_add_str(t->out, STR("\n    --  "));
    add_styled(t, COLOUR_DIM, doc_span_text(t->x->view->doc, part->span));
    buf_printf(t->out, "\n        dropped: %s", part->reason);
    if (part->cue)
        buf_printf(t->out, ", by %s", part->cue);
    buf_add_char(t->out, '\n');
}

static void say_part(struct text *t, const struct explain_part *part)
{
    const struct doc *doc = t->x->view->doc;
    const struct explain_writer writer = {open_mark, close_mark, add_piece, t};
    if (part->kind != PART_SENTENCE) {
        say_dropped(t, part);
        return;
    }
    buf_printf(t->out, "\n%6u  ", part->sentence);
    explain_walk(t->x, part->span, &writer);
    buf_add_char(t->out, '\n');
    if (t->x->view->tokens)
        say_tokens(t, &doc->sentences.item[part->sentence]);
    say_facts(t, part->sentence);
}

static void say_heading(struct text *t)
{
    const struct explain_view *view = t->x->view;
    const struct article *article = &view->doc->article;
    const struct str more[] = {article->source, article->published, article->language,
                               view->entry->fact[0].extractor, article->url};
    if (view->number > 1)
        buf_add_char(t->out, '\n');
    add_styled(t, COLOUR_BOLD, article->id);
    buf_add_str(t->out, STR("  "));
    add_styled(t, COLOUR_BOLD, article->title);
    buf_add_char(t->out, '\n');
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        if (more[i].len) {
            buf_add_str(t->out, STR("  "));
            add_safe(t->out, more[i]);
        }
    buf_add_char(t->out, '\n');
}

void explain_text(const struct explain_view *view, struct buf *out)
{
    struct explain x;
    struct text t = {.x = &x, .out = out, .fact = 1};
    struct explain_part part;
    uint32_t line = 0, sentence = 0;
    explain_init(&x, view);
    say_heading(&t);
    while (explain_next(&x, &line, &sentence, &part))
        say_part(&t, &part);
    say_facts(&t, UINT64_MAX);
    explain_fini(&x);
}
