/* Random records, for tests. */
#include "proto/wire/record_private.h"

#include "proto/base/utf8.h"

/* Characters that go wrong easily: escapes, ends of the UTF-8 ranges, combining marks. */
static const uint32_t odd[] = {0,      1,      0x1f,   '\n',   '"',     '\\',    '/',
                               0x7f,   0x80,   0x7ff,  0x800,  0x301,   0x2028,  0x200b,
                               0xd7ff, 0xe000, 0xfeff, 0xffff, 0x10000, 0x10ffff};

static struct str random_str(struct random *random, struct arena *arena, size_t max_bytes)
{
    size_t most = max_bytes < 40 ? max_bytes : 40;
    size_t want = 1 + random_below(random, most);
    char *bytes = arena_alloc(arena, want + 4);
    size_t len = 0;
    while (len < want) {
        uint32_t cp = ' ' + (uint32_t)random_below(random, 95);
        if (random_below(random, 8) == 0)
            cp = odd[random_below(random, sizeof odd / sizeof *odd)];
        char one[4];
        unsigned n = utf8_encode(cp, one);
        if (len + n > want) {
            one[0] = 'x';
            n = 1;
        }
        memcpy(bytes + len, one, n);
        len += n;
    }
    return str_make(bytes, len);
}

static struct str random_bin(struct random *random, struct arena *arena, size_t max_bytes)
{
    size_t len = max_bytes < 40 ? max_bytes : 1 + random_below(random, 40);
    char *bytes = arena_alloc(arena, len);
    for (size_t i = 0; i < len; i++)
        bytes[i] = (char)random_next(random);
    return str_make(bytes, len);
}

static double random_number(struct random *random)
{
    switch (random_below(random, 5)) {
    case 0:
        return (double)random_below(random, 10);
    case 1:
        return -(double)random_below(random, 1u << 20);
    case 2:
        return (double)(random_next(random) >> 11);
    case 3:
        return random_unit(random);
    default:
        return (random_unit(random) - 0.5) * 1e40;
    }
}

static uint64_t random_natural(struct random *random)
{
    return random_next(random) >> (1 + random_below(random, 63));
}

static struct span random_span(struct random *random)
{
    uint32_t begin = (uint32_t)random_below(random, 100000);
    return (struct span){begin, begin + (uint32_t)random_below(random, 1000)};
}

static void random_list(const struct record_field *field, struct random *random,
                        struct arena *arena, void *at)
{
    uint32_t count = 1 + (uint32_t)random_below(random, 4);
    struct record_strs *strs = at;
    struct record_spans *spans = at;
    struct record_list *list = at;
    if (field->type == RECORD_STRS) {
        *strs = (struct record_strs){arena_zero(arena, count, sizeof *strs->item), count,
                                     count};
        for (uint32_t i = 0; i < count; i++)
            strs->item[i] = random_str(random, arena, record_max_bytes(field));
    } else if (field->type == RECORD_SPANS) {
        *spans = (struct record_spans){arena_zero(arena, count, sizeof *spans->item),
                                       count, count};
        for (uint32_t i = 0; i < count; i++)
            spans->item[i] = random_span(random);
    } else {
        const struct record_table *sub = field->sub;
        *list =
            (struct record_list){arena_zero(arena, count, sub->size_bytes), count, count};
        for (uint32_t i = 0; i < count; i++)
            record_random(sub, random, arena, (char *)list->item + i * sub->size_bytes);
    }
}

static void random_value(const struct record_field *field, struct random *random,
                         struct arena *arena, void *at)
{
    int names = 0;
    switch (field->type) {
    case RECORD_STR:
        *(struct str *)at = random_str(random, arena, record_max_bytes(field));
        break;
    case RECORD_BIN:
        *(struct str *)at = random_bin(random, arena, record_max_bytes(field));
        break;
    case RECORD_RAW:
        *(struct str *)at = random_below(random, 2) ? STR("\x07")
                                                    : STR("\xa5"
                                                          "first");
        break;
    case RECORD_U64:
        *(uint64_t *)at = random_natural(random);
        break;
    case RECORD_NUMBER:
        *(double *)at = random_number(random);
        break;
    case RECORD_BOOL:
        *(enum record_bool *)at = random_below(random, 2) ? RECORD_TRUE : RECORD_FALSE;
        break;
    case RECORD_ENUM:
        while (field->names[names + 1])
            names++;
        *(int *)at = 1 + (int)random_below(random, (uint64_t)names);
        break;
    case RECORD_SPAN:
        *(struct span *)at = random_span(random);
        break;
    case RECORD_MAP:
        *(void **)at = arena_alloc(arena, field->sub->size_bytes);
        record_random(field->sub, random, arena, *(void **)at);
        break;
    case RECORD_STRS:
    case RECORD_SPANS:
    case RECORD_LIST:
        random_list(field, random, arena, at);
        break;
    }
}

void record_random(const struct record_table *table, struct random *random,
                   struct arena *arena, void *record_out)
{
    record_init(table, record_out);
    for (const struct record_field *f = table->field; f->key; f++)
        if (f->required || random_below(random, 2))
            random_value(f, random, arena, record_slot(record_out, f));
}
