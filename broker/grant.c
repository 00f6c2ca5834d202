#include "broker/grant.h"

#include "proto/base/arena.h"
#include "proto/base/hash.h"
#include "proto/base/map.h"
#include "proto/base/mem.h"
#include "proto/base/utf8.h"
#include "proto/wire/fact.h"

/* Some thousand lines; more is another kind of file. */
#define FILE_BYTES ((size_t)1024 * 1024)

/* Of a rate, and of what may wait. */
#define NUMBER_MOST 1000000000

struct grants {
    struct arena arena;
    struct map *by_key, *first; /* key -> index; name -> index of its first line */
    struct {
        struct grant *item;
        uint32_t count, cap;
    } all;
};

static const char *const list_names[GRANT_LISTS] = {"kinds", "countries", "languages",
                                                    "sources"};

/* ---- a line ---- */

static bool next_word(struct str *rest, struct str *word_out)
{
    *rest = str_trim(*rest);
    size_t len = 0;
    while (len < rest->len && rest->ptr[len] != ' ' && rest->ptr[len] != '\t')
        len++;
    *word_out = str_make(rest->ptr, len);
    *rest = str_from(*rest, len);
    return len > 0;
}

static int parse_roles(struct str word, unsigned *roles_out, struct err *err)
{
    static const char *const names[] = {
#define X(role, name) name,
        GRANT_ROLES(X)
#undef X
    };
    struct str role;
    *roles_out = 0;
    while (str_split(&word, ',', &role) == 1) {
        unsigned bit = 0;
        while (bit < sizeof names / sizeof *names && !str_is(role, names[bit]))
            bit++;
        if (bit == sizeof names / sizeof *names)
            return err_set(err, ERR_FORMAT, "no such role: %.*s", STR_ARG(role));
        *roles_out |= 1u << bit;
    }
    return 0;
}

static bool is_kind(struct str word)
{
    for (int kind = 1; kind < FACT_KINDS; kind++)
        if (str_is(word, fact_kind_names[kind]))
            return true;
    return false;
}

#define ALL_LANES ((1u << NOTE_LANE_COUNT) - 1)

static int parse_lanes(struct str values, struct grant *grant, struct err *err)
{
    struct str value;
    if (grant->lanes)
        return err_set(err, ERR_FORMAT, "lanes twice");
    if (!(grant->roles & GRANT_FEEDER))
        return err_set(err, ERR_FORMAT, "only a feeder has lanes");
    while (str_split(&values, ',', &value) == 1) {
        if (note_lane_of(value) == NOTE_LANE_COUNT)
            return err_set(err, ERR_FORMAT, "no such lane: %.*s", STR_ARG(value));
        grant->lanes |= 1u << note_lane_of(value);
    }
    return 0;
}

static int parse_number(struct str name, struct str value, struct grant *grant,
                        struct err *err)
{
    uint64_t *number = str_is(name, "rate") ? &grant->rate : &grant->waiting;
    if (*number)
        return err_set(err, ERR_FORMAT, "%.*s twice", STR_ARG(name));
    if (!(grant->roles & GRANT_FEEDER))
        return err_set(err, ERR_FORMAT, "only a feeder has a %.*s", STR_ARG(name));
    if (!str_to_u64(value, number) || *number < 1 || *number > NUMBER_MOST)
        return err_set(err, ERR_FORMAT, "%.*s is a number from 1 to %d: %.*s",
                       STR_ARG(name), NUMBER_MOST, STR_ARG(value));
    return 0;
}

