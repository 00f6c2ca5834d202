#ifndef PROTO_BASE_BUF_H
#define PROTO_BASE_BUF_H

/* Growable bytes. Zero-initialised is empty and ready. Adding never fails (see mem.h). */

#include "proto/base/str.h"

struct buf {
    char *ptr;  /* owned; may be NULL while empty */
    size_t len; /* bytes in use */
    size_t cap; /* bytes allocated */
};

void buf_fini(struct buf *buf);
static inline void buf_clear(struct buf *buf) /* keeps the memory */
{
    buf->len = 0;
}
char *buf_reserve(struct buf *buf, size_t more); /* borrowed: room for `more` at the end */
void buf_add(struct buf *buf, const void *bytes, size_t len);
void buf_add_str(struct buf *buf, struct str s);
void buf_add_char(struct buf *buf, char c);
void buf_printf(struct buf *buf, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
const char *buf_cstr(struct buf *buf); /* borrowed: NUL put behind the last byte, not counted */
static inline struct str buf_str(const struct buf *buf) /* borrowed */
{
    return str_make(buf->ptr ? buf->ptr : "", buf->len);
}

#endif
