#ifndef WORKER_TEXT_DOC_H
#define WORKER_TEXT_DOC_H

/* The document: one article on its way through text → learn → extract. Everything is in
 * one arena; every place is a byte span of `text`, the cleaned NFC text that is
 * published.
 *
 *   text     fills text, lines, language, sentences, tokens
 *   learn    keeps names, tags and trees for who asks
 *   extract  fills mentions, entities and found, in this order:
 *            times, quantities, mentions, roles, quotes, sources and modes, assemble
 */

#include "proto/wire/fact.h"
#include "worker/lang/lang.h"
#include "worker/text/memo.h"

#define DOC_NONE UINT32_MAX

/* Why a line or sentence yields no facts. Names for people: doc_drop_name. */
enum doc_drop {
    DROP_NOT,    /* it is read */
    DROP_REPEAT, /* says word for word what an earlier one said (caption printed twice) */
    DROP_TEASER, /* points to another article ("Baca Juga: …") */
    DROP_PROMPT, /* asks the reader to do something (comment, follow, share) */
    DROP_FURNITURE, /* page furniture: tags, credits, copyright, video or image markers */
    DROP_BYLINE,    /* reporter codes, datelines' outlet tags */
    DROP_LANGUAGE,  /* not in a language there is a pack for */
};

struct doc_line {
    struct span span; /* without the line end and outer white space */
    enum doc_drop drop;
    const char *cue; /* list or rule that says so, for explain; static; or NULL */
};

enum token_kind { TOKEN_WORD, TOKEN_NUMBER, TOKEN_PUNCT, TOKEN_SYMBOL };
enum token_shape { SHAPE_NONE, SHAPE_LOWER, SHAPE_CAPITAL, SHAPE_UPPER, SHAPE_MIXED };

/* What a punctuation token does. Marks that look the same on both sides are told apart by
 * their place. */
enum token_mark {
    MARK_NONE,
    MARK_QUOTE_OPEN,
    MARK_QUOTE_CLOSE,
    MARK_BRACKET_OPEN,
    MARK_BRACKET_CLOSE,
    MARK_COMMA,
    MARK_STOP,
    MARK_COLON,
    MARK_DASH,
    MARK_OTHER
};

struct token {
    struct span span;
    struct str text;          /* text[span], borrowed */
    struct str lower;         /* the same in lower case */
    struct lexicon_path word; /* lexicon_word of lower */
    uint32_t sentence;
    uint8_t kind, shape, mark;
    bool space_before; /* white space stands before it (false at a line's begin) */
    uint32_t
        found; /* 1 + index in doc.found of the time or quantity it belongs to; 0 none */
    uint32_t mention; /* 1 + index in doc.mentions it belongs to; 0 none */
    /* filled by learn where it is asked (name_token, learn/name.h), 0 until then */
    uint8_t name;        /* 1 + tag; 0 not tagged */
    uint8_t name_margin; /* how sure that tag is: 0 to 255 */
};

struct sentence {
    struct span span;    /* without outer white space */
    uint32_t first, end; /* tokens [first, end) */
    uint32_t line;
    enum doc_drop drop; /* of its line, or its own repeat */
};

enum entity_type {
    ENTITY_NONE = FACT_TYPE_NONE,
    ENTITY_PER = FACT_PER,
    ENTITY_ORG = FACT_ORG,
    ENTITY_GPE = FACT_GPE,
    ENTITY_LOC = FACT_LOC
};

/* One name in the text. */
struct mention {
    struct span span;
    uint32_t first, end; /* tokens */
    uint32_t sentence;
    uint8_t type;       /* enum entity_type */
    uint32_t entity;    /* index in doc.entities */
    struct str name;    /* titles stripped; borrowed from text where it can be */
    struct str country; /* ISO 3166-1 alpha-2 where known */
    float confidence;
    const char *rule;
};

/* What several mentions name. */
struct entity {
    uint8_t type;
    struct str name; /* fullest form in the article */
    struct str country;
    uint32_t first_mention; /* index in doc.mentions */
    uint32_t mention_count;
    float confidence;
    const char *rule;
};

