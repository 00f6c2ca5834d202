#include "worker/text/lexicon_write.h"
#include "worker/text/lexicon.h"
#include "worker/text/lexicon_private.h"
#include "worker/text/lexicon_paths.h"

#include "proto/base/hash.h"
#include "proto/base/mem.h"
#include "proto/base/utf8.h"

#include <assert.h>
#include <stdlib.h>
#include <utf8proc.h>

struct entry {
    struct str key, value; /* key: owned; value: in list.text */
    unsigned line;
    unsigned words;
};

struct list {
    struct buf name;
    struct buf text; /* the file */
    bool exact;
    struct entry *entry;
    size_t count, cap;
};

struct lexicon_writer {
    struct list **list;
    size_t count;
};

struct lexicon_writer *lexicon_writer_new(void)
{
    return mem_zero(1, sizeof(struct lexicon_writer));
}

static void list_free(struct list *list)
{
    for (size_t i = 0; i < list->count; i++)
        mem_free((char *)(uintptr_t)list->entry[i].key.ptr);
    buf_fini(&list->name);
    buf_fini(&list->text);
    mem_free(list->entry);
    mem_free(list);
}

void lexicon_writer_free(struct lexicon_writer **writer)
{
    if (*writer == NULL)
        return;
    for (size_t i = 0; i < (*writer)->count; i++)
        list_free((*writer)->list[i]);
    mem_free((*writer)->list);
    mem_free(*writer);
    *writer = NULL;
}

static bool is_nfc(struct str line)
{
    utf8proc_uint8_t *out = NULL;
    utf8proc_ssize_t len =
        utf8proc_map((const utf8proc_uint8_t *)line.ptr, (utf8proc_ssize_t)line.len, &out,
                     UTF8PROC_STABLE | UTF8PROC_COMPOSE);
    bool same =
        len >= 0 && (size_t)len == line.len && memcmp(out, line.ptr, line.len) == 0;
    free(out); /* allocated by utf8proc */
    return same;
}

/* Words of a key; 0 where its spaces are not single ones between words. */
static unsigned count_words(struct str key)
{
    unsigned words = 1;
    if (key.len == 0 || key.ptr[0] == ' ' || key.ptr[key.len - 1] == ' ')
        return 0;
    for (size_t i = 1; i < key.len; i++)
        if (key.ptr[i] == ' ') {
            if (key.ptr[i - 1] == ' ')
                return 0;
            words++;
        }
    return words;
}

static const char *line_fault(struct str line, struct str key, struct str value)
{
    if (utf8_bad_at(line) != line.len)
        return "is not UTF-8";
    if (!is_nfc(line))
        return "is not in NFC";
    if (count_words(key) == 0)
        return "has an empty key or spaces that are not single";
    if (count_words(key) > LEXICON_PHRASE)
        return "has a key of too many words";
    if (key.len > LEXICON_KEY_BYTES)
        return "has a key that is too long";
    if (value.ptr && memchr(value.ptr, '\t', value.len))
        return "has more than one tab";
    if (str_find(line, STR(" #")) != (size_t)-1 ||
        str_find(line, STR("\t#")) != (size_t)-1)
        return "has a comment behind its entry; comments are lines of their own";
    return NULL;
}

static int add_line(struct list *list, struct str line, unsigned number, struct err *err)
{
    struct str key = line, value = STR_NONE;
    const char *tab = memchr(line.ptr, '\t', line.len);
    if (tab) {
        key.len = (size_t)(tab - line.ptr);
        value = str_trim(str_from(line, key.len + 1));
    }
    const char *fault = line_fault(line, key, value);
    if (fault)
        return err_set(err, ERR_FORMAT, "%s:%u: line %s", buf_cstr(&list->name), number,
                       fault);
    if (list->count == list->cap) {
        list->cap = list->cap ? list->cap * 2 : 64;
        list->entry = mem_grow(list->entry, list->cap, sizeof *list->entry);
    }
    char *copy = mem_alloc(key.len * 2 + 4);
    size_t len = key.len;
    if (list->exact)
        memcpy(copy, key.ptr, key.len);
    else
        len = utf8_lower_str(key, copy);
    list->entry[list->count++] = (struct entry){.key = str_make(copy, len),
                                                .value = value,
                                                .line = number,
                                                .words = count_words(key)};
    return 0;
}

static int by_key_then_line(const void *a, const void *b)
{
    const struct entry *x = a, *y = b;
    int order = str_cmp(x->key, y->key);
    return order ? order : (x->line > y->line) - (x->line < y->line);
}

static int sort_list(struct list *list, struct err *err)
{
    if (list->count)
        qsort(list->entry, list->count, sizeof *list->entry, by_key_then_line);
    for (size_t i = 1; i < list->count; i++)
        if (str_eq(list->entry[i - 1].key, list->entry[i].key))
            return err_set(err, ERR_FORMAT,
                           "%s:%u: key \"%.*s\" stands in line %u already",
                           buf_cstr(&list->name), list->entry[i].line,
                           STR_ARG(list->entry[i].key), list->entry[i - 1].line);
    return 0;
}

int lexicon_writer_add(struct lexicon_writer *writer, const char *file, struct str text,
                       struct err *err)
{
    struct list *list = mem_zero(1, sizeof *list);
    writer->list = mem_grow(writer->list, writer->count + 1, sizeof *writer->list);
    writer->list[writer->count++] = list;
    buf_add(&list->name, file, strlen(file));
    buf_add_str(&list->text, text);

