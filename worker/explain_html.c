/* One page that needs nothing else: no script, no picture, no link out. The policy lets
 * through the page's own style sheet, by its hash, and nothing besides. */

#include "proto/base/utf8.h"
#include "worker/explain_private.h"

#include <sodium.h>

static const char style[] =
    ":root{color-scheme:light "
    "dark;--bg:#fdfdfb;--ink:#1d1f21;--dim:#686b70;--line:#dcdcd6;"
    "--entity:#bfe3ea;--time:#cbd8f7;--quantity:#f5e2a8;--quote:#ecd3ee;--role:#cfe8c8;"
    "--event:#f7cfc7}"
    "@media(prefers-color-scheme:dark){:root{--bg:#17191c;--ink:#e6e6e3;--dim:#9a9da3;"
    "--line:#34373c;--entity:#1d4a55;--time:#2c3f73;--quantity:#5c4a12;--quote:#57305b;"
    "--role:#2c5224;--event:#6b2c21}}"
    "body{background:var(--bg);color:var(--ink);font:16px/1.6 system-ui,sans-serif;"
    "margin:0 auto;max-width:54rem;padding:1rem;overflow-wrap:anywhere}"
    "h1{font-size:1.3rem;line-height:1.3;margin:1rem 0 0}"
    ".meta,.n,dt,.drop{color:var(--dim)}.meta{margin:.2rem 0 1rem;font-size:.9rem}"
    "section{border-top:1px solid var(--line);padding:.7rem 0}"
    "section p{margin:0 0 .3rem}.n{font-size:.8rem;margin-right:.5rem}"
    "mark{color:inherit;border-radius:.2rem;padding:.05rem .1rem}"
    "sup{font-size:.65rem;line-height:0}sup a{color:inherit;text-decoration:none;"
    "margin-left:.1rem}"
    ".entity{background:var(--entity)}.time{background:var(--time)}"
    ".quantity{background:var(--quantity)}.quote{background:var(--quote)}"
    ".role{background:var(--role)}.event{background:var(--event)}"
    "details{margin:.2rem 0;font-size:.9rem}summary{cursor:pointer}"
    "summary b{border-radius:.2rem;padding:.05rem .3rem;font-weight:600}"
    "details:target{outline:2px solid var(--dim);outline-offset:2px}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:0 .8rem;margin:.3rem 0 "
    ".6rem 1rem}dd{margin:0}code{font-size:.9em}"
    ".words{overflow-x:auto}table{border-collapse:collapse}"
    "td,th{padding:.05rem .7rem .05rem 0;text-align:left;font-weight:400}"
    "th{color:var(--dim)}.drop p{text-decoration:line-through}";

struct html {
    const struct explain *x;
    struct buf *out;
    uint32_t fact; /* the next one to tell of */
};

static const char *entity_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* Markup becomes text; what is unsafe to show (utf8.h), save line ends, becomes '?'. */
static void add_escaped(struct buf *out, struct str s)
{
    for (size_t at = 0; at < s.len;) {
        uint32_t cp;
        unsigned len = utf8_decode(s.ptr + at, s.ptr + s.len, &cp);
        const char *entity = entity_of(s.ptr[at]);
        if (entity)
            buf_add_str(out, str_of(entity));
        else if (len == 0 || (cp != '\n' && utf8_is_unsafe(cp)))
            buf_add_char(out, '?');
        else
            buf_add(out, s.ptr + at, len);
        at += len ? len : 1;
    }
}

static void open_mark(void *context, const struct fact *fact, uint32_t number)
{
    struct html *h = context;
    (void)number;
    buf_printf(h->out, "<mark class=\"%s\">", fact_kind_names[fact->kind]);
}

static void close_mark(void *context, const struct fact *fact)
{
    struct html *h = context;
    buf_printf(h->out, "<sup><a href=\"#a%llu-%llu\">%llu</a></sup></mark>",
               (unsigned long long)h->x->view->number, (unsigned long long)fact->n,
               (unsigned long long)fact->n);
}

