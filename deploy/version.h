#ifndef DEPLOY_VERSION_H
#define DEPLOY_VERSION_H

/* The libraries this program runs with, which may be others than it was built with: each
 * has a version below which it is not safe, or lacks what is needed. */

#include "proto/base/buf.h"
#include "proto/base/err.h"

/* "warta 0.1.0", then "NAME VERSION" a line. */
void version_print(struct buf *out);
/* ERR_BUILD names the first library that is too old. */
int version_check(struct err *err);
/* The same for any pair: is "4.3.10" at least "4.3.4"? Numbers, separated by dots. */
bool version_is_least(const char *running, const char *least);

#endif
