#ifndef WORKER_LEARN_MODEL_H
#define WORKER_LEARN_MODEL_H

/* A model file: what was learnt from treebanks and name corpora, as one read-only block
 * of named sections, mapped from a file or linked into the program. What a section holds
 * is the business of who asks for it (perceptron.h, cluster.h).
 *
 * All numbers are little-endian; offsets count from the begin of the block.
 *
 *   head      magic (8 bytes), format u32, labels u32 (LABEL_VERSION), sections u32,
 *             zero u32, size u64, checksum u64 (hash64 with seed 0 over everything behind
 *             the head)
 *   sections  MODEL_SECTION_BYTES each, in order of name: name, padded with zeros, offset
 *             u64, size u64
 *   bytes     what the offsets point to, each a multiple of MODEL_ALIGN
 *
 * The format goes up with any change here or in a section; there is no reader of older
 * files, for they can be made again from the data. */

#include "proto/base/err.h"
#include "proto/base/str.h"

#define MODEL_MAGIC         "wartamdl"
#define MODEL_FORMAT        3u
#define MODEL_HEAD_BYTES    40u
#define MODEL_NAME_BYTES    16u
#define MODEL_SECTION_BYTES (MODEL_NAME_BYTES + 16u)
#define MODEL_SECTIONS_MOST 64u
#define MODEL_ALIGN         64u

struct model {
    struct str block; /* borrowed */
    uint32_t sections;
};

/* Checks magic, format, labels, sizes and checksum. block is borrowed for the life of the
 * model and of everything taken from it. ERR_FORMAT, ERR_VERSION, ERR_CORRUPT. */
int model_open(struct model *model, struct str block, struct err *err);
/* Hash of the content: two models with the same one are the same. */
uint64_t model_version(const struct model *model);
/* Bytes of the section of this name; absent where there is none. */
struct str model_section(const struct model *model, const char *name);

static inline uint16_t model_u16(const char *p)
{
    const unsigned char *b = (const unsigned char *)p;
    return (uint16_t)(b[0] | b[1] << 8);
}

static inline uint32_t model_u32(const char *p)
{
    return (uint32_t)model_u16(p) | (uint32_t)model_u16(p + 2) << 16;
}

static inline uint64_t model_u64(const char *p)
{
    return (uint64_t)model_u32(p) | (uint64_t)model_u32(p + 4) << 32;
}

#endif
