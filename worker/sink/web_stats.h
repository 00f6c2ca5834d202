#ifndef WORKER_SINK_WEB_STATS_H
#define WORKER_SINK_WEB_STATS_H

/* Answers that sum up: each adds members of a JSON object. */

#include "worker/sink/web_query.h"

/* Names and how many articles they stand in: most first, or by name behind `after`. Heeds
 * type, country, text (part of the name), from, to. */
int web_stats_entities(struct sqlite3 *db, const struct web_filter *filter,
                       struct buf *out, struct err *err);
/* "entity": what is known of one name. ERR_NOTFOUND. */
int web_stats_entity(struct sqlite3 *db, struct str name, struct buf *out,
                     struct err *err);
/* Articles that hold all words of text, best first, with the place marked. */
int web_stats_search(struct sqlite3 *db, const struct web_filter *filter, struct buf *out,
                     struct err *err);
/* Counts for charts: kinds, days, events by day, units, outlets, countries, minutes. Heeds
 * from and to. */
int web_stats_all(struct web *web, struct sqlite3 *db, const struct web_filter *filter,
                  struct buf *out, struct err *err);

#endif