static void add_piece(void *context, struct str text)
{
    struct html *h = context;
    add_escaped(h->out, text);
}

static void say_field(void *context, const char *key, struct str value)
{
    struct html *h = context;
    buf_printf(h->out, "<dt>%s</dt><dd>", key);
    add_escaped(h->out, value);
    buf_add_str(h->out, STR("</dd>\n"));
}

static void say_mentions(struct html *h, const struct fact *fact)
{
    const struct explain *x = h->x;
    const struct doc *doc = x->view->doc;
    uint32_t entity = explain_entity(x, fact);
    if (entity == DOC_NONE)
        return;
    for (uint32_t m = x->first[entity]; m != DOC_NONE; m = x->next[m]) {
        const struct mention *mention = &doc->mentions.item[m];
        buf_add_str(h->out, STR("<dt>mention</dt><dd>"));
        add_escaped(h->out, doc_span_text(doc, mention->span));
        buf_printf(h->out,
                   " <span class=\"n\">sentence %u, <code>%s</code>, %.2f</span></dd>\n",
                   mention->sentence, mention->rule ? mention->rule : "none",
                   (double)mention->confidence);
    }
}

static void say_fact(struct html *h, const struct fact *fact)
{
    const char *kind = fact_kind_names[fact->kind];
    buf_printf(h->out, "<details id=\"a%llu-%llu\"><summary><b class=\"%s\">%llu %s</b> ",
               (unsigned long long)h->x->view->number, (unsigned long long)fact->n, kind,
               (unsigned long long)fact->n, kind);
    add_escaped(h->out, fact->text);
    buf_printf(h->out,
               " <span class=\"n\"><code>%s</code> %.2f</span></summary>\n<dl>\n"
               "<dt>rule</dt><dd><code>%s</code></dd>\n",
               fact->rule ? fact->rule : "none", fact->confidence,
               fact->rule ? fact->rule : "none");
    if (span_is(fact->rule_cue))
        say_field(h, "cue of the rule", doc_span_text(h->x->view->doc, fact->rule_cue));
    if (span_is(fact->mode_cue))
        say_field(h, "cue of the modality",
                  doc_span_text(h->x->view->doc, fact->mode_cue));
    buf_printf(h->out, "<dt>confidence</dt><dd>%.2f, given by the rule %.2f</dd>\n",
               fact->confidence, explain_given(h->x, fact));
    explain_fields(h->x, fact, say_field, h);
    if (fact->kind == FACT_ENTITY)
        say_mentions(h, fact);
    say_field(h, "id", fact->id);
    buf_add_str(h->out, STR("</dl></details>\n"));
}

static void say_facts(struct html *h, uint64_t sentence)
{
    const struct extract_entry *entry = h->x->view->entry;
    for (; h->fact < entry->count && entry->fact[h->fact].sentence <= sentence; h->fact++)
        if (explain_shows(h->x->view, h->fact))
            say_fact(h, &entry->fact[h->fact]);
}

static void say_tokens(struct html *h, const struct sentence *sentence)
{
    const struct doc *doc = h->x->view->doc;
    bool tagged = explain_tagged(doc, sentence);
    buf_printf(h->out,
               "<details><summary class=\"n\">%u words</summary><div class=\"words\">"
               "<table>\n<tr><th>n</th><th>word</th>%s</tr>\n",
               sentence->end - sentence->first,
               tagged ? "<th>part</th><th>head</th><th>relation</th><th>lemma</th>" : "");
    for (uint32_t i = sentence->first; i < sentence->end; i++) {
        const struct token *token = &doc->tokens.item[i];
        buf_printf(h->out, "<tr><td>%u</td><td>", i - sentence->first + 1);
        add_escaped(h->out, token->text);
        if (tagged) {
            struct explain_word word = explain_word(doc, i);
            buf_printf(h->out, "</td><td>%s</td><td>%u</td><td>%s</td><td>", word.upos,
                       word.head, word.deprel);
            add_escaped(h->out, word.lemma);
        }
        buf_add_str(h->out, STR("</td></tr>\n"));
    }
    buf_add_str(h->out, STR("</table></div></details>\n"));
}

