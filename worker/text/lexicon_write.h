#ifndef WORKER_TEXT_LEXICON_WRITE_H
#define WORKER_TEXT_LEXICON_WRITE_H

/* Builds the block that lexicon.h reads, from the text of lists. Used at build time
 * (worker/lang/compile.c) and by tests. */

#include "proto/base/buf.h"
#include "proto/base/err.h"

struct lexicon_writer;

struct lexicon_writer *lexicon_writer_new(void);
void lexicon_writer_free(struct lexicon_writer **writer);

/* One list; file is its name with .txt, as errors show it ("number.txt:12: …"). The text
 * is copied. ERR_FORMAT: not UTF-8 or not NFC, an empty key, outer or double spaces, too
 * many words, more than one tab, a comment behind an entry, a key that stands twice.
 * After an error the writer can only be freed. */
int lexicon_writer_add(struct lexicon_writer *writer, const char *file, struct str text,
                       struct err *err);

/* Append the block to out; the same lists give the same bytes in any order of adding. */
void lexicon_writer_finish(struct lexicon_writer *writer, struct buf *out);

#endif
