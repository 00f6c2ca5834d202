#ifndef WORKER_EXTRACT_ROLE_H
#define WORKER_EXTRACT_ROLE_H

/* What the parts of the role stage share; of no use outside it.
 *
 * Who is what. A title phrase is a chain of titles, each with the organisation or the
 * country behind it: "Kepala BPS", "Presiden Rusia", "komandan Angkatan Darat Inggris
 * Kolonel". It belongs to the person named right behind it, or, between commas or after
 * a word that says so, to the one named right before it. */

#include "worker/extract/mention.h"
#include "worker/extract/names.h"

/* Titles of one person in one place. */
#define ROLE_CHAIN_MOST 6

struct role_office { /* one title and what it is of */
    struct title title;
    bool joined;                    /* to the next one: "Ketua dan pendiri X" */
    uint32_t organisation, country; /* entities, or DOC_NONE */
};

struct role_reader {
    struct doc *doc;
    struct gazetteer gazetteer;
    const struct wordlist *rolelink, *syntax, *pronoun;
    struct name_table seen;
    uint32_t limit;
    uint32_t last;   /* the person named last, before what is read; DOC_NONE none */
    uint32_t topic;  /* the one named first in the sentence of last */
    uint32_t line;   /* of the sentence */
    uint32_t inner;  /* the person named last in it between quotation marks */
    uint32_t titled; /* token behind a name with a title before it */
    bool quoted;     /* what is read stands between quotation marks */
    bool named;      /* last is somebody in this sentence */
    bool ended;      /* the words before the title say that it is over */
    bool linked;     /* and that what follows is what the person is */
    struct role_office chain[ROLE_CHAIN_MOST];
    uint32_t count;
    uint32_t end; /* of the chain */
};

/* role_office.c: the token says `what` in list rolelink. */
bool role_says(const struct role_reader *reader, uint32_t at, const char *what);
/* The mention that begins at token `at`, or NULL; and the same of a person. */
const struct mention *role_mention_from(const struct doc *doc, uint32_t at);
const struct mention *role_person_from(const struct role_reader *reader, uint32_t at);
/* "Menteri Perhubungan (Menhub)": behind a short form in brackets, or `at`. */
uint32_t role_skip_brackets(const struct role_reader *reader, uint32_t at);
/* Reads the chain of titles at `at`: the token behind it, or 0. */
uint32_t role_read_chain(struct role_reader *reader, uint32_t at);
/* Joined titles without their own take what the next one is of. */
void role_share_office(struct role_reader *reader);

/* Behind the capitalised words at `at` that are nobody's name, or `at`. */
uint32_t role_skip_unknown(const struct role_reader *reader, uint32_t at);

/* role_bearer.c: the person named right before the title at `at`, who it may belong to,
 * and the first token of both; DOC_NONE none. */
uint32_t role_person_before(struct role_reader *reader, uint32_t first, uint32_t at,
                            uint32_t *begin_out);
/* The title read last says of what it is. */
bool role_exact(const struct role_reader *reader);
/* More than one bears the title at `at`: "tiga wasit", "para pemain". */
bool role_is_plural(const struct role_reader *reader, uint32_t first, uint32_t at);
/* The first of those named behind the chain that ends before `at`, or NULL: "tiga wasit
 * yang dipilih FIFA, yakni A, B, dan C"; "gelandang Barcelona yang dipinjamkan ke klub
 * lain, Arda Turan, …". */
const struct mention *role_listed_behind(const struct role_reader *reader, uint32_t at);
const struct mention *role_behind_clause(const struct role_reader *reader, uint32_t at);
/* "seorang guru SMA di Palembang bernama Arda Turan" */
const struct mention *role_called(const struct role_reader *reader, uint32_t at);
/* The token behind the words at `at` that point back ("itu", "berusia 25 tahun itu"), or
 * `at`. */
uint32_t role_points_back(const struct role_reader *reader, uint32_t at);
/* Who is spoken of where a pronoun stands; DOC_NONE nobody known. */
uint32_t role_person_near(const struct role_reader *reader);
/* Who "politikus PAN itu", "pemimpin AS itu" and "pelatih itu" are: the one named last or
 * spoken of. */
uint32_t role_person_meant(const struct role_reader *reader);

#endif
