#ifndef WORKER_TEXT_HTML_BLOCK_H
#define WORKER_TEXT_HTML_BLOCK_H

/* Between the stages of html.h. */

#include "worker/text/html.h"

#include <libxml/tree.h>

enum block_kind { BLOCK_TEXT, BLOCK_HEADING, BLOCK_ITEM, BLOCK_CELL, BLOCK_CAPTION };

/* A run of text that a reader sees as one paragraph. */
struct block {
    struct str text;       /* spaces made one, in the arena */
    uint32_t link_bytes;   /* of them in links to pages, and in <time> */
    const xmlNode *holder; /* the element whose block it is */
    enum block_kind kind;
    bool apart; /* an ancestor is marked as something that is no article */
};

struct blocks {
    struct block *item;
    uint32_t count, cap;
};

/* The page's blocks in order; hidden elements and scripts give none. Leaves _private of
 * every element that holds a block NULL. */
void html_blocks(const xmlNode *root, struct arena *arena, struct blocks *out);

/* Words by their first letter, in small letters. */
#define HTML_WORDS 10
typedef const char *const html_words[26][HTML_WORDS];
/* Does one of them stand anywhere in the value, an attribute's? */
bool html_has_word(struct str value, const html_words words);

/* Marks in class, id and itemprop of an element. */
enum html_mark { MARK_NOTHING, MARK_ARTICLE, MARK_APART };
enum html_mark html_mark_of(const xmlNode *element);

/* Which blocks are the article: text, paragraphs a line each. title: of the page, whose
 * repetition at the beginning is left out. *heading_out: what the article begins with,
 * where that is a heading; else absent. */
struct str html_pick(const struct blocks *blocks, struct str title, struct arena *arena,
                     struct str *heading_out);

/* Fills all of out but text; title only where the page says it outright. */
void html_meta(const xmlNode *root, struct arena *arena, struct html_page *out);

/* A title without the outlet's name behind it; absent where it is nothing else. any: what
 * looks like an outlet's name is one. */
struct str html_title_cut(const struct html_page *page, struct str title, bool any);

bool html_name_is(const xmlNode *node, const char *name);
/* An attribute's value, borrowed from the tree; absent where there is none. */
struct str html_attribute(const xmlNode *element, const char *name);

#endif
