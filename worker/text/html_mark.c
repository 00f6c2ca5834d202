/* What the makers of pages call their elements. Parts of words, for class names are put
 * together of them: "c-article__body", "related-posts". */

#include "worker/text/html_block.h"

#include <ctype.h>

static const html_words apart = {
    ['a' - 'a'] = {"advert", "also-like", "author"},
    ['b' - 'a'] = {"banner", "bibliograph", "breadcrumb", "breaking", "buy-box", "buybox",
                   "byline"},
    ['c' - 'a'] = {"caption", "comment", "cookie", "copyright", "credit"},
    ['d' - 'a'] = {"disclaimer", "disqus", "donat"},
    ['f' - 'a'] = {"footer", "footnote"},
    ['g' - 'a'] = {"gallery"},
    ['h' - 'a'] = {"hidden"},
    ['i' - 'a'] = {"infobox"},
    ['l' - 'a'] = {"latest", "login"},
    ['m' - 'a'] = {"masthead", "menu", "meta", "modal", "more-news", "most-read"},
    ['n' - 'a'] = {"navigation", "newsletter", "next-article", "next-post", "next-story",
                   "nextstory"},
    ['o' - 'a'] = {"outbrain"},
    ['p' - 'a'] = {"pager", "pagination", "popular", "popup", "post-nav", "prev-post",
                   "print", "promo"},
    ['r' - 'a'] = {"rating", "read-more", "readmore", "recommend", "references",
                   "related"},
    ['s' - 'a'] = {"share", "sidebar", "sign-up", "signup", "skip-", "slideshow",
                   "social", "sponsor", "subscri"},
    ['t' - 'a'] = {"taboola", "tag-list", "tags", "teaser", "ticker", "toc", "toolbar",
                   "trending"},
    ['w' - 'a'] = {"widget"},
};

static const html_words article = {
    ['a' - 'a'] = {"article-body", "article-content", "article-text", "article__body",
                   "article_body", "articlebody", "articletext"},
    ['b' - 'a'] = {"body-content"},
    ['c' - 'a'] = {"content-body"},
    ['d' - 'a'] = {"detail"},
    ['e' - 'a'] = {"entry-content"},
    ['i' - 'a'] = {"itp_bodycontent"},
    ['m' - 'a'] = {"main-content", "maincontent"},
    ['n' - 'a'] = {"news-content"},
    ['p' - 'a'] = {"post-body", "post-content", "post_content"},
    ['r' - 'a'] = {"read__content"},
    ['s' - 'a'] = {"story-body", "storybody"},
};

static bool begins_with(const char *text, const char *word)
{
    while (*word && tolower((unsigned char)*text) == *word) {
        text++;
        word++;
    }
    return *word == '\0';
}

bool html_has_word(struct str value, const html_words words)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned letter = (unsigned)((value.ptr[i] | 0x20) - 'a');
        for (unsigned w = 0; letter < 26 && w < HTML_WORDS && words[letter][w]; w++)
            if (begins_with(value.ptr + i, words[letter][w]))
                return true;
    }
    return false;
}

enum html_mark html_mark_of(const xmlNode *element)
{
    if (html_name_is(element, "article"))
        return MARK_ARTICLE;
    if (html_name_is(element, "body") || html_name_is(element, "html"))
        return MARK_NOTHING;
    struct str name = html_attribute(element, "class"),
               id = html_attribute(element, "id");
    if (html_has_word(html_attribute(element, "itemprop"), article) ||
        html_has_word(name, article) || html_has_word(id, article))
        return MARK_ARTICLE;
    if (html_has_word(name, apart) || html_has_word(id, apart))
        return MARK_APART;
    return html_name_is(element, "main") ? MARK_ARTICLE : MARK_NOTHING;
}
