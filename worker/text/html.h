#ifndef WORKER_TEXT_HTML_H
#define WORKER_TEXT_HTML_H

/* A page to an article: the main text without what stands around it, and what the page
 * tells of itself (title, author, date, address, language, outlet).
 *
 *   charset   bytes to UTF-8: byte order mark, what HTTP said, <meta>, else UTF-8 if it
 * is, else Windows-1252 (WHATWG Encoding, "determining the character encoding") block the
 * tree to blocks of running text in order, each with how much of it is links and which
 * marks its ancestors wear (html_block.h) pick      the container that holds the article,
 * and which of its blocks are of it meta      JSON-LD, Open Graph, <meta>, <time>,
 * headings
 *
 * The parser is libxml2's for HTML, without network, entities from outside, or output of
 * its own. What a page costs is bounded by its size, HTML_BYTES_MOST. */

#include "proto/base/arena.h"
#include "proto/base/err.h"

#include <stdbool.h>

#define HTML_BYTES_MOST ((size_t)4 * 1024 * 1024)

struct html_page {
    struct str text; /* paragraphs, a line each; empty where there is no article */
    struct str title, author, site;
    struct str head_title; /* <title>, as it stands */
    struct str published;  /* RFC 3339, or a date alone */
    struct str url;        /* canonical */
    struct str language;   /* BCP 47, as the page says */
};

/* Does it begin as a page does? */
bool html_is(struct str bytes);

/* The bytes as UTF-8: as they stand, or in arena. charset: of the HTTP header, or absent.
 * Opens the C library's converters, which a sandboxed worker cannot: feeders do it. */
struct str html_to_utf8(struct str bytes, struct str charset, struct arena *arena);

/* The page without scripts (but JSON-LD), styles, drawings and comments, which weigh the
 * most and tell nothing here: for pages beyond LIMIT_TEXT_BYTES. Linear; in arena. */
struct str html_slim(struct str page, struct arena *arena);

/* A page in the parser's own memory, which no arena bounds: some ten times its size. */
struct html_tree;

/* page: UTF-8. 0; ERR_LIMIT: larger than HTML_BYTES_MOST; ERR_FORMAT: no tree can be made
 * of it. */
int html_parse(struct str page, struct html_tree **tree_out, struct err *err);
/* Once for a tree. Strings are in arena; should it be full, the tree is still to be
 * freed.
 */
void html_read(struct html_tree *tree, struct arena *arena, struct html_page *out);
void html_free(struct html_tree **tree);

#endif
