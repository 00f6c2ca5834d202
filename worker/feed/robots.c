#include "worker/feed/robots.h"

#include <strings.h>

struct rules { /* of one walk over the file */
    struct str agent;
    bool ours_only;  /* take groups that name us, not "*" */
    bool any;        /* a group was taken */
    bool in, naming; /* in such a group; in its User-agent lines */
    struct str path;
    size_t longest;
    bool allow;
    uint64_t delay_ms;
};

/* Does path begin with pattern? After each star the first place that fits is taken, the
 * last one where the end is meant: linear. */
static bool fits(struct str pattern, struct str path)
{
    struct str rest = pattern, piece;
    bool to_end = str_ends(pattern, STR("$")), first = true;
    if (to_end)
        rest.len--;
    while (str_split(&rest, '*', &piece) == 1) {
        bool last = rest.ptr == NULL;
        if (to_end && last)
            return first ? str_eq(path, piece) : str_ends(path, piece);
        size_t at = first ? 0 : str_find(path, piece);
        if (at == (size_t)-1 || (first && !str_starts(path, piece)))
            return false;
        path = str_from(path, at + piece.len);
        first = false;
    }
    return true;
}

static bool is_key(struct str key, const char *name)
{
    return key.len == strlen(name) && strncasecmp(key.ptr, name, key.len) == 0;
}

static bool names_us(const struct rules *rules, struct str value)
{
    if (str_is(value, "*"))
        return !rules->ours_only;
    for (size_t i = 0; value.len && i + value.len <= rules->agent.len; i++)
        if (strncasecmp(rules->agent.ptr + i, value.ptr, value.len) == 0)
            return rules->ours_only;
    return false;
}

static void take_rule(struct rules *rules, struct str pattern, bool allow)
{
    if (pattern.len == 0 || !fits(pattern, rules->path))
        return;
    if (pattern.len > rules->longest || (pattern.len == rules->longest && allow)) {
        rules->longest = pattern.len;
        rules->allow = allow;
    }
}

static uint64_t seconds(struct str value)
{
    uint64_t ms = 0;
    for (size_t i = 0; i < value.len && value.ptr[i] >= '0' && value.ptr[i] <= '9' &&
                       ms < ROBOTS_DELAY_MAX_MS;
         i++)
        ms = ms * 10 + (uint64_t)(value.ptr[i] - '0') * 1000;
    return ms < ROBOTS_DELAY_MAX_MS ? ms : ROBOTS_DELAY_MAX_MS;
}

static void take_line(struct rules *rules, struct str line)
{
    struct str key, value = line;
    const char *hash = line.len ? memchr(line.ptr, '#', line.len) : NULL;
    if (hash)
        value.len = (size_t)(hash - line.ptr);
    if (value.len == 0 || !memchr(value.ptr, ':', value.len) ||
        str_split(&value, ':', &key) != 1)
        return;
    key = str_trim(key);
    value = str_trim(value);
    if (is_key(key, "user-agent")) {
        bool us = names_us(rules, value);
        rules->in = us || (rules->naming && rules->in);
        rules->any = rules->any || us;
        rules->naming = true;
        return;
    }
    rules->naming = false;
    if (!rules->in)
        return;
    if (is_key(key, "allow") || is_key(key, "disallow"))
        take_rule(rules, value, is_key(key, "allow"));
    else if (is_key(key, "crawl-delay"))
        rules->delay_ms = seconds(value);
}

static struct rules read_rules(struct str robots, struct str agent, struct str path)
{
    struct rules rules = {0};
    if (robots.len > ROBOTS_BYTES_MAX)
        robots.len = ROBOTS_BYTES_MAX;
    for (int ours = 1; ours >= 0 && !rules.any; ours--) {
        struct str rest = robots, line;
        rules = (struct rules){
            .agent = agent, .path = path, .allow = true, .ours_only = ours};
        while (str_split(&rest, '\n', &line) == 1)
            take_line(&rules, line);
    }
    return rules;
}

bool robots_allow(struct str robots, struct str agent, struct str path)
{
    return str_is(path, "/robots.txt") || read_rules(robots, agent, path).allow;
}

uint64_t robots_delay_ms(struct str robots, struct str agent)
{
    return read_rules(robots, agent, STR("/")).delay_ms;
}
