#include "proto/wire/article.h"

#include "proto/base/hash.h"
#include "proto/base/utf8.h"
#include "proto/wire/limits.h"

#define FIELD(member, most, must)                                                        \
    {                                                                                    \
        .key = #member, .key_len = sizeof(#member) - 1, .type = RECORD_STR,              \
        .offset = offsetof(struct article, member), .required = must, .max_bytes = most  \
    }

static const struct record_field fields[] = {
    FIELD(id, LIMIT_ID_BYTES, false),
    FIELD(url, LIMIT_FIELD_BYTES, false),
    FIELD(source, LIMIT_FIELD_BYTES, false),
    FIELD(title, LIMIT_FIELD_BYTES, false),
    FIELD(published, 64, false),
    FIELD(fetched, 64, false),
    FIELD(language, 35, false), /* the longest BCP 47 tag of a registered kind */
    FIELD(author, LIMIT_FIELD_BYTES, false),
    FIELD(text, LIMIT_TEXT_BYTES, false),
    FIELD(html, LIMIT_TEXT_BYTES, false),
    {0},
};

const struct record_table article_table = {"article", sizeof(struct article),
                                           RECORD_REFUSE, fields};
const struct record_table article_loose_table = {"article", sizeof(struct article),
                                                 RECORD_PASS_OVER, fields};

static int check_id(struct str id, struct err *err)
{
    if (id.len == 0)
        return err_set(err, ERR_FIELD, "article.id is empty");
    for (const char *p = id.ptr, *end = p + id.len; p < end;) {
        uint32_t cp;
        unsigned len = utf8_decode(p, end, &cp);
        if (len == 0)
            return err_set(err, ERR_UTF8, "article.id is not UTF-8");
        if (cp <= ' ' || (cp >= 0x7f && cp < 0xa0) || utf8_is_space(cp) || cp == 0x2028 ||
            cp == 0x2029)
            return err_set(err, ERR_FIELD,
                           "article.id has white space or a control character");
        p += len;
    }
    return 0;
}

static int check_length(struct str value, size_t most, const char *key, struct err *err)
{
    if (value.len <= most)
        return 0;
    return err_set(err, ERR_LIMIT, "article.%s is longer than %zu bytes", key, most);
}

int article_check(const struct article *article, struct err *err)
{
    for (const struct record_field *f = fields; f->key; f++) {
        struct str value =
            *(const struct str *)(const void *)((const char *)article + f->offset);
        int rc = check_length(value, f->max_bytes, f->key, err);
        if (rc < 0)
            return rc;
    }
    if (article->text.ptr == NULL && article->html.ptr == NULL)
        return err_set(err, ERR_FIELD, "article.text is missing");
    if (article->text.len == 0 && article->html.len == 0)
        return err_set(err, ERR_FIELD, "article.text is empty");
    return article->id.ptr ? check_id(article->id, err) : 0;
}

int article_decode(struct str frame, struct arena *arena, struct article *out,
                   struct err *err)
{
    if (frame.len > LIMIT_ARTICLE_BYTES)
        return err_set(err, ERR_LIMIT, "article is longer than %d bytes",
                       LIMIT_ARTICLE_BYTES);
    int rc = record_decode(&article_table, frame, arena, out, err);
    return rc < 0 ? rc : article_check(out, err);
}

int article_from_json(json_t *object, struct arena *arena, struct article *out,
                      struct err *err)
{
    const char *key;
    json_t *value;
    void *next;
    json_object_foreach_safe(object, next, key, value)
    {
        if (json_is_null(value))
            json_object_del(object, key);
    }
    return record_from_json(&article_loose_table, object, arena, out, err);
}

int article_from_line(struct str line, struct arena *arena, struct article *out,
                      struct err *err)
{
    if (record_load_flat(&article_loose_table, line, arena, out))
        return 0;
    json_t *json = record_load_json(line, err);
    if (json == NULL)
        return err ? err->code : ERR_FORMAT;
    int rc = article_from_json(json, arena, out, err);
    json_decref(json);
    return rc;
}

void article_make_id(const struct article *article, char out[19])
{
    const struct str part[] = {article->source, article->url, article->title,
                               article->text};
    struct buf buf = {0};
    for (size_t i = 0; i < sizeof part / sizeof *part; i++) {
        buf_add_str(&buf, part[i]);
        buf_add_char(&buf, '\n');
    }
    if (article->html.len) {
        buf_add_str(&buf, article->html);
        buf_add_char(&buf, '\n');
    }
    memcpy(out, "h-", 2);
    hash_hex(hash64(buf_str(&buf), 0), out + 2);
    buf_fini(&buf);
}
