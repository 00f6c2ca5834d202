#ifndef PROTO_BASE_TALLY_H
#define PROTO_BASE_TALLY_H

/* How often a message of a log has been said: what repeats too fast is counted, not said.
 *
 * Within `per_ms` from the first line of a message at most `lines` of it pass; those
 * beyond are suppressed, and told as a number once the time is over: with the next line
 * of the message, or by tally_due where none comes. Messages are told apart by a hash of
 * all their text; there are few, since they are literals of the program. Where more than
 * TALLY_MESSAGES are under way at once the rest passes. No clock, no allocation. */

#include "proto/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define TALLY_MESSAGES   64
#define TALLY_TEXT_BYTES 120 /* of a message, to name it by when it is told late */

struct tally_message {
    uint64_t hash;       /* 0: the place is free */
    uint64_t since_ms;   /* its time began then */
    uint64_t said;       /* within this time */
    uint64_t suppressed; /* and not told yet */
    int level;
    char module[16], text[TALLY_TEXT_BYTES];
};

struct tally {
    uint64_t lines, per_ms; /* lines 0: everything passes */
    struct tally_message message[TALLY_MESSAGES];
};

/* May this line be said? suppressed_out: so many like it were not, and are told now. */
bool tally_admit(struct tally *tally, int level, const char *module, const char *text,
                 uint64_t now_ms, uint64_t *suppressed_out);
/* A message of which lines were suppressed, and whose time is over (all: or not): 1, or
 * 0 none. It is told by that. */
int tally_due(struct tally *tally, uint64_t now_ms, bool all, struct tally_message *out);

#endif