static int parse_limit(struct arena *arena, struct str word, struct grant *grant,
                       struct err *err)
{
    struct str values = word, name = STR_NONE, value;
    int which = 0;
    str_split(&values, '=', &name);
    if (str_is(name, "rate") || str_is(name, "waiting"))
        return parse_number(name, values, grant, err);
    if (str_is(name, "lanes") && values.len > 0)
        return parse_lanes(values, grant, err);
    while (which < GRANT_LISTS && !str_is(name, list_names[which]))
        which++;
    if (which == GRANT_LISTS || values.len == 0)
        return err_set(err, ERR_FORMAT, "neither a limit nor its values: %.*s",
                       STR_ARG(word));
    if (grant->only[which].count > 0)
        return err_set(err, ERR_FORMAT, "%.*s twice", STR_ARG(name));
    while (str_split(&values, ',', &value) == 1) {
        if (value.len == 0)
            return err_set(err, ERR_FORMAT, "%.*s: an empty value", STR_ARG(name));
        if (which == GRANT_KINDS && !is_kind(value))
            return err_set(err, ERR_FORMAT, "no such kind: %.*s", STR_ARG(value));
        if (grant->only[which].count == LIMIT_FILTER)
            return err_set(err, ERR_LIMIT, "%.*s: more than %d values", STR_ARG(name),
                           LIMIT_FILTER);
        *ARENA_PUSH(arena, &grant->only[which]) = arena_str(arena, value);
    }
    return 0;
}

static bool is_limited(const struct grant *grant)
{
    for (int i = 0; i < GRANT_LISTS; i++)
        if (grant->only[i].count > 0)
            return true;
    return false;
}

/* Of all that a line says but the key. */
static uint64_t hash_rights(const struct grant *grant)
{
    uint64_t hash = hash64(grant->name, (uint64_t)grant->lanes << 32 | grant->roles);
    const uint64_t numbers[] = {grant->rate, grant->waiting};
    hash = hash64(str_make((const char *)numbers, sizeof numbers), hash);
    for (int i = 0; i < GRANT_LISTS; i++) {
        hash = hash64(str_of(list_names[i]), hash);
        for (uint32_t j = 0; j < grant->only[i].count; j++)
            hash = hash64(grant->only[i].item[j], hash);
    }
    return hash;
}

/* A value with a character nobody sees would limit to nothing there is. */
static bool is_plain(struct str line)
{
    for (const char *p = line.ptr, *end = p + line.len; p < end;) {
        uint32_t cp;
        unsigned len = utf8_decode(p, end, &cp);
        if (len == 0 || (cp != '\t' && utf8_is_unsafe(cp)))
            return false;
        p += len;
    }
    return true;
}

static int parse_line(struct grants *grants, struct str line, struct grant *grant,
                      struct err *err)
{
    struct str roles, name, key, word;
    if (!is_plain(line))
        return err_set(err, ERR_FORMAT, "a control character, or not UTF-8");
    if (!next_word(&line, &roles) || !next_word(&line, &name) || !next_word(&line, &key))
        return err_set(err, ERR_FORMAT, "a line is ROLE NAME KEY [LIMIT...]");
    *grant = (struct grant){0};
    int rc = parse_roles(roles, &grant->roles, err);
    if (rc == 0 && !key_is_name(name))
        rc = err_set(err, ERR_FORMAT, "not a key's name: %.*s", STR_ARG(name));
    if (rc == 0)
        rc = key_parse_public(key, grant->key, err);
    grant->name = arena_str(&grants->arena, name);
    while (rc == 0 && next_word(&line, &word))
        rc = parse_limit(&grants->arena, word, grant, err);
    if (rc == 0 && is_limited(grant) && !(grant->roles & GRANT_CONSUMER))
        rc = err_set(err, ERR_FORMAT, "only a consumer can be limited");
    if (grant->lanes == 0)
        grant->lanes = ALL_LANES;
    grant->rights = hash_rights(grant);
    return rc;
}

/* ---- the file ---- */

