/* Dates and names that stand on the page for its readers. What makers of pages call such
 * elements is the same in all languages; the words in them are not looked at. */

#include "worker/text/html_meta.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define NAME_BYTES  100 /* of a name with what introduces it */
#define NAME_WORDS  8
#define DATE_BYTES  120
#define LEVELS_MOST 12 /* looked up for a place that is not the article's */

static const html_words author_marks = {
    ['a' - 'a'] = {"author"},
    ['b' - 'a'] = {"byline"},
    ['p' - 'a'] = {"penulis"},
    ['w' - 'a'] = {"writer"},
};
static const html_words date_marks = {
    ['d' - 'a'] = {"date"},
    ['p' - 'a'] = {"publish"},
    ['t' - 'a'] = {"tanggal", "time"},
};
static const char *const author_paths[] = {
    "/author/", "/authors/", "/staff/", "/penulis/", "/writer/", "/profile/", NULL};
/* An element in one of these is about something else than this article. */
static const html_words elsewhere = {
    ['c' - 'a'] = {"comment"}, ['l' - 'a'] = {"latest"},
    ['p' - 'a'] = {"popular"}, ['r' - 'a'] = {"recommend", "related"},
    ['s' - 'a'] = {"sidebar"}, ['t' - 'a'] = {"terkait"},
    ['w' - 'a'] = {"widget"},
};

static bool has_any(struct str value, const char *const *list)
{
    for (; value.len && *list; list++)
        if (strcasestr(value.ptr, *list))
            return true;
    return false;
}

static bool is_called(const xmlNode *element, const html_words words)
{
    return html_has_word(html_attribute(element, "class"), words) ||
           html_has_word(html_attribute(element, "id"), words) ||
           html_has_word(html_attribute(element, "itemprop"), words);
}

static bool is_elsewhere(const xmlNode *element)
{
    for (int i = 0; i < LEVELS_MOST && element; i++, element = element->parent)
        if (element->type == XML_ELEMENT_NODE && !html_name_is(element, "body") &&
            !html_name_is(element, "html") &&
            (is_called(element, elsewhere) || html_name_is(element, "aside") ||
             html_name_is(element, "footer")))
            return true;
    return false;
}

static unsigned words_in(struct str text)
{
    unsigned words = text.len > 0;
    for (size_t i = 0; i < text.len; i++)
        words += text.ptr[i] == ' ';
    return words;
}

static bool same(struct str a, struct str b)
{
    return a.len == b.len && a.len && strncasecmp(a.ptr, b.ptr, a.len) == 0;
}

struct str meta_name(struct str text, struct str site)
{
    static const char *const marks[] = {" - ", " – ", " — ", " | "};
    size_t colon = str_find(text, STR(": "));
    if (colon != (size_t)-1)
        text = str_from(text, colon + 2);
    if (text.len > 3 && strncasecmp(text.ptr, "by ", 3) == 0)
        text = str_from(text, 3);
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        size_t at = str_find(text, str_of(marks[i]));
        if (at == (size_t)-1)
            continue;
        struct str left = str_slice(text, 0, at);
        struct str right = str_from(text, at + strlen(marks[i]));
        text = same(left, site) ? right : left;
    }
    return str_trim(text);
}

/* Names have a letter, and few words. */
static bool is_name(struct str text)
{
    bool letter = false;
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        letter = letter || isalpha(c) || c >= 0x80;
        if (isdigit(c) || strchr("@<>{}[]", c))
            return false;
    }
    return letter && words_in(text) <= NAME_WORDS;
}

/* The first link within, few elements down; or NULL. */
static const xmlNode *link_in(const xmlNode *element)
{
    const xmlNode *node = element->children;
    for (int i = 0; i < LEVELS_MOST && node; i++) {
        if (html_name_is(node, "a"))
            return node;
        if (node->type == XML_ELEMENT_NODE && node->children)
            node = node->children;
        else {
            while (node && node != element && node->next == NULL)
                node = node->parent;
            node = node == element || node == NULL ? NULL : node->next;
        }
    }
    return NULL;
}

/* "Posted on" is called author-prefix as well: of several words the last is a name's. */
static bool ends_as_name(struct str text)
{
    size_t at = text.len;
    while (at && text.ptr[at - 1] != ' ')
        at--;
    return at == 0 || !islower((unsigned char)text.ptr[at]);
}

static void read_name(struct meta *m, struct str *field, const xmlNode *element)
{
    const xmlNode *link = html_name_is(element, "a") ? NULL : link_in(element);
    const xmlNode *from[] = {link, element};
    for (size_t i = link ? 0 : 1; i < 2; i++) {
        struct str name =
            meta_name(meta_short_text(m, from[i], NAME_BYTES), m->page->site);
        if (is_name(name) && ends_as_name(name)) {
            meta_set(m, field, name);
            return;
        }
    }
}

/* The whole of it, or what stands behind a dash or a bar. */
static void read_date(struct meta *m, const xmlNode *element)
{
    struct str text = meta_short_text(m, element, DATE_BYTES), rest = text;
    meta_set_date(m, &m->written, text);
    for (size_t at = str_find(rest, STR(" - ")); at != (size_t)-1;
         at = str_find(rest, STR(" - "))) {
        rest = str_from(rest, at + 3);
        meta_set_date(m, &m->written, rest);
    }
}

void meta_read_byline(struct meta *m, const xmlNode *element)
{
    struct str rel = html_attribute(element, "rel"), href = STR_NONE;
    if (html_name_is(element, "a"))
        href = html_attribute(element, "href");
    bool is_signature = str_is(rel, "author") || has_any(href, author_paths) ||
                        str_is(html_attribute(element, "itemprop"), "author");
    if (m->signature.len == 0 && is_signature && !is_elsewhere(element))
        read_name(m, &m->signature, element);
    if (m->byline.len == 0 && is_called(element, author_marks) && !is_elsewhere(element))
        read_name(m, &m->byline, element);
    if (m->written.len == 0 &&
        (html_name_is(element, "time") || is_called(element, date_marks)) &&
        !is_elsewhere(element))
        read_date(m, element);
}
