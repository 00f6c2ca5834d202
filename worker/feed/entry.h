#ifndef WORKER_FEED_ENTRY_H
#define WORKER_FEED_ENTRY_H

/* An entry of a feed as an article to put, and whether its page is wanted for it.
 *
 * Who it is: its guid or id within its outlet, else its canonical address, else its
 * title; where a feed gives the same id to several entries, the address besides. The
 * article's id is "r-", 16 hex digits of that, a dot, and 16 of what the feed says of it
 * (title and text): not of what the page says, which is never twice the same. So what was
 * put before is known to the broker even when our own state is lost, and an edited entry
 * is an article of its own whose id begins like the former.
 *
 * A feed has the whole text of an entry where that has ENTRY_WHOLE_BYTES and does not
 * break off ("…", "[...]"). */

#include "proto/base/map.h"
#include "proto/wire/article.h"
#include "worker/feed/rss.h"

/* 500 Indonesian words are some 3,500 bytes; teasers are cut at 150 to 500. */
#define ENTRY_WHOLE_BYTES 1000

enum entry_pages { PAGES_AUTO, PAGES_ALWAYS, PAGES_NEVER };

struct entry {
    uint64_t who, says;
    struct article article; /* in the arena; without text there is nothing but a page */
    bool wants_page;
    bool undated; /* published is but when it was changed: the page knows better */
};

/* "auto", "always" or "never"; false: none of them. */
bool entry_pages_of(const char *name, enum entry_pages *out);

/* Ids that stand more than once in the feed. New: free with map_free. */
struct map *entry_repeated(const struct rss_feed *feed);

/* A feed that was read, for entry_make. */
struct entry_source {
    const struct rss_feed *feed;
    const struct map *repeated;
    const char *at; /* the feed's address */
    enum entry_pages pages;
};

/* False: there is nothing to put (no text, no title, no page wanted). */
bool entry_make(const struct entry_source *source, const struct rss_entry *entry,
                struct arena *arena, struct entry *out);

/* All of it in one new block, to keep beyond the arena; free with mem_free. */
struct entry *entry_copy(const struct entry *entry);
size_t entry_bytes(const struct entry *entry); /* of such a block */

#endif
