#ifndef WORKER_FEED_ROBOTS_H
#define WORKER_FEED_ROBOTS_H

/* robots.txt (RFC 9309): may we ask for this path, and how slowly?
 *
 * The groups whose User-agent is contained in our name decide, else the one of "*"; of
 * the rules the longest that fits, Allow before Disallow; "*" stands for anything, "$"
 * for the end. Only the first ROBOTS_BYTES_MAX are read. */

#include "proto/base/str.h"

#define ROBOTS_BYTES_MAX    ((size_t)500 * 1024)
#define ROBOTS_DELAY_MAX_MS 60000

/* path: what is behind the host, with its query. */
bool robots_allow(struct str robots, struct str agent, struct str path);

/* Crawl-delay of our group in milliseconds, at most ROBOTS_DELAY_MAX_MS; 0: none. */
uint64_t robots_delay_ms(struct str robots, struct str agent);

#endif
