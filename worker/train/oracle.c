#include "worker/train/oracle.h"

/* Children of word i among the words from `next` on. */
static uint32_t children_ahead(const struct parse_state *state, const uint16_t *gold,
                               uint32_t i)
{
    uint32_t n = 0;
    for (uint32_t j = state->next; j < state->count; j++)
        n += gold[j] == i;
    return n;
}

/* The next word loses what it has on the stack: children, and a head that is not the top.
 * Only the lowest word of the stack can become the root's child. */
static uint32_t cost_of_shift(const struct parse_state *state, const uint16_t *gold)
{
    uint32_t next = state->next, lost = gold[next] == state->count && state->depth > 0;
    for (uint32_t k = 0; k < state->depth; k++) {
        uint32_t i = state->stack[k];
        lost += gold[i] == next;
        lost += gold[next] == i && k + 1 < state->depth;
    }
    return lost;
}

uint32_t oracle_cost(const struct parse_state *state, const uint16_t *gold,
                     enum parse_move move)
{
    if (!parse_is_legal(state, move))
        return UINT32_MAX;
    if (move == PARSE_SHIFT)
        return cost_of_shift(state, gold);
    uint32_t top = state->stack[state->depth - 1], head = gold[top];
    uint32_t lost = children_ahead(state, gold, top);
    bool ahead = head >= state->next && (head < state->count || state->depth == 1);
    if (move == PARSE_RIGHT)
        return lost + ahead;
    bool below = state->depth > 1 && head == state->stack[state->depth - 2];
    return lost + (below || (ahead && head != state->next));
}
