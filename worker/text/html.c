#include "worker/text/html.h"

#include "worker/text/html_block.h"

#include <libxml/HTMLparser.h>
#include <string.h>
#include <strings.h>

#define OPTIONS                                                                          \
    (HTML_PARSE_RECOVER | HTML_PARSE_NOERROR | HTML_PARSE_NOWARNING | HTML_PARSE_NONET | \
     HTML_PARSE_COMPACT)

bool html_is(struct str bytes)
{
    static const char *const begins[] = {"<!doctype html", "<html", "<head", "<!--"};
    if (str_starts(bytes, STR("\xef\xbb\xbf")))
        bytes = str_from(bytes, 3);
    bytes = str_trim(bytes);
    if (str_starts(bytes, STR("<?xml"))) { /* XHTML: then its document type follows */
        size_t end = str_find(bytes, STR("?>"));
        if (end == (size_t)-1)
            return false;
        bytes = str_trim(str_from(bytes, end + 2));
    }
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (bytes.len > strlen(begins[i]) &&
            strncasecmp(bytes.ptr, begins[i], strlen(begins[i])) == 0)
            return true;
    return false;
}

bool html_name_is(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && node->name &&
           strcmp((const char *)node->name, name) == 0;
}

struct str html_attribute(const xmlNode *element, const char *name)
{
    for (const xmlAttr *a = element->properties; a; a = a->next)
        if (strcmp((const char *)a->name, name) == 0)
            return a->children && a->children->content
                       ? str_of((const char *)a->children->content)
                       : STR("");
    return STR_NONE;
}

/* struct html_tree is libxml2's document under another name, for callers need not know
 * it. */
static xmlDoc *of(struct html_tree *tree)
{
    return (xmlDoc *)(void *)tree;
}

int html_parse(struct str page, struct html_tree **tree_out, struct err *err)
{
    *tree_out = NULL;
    if (page.len > HTML_BYTES_MOST)
        return err_set(err, ERR_LIMIT, "the page is larger than %zu bytes",
                       HTML_BYTES_MOST);
    htmlParserCtxt *parser = htmlNewParserCtxt();
    if (parser == NULL)
        return err_set(err, ERR_FORMAT, "no page can be made out in it");
    xmlDoc *tree =
        htmlCtxtReadMemory(parser, page.ptr, (int)page.len, NULL, "UTF-8", OPTIONS);
    htmlFreeParserCtxt(parser);
    *tree_out = (struct html_tree *)(void *)tree;
    if (tree && xmlDocGetRootElement(tree))
        return 0;
    html_free(tree_out);
    return err_set(err, ERR_FORMAT, "no page can be made out in it");
}

void html_read(struct html_tree *tree, struct arena *arena, struct html_page *out)
{
    const xmlNode *root = xmlDocGetRootElement(of(tree));
    struct blocks blocks = {0};
    struct str heading;
    *out = (struct html_page){0};
    html_meta(root, arena, out);
    html_blocks(root, arena, &blocks);
    out->text = html_pick(&blocks, out->title, arena, &heading);
    if (out->title.len == 0)
        out->title = heading.len ? heading : html_title_cut(out, out->head_title, true);
    if (out->title.len == 0)
        out->title = out->head_title;
}

void html_free(struct html_tree **tree)
{
    if (*tree)
        xmlFreeDoc(of(*tree));
    *tree = NULL;
}
