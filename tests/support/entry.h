#ifndef TESTS_SUPPORT_ENTRY_H
#define TESTS_SUPPORT_ENTRY_H

/* Entries of the fact log out of JSON Lines, as warta extract prints them. */

#include "proto/base/buf.h"
#include "proto/wire/fact.h"

/* The records of one article as an entry: msgpack, with seq. suffix is put behind the
 * article's id and url, so that one text can be many articles; "" leaves them. A line
 * that cannot be read ends the program. */
void entry_make(struct str lines, uint64_t seq, const char *suffix, struct buf *out);

#endif
