#include "worker/text/html_block.h"

#include <string.h>
#include <strings.h>

/* A longer start tag stays: looking for its end again and again would not be linear. */
#define TAG_BYTES_MOST 4096u

static const char *const weights[] = {"script", "style", "svg", "iframe", "noscript"};

static bool begins(struct str s, const char *what)
{
    size_t len = strlen(what);
    return s.len >= len && strncasecmp(s.ptr, what, len) == 0;
}

/* Bytes of what may go at the begin of rest, with its end tag; 0: it stays. *endless is
 * set where its end was looked for in vain, which is not to be done again and again. */
static size_t weight_of(struct str rest, bool *endless)
{
    if (begins(rest, "<!--")) {
        const char *end = memmem(rest.ptr, rest.len, "-->", 3);
        *endless = end == NULL;
        return end ? (size_t)(end - rest.ptr) + 3 : 0;
    }
    for (size_t i = 0; i < sizeof weights / sizeof *weights; i++) {
        size_t len = strlen(weights[i]);
        if (!begins(str_from(rest, 1), weights[i]) || rest.len <= len + 1 ||
            !strchr("> \t\r\n", rest.ptr[len + 1]))
            continue;
        const char *tag_end =
            memchr(rest.ptr, '>', rest.len < TAG_BYTES_MOST ? rest.len : TAG_BYTES_MOST);
        if (tag_end == NULL ||
            memmem(rest.ptr, (size_t)(tag_end - rest.ptr), "ld+json", 7))
            return 0;
        for (const char *at = tag_end;
             (at = memmem(at, rest.len - (size_t)(at - rest.ptr), "</", 2)); at += 2)
            if (begins(str_from(rest, (size_t)(at - rest.ptr) + 2), weights[i])) {
                const char *end = memchr(at, '>', rest.len - (size_t)(at - rest.ptr));
                return end ? (size_t)(end - rest.ptr) + 1 : rest.len;
            }
        *endless = true;
        return 0;
    }
    return 0;
}

struct str html_slim(struct str page, struct arena *arena)
{
    char *out = arena_alloc(arena, page.len + 1);
    size_t len = 0;
    bool endless = false;
    for (size_t at = 0; at < page.len;) {
        size_t weight = 0;
        if (page.ptr[at] == '<' && !endless)
            weight = weight_of(str_from(page, at), &endless);
        if (weight)
            at += weight;
        else
            out[len++] = page.ptr[at++];
    }
    return str_make(out, len);
}
