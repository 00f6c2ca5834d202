#ifndef WORKER_FEED_ENTRY_H
#define WORKER_FEED_ENTRY_H

/* An entry of a feed as an article to put.
 *
 * Who it is: its guid or id within its outlet, else its canonical address, else its
 * title; where a feed gives the same id to several entries, the address besides. The
 * article's id is "r-", 16 hex digits of that, a dot, and 16 of what it says (title and
 * text). So what was put before is known to the broker even when our own state is lost,
 * and an edited entry is an article of its own whose id begins like the former. */

#include "proto/base/map.h"
#include "proto/wire/article.h"
#include "worker/feed/rss.h"

struct entry {
    uint64_t who, says;
    struct article article; /* in the arena */
};

/* Ids that stand more than once in the feed. New: free with map_free. */
struct map *entry_repeated(const struct rss_feed *feed);

/* at: the feed's address. False: there is nothing to put (neither text nor title). */
bool entry_make(const struct rss_feed *feed, const struct rss_entry *entry,
                const struct map *repeated, const char *at, struct arena *arena,
                struct entry *out);

#endif