/* One name, one set of rights: what it may do must not hang on which key it used. */
static int add(struct grants *grants, const struct grant *grant, struct err *err)
{
    uint64_t first;
    if (map_get(grants->by_key, str_of(grant->key), NULL))
        return err_set(err, ERR_CONFLICT, "the key of %.*s is there already",
                       STR_ARG(grant->name));
    if (!map_get(grants->first, grant->name, &first))
        map_put(grants->first, grant->name, grants->all.count);
    else if (grants->all.item[first].rights != grant->rights)
        return err_set(err, ERR_CONFLICT, "%.*s has other rights on another line",
                       STR_ARG(grant->name));
    map_put(grants->by_key, str_of(grant->key), grants->all.count);
    *ARENA_PUSH(&grants->arena, &grants->all) = *grant;
    return 0;
}

int grants_parse(const char *name, struct str text, struct grants **grants_out,
                 struct err *err)
{
    struct grants *grants = mem_zero(1, sizeof *grants);
    struct str line;
    struct grant grant;
    int rc = 0, number = 0;
    arena_init(&grants->arena, SIZE_MAX);
    grants->by_key = map_new();
    grants->first = map_new();
    while (rc == 0 && str_split(&text, '\n', &line) == 1) {
        number++;
        line = str_trim(line);
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        rc = parse_line(grants, line, &grant, err);
        if (rc == 0)
            rc = add(grants, &grant, err);
        if (rc < 0)
            err_prefix(err, "%s:%d", name, number);
    }
    if (rc < 0)
        grants_close(&grants);
    *grants_out = grants;
    return rc;
}

int grants_open(const char *path, struct grants **grants_out, struct err *err)
{
    struct buf text = {0};
    *grants_out = NULL;
    int rc = key_read_trusted(path, FILE_BYTES, &text, err);
    if (rc == 0)
        rc = grants_parse(path, buf_str(&text), grants_out, err);
    buf_fini(&text);
    return rc;
}

void grants_close(struct grants **grants)
{
    if (*grants == NULL)
        return;
    map_free(&(*grants)->by_key);
    map_free(&(*grants)->first);
    arena_fini(&(*grants)->arena);
    mem_free(*grants);
    *grants = NULL;
}

const struct grant *grants_find(const struct grants *grants, struct str key)
{
    uint64_t index;
    return key.len == KEY_LEN && map_get(grants->by_key, key, &index)
               ? &grants->all.item[index]
               : NULL;
}

size_t grants_count(const struct grants *grants)
{
    return grants->all.count;
}

const struct grant *grants_at(const struct grants *grants, size_t index)
{
    return index < grants->all.count ? &grants->all.item[index] : NULL;
}

/* ---- what it allows ---- */

bool grant_opens(const struct grant *grant, enum frame_endpoint endpoint)
{
    static const unsigned roles[FRAME_ENDPOINTS] = {
        [FRAME_FEED] = GRANT_FEEDER,
        [FRAME_WORK] = GRANT_WORKER,
        [FRAME_TAIL] = GRANT_CONSUMER,
        [FRAME_PUBLIC] = GRANT_CONSUMER,
        [FRAME_ADMIN] = GRANT_OBSERVER | GRANT_OPERATOR,
    };
    if (endpoint == FRAME_PUBLIC && is_limited(grant))
        return false;
    return grant->roles & roles[endpoint];
}

static bool holds(const struct record_strs *list, struct str value)
{
    for (uint32_t i = 0; i < list->count; i++)
        if (str_eq(list->item[i], value))
            return true;
    return false;
}

int grant_limit(const struct grant *grant, struct message_from *from, struct err *err)
{
    struct record_strs *asked[GRANT_LISTS] = {&from->kinds, &from->countries,
                                              &from->languages, &from->sources};
    for (int i = 0; i < GRANT_LISTS; i++) {
        const struct record_strs *only = &grant->only[i];
        if (only->count == 0)
            continue;
        for (uint32_t j = 0; j < asked[i]->count; j++)
            if (!holds(only, asked[i]->item[j]))
                return err_set(err, ERR_DENIED, "%s: this key may not read \"%.*s\"",
                               list_names[i], STR_ARG(asked[i]->item[j]));
        if (asked[i]->count == 0)
            *asked[i] = *only;
    }
    return 0;
}
