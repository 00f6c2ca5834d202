#ifndef WORKER_EXTRACT_GAZETTEER_H
#define WORKER_EXTRACT_GAZETTEER_H

/* What the pack knows of names: names themselves (place, org, person, alias) and the
 * words that begin, end, precede or rule out a name. The grammar of the values is written
 * in the lists' heads and here.
 *
 *   place, org, person, alias   TYPE country|- [country] [weak] [club] [= full name]
 *   lochead                     GPE or LOC, country|-, and soft, small, break, in
 *   orgtail                     | LOC or GPE, form, weak, sure
 *   orghead                     and | one, soft, apart, small, named, country
 *   title                       role | rank | honor, and pre, local, village, club, bound, serves,
 * namesake, country titletail                   | for nonname                     self |
 * run, and mute, initials nonnametail orgform                     short form namecue
 * place | say | verb */

#include "worker/text/doc.h"

struct gazetteer { /* borrowed from the pack; each list may be NULL */
    const struct wordlist *place, *org, *person, *alias;
    const struct wordlist *orghead, *orgtail, *orgbranch, *lochead, *namelink;
    const struct wordlist *nonname, *nonnametail, *orgform;
    const struct wordlist *title, *titletail, *field, *former;
    const struct wordlist *given, *surname, *capstop, *stop, *namecue, *called;
    const struct wordlist *root, *ordinary, *foreign, *foreignend; /* ordinary words */
};

/* One known name. */
struct gazetteer_entry {
    uint8_t type;       /* enum entity_type */
    bool state;         /* a country itself, not a place in it */
    bool town;          /* of a club that bears its name */
    bool weak;          /* needs a context that asks for it */
    struct str country; /* or absent */
    struct str full;    /* the full name this is short for, or absent */
};

void gazetteer_open(struct gazetteer *gazetteer, const struct lang *lang);

/* A value of place, org, person or alias. False where it is none. */
bool gazetteer_parse(struct str value, struct gazetteer_entry *out);

/* Longest known name at token `at`, before `limit`, written with capitals: its tokens, or
 * 0. */
uint32_t gazetteer_match(const struct gazetteer *gazetteer, const struct doc *doc,
                         uint32_t at, uint32_t limit, struct gazetteer_entry *out);

/* A known name that is all of `name` (lower case). */
bool gazetteer_find(const struct gazetteer *gazetteer, struct str lower,
                    struct gazetteer_entry *out);

/* The word is one of the space-separated words of value. */
bool gazetteer_says(struct str value, const char *word);

/* Letters of the token are written large: it may be (part of) a name. */
static inline bool token_large(const struct token *token)
{
    return token->kind == TOKEN_WORD && token->shape > SHAPE_LOWER;
}

#endif
