#ifndef WORKER_TEXT_TEXT_H
#define WORKER_TEXT_TEXT_H

/* The text stage: characters in, clean text with lines, sentences and tokens out.
 *
 *   clean     broken charset repaired (double-encoded UTF-8, Windows-1252 left-overs),
 *             invalid bytes to U+FFFD, control characters and soft hyphens dropped, NFC,
 *             line ends to \n
 *   line      lines are classified; those that are not body yield nothing and say why
 *   detect    language, where the feeder did not say
 *   token     words, numbers, punctuation (tables from the pack)
 *   sentence  ends of sentences; repeats of an earlier sentence are dropped
 */

#include "worker/text/doc.h"

/* Tokens of one article. LIMIT_TEXT_BYTES of running text is some 180,000; only floods of
 * signs come near, and each token costs about 90 bytes of the document's arena. */
#define TEXT_TOKENS_MOST (256u * 1024u)
/* Combining marks in a row that are kept (Unicode's stream-safe text allows 30). */
#define TEXT_MARKS_MOST 32

/* Fills doc from doc->article.text. Where no pack fits, doc->lang stays NULL, the lines
 * carry DROP_LANGUAGE, and there are neither sentences nor tokens. 0, or ERR_LIMIT (too
 * many tokens: TEXT_TOKENS_MOST). */
int text_read(struct doc *doc, const struct lang_set *langs, struct err *err);

#endif
