#ifndef WORKER_SINK_IDLE_H
#define WORKER_SINK_IDLE_H

/* --until-idle: is anything still to be expected? */

#include "proto/base/err.h"
#include "proto/client/identity.h"

/* 1: the broker has nothing left to be read, and its log ends before position `next`; 0:
 * it has, or does not answer now; ERR_DENIED: it does not tell this key. */
int idle_ask(const char *base, const struct identity *identity, uint64_t next,
             struct err *err);

#endif
