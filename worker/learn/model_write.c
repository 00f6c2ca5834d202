#include "worker/learn/model_write.h"

#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "worker/learn/label.h"
#include "worker/learn/model.h"

#include <assert.h>
#include <stdlib.h>

struct section {
    char name[MODEL_NAME_BYTES];
    struct buf bytes;
};

struct model_writer {
    struct section section[MODEL_SECTIONS_MOST];
    uint32_t count;
};

struct model_writer *model_writer_new(void)
{
    return mem_zero(1, sizeof(struct model_writer));
}

void model_writer_free(struct model_writer **writer)
{
    if (*writer == NULL)
        return;
    for (uint32_t i = 0; i < (*writer)->count; i++)
        buf_fini(&(*writer)->section[i].bytes);
    mem_free(*writer);
    *writer = NULL;
}

void model_writer_add(struct model_writer *writer, const char *name, struct str bytes)
{
    assert(writer->count < MODEL_SECTIONS_MOST);
    assert(name[0] && strlen(name) < MODEL_NAME_BYTES);
    for (uint32_t i = 0; i < writer->count; i++)
        assert(strcmp(writer->section[i].name, name) != 0);
    struct section *section = &writer->section[writer->count++];
    memcpy(section->name, name, strlen(name));
    buf_add_str(&section->bytes, bytes);
}

static int by_name(const void *a, const void *b)
{
    return memcmp(((const struct section *)a)->name, ((const struct section *)b)->name,
                  MODEL_NAME_BYTES);
}

static size_t align(size_t offset)
{
    return (offset + MODEL_ALIGN - 1) / MODEL_ALIGN * MODEL_ALIGN;
}

static void add_zeros(struct buf *out, size_t count)
{
    memset(buf_reserve(out, count), 0, count);
    out->len += count;
}

static void add_body(const struct model_writer *writer, struct buf *out)
{
    size_t at = MODEL_HEAD_BYTES + writer->count * (size_t)MODEL_SECTION_BYTES;
    for (uint32_t i = 0; i < writer->count; i++) {
        const struct section *section = &writer->section[i];
        at = align(at);
        buf_add(out, section->name, MODEL_NAME_BYTES);
        model_put_u64(out, at);
        model_put_u64(out, section->bytes.len);
        at += section->bytes.len;
    }
    for (uint32_t i = 0; i < writer->count; i++) {
        add_zeros(out, align(MODEL_HEAD_BYTES + out->len) - MODEL_HEAD_BYTES - out->len);
        buf_add_str(out, buf_str(&writer->section[i].bytes));
    }
}

void model_writer_finish(struct model_writer *writer, struct buf *out)
{
    struct buf body = {0};
    qsort(writer->section, writer->count, sizeof writer->section[0], by_name);
    add_body(writer, &body);
    buf_add(out, MODEL_MAGIC, 8);
    model_put_u32(out, MODEL_FORMAT);
    model_put_u32(out, LABEL_VERSION);
    model_put_u32(out, writer->count);
    model_put_u32(out, 0);
    model_put_u64(out, MODEL_HEAD_BYTES + body.len);
    model_put_u64(out, hash64(buf_str(&body), 0));
    buf_add_str(out, buf_str(&body));
    buf_fini(&body);
}
