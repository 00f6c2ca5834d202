#ifndef WORKER_LEARN_PARSE_H
#define WORKER_LEARN_PARSE_H

/* Dependency trees by arc-hybrid transitions (Kuhlmann, Gómez-Rodríguez and Satta 2011),
 * one decision after the other, from left to right. The root stands behind the last word
 * and takes one child. A move is chosen first; where it makes an arc, the arc's relation
 * is chosen next, and later decisions see both.
 *
 *   shift   the next word goes on the stack
 *   left    the top of the stack becomes a child of the next word (or of the root), and
 *           leaves
 *   right   the top of the stack becomes a child of what stands below it, and leaves
 *
 * Punctuation is no part of this; it is taken out before and hung behind (punct.h).
 */

#include "proto/base/arena.h"
#include "worker/learn/feature.h"
#include "worker/learn/perceptron.h"

#define PARSE_NONE UINT16_MAX
/* Words of one sentence: links are 16 bits wide. Longer sentences are cut by callers. */
#define PARSE_WORDS_MOST 2048u

enum parse_move { PARSE_SHIFT, PARSE_LEFT, PARSE_RIGHT, PARSE_MOVES };

/* What is known of a word's place in the tree so far. */
struct parse_node {
    uint16_t head;     /* index of a word, the number of words: root; PARSE_NONE */
    uint16_t left[2];  /* leftmost child and the one behind it; PARSE_NONE */
    uint16_t right[2]; /* rightmost child and the one before it; PARSE_NONE */
    uint8_t left_count, right_count;
    uint8_t deprel;
};

struct parse_state {
    const struct feature_word *word; /* with margins (TAG_MARGIN), tagged */
    struct parse_node *node;         /* room for count + 1 */
    uint16_t *stack;                 /* room for count */
    uint32_t count, depth, next;
};

struct parser {
    struct perceptron move;  /* of PARSE_MOVES labels */
    struct perceptron label; /* of DEPREL_COUNT - 1 labels; label i is deprel i + 1 */
};

/* The caller's state: word, node, stack and count are set. */
void parse_begin(struct parse_state *state);
bool parse_is_done(const struct parse_state *state);
bool parse_is_legal(const struct parse_state *state, enum parse_move move);
/* The one move that is legal, or PARSE_MOVES where there is a choice. */
enum parse_move parse_only_move(const struct parse_state *state);
/* The arc that a move (not shift) would make. */
void parse_arc(const struct parse_state *state, enum parse_move move, uint32_t *head_out,
               uint32_t *child_out);
/* deprel: of the arc; nothing to shift. move must be legal. */
void parse_apply(struct parse_state *state, enum parse_move move, uint8_t deprel);

void parse_move_features(const struct parse_state *state, struct features *out);
void parse_label_features(const struct parse_state *state, uint32_t head, uint32_t child,
                          struct features *out);

/* The best of the legal moves. */
enum parse_move parse_best_move(const struct parse_state *state, const int32_t *scores);

/* The whole tree: node[i].head and .deprel of all words. */
void parse_words(const struct parser *parser, struct parse_state *state);

/* Words with their punctuation. */
struct parse_room {
    struct feature_word *word; /* what is left, with margins */
    struct parse_node *node;
    uint16_t *stack, *at;
};
void parse_room(struct parse_room *room, uint32_t words, struct arena *arena);
/* word: count of them, tagged. head_out: by index, count for the root; deprel_out. */
void parse_sentence(const struct parser *parser, struct parse_room *room,
                    const struct feature_word *word, uint32_t count, uint16_t *head_out,
                    uint8_t *deprel_out);

#endif