/* A fact on its way: the record as it will be published, and its tokens. */
struct found {
    struct fact fact;
    uint32_t first, end; /* tokens of fact.span */
    uint32_t entity;     /* quote: speaker, role: person, quantity: holder; or DOC_NONE */
    bool dropped;        /* a later stage took it back */
};

struct doc {
    struct arena *arena;     /* borrowed */
    const struct lang *lang; /* NULL: language unsupported, nothing is extracted */
    struct article
        article;     /* as published: text cleaned, language guessed if it was absent */
    struct str text; /* article.text */
    struct {
        struct doc_line *item;
        uint32_t count, cap;
    } lines;
    struct {
        struct sentence *item;
        uint32_t count, cap;
    } sentences;
    struct {
        struct token *item;
        uint32_t count, cap;
    } tokens;
    struct {
        struct mention *item;
        uint32_t count, cap;
    } mentions;
    struct {
        struct entity *item;
        uint32_t count, cap;
    } entities;
    struct {
        struct found *item;
        uint32_t count, cap;
    } found;
    struct memo *memo;          /* borrowed, of other documents too; or NULL */
    struct lang_word *analysed; /* by token, what doc_analyse has asked for; or NULL */
    struct clause *clause;   /* filled by clause_of (worker/extract/clause.h); or NULL */
    struct sources *sources; /* filled by sources_of (worker/extract/source.h); or NULL */
    struct name_set *names;  /* of learn/name.h; NULL: no model reads this document */
    struct tree_set *trees;  /* of learn/tree.h; likewise */
    uint64_t
        deadline_ns; /* clock_now_ns after which doc_check stops the document; 0 none */
};

/* Begin a document on arena (which stays the caller's). */
void doc_init(struct doc *doc, struct arena *arena, const struct article *article);

/* Long loops call this now and then; past the deadline it ends the document as a full
 * arena does. */
void doc_check(struct doc *doc);

/* A new fact of a kind over tokens [first, end): span, sentence, text and rule are set;
 * marks no tokens. Borrowed: valid until the next doc_add. */
struct found *doc_add(struct doc *doc, enum fact_kind kind, uint32_t first, uint32_t end,
                      const char *rule, double confidence);

static inline struct str doc_span_text(const struct doc *doc, struct span span)
{
    return str_slice(doc->text, span.begin, span.end);
}

/* The rest of doc_match, for a list that may have an entry here. */
uint32_t doc_match_begun(const struct doc *doc, const struct wordlist *list, uint32_t at,
                         uint32_t limit, struct str *value_out);
/* Longest entry of list that begins at token `at` and ends before `limit`: number of
 * tokens, 0 none. Compares the tokens' lower-case (or exact) forms joined by single
 * spaces. */
static inline uint32_t doc_match(const struct doc *doc, const struct wordlist *list,
                                 uint32_t at, uint32_t limit, struct str *value_out)
{
    if (at >= limit || !wordlist_begins(list, doc->tokens.item[at].word))
        return 0;
    return doc_match_begun(doc, list, at, limit, value_out);
}

/* What morphology says of a token's lower-case form; asked of the pack once, however many
 * stages want it. doc.lang is set and has analyse. Valid as long as the document. */
const struct lang_word *doc_analyse(struct doc *doc, uint32_t at);
/* The same of any lower-case form, which lives as long as the document. */
void doc_analyse_form(struct doc *doc, struct str form, struct lang_word *out);

/* The list's entry of the token's lower-case form: true where there is one. value_out may
 * be NULL, and is left alone where there is none. */
static inline bool token_get(const struct token *token, const struct wordlist *list,
                             struct str *value_out)
{
    if (!wordlist_ends(list, token->word))
        return false;
    if (value_out == NULL && !wordlist_exact(list))
        return true;
    return wordlist_take(list, token->word, token->lower, value_out);
}

const char *doc_drop_name(enum doc_drop drop);

#endif
