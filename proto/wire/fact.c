#include "proto/wire/fact.h"

#include "proto/base/hash.h"
#include "proto/wire/record_private.h"

#include <math.h>
#include <msgpack.h>

/* Bytes of a record that are hashed in one go; longer ones are hashed as they come. */
#define HASH_CHUNK 2048

#define NO_SPAN                                                                          \
    {                                                                                    \
        UINT32_MAX, UINT32_MAX                                                           \
    }
/* What is absent and yet not zero (record.h); a test holds it against the tables. */
static const struct fact absent = {.v = 1,
                                   .seq = UINT64_MAX,
                                   .n = UINT64_MAX,
                                   .sentence = UINT64_MAX,
                                   .span = NO_SPAN,
                                   .confidence = (double)NAN,
                                   .value = (double)NAN,
                                   .low = (double)NAN,
                                   .high = (double)NAN,
                                   .content = NO_SPAN,
                                   .trigger = NO_SPAN,
                                   .rule_cue = NO_SPAN,
                                   .mode_cue = NO_SPAN};

void fact_init(struct fact *fact, enum fact_kind kind)
{
    *fact = absent;
    fact->kind = (int)kind;
}

static int kind_of(struct str name)
{
    for (int k = FACT_NONE + 1; k < FACT_KINDS; k++)
        if (str_is(name, fact_kind_names[k]))
            return k;
    return FACT_NONE;
}

int fact_decode(struct str frame, struct arena *arena, struct fact *out, struct err *err)
{
    const struct scan_limits limits = {LIMIT_DEPTH, LIMIT_OBJECTS};
    struct scan_value map;
    int rc = scan_check(frame, &limits, err);
    if (rc < 0)
        return err_prefix(err, "fact"), rc;
    struct scan scan = scan_begin(frame);
    scan_next(&scan, &map);
    return fact_decode_checked(&map, NULL, arena, out, err);
}

int fact_decode_checked(const struct scan_value *map, struct fact_last *last,
                        struct arena *arena, struct fact *out, struct err *err)
{
    struct scan_value kind;
    struct record_memo memo = {&fact_reference_table, STR_NONE, NULL};
    if (map->type != SCAN_MAP)
        return err_set(err, ERR_FORMAT, "fact is not a map");
    if (!scan_find(map, STR("kind"), &kind))
        return err_set(err, ERR_FIELD, "fact.kind is missing");
    int k = kind.type == SCAN_STR ? kind_of(kind.bytes) : FACT_NONE;
    if (k == FACT_NONE)
        return err_set(err, ERR_FIELD, "fact.kind is none of its values");
    fact_init(out, (enum fact_kind)k);
    if (last) {
        memo.raw = last->raw;
        memo.record = &last->article;
    }
    int rc =
        record_decode_memo(fact_tables[k], map, last ? &memo : NULL, arena, out, err);
    if (last)
        last->raw = memo.raw;
    return rc < 0 ? rc : fact_check(out, STR_NONE, err);
}

static int bad(const struct fact *fact, struct err *err, const char *what)
{
    return err_set(err, ERR_FIELD, "%s.%s", fact_kind_names[fact->kind], what);
}

static bool is_inside(struct span span, struct str text)
{
    return span.begin <= span.end && (text.ptr == NULL || span.end <= text.len);
}

static bool are_inside(const struct record_spans *spans, struct str text)
{
    for (uint32_t i = 0; i < spans->count; i++)
        if (!is_inside(spans->item[i], text))
            return false;
    return true;
}

static bool is_id(struct str id)
{
    for (size_t i = 0; i < id.len; i++)
        if (!(id.ptr[i] >= '0' && id.ptr[i] <= '9') &&
            !(id.ptr[i] >= 'a' && id.ptr[i] <= 'f'))
            return false;
    return id.len == 16;
}

static int check_article(const struct fact *fact, struct str text, struct err *err)
{
    if (fact->article->text.ptr == NULL)
        return bad(fact, err, "article has no text");
    if (fact->extractor.ptr == NULL)
        return bad(fact, err, "extractor is missing");
    if (!are_inside(&fact->sentences, text) || !are_inside(&fact->boilerplate, text))
        return bad(fact, err, "sentences or boilerplate lie outside the text");
    return 0;
}

static int check_evidence(const struct fact *fact, struct str text, struct err *err)
{
    if (fact->sentence == UINT64_MAX)
        return bad(fact, err, "sentence is missing");
    if (!span_is(fact->span) || fact->span.begin >= fact->span.end ||
        !is_inside(fact->span, text))
        return bad(fact, err, "span is missing, empty or outside the text");
    if (fact->text.ptr == NULL)
        return bad(fact, err, "text is missing");
    if (text.ptr &&
        !str_eq(str_slice(text, fact->span.begin, fact->span.end), fact->text))
        return bad(fact, err, "text is not what the span holds");
    if (!(fact->confidence >= 0 && fact->confidence <= 1))
        return bad(fact, err, "confidence is not in 0 to 1");
    return 0;
}

