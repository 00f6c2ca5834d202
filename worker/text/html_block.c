/* One walk over the tree, in order, without recursion: text of inline elements runs
 * together, block elements and <br> end a block. */

#include "worker/text/html_block.h"

#include "proto/base/buf.h"

#include <string.h>
#include <strings.h>

#define NAME_OF(node) ((const char *)(node)->name)
/* Of the page's text: a container this large is not apart, whatever it is called. */
#define APART_MOST_PERCENT 40

static bool is_one_of(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (strcmp(name, *list) == 0)
            return true;
    return false;
}

/* Nothing in them is shown as running text. */
static const char *const silent[] = {
    "script", "style", "noscript", "template", "iframe", "object",
    "embed",  "svg",   "math",     "button",   "select", "textarea",
    "canvas", "audio", "video",    "head",     "dialog", NULL};

static const char *const inlines[] = {
    "a",    "abbr", "acronym", "b",     "bdi",  "bdo",    "big",    "cite", "code",
    "del",  "dfn",  "em",      "font",  "i",    "img",    "ins",    "kbd",  "mark",
    "q",    "s",    "samp",    "small", "span", "strong", "strike", "sub",  "sup",
    "time", "tt",   "u",       "var",   "wbr",  "nobr",   "label",  NULL};

static const char *const aside[] = {"nav", "aside", "footer", NULL};

struct walk {
    struct arena *arena;
    struct blocks *out;
    struct buf text;
    uint32_t link_bytes, total_bytes;
    const xmlNode *holder;
    uint32_t links, aparts; /* ancestors that are */
};

static bool is_hidden(const xmlNode *node)
{
    struct str style = html_attribute(node, "style");
    return html_attribute(node, "hidden").ptr ||
           (style.ptr && (strcasestr(style.ptr, "display:none") ||
                          strcasestr(style.ptr, "display: none")));
}

static bool is_silent(const xmlNode *node)
{
    return node->type != XML_ELEMENT_NODE
               ? node->type != XML_TEXT_NODE && node->type != XML_CDATA_SECTION_NODE
               : is_one_of(NAME_OF(node), silent) || is_hidden(node);
}

/* One climb, for there are pages of many blocks in elements 256 deep. */
static enum block_kind kind_of(const xmlNode *holder)
{
    const char *name = NAME_OF(holder);
    if (name[0] == 'h' && name[1] >= '1' && name[1] <= '6' && name[2] == '\0')
        return BLOCK_HEADING;
    if (strcmp(name, "caption") == 0)
        return BLOCK_CAPTION;
    bool item = strcmp(name, "dd") == 0 || strcmp(name, "dt") == 0, cell = false;
    for (const xmlNode *node = holder; node && node->type == XML_ELEMENT_NODE;
         node = node->parent) {
        name = NAME_OF(node);
        if (name[0] == 'f' && strcmp(name, "figcaption") == 0)
            return BLOCK_CAPTION;
        item = item || (name[0] == 'l' && strcmp(name, "li") == 0);
        cell = cell ||
               (name[0] == 't' && (strcmp(name, "td") == 0 || strcmp(name, "th") == 0));
    }
    return item ? BLOCK_ITEM : cell ? BLOCK_CELL : BLOCK_TEXT;
}

static void end_block(struct walk *w)
{
    struct str text = str_trim(buf_str(&w->text));
    if (text.len) {
        struct block *block = ARENA_PUSH(w->arena, w->out);
        *block = (struct block){.text = arena_str(w->arena, text),
                                .link_bytes = w->link_bytes,
                                .holder = w->holder,
                                .kind = kind_of(w->holder),
                                .apart = w->aparts > 0};
    }
    buf_clear(&w->text);
    w->link_bytes = 0;
}

/* White space, however much, is one space. */
static uint32_t add_text(struct buf *out, const char *text)
{
    size_t before = out->len;
    for (const char *c = text; *c; c++) {
        bool space = *c == ' ' || *c == '\n' || *c == '\t' || *c == '\r' || *c == '\f';
        if (!space)
            buf_add_char(out, *c);
        else if (out->len && out->ptr[out->len - 1] != ' ')
            buf_add_char(out, ' ');
    }
    return (uint32_t)(out->len - before);
}

