#ifndef WORKER_EXTRACT_NUMBER_H
#define WORKER_EXTRACT_NUMBER_H

/* Numbers as they are written: numerals, words, both mixed, and ranges of them.
 *
 * List number.txt gives each word its role:
 *   digit N       one to nine, zero              times N     ten, hundred: multiplies a
 * digit teen          adds ten to the digit before   one N       both in one word ("a
 * hundred") scale N       thousand and up                fraction N/M part N        of
 * the count before: a Nth     vague N     at least N ("thousands") about         behind a
 * numeral: roughly         point       decimal mark minus         negative none        a
 * phrase that is no number "digit 1 article" marks a one that is mostly an article. List
 * magnitude.txt has abbreviated scales: "N", or "N money" for those that mean it of money
 * only. */

#include "worker/extract/value.h"

enum number_flags {
    NUMBER_MONEY = 1, /* abbreviations that only money has are read, too */
    NUMBER_AND = 2,   /* a range's ends may be joined as "between A and B" are */
};

struct number {
    double value;     /* of a single one */
    double low, high; /* of a range */
    double other; /* the value a lone numeral like 1,300 has the other way; else NaN */
    double scale; /* the last multiplier of 1000 or more; 1 */
    bool range;
    bool vague;    /* at least: "thousands" */
    bool about;    /* roughly: "20-an" */
    bool words;    /* no numeral in it */
    bool article;  /* a bare "satu" */
    bool fraction; /* a bare fraction, or one behind a whole number */
};

/* One number at a piece; a range. 0 where there is none. */
uint32_t number_read_one(const struct values *v, uint32_t at, unsigned flags,
                         struct number *out);
uint32_t number_read(const struct values *v, uint32_t at, unsigned flags,
                     struct number *out);

/* The words between two ends of a range ("hingga", "-"): pieces taken, 0 none. Sense is
 * the list's value: "to", or "and", "or". */
uint32_t number_range_word(const struct values *v, uint32_t at, struct str *sense_out);

/* An ordinal ("ketiga", "ke-3", a Roman or plain numeral): its number. */
uint32_t number_read_ordinal(const struct values *v, uint32_t at, int *out);

/* What stands directly before the numeral makes it part of a name, code or list. */
bool number_is_code(const struct values *v, uint32_t at);

#endif
