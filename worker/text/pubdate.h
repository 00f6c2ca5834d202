#ifndef WORKER_TEXT_PUBDATE_H
#define WORKER_TEXT_PUBDATE_H

/* The dates that feeds and pages write, as RFC 3339.
 *
 *     RFC 822/2822   Thu, 01 Jan 2004 19:48:21 GMT; any order of day and month, one or
 * two digits, names cut short or in full, English or Indonesian; years of two digits
 * (70..99 are of the last century) ISO 8601       2003-12-31T10:14:55+01:00,
 * 20031231T101455Z, 2003-12-31, 2003-12, 2003, 2003-335 (day of the year), a space for
 * the T asctime        Sun Jan  4 16:29:06 2004 Indonesian     Senin, 1 Januari 2024
 * pukul 09.30 WIB
 *
 * 1/3/2024 is read as day, month, year, but where that is no date. The hour stays as it
 * was written, with its offset. A date alone stays a date. */

#include "proto/base/str.h"

#define PUBDATE_BYTES 32

/* out: "2004-01-01T19:48:21+07:00", or "2004-01-01". False: this is no date. A zone that
 * is not named is taken for UTC. */
bool pubdate_read(struct str text, char out[PUBDATE_BYTES]);
/* The same, but without a zone the hour is left out: pages mean that of their place. */
bool pubdate_read_local(struct str text, char out[PUBDATE_BYTES]);

/* Seconds since 1970 of such a date, of HTTP's too (RFC 9110, 5.6.7); a date alone is its
 * midnight. False: it is none. */
bool pubdate_seconds(struct str text, int64_t *seconds_out);

#endif
