#include "worker/learn/name.h"

#include "worker/learn/model.h"

#include <limits.h>

#define NAME_MARGIN_UNIT 16 /* of scores, one step of token.name_margin */

#define NEVER (INT_MIN / 2)

/* Tags that may stand before t: all, but for what goes on in a name. */
static uint32_t first_before(uint32_t t)
{
    return t != NAME_O && t % 2 == 0 ? t - 1 : 0;
}

static uint32_t end_before(uint32_t t)
{
    return t != NAME_O && t % 2 == 0 ? t + 1 : NAME_TAGS;
}

/* best[i * NAME_TAGS + t]: the best sequence up to word i that ends in t. */
static void run_forward(const int32_t *scores, uint32_t count, int32_t *best)
{
    for (uint32_t t = 0; t < NAME_TAGS; t++)
        best[t] =
            first_before(t) == NAME_O ? scores[t] + scores[NAME_PAIR(NAME_O, t)] : NEVER;
    for (uint32_t i = 1; i < count; i++) {
        const int32_t *s = scores + (size_t)i * NAME_LABELS;
        int32_t *here = best + (size_t)i * NAME_TAGS, *before = here - NAME_TAGS;
        for (uint32_t t = 0; t < NAME_TAGS; t++) {
            int32_t most = NEVER;
            for (uint32_t b = first_before(t); b < end_before(t); b++) {
                int32_t sum = before[b] + s[NAME_PAIR(b, t)];
                most = sum > most ? sum : most;
            }
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
        for (uint32_t b = 0; b < NAME_TAGS; b++)
            here[b] = NEVER;
        for (uint32_t t = 0; t < NAME_TAGS; t++) {
            int32_t on = s[t] + behind[t];
            for (uint32_t b = first_before(t); b < end_before(t); b++) {
                int32_t sum = s[NAME_PAIR(b, t)] + on;
                here[b] = sum > here[b] ? sum : here[b];
            }
        }
    }
}

static int32_t best_total(const int32_t *best, const int32_t *rest, uint32_t without)
{
    int32_t most = NEVER;
    for (uint32_t t = 0; t < NAME_TAGS; t++)
        if (t != without && best[t] > NEVER / 2 && best[t] + rest[t] > most)
            most = best[t] + rest[t];
    return most;
}

/* The tag that goes on best behind `before`. */
static uint8_t best_tag(const int32_t *scores, const int32_t *rest, uint32_t before)
{
    int32_t most = NEVER;
    uint32_t tag = NAME_O;
    for (uint32_t t = 0; t < NAME_TAGS; t++) {
        if (!name_may_follow(before, t))
            continue;
        int32_t score = scores[NAME_PAIR(before, t)] + scores[t] + rest[t];
        if (score > most) {
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
            margin_out[i] = best_total(b, r, NAME_TAGS) - best_total(b, r, tag_out[i]);
    }
}

int name_open(struct name_tagger *tagger, struct str section,
              const struct clusters *clusters, struct err *err)
{
    *tagger = (struct name_tagger){.clusters = *clusters};
    if (section.len < NAME_HEAD_BYTES)
        return err_set(err, ERR_FORMAT, "names: no head");
    tagger->none_bonus = (int32_t)model_u32(section.ptr);
    if (tagger->none_bonus < -NAME_BONUS_MOST || tagger->none_bonus > NAME_BONUS_MOST)
        return err_set(err, ERR_FORMAT, "names: a bonus of %d", tagger->none_bonus);
    int result =
        perceptron_open(&tagger->perceptron, str_from(section, NAME_HEAD_BYTES), err);
    if (result == 0 && tagger->perceptron.labels != NAME_LABELS)
        result = err_set(err, ERR_FORMAT, "names: %u labels", tagger->perceptron.labels);
    return result;
}

void name_score(const struct name_tagger *tagger, const struct name_word *word,
                uint32_t count, int32_t *scores)
{
    for (uint32_t i = 0; i < count; i++) {
        struct name_features f;
        int32_t *s = scores + (size_t)i * NAME_LABELS;
        name_features(word + i, &f);
        /* one call: tag features only know tags, pair features only pairs */
        memcpy(f.tag.id + f.tag.count, f.pair.id, f.pair.count * sizeof *f.pair.id);
        perceptron_score(&tagger->perceptron, f.tag.id, f.tag.count + f.pair.count, s);
        s[NAME_O] += tagger->none_bonus;
    }
}

void name_tag(const struct name_tagger *tagger, const struct name_word *word,
              uint32_t count, const struct name_room *room)
{
    for (uint32_t i = 0, end; i < count; i = end) {
        for (end = i; end < count && name_is_quiet(word + end); end++) {
            room->tag[end] = NAME_O;
            room->margin[end] = INT_MAX;
        }
        uint32_t first = end;
        while (end < count && !name_is_quiet(word + end))
            end++;
        name_score(tagger, word + first, end - first, room->scores);
        name_decode(room->scores, end - first, room->decode, room->tag + first,
                    room->margin + first);
    }
}

static void read_tokens(const struct name_tagger *tagger,
                        const struct name_evidence *evidence, struct doc *doc,
                        uint32_t first, uint32_t end, const struct name_room *room)
{
    uint32_t count = end - first;
    name_words(&tagger->clusters, evidence, doc, first, end, room->word);
    name_tag(tagger, room->word, count, room);
    for (uint32_t i = 0; i < count; i++) {
        struct token *token = &doc->tokens.item[first + i];
        int32_t margin = room->margin[i] / NAME_MARGIN_UNIT;
        token->name = (uint8_t)(1 + room->tag[i]);
        token->name_margin = (uint8_t)(margin > UINT8_MAX ? UINT8_MAX : margin);
    }
}

void name_read(const struct name_tagger *tagger, struct doc *doc)
{
    struct name_evidence evidence;
    const size_t most = NAME_TOKENS_MOST;
    if (doc->lang == NULL || doc->sentences.count == 0 ||
        name_evidence_open(&evidence, doc->lang->lexicon, NULL) != 0)
        return;
    struct name_room room = {
        .word = arena_alloc(doc->arena, (most + 2 * NAME_MARGIN) * sizeof *room.word),
        .scores = arena_alloc(doc->arena, most * NAME_LABELS * sizeof(int32_t)),
        .decode = arena_alloc(doc->arena, most * 2 * NAME_TAGS * sizeof(int32_t)),
        .margin = arena_alloc(doc->arena, most * sizeof(int32_t)),
        .tag = arena_alloc(doc->arena, most)};
    room.word += NAME_MARGIN;
    for (uint32_t i = 0; i < doc->sentences.count; i++) {
        const struct sentence *sentence = &doc->sentences.item[i];
        if (sentence->drop != DROP_NOT)
            continue;
        doc_check(doc);
        for (uint32_t at = sentence->first; at < sentence->end; at += NAME_TOKENS_MOST) {
            uint32_t left = sentence->end - at;
            read_tokens(tagger, &evidence, doc, at,
                        at + (left < most ? left : NAME_TOKENS_MOST), &room);
        }
    }
}
