#include "worker/learn/parse.h"

#include "worker/learn/label.h"
#include "worker/learn/punct.h"

#include <assert.h>

void parse_begin(struct parse_state *state)
{
    assert(state->count <= PARSE_WORDS_MOST);
    for (uint32_t i = 0; i <= state->count; i++)
        state->node[i] = (struct parse_node){.head = PARSE_NONE,
                                             .left = {PARSE_NONE, PARSE_NONE},
                                             .right = {PARSE_NONE, PARSE_NONE}};
    state->depth = 0;
    state->next = 0;
}

bool parse_is_done(const struct parse_state *state)
{
    return state->next == state->count && state->depth == 0;
}

/* Only one word may be left for the root. */
bool parse_is_legal(const struct parse_state *state, enum parse_move move)
{
    switch (move) {
    case PARSE_SHIFT:
        return state->next < state->count;
    case PARSE_LEFT:
        return state->depth > 0 && (state->next < state->count || state->depth == 1);
    case PARSE_RIGHT:
        return state->depth > 1;
    default:
        return false;
    }
}

enum parse_move parse_only_move(const struct parse_state *state)
{
    if (state->depth == 0)
        return PARSE_SHIFT;
    if (state->next == state->count)
        return state->depth > 1 ? PARSE_RIGHT : PARSE_LEFT;
    return PARSE_MOVES;
}

void parse_arc(const struct parse_state *state, enum parse_move move, uint32_t *head_out,
               uint32_t *child_out)
{
    *child_out = state->stack[state->depth - 1];
    *head_out = move == PARSE_LEFT ? state->next : state->stack[state->depth - 2];
}

/* Children come in order, away from the head. */
static void link_child(struct parse_node *head, uint16_t child, bool left)
{
    uint16_t *side = left ? head->left : head->right;
    uint8_t *count = left ? &head->left_count : &head->right_count;
    side[1] = side[0];
    side[0] = child;
    *count = (uint8_t)(*count + (*count < UINT8_MAX));
}

void parse_apply(struct parse_state *state, enum parse_move move, uint8_t deprel)
{
    uint32_t head, child;
    assert(parse_is_legal(state, move));
    if (move == PARSE_SHIFT) {
        state->stack[state->depth++] = (uint16_t)state->next++;
        return;
    }
    parse_arc(state, move, &head, &child);
    state->node[child].head = (uint16_t)head;
    state->node[child].deprel = deprel;
    link_child(&state->node[head], (uint16_t)child, move == PARSE_LEFT);
    state->depth--;
}

enum parse_move parse_best_move(const struct parse_state *state, const int32_t *scores)
{
    enum parse_move best = PARSE_MOVES;
    for (enum parse_move move = PARSE_SHIFT; move < PARSE_MOVES; move++)
        if (parse_is_legal(state, move) &&
            (best == PARSE_MOVES || scores[move] > scores[best]))
            best = move;
    assert(best < PARSE_MOVES);
    return best;
}

static uint8_t choose_label(const struct parser *parser, const struct parse_state *state,
                            enum parse_move move)
{
    int32_t scores[PERCEPTRON_LABELS];
    struct features f;
    uint32_t head, child;
    parse_arc(state, move, &head, &child);
    if (head == state->count)
        return DEPREL_ROOT;
    parse_label_features(state, head, child, &f);
    perceptron_score(&parser->label, f.id, f.count, scores);
    scores[DEPREL_ROOT - 1] = INT32_MIN;
    return (uint8_t)(1 + perceptron_best(scores, parser->label.labels));
}

void parse_words(const struct parser *parser, struct parse_state *state)
{
    int32_t scores[PERCEPTRON_LABELS];
    struct features f;
    parse_begin(state);
    while (!parse_is_done(state)) {
        enum parse_move move = parse_only_move(state);
        if (move == PARSE_MOVES) {
            parse_move_features(state, &f);
            perceptron_score(&parser->move, f.id, f.count, scores);
            move = parse_best_move(state, scores);
        }
        uint8_t deprel = DEPREL_NONE;
        if (move != PARSE_SHIFT)
            deprel = choose_label(parser, state, move);
        parse_apply(state, move, deprel);
    }
}

void parse_room(struct parse_room *room, uint32_t words, struct arena *arena)
{
    room->word = arena_alloc(arena, (words + 2 * PUNCT_MARGIN) * sizeof *room->word);
    room->word += PUNCT_MARGIN;
    room->node = arena_alloc(arena, (words + 1) * sizeof *room->node);
    room->stack = arena_alloc(arena, words * sizeof *room->stack);
    room->at = arena_alloc(arena, words * sizeof *room->at);
}

void parse_sentence(const struct parser *parser, struct parse_room *room,
                    const struct feature_word *word, uint32_t count, uint16_t *head_out,
                    uint8_t *deprel_out)
{
    struct parse_state state = {
        .word = room->word, .node = room->node, .stack = room->stack};
    state.count = punct_take_out(word, count, room->word, room->at);
    parse_words(parser, &state);
    memset(deprel_out, DEPREL_PUNCT, count);
    for (uint32_t i = 0; i < state.count; i++) {
        uint32_t head = state.node[i].head, at = room->at[i];
        head_out[at] = (uint16_t)(head < state.count ? room->at[head] : count);
        deprel_out[at] = state.node[i].deprel;
    }
    punct_hang(word, count, head_out, room->stack);
    if (state.count == 0 && count > 0)
        deprel_out[0] = DEPREL_ROOT;
}
