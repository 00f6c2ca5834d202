#ifndef BROKER_NOTE_H
#define BROKER_NOTE_H

/* The note that the journal keeps beside an article (journal.h): whose it is, and what
 * became of each attempt to read it. Lines of text:
 *
 *     @LANE FEED
 *     WHEN WORKER OUTCOME REASON     an attempt that counted; the newest is the last
 *
 * WHEN is RFC 3339, UTC. An article of no feed in the live lane has no first line. What
 * does not fit into JOURNAL_NOTE_BYTES is the oldest attempts. Dead letters of older
 * programs have the reason alone. */

#include "proto/base/buf.h"
#include "proto/base/str.h"

#include <stdint.h>

/* In order of precedence. A new one needs its weight (share.c) and its bit (grant.h). */
#define NOTE_LANES(X)                                                                    \
    X(LIVE, "live")         /* news as it comes */                                       \
    X(BACKFILL, "backfill") /* archives, repairs: what can wait */

enum note_lane {
#define X(lane, name) NOTE_##lane,
    NOTE_LANES(X)
#undef X
        NOTE_LANE_COUNT
};

/* The feed of those who name none, and have no key that does. */
#define NOTE_NO_FEED "-"

struct note {
    enum note_lane lane;
    struct str feed;    /* borrowed; NOTE_NO_FEED */
    struct str history; /* borrowed; lines, the last one without its end */
};

const char *note_lane_name(enum note_lane lane);
/* NOTE_LANE_COUNT where there is none of this name. */
enum note_lane note_lane_of(struct str name);

void note_read(struct str text, struct note *out);
/* Append the note of a fresh article. */
void note_begin(enum note_lane lane, struct str feed, struct buf *out);

struct note_attempt {
    uint64_t wall_ms;
    struct str worker;
    const char *outcome;
    struct str reason;
};

/* Append `text` with one attempt more. */
void note_add(struct str text, const struct note_attempt *attempt, struct buf *out);

#endif
