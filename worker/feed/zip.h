#ifndef WORKER_FEED_ZIP_H
#define WORKER_FEED_ZIP_H

/* zlib with memory that does not fail (proto/base/mem.h). */

#include <zlib.h>

#define ZIP_GZIP 31  /* kinds of data, as inflateInit2 has them: with gzip's header, */
#define ZIP_ZLIB 15  /* with zlib's, */
#define ZIP_RAW  -15 /* with none */

/* Until inflateEnd. */
void zip_begin(z_stream *zip, int kind);

#endif
