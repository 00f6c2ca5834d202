#include "worker/input.h"

#include "proto/base/file.h"
#include "proto/base/mem.h"
#include "proto/base/utf8.h"
#include "proto/wire/limits.h"
#include "worker/text/html.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#define READ_BYTES ((size_t)64 * 1024)

struct input {
    const struct input_options *options;
    size_t text_at, jsonl_at;
    int fd;           /* of the JSON Lines file that is open, or -1 */
    bool at_end;      /* of that file */
    uint64_t line;    /* of the last line taken from it */
    struct buf bytes; /* a text file; or what was read ahead of JSON Lines */
    size_t used;      /* bytes of it that have been taken */
};

struct input *input_new(const struct input_options *options)
{
    struct input *input = mem_zero(1, sizeof *input);
    input->options = options;
    input->fd = -1;
    return input;
}

static void close_file(struct input *input)
{
    if (input->fd > STDIN_FILENO)
        close(input->fd);
    input->fd = -1;
}

void input_free(struct input **input)
{
    if (*input == NULL)
        return;
    close_file(*input);
    buf_fini(&(*input)->bytes);
    mem_free(*input);
    *input = NULL;
}

static const char *real_path(const struct input *input, const char *path)
{
    return strcmp(path, "-") == 0 && input->options->stdin_path
               ? input->options->stdin_path
               : path;
}

static int next_text(struct input *input, const char *path, bool wanted,
                     struct input_item *item_out, struct err *err)
{
    *item_out = (struct input_item){.path = path};
    input->text_at++;
    buf_clear(&input->bytes);
    if (!wanted)
        return 1;
    int result = file_read(real_path(input, path), HTML_BYTES_MOST, &input->bytes, err);
    if (result != 0)
        return result;
    item_out->bytes = buf_str(&input->bytes);
    return 1;
}

static int open_jsonl(struct input *input, const char *path, struct err *err)
{
    const char *real = real_path(input, path);
    input->at_end = false;
    input->line = 0;
    input->used = 0;
    buf_clear(&input->bytes);
    input->fd = strcmp(real, "-") == 0 ? STDIN_FILENO : open(real, O_RDONLY | O_CLOEXEC);
    return input->fd < 0 ? err_system(err, "%s", path) : 0;
}

/* More bytes behind those there are; at the end at_end is set. */
static int read_more(struct input *input, struct err *err)
{
    struct buf *b = &input->bytes;
    if (input->used) {
        memmove(b->ptr, b->ptr + input->used, b->len - input->used);
        b->len -= input->used;
        input->used = 0;
    }
    ssize_t got;
    do
        got = read(input->fd, buf_reserve(b, READ_BYTES), READ_BYTES);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return err_system(err, "read");
    b->len += (size_t)got;
    input->at_end = got == 0;
    return 0;
}

/* The rest of a line that is too long is read and forgotten. */
static int skip_line(struct input *input, struct err *err)
{
    struct buf *b = &input->bytes;
    while (!input->at_end) {
        char *end = memchr(b->ptr, '\n', b->len);
        if (end) {
            input->used = (size_t)(end - b->ptr) + 1;
            break;
        }
        b->len = 0;
        int result = read_more(input, err);
        if (result != 0)
            return result;
    }
    return err_set(err, ERR_LIMIT, "the line is longer than %d bytes",
                   LIMIT_JSON_LINE_BYTES);
}

/* The next line without its end: 1, 0 at the end of the file, or negative. */
static int take_line(struct input *input, struct str *line_out, struct err *err)
{
    struct buf *b = &input->bytes;
    size_t seen = 0; /* bytes behind `used` known to hold no line end */
    for (;;) {
        struct str rest = str_from(buf_str(b), input->used);
        const char *end =
            rest.len > seen ? memchr(rest.ptr + seen, '\n', rest.len - seen) : NULL;
        if (end || (input->at_end && rest.len)) {
            *line_out = end ? str_make(rest.ptr, (size_t)(end - rest.ptr)) : rest;
            input->used += line_out->len + (end != NULL);
            return 1;
        }
        if (input->at_end)
            return 0;
        if (rest.len > LIMIT_JSON_LINE_BYTES)
            return skip_line(input, err);
        seen = rest.len;
        int result = read_more(input, err);
        if (result != 0) {
            input->at_end = true;
            b->len = input->used = 0;
            return result;
        }
    }
}

static int next_jsonl(struct input *input, const char *path, struct input_item *item_out,
                      struct err *err)
{
    struct str line;
    *item_out = (struct input_item){.path = path};
    if (input->fd < 0) {
        int result = open_jsonl(input, path, err);
        if (result != 0) {
            input->jsonl_at++;
            return result;
        }
    }
    int result;
    do {
        result = take_line(input, &line, err);
        input->line++;
    } while (result == 1 && str_trim(line).len == 0);
    if (result == 0) {
        close_file(input);
        input->jsonl_at++;
        return 0;
    }
    item_out->line = input->line;
    if (result == 1)
        item_out->bytes = line;
    return result;
}

int input_next(struct input *input, bool wanted, struct input_item *item_out,
               struct err *err)
{
    const struct input_options *o = input->options;
    if (o->text[input->text_at])
        return next_text(input, o->text[input->text_at], wanted, item_out, err);
    while (input->jsonl_at < o->jsonl_count) {
        int result = next_jsonl(input, o->jsonl[input->jsonl_at], item_out, err);
        if (result != 0)
            return result;
    }
    return 0;
}

/* "dir/Berita 1.txt" gives "Berita_1". */
static struct str stem_id(const char *path, struct arena *arena)
{
    const char *slash = strrchr(path, '/');
    struct str name = str_of(slash ? slash + 1 : path);
    if (strcmp(path, "-") == 0)
        name = STR("stdin");
    const char *dot = memrchr(name.ptr, '.', name.len);
    if (dot && dot > name.ptr)
        name.len = (size_t)(dot - name.ptr);
    char *id = arena_alloc(arena, name.len + 1);
    size_t len = 0;
    for (const char *p = name.ptr, *end = p + name.len; p < end;) {
        uint32_t cp;
        unsigned step = utf8_decode(p, end, &cp);
        bool right = step && cp > ' ' && (cp < 0x7f || cp >= 0xa0) &&
                     !utf8_is_space(cp) && cp != 0x2028 && cp != 0x2029;
        if (right)
            memcpy(id + len, p, step);
        else
            id[len] = '_';
        len += right ? step : 1;
        p += step ? step : 1;
    }
    return str_make(id, len);
}

static void fill(struct str *value, struct str standard)
{
    if (value->ptr == NULL)
        *value = standard;
}

static struct str page_of(struct str bytes, struct arena *arena)
{
    struct str page = html_to_utf8(bytes, STR_NONE, arena);
    return page.len > LIMIT_TEXT_BYTES ? html_slim(page, arena) : page;
}

int input_article(const struct input *input, const struct input_item *item,
                  struct arena *arena, struct article *out, struct err *err)
{
    const struct article *defaults = &input->options->defaults;
    int result = 0;
    record_init(&article_loose_table, out);
    if (item->line)
        result = article_from_line(item->bytes, arena, out, err);
    else if (html_is(item->bytes))
        out->html = page_of(item->bytes, arena);
    else
        out->text = item->bytes;
    if (result != 0)
        return result;
    fill(&out->id, defaults->id);
    if (item->line == 0)
        fill(&out->id, stem_id(item->path, arena));
    fill(&out->url, defaults->url);
    fill(&out->source, defaults->source);
    fill(&out->published, defaults->published);
    fill(&out->language, defaults->language);
    return article_check(out, err);
}
