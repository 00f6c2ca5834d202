#ifndef WORKER_EXTRACT_QUOTE_H
#define WORKER_EXTRACT_QUOTE_H

/* Who said what: what the parts of the quote stage share.
 *
 *   quote_mark      stretches between quotation marks, line by line
 *   quote_phrase    who a noun phrase means
 *   quote_speaker   the speaker that stands behind or before a cue
 *   quote_direct    a stretch and its cue
 *   quote_content   the clause behind a verb of speech
 *   quote_indirect  verbs of speech with a clause; "menurut X", ", kata X"
 *   quote           the pass over the text, in order, which keeps in mind who spoke last
 *
 * Facts of kind quote with `dropped` set are no quotes but say who answers for a stretch
 * of text ("berdasarkan laporan X, …"); source.c reads them. */

#include "worker/extract/clause.h"

/* What stands between two marks. */
struct stretch {
    uint32_t open, close; /* tokens; close DOC_NONE: it never closes */
    uint32_t first, end;  /* tokens inside */
    uint32_t line_end;    /* tokens of its line end here */
};

struct speaker {
    uint32_t entity;     /* DOC_NONE: unnamed */
    struct str text;     /* of an unnamed one */
    uint32_t first, end; /* tokens that name it; first == end: none do */
    bool guessed;        /* a pronoun or description has been resolved */
    bool relative;       /* the cue is in a relative clause behind it */
    bool denied;         /* no speech: the verb is denied or depends on another */
};

#define QUOTE_ROLES 256

struct quotes {
    struct clause *clause; /* of doc */
    struct doc *doc;
    struct {
        struct stretch *item;
        uint32_t count, cap;
    } stretches;
    struct speaker focus;   /* who spoke or acted last; first == end == 0: nobody */
    struct speaker person;  /* the last of them who is a person */
    struct speaker subject; /* the person a sentence near began with */
    bool focus_set, person_set, subject_set;
    uint32_t role[QUOTE_ROLES]; /* found of kind role, the first ones */
    uint32_t role_count;
    struct speaker here; /* speaker of the cue before in this sentence */
    uint32_t here_sentence;
    uint32_t said_line_end; /* line_end of the line where somebody was last quoted */
};

/* quote_mark.c */
void quote_mark_read(struct quotes *q);
static inline struct stretch *quote_stretch_at(const struct quotes *q, uint32_t token)
{
    uint32_t stretch = q->clause->word[token].stretch;
    return stretch ? &q->stretches.item[stretch - 1] : NULL;
}

/* quote_phrase.c */
void quote_roles_read(struct quotes *q);
const struct mention *quote_mention(const struct quotes *q, uint32_t at); /* or NULL */
/* The mention in [first, end) of this type that stands last, or NULL. */
const struct mention *quote_last_mention(const struct quotes *q, uint32_t first,
                                         uint32_t end, uint8_t type);
void quote_name(struct speaker *out, uint32_t entity, uint32_t first, uint32_t end);
void quote_unnamed(const struct quotes *q, struct speaker *out, uint32_t first,
                   uint32_t end);
/* Who the phrase [first, end) means, a person's own name apart; false: no speaker. */
bool quote_phrase(struct quotes *q, uint32_t first, uint32_t end, struct speaker *out);
/* Who is meant at `at` without being named: in "-nya", or by a pronoun. */
bool quote_speaker_again(struct quotes *q, uint32_t at, bool pronoun,
                         struct speaker *out);
void quote_focus(struct quotes *q, const struct speaker *speaker);

/* quote_speaker.c: false where there is none. after: the phrase that begins at `at`;
 * before: the subject of the verb at `verb`, not before `floor`. */
bool quote_speaker_after(struct quotes *q, uint32_t at, uint32_t limit,
                         struct speaker *out);
bool quote_speaker_before(struct quotes *q, uint32_t verb, uint32_t floor,
                          struct speaker *out);
/* Whatever stands there, as an unnamed one. */
bool quote_speaker_words(struct quotes *q, uint32_t at, uint32_t limit,
                         struct speaker *out);

/* quote_direct.c: the quote whose stretch begins at `open`. Answers where to read on;
 * `open` itself where it is no direct quote. */
uint32_t quote_direct(struct quotes *q, struct stretch *stretch, uint32_t sentence_first);
/* By what stands beside it, it is a direct quote. */
bool quote_looks_direct(struct quotes *q, const struct stretch *stretch,
                        uint32_t sentence_first);
/* It ends a sentence and is long enough to be one. */
bool quote_is_whole(const struct quotes *q, const struct stretch *stretch);

/* quote_content.c */
#define QUOTE_CLAUSE_WORDS 3 /* words of a speech that hangs on a comma */
#define QUOTE_PLAIN_WORDS  4 /* … and of one that shows no predicate */

struct quote_part {
    struct quotes *q;
    uint32_t first, end; /* of the stretch of the sentence that is read */
    struct stretch *stretch;
    uint32_t trail; /* the attribution at its end that names a speaker; DOC_NONE */
};

struct quote_content {
    uint32_t first, end;
    const char *rule;
    double confidence;
    bool that; /* "bahwa" begins it */
};

/* What is said behind the verb; false: no clause stands there. */
bool quote_read_content(const struct quote_part *p, uint32_t verb,
                        struct quote_content *out);
/* Sets the end of a content that begins at out->first. */
void quote_end_content(const struct quote_part *p, struct quote_content *out);
/* The end without "…, seperti dilansir Reuters, Senin". */
uint32_t quote_cut_tail(const struct quote_part *p, uint32_t first, uint32_t end);
/* Past what stands between a verb and its clause: to whom, where, when, from whom. */
uint32_t quote_skip_adjunct(const struct quote_part *p, uint32_t at, bool *comma_out);

/* quote_indirect.c: the quotes in tokens [first, end) of one sentence, outside direct
 * quotes. stretch: a direct quote begins at `end`, or NULL. Answers where to read on. */
uint32_t quote_indirect(struct quotes *q, uint32_t first, uint32_t end,
                        struct stretch *stretch);

/* quote.c */
struct quote_parts {
    uint32_t first, end; /* content */
    uint32_t cue;        /* token; DOC_NONE: none */
    bool direct;
    const char *rule;
    double confidence;
};
/* False where nothing is left of the content. */
bool quote_add(struct quotes *q, const struct quote_parts *parts,
               const struct speaker *speaker);
/* Tokens [*first, *end) without outer commas, stops and dashes. */
void quote_trim(const struct quotes *q, uint32_t *first, uint32_t *end);
uint32_t quote_words(const struct quotes *q, uint32_t first, uint32_t end);

#endif
