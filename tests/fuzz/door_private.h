#ifndef TESTS_FUZZ_DOOR_PRIVATE_H
#define TESTS_FUZZ_DOOR_PRIVATE_H

/* What the door*.c share: the world round the line. door_say.c makes what peers say,
 * door_hear.c judges what the broker answers. */

#include "broker/line.h"

#define DOOR_LEASES 16

struct door_lease {
    char token[DISPATCH_TOKEN_BYTES];
    char article[LIMIT_ID_BYTES + 1];
};

struct door {
    struct str script; /* what is left of it */
    struct settings settings;
    struct journal *journal;
    struct line *line;
    struct grants *grants;
    struct frames message;
    struct arena arena;
    uint64_t now_ms, tokens;
    struct door_lease lease[DOOR_LEASES]; /* the newest that were given out */
    uint32_t leases;                      /* ever; since the last restart */
    bool damaged;
};

unsigned door_u8(struct door *door);

/* door_say.c: frames of a message. */
void door_add_jobs(struct door *door, unsigned first, unsigned last);
void door_add_article(struct door *door, unsigned number);
void door_add_entry(struct door *door, unsigned lease, unsigned at, unsigned flip);
void door_add_ready(struct door *door, unsigned credit);
void door_add_from(struct door *door);

/* door_hear.c: a line_send. */
int door_hear(void *context, enum frame_endpoint to, struct frames *message);
/* Every entry keeps its contract, and its checksum where none was spoilt. */
void door_check_journal(struct door *door);

#endif
