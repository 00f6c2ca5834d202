#ifndef WORKER_EXTRACT_PARTY_NOUN_H
#define WORKER_EXTRACT_PARTY_NOUN_H

/* Whom the tokens of one noun phrase stand for: a name in it, by what its head is (list
 * actorhead); a pronoun; somebody described by office, or as suspect or victim. Part of
 * party. */

#include "worker/extract/party.h"

/* The mention with an entity that the token belongs to; NULL. */
const struct mention *party_noun_mention(const struct parties *p, uint32_t at);
/* The first of a type (ENTITY_NONE: any) in tokens [first, end); NULL. */
const struct mention *party_noun_first(const struct parties *p, uint32_t first,
                                       uint32_t end, int type);
/* Past numbers and words like "the", "all", "several" before a noun. */
uint32_t party_noun_leads(const struct parties *p, uint32_t first, uint32_t end);
/* A word like "itu" is among the tokens. */
bool party_noun_det(const struct parties *p, uint32_t first, uint32_t end);
/* The token is a noun for people. */
bool party_noun_person(const struct parties *p, uint32_t at);
/* The mention can stand on that side: places do not act. */
bool party_noun_fits(const struct mention *m, enum party_side side);
/* What tokens [first, end) stand for is added to *out. */
void party_noun_read(struct parties *p, uint32_t first, uint32_t end,
                     enum party_side side, struct party *out);

#endif
