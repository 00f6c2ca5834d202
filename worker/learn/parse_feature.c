/* Templates of the parser (parse.h): after Zhang and Nivre (2011), with clusters and with
 * the first letters of words, which tell the voice of an Indonesian verb. */

#include "worker/learn/parse.h"

/* The words and nodes a decision looks at; of those that are not there, zeros. */
struct view {
    const struct feature_word *word;
    const struct parse_node *node;
};

static const struct feature_word no_word;
static const struct parse_node no_node = {.head = PARSE_NONE,
                                          .left = {PARSE_NONE, PARSE_NONE},
                                          .right = {PARSE_NONE, PARSE_NONE}};

static struct view view_of(const struct parse_state *state, uint32_t i)
{
    if (i == PARSE_NONE)
        return (struct view){&no_word, &no_node};
    return (struct view){&state->word[i], &state->node[i]};
}

static struct view stack_view(const struct parse_state *state, uint32_t down)
{
    return view_of(state, down < state->depth ? state->stack[state->depth - 1 - down]
                                              : PARSE_NONE);
}

static struct view ahead_view(const struct parse_state *state, uint32_t ahead)
{
    uint32_t i = state->next + ahead;
    return view_of(state, i <= state->count ? i : PARSE_NONE);
}

static uint64_t both(const struct feature_word *w) /* word and tag */
{
    return (uint64_t)w->lower << 8 | w->upos;
}

static uint64_t tags(const struct feature_word *a, const struct feature_word *b)
{
    return (uint64_t)a->upos << 8 | b->upos;
}

/* 1, 2, 3, 4, 5-7, 8 and more. */
static uint64_t distance_class(uint32_t a, uint32_t b)
{
    uint32_t d = a > b ? a - b : b - a;
    return d < 5 ? d : d < 8 ? 5 : 6;
}

static uint64_t few(uint8_t count)
{
    return count < 3 ? count : 3;
}

static void add_single(uint64_t template, const struct view *v, struct features *out)
{
    const struct feature_word *w = v->word;
    feature_add(out, template, w->lower, 0, 0);
    feature_add(out, template + 1, w->upos, 0, 0);
    feature_add(out, template + 2, both(w), 0, 0);
    feature_add(out, template + 3, w->fine, w->upos, 0);
}

static void add_pairs(uint64_t template, const struct feature_word *a,
                      const struct feature_word *b, uint64_t distance,
                      struct features *out)
{
    feature_add(out, template + 1, both(a), b->upos, 0);
    feature_add(out, template + 2, a->upos, both(b), 0);
    feature_add(out, template + 4, a->upos, b->upos, 0);
    feature_add(out, template + 5, a->upos, b->upos, distance);
    feature_add(out, template + 7, a->fine, b->upos, distance);
    feature_add(out, template + 8, a->upos, b->fine, distance);
}

static void add_triple(uint64_t template, const struct feature_word *a,
                       const struct feature_word *b, const struct feature_word *c,
                       struct features *out)
{
    feature_add(out, template, a->upos, b->upos, c->upos);
}

/* A word's children: how many, their tags and relations. */
static void add_family(const struct parse_state *state, uint64_t template,
                       const struct view *v, struct features *out)
{
    const struct feature_word *w = v->word;
    struct view left = view_of(state, v->node->left[0]);
    struct view right = view_of(state, v->node->right[0]);
    uint64_t counts = few(v->node->left_count) << 2 | few(v->node->right_count);
    uint64_t relations = (uint64_t)left.node->deprel << 8 | right.node->deprel;
    feature_add(out, template, w->lower, counts, 0);
    feature_add(out, template + 1, w->upos, counts, 0);
    feature_add(out, template + 2, w->upos, relations, 0);
    feature_add(out, template + 3, w->upos, left.word->upos, right.word->upos);
    feature_add(out, template + 4, w->upos, left.word->lower, 0);
    feature_add(out, template + 5, w->upos, right.word->lower, 0);
}

static void add_triples(const struct parse_state *state, const struct view *s,
                        const struct view *b, struct features *out)
{
    struct view s0_left = view_of(state, s[0].node->left[0]);
    struct view s0_right = view_of(state, s[0].node->right[0]);
    struct view s1_right = view_of(state, s[1].node->right[0]);
    struct view b0_left = view_of(state, b[0].node->left[0]);
    add_triple(80, b[0].word, b[1].word, b[2].word, out);
    add_triple(81, s[0].word, b[0].word, b[1].word, out);
    add_triple(82, s[1].word, s[0].word, b[0].word, out);
    add_triple(84, s[0].word, s0_left.word, b[0].word, out);
    add_triple(85, s[0].word, s0_right.word, b[0].word, out);
    add_triple(86, s[0].word, b[0].word, b0_left.word, out);
    add_triple(87, s[1].word, s1_right.word, s[0].word, out);
    add_triple(88, s[1].word, s[0].word, s0_left.word, out);
    feature_add(out, 91, tags(s[1].word, s[0].word), s0_left.word->lower, 0);
    feature_add(out, 92, tags(s[0].word, b[0].word), b0_left.word->lower, 0);
}

/* Signs that were taken out between and beside the words. */
static void add_signs(const struct view *s, const struct view *b, struct features *out)
{
    const struct feature_word *s0 = s[0].word, *s1 = s[1].word, *b0 = b[0].word;
    feature_add(out, 100, tags(s0, b0), b0->before, 0);
    feature_add(out, 101, s0->upos, s0->behind, b0->before);
    feature_add(out, 102, tags(s1, s0), s0->before, b0->before);
    feature_add(out, 103, tags(s0, b0), b0->behind, s0->before);
    feature_add(out, 104, s0->lower, b0->before, 0);
    feature_add(out, 105, b0->lower, b0->before, 0);
    feature_add(out, 106, tags(b0, b[1].word), b[1].word->before, 0);
}

