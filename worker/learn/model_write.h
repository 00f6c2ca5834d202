#ifndef WORKER_LEARN_MODEL_WRITE_H
#define WORKER_LEARN_MODEL_WRITE_H

/* Builds the block that model.h reads: only `warta train` and tests do. */

#include "proto/base/buf.h"

struct model_writer;

struct model_writer *model_writer_new(void);
void model_writer_free(struct model_writer **writer);
/* bytes are copied. A name is 1 to MODEL_NAME_BYTES - 1 bytes and stands once. */
void model_writer_add(struct model_writer *writer, const char *name, struct str bytes);
/* Append the block to out; the same sections give the same bytes in any order of adding. */
void model_writer_finish(struct model_writer *writer, struct buf *out);

static inline void model_put_u16(struct buf *out, uint16_t v)
{
    const char bytes[2] = {(char)(v & 0xff), (char)(v >> 8)};
    buf_add(out, bytes, sizeof bytes);
}

static inline void model_put_u32(struct buf *out, uint32_t v)
{
    model_put_u16(out, (uint16_t)(v & 0xffff));
    model_put_u16(out, (uint16_t)(v >> 16));
}

static inline void model_put_u64(struct buf *out, uint64_t v)
{
    model_put_u32(out, (uint32_t)(v & UINT32_MAX));
    model_put_u32(out, (uint32_t)(v >> 32));
}

#endif
