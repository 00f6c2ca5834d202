#ifndef PROTO_BASE_CLOCK_H
#define PROTO_BASE_CLOCK_H

/* Time. Deciding code never asks: it is given `now_ms` (monotonic). These are for the
 * loops, and for wall-clock stamps, which are data only. */

#include <stddef.h>
#include <stdint.h>

uint64_t clock_now_ms(void);  /* CLOCK_MONOTONIC */
uint64_t clock_now_ns(void);  /* CLOCK_MONOTONIC */
uint64_t clock_wall_ms(void); /* Unix time in milliseconds */
void clock_rfc3339(uint64_t wall_ms, char out[32]); /* "2024-06-19T01:02:03.004Z" */

#endif