static void say_part(struct html *h, const struct explain_part *part)
{
    const struct doc *doc = h->x->view->doc;
    const struct explain_writer writer = {open_mark, close_mark, add_piece, h};
    if (part->kind != PART_SENTENCE) {
        buf_add_str(h->out, STR("<section class=\"drop\"><p>"));
        add_escaped(h->out, doc_span_text(doc, part->span));
        buf_printf(h->out, "</p>dropped: %s%s%s</section>\n", part->reason,
                   part->cue ? ", by " : "", part->cue ? part->cue : "");
        return;
    }
    buf_printf(h->out, "<section><p><span class=\"n\">%u</span>", part->sentence);
    explain_walk(h->x, part->span, &writer);
    buf_add_str(h->out, STR("</p>\n"));
    say_facts(h, part->sentence);
    say_tokens(h, &doc->sentences.item[part->sentence]);
    buf_add_str(h->out, STR("</section>\n"));
}

static void say_heading(struct html *h)
{
    const struct explain_view *view = h->x->view;
    const struct article *article = &view->doc->article;
    const struct str more[] = {article->id,
                               article->source,
                               article->published,
                               article->language,
                               view->entry->fact[0].extractor,
                               article->url};
    buf_add_str(h->out, STR("<article>\n<h1>"));
    add_escaped(h->out, article->title.len ? article->title : article->id);
    buf_add_str(h->out, STR("</h1>\n<p class=\"meta\">"));
    for (size_t i = 0; i < sizeof more / sizeof *more; i++)
        if (more[i].len) {
            add_escaped(h->out, more[i]);
            buf_add_char(h->out, '\n');
        }
    buf_add_str(h->out, STR("</p>\n"));
}

/* Of the style sheet, as the policy names it. */
static void add_style_hash(struct buf *out)
{
    unsigned char digest[crypto_hash_sha256_BYTES];
    char text[sodium_base64_ENCODED_LEN(sizeof digest, sodium_base64_VARIANT_ORIGINAL)];
    crypto_hash_sha256(digest, (const unsigned char *)style, sizeof style - 1);
    sodium_bin2base64(text, sizeof text, digest, sizeof digest,
                      sodium_base64_VARIANT_ORIGINAL);
    buf_printf(out, "'sha256-%s'", text);
}

void explain_html_begin(struct buf *out)
{
    buf_add_str(out, STR("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
                         "<meta charset=\"utf-8\">\n"
                         "<meta http-equiv=\"Content-Security-Policy\" content=\""
                         "default-src 'none'; base-uri 'none'; form-action 'none'; "
                         "style-src "));
    add_style_hash(out);
    buf_add_str(out, STR("\">\n<meta name=\"referrer\" content=\"no-referrer\">\n"
                         "<meta name=\"viewport\" "
                         "content=\"width=device-width,initial-scale=1\">\n"
                         "<title>warta explain</title>\n<style>"));
    buf_add(out, style, sizeof style - 1);
    buf_add_str(out, STR("</style>\n</head>\n<body>\n"));
}

void explain_html(const struct explain_view *view, struct buf *out)
{
    struct explain x;
    struct html h = {.x = &x, .out = out, .fact = 1};
    struct explain_part part;
    uint32_t line = 0, sentence = 0;
    explain_init(&x, view);
    say_heading(&h);
    while (explain_next(&x, &line, &sentence, &part))
        say_part(&h, &part);
    say_facts(&h, UINT64_MAX);
    buf_add_str(out, STR("</article>\n"));
    explain_fini(&x);
}

void explain_html_end(struct buf *out)
{
    buf_add_str(out, STR("</body>\n</html>\n"));
}
