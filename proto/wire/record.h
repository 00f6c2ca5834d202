#ifndef PROTO_WIRE_RECORD_H
#define PROTO_WIRE_RECORD_H

/* Records: a C struct and a table of its fields. From the one table come encoding to
 * msgpack, decoding, JSON both ways, comparison and random instances.
 *
 * Absence. A value that is not known is absent, never null or empty. In the struct:
 *   RECORD_STR, RECORD_BIN, RECORD_RAW  ptr NULL
 *   RECORD_U64     UINT64_MAX (values are at most INT64_MAX)
 *   RECORD_NUMBER  NaN (a double; whole ones travel as integers)
 *   RECORD_BOOL    an enum record_bool, RECORD_UNSET
 *   RECORD_ENUM    int, 0 (names[0] is "" and never written)
 *   RECORD_SPAN    begin UINT32_MAX
 *   RECORD_MAP     pointer NULL (to a struct of `sub`)
 *   lists          count 0
 * record_init makes all absent. A field that is absent is not written, unless it is a
 * list with `required`, which is then written empty. */

#include "proto/base/arena.h"
#include "proto/base/buf.h"
#include "proto/base/err.h"
#include "proto/base/random.h"
#include "proto/base/str.h"

#include <jansson.h>

struct span {
    uint32_t begin, end; /* bytes, [begin, end) */
};
#define SPAN_NONE ((struct span){UINT32_MAX, UINT32_MAX})
static inline bool span_is(struct span s)
{
    return s.begin != UINT32_MAX;
}

enum record_bool { RECORD_UNSET, RECORD_FALSE, RECORD_TRUE };

struct record_strs {
    struct str *item;
    uint32_t count, cap;
};
struct record_spans {
    struct span *item;
    uint32_t count, cap;
};
struct record_list { /* of structs of the field's sub table */
    void *item;
    uint32_t count, cap;
};

enum record_type {
    RECORD_STR,    /* struct str, UTF-8 */
    RECORD_BIN,    /* struct str, bytes; in JSON as hexadecimal */
    RECORD_RAW,    /* struct str, one msgpack value as it stands (not in JSON) */
    RECORD_U64,    /* uint64_t */
    RECORD_NUMBER, /* double */
    RECORD_BOOL,   /* enum record_bool */
    RECORD_ENUM,   /* int, index into names */
    RECORD_SPAN,   /* struct span */
    RECORD_MAP,    /* pointer to struct of sub */
    RECORD_STRS,   /* struct record_strs, at most LIMIT_LIST */
    RECORD_SPANS,  /* struct record_spans, at most LIMIT_LIST */
    RECORD_LIST,   /* struct record_list of sub, at most LIMIT_BATCH */
};

struct record_table;

struct record_field {
    const char *key;
    size_t key_len; /* of key, for speed; 0: counted when needed */
    enum record_type type;
    size_t offset;
    bool required;
    size_t max_bytes;               /* strings: 0 is LIMIT_FIELD_BYTES */
    const char *const *names;       /* RECORD_ENUM: NULL-terminated, names[0] is "" */
    const struct record_table *sub; /* RECORD_MAP, RECORD_LIST */
};

enum record_unknown {
    RECORD_PASS_OVER, /* unknown keys are skipped */
    RECORD_REFUSE,    /* unknown keys are ERR_FIELD, save x_… */
};

struct record_table {
    const char *name; /* for errors: "article" */
    size_t size_bytes;
    enum record_unknown unknown;
    const struct record_field *field; /* at most 64; ends with key NULL */
};

void record_init(const struct record_table *table, void *record);

/* Append the record to buf, fields in table order. Never fails: what cannot be encoded is
 * a broken promise and asserts. */
void record_encode(const struct record_table *table, const void *record, struct buf *buf);

/* frame: checked with scan_check first by this call (limits: LIMIT_DEPTH, LIMIT_OBJECTS),
 * then read straight from the scan's cursor (msgpack-c packs, and cross-checks in the
 * tests). Strings in *record_out are borrowed from frame; lists and maps are in arena,
 * and nothing else is allocated. Errors name the field: "article.text is missing". */
int record_decode(const struct record_table *table, struct str frame, struct arena *arena,
                  void *record_out, struct err *err);

/* JSON (Jansson; UTF-8, keys in table order). record_to_json returns a new reference.
 * From JSON: strings are copied into arena; unknown keys as the table says. */
json_t *record_to_json(const struct record_table *table, const void *record);
int record_from_json(const struct record_table *table, json_t *json, struct arena *arena,
                     void *record_out, struct err *err);
/* Parse JSON text from outside: at most LIMIT_JSON_LINE_BYTES and LIMIT_JSON_DEPTH, no
 * key twice. A new reference, or NULL with err (ERR_FORMAT, ERR_LIMIT, ERR_UTF8). */
json_t *record_load_json(struct str text, struct err *err);
/* The same in one go, without a tree, of an object that holds only strings, and nulls,
 * which are as good as absent: false for anything else, right or wrong, which is then for
 * the two functions above. Copies into arena only what it reads. */
bool record_load_flat(const struct record_table *table, struct str text,
                      struct arena *arena, void *record_out);
/* One line of compact JSON, without a newline, straight into buf (no json_t tree on the
 * way: this is the hot path of `warta extract`); same text as json_dumps of
 * record_to_json with JSON_COMPACT, save that a fraction has the fewest digits that read
 * back the same (0.8; Jansson 2.14 writes 0.80000000000000004). */
void record_print(const struct record_table *table, const void *record, struct buf *buf);
/* A JSON string, quoted and escaped. s is UTF-8. */
void record_print_text(struct str s, struct buf *buf);

bool record_equal(const struct record_table *table, const void *a, const void *b);
/* Tests: a record that keeps all rules, from the generator. */
void record_random(const struct record_table *table, struct random *random,
                   struct arena *arena, void *record_out);

#endif
