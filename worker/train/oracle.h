#ifndef WORKER_TRAIN_ORACLE_H
#define WORKER_TRAIN_ORACLE_H

/* What a move costs: how many arcs of the gold tree can no longer be made after it. In
 * arc-hybrid arcs are lost one by one, so this is exact from any state (Goldberg and
 * Nivre 2013), also where the states before were wrong or the tree is not projective
 * (then the best that is left is not 0). */

#include "worker/learn/parse.h"

/* gold: heads of state->count words. Of an illegal move: UINT32_MAX. */
uint32_t oracle_cost(const struct parse_state *state, const uint16_t *gold,
                     enum parse_move move);

#endif
