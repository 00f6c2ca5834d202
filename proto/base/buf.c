#include "proto/base/buf.h"
#include "proto/base/mem.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

#define BUF_LEAST 64

void buf_fini(struct buf *buf)
{
    mem_free(buf->ptr);
    *buf = (struct buf){0};
}

char *buf_reserve(struct buf *buf, size_t more)
{
    if (buf->ptr == NULL || more > buf->cap - buf->len) {
        assert(more <= SIZE_MAX / 4 && buf->len <= SIZE_MAX / 4);
        size_t cap = buf->cap * 2 > BUF_LEAST ? buf->cap * 2 : BUF_LEAST;
        if (cap < buf->len + more)
            cap = buf->len + more;
        buf->ptr = mem_grow(buf->ptr, cap, 1);
        buf->cap = cap;
    }
    return buf->ptr + buf->len;
}

void buf_add(struct buf *buf, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    memcpy(buf_reserve(buf, len), bytes, len);
    buf->len += len;
}

void buf_add_str(struct buf *buf, struct str s)
{
    buf_add(buf, s.ptr, s.len);
}

void buf_add_char(struct buf *buf, char c)
{
    *buf_reserve(buf, 1) = c;
    buf->len++;
}

void buf_printf(struct buf *buf, const char *format, ...)
{
    va_list args;
    buf_reserve(buf, BUF_LEAST);
    size_t room = buf->cap - buf->len;
    va_start(args, format);
    int len = vsnprintf(buf->ptr + buf->len, room, format, args);
    va_end(args);
    assert(len >= 0); /* fails only on a format the compiler refuses */
    if ((size_t)len >= room) {
        buf_reserve(buf, (size_t)len + 1);
        va_start(args, format);
        vsnprintf(buf->ptr + buf->len, (size_t)len + 1, format, args);
        va_end(args);
    }
    buf->len += (size_t)len;
}

const char *buf_cstr(struct buf *buf)
{
    *buf_reserve(buf, 1) = '\0';
    return buf->ptr;
}
