#ifndef WORKER_FEED_RSS_H
#define WORKER_FEED_RSS_H

/* A feed, read: RSS 0.9x, 1.0 and 2.0, Atom 0.3 and 1.0, CDF, JSON Feed 1.x, sitemaps and
 * indexes of sitemaps, with the modules news uses (Dublin Core, content, Media RSS,
 * iTunes, Google's news). What is broken is read as far as it makes sense.
 *
 * All text is plain: HTML has become paragraphs (fragment.h). Links are absolute, seen
 * from xml:base and from where the document was fetched. Dates are RFC 3339 (pubdate.h).
 * What a feed does not say is absent.
 *
 * Sources: RSS Advisory Board, RSS 2.0.11; web.resource.org/rss/1.0; RFC 4287; Atom 0.3
 * draft; jsonfeed.org version 1.1; sitemaps.org protocol 0.9. */

#include "proto/base/arena.h"
#include "proto/base/buf.h"
#include "proto/base/err.h"

#define RSS_ENTRIES_MAX 10000

#define RSS_FEED_FIELDS(X)                                                               \
    X(kind)    /* rss, atom, rdf, cdf, json, sitemap, index */                           \
    X(charset) /* what its characters were taken for */                                  \
    X(title)                                                                             \
    X(subtitle)                                                                          \
    X(url) /* of the site */                                                             \
    X(id)                                                                                \
    X(language)                                                                          \
    X(updated)                                                                           \
    X(ttl) /* minutes, as the feed says it */

#define RSS_ENTRY_FIELDS(X)                                                              \
    X(id) /* guid or id as it stands, a relative one made absolute */                    \
    X(url)                                                                               \
    X(title)                                                                             \
    X(author)                                                                            \
    X(published)                                                                         \
    X(updated)                                                                           \
    X(language)                                                                          \
    X(summary)                                                                           \
    X(content)

struct rss_entry {
#define X(name) struct str name;
    RSS_ENTRY_FIELDS(X)
#undef X
};

struct rss_feed {
#define X(name) struct str name;
    RSS_FEED_FIELDS(X)
#undef X
    bool broken; /* not right as it stood, or only read in part */
    struct {
        struct rss_entry *item;
        uint32_t count, cap;
    } entries;
};

/* A document as it came. */
struct rss_document {
    struct str bytes;
    struct str url;  /* where it is: links are seen from here */
    struct str type; /* Content-Type of HTTP, or absent */
};

/* Everything in *out is in the arena. ERR_FORMAT: this is no feed; ERR_LIMIT. */
int rss_read(const struct rss_document *document, struct arena *arena,
             struct rss_feed *out, struct err *err);

/* The two kinds of document rss_read tells apart. text: UTF-8. */
int rss_read_xml(const struct rss_document *document, struct arena *arena,
                 struct rss_feed *out, struct err *err);
int rss_read_json(const struct rss_document *document, struct arena *arena,
                  struct rss_feed *out, struct err *err);

/* Append the feed as one line of JSON, for people and tests: its fields, "broken", and
 * "entries"; `url` as "feed". Strings that are not UTF-8 are left out. */
void rss_show(const struct rss_feed *feed, struct str url, struct buf *out);

/* A feed as bytes and back, to hand it from process to process (jail.h): what stands in
 * each field behind its length. ERR_FORMAT: bytes that are none; then *out is useless. */
void rss_pack(const struct rss_feed *feed, struct buf *out);
int rss_unpack(struct str bytes, struct arena *arena, struct rss_feed *out,
               struct err *err);

#endif
