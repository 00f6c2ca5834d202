#ifndef WORKER_LEARN_PUNCT_H
#define WORKER_LEARN_PUNCT_H

/* Punctuation beside the tree. A parser that treats signs as words spends its decisions
 * on them and gets one in four wrong, for treebanks differ in where they hang; so they
 * are taken out before parsing, leave to the words beside them what they were (Ma, Zhang
 * and Zhu 2014), and are hung by rule where the guidelines of Universal Dependencies want
 * them: what stands in pairs at the head of what it encloses; what stands between two
 * phrases at the one that depends on the other side; a stop behind an abbreviation, and a
 * slash, at the word before; what ends a sentence at the highest word of what it ends. */

#include "proto/base/arena.h"
#include "worker/learn/feature.h"

#define PUNCT_MARGIN 2 /* words outside the sentence on either side, as in tag.h */

/* Words but those tagged as punctuation, to kept[0] and on, with margins; their before
 * and behind are set. at_out[i]: where kept[i] stands in word. Returns how many they are.
 */
uint32_t punct_take_out(const struct feature_word *word, uint32_t count,
                        struct feature_word *kept, uint16_t *at_out);

/* Sets the heads of punctuation. head: of all words, by index, count for the root; those
 * of other words are a tree among themselves. room: count. Where there is nothing but
 * punctuation the first sign is the root. */
void punct_hang(const struct feature_word *word, uint32_t count, uint16_t *head,
                uint16_t *room);

#endif
