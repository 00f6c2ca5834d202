/* Where a journal stands in a cluster: reading its URI. */

#include "broker/journal_nats_link.h"

#include "proto/base/mem.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#define NAME_BYTES   40
#define SERVER_BYTES 270

static int bad(struct err *err, const char *what, struct str part)
{
    return err_set(err, ERR_USAGE, "journal nats: %s: \"%.*s\"", what, STR_ARG(part));
}

static int add_server(struct jet_place *place, struct str host, struct err *err)
{
    char url[SERVER_BYTES + 16];
    if (host.len == 0 || host.len > SERVER_BYTES)
        return bad(err, "not a server", host);
    if (memchr(host.ptr, '@', host.len))
        return err_set(
            err, ERR_USAGE,
            "journal nats: no user or password in the address, where everybody "
            "can read it: use creds=, nkey= with seed=, or token-file=");
    for (size_t i = 0; i < host.len; i++)
        if (!isalnum((unsigned char)host.ptr[i]) && !strchr(".-_:[]", host.ptr[i]))
            return bad(err, "not a server", host);
    if (place->servers == JET_SERVERS)
        return bad(err, "too many servers", host);
    snprintf(url, sizeof url, "nats://%.*s", STR_ARG(host));
    place->server[place->servers++] = mem_copy(url, strlen(url));
    return 0;
}

static int set_name(struct jet_place *place, struct str value, struct err *err)
{
    for (size_t i = 0; i < value.len; i++)
        if (!isalnum((unsigned char)value.ptr[i]) && !strchr("-_", value.ptr[i]))
            return bad(err, "name= wants letters, digits, - and _", value);
    if (value.len == 0 || value.len > NAME_BYTES)
        return bad(err, "name= wants 1 to 40 bytes", value);
    place->name = value.ptr;
    return 0;
}

static int set_replicas(struct jet_place *place, struct str value, struct err *err)
{
    uint64_t n;
    if (!str_to_u64(value, &n) || (n != 1 && n != 3 && n != 5))
        return bad(err, "replicas= wants 1, 3 or 5", value);
    place->replicas = (unsigned)n;
    return 0;
}

/* `pair` is NUL-terminated at its end. */
static int set_option(struct jet_place *place, struct str pair, struct err *err)
{
    struct str value = pair, key;
    str_split(&value, '=', &key);
    if (value.ptr == NULL)
        return bad(err, "want key=value", pair);
    if (str_is(key, "name"))
        return set_name(place, value, err);
    if (str_is(key, "replicas"))
        return set_replicas(place, value, err);
    if (str_is(key, "creds"))
        place->creds = value.ptr;
    else if (str_is(key, "nkey"))
        place->nkey = value.ptr;
    else if (str_is(key, "seed"))
        place->seed_file = value.ptr;
    else if (str_is(key, "token-file"))
        place->token_file = value.ptr;
    else if (str_is(key, "ca"))
        place->ca_file = value.ptr;
    else
        return bad(err, "unknown setting", key);
    return 0;
}

static int read_options(struct jet_place *place, char *options, struct err *err)
{
    int rc = 0;
    char *state = NULL;
    for (char *pair = strtok_r(options, "&", &state); pair && rc == 0;
         pair = strtok_r(NULL, "&", &state))
        rc = set_option(place, str_of(pair), err);
    if (rc == 0 && (place->nkey == NULL) != (place->seed_file == NULL))
        rc = err_set(err, ERR_USAGE, "journal nats: nkey= and seed= go together");
    return rc;
}

int jet_place_read(const char *rest, struct jet_place *out, struct err *err)
{
    struct str hosts, host, all = str_of(rest);
    int rc = 0;

    *out = (struct jet_place){.name = "warta"};
    if (!str_starts(all, STR("//")))
        return err_set(err, ERR_USAGE,
                       "journal nats:%s: want nats://HOST[:PORT],…[?name=NAME]", rest);
    out->text = mem_copy(rest + 2, strlen(rest) - 2);
    char *options = strchr(out->text, '?');
    if (options)
        *options++ = '\0';
    hosts = str_of(out->text);
    while (rc == 0 && str_split(&hosts, ',', &host) == 1)
        rc = add_server(out, host, err);
    if (rc == 0 && options)
        rc = read_options(out, options, err);
    if (out->replicas == 0)
        out->replicas = out->servers == 1 ? 1 : 3;
    if (rc < 0)
        jet_place_fini(out);
    return rc;
}

void jet_place_fini(struct jet_place *place)
{
    for (int i = 0; i < place->servers; i++)
        mem_free(place->server[i]);
    mem_free(place->text);
    *place = (struct jet_place){0};
}