/* What a record of this kind cannot be without. */
static int check_kind(const struct fact *fact, struct str text, struct err *err)
{
    bool range = !isnan(fact->low) && !isnan(fact->high);
    switch (fact->kind) {
    case FACT_ENTITY:
        if (!fact->type || !fact->name.ptr)
            return bad(fact, err, "type or name is missing");
        if (fact->mentions.count == 0 || !are_inside(&fact->mentions, text))
            return bad(fact, err, "mentions are missing or outside the text");
        return 0;
    case FACT_TIME:
        return fact->time_type && fact->time_value.ptr
                   ? 0
                   : bad(fact, err, "type or value is missing");
    case FACT_QUANTITY:
        if (fact->unit.ptr == NULL)
            return bad(fact, err, "unit is missing");
        if (isnan(fact->value) ? !range : !isnan(fact->low) || !isnan(fact->high))
            return bad(fact, err, "value is neither one number nor low and high");
        return range && fact->low > fact->high ? bad(fact, err, "low is above high") : 0;
    case FACT_QUOTE:
        if (!fact->speaker.ptr && !fact->speaker_text.ptr)
            return bad(fact, err, "speaker is missing, and speaker_text");
        if (fact->direct == RECORD_UNSET)
            return bad(fact, err, "direct is missing");
        return span_is(fact->content) && is_inside(fact->content, text)
                   ? 0
                   : bad(fact, err, "content is missing or outside the text");
    case FACT_ROLE:
        return fact->person.ptr && fact->title.ptr
                   ? 0
                   : bad(fact, err, "person or title is missing");
    case FACT_EVENT:
        if (!span_is(fact->trigger) || !is_inside(fact->trigger, text))
            return bad(fact, err, "trigger is missing or outside the text");
        return fact->actors.count || fact->targets.count || fact->actor_text.ptr ||
                       fact->target_text.ptr
                   ? 0
                   : bad(fact, err, "actors and targets are missing");
    default:
        return 0;
    }
}

int fact_check(const struct fact *fact, struct str article_text, struct err *err)
{
    if (fact->kind <= FACT_NONE || fact->kind >= FACT_KINDS)
        return err_set(err, ERR_FIELD, "fact.kind is missing");
    if (fact->v != 1)
        return err_set(err, ERR_VERSION, "%s.v is not 1", fact_kind_names[fact->kind]);
    if (fact->n == UINT64_MAX || (fact->n == 0) != (fact->kind == FACT_ARTICLE))
        return bad(fact, err, "n is not the record's place in the entry");
    if (!is_id(fact->id))
        return bad(fact, err, "id is not 16 hexadecimal digits");
    if (fact->article == NULL || fact->article->id.ptr == NULL)
        return bad(fact, err, "article has no id");
    if (fact->kind == FACT_ARTICLE)
        return check_article(fact, article_text, err);
    int rc = check_evidence(fact, article_text, err);
    return rc < 0 ? rc : check_kind(fact, article_text, err);
}

struct hasher {
    char chunk[HASH_CHUNK];
    size_t len;
    bool streaming;
    struct hash_stream stream;
};

/* A packer's callback. */
static int hash_take(void *context, const char *bytes, size_t len)
{
    struct hasher *hasher = context;
    if (len <= sizeof hasher->chunk - hasher->len) {
        memcpy(hasher->chunk + hasher->len, bytes, len);
        hasher->len += len;
        return 0;
    }
    if (!hasher->streaming)
        hash_begin(&hasher->stream);
    hasher->streaming = true;
    hash_add(&hasher->stream, str_make(hasher->chunk, hasher->len));
    hash_add(&hasher->stream, str_make(bytes, len));
    hasher->len = 0;
    return 0;
}

static uint64_t hash_taken(struct hasher *hasher)
{
    struct str rest = str_make(hasher->chunk, hasher->len);
    if (!hasher->streaming)
        return hash64(rest, 0);
    hash_add(&hasher->stream, rest);
    return hash_end(&hasher->stream);
}

static void take_owner(struct hasher *hasher, struct str article_id, struct str extractor)
{
    hasher->len = 0;
    hasher->streaming = false;
    hash_take(hasher, article_id.len ? article_id.ptr : "", article_id.len);
    hash_take(hasher, "\n", 1);
    hash_take(hasher, extractor.len ? extractor.ptr : "", extractor.len);
}

