#include "worker/text/text_private.h"

#include "proto/base/utf8.h"

/* Language by function words. The pack's list `stop` says how much of the text is its
 * own; its list `language` names words of other languages (`the` en) and, for near
 * relatives that share most words, the words that tell them apart on both sides (`bahwa`
 * id, `bahawa` ms near). */

#define WORDS_READ 2000 /* words looked at: more would not change the answer */
#define WORDS_FEW  20   /* of fewer, more must be the pack's own */
#define OWN_LEAST  2
/* Share of function words in running text of the pack's language is above 0.25; lists of
 * names and tables fall to about half of that. */
#define SHARE_LEAST     0.10
#define SHARE_LEAST_FEW 0.20
#define CODES_MOST      16
#define NEAR_LEAST      2 /* marks of a near relative that count */
#define WORD_BYTES      48

struct vote {
    struct str code;
    uint32_t count;
    bool near;
};

struct tally {
    uint32_t words, own; /* own: in `stop` */
    struct vote vote[CODES_MOST];
    uint32_t votes;
};

/* The next run of letters in lower case; false at the end. */
static bool next_word(struct str *rest, char *buffer, struct str *out)
{
    size_t len = 0, at = 0;
    while (at < rest->len) {
        uint32_t cp;
        unsigned step = utf8_decode(rest->ptr + at, rest->ptr + rest->len, &cp);
        bool letter = step && utf8_is_letter(cp);
        if (!letter && len)
            break;
        if (letter && len < WORD_BYTES)
            len += utf8_encode(utf8_lower(cp), buffer + len);
        at += step ? step : 1;
    }
    *rest = str_from(*rest, at);
    *out = str_make(buffer, len);
    return len > 0;
}

static void count_vote(struct tally *tally, struct str value)
{
    struct str code, rest = value;
    str_split(&rest, ' ', &code);
    for (uint32_t i = 0; i < tally->votes; i++)
        if (str_eq(tally->vote[i].code, code)) {
            tally->vote[i].count++;
            return;
        }
    if (tally->votes < CODES_MOST)
        tally->vote[tally->votes++] = (struct vote){code, 1, rest.ptr != NULL};
}

static void count_words(struct str text, const struct lang *lang, struct tally *tally)
{
    const struct wordlist *stop = lexicon_list(lang->lexicon, "stop");
    const struct wordlist *other = lexicon_list(lang->lexicon, "language");
    char buffer[WORD_BYTES + 4];
    struct str word, value;
    *tally = (struct tally){0};
    while (tally->words < WORDS_READ && next_word(&text, buffer, &word)) {
        tally->words++;
        tally->own += wordlist_get(stop, word, NULL);
        if (wordlist_get(other, word, &value) && value.ptr)
            count_vote(tally, value);
    }
}

/* The language that has more for it than the pack's own, or absent. */
static struct str stronger(const struct tally *tally, const struct lang *lang)
{
    uint32_t own = 0, best = 0;
    struct str code = STR_NONE;
    for (uint32_t i = 0; i < tally->votes; i++)
        if (str_is(tally->vote[i].code, lang->code))
            own = tally->vote[i].count;
    for (uint32_t i = 0; i < tally->votes; i++) {
        const struct vote *vote = &tally->vote[i];
        bool wins = vote->near ? vote->count >= NEAR_LEAST && vote->count > own
                               : vote->count > tally->own;
        if (wins && vote->count > best && !str_is(vote->code, lang->code)) {
            best = vote->count;
            code = vote->code;
        }
    }
    return code;
}

static bool is_own(const struct tally *tally, double share)
{
    double least = tally->words < WORDS_FEW ? SHARE_LEAST_FEW : SHARE_LEAST;
    return tally->own >= OWN_LEAST && share >= least;
}

const struct lang *detect_language(struct str text, struct str said,
                                   const struct lang_set *langs, struct str *code_out)
{
    *code_out = said;
    if (said.len)
        return lang_find(langs, said);
    const struct lang *best = NULL;
    double best_share = 0;
    for (size_t i = 0; i < lang_count(langs); i++) {
        const struct lang *lang = lang_at(langs, i);
        struct tally tally;
        count_words(text, lang, &tally);
        struct str other = stronger(&tally, lang);
        double share = tally.words ? (double)tally.own / tally.words : 0;
        if (other.len) {
            *code_out = other;
        } else if (is_own(&tally, share) && share > best_share) {
            best = lang;
            best_share = share;
        }
    }
    if (best)
        *code_out = str_of(best->code);
    return best;
}
