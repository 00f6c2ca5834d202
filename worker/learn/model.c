#include "worker/learn/model.h"

#include "proto/base/hash.h"
#include "worker/learn/label.h"

static const char *section_at(const struct model *model, uint32_t i)
{
    return model->block.ptr + MODEL_HEAD_BYTES + (size_t)i * MODEL_SECTION_BYTES;
}

static int check_section(const struct model *model, uint32_t i, struct err *err)
{
    const char *entry = section_at(model, i);
    uint64_t offset = model_u64(entry + MODEL_NAME_BYTES);
    uint64_t size = model_u64(entry + MODEL_NAME_BYTES + 8);
    if (entry[0] == '\0' || entry[MODEL_NAME_BYTES - 1] != '\0')
        return err_set(err, ERR_FORMAT, "model: section %u has no name", i);
    if (i > 0 && memcmp(section_at(model, i - 1), entry, MODEL_NAME_BYTES) >= 0)
        return err_set(err, ERR_FORMAT, "model: section %s is out of order", entry);
    if (offset % MODEL_ALIGN || offset > model->block.len ||
        size > model->block.len - offset)
        return err_set(err, ERR_FORMAT, "model: section %s lies outside", entry);
    return 0;
}

int model_open(struct model *model, struct str block, struct err *err)
{
    *model = (struct model){.block = block};
    if (block.len < MODEL_HEAD_BYTES || memcmp(block.ptr, MODEL_MAGIC, 8) != 0)
        return err_set(err, ERR_FORMAT, "model: not a model file");
    if (model_u32(block.ptr + 8) != MODEL_FORMAT)
        return err_set(err, ERR_VERSION, "model: format %u; this program reads %u",
                       model_u32(block.ptr + 8), MODEL_FORMAT);
    if (model_u32(block.ptr + 12) != LABEL_VERSION)
        return err_set(err, ERR_VERSION, "model: labels of version %u; these are %u",
                       model_u32(block.ptr + 12), LABEL_VERSION);
    if (model_u64(block.ptr + 24) != block.len)
        return err_set(err, ERR_CORRUPT, "model: %zu bytes where its head says %llu",
                       block.len, (unsigned long long)model_u64(block.ptr + 24));
    if (hash64(str_from(block, MODEL_HEAD_BYTES), 0) != model_version(model))
        return err_set(err, ERR_CORRUPT, "model: wrong checksum");
    model->sections = model_u32(block.ptr + 16);
    if (model->sections > MODEL_SECTIONS_MOST ||
        model->sections * MODEL_SECTION_BYTES > block.len - MODEL_HEAD_BYTES)
        return err_set(err, ERR_FORMAT, "model: %u sections", model->sections);
    for (uint32_t i = 0; i < model->sections; i++) {
        int result = check_section(model, i, err);
        if (result)
            return result;
    }
    return 0;
}

uint64_t model_version(const struct model *model)
{
    return model_u64(model->block.ptr + 32);
}

struct str model_section(const struct model *model, const char *name)
{
    for (uint32_t i = 0; i < model->sections; i++) {
        const char *entry = section_at(model, i);
        if (strcmp(entry, name) == 0)
            return str_make(model->block.ptr + model_u64(entry + MODEL_NAME_BYTES),
                            model_u64(entry + MODEL_NAME_BYTES + 8));
    }
    return STR_NONE;
}
