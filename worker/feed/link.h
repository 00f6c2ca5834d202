#ifndef WORKER_FEED_LINK_H
#define WORKER_FEED_LINK_H

/* Links as feeds and pages write them. */

#include "proto/base/arena.h"
#include "proto/base/buf.h"

/* href seen from base (RFC 3986), white space around it dropped, what a URL may not hold
 * escaped. In the arena. What cannot be resolved stays as it is; absent stays absent. */
struct str link_resolve(struct str href, struct str base, struct arena *arena);

/* http or https with a host. */
bool link_is_web(struct str url);

/* The one way to write a web address: scheme and host in lower case, no default port, no
 * fragment, no user, no parameters that only say where a reader came from (utm_*, fbclid,
 * gclid and others), an empty path as "/". Appended to out; what is no web address stays
 * as it is. */
void link_canonical(struct str url, struct buf *out);

/* Host of a web address without "www.", and the part of it that is registered
 * ("detik.com" of "news.detik.com", "tempo.co.id" of "bisnis.tempo.co.id"): the last two
 * labels, or three where the last but one is a usual second level. Borrowed; absent where
 * url is no web address. */
struct str link_host(struct str url);
struct str link_outlet(struct str url);

/* "https://host:port" at the begin of url; borrowed. */
struct str link_origin(struct str url);

#endif
