#include "broker/peers.h"

#include "proto/base/map.h"
#include "proto/base/mem.h"
#include "proto/wire/limits.h"

struct peers {
    struct map *by_id; /* routing id -> slot */
    struct peer *at[LIMIT_PEERS];
    uint32_t unused[LIMIT_PEERS], unused_count; /* free slots, a stack */
    struct peer *oldest, *newest;
};

struct peers *peers_new(void)
{
    struct peers *peers = mem_zero(1, sizeof *peers);
    peers->by_id = map_new();
    while (peers->unused_count < LIMIT_PEERS) {
        peers->unused[peers->unused_count] = LIMIT_PEERS - 1 - peers->unused_count;
        peers->unused_count++;
    }
    return peers;
}

void peers_free(struct peers **peers)
{
    if (*peers == NULL)
        return;
    while ((*peers)->oldest)
        peers_drop(*peers, (*peers)->oldest);
    map_free(&(*peers)->by_id);
    mem_free(*peers);
    *peers = NULL;
}

struct peer *peers_find(const struct peers *peers, struct str id)
{
    uint64_t slot;
    return map_get(peers->by_id, id, &slot) ? peers->at[slot] : NULL;
}

struct peer *peers_at(const struct peers *peers, uint32_t slot)
{
    return slot < LIMIT_PEERS ? peers->at[slot] : NULL;
}

static void unlink_peer(struct peers *peers, struct peer *peer)
{
    *(peer->older ? &peer->older->newer : &peers->oldest) = peer->newer;
    *(peer->newer ? &peer->newer->older : &peers->newest) = peer->older;
}

static void link_newest(struct peers *peers, struct peer *peer)
{
    peer->older = peers->newest;
    peer->newer = NULL;
    *(peers->newest ? &peers->newest->newer : &peers->oldest) = peer;
    peers->newest = peer;
}

struct peer *peers_add(struct peers *peers, struct str id, uint64_t now_ms)
{
    if (peers->unused_count == 0)
        return NULL;
    struct peer *peer = mem_zero(1, sizeof *peer);
    peer->id = str_make(mem_copy(id.ptr, id.len), id.len);
    peer->slot = peers->unused[--peers->unused_count];
    peer->heard_ms = now_ms;
    peers->at[peer->slot] = peer;
    map_put(peers->by_id, id, peer->slot);
    link_newest(peers, peer);
    return peer;
}

void peers_heard(struct peers *peers, struct peer *peer, uint64_t now_ms)
{
    peer->heard_ms = now_ms;
    if (peers->newest == peer)
        return;
    unlink_peer(peers, peer);
    link_newest(peers, peer);
}

struct peer *peers_oldest(const struct peers *peers)
{
    return peers->oldest;
}

void peers_drop(struct peers *peers, struct peer *peer)
{
    unlink_peer(peers, peer);
    map_del(peers->by_id, peer->id);
    peers->at[peer->slot] = NULL;
    peers->unused[peers->unused_count++] = peer->slot;
    mem_free((char *)peer->id.ptr);
    mem_free(peer);
}

uint32_t peers_count(const struct peers *peers)
{
    return LIMIT_PEERS - peers->unused_count;
}
