/* What the makers of pages call their elements. Parts of words, for class names are put
 * together of them: "c-article__body", "related-posts". */

#include "worker/text/html_block.h"

#include <string.h>
#include <strings.h>

static const char *const apart[] = {
    "comment",    "share",      "sharing",   "social",     "related",   "sidebar",
    "promo",      "newsletter", "subscri",   "footer",     "menu",      "breadcrumb",
    "cookie",     "banner",     "advert",    "sponsor",    "popup",     "modal",
    "widget",     "recommend",  "outbrain",  "taboola",    "disqus",    "teaser",
    "trending",   "most-read",  "popular",   "navigation", "masthead",  "copyright",
    "pagination", "pager",      "toolbar",   "signup",     "sign-up",   "login",
    "author",     "byline",     "caption",   "credit",     "tag-list",  "tags",
    "skip-",      "hidden",     "also-like", "more-news",  "read-more", "readmore",
    "rating",     "print",      "meta",      "infobox",    "gallery",   "slideshow",
    "toc",        "disclaimer", NULL};

static const char *const article[] = {"articlebody",   "article-body",
                                      "article_body",  "article-content",
                                      "article__body", "post-content",
                                      "entry-content", "story-body",
                                      "storybody",     "post-body",
                                      "content-body",  "articletext",
                                      "article-text",  "main-content",
                                      "maincontent",   "post_content",
                                      "news-content",  "detail",
                                      "read__content", "itp_bodycontent",
                                      "body-content",  NULL};

static bool has_any(struct str value, const char *const *list)
{
    for (; value.len && *list; list++)
        if (strcasestr(value.ptr, *list))
            return true;
    return false;
}

enum html_mark html_mark_of(const xmlNode *element)
{
    struct str name = html_attribute(element, "class"),
               id = html_attribute(element, "id");
    struct str item = html_attribute(element, "itemprop");
    if (html_name_is(element, "body") || html_name_is(element, "html"))
        return MARK_NOTHING;
    if (html_name_is(element, "article") || has_any(item, article) ||
        has_any(name, article) || has_any(id, article))
        return MARK_ARTICLE;
    if (has_any(name, apart) || has_any(id, apart))
        return MARK_APART;
    return html_name_is(element, "main") ? MARK_ARTICLE : MARK_NOTHING;
}
