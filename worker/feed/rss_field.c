#include "worker/feed/rss_field.h"

#include <strings.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define FEED(f)      offsetof(struct rss_feed, f)
#define ENTRY(f)     offsetof(struct rss_entry, f)
#define NO           0

static const struct {
    const char *uri, *prefix;
    enum rss_space space;
} spaces[] = {
    {"http://www.w3.org/2005/Atom", "atom", SPACE_CORE},
    {"http://purl.org/atom/ns#", "atom10", SPACE_CORE},
    {"http://purl.org/atom/", "atom03", SPACE_CORE},
    {"http://purl.org/pie/", NULL, SPACE_CORE},
    {"http://purl.org/rss/1.0/", "rss", SPACE_CORE},
    {"http://my.netscape.com/rdf/simple/0.9/", NULL, SPACE_CORE},
    {"http://my.netscape.com/publish/formats/rss-0.91.dtd", NULL, SPACE_CORE},
    {"http://backend.userland.com/rss", NULL, SPACE_CORE},
    {"http://blogs.law.harvard.edu/tech/rss", NULL, SPACE_CORE},
    {"http://channel.netscape.com/rdf/simple/0.9/", NULL, SPACE_CORE},
    {"http://cyber.law.harvard.edu/rss", NULL, SPACE_CORE},
    {"http://www.w3.org/1999/02/22-rdf-syntax-ns#", "rdf", SPACE_CORE},
    {"http://www.sitemaps.org/schemas/sitemap/0.9", NULL, SPACE_CORE},
    {"http://www.google.com/schemas/sitemap/0.", NULL, SPACE_CORE},
    {"http://purl.org/dc/elements/", "dc", SPACE_DC},
    {"http://purl.org/dc/terms/", "dcterms", SPACE_DC},
    {"http://purl.org/rss/1.0/modules/content/", "content", SPACE_CONTENT},
    {"http://www.w3.org/1999/xhtml", "xhtml", SPACE_XHTML},
    {"http://search.yahoo.com/mrss", "media", SPACE_MEDIA},
    {"http://www.itunes.com/DTDs/PodCast-1.0.dtd", "itunes", SPACE_ITUNES},
    {"http://www.google.com/schemas/sitemap-news/", "news", SPACE_NEWS},
    {"http://rssnamespace.org/feedburner/ext/1.0", "feedburner", SPACE_ORIGIN},
};

