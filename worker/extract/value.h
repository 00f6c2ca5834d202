#ifndef WORKER_EXTRACT_VALUE_H
#define WORKER_EXTRACT_VALUE_H

/* What the readers of values (number, unit, date, clock, span, quantity) stand on: one
 * sentence cut finer than the tokeniser does it, and the pack's lists about values.
 *
 * A piece is a run of letters, a numeral (digits with single group and decimal marks
 * inside), or one other character. So "Rp129", "28,1%", "12/9" and "III-2023" come apart
 * in the same way however they were tokenised; every piece knows its token.
 *
 * Readers take the position of a piece and answer how many pieces they took; 0: not one
 * of theirs. None looks further than VALUE_REACH pieces, so a pass over a sentence is
 * linear. */

#include "worker/text/doc.h"

#define VALUE_REACH 12
/* Pieces of one word of a key, as of "s.d." */
#define VALUE_TOUCHING 4

enum piece_kind { PIECE_WORD, PIECE_NUMERAL, PIECE_MARK };

/* How the marks inside a numeral can be read. */
enum piece_form {
    FORM_NONE,    /* not a numeral, or one that is no number ("1.2.3") */
    FORM_PLAIN,   /* digits only */
    FORM_GROUPED, /* 2.000.000 */
    FORM_DECIMAL, /* 1,3 */
    FORM_EITHER,  /* 1,300: 1.3 by the language's marks, 1300 by the other ones */
};

struct piece {
    struct span span;
    struct str text;
    struct str lower;
    uint32_t token; /* the token it begins in */
    /* lexicon_word of it, of it and the piece that touches it, and so on; the last of
     * them that begins some key is word[words - 1]. */
    struct lexicon_path word[VALUE_TOUCHING];
    uint8_t words;
    double value; /* of a numeral */
    double other; /* FORM_EITHER: as a whole number */
    uint8_t kind, form;
    uint8_t digits; /* of FORM_PLAIN; 255 for more */
    bool space;     /* white space stands before it, or the sentence begins here */
    bool capital;   /* a word whose first letter is upper case */
    bool upper;     /* a word of two or more letters, all upper case */
    bool taken;     /* a fact holds its token */
};

/* The lists, as worker/lang/<code>/README.md describes them. */
struct value_lists {
    const struct wordlist *numeral, *number, *label, *ordinal;
    const struct wordlist *month, *weekday, *daypart, *zone, *timeword, *timeunit, *shift;
    const struct wordlist *period, *datepart, *datehead, *clockhead, *yearcue, *future;
    const struct wordlist *agecue, *range, *repeat, *timetable;
    const struct wordlist *currency, *unit, *magnitude, *bound, *boundafter, *change;
    const struct wordlist *counted, *nounstop, *place, *aboutcue;
};

struct values {
    struct doc *doc;
    struct value_lists list;
    char group, decimal; /* marks inside numerals */
    struct piece *item;  /* of the sentence read last */
    uint32_t count, cap;
    uint32_t sentence;
};

void values_init(struct values *v, struct doc *doc);
/* Cut a sentence; the pieces of the one before are gone. */
void values_read(struct values *v, uint32_t sentence);
/* Pieces are taken where a fact holds their token, and nowhere else. */
void values_retake(struct values *v);

static inline const struct piece *values_at(const struct values *v, uint32_t at)
{
    return at < v->count ? &v->item[at] : NULL;
}
/* The piece is this one character. */
bool values_mark(const struct values *v, uint32_t at, char mark);
/* It is one of the characters "-", en dash, em dash. */
bool values_dash(const struct values *v, uint32_t at);
/* No white space stands between this piece and the one before it. */
bool values_glued(const struct values *v, uint32_t at);

/* The first word of an entry of the list stands at the piece. */
static inline bool piece_may_begin(const struct piece *p, const struct wordlist *list)
{
    for (uint32_t i = 0; i < p->words; i++)
        if (wordlist_begins(list, p->word[i]))
            return true;
    return false;
}
/* The rest of values_match, for a list that may have an entry here. */
uint32_t values_match_begun(const struct values *v, const struct wordlist *list,
                            uint32_t at, struct str *value_out);
/* The longest entry of a list that begins here: pieces it takes, 0 none. A key's words
 * are joined as the text joins them: "us$", "yang lalu", "km/jam". */
static inline uint32_t values_match(const struct values *v, const struct wordlist *list,
                                    uint32_t at, struct str *value_out)
{
    return at < v->count && piece_may_begin(&v->item[at], list)
               ? values_match_begun(v, list, at, value_out)
               : 0;
}
static inline bool values_is(const struct values *v, const struct wordlist *list,
                             uint32_t at)
{
    return values_match(v, list, at, NULL) > 0;
}

/* A list's value: the next field, cut off *rest; and as a number. */
struct str value_field(struct str *rest);
double value_number(struct str field);
static inline bool value_flag(struct str fields, char flag)
{
    return fields.len && memchr(fields.ptr, flag, fields.len) != NULL;
}

/* The text of pieces [first, end). */
struct str values_text(const struct values *v, uint32_t first, uint32_t end);
/* A fact over these pieces, with the exact span; their tokens are marked. Borrowed until
 * the next one. */
struct fact *values_add(struct values *v, enum fact_kind kind, uint32_t first,
                        uint32_t end, const char *rule);
/* Mark pieces as taken without a fact: what stands there has been understood. */
void values_take(struct values *v, uint32_t first, uint32_t end);

#endif
