#include "proto/wire/sketch.h"

#include <endian.h>

void sketch_add(struct sketch *s, uint32_t value)
{
    uint32_t at = 0, end = s->count;
    if (!sketch_wants(s, value))
        return;
    while (at < end) {
        uint32_t middle = (at + end) / 2;
        if (s->value[middle] < value)
            at = middle + 1;
        else
            end = middle;
    }
    if (at < s->count && s->value[at] == value)
        return;
    s->count += s->count < SKETCH_VALUES;
    memmove(&s->value[at + 1], &s->value[at], (s->count - at - 1) * sizeof *s->value);
    s->value[at] = value;
}

size_t sketch_encode(const struct sketch *s, char *bytes)
{
    for (uint32_t i = 0; i < s->count; i++) {
        uint32_t value = htobe32(s->value[i]);
        memcpy(bytes + 4 * i, &value, sizeof value);
    }
    return s->count * sizeof *s->value;
}

bool sketch_decode(struct str bytes, struct sketch *out)
{
    *out = (struct sketch){0};
    if (bytes.len % 4 != 0 || bytes.len > SKETCH_BYTES)
        return false;
    for (size_t at = 0; at < bytes.len; at += 4) {
        uint32_t value;
        memcpy(&value, bytes.ptr + at, sizeof value);
        value = be32toh(value);
        if (out->count > 0 && value <= out->value[out->count - 1])
            return false;
        out->value[out->count++] = value;
    }
    return true;
}

int sketch_share(const struct sketch *text, const struct sketch *other)
{
    uint32_t both = 0, seen = 0, j = 0;
    bool whole = other->count < SKETCH_VALUES; /* it has all of its runs */
    uint32_t last = whole ? UINT32_MAX : other->value[SKETCH_VALUES - 1];
    for (; seen < text->count && text->value[seen] <= last; seen++) {
        while (j < other->count && other->value[j] < text->value[seen])
            j++;
        both += j < other->count && other->value[j] == text->value[seen];
    }
    return seen < SKETCH_LEAST ? -1 : (int)(both * 100 / seen);
}
