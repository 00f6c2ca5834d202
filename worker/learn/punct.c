#include "worker/learn/punct.h"

#include "worker/learn/label.h"

#include <string.h>

#define NONE UINT16_MAX

static bool is_punct(const struct feature_word *word)
{
    return word->upos == UPOS_PUNCT;
}

/* The nearest sign and the one beyond it, as one number. */
static uint16_t add_sign(uint16_t beside, uint8_t sign)
{
    return (uint16_t)(beside << FEATURE_SIGN_BITS | sign) &
           ((1u << 2 * FEATURE_SIGN_BITS) - 1);
}

uint32_t punct_take_out(const struct feature_word *word, uint32_t count,
                        struct feature_word *kept, uint16_t *at_out)
{
    uint32_t n = 0;
    uint16_t before = 0, behind = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (is_punct(&word[i])) {
            before = add_sign(before, word[i].sign);
            continue;
        }
        kept[n] = word[i];
        kept[n].before = before;
        at_out[n++] = (uint16_t)i;
        before = 0;
    }
    for (uint32_t i = count, k = n; i-- > 0;) {
        if (is_punct(&word[i])) {
            behind = add_sign(behind, word[i].sign);
            continue;
        }
        kept[--k].behind = behind;
        behind = 0;
    }
    for (int i = 0; i < PUNCT_MARGIN; i++) {
        feature_word_outside(kept - 1 - i, FEATURE_BEFORE);
        feature_word_outside(kept + n + i, FEATURE_BEHIND);
    }
    kept[n].before = before;
    return n;
}

struct hanging {
    const struct feature_word *word;
    uint16_t *head, *pair;
    uint32_t count;
};

/* Signs that open wait, the last one first, for what closes them; meanwhile pair links
 * them. What looks the same on both sides closes where something is open. */
static void find_pairs(struct hanging *h)
{
    uint16_t open[SIGN_PAIRS];
    memset(open, 0xff, sizeof open);
    for (uint32_t i = 0; i < h->count; i++) {
        uint8_t sign = h->word[i].sign;
        h->pair[i] = NONE;
        if (!is_punct(&h->word[i]) || sign < SIGN_PAIRED)
            continue;
        uint16_t *waits = &open[(sign - SIGN_PAIRED) / 2], other = *waits;
        bool closes = (sign - SIGN_PAIRED) % 2 || (sign >= SIGN_DOUBLE && other != NONE);
        if (!closes) {
            h->pair[i] = other;
            *waits = (uint16_t)i;
        } else if (other != NONE) {
            *waits = h->pair[other];
            h->pair[other] = (uint16_t)i;
            h->pair[i] = other;
        }
    }
    for (uint32_t k = 0; k < SIGN_PAIRS; k++)
        while (open[k] != NONE) {
            uint16_t other = h->pair[open[k]];
            h->pair[open[k]] = NONE;
            open[k] = other;
        }
}

/* The first word between a pair whose head lies outside. */
static uint16_t head_inside(const struct hanging *h, uint32_t a, uint32_t b)
{
    uint32_t begin = a < b ? a : b, end = a < b ? b : a;
    for (uint32_t i = begin + 1; i < end; i++)
        if (!is_punct(&h->word[i]) && (h->head[i] < begin || h->head[i] > end))
            return (uint16_t)i;
    return NONE;
}

/* The nearest word in [begin, end) on one side of p, and up from there as long as heads
 * stay in it. */
static uint16_t climb(const struct hanging *h, uint32_t p, uint32_t begin, uint32_t end)
{
    bool left = end <= p;
    uint32_t i = left ? end : begin;
    for (;;) {
        if (left ? i == begin : i == end)
            return NONE;
        i -= left;
        if (!is_punct(&h->word[i]))
            break;
        i += !left;
    }
    while (h->head[i] >= begin && h->head[i] < end)
        i = h->head[i];
    return (uint16_t)i;
}

/* A letter, or a short word with a capital: its stop need not end a sentence. */
static bool looks_short(const struct feature_word *word)
{
    bool capital = word->shape == FEATURE_CAPITAL || word->shape == FEATURE_UPPER;
    return (capital || word->shape == FEATURE_LOWER) &&
           (word->prefix[1] == 0 ||
            (word->shape == FEATURE_CAPITAL && word->prefix[3] == 0));
}

/* Treebanks have several sentences in one now and then. */
static bool ends_sentence(const struct hanging *h, uint32_t p, uint32_t behind)
{
    if (h->word[p].sign == SIGN_END)
        return true;
    if (h->word[p].sign != SIGN_STOP)
        return false;
    if (behind == h->count)
        return true;
    uint8_t shape = h->word[behind].shape & (FEATURE_HYPHEN - 1);
    bool capital =
        shape == FEATURE_CAPITAL || shape == FEATURE_UPPER || shape == FEATURE_MIXED;
    return capital && p > 0 && !looks_short(&h->word[p - 1]);
}

static uint16_t place(const struct hanging *h, uint32_t p, bool ends, uint32_t begin)
{
    uint8_t sign = h->word[p].sign;
    uint16_t found = h->pair[p] == NONE ? NONE : head_inside(h, p, h->pair[p]);
    if (found != NONE)
        return found;
    if (ends && (found = climb(h, p, begin, p)) != NONE)
        return found;
    uint16_t left = climb(h, p, 0, p), right = climb(h, p, p + 1, h->count);
    if ((sign == SIGN_STOP || sign == SIGN_SLASH) && p > 0 && right != NONE &&
        !is_punct(&h->word[p - 1]))
        return (uint16_t)(p - 1);
    if (left == NONE || (right != NONE && h->head[right] < p))
        return right;
    return left;
}

static void hang_among_signs(uint32_t count, uint16_t *head)
{
    for (uint32_t i = 0; i < count; i++)
        head[i] = (uint16_t)(i == 0 ? count : 0);
}

void punct_hang(const struct feature_word *word, uint32_t count, uint16_t *head,
                uint16_t *room)
{
    struct hanging h = {word, head, room, count};
    uint32_t begin = 0, behind = 0;
    find_pairs(&h);
    for (uint32_t p = 0; p < count; p++) {
        if (!is_punct(&word[p]))
            continue;
        for (behind = behind > p ? behind : p + 1; behind < count; behind++)
            if (!is_punct(&word[behind]))
                break;
        bool ends = ends_sentence(&h, p, behind);
        uint16_t found = place(&h, p, ends, begin);
        if (found == NONE) {
            hang_among_signs(count, head);
            return;
        }
        head[p] = found;
        begin = ends ? p + 1 : begin;
    }
}