static const struct rss_field fields[] = {
    {SPACE_CORE, "title", LEVEL_BOTH, HOW_TEXT, FEED(title), ENTRY(title), 3},
    {SPACE_DC, "title", LEVEL_BOTH, HOW_TEXT, FEED(title), ENTRY(title), 2},
    {SPACE_NEWS, "title", LEVEL_ENTRY, HOW_TEXT, NO, ENTRY(title), 2},
    {SPACE_CORE, "subtitle", LEVEL_BOTH, HOW_TEXT, FEED(subtitle), ENTRY(summary), 3},
    {SPACE_CORE, "tagline", LEVEL_FEED, HOW_TEXT, FEED(subtitle), NO, 3},
    {SPACE_CORE, "info", LEVEL_FEED, HOW_TEXT, FEED(subtitle), NO, 1},
    {SPACE_CORE, "description", LEVEL_BOTH, HOW_TEXT, FEED(subtitle), ENTRY(summary), 3},
    {SPACE_CORE, "abstract", LEVEL_BOTH, HOW_TEXT, FEED(subtitle), ENTRY(summary), 2},
    {SPACE_DC, "description", LEVEL_BOTH, HOW_TEXT, FEED(subtitle), ENTRY(summary), 2},
    {SPACE_ITUNES, "subtitle", LEVEL_BOTH, HOW_TEXT, FEED(subtitle), ENTRY(summary), 1},
    {SPACE_ITUNES, "summary", LEVEL_BOTH, HOW_TEXT, FEED(subtitle), ENTRY(summary), 1},
    {SPACE_CORE, "summary", LEVEL_ENTRY, HOW_TEXT, NO, ENTRY(summary), 3},
    {SPACE_DC, "abstract", LEVEL_ENTRY, HOW_TEXT, NO, ENTRY(summary), 1},
    {SPACE_MEDIA, "description", LEVEL_ENTRY, HOW_TEXT, NO, ENTRY(summary), 0},
    {SPACE_CORE, "content", LEVEL_ENTRY, HOW_TEXT, NO, ENTRY(content), 3},
    {SPACE_CONTENT, "encoded", LEVEL_ENTRY, HOW_TEXT, NO, ENTRY(content), 3},
    {SPACE_CORE, "fullitem", LEVEL_ENTRY, HOW_TEXT, NO, ENTRY(content), 2},
    {SPACE_XHTML, "body", LEVEL_ENTRY, HOW_TEXT, NO, ENTRY(content), 2},
    {SPACE_CORE, "body", LEVEL_ENTRY, HOW_TEXT, NO, ENTRY(content), 2},
    {SPACE_XHTML, "div", LEVEL_ENTRY, HOW_TEXT, NO, ENTRY(content), 1},
    {SPACE_CORE, "link", LEVEL_BOTH, HOW_LINK, FEED(url), ENTRY(url), 2},
    {SPACE_CORE, "loc", LEVEL_ENTRY, HOW_LINK, NO, ENTRY(url), 2},
    {SPACE_ORIGIN, "origLink", LEVEL_ENTRY, HOW_LINK, NO, ENTRY(url), 4},
    {SPACE_CORE, "id", LEVEL_BOTH, HOW_ID, FEED(id), ENTRY(id), 2},
    {SPACE_CORE, "guid", LEVEL_BOTH, HOW_ID, FEED(id), ENTRY(id), 2},
    {SPACE_DC, "identifier", LEVEL_BOTH, HOW_PLAIN, FEED(id), ENTRY(id), 1},
    {SPACE_CORE, "author", LEVEL_ENTRY, HOW_PERSON, NO, ENTRY(author), 3},
    {SPACE_DC, "creator", LEVEL_ENTRY, HOW_PERSON, NO, ENTRY(author), 2},
    {SPACE_DC, "author", LEVEL_ENTRY, HOW_PERSON, NO, ENTRY(author), 2},
    {SPACE_ITUNES, "author", LEVEL_ENTRY, HOW_PERSON, NO, ENTRY(author), 1},
    {SPACE_CORE, "pubDate", LEVEL_BOTH, HOW_DATE, FEED(updated), ENTRY(published), 3},
    {SPACE_CORE, "published", LEVEL_ENTRY, HOW_DATE, NO, ENTRY(published), 3},
    {SPACE_CORE, "issued", LEVEL_ENTRY, HOW_DATE, NO, ENTRY(published), 3},
    {SPACE_DC, "issued", LEVEL_ENTRY, HOW_DATE, NO, ENTRY(published), 2},
    {SPACE_DC, "created", LEVEL_ENTRY, HOW_DATE, NO, ENTRY(published), 1},
    {SPACE_CORE, "created", LEVEL_ENTRY, HOW_DATE, NO, ENTRY(published), 1},
    {SPACE_NEWS, "publication_date", LEVEL_ENTRY, HOW_DATE, NO, ENTRY(published), 3},
    {SPACE_CORE, "updated", LEVEL_BOTH, HOW_DATE, FEED(updated), ENTRY(updated), 3},
    {SPACE_CORE, "modified", LEVEL_BOTH, HOW_DATE, FEED(updated), ENTRY(updated), 3},
    {SPACE_CORE, "lastBuildDate", LEVEL_FEED, HOW_DATE, FEED(updated), NO, 2},
    {SPACE_CORE, "lastmod", LEVEL_ENTRY, HOW_DATE, NO, ENTRY(updated), 3},
    {SPACE_DC, "modified", LEVEL_BOTH, HOW_DATE, FEED(updated), ENTRY(updated), 2},
    {SPACE_DC, "date", LEVEL_BOTH, HOW_DATE, FEED(updated), ENTRY(updated), 1},
    {SPACE_CORE, "language", LEVEL_FEED, HOW_PLAIN, FEED(language), NO, 3},
    {SPACE_DC, "language", LEVEL_BOTH, HOW_PLAIN, FEED(language), ENTRY(language), 2},
    {SPACE_NEWS, "language", LEVEL_ENTRY, HOW_PLAIN, NO, ENTRY(language), 2},
    {SPACE_CORE, "ttl", LEVEL_FEED, HOW_PLAIN, FEED(ttl), NO, 1},
    {SPACE_NEWS, "news", LEVEL_ENTRY, HOW_INSIDE, NO, NO, 0},
    {SPACE_NEWS, "publication", LEVEL_ENTRY, HOW_INSIDE, NO, NO, 0},
    {SPACE_MEDIA, "group", LEVEL_ENTRY, HOW_INSIDE, NO, NO, 0},
    {SPACE_CORE, "channel", LEVEL_FEED, HOW_INSIDE, NO, NO, 0},
    {SPACE_CORE, "items", LEVEL_FEED, HOW_INSIDE, NO, NO, 0},
};

static bool begins(const char *text, const char *with)
{
    return strncasecmp(text, with, strlen(with)) == 0;
}

enum rss_space rss_space_of(const char *uri, const char *prefix)
{
    enum rss_space best = SPACE_OTHER;
    size_t longest = 0;
    if (uri == NULL && prefix == NULL)
        return SPACE_CORE;
    for (size_t i = 0; i < COUNT(spaces); i++) {
        size_t len = strlen(spaces[i].uri);
        bool is = uri ? begins(uri, spaces[i].uri) && len > longest
                      : spaces[i].prefix && strcasecmp(prefix, spaces[i].prefix) == 0;
        if (is) {
            best = spaces[i].space;
            longest = len;
        }
    }
    return best;
}

const struct rss_field *rss_field_of(enum rss_space space, const char *name,
                                     enum rss_level level)
{
    for (size_t i = 0; i < COUNT(fields); i++)
        if (fields[i].space == space && (fields[i].level & level) &&
            strcasecmp(fields[i].name, name) == 0)
            return &fields[i];
    return NULL;
}
