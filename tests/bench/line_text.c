#include "tests/bench/line.h"

#include "proto/base/buf.h"
#include "proto/base/file.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MAX_BYTES ((size_t)16 * 1024 * 1024)

static struct buf
    paragraphs; /* of all samples, one after the other, each with a newline */

void line_text_load(const char *path)
{
    struct buf data = {0};
    struct err err;
    if (paragraphs.len)
        return;
    if (file_read(path, MAX_BYTES, &data, &err) < 0)
        line_die(err.text);
    struct str rest = buf_str(&data), line;
    while (str_split(&rest, '\n', &line)) {
        json_t *json = json_loadb(line.ptr, line.len, 0, NULL);
        const char *text = json_string_value(json_object_get(json, "text"));
        if (text)
            buf_printf(&paragraphs, "%s\n", text);
        json_decref(json);
    }
    buf_fini(&data);
    if (paragraphs.len < LINE_TEXT_BYTES)
        line_die("too few samples");
}

/* A window that begins at another paragraph for each number, with the number in front. */
void line_text(uint64_t number, char out[LINE_TEXT_BYTES])
{
    size_t at = (size_t)(number * 7919 % paragraphs.len);
    const char *end = memchr(paragraphs.ptr + at, '\n', paragraphs.len - at);
    size_t used = (size_t)snprintf(out, LINE_TEXT_BYTES, "Laporan nomor %llu.\n",
                                   (unsigned long long)number);
    at = end && end + 1 < paragraphs.ptr + paragraphs.len
             ? (size_t)(end + 1 - paragraphs.ptr)
             : 0;
    while (used < LINE_TEXT_BYTES) {
        size_t n = paragraphs.len - at;
        if (n > LINE_TEXT_BYTES - used)
            n = LINE_TEXT_BYTES - used;
        memcpy(out + used, paragraphs.ptr + at, n);
        used += n;
        at = 0;
    }
    /* not in the middle of a character */
    while ((out[used - 1] & 0x80) != 0)
        out[--used] = ' ';
}
