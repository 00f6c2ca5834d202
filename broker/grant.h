#ifndef BROKER_GRANT_H
#define BROKER_GRANT_H

/* Who may do what: the allow list (deploy/KEYS.md), one line a key,
 *
 *     ROLE[,ROLE...]  NAME  PUBLIC-KEY  [kinds=A,B] [languages=...] [sources=...]
 *                                       [countries=...] [lanes=live,backfill]
 *                                       [rate=N] [waiting=N]
 *
 * and lines of comment that begin with '#'. A name may have several lines, each with a
 * key of its own and the same rights: so keys are rotated. A feeder's are lanes, those it
 * may put into (note.h); rate, articles a second; waiting, articles of its that may wait
 * to be read. The other limits are a consumer's: it gets no record outside them. One
 * without limits may also have the public stream, which cannot be filtered by who
 * listens. Read-only once loaded. */

#include "broker/note.h"
#include "proto/base/err.h"
#include "proto/wire/frame.h"
#include "proto/wire/key.h"
#include "proto/wire/message.h"

#define GRANT_ROLES(X)                                                                   \
    X(FEEDER, "feeder")     /* puts articles */                                          \
    X(WORKER, "worker")     /* takes articles, gives facts */                            \
    X(CONSUMER, "consumer") /* reads facts */                                            \
    X(OBSERVER, "observer") /* asks the broker how it is */                              \
    X(OPERATOR, "operator") /* steers the broker, and asks */

enum grant_role {
#define X(role, name) GRANT_##role##_BIT,
    GRANT_ROLES(X)
#undef X
#define X(role, name) GRANT_##role = 1 << GRANT_##role##_BIT,
        GRANT_ROLES(X)
#undef X
};

/* What a consumer may ask for, in the order of a FROM's filters. */
enum { GRANT_KINDS, GRANT_COUNTRIES, GRANT_LANGUAGES, GRANT_SOURCES, GRANT_LISTS };

struct grant {
    char key[KEY_TEXT_BYTES]; /* the peer's user id */
    struct str name;
    unsigned roles; /* GRANT_… bits */
    unsigned lanes; /* 1 << NOTE_… each; all where none is named */
    uint64_t rate, waiting; /* 0: as fast, as many as there is room for */
    struct record_strs only[GRANT_LISTS]; /* empty: all */
    uint64_t rights;                      /* differs where name, roles or limits differ */
};

struct grants;

/* ERR_DENIED: a file that others may write; ERR_FORMAT: a line (named) that is wrong. */
int grants_open(const char *path, struct grants **grants_out, struct err *err);
/* The same from text; name is what errors call it. */
int grants_parse(const char *name, struct str text, struct grants **grants_out,
                 struct err *err);
void grants_close(struct grants **grants);

/* By public key in Z85; NULL: nobody knows it. */
const struct grant *grants_find(const struct grants *grants, struct str key);
size_t grants_count(const struct grants *grants);
const struct grant *grants_at(const struct grants *grants, size_t index); /* NULL: end */

/* May it connect to this endpoint at all? */
bool grant_opens(const struct grant *grant, enum frame_endpoint endpoint);
/* Put the limits into a FROM: a filter not given becomes what is allowed. ERR_DENIED
 * where something else is asked for. The lists are borrowed from the grant. */
int grant_limit(const struct grant *grant, struct message_from *from, struct err *err);

#endif