void parse_move_features(const struct parse_state *state, struct features *out)
{
    struct view s[3], b[3];
    for (uint32_t i = 0; i < 3; i++) {
        s[i] = stack_view(state, i);
        b[i] = ahead_view(state, i);
    }
    uint32_t top = state->stack[state->depth - 1];
    uint32_t below = state->depth > 1 ? state->stack[state->depth - 2] : top;
    out->count = 0;
    feature_add(out, 0, state->depth > 1, state->next == state->count, 0);
    for (uint32_t i = 0; i < 2; i++) {
        add_single(4 + 8 * i, &s[i], out);
        add_single(8 + 8 * i, &b[i], out);
    }
    feature_add(out, 20, both(b[2].word), 0, 0);
    add_pairs(30, s[0].word, b[0].word, distance_class(top, state->next), out);
    add_pairs(40, s[1].word, s[0].word, distance_class(below, top), out);
    add_family(state, 60, &s[0], out);
    add_family(state, 66, &s[1], out);
    add_family(state, 72, &b[0], out);
    add_triples(state, s, b, out);
    add_signs(s, b, out);
}

/* Words that stand beside the child and the head. */
static void add_sides(const struct feature_word *h, const struct feature_word *c,
                      uint64_t side, struct features *out)
{
    feature_add(out, 141, tags(c, c + 1), h->upos, side);
    feature_add(out, 142, both(c - 1), c->upos, side);
    feature_add(out, 143, both(c + 1), c->upos, side);
    feature_add(out, 144, tags(h, c), tags(h - 1, h + 1), side);
}

/* Children that both have so far: prepositions and "yang" tell a clause's relation, a
 * subject that is there already tells what comes next. */
static void add_children(const struct parse_state *state, const struct view *h,
                         const struct view *c, uint64_t side, struct features *out)
{
    struct view c_left = view_of(state, c->node->left[0]);
    struct view c_left2 = view_of(state, c->node->left[1]);
    struct view c_right = view_of(state, c->node->right[0]);
    struct view h_left = view_of(state, h->node->left[0]);
    struct view h_right = view_of(state, h->node->right[0]);
    uint64_t both_tags = tags(h->word, c->word);
    feature_add(out, 150, both_tags, c_left.word->lower, side);
    feature_add(out, 151, both_tags, c_left2.word->lower, side);
    feature_add(out, 152, both_tags, c_left.node->deprel, side);
    feature_add(out, 153, both_tags, c_right.node->deprel, side);
    feature_add(out, 154, both_tags, h_left.node->deprel, side);
    feature_add(out, 155, both_tags, h_right.node->deprel, side);
    feature_add(out, 156, c_left.word->lower, h->word->lower, side);
    feature_add(out, 157, c_left.word->lower, c->word->lower, side);
    feature_add(out, 158, c->word->upos, few(c->node->left_count),
                few(c->node->right_count) << 8 | side);
    feature_add(out, 159, h->word->prefix[1], h_left.node->deprel,
                (uint64_t)h_right.node->deprel << 8 | side);
    feature_add(out, 160, c_left.word->lower, c->word->fine, side);
    feature_add(out, 161, c->word->upos, c_left.node->deprel, c_left2.node->deprel);
}

void parse_label_features(const struct parse_state *state, uint32_t head, uint32_t child,
                          struct features *out)
{
    struct view h = view_of(state, head), c = view_of(state, child);
    const struct feature_word *hw = h.word, *cw = c.word;
    uint64_t side = head < child, apart = distance_class(head, child) << 1 | side;
    out->count = 0;
    feature_add(out, 110, side, 0, 0);
    feature_add(out, 111, hw->lower, side, 0);
    feature_add(out, 112, cw->lower, side, 0);
    feature_add(out, 113, hw->upos, side, 0);
    feature_add(out, 114, cw->upos, side, 0);
    feature_add(out, 115, both(hw), side, 0);
    feature_add(out, 116, both(cw), side, 0);
    feature_add(out, 117, tags(hw, cw), side, 0);
    feature_add(out, 118, tags(hw, cw), apart, 0);
    feature_add(out, 119, both(hw), cw->upos, side);
    feature_add(out, 120, hw->upos, both(cw), side);
    feature_add(out, 122, hw->fine, cw->upos, side);
    feature_add(out, 123, hw->upos, cw->fine, side);
    feature_add(out, 124, hw->coarse, cw->coarse, side);
    feature_add(out, 125, tags(hw, cw), hw->prefix[1], side);
    feature_add(out, 126, tags(hw, cw), cw->prefix[1], side);
    feature_add(out, 127, tags(hw, cw), hw->suffix[2], side);
    feature_add(out, 128, tags(hw, cw), cw->suffix[2], side);
    feature_add(out, 129, tags(hw, cw), (uint64_t)hw->shape << 8 | cw->shape, side);
    feature_add(out, 130, cw->fine, cw->upos, side);
    feature_add(out, 131, tags(hw, cw), cw->before, side);
    feature_add(out, 132, tags(hw, cw), cw->behind, side);
    feature_add(out, 133, cw->lower, cw->before, side);
    add_sides(hw, cw, side, out);
    add_children(state, &h, &c, side, out);
}
