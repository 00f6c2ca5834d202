#include "worker/train/punct.h"

#include "worker/learn/label.h"

#define NONE UINT32_MAX

struct view {
    struct conllu_sentence *s;
    uint32_t *pair; /* of each sign: the other one, or NONE */
};

static bool is_punct(const struct view *v, uint32_t i)
{
    return v->s->word[i].deprel == DEPREL_PUNCT;
}

/* The nearest head that is a word; count: the root. */
static uint32_t head_of(const struct view *v, uint32_t i)
{
    uint32_t head = v->s->word[i].head;
    while (head < v->s->count && is_punct(v, head))
        head = v->s->word[head].head;
    return head;
}

/* Whether b closes what a opens; straight quotes do both. */
static bool matches(struct str a, struct str b)
{
    static const char *const pairs[][2] = {{"(", ")"}, {"[", "]"}, {"“", "”"},
                                           {"‘", "’"}, {"«", "»"}, {"\"", "\""},
                                           {"'", "'"}};
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++)
        if (str_is(a, pairs[i][0]) && str_is(b, pairs[i][1]))
            return true;
    return false;
}

static void find_pairs(struct view *v)
{
    for (uint32_t i = 0; i < v->s->count; i++)
        v->pair[i] = NONE;
    for (uint32_t i = 0; i < v->s->count; i++) {
        if (!is_punct(v, i) || v->pair[i] != NONE)
            continue;
        for (uint32_t j = i + 1; j < v->s->count && v->pair[i] == NONE; j++)
            if (is_punct(v, j) && v->pair[j] == NONE &&
                matches(v->s->word[i].form, v->s->word[j].form)) {
                v->pair[i] = j;
                v->pair[j] = i;
            }
    }
}

/* The first word between a pair whose head lies outside. */
static uint32_t head_inside(const struct view *v, uint32_t begin, uint32_t end)
{
    for (uint32_t i = begin + 1; i < end; i++) {
        uint32_t head = head_of(v, i);
        if (!is_punct(v, i) && (head <= begin || head >= end))
            return i;
    }
    return NONE;
}

/* The word beside p on one side, and up from there as long as heads stay on it. */
static uint32_t climb(const struct view *v, uint32_t p, bool left)
{
    uint32_t n = v->s->count, i = p;
    do
        i = left ? i - 1 : i + 1;
    while (i < n && is_punct(v, i)); /* i wraps to above n */
    if (i >= n)
        return NONE;
    for (uint32_t head = head_of(v, i); head < n && (left ? head < p : head > p);
         head = head_of(v, i))
        i = head;
    return i;
}

static bool has_word_behind(const struct view *v, uint32_t p)
{
    return climb(v, p, false) != NONE;
}

static uint32_t place(const struct view *v, uint32_t p)
{
    struct str form = v->s->word[p].form;
    uint32_t pair = v->pair[p], n = v->s->count;
    if (pair != NONE) {
        uint32_t inside = pair > p ? head_inside(v, p, pair) : head_inside(v, pair, p);
        if (inside != NONE)
            return inside;
    }
    if ((str_is(form, ".") || str_is(form, "/")) && p > 0 && has_word_behind(v, p) &&
        !is_punct(v, p - 1))
        return p - 1;
    uint32_t left = climb(v, p, true), right = climb(v, p, false);
    if (left == NONE)
        return right;
    if (right != NONE && head_of(v, right) < p)
        return right;
    if (right == NONE) /* the end of the sentence: its root */
        while (head_of(v, left) < n)
            left = head_of(v, left);
    return left;
}

void punct_attach(struct conllu_sentence *sentence, struct arena *arena)
{
    struct view v = {sentence, arena_alloc(arena, sentence->count * sizeof *v.pair)};
    uint16_t *head = arena_alloc(arena, sentence->count * sizeof *head);
    find_pairs(&v);
    for (uint32_t i = 0; i < sentence->count; i++) {
        uint32_t new_head = sentence->word[i].head;
        if (is_punct(&v, i)) {
            uint32_t found = place(&v, i);
            new_head = found == NONE ? new_head : found;
        }
        head[i] = (uint16_t)new_head;
    }
    for (uint32_t i = 0; i < sentence->count; i++)
        sentence->word[i].head = head[i];
}