void fact_make_id(struct fact *fact, struct str article_id, struct str extractor,
                  struct arena *arena)
{
    struct fact bare = *fact;
    struct hasher hasher;
    bare.v = bare.seq = bare.n = UINT64_MAX;
    bare.id = STR_NONE;
    bare.article = NULL;
    bare.confidence = (double)NAN;
    take_owner(&hasher, article_id, extractor);
    hash_take(&hasher, "\n", 1);
    record_encode_to(fact_tables[fact->kind], &bare, hash_take, &hasher);
    char *hex = arena_alloc(arena, 17);
    hash_hex(hash_taken(&hasher), hex);
    fact->id = str_make(hex, 16);
}

void fact_entry_id(struct str article_id, struct str extractor, char out[17])
{
    struct hasher hasher;
    take_owner(&hasher, article_id, extractor);
    hash_hex(hash_taken(&hasher), out);
}

/* The string of this key in a map; absent where either is something else. */
static struct str view_inside(const struct scan_value *map, struct str key)
{
    struct scan_value value;
    if (map->type != SCAN_MAP || !scan_find(map, key, &value) || value.type != SCAN_STR)
        return STR_NONE;
    return value.bytes;
}

int fact_view(struct str record, struct fact_view *out, struct err *err)
{
    struct scan scan = scan_begin(record);
    struct scan_value map, key, value;
    struct str country = STR_NONE, place_country = STR_NONE;
    *out = (struct fact_view){0};
    if (!scan_next(&scan, &map) || map.type != SCAN_MAP)
        return err_set(err, ERR_FIELD, "fact is not a map");
    scan = scan_inside(&map);
    while (scan_next(&scan, &key) && scan_next(&scan, &value)) {
        if (str_is(key.bytes, "kind") && value.type == SCAN_STR) {
            out->kind = value.bytes;
        } else if (str_is(key.bytes, "country") && value.type == SCAN_STR) {
            country = value.bytes;
        } else if (str_is(key.bytes, "place")) {
            place_country = view_inside(&value, STR("country"));
        } else if (str_is(key.bytes, "article")) {
            out->language = view_inside(&value, STR("language"));
            out->source = view_inside(&value, STR("source"));
        }
    }
    out->country = country.ptr ? country : place_country.ptr ? place_country : STR("-");
    return out->kind.ptr ? 0 : err_set(err, ERR_FIELD, "fact.kind is missing");
}

static int add_bytes(void *buf, const char *bytes, size_t len)
{
    buf_add(buf, bytes, len);
    return 0;
}

void fact_add_copy_of(struct str entry, struct str copy_of, struct buf *buf)
{
    static const char key[] = "copy_of";
    struct scan scan = scan_begin(entry);
    struct scan_value array, map;
    msgpack_packer packer;
    int is = scan_next(&scan, &array);
    struct scan inner = scan_inside(&array);
    is = is && scan_next(&inner, &map);
    assert(is && map.type == SCAN_MAP);
    struct scan pairs = scan_inside(&map);
    msgpack_packer_init(&packer, buf, add_bytes);
    msgpack_pack_array(&packer, array.count);
    msgpack_pack_map(&packer, map.count + 1);
    buf_add(buf, pairs.at, (size_t)(pairs.end - pairs.at));
    msgpack_pack_str(&packer, sizeof key - 1);
    msgpack_pack_str_body(&packer, key, sizeof key - 1);
    msgpack_pack_str(&packer, copy_of.len);
    msgpack_pack_str_body(&packer, copy_of.ptr, copy_of.len);
    buf_add(buf, inner.at, (size_t)(inner.end - inner.at));
}

void fact_add_seq(struct str record, uint64_t seq, struct buf *buf)
{
    struct scan scan = scan_begin(record);
    struct scan_value map, key, value, old;
    msgpack_packer packer;
    int is = scan_next(&scan, &map);
    assert(is && map.type == SCAN_MAP);
    bool again = scan_find(&map, STR("seq"), &old);
    msgpack_packer_init(&packer, buf, add_bytes);
    msgpack_pack_map(&packer, map.count + !again);
    msgpack_pack_str(&packer, 3);
    msgpack_pack_str_body(&packer, "seq", 3);
    msgpack_pack_uint64(&packer, seq);
    scan = scan_inside(&map);
    if (!again) {
        buf_add(buf, scan.at, (size_t)(scan.end - scan.at));
        return;
    }
    while (scan_next(&scan, &key) && scan_next(&scan, &value)) {
        if (value.raw.ptr == old.raw.ptr)
            continue;
        buf_add_str(buf, key.raw);
        buf_add_str(buf, value.raw);
    }
}
