#ifndef WORKER_FEED_RSS_CAPTURE_H
#define WORKER_FEED_RSS_CAPTURE_H

/* The walk over a feed's nodes (rss_xml.c), and what it does with one that fills a field:
 * it is captured until it ends, its text with elements in it written out again as HTML;
 * then the field is set. */

#include "worker/feed/rss_field.h"
#include "worker/feed/xml.h"

#define NOWHERE (-1)

struct rss_walk {
    const struct rss_document *document;
    struct arena *arena;
    struct rss_feed *feed;
    struct rss_entry *entry; /* NULL: at the level of the feed */
    int entry_depth;
    int skip_depth; /* an element whose inside means nothing; or NOWHERE */
    xmlTextReaderPtr reader;
    const struct rss_field *field; /* being captured, or NULL */
    int field_depth;
    int name_depth;    /* HOW_PERSON: of its element `name`, or NOWHERE */
    bool html, base64; /* what the captured text is */
    bool permalink;
    bool marked; /* it held elements */
    struct buf text;
    int ranks[2][16]; /* of what stands in the fields of feed and entry */
};

/* Value of an attribute of the node, in the arena; absent, and NULL, where it has none.
 */
const char *rss_attribute(struct rss_walk *walk, const char *name, struct str *out);
/* What links of the node are seen from. */
struct str rss_base_of(struct rss_walk *walk);

/* An element that fills a field begins; the same while one is captured; its text; an
 * element in it ends; it ends itself, or the document does. */
void rss_capture_begin(struct rss_walk *walk, const struct rss_field *field,
                       enum rss_space space, int depth);
void rss_capture_inside(struct rss_walk *walk, const char *name, int depth);
void rss_capture_text(struct rss_walk *walk);
void rss_capture_inside_end(struct rss_walk *walk, int depth);
void rss_capture_end(struct rss_walk *walk);

#endif
