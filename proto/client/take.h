#ifndef PROTO_CLIENT_TAKE_H
#define PROTO_CLIENT_TAKE_H

/* The worker's side of proto/work.txt: READY, credit, beats, a session that begins again
 * after the broker was silent, packing of results. One thread. */

#include "proto/base/err.h"
#include "proto/base/str.h"
#include "proto/client/identity.h"

struct take;

struct take_options {
    const char *base; /* broker's base address */
    struct identity identity;
    const char *name;             /* for people */
    const char *extractor;        /* "id-1.0" */
    const char *const *languages; /* NULL-terminated; NULL: none said */
    uint32_t credit;              /* articles in flight; 0: 16 */
};

struct take_job {
    unsigned char lease[16];
    uint64_t seq, attempt;
    struct str article; /* msgpack map; borrowed until the next take_next */
};

int take_open(const struct take_options *options, struct take **take_out,
              struct err *err);
void take_close(struct take **take); /* says BYE */

/* Next job, waiting at most wait_ms; beats are sent in passing. 1, 0 (none; call again),
 * ERR_GONE: the broker asked to drain and all jobs have been answered: leave. Results are
 * packed and sent when no job is left or 1 ms has passed. */
int take_next(struct take *take, uint64_t wait_ms, struct take_job *job_out,
              struct err *err);
/* entry: msgpack array of records; sketch: of its text (proto/wire/sketch.h), or absent.
 * Copied. */
int take_done(struct take *take, const struct take_job *job, struct str entry,
              struct str sketch, struct err *err);
int take_fail(struct take *take, const struct take_job *job, int code, const char *text,
              struct err *err);
/* The broker's word: no more new jobs after those in hand. */
void take_drain(struct take *take);
void *take_socket(struct take *take); /* borrowed */

#endif