static bool is_apart(const struct walk *w, const xmlNode *node)
{
    uintptr_t count = (uintptr_t)node->_private;
    if ((count & 1) ||
        (uint64_t)(count / 2) * 100 > (uint64_t)w->total_bytes * APART_MOST_PERCENT)
        return false;
    return is_one_of(NAME_OF(node), aside) || html_mark_of(node) == MARK_APART;
}

/* What points elsewhere, or says when: a block of nothing else is no paragraph. A link to
 * an address of mail is what it says. */
static bool is_link(const xmlNode *node)
{
    return html_name_is(node, "time") ||
           (html_name_is(node, "a") &&
            !str_starts(html_attribute(node, "href"), STR("mailto:")));
}

/* The count has done its work once it is known whether the element is apart: that stands
 * in its place until the element is left, and then nothing. */
static void enter(struct walk *w, xmlNode *node)
{
    bool apart = is_apart(w, node);
    node->_private = (void *)(uintptr_t)apart;
    if (html_name_is(node, "br") || !is_one_of(NAME_OF(node), inlines)) {
        end_block(w);
        w->holder = node;
    }
    w->links += is_link(node);
    w->aparts += apart;
}

static void leave(struct walk *w, xmlNode *node)
{
    if (!is_one_of(NAME_OF(node), inlines)) {
        end_block(w);
        w->holder = node->parent;
    }
    w->links -= is_link(node);
    w->aparts -= node->_private != NULL;
    node->_private = NULL;
}

typedef void visit(void *context, xmlNode *node);

/* Every node that is not silent: enter, and for elements leave. */
static void walk_tree(xmlNode *root, visit *on_enter, visit *on_leave, void *context)
{
    xmlNode *node = root;
    while (node) {
        bool silent_node = is_silent(node);
        if (!silent_node)
            on_enter(context, node);
        if (!silent_node && node->type == XML_ELEMENT_NODE && node->children) {
            node = node->children;
            continue;
        }
        if (!silent_node)
            on_leave(context, node);
        while (node != root && node->next == NULL) {
            node = node->parent;
            on_leave(context, node);
        }
        if (node == root)
            return;
        node = node->next;
    }
}

/* How much text is in each element, twice, and in the lowest bit whether the article may
 * be: kept in its _private. */
static void begin_count(void *context, xmlNode *node)
{
    (void)context;
    uintptr_t count = 0;
    if (node->type != XML_ELEMENT_NODE)
        count = strlen((const char *)node->content) * 2;
    else
        count = html_name_is(node, "h1") || html_mark_of(node) == MARK_ARTICLE;
    node->_private = (void *)count;
}

static void end_count(void *context, xmlNode *node)
{
    uintptr_t own = (uintptr_t)node->_private;
    if (node == context)
        return;
    uintptr_t above = (uintptr_t)node->parent->_private;
    node->parent->_private =
        (void *)(((above & ~(uintptr_t)1) + (own & ~(uintptr_t)1)) | ((above | own) & 1));
}

static void on_enter(void *context, xmlNode *node)
{
    struct walk *w = context;
    if (node->type == XML_ELEMENT_NODE) {
        enter(w, node);
        return;
    }
    uint32_t bytes = add_text(&w->text, (const char *)node->content);
    if (w->links)
        w->link_bytes += bytes;
}

static void on_leave(void *context, xmlNode *node)
{
    if (node->type == XML_ELEMENT_NODE)
        leave(context, node);
}

void html_blocks(const xmlNode *root, struct arena *arena, struct blocks *out)
{
    xmlNode *top = (xmlNode *)root; /* only _private is written */
    walk_tree(top, begin_count, end_count, top);
    struct walk w = {.arena = arena,
                     .out = out,
                     .holder = root,
                     .total_bytes = (uint32_t)((uintptr_t)top->_private / 2)};
    walk_tree(top, on_enter, on_leave, &w);
    end_block(&w);
    buf_fini(&w.text);
}
