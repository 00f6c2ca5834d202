#ifndef WORKER_TEXT_HTML_META_H
#define WORKER_TEXT_HTML_META_H

/* What a page tells of itself, gathered source by source, in one walk over the tree; at
 * its end the best source of each field is taken:
 *
 *   title      what Open Graph and <h1> agree on, JSON-LD's headline, Open Graph, <h1>;
 *              else html.c takes a heading or <title>
 *   published  JSON-LD, <meta>, <time datetime>, elements called date, the address
 *   author     a person of JSON-LD, <meta>, rel=author and the like, elements called
 *              author, an organisation of JSON-LD
 *
 * What an element is asked for is bounded, so that all of it is linear in the page. */

#include "worker/text/html_block.h"

struct meta {
    struct arena *arena;
    struct html_page *page; /* site, url and language are set as they come */
    struct str headline, og_title, heading;
    struct str published, time, written; /* said outright, <time>, an element's text */
    struct str author, house;            /* said outright, an organisation */
    struct str signature; /* of an element that is said to hold the author's name */
    struct str byline;    /* of one that is called so */
};

/* The first that speaks is believed. White space made one, character references that were
 * written twice resolved. */
void meta_set(struct meta *m, struct str *field, struct str value);
/* The same for a date, as RFC 3339 or a date alone; nothing where it is none. Without a
 * zone the hour is not known, and left out. */
void meta_set_date(struct meta *m, struct str *field, struct str value);

/* Text of an element with white space made one; absent where it is longer than
 * bytes_most, or has more than a few elements. */
struct str meta_short_text(struct meta *m, const xmlNode *element, size_t bytes_most);

/* html_json.c: a script of JSON-LD. */
void meta_read_json(struct meta *m, const xmlNode *script);

/* html_byline.c: elements that by name, class or address hold the date or the author. */
void meta_read_byline(struct meta *m, const xmlNode *element);
/* A name as it stands on a page, without what introduces and follows it. */
struct str meta_name(struct str text, struct str site);

#endif
