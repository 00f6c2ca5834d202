#ifndef WORKER_FEED_RSS_FIELD_H
#define WORKER_FEED_RSS_FIELD_H

/* Which element of which vocabulary fills which field. */

#include "worker/feed/rss.h"

enum rss_space { /* vocabularies, by namespace or, where that is not declared, by prefix
                  */
                 SPACE_CORE, /* RSS, Atom, sitemaps */
                 SPACE_DC,
                 SPACE_CONTENT,
                 SPACE_XHTML,
                 SPACE_MEDIA,
                 SPACE_ITUNES,
                 SPACE_NEWS,
                 SPACE_ORIGIN, /* FeedBurner */
                 SPACE_OTHER,
};

enum rss_how {
    HOW_TEXT, /* text or HTML, as the element says */
    HOW_DATE,
    HOW_LINK, /* of RSS in its text, of Atom in href */
    HOW_ID,
    HOW_PLAIN,  /* text as it stands */
    HOW_INSIDE, /* no field: look at what it holds */
    HOW_PERSON, /* text, or an element `name` in it */
};

enum rss_level { LEVEL_FEED = 1, LEVEL_ENTRY = 2, LEVEL_BOTH = 3 };

struct rss_field {
    enum rss_space space;
    const char *name;
    enum rss_level level;
    enum rss_how how;
    size_t feed_at, entry_at; /* into the structs: which struct str */
    int rank;                 /* the highest one that is not empty wins, then the first */
};

enum rss_space rss_space_of(const char *uri, const char *prefix);

/* NULL: means nothing to us there. Static. */
const struct rss_field *rss_field_of(enum rss_space space, const char *name,
                                     enum rss_level level);

#endif
