#ifndef WORKER_FEED_XML_H
#define WORKER_FEED_XML_H

/* Bytes of a stranger's XML, made fit for libxml2's reader with its safe settings.
 *
 * The reader is only ever given UTF-8 without declaration and without document type, so
 * that it neither guesses characters nor expands anything: a document type that declares
 * something (an internal subset) is refused, one that only names a DTD is cut off;
 * nothing is loaded. Named characters of HTML (&eacute;), which feeds use without
 * declaring them, become numbers, other ampersands &amp;, control characters spaces. */

#include "proto/base/err.h"
#include "worker/text/charset.h"

#include <libxml/xmlreader.h>

/* Of one document, after its content encoding is undone. */
#define XML_BYTES_MAX ((size_t)8 * 1024 * 1024)
/* libxml2 refuses 256 levels itself, without XML_PARSE_HUGE. */
#define XML_DEPTH_MAX 200
#define XML_NODES_MAX (1000u * 1000u)
#define XML_ATTRIBUTES_MAX                                                               \
    1000 /* of an element: checking them takes time to the square */

/* Append the document to out. charset: that of HTTP, or absent. *mended_out: it was not
 * right as it stood. ERR_LIMIT, ERR_FORMAT (a document type that declares something). */
int xml_prepare(struct str bytes, struct str charset, struct buf *out,
                struct charset_found *found_out, bool *mended_out, struct err *err);

/* A reader over what xml_prepare made, which must stay as it is until xmlFreeTextReader.
 * What it has to complain of is counted in *complaints. NULL: out of memory. */
xmlTextReaderPtr xml_reader(struct str document, unsigned *complaints);

/* Once in a process, before the first reader: no entity is ever loaded from outside. */
void xml_init(void);

#endif
