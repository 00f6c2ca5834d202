#ifndef WORKER_EXTRACT_PARTY_BACK_H
#define WORKER_EXTRACT_PARTY_BACK_H

/* Noun phrases that mean somebody named before. Each adds to *out whom it means, and
 * nobody where the text leaves it open. Part of party_noun. */

#include "worker/extract/party.h"

/* "mereka", "pasukannya" in what a body is said to say: its own. `people`: also a
 * person's. */
void party_back_own(const struct parties *p, bool people, struct party *out);
/* The pronoun at token `at`. */
void party_back_pronoun(struct parties *p, uint32_t at, enum party_side side,
                        struct party *out);
/* HEAD_BOTH, HEAD_STATES, HEAD_PAIR: the two told of together last; HEAD_OWN: who speaks.
 */
void party_back_pair(struct parties *p, enum head_kind kind, uint32_t at,
                     struct party *out);
/* "diktator tersebut", "Presiden Rusia": tokens [first, end) with a head of that kind. */
void party_back_description(struct parties *p, enum head_kind kind, uint32_t first,
                            uint32_t end, struct party *out);
/* "pelaku", "korban": named in tokens [first, end), or where `one` is meant, told to be
 * one. */
void party_back_crime(const struct parties *p, enum head_kind kind, uint32_t first,
                      uint32_t end, bool one, struct party *out);
/* The text now speaks of that person. */
void party_back_keep(struct parties *p, uint32_t person);

#endif
