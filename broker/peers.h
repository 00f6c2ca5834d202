#ifndef BROKER_PEERS_H
#define BROKER_PEERS_H

/* Who is connected: the peers of one kind, by routing id, at most LIMIT_PEERS.
 *
 * A peer has a slot, a number below LIMIT_PEERS, under which dispatch and tails keep what
 * they know of it; a slot is reused after its peer was dropped. A peer exists from its
 * first message until it is dropped: libzmq does not tell who left, silence does. */

#include "proto/base/str.h"
#include "proto/wire/key.h"

#include <stdbool.h>
#include <stdint.h>

struct peer {
    struct str id; /* routing id */
    uint32_t slot;
    char user[KEY_TEXT_BYTES];  /* its key; "": nobody asked for one */
    char name[KEY_NAME_BYTES + 1]; /* that key's, in the allow list */
    uint64_t rights;            /* struct grant's, when the session began */
    uint64_t heard_ms, sent_ms; /* last message from it, last one to it */
    struct peer *older, *newer; /* in order of heard_ms */
    /* feeders: what their articles became */
    uint64_t stored, duplicate, rejected, busy;
};

struct peers;

struct peers *peers_new(void);
void peers_free(struct peers **peers);

/* All borrowed until dropped; NULL: unknown, or no room. */
struct peer *peers_find(const struct peers *peers, struct str id);
struct peer *peers_at(const struct peers *peers, uint32_t slot);
struct peer *peers_add(struct peers *peers, struct str id, uint64_t now_ms);
/* It said something. */
void peers_heard(struct peers *peers, struct peer *peer, uint64_t now_ms);
/* Who has been silent longest. */
struct peer *peers_oldest(const struct peers *peers);
void peers_drop(struct peers *peers, struct peer *peer);

uint32_t peers_count(const struct peers *peers);

#endif
