#include "worker/learn/name.h"

#include <limits.h>

#define NEVER (INT_MIN / 2)

static int32_t larger(int32_t a, int32_t b)
{
    return a > b ? a : b;
}

/* Behind any tag there may stand O, a B, and this: the I of its own class, O behind O. */
static uint32_t own_behind(uint32_t before)
{
    return before + (before & 1);
}

/* best[i * NAME_TAGS + t]: the best sequence up to word i that ends in t. */
static void run_forward(const int32_t *scores, uint32_t count, int32_t *best)
{
    for (uint32_t t = 0; t < NAME_TAGS; t++)
        best[t] =
            name_may_follow(NAME_O, t) ? scores[t] + scores[NAME_PAIR(NAME_O, t)] : NEVER;
    for (uint32_t i = 1; i < count; i++) {
        const int32_t *s = scores + (size_t)i * NAME_LABELS;
        int32_t *here = best + (size_t)i * NAME_TAGS, *before = here - NAME_TAGS;
        for (uint32_t t = 0; t < NAME_TAGS; t++) {
            bool inside = t != NAME_O && t % 2 == 0;
            uint32_t first = inside ? t - 1 : 0, end = inside ? t + 1 : NAME_TAGS;
            int32_t most = before[first] + s[NAME_PAIR(first, t)];
            for (uint32_t b = first + 1; b < end; b++)
                most = larger(most, before[b] + s[NAME_PAIR(b, t)]);
            here[t] = most <= NEVER / 2 ? NEVER : most + s[t];
        }
    }
}

/* rest[i * NAME_TAGS + t]: the best sequence behind word i where that has t. */
static void run_back(const int32_t *scores, uint32_t count, int32_t *rest)
{
    memset(rest + (size_t)(count - 1) * NAME_TAGS, 0, NAME_TAGS * sizeof *rest);
    for (uint32_t i = count - 1; i > 0; i--) {
        const int32_t *s = scores + (size_t)i * NAME_LABELS;
        int32_t *behind = rest + (size_t)i * NAME_TAGS, *here = behind - NAME_TAGS;
        int32_t on[NAME_TAGS];
        for (uint32_t t = 0; t < NAME_TAGS; t++)
            on[t] = s[t] + behind[t];
        for (uint32_t b = 0; b < NAME_TAGS; b++) {
            const int32_t *pair = s + NAME_PAIR(b, 0);
            uint32_t own = own_behind(b);
            int32_t most = larger(pair[NAME_O] + on[NAME_O], pair[own] + on[own]);
            for (uint32_t t = NAME_B(1); t < NAME_TAGS; t += 2)
                most = larger(most, pair[t] + on[t]);
            here[b] = most;
        }
    }
}

/* By how much the best sequence is better than the best one without the tag here. */
static int32_t margin_of(const int32_t *best, const int32_t *rest, uint32_t tag)
{
    int32_t most = NEVER, without = NEVER;
    for (uint32_t t = 0; t < NAME_TAGS; t++) {
        int32_t total = best[t] > NEVER / 2 ? best[t] + rest[t] : NEVER;
        most = larger(most, total);
        without = t == tag ? without : larger(without, total);
    }
    return most - without;
}

/* The tag that goes on best behind `before`; of equal ones the first. */
static uint8_t best_tag(const int32_t *scores, const int32_t *rest, uint32_t before)
{
    const int32_t *pair = scores + NAME_PAIR(before, 0);
    int32_t most = pair[NAME_O] + scores[NAME_O] + rest[NAME_O];
    uint32_t tag = NAME_O;
    for (uint32_t t = 1; t < NAME_TAGS; t++) {
        int32_t score = pair[t] + scores[t] + rest[t];
        if (score > most && (t % 2 || t == own_behind(before))) {
            most = score;
            tag = t;
        }
    }
    return (uint8_t)tag;
}

void name_decode(const int32_t *scores, uint32_t count, int32_t *room, uint8_t *tag_out,
                 int32_t *margin_out)
{
    int32_t *best = room, *rest = room + (size_t)count * NAME_TAGS;
    if (count == 0)
        return;
    if (margin_out)
        run_forward(scores, count, best);
    run_back(scores, count, rest);
    for (uint32_t i = 0; i < count; i++) {
        const int32_t *b = best + (size_t)i * NAME_TAGS;
        const int32_t *r = rest + (size_t)i * NAME_TAGS;
        tag_out[i] =
            best_tag(scores + (size_t)i * NAME_LABELS, r, i ? tag_out[i - 1] : NAME_O);
        if (margin_out)
            margin_out[i] = margin_of(b, r, tag_out[i]);
    }
}

int name_open(struct name_tagger *tagger, struct str section,
              const struct clusters *clusters, const struct lexicon *lexicon,
              struct err *err)
{
    tagger->clusters = *clusters;
    int result = name_evidence_open(&tagger->evidence, lexicon, err);
    return result ? result : name_weights_open(&tagger->weights, section, err);
}

void name_score(const struct name_tagger *tagger, const struct name_word *word,
                uint32_t count, int32_t *scores)
{
    for (uint32_t i = 0; i < count; i++) {
        struct name_features f;
        name_features(word + i, &f);
        name_weigh(&tagger->weights, &f, scores + (size_t)i * NAME_LABELS);
    }
}

void name_tag(const struct name_tagger *tagger, const struct doc *doc,
              const struct name_stretch *stretch, const struct name_room *room)
{
    uint32_t count = stretch->end - stretch->first;
    name_words(&tagger->clusters, &tagger->evidence, doc, stretch, room->word);
    name_score(tagger, room->word, count, room->scores);
    name_decode(room->scores, count, room->decode, room->tag, room->margin);
}
