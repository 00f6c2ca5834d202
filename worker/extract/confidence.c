#include "worker/extract/confidence.h"

#define DIGITS_MOST 9

/* "0.931" without the C library's locale; false where it is no number between 0 and 1. */
static bool read_share(struct str text, double *out)
{
    double value = 0, place = 1;
    if (!str_starts(text, STR("0.")) || text.len < 3 || text.len > 2 + DIGITS_MOST)
        return false;
    for (size_t i = 2; i < text.len; i++) {
        unsigned digit = (unsigned)(unsigned char)text.ptr[i] - '0';
        if (digit > 9)
            return false;
        value = value * 10 + digit;
        place *= 10;
    }
    *out = value / place;
    return value > 0;
}

static double odds(double share)
{
    return share / (1 - share);
}

static double within(double confidence)
{
    if (!(confidence > CONFIDENCE_LEAST))
        return CONFIDENCE_LEAST;
    return confidence < CONFIDENCE_MOST ? confidence : CONFIDENCE_MOST;
}

double confidence_calibrate(const struct wordlist *list, const struct fact *fact)
{
    struct str value, right, given;
    double right_share, given_share;
    if (!(fact->rule && wordlist_get(list, str_of(fact->rule), &value)) &&
        !wordlist_get(list, str_of(fact_kind_names[fact->kind]), &value))
        return fact->confidence;
    if (!str_split(&value, ' ', &right) || !str_split(&value, ' ', &given) ||
        !read_share(right, &right_share) || !read_share(given, &given_share))
        return fact->confidence;
    double changed =
        odds(within(fact->confidence)) * odds(right_share) / odds(given_share);
    return within(changed / (1 + changed));
}
