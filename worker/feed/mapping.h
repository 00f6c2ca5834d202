#ifndef WORKER_FEED_MAPPING_H
#define WORKER_FEED_MAPPING_H

/* JSON Lines as others write them: which of their keys holds which field of an article.
 *
 *     text=body  url=link  title=meta.headline  published=date
 *
 * A path names keys of objects within objects, the outer first. Fields that are not
 * named keep their own keys; a key that was named is read for nothing else. A string is
 * taken as it stands, a list of strings as lines, a number as its digits; `published` and
 * `fetched` may also be dates as feeds write them (pubdate.h), or seconds or milliseconds
 * since 1970. */

#include "proto/base/arena.h"
#include "proto/base/err.h"
#include "proto/wire/article.h"

struct mapping;

/* pairs: "field=path" each. ERR_USAGE: no such field, or one twice. */
int mapping_new(const char *const *pairs, size_t count, struct mapping **mapping_out,
                struct err *err);
void mapping_free(struct mapping **mapping);

/* As article_from_line. */
int mapping_read(const struct mapping *mapping, struct str line, struct arena *arena,
                 struct article *out, struct err *err);

#endif
