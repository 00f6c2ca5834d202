#include "worker/feed/link.h"

#include <ctype.h>
#include <libxml/uri.h>
#include <string.h>
#include <strings.h>

#define URL_MAX 4096

/* Parameters that say where a reader came from, not what is read. */
static const char *const tracking[] = {
    "fbclid",  "gclid",     "gclsrc",      "dclid",     "gbraid", "wbraid",
    "msclkid", "yclid",     "igshid",      "mc_cid",    "mc_eid", "_ga",
    "_gl",     "ref_src",   "cmpid",       "ocid",      "ncid",   "twclid",
    "ttclid",  "at_medium", "at_campaign", "ns_source", NULL};

static const char *const second_levels[] = {"co",  "com", "go",  "gov", "or",
                                            "org", "ac",  "net", "sch", "web",
                                            "my",  "mil", "edu", NULL};

static bool has_scheme(struct str url, const char *scheme)
{
    size_t n = strlen(scheme);
    return url.len > n && strncasecmp(url.ptr, scheme, n) == 0;
}

bool link_is_web(struct str url)
{
    size_t at = has_scheme(url, "http://") ? 7 : has_scheme(url, "https://") ? 8 : 0;
    return at && url.len > at && !strchr("/?#:@", url.ptr[at]) && url.len <= URL_MAX;
}

/* Escape what a URL may not hold; what is escaped already stays. */
static void add_escaped(struct buf *out, struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c == '\n' || c == '\r' || c == '\t')
            continue;
        if (c <= 32 || c >= 127 || strchr("\"<>\\^`{|}", c))
            buf_printf(out, "%%%02X", c);
        else
            buf_add_char(out, (char)c);
    }
}

struct str link_resolve(struct str href, struct str base, struct arena *arena)
{
    struct buf to = {0}, from = {0};
    struct str out = href;
    if (href.ptr == NULL || href.len > URL_MAX || base.len > URL_MAX)
        return href;
    href = str_trim(href);
    add_escaped(&to, href);
    add_escaped(&from, str_trim(base));
    xmlChar *made = xmlBuildURI((const xmlChar *)buf_cstr(&to),
                                from.len ? (const xmlChar *)buf_cstr(&from) : NULL);
    out = arena_str(arena, made ? str_of((const char *)made) : buf_str(&to));
    xmlFree(made);
    buf_fini(&to);
    buf_fini(&from);
    return out;
}

/* The parts of a web address: "scheme://" ends at host, host at rest. */
static bool parts(struct str url, struct str *authority_out, struct str *rest_out)
{
    if (!link_is_web(url))
        return false;
    size_t begin = str_find(url, STR("://")) + 3, end = begin;
    while (end < url.len && !strchr("/?#", url.ptr[end]))
        end++;
    *authority_out = str_slice(url, begin, end);
    *rest_out = str_from(url, end);
    return true;
}

static struct str without_user(struct str authority)
{
    for (size_t i = authority.len; i > 0; i--)
        if (authority.ptr[i - 1] == '@')
            return str_from(authority, i);
    return authority;
}

static struct str without_port(struct str host)
{
    if (host.len && host.ptr[0] == '[') { /* an IPv6 address */
        const char *end = memchr(host.ptr, ']', host.len);
        return end ? str_make(host.ptr, (size_t)(end - host.ptr) + 1) : host;
    }
    const char *at = host.len ? memchr(host.ptr, ':', host.len) : NULL;
    return at ? str_make(host.ptr, (size_t)(at - host.ptr)) : host;
}

static bool is_tracking(struct str parameter)
{
    const char *at = parameter.len ? memchr(parameter.ptr, '=', parameter.len) : NULL;
    struct str name =
        at ? str_make(parameter.ptr, (size_t)(at - parameter.ptr)) : parameter;
    if (has_scheme(name, "utm_"))
        return true;
    for (const char *const *t = tracking; *t; t++)
        if (name.len == strlen(*t) && strncasecmp(name.ptr, *t, name.len) == 0)
            return true;
    return false;
}

static void add_query(struct buf *out, struct str query)
{
    struct str part;
    char mark = '?';
    while (str_split(&query, '&', &part) == 1)
        if (part.len && !is_tracking(part)) {
            buf_add_char(out, mark);
            buf_add_str(out, part);
            mark = '&';
        }
}

void link_canonical(struct str url, struct buf *out)
{
    struct str authority, rest, path, query = STR_NONE;
    if (!parts(url, &authority, &rest)) {
        buf_add_str(out, url);
        return;
    }
    bool secure = has_scheme(url, "https:");
    authority = without_user(authority);
    if (str_ends(authority, secure ? STR(":443") : STR(":80")))
        authority = without_port(authority);
    buf_add_str(out, secure ? STR("https://") : STR("http://"));
    for (size_t i = 0; i < authority.len; i++)
        buf_add_char(out, (char)tolower((unsigned char)authority.ptr[i]));
    const char *hash = rest.len ? memchr(rest.ptr, '#', rest.len) : NULL;
    if (hash)
        rest.len = (size_t)(hash - rest.ptr);
    const char *mark = rest.len ? memchr(rest.ptr, '?', rest.len) : NULL;
    path = mark ? str_make(rest.ptr, (size_t)(mark - rest.ptr)) : rest;
    if (mark)
        query = str_from(rest, path.len + 1);
    buf_add_str(out, path.len ? path : STR("/"));
    add_query(out, query);
}

struct str link_host(struct str url)
{
    struct str authority, rest;
    if (!parts(url, &authority, &rest))
        return STR_NONE;
    authority = without_port(without_user(authority));
    return has_scheme(authority, "www.") ? str_from(authority, 4) : authority;
}

struct str link_outlet(struct str url)
{
    struct str host = link_host(url), label;
    size_t dot[3] = {0}; /* behind the last three dots, the last first */
    if (host.len == 0 || host.ptr[0] == '[' ||
        isdigit((unsigned char)host.ptr[host.len - 1]))
        return host;
    size_t found = 0;
    for (size_t i = host.len; i > 0 && found < 3; i--)
        if (host.ptr[i - 1] == '.')
            dot[found++] = i;
    if (found < 2)
        return host;
    label = str_slice(host, dot[1], dot[0] - 1);
    bool country = host.len - dot[0] == 2, second = false;
    for (const char *const *s = second_levels; *s; s++)
        second = second || str_is(label, *s);
    if (country && second)
        return found == 3 ? str_from(host, dot[2]) : host;
    return str_from(host, dot[1]);
}

struct str link_origin(struct str url)
{
    struct str authority, rest;
    if (!parts(url, &authority, &rest))
        return STR_NONE;
    return str_slice(url, 0, url.len - rest.len);
}