    struct str rest = buf_str(&list->text), line;
    for (unsigned number = 1; str_split(&rest, '\n', &line); number++) {
        if (line.len && line.ptr[line.len - 1] == '\r')
            line.len--;
        if (line.len && line.ptr[0] == '#') {
            if (str_eq(str_trim(line), STR("# case: exact")) && list->count == 0)
                list->exact = true;
        } else if (str_trim(line).len) {
            int result = add_line(list, line, number, err);
            if (result)
                return result;
        }
    }
    return sort_list(list, err);
}

static void put_u64(char *at, uint64_t value)
{
    lexicon_put_u32(at, value & 0xffffffffu);
    lexicon_put_u32(at + 4, value >> 32);
}

static size_t put_bytes(struct buf *out, size_t begin, struct str s)
{
    size_t at = out->len - begin;
    buf_add_str(out, s);
    return at;
}

static void put_list(struct buf *out, struct list *list, size_t begin, size_t head)
{
    size_t entries_at = lexicon_take(out, list->count * LEXICON_ENTRY_BYTES);
    struct str name = buf_str(&list->name);
    if (str_ends(name, STR(".txt")))
        name.len -= 4;
    size_t name_at = put_bytes(out, begin, name);
    for (size_t i = 0; i < list->count; i++) {
        const struct entry *e = &list->entry[i];
        size_t at = entries_at + i * LEXICON_ENTRY_BYTES;
        size_t key_at = put_bytes(out, begin, e->key);
        size_t value_at = LEXICON_NO_VALUE;
        if (e->value.ptr)
            value_at = put_bytes(out, begin, e->value);
        lexicon_put_u32(out->ptr + at, key_at);
        lexicon_put_u32(out->ptr + at + 4, e->key.len);
        lexicon_put_u32(out->ptr + at + 8, value_at);
        lexicon_put_u32(out->ptr + at + 12, e->value.len);
    }
    const size_t field[LEXICON_LIST_FIELDS] = {
        [LEXICON_NAME_AT] = name_at,
        [LEXICON_NAME_LEN] = name.len,
        [LEXICON_FLAGS] = list->exact ? LEXICON_FLAG_EXACT : 0,
        [LEXICON_ENTRIES] = list->count,
        [LEXICON_ENTRIES_AT] = entries_at - begin,
    };
    for (unsigned i = 0; i < LEXICON_LIST_FIELDS; i++)
        lexicon_put_u32(out->ptr + head + 4 * (size_t)i, field[i]);
}

static int by_name(const void *a, const void *b)
{
    struct str x = buf_str(&(*(struct list *const *)a)->name);
    struct str y = buf_str(&(*(struct list *const *)b)->name);
    x.len -= str_ends(x, STR(".txt")) ? 4 : 0;
    y.len -= str_ends(y, STR(".txt")) ? 4 : 0;
    return str_cmp(x, y);
}

/* Keys in lower case, whatever the list keeps: what is looked up is words' lower case. */
static void add_paths(struct lexicon_paths *paths, const struct list *list,
                      uint32_t index)
{
    char lower[LEXICON_KEY_BYTES * 2 + 4];
    for (size_t i = 0; i < list->count; i++) {
        struct str key = list->entry[i].key;
        lexicon_paths_add(paths, str_make(lower, utf8_lower_str(key, lower)), index,
                          (uint32_t)i);
    }
}

static void put_paths(const struct lexicon_writer *writer, struct buf *out, size_t begin)
{
    struct lexicon_paths *paths = lexicon_paths_new();
    for (size_t i = 0; i < writer->count; i++)
        add_paths(paths, writer->list[i], (uint32_t)i);
    struct lexicon_paths_place place =
        lexicon_paths_put(paths, (uint32_t)writer->count, begin, out);
    const size_t field[] = {place.sets,     place.sets_at, place.slots,
                            place.slots_at, place.uses,    place.uses_at};
    char *head = out->ptr + begin + LEXICON_CHECKED_AT;
    for (size_t i = 0; i < sizeof field / sizeof *field; i++)
        lexicon_put_u32(head + 4 * i, field[i]);
    lexicon_paths_free(&paths);
}

void lexicon_writer_finish(struct lexicon_writer *writer, struct buf *out)
{
    size_t begin = lexicon_take(out, LEXICON_HEAD_BYTES);
    size_t heads = lexicon_take(out, writer->count * LEXICON_LIST_BYTES);
    if (writer->count)
        qsort(writer->list, writer->count, sizeof(struct list *), by_name);
    for (size_t i = 0; i < writer->count; i++)
        put_list(out, writer->list[i], begin, heads + i * LEXICON_LIST_BYTES);
    put_paths(writer, out, begin);

    struct str block = str_from(buf_str(out), begin);
    char *head = out->ptr + begin;
    memcpy(head, LEXICON_MAGIC, 8);
    lexicon_put_u32(head + 8, LEXICON_FORMAT);
    lexicon_put_u32(head + 12, writer->count);
    put_u64(head + 16, block.len);
    put_u64(head + 24, hash64(str_from(block, LEXICON_CHECKED_AT), 0));
}
